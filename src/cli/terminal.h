/*
 * terminal.h: an output (node/output.h) on the program's own streams, with a progress bar where a person is looking.
 *
 * The bar is drawn on standard error if that is a terminal, once the work has lasted longer than half a second, and
 * wiped before anything else is written. Ctrl-C asks the work to stop; a second one ends the program at once.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdint.h>

#include "core/err.h"
#include "node/output.h"

#define TERMINAL_BAR_AFTER_MS 500
#define TERMINAL_BAR_EVERY_MS 100

struct terminal {
    struct output output; /* first */
    bool bar;             /* standard error is a terminal */
    bool drawn, broken;
    unsigned width;
    uint64_t began_ms, drawn_ms;
};

/* Begin. */
void terminal_init(struct terminal *t, enum lang lang, bool json);

/* Wipe the bar and have everything written. Return 0, or ERR_IO if standard output did not take it (said on standard
 * error). */
MUST_CHECK int terminal_end(struct terminal *t);

/* Ask for SIGINT, SIGTERM and SIGHUP to stop the work instead of the program, and for a broken pipe to be an error of
 * writing. */
void terminal_signals(void);

/* Tell whether such a signal came. */
bool terminal_interrupted(void);

/* Return the width of the terminal on standard output in columns; 0 if it is none. */
uint16_t terminal_width(void);

#endif
