/*
 * What one peer in memory does by itself, and what parcels carry between two. Shows that what is written is read back
 * with every field, found, counted and taken back; that messages pass on between groups with their author's signature;
 * that invitations bring a message; that a kept peer goes on where it stood; and that bad input is refused by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "phone/phone_internal.h"
#include "test/media/media_sample_util.h"
#include "test/phone/phone_util.h"
#include "test/property_util.h"

static void test_story(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *b = phone_make(2);
    uint8_t group[HASH_SIZE], first[HASH_SIZE], second[HASH_SIZE], back[HASH_SIZE];
    phone_group(a, "Аула", group);
    phone_say(a, group, "Нужна вода у подъезда 3", 3, first);
    phone_say(a, group, "quote \"\\ and\nline", 1, second);
    phone_bring(a, b, group);
    assert_int_equal(phone_carry(a, b, 1, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_parcel_result(b), 0);
    assert_non_null(strstr(phone_text(b), "\"accepted\":2,\"known\":0,\"rejected\":0"));
    assert_non_null(strstr(phone_text(b), "\"damaged\":0,\"truncated\":false"));
    assert_int_equal(phone_list(b, group, NULL, 50), 0);
    assert_int_equal(phone_count(b, "\"own\":false"), 2);
    assert_non_null(strstr(phone_text(b), "quote \\\"\\\\ and\\u000aline"));
    assert_int_equal(phone_unread(b, group, 0), 2);
    assert_int_equal(phone_unread(a, group, 0), 0);
    assert_int_equal(phone_search(b, NULL, "подъ", strlen("подъ"), 10), 0);
    assert_int_equal(phone_count(b, "\"id\":"), 1);
    assert_int_equal(phone_draft(b, group, 1), 0);
    assert_int_equal(phone_draft_text(b, "иду", strlen("иду")), 0);
    assert_int_equal(phone_draft_reply(b, first), 0);
    assert_int_equal(phone_draft_sign(b, phone_random()), 0);
    phone_id(b, back);
    assert_int_equal(phone_carry(b, a, 0, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_message(a, back), 0);
    assert_non_null(strstr(phone_text(a), "\"quote\":{\"id\":"));
    assert_int_equal(phone_message(a, first), 0);
    assert_non_null(strstr(phone_text(a), "\"replies\":1"));
    assert_int_equal(phone_communities(a), 0);
    assert_non_null(strstr(phone_text(a), "\"records\":3"));
    assert_int_equal(phone_retract(b, first, phone_random()), ERR_USAGE);
    assert_int_equal(phone_retract(a, first, phone_random()), 0);
    assert_int_equal(phone_message(a, first), ERR_NOT_FOUND);
    assert_int_equal(phone_carry(a, b, 1, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_message(b, first), ERR_NOT_FOUND);
    phone_free(a);
    phone_free(b);
}

static void correct(struct phone *p, const uint8_t group[HASH_SIZE], const uint8_t id[HASH_SIZE], const char *text) {
    assert_int_equal(phone_draft(p, group, 1), 0);
    assert_int_equal(phone_draft_text(p, text, strlen(text)), 0);
    assert_int_equal(phone_draft_correct(p, id), 0);
    assert_int_equal(phone_draft_sign(p, phone_random()), 0);
}

/* The words that an author put last stand in the place of the first, once, wherever both arrive; another's don't. */
static void test_correction(void **state) {
    (void)state;
    uint8_t group[HASH_SIZE], first[HASH_SIZE], second[HASH_SIZE];
    struct phone *a = phone_make(1), *b = phone_make(2);
    phone_group(a, "Aul", group);
    phone_bring(a, b, group);
    phone_say(a, group, "meet at nine", 1, first);
    correct(a, group, first, "meet at ten");
    phone_id(a, second);
    correct(a, group, second, "meet at eleven"); /* of the correction: of what it corrects */
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(phone_list(i ? b : a, group, NULL, 50), 0);
        assert_int_equal(phone_count(i ? b : a, "\"handle\""), 1);
        assert_int_equal(phone_count(i ? b : a, "\"text\":\"meet at eleven\""), 1);
        assert_int_equal(phone_count(i ? b : a, "\"was\":\"meet at nine\""), 1);
        assert_int_equal(phone_count(i ? b : a, "\"replies\":0"), 1);
        if (i == 0) assert_int_equal(phone_carry(a, b, 0, 0), PHONE_PARCEL_END);
    }
    assert_int_equal(phone_search(b, NULL, "eleven", 6, 10), 0);
    assert_int_equal(phone_count(b, "meet at eleven"), 1);
    assert_int_equal(phone_draft(b, group, 1), 0);
    assert_int_equal(phone_draft_correct(b, first), ERR_USAGE);
    assert_int_equal(phone_draft_correct(b, group), ERR_NOT_FOUND);
    assert_int_equal(phone_retract(a, first, phone_random()), 0);
    assert_int_equal(phone_carry(a, b, 0, 0), PHONE_PARCEL_END);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(phone_list(i ? b : a, group, NULL, 50), 0);
        assert_int_equal(phone_count(i ? b : a, "meet at"), 0);
        assert_int_equal(phone_search(i ? b : a, NULL, "meet", 4, 10), 0);
        assert_int_equal(phone_count(i ? b : a, "meet at"), 0);
    }
    phone_free(a);
    phone_free(b);
}

