/*
 * Text messages. Shows that writing and reading are inverse, that damaged bodies never break anything and what is
 * accepted reads the same when it is written anew, and which error each fault gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/fields.h"
#include "test/core/sample_util.h"

static char room[RECORD_BODY_MAX + 1];
static uint8_t body[RECORD_SIZE_MAX + 64], again[RECORD_SIZE_MAX + 64];
static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal";

static struct record record_of(const struct text *text, const uint8_t *bytes, size_t size) {
    struct record r = {.form = RECORD_FORM_PLAIN, .kind = KIND_TEXT, .body = bytes, .body_size = size};
    for (unsigned i = 0; i < text->attachment_count; i++) {
        r.refs[r.ref_count++].type = REF_REPLY; /* references of other types may stand between */
        r.refs[r.ref_count].type = REF_BLOB;
        memcpy(r.refs[r.ref_count++].id, text->attachments[i].blob, HASH_SIZE);
    }
    return r;
}

static void assert_same(const struct text *a, const struct text *b) {
    assert_int_equal(a->size, b->size);
    if (a->size > 0) assert_memory_equal(a->text, b->text, a->size);
    assert_int_equal(a->guest, b->guest);
    assert_int_equal(a->attachment_count, b->attachment_count);
    for (unsigned i = 0; i < a->attachment_count; i++) {
        assert_memory_equal(a->attachments[i].blob, b->attachments[i].blob, HASH_SIZE);
        assert_true(a->attachments[i].size_bytes == b->attachments[i].size_bytes);
        assert_string_equal(a->attachments[i].media, b->attachments[i].media);
        assert_string_equal(a->attachments[i].name, b->attachments[i].name);
    }
}

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "text round trip");
    for (unsigned i = 0; i < 5000; i++) {
        struct text want, have;
        sample_text_fill(&g, &want, room, i % 50 == 0 ? 30000 : 100,
                         rng_one_in(&g, 2) ? (unsigned)rng_below(&g, 9) : 0);
        int size = text_body(&want, salt, body, sizeof body);
        assert_true(size > 0);
        struct record r = record_of(&want, body, (size_t)size);
        assert_int_equal(text_decode(&have, &r), 0);
        assert_same(&have, &want);
        assert_int_equal(text_body(&want, salt, again, (size_t)size - 1), ERR_SPACE);
    }
}

/* Damaged bodies: what is accepted, written anew, reads the same. */
static void test_damage(void **state) {
    (void)state;
    struct rng g;
    unsigned accepted = 0;
    rng_begin(&g, "text damage");
    for (unsigned i = 0; i < 40000; i++) {
        struct text want, have, once_more;
        sample_text_fill(&g, &want, room, 40, rng_one_in(&g, 2) ? (unsigned)rng_below(&g, 4) : 0);
        int size = text_body(&want, salt, body, sizeof body);
        assert_true(size > 0);
        struct record r = record_of(&want, body, (size_t)size);
        r.body_size = RECORD_SALT_SIZE + rng_mutate(&g, body + RECORD_SALT_SIZE, (size_t)size - RECORD_SALT_SIZE, 2000);
        if (text_decode(&have, &r) != 0) continue;
        accepted++;
        size = text_body(&have, salt, again, sizeof again);
        assert_true(size > 0);
        r.body = again;
        r.body_size = (size_t)size;
        assert_int_equal(text_decode(&once_more, &r), 0);
        assert_same(&once_more, &have);
    }
    assert_true(accepted > 1000);
}

