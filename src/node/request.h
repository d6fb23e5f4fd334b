/*
 * request.h: what a person asked for on the command line, as it crosses the socket to the node that owns the home.
 *
 *   message = version (1) ‖ language (1) ‖ flags (1) ‖ width varint ‖ command ‖ n (1) ‖ n × (name ‖ value)
 *           ‖ n (1) ‖ n × argument ‖ files (1)
 *   string  = size varint ‖ bytes without a zero ‖ 0
 *
 * Both sides are the same program on the same machine, so there is one version and no other is understood.
 */
#ifndef NODE_REQUEST_H
#define NODE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "lang/lang.h"

#define REQUEST_SIZE_MAX (256 * 1024)
#define REQUEST_OPTIONS_MAX 32
#define REQUEST_ARGUMENTS_MAX 64
#define REQUEST_FILES_MAX 8

struct request_option {
    const char *name, *value; /* "" for a flag */
};

struct request {
    const char *command; /* one of command_table's names: "post", "community new" */
    enum lang lang;
    bool json;
    bool out_terminal; /* standard output is a terminal */
    bool served;       /* by a running node; set by the one who runs it, never sent */
    uint16_t width;    /* of the terminal in columns; 0 for none */
    unsigned option_count, argument_count, file_count;
    struct request_option options[REQUEST_OPTIONS_MAX];
    const char *arguments[REQUEST_ARGUMENTS_MAX];
    int files[REQUEST_FILES_MAX]; /* descriptors that the sender opened; whoever received them closes them */
};

/* Return the value of an option, the last one if it stands there several times; NULL if it is not there. Borrowed from
 * *r. */
const char *request_option(const struct request *r, const char *name);

/* Return the number that an option holds in decimal digits (args.h made them so), or fallback if it is not there or no
 * number. */
uint64_t request_number(const struct request *r, const char *name, uint64_t fallback);

/* Write the message into out. Return its size. Errors: ERR_SPACE, ERR_LIMIT (too many options, arguments or files). */
MUST_CHECK int request_pack(const struct request *r, uint8_t *out, size_t size);

/*
 * Read a message; its strings are borrowed from bytes. files[] is left alone, file_count says how many descriptors must
 * come with it. Errors: ERR_TRUNCATED, ERR_TRAILING, ERR_VARINT, ERR_VERSION, ERR_LIMIT, ERR_FIELD.
 */
MUST_CHECK int request_unpack(struct request *out, const uint8_t *bytes, size_t size);

#endif
