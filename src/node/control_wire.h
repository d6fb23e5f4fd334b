/*
 * control_wire.h: the bytes on the socket of a home, for both of its sides (control.h).
 */
#ifndef NODE_CONTROL_WIRE_H
#define NODE_CONTROL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "node/request.h"

#define CONTROL_RESULT 'r'
#define CONTROL_WORDS 'w'
#define CONTROL_PROGRESS 'p'
#define CONTROL_END 'x'
#define CONTROL_FRAME_HEADER 5
#define CONTROL_PROGRESS_SIZE 16

/*
 * Make the address of the socket in an open folder: through /proc/self/fd, since a socket's path has at most 107 bytes
 * and a folder's may have more. It holds as long as the descriptor. ERR_LIMIT never happens with a valid descriptor.
 */
MUST_CHECK int control_address(struct sockaddr_un *out, int folder);

/*
 * Make the address of the node whose home is in memory: an abstract one, that no file has, named by a hash of the
 * home's path and the user. Return its size.
 */
socklen_t control_address_memory(struct sockaddr_un *out, const char *path);

/* Tell whether the other side of a socket is a process of the same user. */
bool control_peer_is_own(int fd);

/* Send a frame whole. ERR_IO if the other side is gone or does not take it in time. */
MUST_CHECK int control_frame_send(int fd, char type, const void *data, size_t size);

void control_progress_put(uint8_t out[CONTROL_PROGRESS_SIZE], uint64_t done, uint64_t total);
void control_progress_get(const uint8_t in[CONTROL_PROGRESS_SIZE], uint64_t *done, uint64_t *total);

/* Send a request's bytes with its descriptors. ERR_IO. */
MUST_CHECK int control_request_send(int fd, const uint8_t *bytes, size_t size, const int *files, unsigned file_count);

/*
 * Receive a request into bytes, which has REQUEST_SIZE_MAX of room. Return its size; files and *file_count receive the
 * descriptors, which the caller closes, after an error too. Errors: ERR_IO (gone, or too slow), ERR_VERSION (another
 * beginning), ERR_LIMIT.
 */
MUST_CHECK int control_request_receive(int fd, uint8_t *bytes, int files[REQUEST_FILES_MAX], unsigned *file_count);

/* Read exactly size bytes; ERR_IO at the end, on an error or after the socket's time limit. */
MUST_CHECK int control_read(int fd, void *data, size_t size);

#endif
