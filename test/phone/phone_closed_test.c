/*
 * Closed groups on a phone: a coordinator's, a member's, and a stranger's, each a peer of src/phone. Shows that who is
 * admitted reads and writes, and who is removed does not; that a page that keeps what phone_closed_kept gives is the
 * same member when it is opened again, with or without its parcel; that a stranger to whom a member's phone gives all
 * that it gives gets neither words, nor the keys of authors, nor secrets, by a contact or by a parcel of any form; and
 * that damaged keys are an error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/phone/phone_util.h"

#define BODY_MAX 65536

static uint8_t community[HASH_SIZE];

/* ---- What the page does ---- */

static void open_all(struct phone *p) {
    int did;
    while ((did = phone_closed_work(p, 16, 1, phone_random())) > 0) continue;
    assert_int_equal(did, 0);
}

static void carry(struct phone *a, struct phone *b) {
    (void)phone_carry(a, b, 0, 0);
    open_all(b);
}

static void everybody(struct phone *a, struct phone *b) {
    for (unsigned i = 0; i < 3; i++) {
        carry(a, b);
        carry(b, a);
    }
}

static struct phone *coordinator(void) {
    struct phone *p = phone_make(1);
    assert_int_equal(phone_found_closed(p, "Helpers", 7, "en", 2, 30, phone_random()), 0);
    phone_hex(p, "community", community);
    return p;
}

static void stands(struct phone *p, const char *standing) {
    char wanted[64] = "\"standing\":\"";
    strcat(strcat(wanted, standing), "\"");
    assert_int_equal(phone_closed_look(p, community), 0);
    assert_int_equal(phone_count(p, wanted), 1);
    assert_int_equal(phone_communities(p), 0);
    assert_int_equal(phone_count(p, "\"closed\":true"), 1);
    assert_int_equal(phone_count(p, wanted), 1);
}

static bool reads(struct phone *p, const char *text) {
    assert_int_equal(phone_list(p, community, NULL, 100), 0);
    return phone_count(p, text) > 0;
}

static struct phone *member_of(struct phone *coordinates, unsigned number) {
    struct phone *p = phone_make(number);
    phone_bring(coordinates, p, community);
    stands(p, "none");
    assert_int_equal(phone_closed_request(p, community, phone_random()), 0);
    char *line = strdup(phone_text(p));
    stands(p, "asked");
    assert_int_equal(phone_closed_request_read(coordinates, line, strlen(line)), 0);
    assert_int_equal(phone_count(coordinates, "Helpers"), 1);
    assert_int_equal(phone_closed_admit(coordinates, line, strlen(line), phone_random()), 0);
    line[60] = line[60] == 'a' ? 'b' : 'a';
    assert_int_equal(phone_closed_admit(coordinates, line, strlen(line), phone_random()), ERR_CHECKSUM);
    free(line);
    carry(coordinates, p);
    stands(p, "member");
    return p;
}

static int says(struct phone *p, const char *text) {
    uint8_t id[HASH_SIZE];
    int err = phone_draft(p, community, 1);
    if (!err) err = phone_draft_text(p, text, strlen(text));
    if (!err) err = phone_draft_sign(p, phone_random());
    if (!err) phone_id(p, id);
    return err;
}

static uint8_t *kept(struct phone *p, size_t *size) {
    assert_int_equal(phone_closed_kept(p), 0);
    *size = phone_out_size(p);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    if (*size > 0) memcpy(bytes, phone_out(p), *size);
    return bytes;
}

/* ---- Cases ---- */

static void test_member_reads_and_writes(void **state) {
    (void)state;
    struct phone *a = coordinator(), *b = member_of(a, 2);
    assert_int_equal(says(a, "come at six"), 0);
    everybody(a, b);
    assert_true(reads(b, "come at six"));
    assert_int_equal(says(b, "three of us"), 0);
    assert_true(reads(b, "three of us"));
    everybody(a, b);
    assert_true(reads(a, "three of us"));
    assert_int_equal(phone_unread(a, community, 0), 1);
    assert_int_equal(phone_closed_look(b, community), 0);
    assert_int_equal(phone_count(b, "\"handle\""), 2);
    assert_int_equal(phone_count(b, "\"coordinates\":false"), 1);
    assert_int_equal(phone_closed_request(b, community, phone_random()), ERR_EXISTS);
    phone_free(a);
    phone_free(b);
}

