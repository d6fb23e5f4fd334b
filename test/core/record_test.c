/*
 * Records. Shows that encoding and decoding are inverse, that whatever is accepted is canonical and no longer verifies
 * when a bit has changed, that a stub keeps id and signature, each limit at its edge, and which error each fault gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/bytes.h"
#include "core/record.h"
#include "test/core/sample_util.h"

static struct sample_record sample;
static struct sample_community community;
static uint8_t bytes[RECORD_SIZE_MAX + 64], again[RECORD_SIZE_MAX + 64];

/* Make one record of the three forms: plain, its stub, sealed. Return the size of its bytes. */
static size_t any_make(struct rng *g, size_t content_max) {
    struct member author;
    sample_member(g, &author);
    if (rng_one_in(g, 4))
        sample_sealed(g, &sample, &author);
    else
        sample_record(g, &sample, &community, &author, content_max);
    if (rng_one_in(g, 3)) sample.record.body = NULL;
    int size = record_encode(&sample.record, bytes, RECORD_SIZE_MAX);
    assert_true(size > 0);
    return (size_t)size;
}

static int any_decode(struct record *out, bool stub, const uint8_t *data, size_t size) {
    return stub ? record_decode_stub(out, data, size) : record_decode(out, data, size);
}

static void assert_same(const struct record *a, const struct record *b) {
    assert_int_equal(a->form, b->form);
    assert_int_equal(a->size_class, b->size_class);
    assert_int_equal(a->urgency, b->urgency);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->expiry_day, b->expiry_day);
    assert_true(a->seq == b->seq);
    assert_true(a->created == b->created);
    assert_memory_equal(a->community, b->community, HASH_SIZE);
    assert_memory_equal(a->author, b->author, KEY_SIZE);
    assert_memory_equal(a->prev, b->prev, PREV_SIZE);
    assert_int_equal(a->ref_count, b->ref_count);
    for (unsigned i = 0; i < a->ref_count; i++) {
        assert_int_equal(a->refs[i].type, b->refs[i].type);
        assert_memory_equal(a->refs[i].id, b->refs[i].id, HASH_SIZE);
    }
    assert_int_equal(a->body_size, b->body_size);
    assert_int_equal(a->body != NULL, b->body != NULL);
    if (a->body) assert_memory_equal(a->body, b->body, a->body_size);
    assert_memory_equal(a->body_hash, b->body_hash, HASH_SIZE);
    assert_memory_equal(a->signature, b->signature, SIGNATURE_SIZE);
    assert_memory_equal(a->id, b->id, HASH_SIZE);
}

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "record round trip");
    for (unsigned i = 0; i < 600; i++) {
        struct record r;
        if (i % 50 == 0) sample_found(&g, &community);
        size_t size = any_make(&g, i % 10 == 0 ? 30000 : 200);
        assert_int_equal(any_decode(&r, !sample.record.body, bytes, size), 0);
        assert_same(&r, &sample.record);
        assert_int_equal(record_verify(&r), 0);
        assert_int_equal(record_encode(&r, again, size - 1), ERR_SPACE);
        struct record lazy;
        assert_int_equal(record_decode_again(&lazy, bytes, size, !r.body, r.id, r.body_hash), 0);
        assert_same(&lazy, &r);
    }
}

/* Damaged records: what decodes is canonical, and unless it is what it was, its signature does not fit. */
static void test_damage(void **state) {
    (void)state;
    static uint8_t whole[RECORD_SIZE_MAX + 64];
    struct rng g;
    unsigned accepted = 0;
    rng_begin(&g, "record damage");
    sample_found(&g, &community);
    for (unsigned i = 0; i < 4000; i++) {
        static size_t whole_size;
        static bool stub;
        struct record r;
        if (i % 20 == 0) {
            whole_size = any_make(&g, 100);
            memcpy(whole, bytes, whole_size);
            stub = !sample.record.body;
        }
        memcpy(bytes, whole, whole_size);
        size_t size = rng_mutate(&g, bytes, whole_size, sizeof bytes);
        bool as_stub = rng_one_in(&g, 20) ? !stub : stub;
        if (any_decode(&r, as_stub, bytes, size) != 0) continue;
        accepted++;
        assert_int_equal(record_encode(&r, again, sizeof again), size);
        assert_memory_equal(again, bytes, size);
        bool same = size == whole_size && memcmp(bytes, whole, size) == 0 && as_stub == stub;
        assert_int_equal(record_verify(&r), same ? 0 : ERR_SIGNATURE);
    }
    assert_true(accepted > 500);
}

