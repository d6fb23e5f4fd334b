/*
 * Letters to one person: shows that one comes back as it was written, at every length; that its content is the bytes
 * that the document says; that an open community and what is no letter are refused, each by its error; that damaged
 * ones do no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/fields.h"
#include "core/letter.h"
#include "test/core/sample_util.h"

static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal";

struct bench {
    struct rng g;
    struct sample_community community;
    struct author author;
    uint8_t to[KEY_SIZE], room[RECORD_SIZE_MAX];
    struct record record;
};

static struct bench *begin(const char *name) {
    static struct bench b;
    memset(&b, 0, sizeof b);
    rng_begin(&b.g, name);
    sample_found_closed(&b.g, &b.community);
    b.author.charter = &b.community.charter;
    sample_member(&b.g, &b.author.member);
    rng_bytes(&b.g, b.to, KEY_SIZE);
    return &b;
}

static int make(struct bench *b, const char *text, size_t size, const uint8_t *reply) {
    struct letter l = {.text = text, .size = size, .reply = reply};
    memcpy(l.to, b->to, KEY_SIZE);
    return letter_make(&b->author, &l, SAMPLE_TIME, salt, b->room, &b->record);
}

static void test_comes_back(void **state) {
    (void)state;
    static char text[LETTER_TEXT_MAX + 1];
    struct bench *b = begin("letters come back");
    uint8_t reply[HASH_SIZE];
    rng_bytes(&b->g, reply, sizeof reply);
    for (unsigned i = 0; i < 200; i++) {
        static const size_t ends[] = {1, 127, 128, 16383, 16384, LETTER_TEXT_MAX};
        size_t size = i < 6 ? ends[i] : 1 + rng_below(&b->g, 400);
        sample_text(&b->g, text, size, true);
        int bytes = make(b, text, size, i % 2 ? reply : NULL);
        assert_true(bytes > 0 && bytes <= SHELF_RECORD_MAX - KEY_SIZE - BOX_OVERHEAD);
        struct record r;
        struct letter l;
        assert_int_equal(record_decode(&r, b->room, (size_t)bytes), 0);
        assert_int_equal(record_verify(&r), 0);
        assert_int_equal(charter_admit(&b->community.charter, &r), 0);
        assert_int_equal(letter_decode(&l, &r), 0);
        assert_memory_equal(l.to, b->to, KEY_SIZE);
        assert_int_equal(l.size, size);
        assert_memory_equal(l.text, text, size);
        assert_int_equal(l.reply != NULL, i % 2);
        if (l.reply) assert_memory_equal(l.reply, reply, HASH_SIZE);
        assert_int_equal(r.expiry_day, SAMPLE_TIME / DAY_SECONDS + b->community.charter.keep_days);
        r.body = NULL;
        assert_int_equal(letter_check(&r), 0);
        assert_int_equal(letter_decode(&l, &r), ERR_FIELD);
    }
    assert_int_equal(make(b, text, LETTER_TEXT_MAX + 1, NULL), ERR_LIMIT);
    assert_int_equal(make(b, text, 0, NULL), ERR_FIELD);
    assert_int_equal(make(b, "\x1b[2J", 4, NULL), ERR_TEXT);
    memcpy(b->to, b->author.member.key, KEY_SIZE);
    assert_int_equal(make(b, "to myself", 9, NULL), ERR_FIELD);
}

/* Written down from doc/protocol.md: what lies behind the salt. */
static void test_bytes(void **state) {
    (void)state;
    struct bench *b = begin("bytes");
    for (unsigned i = 0; i < KEY_SIZE; i++) b->to[i] = (uint8_t)(0xa0 + i);
    assert_true(make(b, "\xd0\x94\xd0\xb0!", 5, NULL) > 0);
    uint8_t expected[] = {0x01, 0x20, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab,
                          0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9,
                          0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0x02, 0x05, 0xd0, 0x94, 0xd0, 0xb0, 0x21};
    size_t size;
    const uint8_t *content = record_content(&b->record, &size);
    assert_int_equal(b->record.kind, 28);
    assert_int_equal(b->record.urgency, 1);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(content, expected, size);
}

static void test_open_communities_admit_none(void **state) {
    (void)state;
    struct bench *b = begin("open");
    assert_true(make(b, "hello", 5, NULL) > 0);
    struct charter open = b->community.charter;
    open.access = CHARTER_OPEN;
    assert_int_equal(charter_admit(&open, &b->record), ERR_CHARTER);
    b->record.body = NULL;
    assert_int_equal(charter_admit(&open, &b->record), ERR_CHARTER);
    b->author.charter = &open;
    assert_int_equal(make(b, "hello", 5, NULL), ERR_CHARTER);
}

