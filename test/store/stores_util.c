/*
 * stores_util.c: see the header.
 */
#include "test/store/stores_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_internal.h"

struct store *stores_open(enum flavour flavour, bool create) {
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    static const uint8_t key[KEY_SIZE] = {'k', 'e', 'y'};
    int err = flavour == MEMORY ? store_memory_open(&s)
                                : store_sqlite_open(&s, make_path(flavour == SEALED ? "sealed.db" : "conformance.db"),
                                                    create, flavour == SEALED ? key : NULL, why);
    if (err) print_error("%s\n", why);
    assert_int_equal(err, 0);
    return s;
}

void stores_hurry(struct store *front) {
    struct sqlite_store *s = sqlite_self(front);
    s->known.limit = 30;
    s->digest_keys_max = 8;
    assert_int_equal(sqlite3_exec(s->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL), SQLITE_OK);
}

int stores_collect(void *context, const struct store_record *r) {
    struct collected *c = context;
    assert_true(c->count < COLLECTED_MAX);
    memcpy(c->ids[c->count], r->record.id, HASH_SIZE);
    c->created[c->count++] = r->record.created;
    return 0;
}

int stores_collect_seen(void *context, const struct store_seen_id *seen) {
    struct collected *c = context;
    assert_true(c->count < COLLECTED_MAX);
    memcpy(c->ids[c->count], seen->id, HASH_SIZE);
    c->created[c->count++] = seen->expiry_day;
    return 0;
}

/* ---- Buckets, naively ---- */

struct naive {
    struct store_seen_id seen[COLLECTED_MAX];
    uint8_t ids[COLLECTED_MAX][HASH_SIZE];
    size_t count, at;
};

static int naive_add(void *context, const struct store_seen_id *seen) {
    struct naive *n = context;
    assert_true(n->count < COLLECTED_MAX);
    n->seen[n->count] = *seen;
    n->seen[n->count].id = memcpy(n->ids[n->count], seen->id, HASH_SIZE);
    n->count++;
    return 0;
}

static int naive_order(const void *a, const void *b) {
    const struct store_seen_id *l = a, *r = b;
    if (l->expiry_day != r->expiry_day) return l->expiry_day < r->expiry_day ? -1 : 1;
    uint64_t hour_l = l->created / 3600, hour_r = r->created / 3600;
    if (hour_l != hour_r) return hour_l < hour_r ? -1 : 1;
    return memcmp(l->id, r->id, HASH_SIZE);
}

/* The next bucket is the one that the next ids make. */
static int naive_compare(void *context, const struct store_bucket *b) {
    struct naive *n = context;
    crypto_generichash_state state;
    uint8_t digest[HASH_SIZE];
    uint64_t count = 0;
    assert_true(n->at < n->count);
    assert_int_equal(n->seen[n->at].expiry_day, b->expiry_day);
    assert_int_equal(n->seen[n->at].created / 3600, b->hour);
    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    for (; n->at < n->count && n->seen[n->at].expiry_day == b->expiry_day && n->seen[n->at].created / 3600 == b->hour;
         n->at++, count++)
        crypto_generichash_update(&state, n->seen[n->at].id, HASH_SIZE);
    crypto_generichash_final(&state, digest, sizeof digest);
    assert_int_equal(count, b->count);
    assert_memory_equal(digest, b->digest, HASH_SIZE);
    return 0;
}

void stores_check_buckets(struct store *s, const uint8_t community[HASH_SIZE]) {
    static struct naive n;
    n.count = n.at = 0;
    assert_int_equal(store_seen_range(s, community, 0, 0, UINT32_MAX, UINT32_MAX, naive_add, &n), 0);
    qsort(n.seen, n.count, sizeof n.seen[0], naive_order);
    assert_int_equal(store_bucket_each(s, community, 0, naive_compare, &n), 0);
    assert_int_equal(n.at, n.count);
    if (n.count == 0) return;
    uint32_t first = n.seen[n.count / 2].expiry_day;
    for (n.at = 0; n.seen[n.at].expiry_day < first; n.at++) continue;
    assert_int_equal(store_bucket_each(s, community, first, naive_compare, &n), 0);
    assert_int_equal(n.at, n.count);
}

void stores_tick(struct store *s, uint64_t now, bool confirmed) {
    int done, guard = 0;
    while ((done = store_tick(s, (struct when){now, confirmed}, 7)) > 0) assert_true(guard++ < 100000);
    assert_int_equal(done, 0);
}
