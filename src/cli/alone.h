/*
 * alone.h: the subcommands that are not done within an open home: they make it, run it, or end it.
 */
#ifndef CLI_ALONE_H
#define CLI_ALONE_H

#include "cli/args.h"
#include "node/home.h"
#include "node/output.h"

/* Each does one subcommand on the home at path and returns the exit status; what went wrong has been said. */
int alone_init(const struct args *args, const char *path, struct output *out);
int alone_passphrase(const struct args *args, const char *path, struct output *out);
int alone_up(const struct args *args, const char *path, struct output *out);
int alone_hotspot(const struct args *args, const char *path, struct output *out);
int alone_poster(const struct args *args, const char *path, struct output *out);
int alone_salvage(const struct args *args, const char *path, struct output *out);
int alone_wipe(const struct args *args, const char *path, struct output *out);

/* Say why a home could not be made or opened: the sentence why, or the error's own. Return COMMAND_FAILED. */
int alone_failed(struct output *out, int err, const char *path, const char *why);

/* Say what opens a home, and what that means. */
void alone_protection(struct output *out, enum home_protection protection);

/* Sleep a little while waiting for another process. Return whether to go on waiting: false after an interruption. */
bool alone_wait(struct output *out);
#define ALONE_WAIT_MS 50
/* How many times, for another command that has the home and does not listen. */
#define ALONE_BUSY_WAITS (2000 / ALONE_WAIT_MS)

#endif
