/*
 * make_util.c: records and communities for tests of the store.
 */
#include "test/store/make_util.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"
#include "core/text.h"

uint64_t make_random(uint64_t *seed) {
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill(uint8_t *out, size_t size, uint64_t seed) {
    for (size_t i = 0; i < size; i++) out[i] = (uint8_t)(make_random(&seed) & 0xff);
}

void make_community(struct made_community *out, unsigned n) {
    uint8_t seed[SEED_SIZE], salt[RECORD_SALT_SIZE];
    memset(out, 0, sizeof *out);
    fill(seed, sizeof seed, n);
    fill(salt, sizeof salt, n);
    fill(out->charter.nonce, sizeof out->charter.nonce, n);
    (void)snprintf(out->charter.title, sizeof out->charter.title, "Көше %u", n);
    memcpy(out->charter.lang, "kk", 3);
    out->charter.keep_days = 3000;
    CHECK(charter_found(&out->charter, &out->record, out->body, seed, salt, MAKE_NOW - 100 * DAY_SECONDS) == 0);
}

void make_record(struct made *out, const struct make *how) {
    static uint8_t body[RECORD_BODY_MAX];
    uint8_t salt[RECORD_SALT_SIZE];
    struct record r = {.form = RECORD_FORM_PLAIN,
                       .kind = how->kind ? how->kind : KIND_TEXT,
                       .urgency = how->urgency,
                       .ref_count = how->ref_count,
                       .seq = 0,
                       .created = how->created,
                       .expiry_day = when_day(how->created) + how->days,
                       .body = body,
                       .body_size = 40};
    memcpy(r.community, how->community, HASH_SIZE);
    memcpy(r.refs, how->refs, sizeof r.refs);
    if (how->key)
        memcpy(r.author, how->key, KEY_SIZE);
    else
        fill(r.author, KEY_SIZE, how->author);
    fill(r.signature, SIGNATURE_SIZE, how->salt);
    fill(body, 40, how->salt);
    if (how->text) {
        struct text text = {.text = how->text, .size = strlen(how->text)};
        for (unsigned i = 0; i < how->ref_count; i++)
            if (how->refs[i].type == REF_BLOB) {
                text.attachments[text.attachment_count].size_bytes = 1000;
                (void)snprintf(text.attachments[text.attachment_count++].name, TEXT_NAME_MAX, "Сурет-%u.jpg", i);
            }
        memcpy(salt, body, sizeof salt);
        int size = text_body(&text, salt, body, sizeof body);
        CHECK(size > 0);
        r.body_size = (size_t)size;
    }
    int size = record_encode(&r, out->bytes, sizeof out->bytes);
    CHECK(size > 0);
    out->size = (size_t)size;
    CHECK(record_decode(&out->record, out->bytes, out->size) == 0);
}

void make_sealed(struct made *out, const struct make_sealed *how) {
    uint8_t body[RECORD_SIZE_MAX];
    struct record r = {.form = RECORD_FORM_SEALED,
                       .urgency = how->urgency,
                       .size_class = how->size_class,
                       .expiry_day = how->expiry_day,
                       .body = body,
                       .body_size = record_class_size(how->size_class)};
    fill(r.author, KEY_SIZE, how->shelf);
    fill(r.signature, SIGNATURE_SIZE, how->salt);
    fill(body, r.body_size, how->salt);
    int size = record_encode(&r, out->bytes, sizeof out->bytes);
    CHECK(size > 0);
    out->size = (size_t)size;
    CHECK(record_decode(&out->record, out->bytes, out->size) == 0);
}

void make_stub(struct made *out, const struct made *from) {
    struct record r = from->record;
    r.body = NULL;
    int size = record_encode(&r, out->bytes, sizeof out->bytes);
    CHECK(size > 0);
    out->size = (size_t)size;
    CHECK(record_decode_stub(&out->record, out->bytes, out->size) == 0);
}

static char folder[200];

const char *make_path(const char *name) {
    static char path[300];
    if (!folder[0]) {
        const char *tmp = getenv("TMPDIR");
        (void)snprintf(folder, sizeof folder, "%s/longear-store-XXXXXX", tmp ? tmp : "/tmp");
        CHECK(mkdtemp(folder) != NULL);
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void make_end(void) {
    char path[600];
    DIR *dir = folder[0] ? opendir(folder) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') (void)unlink(path);
    }
    if (dir) (void)closedir(dir);
    if (folder[0]) (void)rmdir(folder);
    folder[0] = '\0';
}
