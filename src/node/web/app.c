/*
 * The page for phones.
 */
#include "node/web/app.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/utf8.h"
#include "node/web/answer.h"
#include "node/web/page.h"
#include "node/web/route.h"

#define PATH_SIZE (PATH_MAX + 40)

bool app_find(char *out, size_t size) {
    static const char *const places[] = {"../web/link.html.gz", "../share/longear/link.html.gz"};
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return false;
    program[length] = '\0';
    char *end = strrchr(program, '/');
    if (end == NULL) return false;
    end[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int got = snprintf(out, size, "%s%s", program, places[i]);
        if (got > 0 && (size_t)got < size && access(out, R_OK) == 0) return true;
    }
    return false;
}

/* Read a whole file of at most max bytes; one more is ERR_LIMIT. */
static int file_read_all(const char *path, size_t max, uint8_t **out, size_t *size) {
    FILE *file = fopen(path, "rbe");
    if (file == NULL) return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    uint8_t *bytes = malloc(max + 1);
    *size = bytes != NULL ? fread(bytes, 1, max + 1, file) : 0;
    int err = bytes == NULL ? ERR_MEMORY : ferror(file) ? ERR_IO : *size > max ? ERR_LIMIT : 0;
    (void)fclose(file);
    if (err) {
        free(bytes);
        return err;
    }
    uint8_t *less = realloc(bytes, *size + 1);
    *out = less != NULL ? less : bytes;
    (*out)[*size] = '\0';
    return 0;
}

/* The words are shown in terminals and pages: one line of plain text, or none. */
static void words_read(struct app *app, const char *path) {
    char beside[PATH_SIZE];
    uint8_t *text = NULL;
    size_t size = 0, length = strlen(path);
    if (length < 3 || length + 8 > sizeof beside || strcmp(path + length - 3, ".gz") != 0) return;
    memcpy(beside, path, length - 3);
    memcpy(beside + length - 3, ".words", sizeof ".words");
    if (file_read_all(beside, APP_WORDS_MAX + 1, &text, &size)) return;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' ')) size--;
    if (size <= APP_WORDS_MAX && utf8_is_text(text, size, false)) memcpy(app->words, text, size);
    free(text);
}

int app_read(struct app *app, const char *path, char why[HOME_WHY_SIZE]) {
    static const uint8_t magic[2] = {0x1f, 0x8b};
    uint8_t hash[HASH_SIZE];
    memset(app, 0, sizeof *app);
    int err = file_read_all(path, APP_FILE_MAX, &app->bytes, &app->size);
    if (!err && (app->size < sizeof magic || memcmp(app->bytes, magic, sizeof magic) != 0)) err = ERR_FIELD;
    if (err) {
        snprintf(why, HOME_WHY_SIZE, "%.300s: %s", path,
                 err == ERR_FIELD   ? "this is no page under gzip (link.html.gz)"
                 : err == ERR_LIMIT ? "this is too large for a page"
                                    : err_text(err));
        app_free(app);
        return err;
    }
    crypto_digest(hash, app->bytes, app->size);
    app->tag[0] = '"';
    sodium_bin2hex(app->tag + 1, sizeof app->tag - 1, hash, 16);
    memcpy(app->tag + 33, "\"", 2);
    words_read(app, path);
    return 0;
}

void app_free(struct app *app) {
    free(app->bytes);
    memset(app, 0, sizeof *app);
}

/* ---- The page ---- */

/* Tell whether an Accept-Encoding takes gzip: named, or "*", and not with a weight of 0. */
static bool takes_gzip(const char *accepted) {
    for (; accepted != NULL && *accepted != '\0'; accepted += strcspn(accepted, ",")) {
        accepted += strspn(accepted, ", \t");
        size_t name = strcspn(accepted, ";, \t");
        bool fits = (name == 4 && strncasecmp(accepted, "gzip", 4) == 0) || (name == 1 && *accepted == '*');
        const char *rest = accepted + name + strspn(accepted + name, " \t");
        if (!fits) continue;
        if (*rest != ';') return true;
        rest += 1 + strspn(rest + 1, " \t");
        if (strncasecmp(rest, "q=0", 3) != 0) return true;
        rest += 3 + (rest[3] == '.');
        return rest[strspn(rest, "0")] >= '1' && rest[strspn(rest, "0")] <= '9';
    }
    return false;
}

static const char *header_get(const struct request *r, const char *name) {
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

bool app_is_here(const struct request *r) {
    return web_app(r->web)->bytes != NULL;
}

static bool can_take(const struct request *r) {
    return app_is_here(r) && takes_gzip(header_get(r, MHD_HTTP_HEADER_ACCEPT_ENCODING));
}

static enum MHD_Result app_answer(struct request *r) {
    const struct app *app = web_app(r->web);
    const char *had = header_get(r, MHD_HTTP_HEADER_IF_NONE_MATCH);
    bool same = had != NULL && strstr(had, app->tag) != NULL;
    return answer_app(r, same ? NULL : app->bytes, same ? 0 : app->size, app->tag);
}

/* A guest's browser gets the app; who runs the point, and whose browser is too old, the plain page. */
enum MHD_Result page_start(struct request *r) {
    return !r->operator_ && can_take(r) ? app_answer(r) : page_index(r);
}

enum MHD_Result page_app(struct request *r) {
    if (can_take(r)) return app_answer(r);
    return answer_sentence(r, MHD_HTTP_NOT_FOUND,
                           app_is_here(r) ? WORDS_LATER("This browser is too old for the app. The plain page works.")
                                          : WORDS_LATER("This point has no app to give, only this plain page."));
}
