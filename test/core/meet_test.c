/*
 * Meeting. Shows that two who meet with nobody in between get the same words and each other's key and name; that a
 * changed byte of any message ends the meeting, whoever gets it; that who stands in between and plays both roles, in
 * every order of the six steps and with every choice made as late as it can be, is left with the chance that the words
 * promise (counted with words of four bits), and one who chooses after having seen is refused; that cards are no way
 * around it; what else is refused. And the line that shows a key: in any case, wrapped, and with every single
 * character changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/key_line.h"
#include "core/meet.h"
#include "test/core/sample_util.h"

static uint8_t community[HASH_SIZE] = {1, 2, 3};

struct side {
    struct meet meet;
    struct member member;
};

static void side_begin(struct rng *g, struct side *s, enum meet_role role, const char *name) {
    uint8_t secret[KEY_SIZE];
    sample_member(g, &s->member);
    rng_bytes(g, secret, sizeof secret);
    assert_int_equal(meet_begin(&s->meet, role, community, &s->member, name, secret), 0);
}

/* Carry message number n from one to the other, with one bit of it changed if bit >= 0. */
static int carry(struct meet *from, struct meet *to, int bit) {
    uint8_t message[MEET_MESSAGE_MAX];
    size_t size = meet_send(from, message);
    assert_true(size > 0);
    if (bit >= 0) message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    return meet_recv(to, message, size);
}

static void test_same_words(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "same words");
    for (unsigned i = 0; i < 20; i++) {
        struct side a, b;
        uint8_t words_a[MEET_WORDS_SIZE], words_b[MEET_WORDS_SIZE], message[MEET_MESSAGE_MAX];
        bool sends;
        side_begin(&g, &a, MEET_FIRST, "Айгүл");
        side_begin(&g, &b, MEET_SECOND, i % 2 ? "" : "B");
        for (unsigned n = 1; n <= 4; n++) {
            struct meet *from = n % 2 ? &a.meet : &b.meet, *to = n % 2 ? &b.meet : &a.meet;
            assert_int_equal(meet_turn(from, &sends), n);
            assert_true(sends);
            assert_int_equal(meet_turn(to, &sends), n);
            assert_false(sends);
            assert_int_equal(meet_send(to, message), 0);
            assert_int_equal(carry(from, to, -1), 0);
        }
        assert_int_equal(a.meet.state, MEET_DONE);
        assert_int_equal(b.meet.state, MEET_DONE);
        meet_words(&a.meet, words_a);
        meet_words(&b.meet, words_b);
        assert_memory_equal(words_a, words_b, MEET_WORDS_SIZE);
        assert_memory_equal(a.meet.other_key, b.member.key, KEY_SIZE);
        assert_memory_equal(b.meet.other_key, a.member.key, KEY_SIZE);
        assert_string_equal(b.meet.other_name, "Айгүл");
        assert_string_equal(a.meet.other_name, i % 2 ? "" : "B");
        meet_end(&a.meet);
        assert_int_equal(a.meet.state, MEET_FAILED);
    }
}

/* Whatever bit of whatever message is changed: somebody gets an error, and nobody a key. */
static void test_one_changed_bit(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 33, 33, 1 + 32 + MEET_CARD_SIZE + SEAL_SIZE, 1 + MEET_CARD_SIZE + SEAL_SIZE};
    struct rng g;
    rng_begin(&g, "changed bit");
    for (unsigned which = 1; which <= 4; which++)
        for (size_t byte = 0; byte < sizes[which]; byte++) {
            struct side a, b;
            int err = 0;
            side_begin(&g, &a, MEET_FIRST, "a");
            side_begin(&g, &b, MEET_SECOND, "b");
            int bit = (int)(8 * byte + rng_below(&g, 8));
            for (unsigned n = 1; n <= 4 && !err; n++)
                err = carry(n % 2 ? &a.meet : &b.meet, n % 2 ? &b.meet : &a.meet, n == which ? bit : -1);
            assert_true(err < 0);
            assert_true(a.meet.state != MEET_DONE || b.meet.state != MEET_DONE);
            if (which < 4) assert_true(b.meet.state != MEET_DONE);
        }
}

