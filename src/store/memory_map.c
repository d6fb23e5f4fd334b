/*
 * memory_map.c: a skip list with an undo list.
 *
 * A write never changes a node's value in place: it moves the old value to the undo list, from which a rollback takes
 * it back, newest first. A removed node becomes a tombstone only in so far as its key and value move to the undo list;
 * the node itself is freed.
 */
#include "store/memory_map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"

#define LEVELS 16 /* enough for 4^16 nodes at a quarter a level */

struct node {
    struct memory_item item; /* first, so that an item is its node */
    struct node *before;
    unsigned levels;
    struct node *next[];
};

struct undo {
    struct undo *older;
    uint8_t *key;
    size_t key_size;
    uint8_t *value; /* NULL: the key was not there */
    size_t value_size;
};

struct memory_map {
    struct node *head; /* with LEVELS levels and no key */
    struct undo *undo;
    bool open;
    uint64_t bytes;
    uint32_t random;
};

static struct node *node_new(unsigned levels) {
    struct node *n =
        calloc(1, sizeof *n + levels * sizeof n->next[0]); /* NOLINT(bugprone-sizeof-expression): pointers are meant */
    if (n) n->levels = levels;
    return n;
}

static void node_free(struct node *n) {
    if (n) {
        free((void *)(uintptr_t)n->item.key);
        free((void *)(uintptr_t)n->item.value);
        free(n);
    }
}

struct memory_map *memory_map_new(void) {
    struct memory_map *m = calloc(1, sizeof *m);
    if (m) {
        m->head = node_new(LEVELS);
        m->random = 2463534242u;
        if (m->head) return m;
    }
    free(m);
    return NULL;
}

static void undo_free(struct undo *u) {
    free(u->key);
    free(u->value);
    free(u);
}

