/*
 * request.c: encode and decode a request.
 */
#include "node/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

#define REQUEST_VERSION 1
#define FLAG_JSON 1
#define FLAG_OUT_TERMINAL 2
#define FLAGS_ALL (FLAG_JSON | FLAG_OUT_TERMINAL)

const char *request_option(const struct request *r, const char *name) {
    const char *value = NULL;
    for (unsigned i = 0; i < r->option_count; i++)
        if (strcmp(r->options[i].name, name) == 0) value = r->options[i].value;
    return value;
}

uint64_t request_number(const struct request *r, const char *name, uint64_t fallback) {
    const char *value = request_option(r, name);
    char *end;
    if (!value || *value < '0' || *value > '9') return fallback;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    return errno || *end ? fallback : number;
}

static void string_put(struct writer *w, const char *text) {
    size_t size = strlen(text);
    writer_varint(w, size);
    writer_bytes(w, (const uint8_t *)text, size + 1);
}

int request_pack(const struct request *r, uint8_t *out, size_t size) {
    struct writer w;
    if (r->option_count > REQUEST_OPTIONS_MAX || r->argument_count > REQUEST_ARGUMENTS_MAX ||
        r->file_count > REQUEST_FILES_MAX)
        return ERR_LIMIT;
    writer_init(&w, out, size);
    writer_u8(&w, REQUEST_VERSION);
    writer_u8(&w, (uint8_t)r->lang);
    writer_u8(&w, (uint8_t)((r->json ? FLAG_JSON : 0) | (r->out_terminal ? FLAG_OUT_TERMINAL : 0)));
    writer_varint(&w, r->width);
    string_put(&w, r->command);
    writer_u8(&w, (uint8_t)r->option_count);
    for (unsigned i = 0; i < r->option_count; i++) {
        string_put(&w, r->options[i].name);
        string_put(&w, r->options[i].value);
    }
    writer_u8(&w, (uint8_t)r->argument_count);
    for (unsigned i = 0; i < r->argument_count; i++) string_put(&w, r->arguments[i]);
    writer_u8(&w, (uint8_t)r->file_count);
    return w.err ? w.err : (int)w.at;
}

static const char *string_get(struct reader *in) {
    size_t size = (size_t)reader_varint(in, REQUEST_SIZE_MAX);
    const uint8_t *bytes = reader_bytes(in, size + 1);
    if (!bytes) return "";
    if (memchr(bytes, 0, size + 1) != bytes + size) {
        reader_fail(in, ERR_FIELD);
        return "";
    }
    return (const char *)bytes;
}

static unsigned count_get(struct reader *in, unsigned max) {
    unsigned count = reader_u8(in);
    if (count > max) reader_fail(in, ERR_LIMIT);
    return count > max ? 0 : count;
}

int request_unpack(struct request *out, const uint8_t *bytes, size_t size) {
    struct reader in;
    memset(out, 0, sizeof *out);
    reader_init(&in, bytes, size);
    uint8_t version = reader_u8(&in);
    if (version != REQUEST_VERSION) reader_fail(&in, ERR_VERSION);
    uint8_t lang = reader_u8(&in), flags = reader_u8(&in);
    if (lang >= LANG_COUNT || (flags & ~FLAGS_ALL)) reader_fail(&in, ERR_FIELD);
    out->lang = lang < LANG_COUNT ? (enum lang)lang : LANG_EN;
    out->json = flags & FLAG_JSON;
    out->out_terminal = flags & FLAG_OUT_TERMINAL;
    out->width = (uint16_t)reader_varint(&in, UINT16_MAX);
    out->command = string_get(&in);
    out->option_count = count_get(&in, REQUEST_OPTIONS_MAX);
    for (unsigned i = 0; i < out->option_count; i++) {
        out->options[i].name = string_get(&in);
        out->options[i].value = string_get(&in);
    }
    out->argument_count = count_get(&in, REQUEST_ARGUMENTS_MAX);
    for (unsigned i = 0; i < out->argument_count; i++) out->arguments[i] = string_get(&in);
    out->file_count = count_get(&in, REQUEST_FILES_MAX);
    return reader_end(&in);
}
