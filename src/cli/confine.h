/*
 * confine.h: the cage of `longear up` (host/cage.h): which user it runs as, what it may open.
 */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "cli/args.h"
#include "host/cage.h"
#include "node/home.h"
#include "node/node.h"

/*
 * Stop being root, before the home is opened: become the user of --user, or the owner of the home. Who is root all the
 * same, because the home is root's, goes on only where the whole cage holds, or with --allow-root. path becomes the
 * user's own home if none was named. Return 0, or a negative error with the reason said.
 */
MUST_CHECK int confine_user(const struct args *args, char path[PATH_MAX], struct output *out);

/* Give up all but what this node needs, after the home was opened and before anything else begins. What holds is in
 * cage and told by `status`; what does not is said. home->node.cage is set. */
void confine_node(const struct node_options *options, struct home *home, struct cage *cage);

/* The last part, for node_options.started: no other system calls. */
void confine_calls(struct cage *cage);

/* Say once what the system could not give. */
void confine_tell(const struct cage *cage, struct output *out);

#endif