static void test_refusals(void **state) {
    (void)state;
    struct rng g;
    struct side a, b;
    uint8_t message[MEET_MESSAGE_MAX + 1], secret[KEY_SIZE] = {7}, other[HASH_SIZE] = {9};
    char long_name[MEET_NAME_MAX + 2];
    rng_begin(&g, "meet refusals");
    memset(long_name, 'x', sizeof long_name);
    long_name[MEET_NAME_MAX + 1] = '\0';
    side_begin(&g, &a, MEET_FIRST, "");
    assert_int_equal(meet_begin(&a.meet, MEET_FIRST, community, &a.member, long_name, secret), ERR_LIMIT);
    assert_int_equal(meet_begin(&a.meet, MEET_FIRST, community, &a.member, "a\nb", secret), ERR_TEXT);
    long_name[MEET_NAME_MAX] = '\0';
    assert_int_equal(meet_begin(&a.meet, MEET_FIRST, community, &a.member, long_name, secret), 0);
    /* Out of turn; and what failed stays failed. */
    assert_int_equal(meet_recv(&a.meet, message, 33), ERR_USAGE);
    assert_int_equal(a.meet.state, MEET_FAILED);
    assert_int_equal(meet_send(&a.meet, message), 0);
    assert_int_equal(meet_recv(&a.meet, message, 33), ERR_USAGE);
    /* Every other size of the second message, another type, a key of small order. */
    for (size_t size = 0; size <= 40; size++) {
        side_begin(&g, &a, MEET_FIRST, "");
        assert_int_equal(meet_send(&a.meet, message), 33);
        memset(message, 2, sizeof message);
        int err = meet_recv(&a.meet, message, size);
        assert_int_equal(err, size < 33 ? ERR_TRUNCATED : size > 33 ? ERR_TRAILING : 0);
    }
    side_begin(&g, &a, MEET_FIRST, "");
    assert_int_equal(meet_send(&a.meet, message), 33);
    message[0] = 1;
    assert_int_equal(meet_recv(&a.meet, message, 33), ERR_FIELD);
    side_begin(&g, &a, MEET_FIRST, "");
    assert_int_equal(meet_send(&a.meet, message), 33);
    memset(message, 0, sizeof message);
    message[0] = 2;
    assert_int_equal(meet_recv(&a.meet, message, 33), ERR_FIELD);
    /* Another community: the commitment does not fit. */
    side_begin(&g, &a, MEET_FIRST, "");
    side_begin(&g, &b, MEET_SECOND, "");
    memcpy(b.meet.community, other, HASH_SIZE);
    assert_int_equal(carry(&a.meet, &b.meet, -1), 0);
    assert_int_equal(carry(&b.meet, &a.meet, -1), 0);
    assert_int_equal(carry(&a.meet, &b.meet, -1), ERR_HASH);
    /* Oneself. */
    side_begin(&g, &a, MEET_FIRST, "");
    side_begin(&g, &b, MEET_SECOND, "");
    b.meet.member = a.member;
    assert_int_equal(carry(&a.meet, &b.meet, -1), 0);
    assert_int_equal(carry(&b.meet, &a.meet, -1), 0);
    assert_int_equal(carry(&a.meet, &b.meet, -1), ERR_FIELD);
    /* A name that the writer would not write: made by hand, under the right keys. */
    side_begin(&g, &a, MEET_FIRST, "");
    side_begin(&g, &b, MEET_SECOND, "");
    memcpy(a.meet.name, "a\nb", 4);
    assert_int_equal(carry(&a.meet, &b.meet, -1), 0);
    assert_int_equal(carry(&b.meet, &a.meet, -1), 0);
    assert_int_equal(carry(&a.meet, &b.meet, -1), ERR_TEXT);
    /* A key that is not one's own: the signature is missing. */
    side_begin(&g, &a, MEET_FIRST, "");
    side_begin(&g, &b, MEET_SECOND, "");
    memcpy(a.meet.member.key, other, KEY_SIZE);
    assert_int_equal(carry(&a.meet, &b.meet, -1), 0);
    assert_int_equal(carry(&b.meet, &a.meet, -1), 0);
    assert_int_equal(carry(&a.meet, &b.meet, -1), ERR_SIGNATURE);
}

/* ---- Somebody in between ---- */

#define SHORT_BITS 4