/* Forward a message of one group to another; return the new one's id. */
static void forward(struct phone *p, const uint8_t to[HASH_SIZE], const uint8_t id[HASH_SIZE], const char *text,
                    uint8_t made[HASH_SIZE]) {
    assert_int_equal(phone_draft(p, to, 2), 0);
    if (text) assert_int_equal(phone_draft_text(p, text, strlen(text)), 0);
    assert_int_equal(phone_draft_forward(p, id), 0);
    assert_int_equal(phone_draft_sign(p, phone_random()), 0);
    phone_id(p, made);
}

/* THREATS.md, "the later prosecutor": whatever the page attaches, no photo, film or sound leaves with what it tells;
 * what can't be stripped is refused, another file goes as it is. */
static void test_later_prosecutor(void **state) {
    (void)state;
    struct phone *p = phone_make(1);
    uint8_t group[HASH_SIZE], id[HASH_SIZE], blob[HASH_SIZE], bytes[SAMPLE_SIZE_MAX];
    phone_group(p, "yard", group);
    for (const struct media_sample *s = media_samples; s->name; s++) {
        size_t size = s->make(bytes);
        assert_int_equal(phone_draft(p, group, 1), 0);
        assert_int_equal(phone_draft_attach(p, bytes, size, "", 0, "", 0, NULL), 0);
        assert_int_equal(phone_draft_sign(p, phone_random()), 0);
        phone_id(p, id);
        assert_int_equal(phone_message(p, id), 0);
        phone_hex(p, "blob", blob);
        assert_int_equal(phone_blob(p, blob), 0);
        assert_null(memmem(phone_out(p), phone_out_size(p), "SECR", 4));
        assert_non_null(memmem(phone_out(p), phone_out_size(p), "pixels and s", 12));
    }
    assert_int_equal(phone_draft(p, group, 1), 0);
    size_t size = media_samples[0].make(bytes);
    assert_int_equal(phone_draft_attach(p, bytes, size / 4, "image/jpeg", 10, "", 0, NULL), ERR_TRUNCATED);
    memcpy(bytes,
           "\0\0\0\x18"
           "ftypheic",
           12);
    assert_int_equal(phone_draft_attach(p, bytes, 100, "image/heic", 10, "", 0, NULL), ERR_UNSUPPORTED);
    memcpy(bytes, "a list", 6);
    assert_int_equal(phone_draft_attach(p, bytes, 6, "text/plain", 10, "", 0, NULL), 0);
    phone_free(p);
}

