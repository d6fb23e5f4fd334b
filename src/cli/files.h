/*
 * files.h: the files of a command line, opened here, so that their paths mean what they mean to the person, wherever
 * the work is done.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <limits.h>

#include "cli/args.h"
#include "node/output.h"

struct files {
    unsigned count;                          /* request.files[0 … count - 1] are open; files_end closes them */
    char *text;                              /* what was read from standard input */
    char target[PATH_MAX], beside[PATH_MAX]; /* of a file to be made: it is written beside its place */
    char folder[PATH_MAX];                   /* of a site: its files are written beside their places, too */
};

/*
 * Open what the request's subcommand needs, and read the arguments that stand for standard input. Return 0, or an error
 * that was said on out. files_end is called in either case.
 */
MUST_CHECK int files_begin(struct files *f, struct request *req, struct output *out);

/*
 * Close everything. A file that was made is put in its place if done is true, and removed otherwise. Return 0, or
 * ERR_IO, said on out, if it could not be put there durably (then nothing is left).
 */
MUST_CHECK int files_end(struct files *f, struct request *req, bool done, struct output *out);

#endif
