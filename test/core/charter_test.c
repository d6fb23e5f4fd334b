/*
 * Charters. Shows that founding, the compact form and decoding are inverse, that damage never passes the signature,
 * what each faulty rule is refused as, and what a charter admits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/fields.h"
#include "test/core/sample_util.h"

static struct sample_community community;

/* What comes out of the compact form is what went in; and found the same way, it is the same. */
static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "charter round trip");
    for (unsigned i = 0; i < 200; i++) {
        struct charter c;
        struct record r;
        uint8_t compact[CHARTER_COMPACT_MAX];
        sample_found(&g, &community);
        assert_int_equal(charter_expand(&c, &r, community.compact, community.compact_size), 0);
        assert_memory_equal(c.community, community.record.id, HASH_SIZE);
        assert_memory_equal(c.author, community.record.author, KEY_SIZE);
        assert_true(c.created == community.record.created);
        assert_memory_equal(c.nonce, community.charter.nonce, CHARTER_NONCE_SIZE);
        assert_string_equal(c.title, community.charter.title);
        assert_string_equal(c.lang, community.charter.lang);
        assert_int_equal(c.access, CHARTER_OPEN);
        assert_int_equal(c.write, CHARTER_WRITE_ANYONE);
        assert_int_equal(c.keep_days, community.charter.keep_days);
        assert_int_equal(c.coordinator_count, community.charter.coordinator_count);
        assert_memory_equal(c.coordinators, community.charter.coordinators, sizeof c.coordinators);
        assert_memory_equal(r.id, community.record.id, HASH_SIZE);
        assert_int_equal(charter_compact(&r, compact, sizeof compact), community.compact_size);
        assert_memory_equal(compact, community.compact, community.compact_size);
        assert_int_equal(charter_compact(&r, compact, community.compact_size - 1), ERR_SPACE);
        for (unsigned k = 0; k < c.coordinator_count; k++) assert_true(charter_is_coordinator(&c, c.coordinators[k]));
        c.coordinators[0][5] ^= 1;
        assert_false(charter_is_coordinator(&c, community.charter.coordinators[0]));
        for (size_t cut = 0; cut < community.compact_size; cut++)
            assert_int_not_equal(charter_expand(&c, &r, community.compact, cut), 0);
    }
}

/* Damaged, a charter is refused, or it is still the very same. */
static void test_damage(void **state) {
    (void)state;
    struct rng g;
    unsigned reached = 0;
    rng_begin(&g, "charter damage");
    for (unsigned i = 0; i < 10000; i++) {
        struct charter c;
        struct record r;
        uint8_t bytes[CHARTER_COMPACT_MAX + 40], compact[CHARTER_COMPACT_MAX];
        if (i % 50 == 0) sample_found(&g, &community);
        memcpy(bytes, community.compact, community.compact_size);
        size_t size = rng_mutate(&g, bytes, community.compact_size, sizeof bytes);
        int err = charter_expand(&c, &r, bytes, size);
        if (err == ERR_SIGNATURE) {
            reached++;
            assert_int_equal(charter_compact(&r, compact, sizeof compact), size);
            assert_memory_equal(compact, bytes, size);
        }
        if (err != 0) continue;
        assert_int_equal(size, community.compact_size);
        assert_memory_equal(bytes, community.compact, size);
    }
    assert_true(reached > 1000);
}

/* The rules of a charter, one field after the other, each to be replaced, left out or doubled. */
struct rule {
    uint32_t tag;
    const char *value;
    size_t size;
};
#define NONCE \
    { 1, "0123456789abcdef", 16 }
#define TITLE \
    { 2, "Square", 6 }
#define LANG \
    { 3, "kk", 2 }
#define OPEN \
    { 4, "", 1 }
#define CLOSED \
    { 4, "\1", 1 }
#define ANYONE \
    { 5, "", 1 }
#define KEEP \
    { 6, "\x1e", 1 }
#define KEYS32 "0123456789abcdef0123456789abcdef"
#define KEYS128 KEYS32 KEYS32 KEYS32 KEYS32
#define TEXT60 "012345678901234567890123456789012345678901234567890123456789"

