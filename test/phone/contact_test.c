/*
 * Two peers that exchange over bodies. Shows that both end with the same, whatever is lost, doubled, delayed or cut on
 * the way; that photos arrive and are whole; that an own message is told to have reached the other side when it has,
 * and not before; that what is written while the contact stands goes out at once; and that garbage ends a contact and
 * loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/phone/phone_util.h"
#include "test/property_util.h"

#define BODY_MAX 65536
#define ROUNDS_MAX 4000

/* What may become of a body, in parts of a hundred. */
struct road {
    unsigned lost, doubled, delayed, cut;
};

struct meeting {
    struct phone *side[2];
    int contact[2];
    struct rng *rng;
    struct road road;
    uint8_t *held[2]; /* a body that is delayed, to this side */
    size_t held_size[2];
};

static void work(struct phone *p, int contact) {
    int did;
    while ((did = phone_contact_work(p, contact, 16)) > 0) continue;
    assert_int_equal(did, 0);
}

static void arrive(struct meeting *m, unsigned to, const uint8_t *bytes, size_t size) {
    assert_int_equal(phone_contact_take(m->side[to], m->contact[to], bytes, size), 0);
    work(m->side[to], m->contact[to]);
}

static bool happens(struct meeting *m, unsigned percent) {
    return percent > 0 && rng_below(m->rng, 100) < percent;
}

/* Carry one body from a side to the other. */
static void body_carry(struct meeting *m, unsigned from) {
    struct phone *p = m->side[from];
    unsigned to = 1 - from;
    assert_int_equal(phone_contact_give(p, m->contact[from], BODY_MAX), 0);
    size_t size = phone_out_size(p);
    assert_true(size <= BODY_MAX);
    uint8_t *body = malloc(size + 1);
    assert_non_null(body);
    if (size > 0) memcpy(body, phone_out(p), size);
    if (size > 0 && happens(m, m->road.cut)) size = rng_below(m->rng, (uint32_t)size);
    if (m->held[to]) {
        arrive(m, to, m->held[to], m->held_size[to]);
        free(m->held[to]);
        m->held[to] = NULL;
    }
    if (happens(m, m->road.lost)) size = 0;
    if (happens(m, m->road.delayed)) {
        m->held[to] = body;
        m->held_size[to] = size;
        return;
    }
    arrive(m, to, body, size);
    if (happens(m, m->road.doubled)) arrive(m, to, body, size);
    free(body);
}

static bool is_settled(struct phone *p, int contact) {
    assert_int_equal(phone_contact_status(p, contact), 0);
    return strstr(phone_text(p), "\"settled\":true") != NULL;
}

static void meet(struct meeting *m, struct phone *a, struct phone *b, struct rng *rng, struct road road) {
    *m = (struct meeting){.side = {a, b}, .rng = rng, .road = road};
    m->contact[0] = phone_contact(a, phone_random());
    m->contact[1] = phone_contact_called(b, phone_random());
    assert_true(m->contact[0] >= 0 && m->contact[1] >= 0);
}

static void settle(struct meeting *m) {
    unsigned round = 0;
    for (; round < ROUNDS_MAX; round++) {
        body_carry(m, 0);
        body_carry(m, 1);
        if (is_settled(m->side[0], m->contact[0]) && is_settled(m->side[1], m->contact[1])) break;
        phone_wait(m->side[0], 20);
        phone_wait(m->side[1], 0);
    }
    assert_true(round < ROUNDS_MAX);
}

static void part(struct meeting *m) {
    for (unsigned i = 0; i < 2; i++) {
        phone_contact_close(m->side[i], m->contact[i]);
        free(m->held[i]);
    }
}

/* Both lists are the same but for whose messages they are. */
static void same_check(struct phone *a, struct phone *b, const uint8_t group[HASH_SIZE], unsigned count) {
    uint8_t first[HASH_SIZE], second[HASH_SIZE];
    assert_int_equal(phone_list(a, group, NULL, 200), 0);
    assert_int_equal(phone_count(a, "\"num\":"), count);
    phone_hex(a, "id", first);
    assert_int_equal(phone_list(b, group, NULL, 200), 0);
    assert_int_equal(phone_count(b, "\"num\":"), count);
    phone_hex(b, "id", second);
    assert_memory_equal(first, second, HASH_SIZE);
}

