/*
 * One path of unit squares, runs of a row joined. An invitation is written in capitals, which take the code's denser
 * alphanumeric mode.
 */
#include "node/web/qr.h"

#include <ctype.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QR_QUIET 4

static void path_write(struct html *h, const QRcode *code) {
    for (int y = 0; y < code->width; y++) {
        const unsigned char *row = code->data + y * code->width;
        for (int x = 0; x < code->width;) {
            int start = x;
            while (x < code->width && (row[x] & 1) != 0) x++;
            if (x > start) html_say(h, "M%d %dh%dv1h-%dz", start + QR_QUIET, y + QR_QUIET, x - start, x - start);
            if (x == start) x++;
        }
    }
}

bool qr_write(struct html *h, const char *text, const char *label) {
    char *capitals = strdup(text);
    if (capitals == NULL) return false;
    /* Only an invitation and its like may change case; an address keeps its own. */
    if (strncmp(text, "longear:", 8) == 0) {
        for (char *at = capitals; *at != '\0'; at++) *at = (char)toupper((unsigned char)*at);
    }
    QRcode *code = QRcode_encodeString(capitals, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    free(capitals);
    if (code == NULL) return false;
    char size[16];
    snprintf(size, sizeof size, "%d", code->width + 2 * QR_QUIET);
    html_add(h,
             "<svg class=\"qr\" viewBox=\"0 0 %t %t\" role=\"img\" aria-label=\"%t\" shape-rendering=\"crispEdges\">"
             "<path fill=\"#fff\" d=\"M0 0h%tv%th-%tz\"/><path fill=\"#000\" d=\"",
             size, size, label, size, size, size);
    path_write(h, code);
    html_raw(h, "\"/></svg>");
    QRcode_free(code);
    return true;
}