static const struct {
    const char *why;
    int err;
    struct rule rules[9];
} cases[] = {
    {"all that is needed", 0, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP}},
    {"a nonce of 15", ERR_FIELD, {{1, "0123456789abcde", 15}, TITLE, LANG, OPEN, ANYONE, KEEP}},
    {"no nonce", ERR_FIELD, {TITLE, LANG, OPEN, ANYONE, KEEP}},
    {"no title", ERR_FIELD, {NONCE, LANG, OPEN, ANYONE, KEEP}},
    {"no keep", ERR_FIELD, {NONCE, TITLE, LANG, OPEN, ANYONE}},
    {"no field at all", ERR_FIELD, {{0}}},
    {"two titles", ERR_FIELD, {NONCE, TITLE, TITLE, LANG, OPEN, ANYONE, KEEP}},
    {"an empty title", ERR_LIMIT, {NONCE, {2, "", 0}, LANG, OPEN, ANYONE, KEEP}},
    {"a title of 120", 0, {NONCE, {2, TEXT60 TEXT60, 120}, LANG, OPEN, ANYONE, KEEP}},
    {"a title of 121", ERR_LIMIT, {NONCE, {2, TEXT60 TEXT60 "x", 121}, LANG, OPEN, ANYONE, KEEP}},
    {"a title of two lines", ERR_TEXT, {NONCE, {2, "a\nb", 3}, LANG, OPEN, ANYONE, KEEP}},
    {"a title with a zero", ERR_TEXT, {NONCE, {2, "a\0b", 3}, LANG, OPEN, ANYONE, KEEP}},
    {"a title that is not UTF-8", ERR_TEXT, {NONCE, {2, "\xc3", 1}, LANG, OPEN, ANYONE, KEEP}},
    {"a language of 1", ERR_FIELD, {NONCE, TITLE, {3, "k", 1}, OPEN, ANYONE, KEEP}},
    {"a language of 8", 0, {NONCE, TITLE, {3, "de-ch-1a", 8}, OPEN, ANYONE, KEEP}},
    {"a language of 9", ERR_FIELD, {NONCE, TITLE, {3, "de-ch-190", 9}, OPEN, ANYONE, KEEP}},
    {"a language in capitals", ERR_FIELD, {NONCE, TITLE, {3, "KK", 2}, OPEN, ANYONE, KEEP}},
    {"a language with a digit", ERR_FIELD, {NONCE, TITLE, {3, "k2", 2}, OPEN, ANYONE, KEEP}},
    {"a hyphen in front", ERR_FIELD, {NONCE, TITLE, {3, "-kk", 3}, OPEN, ANYONE, KEEP}},
    {"a hyphen at the end", ERR_FIELD, {NONCE, TITLE, {3, "kk-", 3}, OPEN, ANYONE, KEEP}},
    {"closed", 0, {NONCE, TITLE, LANG, CLOSED, ANYONE, KEEP}},
    {"closed, history kept", 0, {NONCE, TITLE, LANG, CLOSED, ANYONE, KEEP, {8, "\1", 1}}},
    {"closed, no history", ERR_FIELD, {NONCE, TITLE, LANG, CLOSED, ANYONE, KEEP, {8, "\0", 1}}},
    {"closed, history of two bytes", ERR_FIELD, {NONCE, TITLE, LANG, CLOSED, ANYONE, KEEP, {8, "\1\1", 2}}},
    {"open, with history", ERR_FIELD, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {8, "\1", 1}}},
    {"an unknown access", ERR_UNSUPPORTED, {NONCE, TITLE, LANG, {4, "\2", 1}, ANYONE, KEEP}},
    {"the pool's access", ERR_UNSUPPORTED, {NONCE, TITLE, LANG, {4, "\377", 1}, ANYONE, KEEP}},
    {"two bytes of access", ERR_FIELD, {NONCE, TITLE, LANG, {4, "\0\0", 2}, ANYONE, KEEP}},
    {"only some write", ERR_UNSUPPORTED, {NONCE, TITLE, LANG, OPEN, {5, "\1", 1}, KEEP}},
    {"keep of no day", ERR_FIELD, {NONCE, TITLE, LANG, OPEN, ANYONE, {6, "\0", 1}}},
    {"keep of 3650", 0, {NONCE, TITLE, LANG, OPEN, ANYONE, {6, "\xc2\x1c", 2}}},
    {"keep of 3651", ERR_LIMIT, {NONCE, TITLE, LANG, OPEN, ANYONE, {6, "\xc3\x1c", 2}}},
    {"keep in a long form", ERR_VARINT, {NONCE, TITLE, LANG, OPEN, ANYONE, {6, "\x9e\0", 2}}},
    {"keep and more", ERR_TRAILING, {NONCE, TITLE, LANG, OPEN, ANYONE, {6, "\x1e\x1e", 2}}},
    {"keep of no byte", ERR_TRUNCATED, {NONCE, TITLE, LANG, OPEN, ANYONE, {6, "", 0}}},
    {"a coordinator", 0, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {7, KEYS32, 32}}},
    {"16 coordinators", 0, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {7, KEYS128 KEYS128 KEYS128 KEYS128, 512}}},
    {"17 coordinators",
     ERR_LIMIT,
     {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {7, KEYS128 KEYS128 KEYS128 KEYS128 KEYS32, 544}}},
    {"no coordinator", ERR_FIELD, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {7, "", 0}}},
    {"a coordinator and a half", ERR_FIELD, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {7, KEYS128, 48}}},
    {"an unknown rule", ERR_UNSUPPORTED, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {127, "x", 1}}},
    {"an unknown remark", 0, {NONCE, TITLE, LANG, OPEN, ANYONE, KEEP, {128, "x", 1}}},
};

