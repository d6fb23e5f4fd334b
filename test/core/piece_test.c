/*
 * Pieces of files in closed communities: shows that every piece of files of every length comes back as it was made and
 * that together they are the file; that a piece's content is the bytes that the document says; that an open community
 * and what is no piece are refused, each by its error; that damaged ones do no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/fields.h"
#include "core/piece.h"
#include "test/core/sample_util.h"

static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal";

struct bench {
    struct rng g;
    struct sample_community community;
    struct author author;
    uint8_t blob[HASH_SIZE], room[RECORD_SIZE_MAX];
    struct record record;
};

static struct bench *begin(const char *name) {
    static struct bench b;
    memset(&b, 0, sizeof b);
    rng_begin(&b.g, name);
    sample_found_closed(&b.g, &b.community);
    b.author.charter = &b.community.charter;
    sample_member(&b.g, &b.author.member);
    rng_bytes(&b.g, b.blob, HASH_SIZE);
    return &b;
}

static int make(struct bench *b, uint32_t size, uint32_t index, const uint8_t *bytes) {
    const struct piece p = {.blob = b->blob, .size_bytes = size, .index = index, .bytes = bytes};
    return piece_make(&b->author, &p, SAMPLE_TIME, salt, b->room, &b->record);
}

static void test_comes_back(void **state) {
    (void)state;
    static const uint32_t sizes[] = {1, 2, PIECE_SIZE - 1, PIECE_SIZE, PIECE_SIZE + 1, 2 * PIECE_SIZE, 300000};
    struct bench *b = begin("pieces come back");
    b->author.next = 7;
    b->author.last[0] = 9;
    uint8_t *file = malloc(300000);
    rng_bytes(&b->g, file, 300000);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint32_t count = (sizes[s] + PIECE_SIZE - 1) / PIECE_SIZE, at = 0;
        assert_int_equal(piece_count(sizes[s]), count);
        for (uint32_t i = 0; i < count; i++) {
            struct record r;
            struct piece p;
            int size = make(b, sizes[s], i, file + at);
            assert_true(size > 0 && size <= SHELF_RECORD_MAX);
            assert_int_equal(record_decode(&r, b->room, (size_t)size), 0);
            assert_int_equal(record_verify(&r), 0);
            assert_int_equal(charter_admit(&b->community.charter, &r), 0);
            assert_int_equal(r.urgency, URGENCY_BULK);
            assert_int_equal(r.seq, 7);
            assert_int_equal(b->author.next, 7); /* no place in the sequence */
            assert_int_equal(b->author.last[0], 9);
            assert_int_equal(r.expiry_day, SAMPLE_TIME / DAY_SECONDS + b->community.charter.keep_days);
            assert_int_equal(piece_decode(&p, &r), 0);
            assert_memory_equal(p.blob, b->blob, HASH_SIZE);
            assert_int_equal(p.size_bytes, sizes[s]);
            assert_int_equal(p.index, i);
            assert_memory_equal(p.bytes, file + at, piece_size(sizes[s], i));
            at += piece_size(sizes[s], i);
            r.body = NULL;
            assert_int_equal(piece_check(&r), 0);
            assert_int_equal(piece_decode(&p, &r), ERR_FIELD);
        }
        assert_int_equal(at, sizes[s]);
        assert_int_equal(make(b, sizes[s], count, file), ERR_LIMIT);
    }
    /* The longest numbers that there are: the last piece of the largest file. */
    assert_true(make(b, PIECE_FILE_MAX, PIECES_MAX - 1, file) > 0);
    assert_int_equal(piece_count(0), 0);
    assert_int_equal(piece_count(PIECE_FILE_MAX), PIECES_MAX);
    assert_int_equal(piece_count(PIECE_FILE_MAX + 1), 0);
    assert_int_equal(piece_count(UINT64_MAX), 0);
    assert_int_equal(make(b, PIECE_FILE_MAX + 1, 0, file), ERR_LIMIT);
    assert_int_equal(make(b, 0, 0, file), ERR_LIMIT);
    free(file);
}

/* Written down from doc/protocol.md: what lies behind the salt. */
static void test_bytes(void **state) {
    (void)state;
    struct bench *b = begin("bytes");
    static const uint8_t expected[] = {0x01, 0x03, 0x83, 0xf4, 0x03, 0x02, 0x01, 0x02, 0x03, 0x03, 'a', 'b', 'c'};
    assert_true(make(b, 64003, 2, (const uint8_t *)"abc") > 0);
    size_t size;
    const uint8_t *content = record_content(&b->record, &size);
    assert_int_equal(b->record.kind, 38);
    assert_int_equal(b->record.urgency, 0);
    assert_int_equal(b->record.ref_count, 1);
    assert_int_equal(b->record.refs[0].type, 3);
    assert_memory_equal(b->record.refs[0].id, b->blob, HASH_SIZE);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(content, expected, size);
}

static void test_open_communities_admit_none(void **state) {
    (void)state;
    struct bench *b = begin("open");
    assert_true(make(b, 5, 0, (const uint8_t *)"hello") > 0);
    struct charter open = b->community.charter;
    open.access = CHARTER_OPEN;
    assert_int_equal(charter_admit(&open, &b->record), ERR_CHARTER);
    b->record.body = NULL;
    assert_int_equal(charter_admit(&open, &b->record), ERR_CHARTER);
    b->author.charter = &open;
    assert_int_equal(make(b, 5, 0, (const uint8_t *)"hello"), ERR_CHARTER);
}

