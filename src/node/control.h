/*
 * control.h: the socket in a home, over which the command talks to the node that owns the home.
 *
 *   client → node   magic "lgr1" ‖ size u32 ‖ request (request.h), its descriptors with the first byte (SCM_RIGHTS)
 *   node → client   frames: type (1) ‖ size u32 ‖ payload: result 'r' and words 'w' (bytes),
 *                   progress 'p' (done u64 ‖ total u64), end 'x' (status u8)
 *
 * A client that closes its side stops its work. Only the same user is served (SO_PEERCRED), at most
 * CONTROL_SESSIONS_MAX at a time, each by a thread of its own. The lock of the home decides who may listen, so a socket
 * that a dead node left is replaced. A home in memory has an abstract socket, and no file.
 */
#ifndef NODE_CONTROL_H
#define NODE_CONTROL_H

#include "node/home.h"
#include "node/output.h"
#include "node/request.h"

#define CONTROL_SOCKET "socket"
#define CONTROL_SESSIONS_MAX 16
#define CONTROL_FRAME_MAX (64 * 1024)
#define CONTROL_REQUEST_SECONDS 5
#define CONTROL_SEND_SECONDS 30

struct control;

/*
 * Listen on the socket of an open home and serve clients on own threads; a client that asks to wipe ends the process
 * (home_wipe_and_exit). why receives a sentence for people. Errors:
 * ERR_IO, ERR_MEMORY, ERR_READ_ONLY, ERR_BUSY (another node has this home in memory).
 */
MUST_CHECK int control_start(struct control **out, struct home *home, char why[HOME_WHY_SIZE]);

/* Stop serving: running work is asked to stop and waited for. Removes the socket. NULL is fine. The home may be closed
 * or wiped afterwards. */
void control_stop(struct control *c);

/*
 * Have the node of the home at this path do the work, its output going to *out. Return its exit status (0 to 2).
 * Errors: ERR_NOT_FOUND (no node listens), ERR_IO (it went away in the middle, said on *out), ERR_LIMIT (the request is
 * too large).
 */
MUST_CHECK int control_call(const char *path, const struct request *req, struct output *out);

#endif
