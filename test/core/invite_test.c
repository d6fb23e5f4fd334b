/*
 * Invitations. Shows that a line brings its charter, in any case and however it is wrapped; that one changed, lost,
 * doubled or swapped character is noticed, wherever it stands; and what else is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base32.h"
#include "core/bytes.h"
#include "core/crypto.h"
#include "core/fields.h"
#include "core/invite.h"
#include "test/core/sample_util.h"

static struct sample_community community;
static uint8_t room[INVITE_BYTES_MAX];
static char line[INVITE_CHARS_MAX + 1], again[INVITE_CHARS_MAX + 1];

static int read_line(const char *text, size_t length) {
    struct charter c;
    struct record r;
    int err = invite_decode(&c, &r, &(struct invite_message){0}, room, text, length);
    if (err) return err;
    int size = invite_encode(&r, NULL, 0, again, sizeof again);
    assert_true(size > 0);
    assert_memory_equal(c.community, r.id, HASH_SIZE);
    return 0;
}

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "invite round trip");
    for (unsigned i = 0; i < 100; i++) {
        static char wrapped[4 * INVITE_CHARS_MAX];
        size_t length = 0;
        sample_found(&g, &community);
        int size = invite_encode(&community.record, NULL, 0, line, sizeof line);
        assert_true(size > 8 && (size_t)size == strlen(line));
        assert_int_equal(invite_encode(&community.record, NULL, 0, again, (size_t)size), ERR_SPACE);
        assert_int_equal(read_line(line, (size_t)size), 0);
        assert_string_equal(again, line);
        /* In either case and with white space anywhere, the prefix not excepted. */
        for (int at = 0; at < size; at++) {
            char c = line[at];
            wrapped[length++] = (char)(c >= 'a' && c <= 'z' && rng_one_in(&g, 2) ? c - 'a' + 'A' : c);
            if (rng_one_in(&g, 10)) wrapped[length++] = "\t\n\v\f\r "[rng_below(&g, 6)];
        }
        assert_int_equal(read_line(wrapped, length), 0);
        assert_string_equal(again, line);
    }
}

/* Every single change of a character, to every letter of the alphabet, and every character left out, doubled or
 * swapped. */
static void test_one_changed_character(void **state) {
    (void)state;
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    static char changed[INVITE_CHARS_MAX + 2];
    struct rng g;
    rng_begin(&g, "changed invite");
    sample_found(&g, &community);
    int size = invite_encode(&community.record, NULL, 0, line, sizeof line);
    assert_true(size > 0);
    size_t length = (size_t)size;
    for (size_t at = 8; at < length; at++) {
        memcpy(changed, line, length + 1);
        for (size_t i = 0; i < 32; i++) {
            changed[at] = alphabet[i];
            assert_int_equal(read_line(changed, length), changed[at] == line[at] ? 0 : ERR_CHECKSUM);
        }
        memcpy(changed, line, at);
        memcpy(changed + at, line + at + 1, length - at);
        assert_int_equal(read_line(changed, length - 1), ERR_CHECKSUM);
        memcpy(changed, line, at + 1);
        memcpy(changed + at + 1, line + at, length - at);
        int doubled = read_line(changed, length + 1);
        assert_true(doubled == ERR_CHECKSUM || doubled == ERR_LIMIT);
        memcpy(changed, line, length + 1);
        if (at + 1 == length || line[at] == line[at + 1]) continue;
        changed[at] = line[at + 1];
        changed[at + 1] = line[at];
        assert_int_equal(read_line(changed, length), ERR_CHECKSUM);
    }
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(read_line(line, cut), cut < 8 ? ERR_NOT_INVITE : ERR_CHECKSUM);
}

/* Make a line of these bytes with the right checksum. */
static size_t line_make(const uint8_t *bytes, size_t size) {
    uint8_t message[16 + INVITE_BYTES_MAX + 16] = "longear invite 1", digest[HASH_SIZE];
    memcpy(message + 16, bytes, size);
    crypto_digest(digest, message, 16 + size);
    memcpy(message + 16 + size, digest, INVITE_CHECK_SIZE);
    static char made[2 * INVITE_CHARS_MAX];
    base32_encode(made, message + 16, size + INVITE_CHECK_SIZE);
    size_t length = strlen(made) < INVITE_CHARS_MAX - 8 ? strlen(made) : INVITE_CHARS_MAX - 8;
    memcpy(line, "longear:", 8);
    memcpy(line + 8, made, length);
    return 8 + length;
}

