/*
 * phone_util.c: peers of src/phone for tests.
 */
#include "test/phone/phone_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/crypto.h"
#include "host/compress.h"

static double now_ms = 1000;

struct phone *phone_make(unsigned number) {
    uint8_t seed[SEED_SIZE];
    struct phone *p = phone_new();
    assert_non_null(p);
    memset(seed, (int)(number + 1), sizeof seed);
    phone_person(p, seed);
    phone_clock(p, PHONE_NOW, 1, now_ms);
    return p;
}

void phone_wait(struct phone *p, double ms) {
    now_ms += ms;
    phone_clock(p, PHONE_NOW + now_ms / 1000, 1, now_ms);
}

const char *phone_text(const struct phone *p) {
    static char *text;
    free(text);
    text = malloc(phone_out_size(p) + 1);
    assert_non_null(text);
    if (phone_out_size(p)) memcpy(text, phone_out(p), phone_out_size(p));
    text[phone_out_size(p)] = '\0';
    return text;
}

void phone_id(const struct phone *p, uint8_t out[HASH_SIZE]) {
    assert_int_equal(phone_out_size(p), HASH_SIZE);
    memcpy(out, phone_out(p), HASH_SIZE);
}

const uint8_t *phone_random(void) {
    static uint8_t random[PHONE_RANDOM_SIZE];
    static uint64_t count;
    count++;
    crypto_digest(random, (const uint8_t *)&count, sizeof count);
    return random;
}

static unsigned nibble(char c) {
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

void phone_hex(const struct phone *p, const char *name, uint8_t out[HASH_SIZE]) {
    char wanted[64] = "\"";
    strcat(strcat(wanted, name), "\":\"");
    const char *at = strstr(phone_text(p), wanted);
    assert_non_null(at);
    at += strlen(wanted);
    for (unsigned i = 0; i < HASH_SIZE; i++) out[i] = (uint8_t)(nibble(at[2 * i]) << 4 | nibble(at[2 * i + 1]));
}

void phone_group(struct phone *p, const char *title, uint8_t community[HASH_SIZE]) {
    assert_int_equal(phone_found(p, title, strlen(title), "kk", 2, 30, phone_random()), 0);
    phone_hex(p, "community", community);
}

void phone_say(struct phone *p, const uint8_t community[HASH_SIZE], const char *text, uint8_t urgency,
               uint8_t id[HASH_SIZE]) {
    assert_int_equal(phone_draft(p, community, urgency), 0);
    assert_int_equal(phone_draft_text(p, text, strlen(text)), 0);
    assert_int_equal(phone_draft_sign(p, phone_random()), 0);
    phone_id(p, id);
}

void phone_bring(struct phone *a, struct phone *b, const uint8_t community[HASH_SIZE]) {
    assert_int_equal(phone_invite(a, community, NULL), 0);
    assert_int_equal(phone_join(b, (const char *)phone_out(a), phone_out_size(a)), 0);
}

unsigned phone_count(const struct phone *p, const char *text) {
    unsigned count = 0;
    for (const char *at = phone_text(p); (at = strstr(at, text)) != NULL; at++) count++;
    return count;
}

static void unpack(struct phone *p) {
    uint32_t size = phone_parcel_plain_size(p);
    uint8_t *plain = malloc(size + 1);
    struct unpacker *unpacker = unpacker_new();
    assert_true(plain && unpacker);
    bool good = unpacker_unpack(unpacker, plain, size, phone_out(p), phone_out_size(p)) == 0;
    assert_int_equal(phone_parcel_unpacked(p, good ? plain : NULL, good ? size : 0), 0);
    unpacker_free(unpacker);
    free(plain);
}

int phone_read(struct phone *b, const uint8_t *bytes, size_t size, int trusted) {
    uint8_t *own = phone_alloc(size);
    assert_non_null(own);
    if (size) memcpy(own, bytes, size);
    int got = phone_parcel_open(b, own, size, trusted);
    while (got >= 0 && (got = phone_parcel_next(b, 7)) > 0)
        if (got == PHONE_PARCEL_UNPACK) unpack(b);
    return got;
}

int phone_carry(struct phone *a, struct phone *b, int zip, int trusted) {
    assert_int_equal(phone_parcel_make(a, NULL, 0, 0, zip), 0);
    return phone_read(b, phone_out(a), phone_out_size(a), trusted);
}