static void story(const char *name, struct road road) {
    struct rng rng;
    struct meeting m;
    uint8_t group[HASH_SIZE], id[HASH_SIZE], blob[HASH_SIZE], photo[100000];
    rng_begin(&rng, name);
    struct phone *a = phone_make(1), *b = phone_make(2);
    phone_group(a, "Площадь", group);
    phone_bring(a, b, group);
    for (unsigned i = 0; i < 90; i++) {
        char text[] = "message  x";
        text[8] = (char)('a' + i % 26);
        phone_say(i % 3 ? a : b, group, text, (uint8_t)(i % 4), id);
    }
    for (size_t i = 0; i < sizeof photo; i++) photo[i] = (uint8_t)rng_u64(&rng);
    assert_int_equal(phone_draft(b, group, 1), 0);
    assert_int_equal(phone_draft_attach(b, photo, sizeof photo, "image/jpeg", 10, "a.jpg", 5, NULL), 0);
    assert_int_equal(phone_draft_sign(b, phone_random()), 0);
    meet(&m, a, b, &rng, road);
    assert_int_equal(phone_contact_reached(a, m.contact[0]), 0);
    assert_string_equal(phone_text(a), "[]");
    settle(&m);
    same_check(a, b, group, 91);
    assert_int_equal(phone_list(a, group, NULL, 200), 0);
    phone_hex(a, "blob", blob);
    assert_int_equal(phone_blob(a, blob), 0);
    assert_int_equal(phone_out_size(a), sizeof photo);
    assert_memory_equal(phone_out(a), photo, sizeof photo);
    assert_int_equal(phone_contact_reached(a, m.contact[0]), 0);
    assert_int_equal(phone_count(a, "\"sent\":true"), 60);
    assert_int_equal(phone_contact_reached(b, m.contact[1]), 0);
    assert_int_equal(phone_count(b, "\"sent\":true"), 31);
    phone_say(a, group, "now", 1, id);
    assert_int_equal(phone_contact_reached(a, m.contact[0]), 0);
    assert_int_equal(phone_count(a, "\"sent\":true"), 60);
    settle(&m);
    assert_int_equal(phone_contact_reached(a, m.contact[0]), 0);
    assert_int_equal(phone_count(a, "\"sent\":true"), 61);
    same_check(a, b, group, 92);
    part(&m);
    meet(&m, a, b, &rng, road);
    settle(&m);
    assert_int_equal(phone_contact_reached(a, m.contact[0]), 0);
    assert_int_equal(phone_count(a, "\"sent\":false"), 61);
    part(&m);
    phone_free(a);
    phone_free(b);
}

static void test_clear(void **state) {
    (void)state;
    story("a clear road", (struct road){0});
}

static void test_rough(void **state) {
    (void)state;
    story("lost bodies", (struct road){.lost = 20});
    story("doubled bodies", (struct road){.doubled = 40});
    story("delayed bodies", (struct road){.delayed = 30});
    story("cut bodies", (struct road){.cut = 15});
    story("all of it", (struct road){.lost = 10, .doubled = 20, .delayed = 20, .cut = 10});
}

static void test_garbage(void **state) {
    (void)state;
    struct rng rng;
    uint8_t group[HASH_SIZE], id[HASH_SIZE], bytes[5000];
    struct phone *p = phone_make(1);
    rng_begin(&rng, "garbage");
    phone_group(p, "g", group);
    phone_say(p, group, "kept", 1, id);
    for (unsigned round = 0; round < 50; round++) {
        int contact = phone_contact(p, phone_random()), err = 0;
        assert_true(contact >= 0);
        for (unsigned i = 0; i < 2000 && !err; i++) {
            assert_true(phone_contact_give(p, contact, BODY_MAX) == 0);
            size_t size = rng_below(&rng, sizeof bytes);
            for (size_t k = 0; k < size; k++) bytes[k] = (uint8_t)rng_u64(&rng);
            err = phone_contact_take(p, contact, bytes, size);
        }
        assert_true(err == ERR_LIMIT || err == ERR_FIELD || err == ERR_SEAL);
        assert_int_equal(phone_contact_give(p, contact, BODY_MAX), err);
        assert_int_equal(phone_contact_work(p, contact, 1), err);
        assert_int_equal(phone_contact_status(p, contact), 0);
        assert_non_null(strstr(phone_text(p), phone_error_name(err)));
        assert_true(phone_contact_deadline(p, contact) == -1);
        phone_contact_close(p, contact);
    }
    assert_int_equal(phone_message(p, id), 0);
    phone_free(p);
}

static void test_bounds(void **state) {
    (void)state;
    struct phone *p = phone_make(1);
    for (int i = 0; i < PHONE_CONTACTS_MAX; i++) assert_int_equal(phone_contact(p, phone_random()), i);
    assert_int_equal(phone_contact(p, phone_random()), ERR_LIMIT);
    phone_contact_close(p, 2);
    assert_int_equal(phone_contact(p, phone_random()), 2);
    static const int none[] = {-1, PHONE_CONTACTS_MAX, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(phone_contact_take(p, none[i], NULL, 0), ERR_USAGE);
        assert_int_equal(phone_contact_give(p, none[i], BODY_MAX), ERR_USAGE);
        assert_int_equal(phone_contact_work(p, none[i], 1), ERR_USAGE);
        assert_int_equal(phone_contact_status(p, none[i]), ERR_USAGE);
        assert_int_equal(phone_contact_reached(p, none[i]), ERR_USAGE);
        assert_true(phone_contact_deadline(p, none[i]) == -1);
        phone_contact_close(p, none[i]);
    }
    assert_int_equal(phone_contact_give(p, 0, 100), ERR_SPACE);
    phone_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clear), cmocka_unit_test(test_rough),
                                       cmocka_unit_test(test_garbage), cmocka_unit_test(test_bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