/* Noise, with a valid form in front so that it gets past the first byte. */
static void test_noise(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "record noise");
    for (unsigned i = 0; i < 50000; i++) {
        struct record r;
        size_t size = (size_t)rng_below(&g, 700);
        rng_bytes(&g, bytes, size);
        if (size > 0) bytes[0] = (uint8_t)(1 + rng_below(&g, 2));
        bool stub = rng_one_in(&g, 2);
        if (any_decode(&r, stub, bytes, size) != 0) continue;
        assert_int_equal(record_encode(&r, again, sizeof again), size);
        assert_memory_equal(again, bytes, size);
    }
}

/* Every beginning of a record is too short for one, of each form. */
static void test_truncated_everywhere(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "record truncated");
    sample_found(&g, &community);
    for (unsigned i = 0; i < 20; i++) {
        struct record r;
        size_t size = any_make(&g, 50);
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(any_decode(&r, !sample.record.body, bytes, cut), ERR_TRUNCATED);
        bytes[size] = 0;
        assert_int_equal(any_decode(&r, !sample.record.body, bytes, size + 1),
                         size + 1 > RECORD_SIZE_MAX ? ERR_LIMIT : ERR_TRAILING);
    }
}

/* A record of exactly 32768 bytes works; of one more it is refused, signed, encoded or decoded, and so is its stub. */
static void test_largest_record(void **state) {
    (void)state;
    struct rng g;
    struct member author;
    struct record r;
    rng_begin(&g, "largest record");
    sample_found(&g, &community);
    sample_member(&g, &author);
    do sample_record(&g, &sample, &community, &author, 300);
    while (sample.record.kind == KIND_TEXT || sample.record.body_size < 128);
    int size = record_encode(&sample.record, bytes, sizeof bytes);
    assert_true(size > 0);
    /* Two bytes of body length become three. */
    sample.record.body_size += RECORD_SIZE_MAX - (size_t)size - 1;
    rng_bytes(&g, sample.body, sample.record.body_size);
    assert_int_equal(record_sign(&sample.record, author.secret), 0);
    assert_int_equal(record_encode(&sample.record, bytes, sizeof bytes), RECORD_SIZE_MAX);
    assert_int_equal(record_decode(&r, bytes, RECORD_SIZE_MAX), 0);
    assert_int_equal(record_verify(&r), 0);
    r.body = NULL;
    size = record_encode(&r, again, sizeof again);
    assert_true(size > 0);
    assert_int_equal(record_decode_stub(&r, again, (size_t)size), 0);
    assert_int_equal(record_verify(&r), 0);
    /* One more byte of body. */
    size_t body_at = RECORD_SIZE_MAX - sample.record.body_size, length_at = body_at - SIGNATURE_SIZE - 3;
    bytes[length_at]++;
    assert_int_equal(record_decode(&r, bytes, RECORD_SIZE_MAX + 1), ERR_LIMIT);
    assert_int_equal(record_decode(&r, bytes, RECORD_SIZE_MAX), ERR_TRUNCATED);
    again[length_at]++;
    assert_int_equal(record_decode_stub(&r, again, (size_t)size), ERR_LIMIT);
    sample.record.body_size++;
    assert_int_equal(record_sign(&sample.record, author.secret), ERR_LIMIT);
    assert_int_equal(record_encode(&sample.record, bytes, sizeof bytes), ERR_LIMIT);
    sample.record.body_size = SIZE_MAX;
    assert_int_equal(record_encode(&sample.record, bytes, sizeof bytes), ERR_LIMIT);
}

/* The longest header there can be fills RECORD_HEADER_MAX to the byte. */
static void test_largest_header(void **state) {
    (void)state;
    struct rng g;
    struct member author;
    struct record r;
    rng_begin(&g, "largest header");
    sample_found(&g, &community);
    sample_member(&g, &author);
    sample_record(&g, &sample, &community, &author, 10);
    struct record *s = &sample.record;
    s->kind = RECORD_KIND_MAX;
    s->seq = RECORD_SEQ_MAX;
    s->created = TIME_MAX;
    s->expiry_day = TIME_MAX / DAY_SECONDS + KEEP_DAYS_MAX;
    s->ref_count = RECORD_REFS_MAX;
    for (unsigned i = 0; i < RECORD_REFS_MAX; i++) s->refs[i].type = REF_TYPE_MAX;
    s->body_size = RECORD_BODY_MAX;
    assert_int_equal(record_sign(s, author.secret), 0);
    assert_int_equal(record_encode(s, bytes, sizeof bytes), RECORD_SIZE_MAX);
    assert_int_equal(record_decode(&r, bytes, RECORD_SIZE_MAX), 0);
    assert_int_equal(record_verify(&r), 0);
    s->expiry_day++;
    assert_int_equal(record_sign(s, author.secret), ERR_TIME);
}

/* A header written without any check, to be wrong on purpose. */
struct fault {
    const char *why;
    int err;
    uint64_t kind, seq, created, expiry, body_size;
    uint8_t form, urgency, refs, ref_type;
    bool charter;
};

