/*
 * The pool in pouches, and closed communities. Shows that sealed records come out of a pouch as they went in; that of a
 * closed community that the packer is in nothing else leaves, whatever is named; and that a pouch which brings a closed
 * community's own records is refused and learns nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "core/pouch.h"
#include "test/carrier/pouch_sample_util.h"

#define SEALED 60

static struct sample_community open_one, closed;
static struct sample_record inner, sealed[SEALED];
static struct store *source;
static uint8_t bytes[RECORD_SIZE_MAX], file[16 << 20];
static size_t file_size;
static struct pouch_packed packed;

static void put(struct store *store, const struct record *r) {
    int size = record_encode(r, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_int_equal(store_put(store, r, bytes, (size_t)size, SAMPLE_NOW), 1);
}

/* A store with an open community, a closed one with a record of its own, and sealed records. */
static int setup(void **state) {
    struct rng g;
    struct member author, shelf;
    (void)state;
    rng_begin(&g, "pouch sealed file");
    do sample_found(&g, &open_one);
    while (open_one.charter.keep_days < 400);
    do sample_found_closed(&g, &closed);
    while (closed.charter.keep_days < 400 || strlen(closed.charter.title) < 12);
    sample_member(&g, &author);
    assert_int_equal(store_memory_open(&source), 0);
    assert_int_equal(store_community_put(source, &open_one.record, true), 1);
    assert_int_equal(store_community_put(source, &closed.record, true), 1);
    for (unsigned i = 0; i < 10; i++) {
        do sample_record(&g, &inner, &open_one, &author, 100);
        while (inner.record.created > SAMPLE_NOW || inner.record.kind == KIND_RETRACTION);
        put(source, &inner.record);
    }
    do sample_record(&g, &inner, &closed, &author, 400);
    while (inner.record.created > SAMPLE_NOW || inner.record.kind == KIND_RETRACTION || inner.record.body_size < 100);
    put(source, &inner.record);
    for (unsigned i = 0; i < SEALED; i++) {
        if (i % 7 == 0) sample_member(&g, &shelf);
        sample_sealed_until(&g, &sealed[i], &shelf, when_day(SAMPLE_NOW) + i % 9);
        put(source, &sealed[i].record);
    }
    return 0;
}

static int teardown(void **state) {
    (void)state;
    store_close(source);
    return 0;
}

static void pack(const uint8_t *community, uint64_t max_bytes) {
    struct pouch_access access = {.store = source};
    struct pouch_pack what = {.communities = (const uint8_t(*)[HASH_SIZE])community,
                              .community_count = community != NULL,
                              .max_bytes = max_bytes,
                              .now = SAMPLE_NOW};
    int fd = pouch_sample_file(NULL, 0);
    assert_int_equal(pouch_file_pack(&access, fd, &what, &packed), 0);
    file_size = (size_t)lseek(fd, 0, SEEK_END);
    assert_true(file_size <= sizeof file && (max_bytes == 0 || file_size <= max_bytes));
    assert_int_equal(pread(fd, file, file_size, 0), file_size);
    close(fd);
}

static void open_into(struct store *store, struct pouch_opened *out) {
    const struct pouch_open how = {.when = {.now = SAMPLE_NOW}, .threads = 2};
    struct pouch_access access = {.store = store};
    int fd = pouch_sample_file(file, file_size);
    assert_int_equal(pouch_file_open(&access, fd, &how, out), 0);
    close(fd);
}

