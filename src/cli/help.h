/*
 * help.h: what the subcommands are and do, in words.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "node/output.h"

/*
 * Print the list of subcommands, or the help of one, or of a group of them ("pouch"), as results. Return 0, or
 * ERR_NOT_FOUND if there is no such subcommand (nothing is printed).
 */
int help_print(struct output *out, const char *topic);

/* Print on standard error in one line how a subcommand is used, and where more stands. */
struct args_command;
void help_usage(struct output *out, const struct args_command *command);

#endif