static unsigned short_words(const struct meet *m) {
    uint8_t words[MEET_WORDS_SIZE];
    struct meet done = *m;
    done.state = MEET_DONE; /* they stand once both fresh keys are known */
    meet_words(&done, words);
    return words[0] & ((1u << SHORT_BITS) - 1);
}

/* Compute the words that a side in this role would see with these fresh secrets on either end. */
static unsigned words_if(const struct meet *m, const uint8_t secret[KEY_SIZE], const uint8_t other_public[KEY_SIZE],
                         const uint8_t commitment[HASH_SIZE], enum meet_role role) {
    /* As core/meet.c does, from doc/protocol.md. */
    uint8_t bytes[16 + 2 * HASH_SIZE + 2 * KEY_SIZE], own[KEY_SIZE], digest[HASH_SIZE], second[16 + HASH_SIZE];
    crypto_x25519_base(own, secret);
    memcpy(bytes, "longear meet   2", 16);
    memcpy(bytes + 16, m->community, HASH_SIZE);
    memcpy(bytes + 48, commitment, HASH_SIZE);
    memcpy(bytes + 80, role == MEET_FIRST ? other_public : own, KEY_SIZE);
    memcpy(bytes + 112, role == MEET_FIRST ? own : other_public, KEY_SIZE);
    crypto_digest(digest, bytes, sizeof bytes);
    memcpy(second, "longear meet   3", 16);
    memcpy(second + 16, digest, HASH_SIZE);
    crypto_digest(digest, second, sizeof second);
    return digest[0] & ((1u << SHORT_BITS) - 1);
}

/* Choose a fresh secret by which a side gets the words wanted, if the honest key were the one guessed. */
static void secret_choose(struct rng *g, const struct meet *m, enum meet_role role, const uint8_t *commitment,
                          const uint8_t guess[KEY_SIZE], int wanted, uint8_t secret[KEY_SIZE]) {
    uint8_t own[KEY_SIZE], bytes[16 + HASH_SIZE + KEY_SIZE], own_commitment[HASH_SIZE];
    for (unsigned tries = 0; tries < 64; tries++) {
        rng_bytes(g, secret, KEY_SIZE);
        if (wanted < 0) return;
        if (role == MEET_FIRST) {
            crypto_x25519_base(own, secret);
            memcpy(bytes, "longear meet   1", 16);
            memcpy(bytes + 16, m->community, HASH_SIZE);
            memcpy(bytes + 48, own, KEY_SIZE);
            crypto_digest(own_commitment, bytes, sizeof bytes);
            commitment = own_commitment;
        }
        if (words_if(m, secret, guess, commitment, role) == (unsigned)wanted) return;
    }
}

/*
 * One attack. order: which of the six steps is next, 'a' on the side of A (she commits; the other answers; she
 * reveals), 'b' on that of B. The attacker chooses the fresh key of either side when the step comes, aiming at the
 * words that the other side has by then. Return whether both saw the same short words.
 */