static void test_every_field_and_forwarding(void **state) {
    (void)state;
    static const uint8_t original[HASH_SIZE] = {7, 7, 7};
    struct phone *a = phone_make(1), *b = phone_make(2), *c = phone_make(3);
    uint8_t yard[HASH_SIZE], square[HASH_SIZE], id[HASH_SIZE], passed[HASH_SIZE], again[HASH_SIZE], blob[HASH_SIZE];
    uint8_t photo[70000], author[HASH_SIZE];
    memset(photo, 5, sizeof photo);
    phone_group(a, "yard", yard);
    phone_group(b, "square", square);
    phone_bring(a, b, yard);
    phone_bring(b, c, square);
    assert_int_equal(phone_draft(a, yard, 1), 0);
    assert_int_equal(phone_draft_text(a, "seen", 4), 0);
    assert_int_equal(phone_draft_place(a, "у моста", strlen("у моста")), 0);
    assert_int_equal(phone_draft_ground(a, 1), 0);
    assert_int_equal(phone_draft_attach(a, photo, sizeof photo, "image/jpeg", 10, "p.jpg", 5, original), 0);
    assert_int_equal(phone_draft_attach(a, photo, 100, "", 0, "", 0, NULL), 0);
    assert_int_equal(phone_draft_sign(a, phone_random()), 0);
    phone_id(a, id);
    assert_int_equal(phone_message(a, id), 0);
    phone_hex(a, "author", author);
    phone_hex(a, "blob", blob);
    assert_non_null(strstr(phone_text(a), "\"place\":\"у моста\",\"ground\":1"));
    assert_non_null(strstr(phone_text(a), "\"name\":\"p.jpg\",\"original\":\"070707"));
    assert_non_null(strstr(phone_text(a), "\"original\":null,\"held\":1,\"chunks\":1"));
    assert_int_equal(phone_carry(a, b, 1, 0), PHONE_PARCEL_END);
    forward(b, square, id, NULL, passed);
    /* Of what forwards, the innermost is passed on. */
    forward(b, square, passed, "look", again);
    assert_int_equal(phone_parcel_make(b, square, 0, 0, 1), 0);
    assert_int_equal(phone_read(c, phone_out(b), phone_out_size(b), 0), PHONE_PARCEL_END);
    for (unsigned i = 0; i < 2; i++) {
        char forwarded[128] = "\"forwarded\":{\"id\":\"";
        for (unsigned k = 0; k < HASH_SIZE; k++) {
            static const char digits[] = "0123456789abcdef";
            const char two[] = {digits[id[k] >> 4], digits[id[k] & 15], 0};
            strcat(forwarded, two);
        }
        assert_int_equal(phone_message(c, i ? again : passed), 0);
        assert_non_null(strstr(phone_text(c), forwarded));
        assert_non_null(strstr(phone_text(c), "\"place\":\"у моста\",\"ground\":1,\"valid\":true}"));
        assert_int_equal(phone_count(c, "\"blob\":"), 2);
    }
    assert_int_equal(phone_blob(c, blob), 0); /* its chunks came along */
    assert_int_equal(phone_out_size(c), sizeof photo);
    assert_int_equal(phone_draft_forward(b, id), ERR_USAGE); /* no draft */
    assert_int_equal(phone_draft(b, yard, 1), 0);
    assert_int_equal(phone_draft_forward(b, id), 0);
    assert_int_equal(phone_draft_forward(b, id), ERR_USAGE); /* one is enough */
    phone_free(a);
    phone_free(b);
    phone_free(c);
}

