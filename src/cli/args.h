/*
 * args.h: the words of a command line: which subcommand, with which options and arguments.
 *
 * The tables here are the one list of subcommands; help.h prints them. A value is checked here, so that wrong usage is
 * told before anything is opened, and numbers, times and sizes are passed on as decimal digits: a time "2d" becomes
 * seconds of Unix time, a size "10M" bytes.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "node/request.h"

#define ARGS_WHY_SIZE 512
#define ARGS_DIGITS 24

enum args_kind {
    ARGS_FLAG,
    ARGS_TEXT,
    ARGS_OPTIONAL, /* --name or --name=TEXT */
    ARGS_NUMBER,   /* 0 to 10^12 */
    ARGS_DAYS,     /* 1 to 3650 */
    ARGS_TIME,     /* Unix seconds, 2026-11-20, 2026-11-20T12:00Z, or an age: 30m, 3h, 2d, 1w */
    ARGS_SIZE,     /* bytes, with K, M, G for powers of 1000 */
    ARGS_URGENCY,
    ARGS_ADDRESS,  /* ADDR:PORT or [ADDR]:PORT */
    ARGS_HOST,     /* HOST:PORT, also without :PORT (node/address.h) */
    ARGS_LANGUAGE, /* of the interface */
};

struct args_option {
    const char *name;
    enum args_kind kind;
    const char *value; /* its name in the help; NULL for a flag */
    const char *help;
};

enum args_place {
    ARGS_ALONE, /* the command line's own work */
    ARGS_HOME,  /* commands.h, here or in the node */
};

#define ARGS_OPTIONS_MAX 14

struct args_command {
    const char *name;      /* "post", "community new" */
    const char *arguments; /* as the help shows them */
    const char *summary, *more;
    enum args_place place;
    unsigned arguments_min, arguments_max;
    struct args_option options[ARGS_OPTIONS_MAX]; /* ends at a NULL name */
};

extern const struct args_command args_commands[];
extern const size_t args_command_count;
extern const struct args_option args_globals[];
extern const size_t args_global_count;

struct args {
    const struct args_command *command; /* NULL if none was named */
    bool help, version, json, progress, memory;
    enum lang lang;
    const char *home, *passphrase_file, *key_file; /* NULL if not given */
    struct request request;                        /* command, options, arguments, lang and json; the rest is zero */
    const char *topic;                             /* of `help` or of --help; NULL for all */
    char digits[REQUEST_OPTIONS_MAX][ARGS_DIGITS];
};

/*
 * Read a command line. out->lang holds the language of the environment beforehand; now is the time that ages are
 * counted from. Strings are borrowed from argv, and from *out, which must not be moved. Return 0, or ERR_USAGE with a
 * sentence in why (in the language that was asked for), ERR_LIMIT likewise. Uses getopt_long and its globals: one
 * thread only.
 */
MUST_CHECK int args_parse(struct args *out, int argc, char **argv, uint64_t now, char why[ARGS_WHY_SIZE]);

/* Find a subcommand by its whole name; NULL if there is none. */
const struct args_command *args_find(const char *name);

/* Tell whether subcommands' names begin with this word and go on ("pouch"). */
bool args_is_group(const char *word);

#endif