static void test_removed_keeps_what_it_had(void **state) {
    (void)state;
    uint8_t key[HASH_SIZE];
    struct phone *a = coordinator(), *b = member_of(a, 2);
    assert_int_equal(says(a, "before"), 0);
    everybody(a, b);
    assert_int_equal(phone_communities(b), 0);
    phone_hex(b, "author", key);
    assert_int_equal(phone_closed_remove(b, community, key, phone_random()), ERR_CHARTER);
    assert_int_equal(phone_closed_remove(a, community, key, phone_random()), 0);
    assert_int_equal(says(a, "after"), 0);
    everybody(a, b);
    stands(b, "removed");
    assert_true(reads(b, "before"));
    assert_false(reads(b, "after"));
    assert_int_equal(says(b, "still here"), ERR_CHARTER);
    phone_free(a);
    phone_free(b);
}

static void test_stranger_cannot_write(void **state) {
    (void)state;
    struct phone *a = coordinator(), *b = phone_make(2), *nobody = phone_new();
    phone_bring(a, b, community);
    assert_int_equal(says(b, "let me in"), ERR_CHARTER);
    assert_int_equal(phone_closed_request(b, community, phone_random()), 0);
    assert_int_equal(says(b, "let me in"), ERR_CHARTER);
    assert_int_equal(phone_invite(a, community, NULL), 0);
    assert_int_equal(phone_join(nobody, (const char *)phone_out(a), phone_out_size(a)), ERR_KEY);
    assert_int_equal(phone_closed_work(nobody, 5, 1, phone_random()), 0);
    phone_free(a);
    phone_free(b);
    phone_free(nobody);
}

/* A page that is closed and opened again: the same person, its groups, its keys; with its parcel or without. */
static void test_kept_and_opened_again(void **state) {
    (void)state;
    struct phone *a = coordinator(), *b = member_of(a, 2);
    size_t size, again_size;
    assert_int_equal(says(a, "first"), 0);
    everybody(a, b);
    assert_int_equal(says(b, "second"), 0);
    uint8_t *keys = kept(b, &size), *again = kept(b, &again_size);
    assert_true(size > 100 && size == again_size && memcmp(keys, again, size) == 0);
    for (unsigned with = 0; with < 2; with++) {
        struct phone *c = phone_make(2);
        phone_bring(a, c, community);
        if (with) assert_int_equal(phone_carry(b, c, 0, 1), PHONE_PARCEL_END);
        assert_int_equal(phone_closed_load(c, keys, size), 0);
        open_all(c);
        stands(c, "member");
        assert_int_equal(reads(c, "first"), with);
        assert_int_equal(reads(c, "second"), with);
        uint8_t *same = kept(c, &again_size);
        if (with) assert_true(size == again_size && memcmp(keys, same, size) == 0);
        free(same);
        /* It goes on where it stood: everybody takes what it writes next. */
        carry(b, a);
        assert_int_equal(says(c, with ? "third" : "third, too"), 0);
        if (with) {
            everybody(a, c);
            assert_true(reads(a, "third"));
            assert_true(reads(a, "second"));
        }
        phone_free(c);
    }
    free(keys);
    free(again);
    phone_free(a);
    phone_free(b);
}

static void test_damaged_keys_are_an_error(void **state) {
    (void)state;
    struct phone *a = coordinator();
    size_t size;
    uint8_t *keys = kept(a, &size);
    struct phone *c = phone_make(1);
    phone_bring(a, c, community);
    for (size_t cut = 0; cut < size; cut += cut < 200 ? 1 : 37) {
        uint8_t *part = malloc(cut + 1); /* of its own, so that what reads beyond it is seen */
        assert_non_null(part);
        if (cut > 0) memcpy(part, keys, cut);
        int err = phone_closed_load(c, part, cut);
        assert_true(err <= 0);
        free(part);
    }
    for (size_t at = 0; at < size; at++) {
        keys[at] ^= 0x55;
        assert_true(phone_closed_load(c, keys, size) <= 0);
        keys[at] ^= 0x55;
    }
    assert_int_equal(phone_closed_load(c, keys, size), 0);
    open_all(c);
    stands(c, "member");
    free(keys);
    phone_free(a);
    phone_free(c);
}