static bool attack(struct rng *g, const char *order) {
    struct side a, b, to_a, to_b;
    uint8_t message[MEET_MESSAGE_MAX], secret[KEY_SIZE], guess[KEY_SIZE];
    unsigned at_a = 0, at_b = 0;
    int words_a = -1, words_b = -1;
    size_t size;
    side_begin(g, &a, MEET_FIRST, "Aigul");
    side_begin(g, &b, MEET_SECOND, "Bolat");
    side_begin(g, &to_a, MEET_SECOND, "Bolat");
    side_begin(g, &to_b, MEET_FIRST, "Aigul");
    for (unsigned i = 0; i < 6; i++) {
        rng_bytes(g, guess, sizeof guess);
        if (order[i] == 'a') {
            switch (at_a++) {
            case 0: assert_int_equal(carry(&a.meet, &to_a.meet, -1), 0); break;
            case 1:
                secret_choose(g, &to_a.meet, MEET_SECOND, to_a.meet.commitment, guess, words_b, secret);
                memcpy(to_a.meet.secret, secret, KEY_SIZE);
                crypto_x25519_base(to_a.meet.own, secret);
                assert_int_equal(carry(&to_a.meet, &a.meet, -1), 0);
                break;
            default:
                assert_int_equal(carry(&a.meet, &to_a.meet, -1), 0);
                assert_int_equal(carry(&to_a.meet, &a.meet, -1), 0);
                words_a = (int)short_words(&a.meet);
            }
        } else {
            switch (at_b++) {
            case 0:
                secret_choose(g, &to_b.meet, MEET_FIRST, NULL, guess, words_a, secret);
                memcpy(to_b.meet.secret, secret, KEY_SIZE);
                crypto_x25519_base(to_b.meet.own, secret);
                assert_int_equal(carry(&to_b.meet, &b.meet, -1), 0);
                break;
            case 1:
                assert_int_equal(carry(&b.meet, &to_b.meet, -1), 0);
                words_b = (int)words_if(&to_b.meet, to_b.meet.secret, b.meet.own, to_b.meet.commitment, MEET_FIRST);
                break;
            default:
                size = meet_send(&to_b.meet, message);
                assert_int_equal(meet_recv(&b.meet, message, size), 0);
                assert_int_equal(carry(&b.meet, &to_b.meet, -1), 0);
                assert_int_equal(words_b, short_words(&b.meet));
            }
        }
    }
    assert_int_equal(a.meet.state, MEET_DONE);
    assert_int_equal(b.meet.state, MEET_DONE);
    /* What the attack is for: each has the attacker's key under the other's name. */
    assert_memory_equal(a.meet.other_key, to_a.member.key, KEY_SIZE);
    assert_memory_equal(b.meet.other_key, to_b.member.key, KEY_SIZE);
    if (memcmp(a.meet.transcript, b.meet.transcript, HASH_SIZE) == 0) fail();
    return short_words(&a.meet) == short_words(&b.meet);
}

static void test_in_between(void **state) {
    (void)state;
    struct rng g;
    unsigned same = 0, runs = 0;
    rng_begin(&g, "in between");
    for (unsigned mask = 0; mask < 64; mask++) {
        char order[7] = "";
        unsigned count = 0;
        for (unsigned i = 0; i < 6; i++) {
            order[i] = mask >> i & 1 ? 'a' : 'b';
            count += mask >> i & 1;
        }
        if (count != 3) continue;
        for (unsigned i = 0; i < 80; i++, runs++) same += attack(&g, order);
    }
    assert_int_equal(runs, 20 * 80);
    /* 1,600 with 1 in 16 each: 100, deviation 9.7. */
    assert_in_range(same, 45, 155);
}

/* Who chooses the fresh key after having seen both sides finds one that makes the words the same, at once; and the
 * commitment says no. That is what it is for. */
static void test_chosen_after_seeing(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "after seeing");
    for (unsigned i = 0; i < 20; i++) {
        struct side a, b, to_a, to_b;
        side_begin(&g, &a, MEET_FIRST, "");
        side_begin(&g, &b, MEET_SECOND, "");
        side_begin(&g, &to_a, MEET_SECOND, "");
        side_begin(&g, &to_b, MEET_FIRST, "");
        for (unsigned n = 1; n <= 4; n++)
            assert_int_equal(carry(n % 2 ? &a.meet : &to_a.meet, n % 2 ? &to_a.meet : &a.meet, -1), 0);
        unsigned wanted = short_words(&a.meet);
        assert_int_equal(carry(&to_b.meet, &b.meet, -1), 0);
        assert_int_equal(carry(&b.meet, &to_b.meet, -1), 0);
        unsigned tries = 0;
        do {
            rng_bytes(&g, to_b.meet.secret, KEY_SIZE);
            crypto_x25519_base(to_b.meet.own, to_b.meet.secret);
            tries++;
        } while (words_if(&to_b.meet, to_b.meet.secret, b.meet.own, to_b.meet.commitment, MEET_FIRST) != wanted);
        assert_true(tries < 1000);
        assert_int_equal(carry(&to_b.meet, &b.meet, -1), ERR_HASH);
        assert_int_equal(b.meet.state, MEET_FAILED);
    }
}

/* Cards are chosen last: neither key nor name of one changes the words. */
static void test_cards_are_not_in_the_words(void **state) {
    (void)state;
    struct rng g;
    unsigned words[2];
    for (unsigned i = 0; i < 2; i++) {
        struct side a, b;
        rng_begin(&g, "cards");
        side_begin(&g, &a, MEET_FIRST, i ? "one" : "another");
        side_begin(&g, &b, MEET_SECOND, "");
        if (i) sample_member(&g, &a.meet.member);
        for (unsigned n = 1; n <= 4; n++)
            assert_int_equal(carry(n % 2 ? &a.meet : &b.meet, n % 2 ? &b.meet : &a.meet, -1), 0);
        words[i] = short_words(&b.meet);
    }
    assert_int_equal(words[0], words[1]);
}

