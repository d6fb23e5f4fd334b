/*
 * app.h: the page for phones, one file that the build makes (doc/decisions/app.md): found, read once, and served as it
 * lies there, under gzip.
 */
#ifndef NODE_WEB_APP_H
#define NODE_WEB_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/home.h"

#define APP_FILE_MAX (2 * 1024 * 1024)
#define APP_PLAIN_MAX (8 * 1024 * 1024) /* unpacked */
#define APP_WORDS_MAX 160               /* bytes of its check words */

struct app {
    uint8_t *bytes; /* owned; NULL: there is no app */
    size_t size;
    char tag[35];                  /* an entity tag, with its quotation marks */
    char words[APP_WORDS_MAX + 1]; /* its check words; "" if the build left none */
};

/*
 * Write the path of the app that belongs to this program to out: ../web/link.html.gz (in the folder of a build) or
 * ../share/longear/link.html.gz (installed), from the program's folder. Return false if there is none.
 */
bool app_find(char *out, size_t size);

/* Read the app. Beside X.gz, X.words holds its check words, one line. Errors: those of reading a file, ERR_LIMIT (over
 * APP_FILE_MAX), ERR_FIELD (it is no gzip), each with a sentence. */
MUST_CHECK int app_read(struct app *app, const char *path, char why[HOME_WHY_SIZE]);

void app_free(struct app *app);

#endif