/* ---- What goes out ---- */

static bool holds(const uint8_t *bytes, size_t size, const void *wanted, size_t wanted_size) {
    for (size_t at = 0; at + wanted_size <= size; at++)
        if (memcmp(bytes + at, wanted, wanted_size) == 0) return true;
    return false;
}

/* Tell whether bytes are such as stand everywhere: zeros, and a number among them. */
static bool is_plain(const uint8_t *bytes, size_t size) {
    unsigned zeros = 0;
    for (size_t i = 0; i < size; i++) zeros += bytes[i] == 0;
    return zeros > size / 2;
}

/* Nothing of what a member keeps, and no word, is in these bytes; of the open group there is. */
static void nothing_leaks(const uint8_t *bytes, size_t size, const uint8_t *keys, size_t keys_size,
                          uint8_t authors[2][HASH_SIZE]) {
    assert_true(holds(bytes, size, "everybody may read", 18));
    assert_false(holds(bytes, size, "come at six", 11));
    assert_false(holds(bytes, size, "three of us", 11));
    assert_false(holds(bytes, size, "Helpers", 7));
    assert_false(holds(bytes, size, community, HASH_SIZE));
    for (unsigned i = 0; i < 2; i++) assert_false(holds(bytes, size, authors[i], 8));
    for (size_t at = 0; at + 12 <= keys_size; at++)
        if (!is_plain(keys + at, 12)) assert_false(holds(bytes, size, keys + at, 12));
}

static void rounds(struct phone *const side[2], const int contact[2], unsigned count) {
    for (unsigned round = 0; round < count; round++)
        for (unsigned i = 0; i < 2; i++) {
            int did;
            assert_int_equal(phone_contact_give(side[i], contact[i], BODY_MAX), 0);
            assert_int_equal(
                phone_contact_take(side[1 - i], contact[1 - i], phone_out(side[i]), phone_out_size(side[i])), 0);
            while ((did = phone_contact_work(side[1 - i], contact[1 - i], 16)) > 0) continue;
            assert_int_equal(did, 0);
            phone_wait(side[i], 20);
        }
}

static void exchange(struct phone *a, struct phone *b) {
    struct phone *side[] = {a, b};
    int contact[] = {phone_contact(a, phone_random()), phone_contact_called(b, phone_random())};
    rounds(side, contact, 60);
    assert_int_equal(phone_contact_status(a, contact[0]), 0);
    assert_int_equal(phone_count(a, "\"settled\":true"), 1);
    assert_int_equal(phone_contact_reached(a, contact[0]), 0);
}

/* What is written while a contact lasts is told to have reached the other side when it has, not before: a device that
 * is in no closed group may be that side. */
static void test_told_to_have_reached(void **state) {
    (void)state;
    struct phone *a = coordinator(), *point = phone_make(4), *side[] = {a, point};
    int contact[] = {phone_contact(a, phone_random()), phone_contact_called(point, phone_random())};
    assert_int_equal(says(a, "before"), 0);
    rounds(side, contact, 60);
    assert_int_equal(phone_contact_reached(a, contact[0]), 0);
    assert_int_equal(phone_count(a, "\"id\""), 1);
    assert_int_equal(says(a, "meanwhile"), 0);
    assert_int_equal(phone_contact_reached(a, contact[0]), 0);
    assert_int_equal(phone_count(a, "\"id\""), 1);
    rounds(side, contact, 20);
    assert_int_equal(phone_contact_reached(a, contact[0]), 0);
    assert_int_equal(phone_count(a, "\"id\""), 2);
    phone_free(a);
    phone_free(point);
}

