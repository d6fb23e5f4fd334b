/*
 * persons_apart.c: what an import sets apart.
 */
#include "node/persons_apart.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/base32.h"
#include "core/persons.h"
#include "core/when.h"

#define INDEX "apart"
#define SWEPT "apart-swept"
#define INDEX_SIZE_MAX ((size_t)PERSONS_APART_MAX * HASH_SIZE)
_Static_assert(INDEX_SIZE_MAX <= STORE_META_MAX, "all ids fit a setting");

static void name_of(char out[STORE_NAME_MAX + 1], const uint8_t id[HASH_SIZE]) {
    static const char front[] = INDEX ":";
    size_t at = sizeof front - 1;
    memcpy(out, front, at);
    base32_encode(out + at, id, HASH_SIZE);
    out[at + base32_length(HASH_SIZE)] = '\0';
}

/* Read the ids, with room for more. Return their size or an error; *ids is the caller's to free. */
static int index_read(struct store *s, uint8_t **ids) {
    *ids = malloc(INDEX_SIZE_MAX);
    int size = *ids ? store_meta_get(s, INDEX, *ids, INDEX_SIZE_MAX) : ERR_MEMORY;
    return size == ERR_NOT_FOUND ? 0 : size;
}

int persons_apart_put(struct store *s, const struct person_apart *list, size_t count) {
    char name[STORE_NAME_MAX + 1];
    uint8_t *ids = NULL;
    if (count == 0) return 0;
    int size = index_read(s, &ids), err = size < 0 ? size : 0;
    size_t at = size > 0 ? (size_t)size : 0;
    if (!err && INDEX_SIZE_MAX - at < count * HASH_SIZE) err = ERR_LIMIT;
    for (size_t i = 0; i < count && !err; i++) {
        name_of(name, list[i].id);
        memcpy(ids + at, list[i].id, HASH_SIZE);
        at += HASH_SIZE;
        err = store_meta_set(s, name, (const uint8_t *)list[i].text, strlen(list[i].text));
    }
    if (!err) err = store_meta_set(s, INDEX, ids, at);
    free(ids);
    return err;
}

int persons_apart_get(struct store *s, const uint8_t id[HASH_SIZE], char out[PERSONS_APART_TEXT_MAX + 1]) {
    char name[STORE_NAME_MAX + 1];
    name_of(name, id);
    int size = store_meta_get(s, name, (uint8_t *)out, PERSONS_APART_TEXT_MAX);
    if (size == ERR_NOT_FOUND) size = 0;
    if (size >= 0) out[size] = '\0';
    return size;
}

int persons_apart_drop(struct store *s, const uint8_t id[HASH_SIZE]) {
    char name[STORE_NAME_MAX + 1];
    name_of(name, id);
    return store_meta_set(s, name, NULL, 0);
}

/* Tell whether a record is here and was not taken back, nor the entry of a note: 1, 0, or an error. */
static int is_wanted(struct store *s, const uint8_t id[HASH_SIZE], uint8_t room[RECORD_SIZE_MAX]) {
    struct store_record found;
    struct person_note note;
    uint8_t entry[HASH_SIZE];
    int err = store_get(s, id, room, &found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (found.retracted || !found.record.body) return 0;
    if (person_note_decode(&note, &found.record)) return 1;
    memcpy(entry, note.target, HASH_SIZE);
    err = store_get(s, entry, room, &found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    return !found.retracted && found.record.body;
}

/* Leave of the ids those that are wanted. Return how many bytes they are, or an error. */
static int ids_sweep(struct store *s, uint8_t *ids, size_t size, uint8_t room[RECORD_SIZE_MAX]) {
    char *text = malloc(PERSONS_APART_TEXT_MAX + 1);
    size_t left = 0;
    int err = text ? 0 : ERR_MEMORY;
    for (size_t at = 0; at < size && !err; at += HASH_SIZE) {
        int kept = persons_apart_get(s, ids + at, text), wanted = kept > 0 ? is_wanted(s, ids + at, room) : kept;
        if (wanted < 0) err = wanted;
        if (wanted > 0) {
            memmove(ids + left, ids + at, HASH_SIZE);
            left += HASH_SIZE;
        } else if (!err) {
            err = persons_apart_drop(s, ids + at);
        }
    }
    if (text) sodium_memzero(text, PERSONS_APART_TEXT_MAX + 1);
    free(text);
    return err ? err : (int)left;
}

int persons_apart_sweep(struct store *s) {
    uint8_t *ids = NULL, *room = malloc(RECORD_SIZE_MAX);
    int size = room ? index_read(s, &ids) : ERR_MEMORY, err = size < 0 ? size : 0;
    if (size > 0) {
        err = store_begin(s);
        int left = err ? err : ids_sweep(s, ids, (size_t)size, room);
        if (!err && left < 0) err = left;
        if (!err && left != size) err = store_meta_set(s, INDEX, left > 0 ? ids : NULL, (size_t)left);
        if (!err) err = store_commit(s);
        if (err) store_rollback(s);
    }
    free(room);
    free(ids);
    return err;
}

int persons_apart_tick(struct store *s, uint64_t now) {
    uint32_t today = when_day(now), swept = 0;
    int size = store_meta_get(s, SWEPT, (uint8_t *)&swept, sizeof swept);
    if (size < 0 && size != ERR_NOT_FOUND && size != ERR_SPACE) return size;
    if (size == (int)sizeof swept && swept == today) return 0;
    int err = persons_apart_sweep(s);
    return err ? err : store_meta_set(s, SWEPT, (const uint8_t *)&today, sizeof today);
}