/* A record of kind piece with these bytes as its content. */
static int decode_of(struct bench *b, const uint8_t *content, size_t size, uint8_t ref_type, unsigned refs) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct record_ref list[2] = {{.type = ref_type}, {.type = REF_BLOB}};
    struct author_other other = {.kind = KIND_PIECE, .refs = list, .ref_count = refs, .urgency = URGENCY_BULK};
    struct record r;
    struct piece p;
    other.content = content;
    other.content_size = size;
    assert_true(author_other(&b->author, &other, SAMPLE_TIME, salt, room, &r) > 0);
    int err = piece_decode(&p, &r);
    assert_int_equal(piece_check(&r), err);
    assert_int_equal(charter_admit(&b->community.charter, &r), err);
    return err;
}

static void test_no_pieces(void **state) {
    (void)state;
    struct bench *b = begin("no pieces");
    static uint8_t content[128], zeros[64];
    const struct {
        const char *size, *index;         /* the fields' values; NULL: none */
        int size_size, index_size, bytes; /* bytes -1: none */
        uint32_t more;                    /* a further field */
        unsigned refs;
        uint8_t ref_type;
        int err;
    } cases[] = {
        {"\x05", "\x00", 1, 1, 5, 0, 1, REF_BLOB, 0},
        {"\x05", "\x00", 1, 1, 5, FIELDS_OPTIONAL, 1, REF_BLOB, 0},
        {"\x83\xf4\x03", "\x02", 3, 1, 3, 0, 1, REF_BLOB, 0},
        {"\x05", "\x00", 1, 1, 5, 4, 1, REF_BLOB, ERR_UNSUPPORTED},
        {"\x05", "\x00", 1, 1, 4, 0, 1, REF_BLOB, ERR_FIELD}, /* too short, too long, none */
        {"\x05", "\x00", 1, 1, 6, 0, 1, REF_BLOB, ERR_FIELD},
        {"\x05", "\x00", 1, 1, 0, 0, 1, REF_BLOB, ERR_FIELD},
        {"\x05", "\x00", 1, 1, -1, 0, 1, REF_BLOB, ERR_FIELD},
        {"\x05", NULL, 1, 0, 5, 0, 1, REF_BLOB, ERR_FIELD},
        {NULL, "\x00", 0, 1, 5, 0, 1, REF_BLOB, ERR_FIELD},
        {"\x00", "\x00", 1, 1, 0, 0, 1, REF_BLOB, ERR_FIELD}, /* nothing */
        {"\x05", "\x01", 1, 1, 5, 0, 1, REF_BLOB, ERR_LIMIT}, /* beyond the end */
        {"\x83\xf4\x03", "\x03", 3, 1, 3, 0, 1, REF_BLOB, ERR_LIMIT},
        {"\x80\x80\xf4\x03", "\x00", 4, 1, 5, 0, 1, REF_BLOB, ERR_FIELD}, /* the largest file, but not its piece */
        {"\x81\x80\xf4\x03", "\x00", 4, 1, 5, 0, 1, REF_BLOB, ERR_LIMIT}, /* a byte more */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\x00", 9, 1, 5, 0, 1, REF_BLOB, ERR_LIMIT},
        {"\x05", "\x80\x02", 1, 2, 5, 0, 1, REF_BLOB, ERR_LIMIT},  /* 256 */
        {"\x85\x00", "\x00", 2, 1, 5, 0, 1, REF_BLOB, ERR_VARINT}, /* two ways to write a number */
        {"\x05\x00", "\x00", 2, 1, 5, 0, 1, REF_BLOB, ERR_FIELD},  /* something behind it */
        {"\x85", "\x00", 1, 1, 5, 0, 1, REF_BLOB, ERR_FIELD},
        {"\x05", "\x00", 1, 1, 5, 0, 1, REF_REPLY, ERR_FIELD},
        {"\x05", "\x00", 1, 1, 5, 0, 0, REF_BLOB, ERR_FIELD},
        {"\x05", "\x00", 1, 1, 5, 0, 2, REF_BLOB, ERR_FIELD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct writer w;
        writer_init(&w, content, sizeof content);
        if (cases[i].size) fields_put(&w, 1, (const uint8_t *)cases[i].size, (size_t)cases[i].size_size);
        if (cases[i].index) fields_put(&w, 2, (const uint8_t *)cases[i].index, (size_t)cases[i].index_size);
        if (cases[i].bytes >= 0) fields_put(&w, 3, zeros, (size_t)cases[i].bytes);
        if (cases[i].more > 0) fields_put(&w, cases[i].more, zeros, 1);
        assert_int_equal(w.err, 0);
        int err = decode_of(b, content, w.at, cases[i].ref_type, cases[i].refs);
        if (err != cases[i].err) fail_msg("case %zu: %d and not %d", i, err, cases[i].err);
        if (err == 0) assert_true(decode_of(b, content, w.at - 1, REF_BLOB, 1) < 0);
    }
}

static void test_damage(void **state) {
    (void)state;
    struct bench *b = begin("damage");
    static uint8_t bytes[RECORD_SIZE_MAX], body[RECORD_SIZE_MAX];
    size_t size;
    assert_true(make(b, 21, 0, (const uint8_t *)"meet me at the bridge") > 0);
    const uint8_t *content = record_content(&b->record, &size);
    unsigned read = 0, refused = 0;
    for (unsigned i = 0; i < 3000; i++) {
        memcpy(bytes, content, size);
        size_t changed = rng_mutate(&b->g, bytes, size, 200);
        struct record r = b->record;
        struct piece p;
        memcpy(body, salt, sizeof salt);
        memcpy(body + sizeof salt, bytes, changed);
        r.body = body;
        r.body_size = sizeof salt + changed;
        if (piece_decode(&p, &r)) {
            refused++;
        } else {
            read++;
            assert_true(p.bytes + piece_size(p.size_bytes, p.index) <= body + r.body_size);
        }
    }
    assert_true(read > 50 && refused > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_open_communities_admit_none),
        cmocka_unit_test(test_no_pieces),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
