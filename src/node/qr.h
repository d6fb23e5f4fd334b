/*
 * qr.h: a QR code in the terminal.
 */
#ifndef NODE_QR_H
#define NODE_QR_H

#include <stdbool.h>

#include "node/output.h"

/*
 * Draw a text as a QR code on the result stream: two modules a character, with its quiet zone. colour sets black on
 * white whatever the terminal's colours are; without it (not a terminal) light modules are drawn as full blocks, for
 * light text on dark. ERR_LIMIT (too long), ERR_MEMORY.
 */
int qr_draw(struct output *out, const char *text, bool colour);

#endif
