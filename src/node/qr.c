/*
 * qr.c: libqrencode's modules as half blocks.
 */
#include "node/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"

#define QUIET 4

static bool module_is_dark(const QRcode *code, int row, int column) {
    if (row < 0 || column < 0 || row >= code->width || column >= code->width) return false;
    return code->data[row * code->width + column] & 1;
}

int qr_draw(struct output *out, const char *text, bool colour) {
    /* Which blocks show upper and lower module: drawn is what is dark if we set the colours, else what is light. */
    static const char *const blocks[] = {" ", "▄", "▀", "█"};
    char *lines = NULL;
    size_t size = 0;
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    if (!code) return errno == ERANGE ? ERR_LIMIT : ERR_MEMORY;
    FILE *to = open_memstream(&lines, &size);
    if (!to) {
        QRcode_free(code);
        return ERR_MEMORY;
    }
    for (int row = -QUIET; row < code->width + QUIET; row += 2) {
        if (colour) fputs("\033[38;5;16m\033[48;5;231m", to);
        for (int column = -QUIET; column < code->width + QUIET; column++) {
            bool upper = module_is_dark(code, row, column) == colour,
                 lower = module_is_dark(code, row + 1, column) == colour;
            fputs(blocks[(upper ? 2 : 0) + (lower ? 1 : 0)], to);
        }
        fputs(colour ? "\033[0m\n" : "\n", to);
    }
    fclose(to);
    output_write(out, OUTPUT_RESULT, lines, size);
    free(lines);
    QRcode_free(code);
    return 0;
}