static void test_words_text(void **state) {
    (void)state;
    char text[MEET_WORDS_TEXT];
    /* 127.0.0.1 and 63.84.220.193 of the paper. */
    static const uint8_t words[] = {0x7f, 0x00, 0x00, 0x01, 0x3f, 0x54};
    meet_words_text(text, words, false);
    assert_string_equal(text, "lusab babad gutih");
    meet_words_text(text, words, true);
    assert_string_equal(text, "лусаб бабад гутих");
}

/* ---- The line ---- */

static void test_line(void **state) {
    (void)state;
    struct rng g;
    struct member member;
    struct key_line line;
    static char text[KEY_LINE_CHARS_MAX + 1], wrapped[3 * KEY_LINE_CHARS_MAX];
    char name[MEET_NAME_MAX + 2];
    rng_begin(&g, "key line");
    for (unsigned size = 0; size <= MEET_NAME_MAX + 1; size++) {
        sample_member(&g, &member);
        sample_text(&g, name, size, false);
        name[size] = '\0';
        int length = key_line_encode(community, &member, name, text);
        if (size > MEET_NAME_MAX) {
            assert_int_equal(length, ERR_LIMIT);
            break;
        }
        assert_true(length > 0 && (size_t)length == strlen(text));
        size_t at = 0;
        for (int i = 0; i < length; i++) {
            wrapped[at++] =
                (char)(text[i] >= 'a' && text[i] <= 'z' && rng_one_in(&g, 2) ? text[i] - 'a' + 'A' : text[i]);
            if (rng_one_in(&g, 9)) wrapped[at++] = " \n\t"[rng_below(&g, 3)];
        }
        assert_true(key_line_is(wrapped, at));
        assert_int_equal(key_line_decode(&line, wrapped, at), 0);
        assert_memory_equal(line.community, community, HASH_SIZE);
        assert_memory_equal(line.key, member.key, KEY_SIZE);
        assert_string_equal(line.name, name);
    }
    assert_int_equal(key_line_encode(community, &member, "a\nb", text), ERR_TEXT);
    assert_false(key_line_is("longear:abc", 11));
    assert_int_equal(key_line_decode(&line, "longear:abc", 11), ERR_NOT_KEY);
    assert_int_equal(key_line_decode(&line, "longear-key", 11), ERR_NOT_KEY);
    assert_int_equal(key_line_decode(&line, "longear-key:", 12), ERR_CHECKSUM);
    memset(wrapped, 'a', sizeof wrapped);
    memcpy(wrapped, "longear-key:", 12);
    assert_int_equal(key_line_decode(&line, wrapped, sizeof wrapped), ERR_LIMIT);
}

static void test_line_changed(void **state) {
    (void)state;
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    struct rng g;
    struct member member;
    struct key_line line;
    static char text[KEY_LINE_CHARS_MAX + 1];
    rng_begin(&g, "changed key line");
    sample_member(&g, &member);
    int length = key_line_encode(community, &member, "Айгүл", text);
    for (int at = 12; at < length; at++) {
        char was = text[at];
        for (unsigned i = 0; i < 32; i++) {
            text[at] = alphabet[i];
            if (text[at] != was) assert_int_equal(key_line_decode(&line, text, (size_t)length), ERR_CHECKSUM);
        }
        text[at] = was;
        assert_int_equal(key_line_decode(&line, text, (size_t)at), ERR_CHECKSUM);
    }
    /* Somebody else's key under one's own signature. */
    struct member false_one = member;
    false_one.key[3] ^= 1;
    length = key_line_encode(community, &false_one, "", text);
    assert_int_equal(key_line_decode(&line, text, (size_t)length), ERR_SIGNATURE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_words),
        cmocka_unit_test(test_one_changed_bit),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_in_between),
        cmocka_unit_test(test_chosen_after_seeing),
        cmocka_unit_test(test_cards_are_not_in_the_words),
        cmocka_unit_test(test_words_text),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_line_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