static void test_rules(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "charter rules");
    sample_found(&g, &community);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t body[CHARTER_BODY_MAX] = {0};
        struct record r = community.record;
        struct charter c;
        struct writer w;
        writer_init(&w, body, sizeof body);
        w.at = RECORD_SALT_SIZE;
        for (const struct rule *f = cases[i].rules; f->value; f++)
            fields_put(&w, f->tag, (const uint8_t *)f->value, f->size);
        assert_int_equal(w.err, 0);
        r.body = body;
        r.body_size = w.at;
        int err = charter_decode(&c, &r);
        if (err != cases[i].err) fail_msg("%s: %s", cases[i].why, err_name(err));
        if (err) continue;
        if (c.coordinator_count == 1 && !cases[i].rules[6].value)
            assert_memory_equal(c.coordinators[0], r.author, KEY_SIZE); /* nobody named: the author */
    }
}

/* A body of 1024 bytes is the last that fits. */
static void test_largest_body(void **state) {
    (void)state;
    struct rng g;
    struct charter c;
    struct record r;
    uint8_t body[CHARTER_BODY_MAX + 1] = {0}, compact[CHARTER_COMPACT_MAX + 1], filler[CHARTER_BODY_MAX] = {0};
    rng_begin(&g, "largest charter");
    sample_found(&g, &community);
    memcpy(body, community.body, community.record.body_size);
    struct member founder;
    person_founder(&founder, community.seed, community.charter.nonce);
    for (unsigned over = 0; over < 2; over++) {
        struct writer w;
        writer_init(&w, body, sizeof body);
        w.at = community.record.body_size;
        size_t rest = CHARTER_BODY_MAX + over - w.at, length = rest - 3 - (rest - 3 > 127 ? 1 : 0);
        fields_put(&w, 200, filler, length);
        assert_int_equal(w.at, CHARTER_BODY_MAX + over);
        r = community.record;
        r.body = body;
        r.body_size = w.at;
        assert_int_equal(record_sign(&r, founder.secret), 0);
        assert_int_equal(charter_decode(&c, &r), over ? ERR_LIMIT : 0);
        int size = charter_compact(&r, compact, sizeof compact);
        if (size == ERR_SPACE) continue; /* a late time takes a byte more */
        assert_true(size > 0);
        assert_int_equal(charter_expand(&c, &r, compact, (size_t)size), over ? ERR_LIMIT : 0);
    }
}

/* What founding refuses. */
static void test_found_faults(void **state) {
    (void)state;
    static const struct charter good = {.title = "Square", .lang = "kk", .keep_days = 30};
    static const uint8_t seed[SEED_SIZE] = {1}, salt[RECORD_SALT_SIZE] = {2};
    uint8_t body[CHARTER_BODY_MAX];
    struct record r;
    struct charter c = good;
    assert_int_equal(charter_found(&c, &r, body, seed, salt, TIME_MAX), 0);
    c = good;
    assert_int_equal(charter_found(&c, &r, body, seed, salt, (uint64_t)TIME_MAX + 1), ERR_TIME);
    assert_int_equal(charter_found(&c, &r, body, seed, salt, UINT64_MAX), ERR_TIME);
    c = good;
    memset(c.title, 'x', sizeof c.title); /* without a zero at its end */
    assert_int_equal(charter_found(&c, &r, body, seed, salt, SAMPLE_TIME), ERR_TEXT);
    c = good;
    c.title[0] = '\0';
    assert_int_equal(charter_found(&c, &r, body, seed, salt, SAMPLE_TIME), ERR_TEXT);
    c = good;
    memset(c.lang, 'x', sizeof c.lang);
    assert_int_equal(charter_found(&c, &r, body, seed, salt, SAMPLE_TIME), ERR_FIELD);
    c = good;
    c.keep_days = CHARTER_KEEP_DAYS_MAX + 1;
    assert_int_equal(charter_found(&c, &r, body, seed, salt, SAMPLE_TIME), ERR_FIELD);
    c = good;
    c.coordinator_count = CHARTER_COORDINATORS_MAX + 1;
    assert_int_equal(charter_found(&c, &r, body, seed, salt, SAMPLE_TIME), ERR_FIELD);
    c = good;
    c.access = CHARTER_CLOSED + 1;
    assert_int_equal(charter_found(&c, &r, body, seed, salt, SAMPLE_TIME), ERR_UNSUPPORTED);
    c = good;
    c.access = CHARTER_CLOSED;
    c.history = CHARTER_HISTORY_KEPT;
    assert_int_equal(charter_found(&c, &r, body, seed, salt, SAMPLE_TIME), 0);
    assert_true(c.access == CHARTER_CLOSED && c.history == CHARTER_HISTORY_KEPT && !charter_is_public(&c));
    c = good;
    assert_int_equal(charter_body(&c, salt, body, 20), ERR_SPACE);
}

