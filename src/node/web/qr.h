/*
 * qr.h: a QR code (ISO/IEC 18004) as an SVG picture inside a page.
 */
#ifndef NODE_WEB_QR_H
#define NODE_WEB_QR_H

#include <stdbool.h>

#include "node/web/html.h"

/* Write the code of a text, dark on light with a quiet zone; label is for those who can't see it. False if the text is
 * too long for one. */
bool qr_write(struct html *h, const char *text, const char *label);

#endif
