/*
 * A record's canonical bytes come back exactly from the wire, on streams of any mixture; bad bytes are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire.h"
#include "test/core/sample_util.h"

#define AUTHORS 150

/* Both tables of one stream, and what was sent as whole records would take. */
struct stream {
    struct wire_table out, in;
    size_t wire, canonical;
};

static void pass(struct stream *s, const uint8_t community[HASH_SIZE], const uint8_t *bytes, size_t size) {
    static uint8_t wire[RECORD_SIZE_MAX + WIRE_MORE], back[RECORD_SIZE_MAX];
    struct wire_parts parts;
    size_t wire_size = wire_write(&s->out, community, bytes, size, wire);
    assert_true(wire_size <= size + WIRE_MORE);
    assert_int_equal(wire_read(&s->in, community, wire, wire_size, &parts), 0);
    assert_int_equal(parts.head_size + parts.tail_size, size);
    memcpy(back, parts.head, parts.head_size);
    memcpy(back + parts.head_size, parts.tail, parts.tail_size);
    assert_memory_equal(back, bytes, size);
    assert_memory_equal(&s->out, &s->in, sizeof s->in);
    s->wire += wire_size;
    s->canonical += size;
}

/* Plain and sealed records, stubs, records of another community than the message names, and plain junk. */
static void test_comes_back(void **state) {
    (void)state;
    static uint8_t bytes[RECORD_SIZE_MAX];
    static struct sample_record sample;
    struct rng g;
    struct sample_community in, other;
    struct member authors[AUTHORS];
    struct stream s = {.wire = 0};
    rng_begin(&g, "wire");
    sample_found(&g, &in);
    sample_found(&g, &other);
    for (unsigned i = 0; i < AUTHORS; i++) sample_member(&g, &authors[i]);
    for (unsigned i = 0; i < 1500; i++) {
        const struct member *author = &authors[rng_below(&g, 1 + rng_below(&g, AUTHORS))];
        if (i % 7 == 0)
            sample_sealed(&g, &sample, author);
        else
            sample_record(&g, &sample, i % 11 ? &in : &other, author, 400);
        if (i % 5 == 0) sample.record.body = NULL;
        int size = record_encode(&sample.record, bytes, sizeof bytes);
        assert_true(size > 0);
        pass(&s, in.charter.community, bytes, (size_t)size);
        if (i % 13 == 0) {
            size_t junk = rng_below(&g, 200);
            rng_bytes(&g, bytes, junk);
            pass(&s, in.charter.community, bytes, junk);
        }
    }
    printf("%zu bytes of records took %zu\n", s.canonical, s.wire);
}

/* A known author or shelf costs one byte, an unknown one the key; the community nothing. */
static void test_sizes(void **state) {
    (void)state;
    static struct sample_record sample;
    uint8_t bytes[RECORD_SIZE_MAX], wire[RECORD_SIZE_MAX + WIRE_MORE];
    struct rng g;
    struct sample_community in;
    struct member author;
    struct wire_table t = {{{0}}};
    rng_begin(&g, "wire sizes");
    sample_found(&g, &in);
    sample_member(&g, &author);
    sample_record(&g, &sample, &in, &author, 100);
    int size = record_encode(&sample.record, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_int_equal(wire_write(&t, in.charter.community, bytes, (size_t)size, wire), size - HASH_SIZE);
    assert_int_equal(wire_write(&t, in.charter.community, bytes, (size_t)size, wire), size - HASH_SIZE - KEY_SIZE + 1);
    sample_member(&g, &author);
    sample_sealed(&g, &sample, &author);
    size = record_encode(&sample.record, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_int_equal(wire_write(&t, record_pool, bytes, (size_t)size, wire), size);
    assert_int_equal(wire_write(&t, record_pool, bytes, (size_t)size, wire), size - KEY_SIZE + 1);
}

static void test_bad_bytes(void **state) {
    (void)state;
    static const uint8_t community[HASH_SIZE] = {1};
    static uint8_t large[RECORD_SIZE_MAX + 2];
    struct wire_table t = {{{0}}};
    struct wire_parts parts;
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"", 0, &parts), ERR_TRUNCATED);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x05", 1, &parts), ERR_FIELD);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x03short", 6, &parts), ERR_TRUNCATED);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x04", 1, &parts), ERR_TRUNCATED);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x04\x05", 2, &parts), ERR_FIELD); /* empty */
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x04\xff", 2, &parts), ERR_FIELD);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x01", 1, &parts), ERR_TRUNCATED);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x01\x02short", 7, &parts), ERR_TRUNCATED);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x02\x02", 2, &parts), ERR_TRUNCATED);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x02\x02\x05", 3, &parts), ERR_FIELD); /* empty */
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x02\x02\xff", 3, &parts), ERR_FIELD);
    assert_int_equal(wire_read(&t, community, (const uint8_t *)"\x01\x80\x00", 3, &parts), ERR_VARINT);
    assert_int_equal(wire_read(&t, community, large, sizeof large, &parts), ERR_LIMIT);
    assert_int_equal(wire_read(&t, community, large, sizeof large - 1, &parts), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_bad_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