static size_t fault_write(const struct fault *f) {
    static const uint8_t filler[RECORD_SIZE_MAX];
    uint8_t id[HASH_SIZE];
    struct writer w;
    memset(id, 7, sizeof id);
    writer_init(&w, bytes, sizeof bytes);
    writer_u8(&w, f->form);
    writer_varint(&w, f->kind);
    writer_bytes(&w, f->charter ? filler : id, HASH_SIZE);
    writer_bytes(&w, id, KEY_SIZE);
    writer_varint(&w, f->seq);
    if (f->seq > 0) writer_bytes(&w, id, PREV_SIZE);
    writer_varint(&w, f->created);
    writer_varint(&w, f->expiry);
    writer_u8(&w, f->urgency);
    writer_u8(&w, f->refs);
    for (unsigned i = 0; i < f->refs; i++) {
        writer_u8(&w, f->ref_type);
        writer_bytes(&w, id, HASH_SIZE);
    }
    writer_varint(&w, f->body_size);
    writer_bytes(&w, filler, SIGNATURE_SIZE);
    writer_bytes(&w, filler, f->body_size < 100 ? (size_t)f->body_size : 100);
    assert_int_equal(w.err, 0);
    return w.at;
}

#define DAY(n) ((n) * (uint64_t)DAY_SECONDS)
#define GOOD .form = 1, .kind = 2, .created = DAY(50), .expiry = 60, .body_size = 8, .urgency = 1
#define GOOD_CHARTER \
    .form = 1, .kind = 1, .charter = true, .created = DAY(50) + 86399, .expiry = 3700, .body_size = 8, .urgency = 1
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const struct fault faults[] = {
    {"nothing", 0, GOOD},
    {"form 0", ERR_VERSION, GOOD, .form = 0},
    {"form 3", ERR_VERSION, GOOD, .form = 3},
    {"largest kind", 0, GOOD, .kind = RECORD_KIND_MAX},
    {"kind 2^31", ERR_LIMIT, GOOD, .kind = UINT64_C(1) << 31},
    {"kind 0", 0, GOOD, .kind = 0},
    {"no community", ERR_FIELD, GOOD, .charter = true},
    {"largest seq", 0, GOOD, .seq = RECORD_SEQ_MAX},
    {"seq 2^32", ERR_LIMIT, GOOD, .seq = UINT64_C(1) << 32},
    {"last time", 0, GOOD, .created = TIME_MAX, .expiry = TIME_MAX / DAY_SECONDS},
    {"time 2^33", ERR_TIME, GOOD, .created = UINT64_C(1) << 33, .expiry = (UINT64_C(1) << 33) / DAY_SECONDS},
    {"largest varint as time", ERR_TIME, GOOD, .created = VARINT_MAX},
    {"expires on its day", 0, GOOD, .expiry = 50},
    {"expires the day before", ERR_TIME, GOOD, .expiry = 49},
    {"longest life", 0, GOOD, .expiry = 50 + KEEP_DAYS_MAX},
    {"a day too long", ERR_TIME, GOOD, .expiry = 51 + KEEP_DAYS_MAX},
    {"expiry 2^32 - 1", ERR_TIME, GOOD, .expiry = UINT32_MAX},
    {"expiry 2^32 + 60", ERR_TIME, GOOD, .expiry = (UINT64_C(1) << 32) + 60},
    {"largest varint as expiry", ERR_TIME, GOOD, .expiry = VARINT_MAX},
    {"urgent", 0, GOOD, .urgency = 3},
    {"urgency 4", ERR_FIELD, GOOD, .urgency = 4},
    {"urgency 255", ERR_FIELD, GOOD, .urgency = 255},
    {"16 references", 0, GOOD, .refs = 16, .ref_type = 127},
    {"17 references", ERR_LIMIT, GOOD, .refs = 17, .ref_type = 1},
    {"255 references", ERR_LIMIT, GOOD, .refs = 255, .ref_type = 1},
    {"a reference of type 0", ERR_FIELD, GOOD, .refs = 1, .ref_type = 0},
    {"a reference of type 128", ERR_FIELD, GOOD, .refs = 1, .ref_type = 128},
    {"a body of 7 bytes", ERR_FIELD, GOOD, .body_size = 7},
    {"a body of 0 bytes", ERR_FIELD, GOOD, .body_size = 0},
    {"a body of 32769 bytes", ERR_LIMIT, GOOD, .body_size = RECORD_SIZE_MAX + 1},
    {"a body of 2^32 + 8 bytes", ERR_LIMIT, GOOD, .body_size = (UINT64_C(1) << 32) + 8},
    {"a charter", 0, GOOD_CHARTER},
    {"a charter in a community", ERR_FIELD, GOOD_CHARTER, .charter = false},
    {"a charter with seq 1", ERR_FIELD, GOOD_CHARTER, .seq = 1},
    {"a charter with a reference", ERR_FIELD, GOOD_CHARTER, .refs = 1, .ref_type = 1},
    {"an urgent charter", ERR_FIELD, GOOD_CHARTER, .urgency = 3},
    {"a charter that expires a day early", ERR_FIELD, GOOD_CHARTER, .expiry = 3699},
    {"a charter that expires a day late", ERR_FIELD, GOOD_CHARTER, .expiry = 3701},
};
#pragma GCC diagnostic pop