/* A record of kind letter with these bytes as its content. */
static int decode_of(struct bench *b, const uint8_t *content, size_t size, uint8_t ref_type, unsigned refs) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct record_ref list[2] = {{.type = ref_type}, {.type = REF_REPLY}};
    struct author_other other = {.kind = KIND_LETTER, .refs = list, .ref_count = refs, .urgency = URGENCY_NORMAL};
    struct record r;
    struct letter l;
    other.content = content;
    other.content_size = size;
    assert_true(author_other(&b->author, &other, SAMPLE_TIME, salt, room, &r) > 0);
    int err = letter_decode(&l, &r);
    assert_int_equal(letter_check(&r), err);
    assert_int_equal(charter_admit(&b->community.charter, &r), err);
    return err;
}

static void test_no_letters(void **state) {
    (void)state;
    struct bench *b = begin("no letters");
    uint8_t content[KEY_SIZE + 64];
    struct writer w;
    struct {
        const char *text;
        size_t to_size;
        uint32_t more; /* a further field */
        unsigned refs;
        uint8_t ref_type;
        int err;
    } cases[] = {
        {"hello", KEY_SIZE, 0, 0, REF_REPLY, 0},
        {"hello", KEY_SIZE, FIELDS_OPTIONAL, 1, REF_REPLY, 0},
        {"hello", KEY_SIZE, 3, 0, REF_REPLY, ERR_UNSUPPORTED},
        {"hello", KEY_SIZE - 1, 0, 0, REF_REPLY, ERR_FIELD},
        {"hello", 0, 0, 0, REF_REPLY, ERR_FIELD},
        {NULL, KEY_SIZE, 0, 0, REF_REPLY, ERR_FIELD},
        {"", KEY_SIZE, 0, 0, REF_REPLY, ERR_FIELD},
        {"a\rb", KEY_SIZE, 0, 0, REF_REPLY, ERR_TEXT},
        {"\xff", KEY_SIZE, 0, 0, REF_REPLY, ERR_TEXT},
        {"hello", KEY_SIZE, 0, 1, REF_BLOB, ERR_FIELD},
        {"hello", KEY_SIZE, 0, 1, REF_TARGET, ERR_FIELD},
        {"hello", KEY_SIZE, 0, 2, REF_REPLY, ERR_FIELD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        writer_init(&w, content, sizeof content);
        if (cases[i].to_size > 0) fields_put(&w, 1, b->to, cases[i].to_size);
        if (cases[i].text) fields_put(&w, 2, (const uint8_t *)cases[i].text, strlen(cases[i].text));
        if (cases[i].more > 0) fields_put(&w, cases[i].more, b->to, 1);
        assert_int_equal(w.err, 0);
        assert_int_equal(decode_of(b, content, w.at, cases[i].ref_type, cases[i].refs), cases[i].err);
        if (cases[i].err == 0) assert_true(decode_of(b, content, w.at - 1, REF_REPLY, 0) < 0);
    }
    /* The author's own key. */
    writer_init(&w, content, sizeof content);
    fields_put(&w, 1, b->author.member.key, KEY_SIZE);
    fields_put(&w, 2, b->to, 1);
    content[2 + KEY_SIZE + 2] = 'x';
    assert_int_equal(decode_of(b, content, w.at, REF_REPLY, 0), ERR_FIELD);
}

static void test_damage(void **state) {
    (void)state;
    struct bench *b = begin("damage");
    static uint8_t bytes[RECORD_SIZE_MAX], body[RECORD_SIZE_MAX];
    size_t size;
    assert_true(make(b, "meet me at the bridge", 21, NULL) > 0);
    const uint8_t *content = record_content(&b->record, &size);
    unsigned read = 0, refused = 0;
    for (unsigned i = 0; i < 3000; i++) {
        memcpy(bytes, content, size);
        size_t changed = rng_mutate(&b->g, bytes, size, 200);
        struct record r = b->record;
        struct letter l;
        memcpy(body, salt, sizeof salt);
        memcpy(body + sizeof salt, bytes, changed);
        r.body = body;
        r.body_size = sizeof salt + changed;
        if (letter_decode(&l, &r)) {
            refused++;
        } else {
            read++;
            assert_true(l.size > 0 && (const uint8_t *)l.text + l.size <= body + r.body_size);
        }
    }
    assert_true(read > 50 && refused > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_open_communities_admit_none),
        cmocka_unit_test(test_no_letters),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