/* What enters a community: its own records that it keeps long enough; bodies of known kinds are looked at, others not.
 */
static void test_admission(void **state) {
    (void)state;
    static struct sample_community other;
    static struct sample_record s;
    struct rng g;
    struct member author;
    rng_begin(&g, "admission");
    sample_member(&g, &author);
    sample_found(&g, &other);
    for (unsigned i = 0; i < 200; i++) {
        sample_found(&g, &community);
        sample_record(&g, &s, &community, &author, 100);
        assert_int_equal(charter_admit(&community.charter, &s.record), 0);
        assert_int_equal(charter_admit(&other.charter, &s.record), ERR_COMMUNITY);
        s.record.expiry_day = (uint32_t)(s.record.created / DAY_SECONDS) + community.charter.keep_days;
        assert_int_equal(charter_admit(&community.charter, &s.record), 0);
        s.record.expiry_day++;
        assert_int_equal(charter_admit(&community.charter, &s.record), ERR_CHARTER);
    }
    assert_int_equal(charter_admit(&community.charter, &community.record), 0);
    assert_int_equal(charter_admit(&other.charter, &community.record), ERR_COMMUNITY);
    sample_sealed(&g, &s, &author);
    assert_int_equal(charter_admit(&community.charter, &s.record), ERR_COMMUNITY);
    assert_int_equal(charter_admit(&charter_pool, &s.record), 0);
    assert_memory_equal(charter_pool.community, record_pool, HASH_SIZE);
    s.record.body = NULL;
    assert_int_equal(charter_admit(&charter_pool, &s.record), ERR_FIELD);
    do sample_record(&g, &s, &community, &author, 100);
    while (s.record.kind != KIND_TEXT);
    memcpy(s.record.community, record_pool, HASH_SIZE); /* a plain one that names the pool belongs to nobody */
    assert_int_equal(charter_admit(&charter_pool, &s.record), ERR_COMMUNITY);
    memcpy(s.record.community, community.charter.community, HASH_SIZE);
    s.body[RECORD_SALT_SIZE] = 0; /* tag 0 */
    assert_int_equal(charter_admit(&community.charter, &s.record), ERR_FIELD);
    s.record.body = NULL; /* of a stub there is nothing to look at */
    assert_int_equal(charter_admit(&community.charter, &s.record), 0);
}

/* A retraction has one target and nothing else, and its body is fields, whatever they are. */
static void test_retraction(void **state) {
    (void)state;
    static struct sample_record s;
    struct rng g;
    struct member author;
    rng_begin(&g, "retraction");
    sample_member(&g, &author);
    sample_found(&g, &community);
    do sample_record(&g, &s, &community, &author, 100);
    while (s.record.kind != KIND_RETRACTION);
    struct record *r = &s.record;
    assert_int_equal(charter_admit(&community.charter, r), 0);
    memcpy(s.body + RECORD_SALT_SIZE, "\1\1x\x80\1\0", 6);
    r->body_size = RECORD_SALT_SIZE + 6;
    assert_int_equal(charter_admit(&community.charter, r), 0);
    r->body_size--;
    assert_int_equal(charter_admit(&community.charter, r), ERR_TRUNCATED);
    r->body = NULL;
    assert_int_equal(charter_admit(&community.charter, r), 0);
    r->refs[0].type = REF_REPLY;
    assert_int_equal(charter_admit(&community.charter, r), ERR_FIELD);
    r->refs[0].type = REF_TARGET;
    r->refs[1] = r->refs[0];
    r->ref_count = 2;
    assert_int_equal(charter_admit(&community.charter, r), ERR_FIELD);
    r->ref_count = 0;
    assert_int_equal(charter_admit(&community.charter, r), ERR_FIELD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_damage),       cmocka_unit_test(test_rules),
        cmocka_unit_test(test_largest_body), cmocka_unit_test(test_found_faults), cmocka_unit_test(test_admission),
        cmocka_unit_test(test_retraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