static void test_faults(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct record r;
        size_t size = fault_write(&faults[i]);
        int err = record_decode(&r, bytes, size);
        if (err != faults[i].err) fail_msg("%s: %s", faults[i].why, err_name(err));
        if (err == 0) assert_int_equal(record_encode(&r, again, sizeof again), size);
        /* The same header says the same of a stub, but for the length of what it no longer has. */
        memset(bytes + size, 0, HASH_SIZE);
        if (faults[i].body_size > 100) continue;
        err = record_decode_stub(&r, bytes, size - (size_t)faults[i].body_size + HASH_SIZE);
        if (err != faults[i].err) fail_msg("%s, as a stub: %s", faults[i].why, err_name(err));
    }
}

/* Sealed: every size class has its one length; a class, urgency or day out of range is refused. */
static void test_sealed(void **state) {
    (void)state;
    struct rng g;
    struct member shelf;
    struct record r;
    static const size_t sizes[] = {256,  384,  512,  768,   1024,  1536,  2048, 3072,
                                   4096, 6144, 8192, 12288, 16384, 24576, 32512};
    rng_begin(&g, "sealed");
    sample_member(&g, &shelf);
    assert_int_equal(sizeof sizes / sizeof sizes[0], RECORD_SIZE_CLASSES);
    for (uint8_t class = 0; class < RECORD_SIZE_CLASSES; class ++) {
        do sample_sealed(&g, &sample, &shelf);
        while (sample.record.size_class != class);
        size_t length = sizes[class];
        assert_int_equal(record_class_size(class), length);
        int size = record_encode(&sample.record, bytes, sizeof bytes);
        assert_true(size > (int)length && size <= RECORD_SIZE_MAX);
        assert_int_equal(record_decode(&r, bytes, (size_t)size), 0);
        assert_int_equal(r.body_size, length);
        assert_int_equal(record_verify(&r), 0);
        assert_null(record_content(&r, &length));
        assert_int_equal(length, 0);
        size_t class_at = (size_t)size - r.body_size - SIGNATURE_SIZE - 1;
        assert_int_equal(bytes[class_at], class);
        bytes[class_at] = RECORD_SIZE_CLASSES;
        assert_int_equal(record_decode(&r, bytes, (size_t)size), ERR_FIELD);
        bytes[class_at] = class;
        bytes[class_at - 1] = 4;
        assert_int_equal(record_decode(&r, bytes, (size_t)size), ERR_FIELD);
    }
    sample.record.body_size--;
    assert_int_equal(record_encode(&sample.record, bytes, sizeof bytes), ERR_FIELD);
    sample.record.body_size++;
    sample.record.expiry_day = TIME_MAX / DAY_SECONDS + 1;
    assert_int_equal(record_encode(&sample.record, bytes, sizeof bytes), ERR_TIME);
}

/* The signatures of the two forms do not pass for each other's, and a record signed by another key is refused. */
static void test_wrong_key(void **state) {
    (void)state;
    struct rng g;
    struct member author, other;
    rng_begin(&g, "wrong key");
    sample_found(&g, &community);
    sample_member(&g, &author);
    sample_member(&g, &other);
    sample_record(&g, &sample, &community, &author, 20);
    memcpy(sample.record.author, other.key, KEY_SIZE);
    assert_int_equal(record_verify(&sample.record), ERR_SIGNATURE);
    memset(sample.record.author, 0, KEY_SIZE); /* a point of small order */
    assert_int_equal(record_verify(&sample.record), ERR_SIGNATURE);
    sample.record.urgency = 200; /* can't be encoded */
    assert_int_equal(record_verify(&sample.record), ERR_SIGNATURE);
}

/* The order of the list: by time, then by id as unsigned bytes. */
static void test_order(void **state) {
    (void)state;
    uint8_t low[HASH_SIZE] = {0x7f}, high[HASH_SIZE] = {0x80};
    assert_true(record_order(1, high, 2, low) < 0);
    assert_true(record_order(UINT64_MAX, low, 2, low) > 0);
    assert_true(record_order(2, low, 2, high) < 0);
    assert_true(record_order(2, high, 2, low) > 0);
    assert_int_equal(record_order(2, low, 2, low), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_damage),
        cmocka_unit_test(test_noise),          cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_largest_record), cmocka_unit_test(test_largest_header),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_wrong_key),      cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