/* Sealed records come back, by number, and a second time they are known; a cut file still gives the most urgent. */
static void test_come_back(void **state) {
    struct store *to;
    struct pouch_opened opened;
    (void)state;
    pack(NULL, 0);
    assert_int_equal(packed.records, 10);
    assert_int_equal(packed.sealed, SEALED);
    assert_int_equal(packed.left_out, 0);
    assert_int_equal(store_memory_open(&to), 0);
    open_into(to, &opened);
    assert_int_equal(opened.accepted, 10);
    assert_int_equal(opened.sealed, SEALED);
    assert_int_equal(opened.rejected, 0);
    for (unsigned i = 0; i < SEALED; i++) assert_int_equal(store_has(to, sealed[i].record.id), STORE_HELD);
    open_into(to, &opened);
    assert_int_equal(opened.accepted + opened.sealed, 0);
    assert_int_equal(opened.known, SEALED + 10);
    store_close(to);
    pack(NULL, 60000);
    assert_true(packed.sealed > 0 && packed.left_out == SEALED + 10 - packed.sealed - packed.records);
    assert_int_equal(store_memory_open(&to), 0);
    open_into(to, &opened);
    assert_int_equal(opened.sealed, packed.sealed);
    unsigned least = URGENCY_URGENT;
    for (unsigned i = 0; i < SEALED; i++)
        if (store_has(to, sealed[i].record.id) == STORE_HELD && sealed[i].record.urgency < least)
            least = sealed[i].record.urgency;
    for (unsigned i = 0; i < SEALED; i++)
        if (sealed[i].record.urgency > least) assert_int_equal(store_has(to, sealed[i].record.id), STORE_HELD);
    store_close(to);
}

static bool file_has(const void *what, size_t size) {
    return memmem(file, file_size, what, size) != NULL;
}

/* Of a closed community nothing leaves but what is sealed: not its charter, its title, its record, its id or a key;
 * also if it is named, which takes the whole pool along. Who names open ones takes those alone. */
static void test_nothing_of_a_closed_one(void **state) {
    struct store *to;
    struct pouch_opened opened;
    (void)state;
    const uint8_t *named[] = {NULL, closed.charter.community, open_one.charter.community};
    for (unsigned i = 0; i < 3; i++) {
        pack(named[i], 0);
        assert_int_equal(packed.records, i == 1 ? 0 : 10);
        assert_int_equal(packed.sealed, i == 2 ? 0 : SEALED);
        assert_false(file_has(closed.charter.community, HASH_SIZE));
        assert_false(file_has(closed.charter.author, KEY_SIZE));
        assert_false(file_has(closed.record.signature, SIGNATURE_SIZE));
        assert_false(file_has(inner.record.signature, SIGNATURE_SIZE));
        assert_int_equal(store_memory_open(&to), 0);
        open_into(to, &opened);
        assert_int_equal(store_has(to, inner.record.id), STORE_UNKNOWN);
        assert_int_equal(opened.communities, i == 1 ? 0 : 1);
        store_close(to);
    }
}

/* A pouch that somebody made of a closed community's own: refused, not said to be known, and no group comes of it. */
static void test_refused(void **state) {
    static uint8_t plain[POUCH_SECTION_MAX], raw[POUCH_SECTION_MAX];
    const struct pouch_community one = {closed.compact, closed.compact_size, &closed.charter};
    struct pouch_frame frame = {.type = POUCH_RECORDS, .codec = POUCH_STORED};
    struct writer plain_out, raw_out;
    struct store *to;
    struct pouch_opened opened;
    struct store_stats stats;
    (void)state;
    writer_init(&plain_out, plain, sizeof plain);
    writer_init(&raw_out, raw, sizeof raw);
    assert_int_equal(pouch_records_encode(&one, 1, &inner.record, 1, &plain_out, &raw_out), 0);
    frame.packed_size = frame.plain_size = (uint32_t)plain_out.at;
    frame.raw_size = (uint32_t)raw_out.at;
    memcpy(file + POUCH_HEADER_SIZE, plain, plain_out.at);
    memcpy(file + POUCH_HEADER_SIZE + plain_out.at, raw, raw_out.at);
    pouch_frame_encode(file, &frame, file + POUCH_HEADER_SIZE);
    file_size = POUCH_HEADER_SIZE + plain_out.at + raw_out.at;
    for (unsigned i = 0; i < 2; i++) {
        if (i == 0)
            assert_int_equal(store_memory_open(&to), 0);
        else
            to = source; /* who is in it, and holds the record, answers the same */
        open_into(to, &opened);
        assert_int_equal(opened.accepted + opened.known + opened.communities, 0);
        assert_int_equal(opened.rejected, 1);
        assert_int_equal(opened.refused[-ERR_COMMUNITY], 1);
        if (i == 1) break;
        assert_int_equal(store_stats(to, SAMPLE_NOW, &stats), 0);
        assert_int_equal(stats.communities + stats.records, 0);
        store_close(to);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_come_back),
        cmocka_unit_test(test_nothing_of_a_closed_one),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