void memory_map_free(struct memory_map *m) {
    if (!m) return;
    memory_map_commit(m);
    for (struct node *n = m->head, *next; n; n = next) {
        next = n->next[0];
        node_free(n);
    }
    free(m);
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size) {
    size_t common = a_size < b_size ? a_size : b_size;
    int order = common > 0 ? memcmp(a, b, common) : 0;
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

/* Find, on every level, the last node before the key; return the one on the lowest. */
static struct node *search(const struct memory_map *m, const uint8_t *key, size_t key_size, struct node *path[LEVELS]) {
    struct node *n = m->head;
    for (unsigned level = LEVELS; level-- > 0;) {
        while (n->next[level] && compare(n->next[level]->item.key, n->next[level]->item.key_size, key, key_size) < 0)
            n = n->next[level];
        if (path) path[level] = n;
    }
    return n;
}

const struct memory_item *memory_map_seek(const struct memory_map *m, const uint8_t *key, size_t key_size) {
    struct node *n = search(m, key, key_size, NULL)->next[0];
    return n ? &n->item : NULL;
}

const struct memory_item *memory_map_get(const struct memory_map *m, const uint8_t *key, size_t key_size) {
    const struct memory_item *item = memory_map_seek(m, key, key_size);
    return item && compare(item->key, item->key_size, key, key_size) == 0 ? item : NULL;
}

const struct memory_item *memory_map_before(const struct memory_map *m, const uint8_t *key, size_t key_size) {
    struct node *n = search(m, key, key_size, NULL);
    return n == m->head ? NULL : &n->item;
}

const struct memory_item *memory_map_next(const struct memory_item *item) {
    const struct node *n = (const struct node *)(const void *)item;
    return n->next[0] ? &n->next[0]->item : NULL;
}

static unsigned level_random(struct memory_map *m) {
    unsigned levels = 1;
    m->random ^= m->random << 13; /* xorshift (Marsaglia, 2003): where nodes lie needs no secret */
    m->random ^= m->random >> 17;
    m->random ^= m->random << 5;
    for (uint32_t bits = m->random; levels < LEVELS && bits % 4 == 0; bits /= 4) levels++;
    return levels;
}

static uint8_t *copy(const uint8_t *bytes, size_t size) {
    uint8_t *out = malloc(size > 0 ? size : 1);
    if (out && size > 0) memcpy(out, bytes, size);
    return out;
}

static void unlink_node(struct memory_map *m, struct node *n, struct node *path[LEVELS]) {
    for (unsigned level = 0; level < n->levels; level++) {
        CHECK(path[level]->next[level] == n);
        path[level]->next[level] = n->next[level];
    }
    if (n->next[0]) n->next[0]->before = n->before;
    m->bytes -= n->item.key_size + n->item.value_size;
}

/* Put key and value, whose memory the map takes over, behind path. */
static int link_node(struct memory_map *m, uint8_t *key, size_t key_size, uint8_t *value, size_t value_size,
                     struct node *path[LEVELS]) {
    struct node *n = node_new(level_random(m));
    if (!n) return ERR_MEMORY;
    n->item = (struct memory_item){.key = key, .key_size = key_size, .value = value, .value_size = value_size};
    n->before = path[0];
    if (path[0]->next[0]) path[0]->next[0]->before = n;
    CHECK(n->levels > 0);
    for (unsigned level = 0; level < n->levels; level++) {
        n->next[level] = path[level]->next[level];
        path[level]->next[level] = n;
    }
    m->bytes += key_size + value_size;
    return 0;
}

/* Remember in the undo list what a key holds; the caller gives *u its old value afterwards. */
static int undo_push(struct memory_map *m, const uint8_t *key, size_t key_size, struct undo **out) {
    struct undo *u = calloc(1, sizeof *u);
    uint8_t *own = copy(key, key_size);
    if (!u || !own) {
        free(u);
        free(own);
        return ERR_MEMORY;
    }
    *u = (struct undo){.older = m->undo, .key = own, .key_size = key_size};
    m->undo = u;
    *out = u;
    return 0;
}

int memory_map_set(struct memory_map *m, const uint8_t *key, size_t key_size, const uint8_t *value, size_t value_size) {
    struct node *path[LEVELS];
    struct undo *undo = NULL;
    struct node *n = search(m, key, key_size, path)->next[0];
    bool exists = n && compare(n->item.key, n->item.key_size, key, key_size) == 0;
    if (!exists && !value) return 0;
    uint8_t *own_value = value ? copy(value, value_size) : NULL;
    uint8_t *own_key = value && !exists ? copy(key, key_size) : NULL;
    if ((value && !own_value) || (value && !exists && !own_key) || (m->open && undo_push(m, key, key_size, &undo)))
        goto err0;
    if (!exists && link_node(m, own_key, key_size, own_value, value_size, path)) goto err1;
    if (!exists) return 0;
    uint8_t *old = (uint8_t *)(uintptr_t)n->item.value;
    size_t old_size = n->item.value_size;
    if (value) {
        m->bytes += value_size - old_size;
        n->item.value = own_value;
        n->item.value_size = value_size;
    } else {
        unlink_node(m, n, path);
        n->item.value = NULL;
        node_free(n);
    }
    if (undo) {
        undo->value = old;
        undo->value_size = old_size;
    } else {
        free(old);
    }
    return 0;
err1:
    if (undo) {
        m->undo = undo->older;
        undo_free(undo);
    }
err0:
    free(own_key);
    free(own_value);
    return ERR_MEMORY;
}

void memory_map_begin(struct memory_map *m) {
    CHECK(!m->open);
    m->open = true;
}

void memory_map_commit(struct memory_map *m) {
    for (struct undo *u = m->undo, *older; u; u = older) {
        older = u->older;
        undo_free(u);
    }
    m->undo = NULL;
    m->open = false;
}

void memory_map_rollback(struct memory_map *m) {
    m->open = false;
    for (struct undo *u = m->undo, *older; u; u = older) {
        older = u->older;
        /* Undoing takes memory for a node only; a store in memory that has none left has nothing better to do than
         * stop. */
        CHECK(memory_map_set(m, u->key, u->key_size, u->value, u->value_size) == 0);
        undo_free(u);
    }
    m->undo = NULL;
}

uint64_t memory_map_bytes(const struct memory_map *m) {
    return m->bytes;
}