static void test_faults(void **state) {
    (void)state;
    struct rng g;
    uint8_t bytes[INVITE_BYTES_MAX + 16];
    rng_begin(&g, "invite faults");
    sample_found(&g, &community);
    static const struct {
        const char *why;
        int err;
        uint8_t version;
        bool charter;
        uint32_t more; /* another tag */
    } cases[] = {
        {"as it should be", 0, 1, true, 0},
        {"version 0", ERR_VERSION, 0, true, 0},
        {"version 2", ERR_VERSION, 2, true, 0},
        {"no charter", ERR_FIELD, 1, false, 200},
        {"something that must be known", ERR_UNSUPPORTED, 1, true, 2},
        {"a message of no bytes", ERR_TRUNCATED, 1, true, 128},
        {"something that may be passed over", 0, 1, true, 129},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct writer w;
        writer_init(&w, bytes, sizeof bytes);
        writer_u8(&w, cases[i].version);
        if (cases[i].charter) fields_put(&w, 1, community.compact, community.compact_size);
        if (cases[i].more) fields_put(&w, cases[i].more, NULL, 0);
        int err = read_line(line, line_make(bytes, w.at));
        if (err != cases[i].err) fail_msg("%s: %s", cases[i].why, err_name(err));
    }
    /* A charter whose signature does not fit. */
    struct writer w;
    community.compact[KEY_SIZE + 20] ^= 1;
    writer_init(&w, bytes, sizeof bytes);
    writer_u8(&w, 1);
    fields_put(&w, 1, community.compact, community.compact_size);
    assert_int_equal(read_line(line, line_make(bytes, w.at)), ERR_SIGNATURE);
}

static void test_what_is_none(void **state) {
    (void)state;
    static const char *const others[] = {"", " ", "longear", "longear;", "https://longear:", "xlongear:aa", "\xff"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(read_line(others[i], strlen(others[i])), ERR_NOT_INVITE);
    assert_int_equal(read_line("longear:", 8), ERR_CHECKSUM);
    assert_int_equal(read_line("LONGEAR:aaaa", 12), ERR_CHECKSUM);
    assert_int_equal(read_line("longear:aa!a", 12), ERR_CHECKSUM);
    /* Too long to be one; white space does not count. */
    static char text[3 * INVITE_CHARS_MAX];
    memset(text, 'a', sizeof text);
    memcpy(text, "longear:", 8);
    assert_int_equal(read_line(text, INVITE_CHARS_MAX + 1), ERR_LIMIT);
    assert_int_equal(read_line(text, sizeof text), ERR_LIMIT);
    memset(text + 8, ' ', sizeof text - 8);
    assert_int_equal(read_line(text, sizeof text), ERR_CHECKSUM);
    assert_int_equal(
        invite_encode(&(struct record){.form = RECORD_FORM_PLAIN, .kind = KIND_TEXT}, NULL, 0, line, sizeof line),
        ERR_CHARTER);
}

/* Noise and damaged lines never break anything. */
static void test_damage(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "invite damage");
    for (unsigned i = 0; i < 20000; i++) {
        static uint8_t text[2 * INVITE_CHARS_MAX];
        if (i % 100 == 0) {
            sample_found(&g, &community);
            assert_true(invite_encode(&community.record, NULL, 0, line, sizeof line) > 0);
        }
        size_t length = strlen(line);
        memcpy(text, line, length);
        length = rng_mutate(&g, text, length, sizeof text);
        int err = read_line((const char *)text, length);
        assert_true(err == ERR_CHECKSUM || err == ERR_NOT_INVITE || err == ERR_LIMIT || err == 0);
        if (err == 0) assert_string_equal(again, line);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_one_changed_character),
        cmocka_unit_test(test_faults),     cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
