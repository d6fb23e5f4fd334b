/*
 * commands.h: the work of every subcommand that needs a home. The command runs it itself when it owns the home; else
 * the node runs it for the command.
 */
#ifndef NODE_COMMANDS_H
#define NODE_COMMANDS_H

#include "node/home.h"
#include "node/output.h"
#include "node/request.h"

enum command_status { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2 };

/*
 * Do what the request asks for. The store is entered in short stretches only; nothing is written to out within one.
 * Return an enum command_status; what went wrong has been said on out. The caller does not hold home_enter.
 */
int command_run(struct home *home, const struct request *req, struct output *out);

#endif