static void test_kept(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *kept = phone_make(1);
    uint8_t group[HASH_SIZE], first[HASH_SIZE], id[HASH_SIZE];
    phone_group(a, "kept", group);
    for (unsigned i = 0; i < 20; i++) phone_say(a, group, "before", (uint8_t)(i % 4), first);
    double num = phone_newest_num(a);
    phone_say(a, group, "after", 1, id);
    /* What this page has sealed in two pieces, one behind the other. */
    assert_int_equal(phone_parcel_make(a, NULL, 0, 0, 0), 0);
    size_t size = phone_out_size(a);
    uint8_t *bytes = malloc(2 * size + 100000);
    assert_non_null(bytes);
    memcpy(bytes, phone_out(a), size);
    assert_int_equal(phone_parcel_make(a, NULL, num, 0, 0), 0);
    assert_true(phone_out_size(a) < size);
    memcpy(bytes + size, phone_out(a), phone_out_size(a));
    assert_int_equal(phone_read(kept, bytes, size + phone_out_size(a), 1), PHONE_PARCEL_END);
    free(bytes);
    assert_int_equal(phone_communities(kept), 0);
    assert_non_null(strstr(phone_text(kept), "\"joined\":true"));
    assert_non_null(strstr(phone_text(kept), "\"records\":21"));
    /* It goes on behind its last message, so the first one takes it without a fork, and it is its own. */
    phone_say(kept, group, "next", 1, id);
    assert_int_equal(phone_list(kept, group, NULL, 200), 0);
    assert_int_equal(phone_count(kept, "\"own\":true"), 22);
    assert_int_equal(phone_carry(kept, a, 0, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_parcel_result(a), 0);
    assert_non_null(strstr(phone_text(a), "\"accepted\":1,\"known\":21,\"rejected\":0"));
    phone_free(a);
    phone_free(kept);
}

/* A group that came along in a parcel can be answered in: that joins it. */
static void test_answer_in_what_was_carried(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *b = phone_make(2);
    uint8_t group[HASH_SIZE], id[HASH_SIZE];
    phone_group(a, "carried", group);
    phone_say(a, group, "question", 1, id);
    assert_int_equal(phone_carry(a, b, 1, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_communities(b), 0);
    assert_non_null(strstr(phone_text(b), "\"joined\":false"));
    phone_say(b, group, "answer", 1, id);
    assert_int_equal(phone_communities(b), 0);
    assert_non_null(strstr(phone_text(b), "\"joined\":true"));
    assert_int_equal(phone_carry(b, a, 1, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_message(a, id), 0);
    phone_free(a);
    phone_free(b);
}

/* Messages written in one second are shown in the order in which they were written. */
static void test_order_within_a_second(void **state) {
    (void)state;
    struct phone *p = phone_make(1);
    uint8_t group[HASH_SIZE], id[HASH_SIZE];
    const char *at;
    phone_group(p, "quick", group);
    for (char text[] = "m0"; text[1] < '8'; text[1]++) phone_say(p, group, text, 1, id);
    assert_int_equal(phone_list(p, group, NULL, 10), 0);
    at = phone_text(p);
    for (char text[] = "\"text\":\"m7\""; text[9] >= '0'; text[9]--) {
        at = strstr(at, text);
        assert_non_null(at);
    }
    phone_free(p);
}

static void test_pages_of_a_list(void **state) {
    (void)state;
    struct phone *p = phone_make(1);
    uint8_t group[HASH_SIZE], id[HASH_SIZE], before[HASH_SIZE];
    phone_group(p, "g", group);
    for (unsigned i = 0; i < 25; i++) {
        phone_wait(p, 1000);
        phone_say(p, group, "m", 1, id);
    }
    unsigned seen = 0;
    const uint8_t *from = NULL;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(phone_list(p, group, from, 10), 0);
        seen += phone_count(p, "\"num\":");
        assert_int_equal(phone_count(p, "\"more\":true"), i < 2);
        const char *last = phone_text(p), *at = last;
        while ((at = strstr(at + 1, "{\"id\":\"")) != NULL) last = at;
        for (unsigned k = 0; k < HASH_SIZE; k++) {
            const char two[] = {last[7 + 2 * k], last[8 + 2 * k], 0};
            before[k] = (uint8_t)strtoul(two, NULL, 16);
        }
        from = before;
    }
    assert_int_equal(seen, 25);
    phone_free(p);
}

static void test_invitation_with_a_message(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *b = phone_make(2);
    uint8_t group[HASH_SIZE], other[HASH_SIZE], id[HASH_SIZE], wrong[HASH_SIZE], joined[HASH_SIZE];
    static char text[3000];
    memset(text, 'x', sizeof text - 1);
    phone_group(a, "g", group);
    phone_group(a, "other", other);
    phone_say(a, group, "urgent", 3, id);
    phone_say(a, other, "elsewhere", 3, wrong);
    assert_int_equal(phone_invite(a, group, wrong), ERR_NOT_FOUND);
    assert_int_equal(phone_invite(a, group, id), 0);
    assert_int_equal(phone_join(b, (const char *)phone_out(a), phone_out_size(a)), 0);
    phone_hex(b, "message", joined);
    assert_memory_equal(joined, id, HASH_SIZE);
    assert_int_equal(phone_message(b, id), 0);
    phone_say(a, group, text, 3, id);
    assert_int_equal(phone_invite(a, group, id), ERR_SPACE);
    assert_int_equal(phone_invite(a, id, NULL), ERR_NOT_FOUND);
    phone_free(a);
    phone_free(b);
}

/* What does not come from a page that is in its right mind. */
static void test_bad_input(void **state) {
    (void)state;
    static const uint8_t unknown[HASH_SIZE] = {9};
    static char large[40000];
    struct phone *p = phone_make(1), *nobody = phone_new();
    uint8_t group[HASH_SIZE], id[HASH_SIZE];
    memset(large, 'x', sizeof large);
    phone_group(p, "g", group);
    phone_say(p, group, "one", 1, id);
    assert_int_equal(phone_found(nobody, "g", 1, "kk", 2, 30, phone_random()), ERR_KEY);
    assert_int_equal(phone_fingerprint(nobody), ERR_KEY);
    phone_bring(p, nobody, group);
    assert_int_equal(phone_draft(nobody, group, 1), ERR_KEY);
    assert_int_equal(phone_found(p, large, sizeof large, "kk", 2, 30, phone_random()), ERR_LIMIT);
    assert_int_equal(phone_found(p, "g", 1, large, sizeof large, 30, phone_random()), ERR_FIELD);
    assert_int_equal(phone_found(p, "g\0h", 3, "kk", 2, 30, phone_random()), ERR_TEXT);
    assert_int_equal(phone_found(p, "g", 1, "kk", 2, 0, phone_random()), ERR_FIELD);
    assert_int_equal(phone_found(p, "g", 1, "kk", 2, UINT32_MAX, phone_random()), ERR_FIELD);
    assert_int_equal(phone_join(p, "longear:", 8), ERR_CHECKSUM);
    assert_int_equal(phone_join(p, "http://", 7), ERR_NOT_INVITE);
    assert_int_equal(phone_join(p, "", 0), ERR_NOT_INVITE);
    assert_int_equal(phone_draft(p, unknown, 1), ERR_COMMUNITY);
    assert_int_equal(phone_draft(p, group, 4), ERR_FIELD);
    assert_int_equal(phone_draft_text(p, "x", 1), ERR_USAGE);
    assert_int_equal(phone_draft_sign(p, phone_random()), ERR_USAGE);
    assert_int_equal(phone_draft(p, group, 1), 0);
    assert_int_equal(phone_draft_sign(p, phone_random()), ERR_FIELD); /* empty */
    assert_int_equal(phone_draft_text(p, large, sizeof large), ERR_LIMIT);
    assert_int_equal(phone_draft_text(p, "\xff", 1), 0);
    assert_int_equal(phone_draft_sign(p, phone_random()), ERR_TEXT);
    assert_int_equal(phone_draft_text(p, "x", 1), 0);
    assert_int_equal(phone_draft_reply(p, unknown), ERR_NOT_FOUND);
    assert_int_equal(phone_draft_forward(p, unknown), ERR_NOT_FOUND);
    assert_int_equal(phone_draft_place(p, large, 121), ERR_LIMIT);
    assert_int_equal(phone_draft_ground(p, 3), ERR_FIELD);
    assert_int_equal(phone_draft_attach(p, (uint8_t *)large, 0, "", 0, "", 0, NULL), ERR_LIMIT);
    assert_int_equal(phone_draft_attach(p, (uint8_t *)large, 10, large, 61, "", 0, NULL), ERR_LIMIT);
    assert_int_equal(phone_draft_attach(p, (uint8_t *)large, 10, "", 0, large, 101, NULL), ERR_LIMIT);
    assert_int_equal(phone_draft_sign(p, phone_random()), 0);
    assert_int_equal(phone_list(p, unknown, NULL, 10), 0);
    assert_string_equal(phone_text(p), "{\"messages\":[],\"more\":false}");
    assert_int_equal(phone_list(p, group, unknown, 10), ERR_NOT_FOUND);
    assert_int_equal(phone_list(p, group, NULL, UINT32_MAX), 0);
    assert_int_equal(phone_search(p, NULL, large, sizeof large, 10), ERR_LIMIT);
    assert_int_equal(phone_unread(p, group, -1), 0);
    assert_int_equal(phone_unread(p, group, 1e300), 0);
    assert_int_equal(phone_message(p, unknown), ERR_NOT_FOUND);
    assert_int_equal(phone_blob(p, unknown), ERR_NOT_FOUND);
    assert_int_equal(phone_retract(p, unknown, phone_random()), ERR_NOT_FOUND);
    assert_int_equal(phone_parcel_next(p, 1), ERR_USAGE);
    assert_int_equal(phone_parcel_unpacked(p, NULL, 0), ERR_USAGE);
    assert_int_equal(phone_parcel_open(p, NULL, 0, 0), ERR_USAGE);
    assert_int_equal(phone_read(p, (uint8_t *)large, sizeof large, 0), ERR_NOT_POUCH);
    assert_int_equal(phone_read(p, NULL, 0, 0), ERR_NOT_POUCH);
    assert_int_equal(phone_parcel_make(p, unknown, 0, 0, 1), ERR_COMMUNITY);
    assert_int_equal(phone_parcel_make(p, group, 0, 10, 1), ERR_SPACE);
    assert_int_equal(phone_parcel_make(p, group, 1e300, 0, 1), 0);
    static const double clocks[] = {0, -1, 1e300, -1e300};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) phone_clock(p, clocks[i], 1, clocks[i]);
    phone_free(nobody);
    phone_free(p);
    phone_free(NULL);
    phone_release(NULL);
}

static void test_damaged_parcels(void **state) {
    (void)state;
    struct rng rng;
    struct phone *a = phone_make(1);
    uint8_t group[HASH_SIZE], id[HASH_SIZE];
    static char text[2000];
    memset(text, 'a', sizeof text - 1);
    rng_begin(&rng, "damaged parcels");
    phone_group(a, "g", group);
    for (unsigned i = 0; i < 200; i++) {
        text[i] = 'b';
        phone_say(a, group, text, 1, id);
    }
    assert_int_equal(phone_parcel_make(a, NULL, 0, 0, 1), 0);
    size_t size = phone_out_size(a);
    uint8_t *whole = malloc(size), *bytes = malloc(size);
    assert_true(whole && bytes);
    memcpy(whole, phone_out(a), size);
    for (unsigned round = 0; round < 20; round++) {
        struct phone *b = phone_make(2);
        memcpy(bytes, whole, size);
        /* One hole in the first half hurts one frame or none; the rest is there. */
        memset(bytes + rng_below(&rng, size / 2), 0xee, 40);
        assert_int_equal(phone_read(b, bytes, size, 0), PHONE_PARCEL_END);
        assert_int_equal(phone_list(b, group, NULL, 200), 0);
        assert_true(phone_count(b, "\"num\":") >= 100);
        phone_free(b);
        b = phone_make(2);
        size_t cut = rng_below(&rng, size);
        int got = phone_read(b, whole, cut, 0);
        assert_true(got == PHONE_PARCEL_END || got == ERR_NOT_POUCH);
        phone_free(b);
    }
    free(whole);
    free(bytes);
    phone_free(a);
}

#define CROWD 30
#define CROWD_TEXTS 20
#define OWN_TEXTS 30 /* more than a stranger's share */
#define SMALL_POOL (1u << 20)

static void pool_set(struct phone *p) {
    store_budget_set(p->store, &(struct store_budget){.pool_bytes = SMALL_POOL, .settle_bytes = SMALL_POOL / 32});
}

/* Everything of one's own is still there, and what is there is within the pool. */
static void own_expect(struct phone *p, const uint8_t group[HASH_SIZE], unsigned own) {
    assert_int_equal(phone_list(p, group, NULL, 1000), 0);
    assert_int_equal(phone_count(p, "\"own\":true"), own);
    assert_true(store_charged(p->store) <= SMALL_POOL);
}

/* A crowd brings more than there is room for: it is cut, each of it alike; the person's own stays, also where it was
 * kept in a file and opened again. */
static void test_crowd(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *b = phone_make(2), *again = phone_make(2);
    uint8_t group[HASH_SIZE], id[HASH_SIZE];
    static char words[5000];
    memset(words, 'a', sizeof words - 1);
    phone_group(a, "Square", group);
    phone_bring(a, b, group);
    pool_set(b);
    pool_set(again);
    for (unsigned i = 0; i < OWN_TEXTS; i++) phone_say(b, group, words, 1, id);
    for (unsigned i = 0; i < CROWD; i++) {
        struct phone *one = phone_make(100 + i);
        phone_bring(a, one, group);
        for (unsigned k = 0; k < CROWD_TEXTS; k++) phone_say(one, group, words, 3, id);
        assert_int_equal(phone_carry(one, b, 0, 0), PHONE_PARCEL_END);
        phone_free(one);
    }
    own_expect(b, group, OWN_TEXTS);
    unsigned kept = phone_count(b, "\"own\":false");
    assert_true(kept > 100 && kept < CROWD * CROWD_TEXTS / 2);
    assert_int_equal(phone_carry(b, again, 0, 1), PHONE_PARCEL_END);
    own_expect(again, group, OWN_TEXTS);
    for (unsigned i = 0; i < CROWD; i++) {
        struct phone *one = phone_make(150 + i);
        phone_bring(a, one, group);
        for (unsigned k = 0; k < CROWD_TEXTS; k++) phone_say(one, group, words, 3, id);
        assert_int_equal(phone_carry(one, again, 0, 0), PHONE_PARCEL_END);
        phone_free(one);
    }
    own_expect(again, group, OWN_TEXTS);
    phone_free(a);
    phone_free(b);
    phone_free(again);
}

/* Carry what a says to b. Return what b says to it. */
static int meet_pass(struct phone *a, struct phone *b, uint8_t *message, size_t *size) {
    assert_int_equal(phone_meet_send(a), 0);
    *size = phone_out_size(a);
    if (*size == 0) return 0;
    assert_true(*size <= MEET_MESSAGE_MAX);
    memcpy(message, phone_out(a), *size);
    return phone_meet_take(b, message, *size);
}

static void text_of(const struct phone *p, const char *name, char out[128]) {
    const char *at = strstr(phone_text(p), name);
    assert_non_null(at);
    at += strlen(name);
    size_t size = strcspn(at, "\"");
    assert_true(size < 128);
    memcpy(out, at, size);
    out[size] = '\0';
}

/* Two people meet by words; with somebody in between the words differ; a message that was changed ends it. */
static void test_meeting(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *b = phone_make(2), *c = phone_make(3), *d = phone_make(3);
    uint8_t group[HASH_SIZE], key[HASH_SIZE], wanted[HASH_SIZE], message[MEET_MESSAGE_MAX];
    char words[128], others[128];
    size_t size;
    phone_group(a, "yard", group);
    phone_bring(a, b, group);
    phone_bring(a, c, group);
    phone_bring(a, d, group);
    assert_int_equal(phone_meet_send(a), ERR_USAGE);
    assert_int_equal(phone_meet_status(a), ERR_USAGE);
    assert_int_equal(phone_meet_begin(a, group, 0, "Айша", strlen("Айша"), phone_random()), 0);
    assert_int_equal(phone_meet_begin(b, group, 1, "", 0, phone_random()), 0);
    assert_int_equal(phone_meet_status(b), 0);
    assert_string_equal(phone_text(b), "{\"turn\":1,\"sends\":false,\"done\":false}");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(meet_pass(a, b, message, &size), 0);
        assert_true(size > 0);
        assert_int_equal(meet_pass(b, a, message, &size), 0);
        assert_true(size > 0);
    }
    assert_int_equal(phone_meet_status(a), 0);
    assert_non_null(strstr(phone_text(a), "\"done\":true"));
    text_of(a, "\"latin\":\"", words);
    phone_hex(a, "author", key);
    assert_int_equal(phone_communities(b), 0);
    phone_hex(b, "author", wanted);
    assert_memory_equal(key, wanted, HASH_SIZE);
    assert_int_equal(phone_meet_status(b), 0);
    text_of(b, "\"latin\":\"", others);
    assert_string_equal(words, others);
    assert_non_null(strstr(phone_text(b), "\"name\":\"Айша\""));
    assert_non_null(strstr(phone_text(b), "\"cyrillic\":"));
    phone_meet_end(a);
    assert_int_equal(phone_meet_status(a), ERR_USAGE);

    /* c and d are one who sits in between. */
    assert_int_equal(phone_meet_begin(a, group, 0, "", 0, phone_random()), 0);
    assert_int_equal(phone_meet_begin(b, group, 1, "", 0, phone_random()), 0);
    assert_int_equal(phone_meet_begin(c, group, 1, "", 0, phone_random()), 0);
    assert_int_equal(phone_meet_begin(d, group, 0, "", 0, phone_random()), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(meet_pass(a, c, message, &size), 0);
        assert_int_equal(meet_pass(c, a, message, &size), 0);
        assert_int_equal(meet_pass(d, b, message, &size), 0);
        assert_int_equal(meet_pass(b, d, message, &size), 0);
    }
    assert_int_equal(phone_meet_status(a), 0);
    text_of(a, "\"latin\":\"", words);
    assert_int_equal(phone_meet_status(b), 0);
    text_of(b, "\"latin\":\"", others);
    assert_string_not_equal(words, others);

    assert_int_equal(phone_meet_begin(a, group, 0, "", 0, phone_random()), 0);
    assert_int_equal(phone_meet_begin(b, group, 1, "", 0, phone_random()), 0);
    assert_int_equal(meet_pass(a, b, message, &size), 0);
    assert_int_equal(meet_pass(b, a, message, &size), 0);
    assert_int_equal(phone_meet_send(a), 0);
    memcpy(message, phone_out(a), phone_out_size(a));
    message[5] ^= 1;
    assert_int_equal(phone_meet_take(b, message, phone_out_size(a)), ERR_HASH);
    assert_int_equal(phone_meet_status(b), 0);
    assert_string_equal(phone_text(b), "{\"turn\":0,\"sends\":false,\"done\":false}");
    phone_free(a);
    phone_free(b);
    phone_free(c);
    phone_free(d);
}