static void test_nothing_goes_out_but_sealed(void **state) {
    (void)state;
    uint8_t open[HASH_SIZE], id[HASH_SIZE], authors[2][HASH_SIZE];
    struct phone *a = coordinator(), *b = member_of(a, 2), *stranger = phone_make(3);
    size_t size;
    assert_int_equal(says(a, "come at six"), 0);
    assert_int_equal(says(b, "three of us"), 0);
    everybody(a, b);
    assert_int_equal(phone_communities(a), 0);
    phone_hex(a, "author", authors[0]);
    assert_int_equal(phone_communities(b), 0);
    phone_hex(b, "author", authors[1]);
    phone_group(b, "Square", open);
    phone_say(b, open, "everybody may read", 1, id);
    uint8_t *keys = kept(b, &size);
    /* The search finds what is there: keys are found among keys. */
    assert_true(holds(keys, size, keys + size / 2, 12));

    /* A parcel of everything, bare (it goes into a page that is passed on) and as a zip, and one of the group alone. */
    for (int zip = 0; zip < 2; zip++) {
        assert_int_equal(phone_parcel_make(b, NULL, 0, 0, zip), 0);
        nothing_leaks(phone_out(b), phone_out_size(b), keys, size, authors);
    }
    assert_int_equal(phone_parcel_make(b, community, 0, 0, 0), 0);
    assert_true(phone_out_size(b) > 100);
    assert_false(holds(phone_out(b), phone_out_size(b), "three of us", 11));
    assert_false(holds(phone_out(b), phone_out_size(b), community, HASH_SIZE));

    /* And a contact: what came over lies in the stranger's store, all of which it packs. */
    phone_bring(b, stranger, open);
    exchange(b, stranger);
    assert_int_equal(phone_count(b, "\"id\""), 2); /* the own message of the closed group has gone out, too */
    assert_int_equal(phone_communities(stranger), 0);
    assert_int_equal(phone_count(stranger, "\"title\""), 1);
    assert_int_equal(phone_parcel_make(stranger, NULL, 0, 0, 0), 0);
    nothing_leaks(phone_out(stranger), phone_out_size(stranger), keys, size, authors);

    /* Yet the stranger has carried it: a member who was away finds it there. */
    struct phone *c = phone_make(2);
    phone_bring(a, c, community);
    assert_int_equal(phone_closed_load(c, keys, size), 0);
    carry(stranger, c);
    assert_true(reads(c, "come at six") && reads(c, "three of us"));
    free(keys);
    phone_free(a);
    phone_free(b);
    phone_free(c);
    phone_free(stranger);
}

/* What is written in a closed group leaves it by no other way either. */
static void test_nothing_is_passed_on(void **state) {
    (void)state;
    uint8_t open[HASH_SIZE], inside[HASH_SIZE], outside[HASH_SIZE], file[] = "a file";
    struct phone *a = coordinator();
    phone_group(a, "Square", open);
    phone_say(a, community, "inside", 1, inside);
    phone_say(a, open, "outside", 1, outside);
    assert_int_equal(phone_draft(a, open, 1), 0);
    assert_int_equal(phone_draft_forward(a, inside), ERR_UNSUPPORTED);
    assert_int_equal(phone_draft_reply(a, inside), ERR_NOT_FOUND);
    assert_int_equal(phone_draft(a, community, 1), 0);
    assert_int_equal(phone_draft_forward(a, outside), ERR_UNSUPPORTED);
    assert_int_equal(phone_draft_attach(a, file, sizeof file, "", 0, "", 0, NULL), ERR_UNSUPPORTED);
    assert_int_equal(phone_invite(a, community, inside), ERR_UNSUPPORTED);
    assert_int_equal(phone_retract(a, inside, phone_random()), 0);
    assert_false(reads(a, "inside"));
    phone_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_member_reads_and_writes),   cmocka_unit_test(test_removed_keeps_what_it_had),
        cmocka_unit_test(test_stranger_cannot_write),     cmocka_unit_test(test_kept_and_opened_again),
        cmocka_unit_test(test_damaged_keys_are_an_error), cmocka_unit_test(test_nothing_goes_out_but_sealed),
        cmocka_unit_test(test_nothing_is_passed_on),      cmocka_unit_test(test_told_to_have_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