/* A body of which the fields are given as bytes, with so many references of type blob. */
#define A1 "\x01\x00\x00" /* an attachment of 1 byte, without media type and name */
static const struct {
    const char *why;
    int err;
    unsigned blobs;
    const char *bytes;
    size_t size;
} cases[] = {
    {"a letter", 0, 0, "\1\1x", 3},
    {"nothing", ERR_FIELD, 0, "", 0},
    {"an empty text", ERR_FIELD, 0, "\1\0", 2},
    {"an empty text with an attachment", 0, 1, "\1\0\2\3" A1, 7},
    {"an attachment alone", 0, 1, "\2\3" A1, 5},
    {"lines and tabs", 0, 0, "\1\3\n\tx", 5},
    {"a carriage return", ERR_TEXT, 0, "\1\2\rx", 4},
    {"an escape", ERR_TEXT, 0, "\1\2\x1b[", 4},
    {"a C1 control", ERR_TEXT, 0, "\1\2\xc2\x9b", 4},
    {"half a character", ERR_TEXT, 0, "\1\1\xd0", 3},
    {"a guest", 0, 0, "\1\1x\3\1\1", 6},
    {"origin 0", ERR_FIELD, 0, "\1\1x\3\1\0", 6},
    {"origin 2", ERR_FIELD, 0, "\1\1x\3\1\2", 6},
    {"two bytes of origin", ERR_FIELD, 0, "\1\1x\3\2\1\1", 7},
    {"no byte of origin", ERR_FIELD, 0, "\1\1x\3\0", 5},
    {"two texts", ERR_FIELD, 0, "\1\1x\1\1x", 6},
    {"unknown fields", 0, 0, "\1\1x\4\1x\x80\1\1x", 10},
    {"a field cut off", ERR_TRUNCATED, 0, "\1\2x", 3},
    {"a blob without a description", ERR_FIELD, 1, "\1\1x", 3},
    {"a description without a blob", ERR_FIELD, 0, "\1\1x\2\0", 5},
    {"a description too many", ERR_TRAILING, 1, "\1\1x\2\6" A1 A1, 11},
    {"a description too few", ERR_TRUNCATED, 2, "\1\1x\2\3" A1, 8},
    {"eight", 0, 8, "\2\x18" A1 A1 A1 A1 A1 A1 A1 A1, 26},
    {"nine", ERR_LIMIT, 9, "\2\x1b" A1 A1 A1 A1 A1 A1 A1 A1 A1, 29},
    {"an attachment that says it is empty", ERR_LIMIT, 1, "\2\3\0\0\0", 5},
    {"an attachment of 2^29 bytes", 0, 1, "\2\7\x80\x80\x80\x80\2\0\0", 9},
    {"an attachment of 2^29 + 1 bytes", ERR_LIMIT, 1, "\2\7\x81\x80\x80\x80\2\0\0", 9},
    {"a media type with a space", ERR_FIELD, 1, "\2\4\1\1 \0", 6},
    {"a media type beyond ASCII", ERR_FIELD, 1, "\2\5\1\2\xd0\xb6\0", 7},
    {"a name with a slash", ERR_FIELD, 1, "\2\6\1\0\3a/b", 8},
    {"a name with a backslash", ERR_FIELD, 1, "\2\6\1\0\3a\\b", 8},
    {"a name of one dot", ERR_FIELD, 1, "\2\4\1\0\1.", 6},
    {"a name of two dots", ERR_FIELD, 1, "\2\5\1\0\2..", 7},
    {"a name of three dots", 0, 1, "\2\6\1\0\3...", 8},
    {"a name written backwards", ERR_TEXT, 1, "\2\7\1\0\4\xe2\x80\xaex", 9},
    {"a name of two lines", ERR_TEXT, 1, "\2\6\1\0\3a\nb", 8},
    {"a name that is not UTF-8", ERR_TEXT, 1, "\2\4\1\0\1\xff", 6},
    {"a name cut off", ERR_TRUNCATED, 1, "\2\4\1\0\2a", 6},
};

static void test_faults(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record r = {.form = RECORD_FORM_PLAIN, .kind = KIND_TEXT, .body = body};
        struct text text;
        memcpy(body + RECORD_SALT_SIZE, cases[i].bytes, cases[i].size);
        r.body_size = RECORD_SALT_SIZE + cases[i].size;
        for (; r.ref_count < cases[i].blobs; r.ref_count++) r.refs[r.ref_count].type = REF_BLOB;
        int err = text_decode(&text, &r);
        if (err != cases[i].err) fail_msg("%s: %s", cases[i].why, err_name(err));
        r.kind = 4;
        assert_int_equal(text_decode(&text, &r), ERR_FIELD);
        r.kind = KIND_TEXT;
        r.body = NULL;
        assert_int_equal(text_decode(&text, &r), ERR_FIELD);
    }
}

/* Media types of 60 and names of 100 bytes are the longest; the writer refuses what the reader would. */
static void test_edges(void **state) {
    (void)state;
    struct text text = {.attachment_count = 1}, have;
    struct attachment *a = &text.attachments[0];
    a->size_bytes = 1;
    memset(a->media, 'm', TEXT_MEDIA_MAX);
    memset(a->name, 'n', TEXT_NAME_MAX);
    int size = text_body(&text, salt, body, sizeof body);
    assert_true(size > 0);
    struct record r = record_of(&text, body, (size_t)size);
    assert_int_equal(text_decode(&have, &r), 0);
    assert_same(&have, &text);
    /* The same with one byte more, written by hand. */
    for (unsigned longer = 0; longer < 2; longer++) {
        uint8_t list[200], *at = list;
        size_t media = TEXT_MEDIA_MAX + (longer == 0), name = TEXT_NAME_MAX + (longer == 1);
        struct writer w;
        *at++ = 1;
        *at++ = (uint8_t)media;
        memset(at, 'm', media);
        at += media;
        *at++ = (uint8_t)name;
        memset(at, 'n', name);
        at += name;
        writer_init(&w, body, sizeof body);
        w.at = RECORD_SALT_SIZE;
        fields_put(&w, 2, list, (size_t)(at - list));
        r.body_size = w.at;
        assert_int_equal(text_decode(&have, &r), ERR_LIMIT);
    }
    a->media[TEXT_MEDIA_MAX] = 'm'; /* no zero any more */
    assert_int_equal(text_body(&text, salt, body, sizeof body), ERR_LIMIT);
    a->media[0] = '\0';
    a->size_bytes = BLOB_SIZE_MAX + 1;
    assert_int_equal(text_body(&text, salt, body, sizeof body), ERR_LIMIT);
    a->size_bytes = 1;
    memcpy(a->name, "a/b", 4);
    assert_int_equal(text_body(&text, salt, body, sizeof body), ERR_FIELD);
    text.attachment_count = TEXT_ATTACHMENTS_MAX + 1;
    assert_int_equal(text_body(&text, salt, body, sizeof body), ERR_LIMIT);
    text.attachment_count = 0;
    assert_int_equal(text_body(&text, salt, body, sizeof body), ERR_FIELD);
    text.text = "\x1b";
    text.size = 1;
    assert_int_equal(text_body(&text, salt, body, sizeof body), ERR_TEXT);
    text.text = room;
    text.size = RECORD_BODY_MAX + 1;
    assert_int_equal(text_body(&text, salt, body, sizeof body), ERR_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
