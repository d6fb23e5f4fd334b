/*
 * stores_util.c: see the header.
 */
#include "test/store/stores_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct store *stores_open(enum flavour flavour, bool create) {
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    int err =
        flavour == MEMORY ? store_memory_open(&s) : store_sqlite_open(&s, make_path("conformance.db"), create, why);
    if (err) print_error("%s\n", why);
    assert_int_equal(err, 0);
    return s;
}

int stores_collect(void *context, const struct store_record *r) {
    struct collected *c = context;
    assert_true(c->count < COLLECTED_MAX);
    memcpy(c->ids[c->count], r->record.id, HASH_SIZE);
    c->created[c->count++] = r->record.created;
    return 0;
}

int stores_collect_seen(void *context, const uint8_t id[HASH_SIZE], uint32_t day) {
    struct collected *c = context;
    assert_true(c->count < COLLECTED_MAX);
    memcpy(c->ids[c->count], id, HASH_SIZE);
    c->created[c->count++] = day;
    return 0;
}

void stores_tick(struct store *s, uint64_t now, bool confirmed) {
    int done, guard = 0;
    while ((done = store_tick(s, (struct when){now, confirmed}, 7)) > 0) assert_true(guard++ < 100000);
    assert_int_equal(done, 0);
}
