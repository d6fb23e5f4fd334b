/*
 * people.c: whom the person of this device knows.
 */
#include "node/people.h"

#include <string.h>

#include "core/base32.h"
#include "core/bytes.h"
#include "core/utf8.h"
#include "view/fold.h"

#define PARTS_MAX 16
#define PART_BYTES 4096
#define ENTRY_MAX (KEY_SIZE + 4 + 1 + 1 + MEET_NAME_MAX)

_Static_assert(PARTS_MAX *(PART_BYTES / ENTRY_MAX) >= PEOPLE_MAX, "all fit");

static void part_name(char out[STORE_NAME_MAX + 1], const uint8_t community[HASH_SIZE], unsigned part) {
    size_t at = sizeof "people:" - 1;
    memcpy(out, "people:", at);
    base32_encode(out + at, community, HASH_SIZE);
    at += base32_length(HASH_SIZE);
    out[at++] = ':';
    out[at++] = (char)('a' + part);
    out[at] = '\0';
}

static int part_read(struct people *p, const uint8_t *bytes, size_t size) {
    struct reader r;
    reader_init(&r, bytes, size);
    while (reader_left(&r) > 0) {
        if (p->count == PEOPLE_MAX) return ERR_DAMAGED;
        struct person_known *one = &p->list[p->count++];
        memset(one, 0, sizeof *one);
        reader_copy(&r, one->key, KEY_SIZE);
        one->met_day = reader_u32(&r);
        one->way = reader_u8(&r);
        size_t name = reader_u8(&r);
        if (name > MEET_NAME_MAX) return ERR_DAMAGED;
        reader_copy(&r, (uint8_t *)one->name, name);
        if (r.err || !utf8_is_text((const uint8_t *)one->name, name, false)) return ERR_DAMAGED;
    }
    return 0;
}

int people_load(struct people *out, struct store *s, const uint8_t community[HASH_SIZE]) {
    uint8_t bytes[PART_BYTES];
    char name[STORE_NAME_MAX + 1];
    out->count = 0;
    for (unsigned part = 0; part < PARTS_MAX; part++) {
        part_name(name, community, part);
        int size = store_meta_get(s, name, bytes, sizeof bytes);
        if (size == ERR_NOT_FOUND) break;
        int err = size < 0 ? size : part_read(out, bytes, (size_t)size);
        if (err) return err;
    }
    return 0;
}

int people_save(const struct people *p, struct store *s, const uint8_t community[HASH_SIZE]) {
    uint8_t bytes[PART_BYTES];
    char name[STORE_NAME_MAX + 1];
    int err = store_begin(s);
    if (err) return err;
    size_t at = 0;
    for (unsigned part = 0; part < PARTS_MAX && !err; part++) {
        struct writer w;
        writer_init(&w, bytes, sizeof bytes);
        while (at < p->count && w.at + ENTRY_MAX <= sizeof bytes) {
            const struct person_known *one = &p->list[at++];
            size_t size = strlen(one->name);
            writer_bytes(&w, one->key, KEY_SIZE);
            writer_u32(&w, one->met_day);
            writer_u8(&w, one->way);
            writer_u8(&w, (uint8_t)size);
            writer_bytes(&w, (const uint8_t *)one->name, size);
        }
        part_name(name, community, part);
        err = store_meta_set(s, name, w.at > 0 ? bytes : NULL, w.at);
    }
    if (!err) return store_commit(s);
    store_rollback(s);
    return err;
}

struct person_known *people_find(struct people *p, const uint8_t key[KEY_SIZE]) {
    for (size_t i = 0; i < p->count; i++)
        if (memcmp(p->list[i].key, key, KEY_SIZE) == 0) return &p->list[i];
    return NULL;
}

struct person_known *people_put(struct people *p, const uint8_t key[KEY_SIZE]) {
    struct person_known *one = people_find(p, key);
    if (one || p->count == PEOPLE_MAX) return one;
    one = &p->list[p->count++];
    memset(one, 0, sizeof *one);
    memcpy(one->key, key, KEY_SIZE);
    return one;
}

static size_t name_fold(char out[MEET_NAME_MAX], const char *name) {
    return fold_text(out, name, strlen(name));
}

bool people_is_same_name(const struct people *p, const struct person_known *one) {
    char own[MEET_NAME_MAX], other[MEET_NAME_MAX];
    size_t size = name_fold(own, one->name);
    for (size_t i = 0; i < p->count; i++)
        if (&p->list[i] != one && p->list[i].name[0] && name_fold(other, p->list[i].name) == size &&
            memcmp(own, other, size) == 0 && (size > 0 || strcmp(one->name, p->list[i].name) == 0))
            return one->name[0] != '\0';
    return false;
}