/* A line is read by who is in the group, and by nobody as somebody else's. */
static void test_key_line(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *b = phone_make(2), *c = phone_make(3), *nobody = phone_new();
    uint8_t group[HASH_SIZE], other[HASH_SIZE] = {1}, key[HASH_SIZE], wanted[HASH_SIZE];
    char line[KEY_LINE_CHARS_MAX + 1], long_name[MEET_NAME_MAX + 1];
    phone_group(a, "yard", group);
    phone_bring(a, b, group);
    memset(long_name, 'x', sizeof long_name);
    assert_int_equal(phone_key_line(a, other, "", 0), ERR_COMMUNITY);
    assert_int_equal(phone_key_line(a, group, long_name, sizeof long_name), ERR_LIMIT);
    assert_int_equal(phone_key_line(a, group, "a\0b", 3), ERR_TEXT);
    assert_int_equal(phone_key_line(a, group, "a\nb", 3), ERR_TEXT);
    assert_int_equal(phone_key_line(a, group, long_name, MEET_NAME_MAX), 0);
    assert_int_equal(phone_key_line(a, group, "Айша", strlen("Айша")), 0);
    size_t size = phone_out_size(a);
    memcpy(line, phone_out(a), size);
    assert_int_equal(phone_key_line_read(b, line, size), 0);
    assert_non_null(strstr(phone_text(b), "\"name\":\"Айша\""));
    phone_hex(b, "author", key);
    assert_int_equal(phone_communities(a), 0);
    phone_hex(a, "author", wanted);
    assert_memory_equal(key, wanted, HASH_SIZE);
    assert_int_equal(phone_key_line_read(a, line, size), ERR_EXISTS);
    assert_int_equal(phone_key_line_read(c, line, size), ERR_COMMUNITY);
    assert_int_equal(phone_key_line_read(b, line, size - 1), ERR_CHECKSUM);
    assert_int_equal(phone_key_line_read(b, "longear:x", 9), ERR_NOT_KEY);
    assert_int_equal(phone_meet_begin(nobody, group, 0, "", 0, phone_random()), ERR_COMMUNITY);
    phone_free(a);
    phone_free(b);
    phone_free(c);
    phone_free(nobody);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_correction),
                                       cmocka_unit_test(test_story),
                                       cmocka_unit_test(test_later_prosecutor),
                                       cmocka_unit_test(test_every_field_and_forwarding),
                                       cmocka_unit_test(test_kept),
                                       cmocka_unit_test(test_answer_in_what_was_carried),
                                       cmocka_unit_test(test_order_within_a_second),
                                       cmocka_unit_test(test_pages_of_a_list),
                                       cmocka_unit_test(test_invitation_with_a_message),
                                       cmocka_unit_test(test_bad_input),
                                       cmocka_unit_test(test_damaged_parcels),
                                       cmocka_unit_test(test_crowd),
                                       cmocka_unit_test(test_meeting),
                                       cmocka_unit_test(test_key_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
