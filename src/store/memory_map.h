/*
 * memory_map.h: a map from bytes to bytes, sorted by key (as memcmp, a shorter key first), with one transaction that
 * can be undone. What the store in memory keeps everything in. A skip list (Pugh, 1990).
 */
#ifndef STORE_MEMORY_MAP_H
#define STORE_MEMORY_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct memory_map;

struct memory_item {
    const uint8_t *key, *value; /* both belong to the map; until the key is next written */
    size_t key_size, value_size;
};

/* Make an empty map; NULL if there is no memory. */
struct memory_map *memory_map_new(void);
void memory_map_free(struct memory_map *m);

/* Get the item of a key, the first at or after it, the last before it, the next one: NULL if there is none. */
const struct memory_item *memory_map_get(const struct memory_map *m, const uint8_t *key, size_t key_size);
const struct memory_item *memory_map_seek(const struct memory_map *m, const uint8_t *key, size_t key_size);
const struct memory_item *memory_map_before(const struct memory_map *m, const uint8_t *key, size_t key_size);
const struct memory_item *memory_map_next(const struct memory_item *item);

/* Set or remove a key (value NULL); outside of a transaction, for good. ERR_MEMORY. */
MUST_CHECK int memory_map_set(struct memory_map *m, const uint8_t *key, size_t key_size, const uint8_t *value,
                              size_t value_size);

/* Begin a transaction; keep its changes, or undo them. */
void memory_map_begin(struct memory_map *m);
void memory_map_commit(struct memory_map *m);
void memory_map_rollback(struct memory_map *m);

/* Return how many bytes the keys and values take. */
uint64_t memory_map_bytes(const struct memory_map *m);

#endif
