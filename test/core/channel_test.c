/*
 * Frames of a channel. Shows that what is sealed is opened on the other side and nowhere else, in both directions and
 * in any order; that what was changed, cut, doubled, reflected or forged is refused without effect; that the window of
 * counters does what a naive twin does; that keys change by counter, across loss and reordering, and old ones are gone;
 * that padded frames have the sizes they should have; and that a wiped channel holds and does nothing. The bytes of
 * frames are compared with a second implementation in vectors_channel_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "core/channel.h"
#include "core/crypto.h"
#include "test/property_util.h"

#define EPOCH (UINT64_C(1) << CHANNEL_EPOCH_BITS)

static struct rng g;
static struct noise first, second; /* initiator, responder */
static struct channel a, b;        /* of the same */
static uint8_t frame[CHANNEL_FRAME_MAX + 64], plain[CHANNEL_FRAME_MAX + 64], content[CHANNEL_FRAME_MAX];
static uint64_t counter;

static void handshakes(void) {
    uint8_t secret[KEY_SIZE];
    rng_bytes(&g, secret, sizeof secret);
    channel_handshake(&first, true, secret);
    rng_bytes(&g, secret, sizeof secret);
    channel_handshake(&second, false, secret);
}

/* Make a and b two ends of a new channel. */
static void meet(const char *name) {
    uint8_t bytes[CHANNEL_SECOND_SIZE], hash[2][HASH_LONG_SIZE];
    rng_begin(&g, name);
    handshakes();
    assert_int_equal(channel_handshake_write(&first, bytes, sizeof bytes), CHANNEL_FIRST_SIZE);
    assert_int_equal(channel_handshake_read(&second, bytes, CHANNEL_FIRST_SIZE), 0);
    assert_int_equal(channel_handshake_write(&second, bytes, sizeof bytes), CHANNEL_SECOND_SIZE);
    assert_int_equal(channel_handshake_read(&first, bytes, CHANNEL_SECOND_SIZE), 0);
    assert_int_equal(channel_begin(&a, &first, hash[0]), 0);
    assert_int_equal(channel_begin(&b, &second, hash[1]), 0);
    assert_memory_equal(hash[0], hash[1], HASH_LONG_SIZE);
    rng_bytes(&g, content, sizeof content);
}

/* Seal the first size bytes of content. */
static size_t seal(struct channel *c, bool padded, size_t size) {
    int got = channel_seal(c, padded, frame, CHANNEL_FRAME_MAX, content, size);
    assert_true(got > 0);
    return (size_t)got;
}

static int open_frame(struct channel *c, size_t size) {
    return channel_open(c, frame, size, plain, sizeof plain, &counter);
}

/* Expect an error that leaves the channel as it is and no plain text. */
static void expect_refused(struct channel *c, size_t size, int err) {
    const struct channel before = *c;
    memset(plain, 0, size);
    counter = 77;
    assert_int_equal(open_frame(c, size), err);
    assert_memory_equal(c, &before, sizeof before);
    assert_true(sodium_is_zero(plain, size));
    assert_int_equal(counter, 77);
}

/* ---- The handshake as frames ---- */

static void test_handshake_refuses_what_is_none(void **state) {
    (void)state;
    uint8_t one[CHANNEL_FIRST_SIZE + 1] = {0}, two[CHANNEL_SECOND_SIZE + 1] = {0}, hash[HASH_LONG_SIZE];
    rng_begin(&g, "channel handshake");
    handshakes();
    assert_int_equal(channel_begin(&a, &first, hash), ERR_USAGE);
    assert_int_equal(channel_handshake_write(&second, two, sizeof two), ERR_USAGE);
    assert_int_equal(channel_handshake_write(&first, one, 0), ERR_SPACE);
    assert_int_equal(channel_handshake_write(&first, one, CHANNEL_FIRST_SIZE - 1), ERR_SPACE);
    assert_int_equal(channel_handshake_write(&first, one, sizeof one), CHANNEL_FIRST_SIZE);
    assert_int_equal(channel_handshake_read(&second, one, 0), ERR_TRUNCATED);
    assert_int_equal(channel_handshake_read(&second, one, CHANNEL_FIRST_SIZE - 1), ERR_TRUNCATED);
    assert_int_equal(channel_handshake_read(&second, one, CHANNEL_FIRST_SIZE + 1), ERR_TRAILING);
    one[0] = CHANNEL_SECOND;
    assert_int_equal(channel_handshake_read(&second, one, CHANNEL_FIRST_SIZE), ERR_FIELD);
    one[0] = CHANNEL_FIRST;
    assert_int_equal(channel_handshake_read(&second, one, CHANNEL_FIRST_SIZE), 0);
    assert_int_equal(channel_handshake_write(&second, two, sizeof two), CHANNEL_SECOND_SIZE);
    for (size_t size = 0; size < CHANNEL_SECOND_SIZE; size++)
        assert_int_equal(channel_handshake_read(&first, two, size), ERR_TRUNCATED);
    assert_int_equal(channel_handshake_read(&first, two, CHANNEL_SECOND_SIZE + 1), ERR_TRAILING);
    for (size_t bit = 0; bit < 8 * CHANNEL_SECOND_SIZE; bit++) {
        two[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(channel_handshake_read(&first, two, CHANNEL_SECOND_SIZE), bit < 8 ? ERR_FIELD : ERR_SEAL);
        two[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(channel_handshake_read(&first, two, CHANNEL_SECOND_SIZE), 0);
    assert_int_equal(channel_begin(&a, &first, hash), 0);
    assert_int_equal(channel_begin(&a, &first, hash), ERR_USAGE);
}

/* A key of zeros gives a secret that everybody knows. */
static void test_handshake_refuses_zero_keys(void **state) {
    (void)state;
    uint8_t bytes[CHANNEL_SECOND_SIZE] = {CHANNEL_FIRST}, out[CHANNEL_SECOND_SIZE] = {0};
    rng_begin(&g, "channel zero keys");
    handshakes();
    assert_int_equal(channel_handshake_read(&second, bytes, CHANNEL_FIRST_SIZE), 0);
    assert_int_equal(channel_handshake_write(&second, out, sizeof out), ERR_FIELD);
    assert_int_equal(channel_handshake_write(&first, out, sizeof out), CHANNEL_FIRST_SIZE);
    bytes[0] = CHANNEL_SECOND;
    assert_int_equal(channel_handshake_read(&first, bytes, CHANNEL_SECOND_SIZE), ERR_FIELD);
}

/* ---- There and back ---- */

/* Every size of content on a link of 200 bytes, and sizes up to the largest frame, both ways and both types. */
static void test_round_trips(void **state) {
    (void)state;
    meet("channel round trips");
    for (unsigned i = 0; i < 600; i++) {
        struct channel *from = i % 2 ? &a : &b, *to = i % 2 ? &b : &a;
        const bool padded = i % 4 < 2;
        const size_t frame_max = i < 400 ? 200 : CHANNEL_FRAME_MAX, room = channel_room(from, frame_max, padded);
        const size_t size = i < 400 ? i / 2 % (room + 1) : rng_below(&g, room + 1);
        const uint64_t sent = from->send_counter;
        int got = channel_seal(from, padded, frame, frame_max, content, size);
        assert_true(got > 0 && (size_t)got <= frame_max);
        assert_int_equal(frame[0], padded ? CHANNEL_PADDED : CHANNEL_DATA);
        if (!padded) assert_true((size_t)got <= size + CHANNEL_OVERHEAD && (size_t)got >= size + CHANNEL_OPEN_LESS);
        assert_int_equal(channel_open(to, frame, (size_t)got, plain, (size_t)got - CHANNEL_OPEN_LESS, &counter), size);
        assert_memory_equal(plain, content, size);
        assert_int_equal(counter, sent);
        assert_int_equal(from->send_counter, sent + 1);
    }
}

/* The content may lie in the frame's own memory, before, at and behind its place; without content there need be none.
 */
static void test_seals_in_place(void **state) {
    (void)state;
    meet("channel in place");
    for (size_t at = 0; at <= CHANNEL_HEAD_MAX + 3; at++) {
        memcpy(frame + at, content, 100);
        int got = channel_seal(&a, at % 2 == 0, frame, 200, frame + at, 100);
        assert_true(got > 0);
        assert_int_equal(open_frame(&b, (size_t)got), 100);
        assert_memory_equal(plain, content, 100);
    }
    int got = channel_seal(&a, false, frame, CHANNEL_OPEN_LESS, NULL, 0);
    assert_int_equal(got, CHANNEL_OPEN_LESS);
    assert_int_equal(channel_open(&b, frame, (size_t)got, NULL, 0, &counter), 0);
}

static void test_room_is_exact(void **state) {
    (void)state;
    meet("channel room");
    static const size_t frame_sizes[] = {0, 1, 17, 18, 19, 63, 64, 65, 200, 1000, 1200, 16383, 16384};
    for (unsigned i = 0; i < 300; i++) {
        const size_t frame_max = frame_sizes[rng_below(&g, sizeof frame_sizes / sizeof frame_sizes[0])];
        const bool padded = rng_one_in(&g, 2);
        const struct channel before = a;
        const size_t room = channel_room(&a, frame_max, padded);
        memset(frame, 0xee, sizeof frame);
        assert_int_equal(channel_seal(&a, padded, frame, frame_max, content, room + 1), ERR_SPACE);
        assert_memory_equal(&a, &before, sizeof before);
        for (size_t n = 0; n < sizeof frame; n++) assert_int_equal(frame[n], 0xee);
        int got = channel_seal(&a, padded, frame, frame_max, content, room);
        if (frame_max < CHANNEL_OPEN_LESS + (padded ? 1 : 0))
            assert_int_equal(got, ERR_SPACE);
        else if (room > 0)
            assert_int_equal(got, frame_max);
        for (size_t n = frame_max; n < sizeof frame; n++) assert_int_equal(frame[n], 0xee);
    }
    assert_int_equal(channel_room(&a, SIZE_MAX, false), channel_room(&a, CHANNEL_FRAME_MAX, false));
    assert_int_equal(channel_seal(&a, true, frame, SIZE_MAX, content, channel_room(&a, SIZE_MAX, true)),
                     CHANNEL_FRAME_MAX);
}

/* ---- Sizes of padded frames ---- */

/* Written anew: the smallest class that holds the frame, never over the link. */
static size_t class_of(size_t size, size_t frame_max) {
    static const size_t classes[] = {64, 128, 200, 512, 1200, 4096, 16384};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (size <= classes[i]) return classes[i] <= frame_max ? classes[i] : frame_max;
    return frame_max;
}

static void test_padded_sizes(void **state) {
    (void)state;
    static const size_t links[] = {200, 250, 1000, 1200, 1280, 16384};
    meet("channel padded sizes");
    for (size_t l = 0; l < sizeof links / sizeof links[0]; l++) {
        for (size_t size = 0; size <= channel_room(&a, links[l], true); size += size < 1300 ? 1 : 97) {
            const size_t counter_size = a.send_counter < 128 ? 1 : a.send_counter < 16384 ? 2 : 3;
            /* Content that looks like a pad comes out whole. */
            content[0] = 0x80;
            if (size > 1) memset(content + 1, size % 2 ? 0 : 0x80, size - 1);
            int got = channel_seal(&a, true, frame, links[l], content, size);
            assert_int_equal(got, class_of(1 + counter_size + size + 1 + SEAL_SIZE, links[l]));
            assert_int_equal(open_frame(&b, (size_t)got), size);
            assert_memory_equal(plain, content, size);
        }
    }
}

/* Who has the keys and breaks the rules: a frame without a pad's mark, or with nothing at all, says nothing, and
 * counts. */
static void test_bad_pads_are_refused(void **state) {
    (void)state;
    static const struct {
        uint8_t size, bytes[4];
    } bad[] = {{0, {0}}, {1, {0}}, {4, {0}}, {4, {0x80, 0, 0, 1}}, {3, {'h', 'i', 0x81}}, {2, {0x80, 0x40}}};
    meet("channel bad pads");
    for (uint8_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t nonce[NONCE_SIZE];
        frame[0] = CHANNEL_PADDED;
        frame[1] = i;
        noise_nonce(nonce, i);
        crypto_seal(frame + 2, bad[i].bytes, bad[i].size, frame, 2, nonce, a.send_key);
        memset(plain, 0xee, 4);
        assert_int_equal(open_frame(&b, 2 + (size_t)bad[i].size + SEAL_SIZE), ERR_SEAL);
        assert_true(sodium_is_zero(plain, bad[i].size));
        assert_int_equal(open_frame(&b, 2 + (size_t)bad[i].size + SEAL_SIZE), ERR_EXISTS);
    }
}

/* ---- What is refused ---- */

static void test_any_changed_bit_is_refused(void **state) {
    (void)state;
    meet("channel bits");
    for (unsigned round = 0; round < 4; round++) {
        if (round == 2) a.send_counter = 300; /* two bytes */
        const size_t size = seal(&a, round % 2, 30);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
            expect_refused(&b, size, ERR_SEAL);
            frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (unsigned type = 0; type < 256; type++) {
            const uint8_t right = frame[0];
            frame[0] = (uint8_t)type;
            if (type != right) expect_refused(&b, size, ERR_SEAL);
            frame[0] = right;
        }
        assert_int_equal(open_frame(&b, size), 30);
    }
}

static void test_cut_and_longer_frames_are_refused(void **state) {
    (void)state;
    meet("channel cut");
    const size_t size = seal(&a, false, 50);
    for (size_t n = 0; n < size; n++) expect_refused(&b, n, ERR_SEAL);
    for (size_t n = 1; n < 20; n++) expect_refused(&b, size + n, ERR_SEAL);
    expect_refused(&b, CHANNEL_FRAME_MAX + 1, ERR_SEAL);
    assert_int_equal(channel_open(&b, frame, size, plain, 49, &counter), ERR_SPACE);
    assert_int_equal(channel_open(&b, frame, size, plain, 50, &counter), 50);
}

/* A frame goes back to its sender, or to another channel: keys are for one direction of one channel. */
static void test_foreign_frames_are_refused(void **state) {
    (void)state;
    meet("channel one");
    const size_t size = seal(&a, false, 20);
    expect_refused(&a, size, ERR_SEAL);
    const struct channel other = b;
    meet("channel two");
    expect_refused(&b, size, ERR_SEAL);
    b = other;
    assert_int_equal(open_frame(&b, size), 20);
}

/* A counter in a longer form than needed, sealed with the right keys: one frame has one form. */
static void test_counter_has_one_form(void **state) {
    (void)state;
    meet("channel counter form");
    static const uint8_t heads[3][3] = {{CHANNEL_DATA, 0x80, 0}, {CHANNEL_DATA, 0x85, 0}, {CHANNEL_DATA, 5}};
    for (unsigned i = 0; i < 3; i++) {
        const size_t head_size = i < 2 ? 3 : 2;
        uint8_t nonce[NONCE_SIZE];
        memcpy(frame, heads[i], head_size);
        noise_nonce(nonce, heads[i][1] & 0x7f);
        crypto_seal(frame + head_size, content, 10, frame, head_size, nonce, a.send_key);
        if (i < 2)
            expect_refused(&b, head_size + 10 + SEAL_SIZE, ERR_SEAL);
        else
            assert_int_equal(open_frame(&b, head_size + 10 + SEAL_SIZE), 10);
    }
}

/* ---- Doubles and order ---- */

static void test_doubles_and_old_ones_are_refused(void **state) {
    (void)state;
    static uint8_t frames[CHANNEL_WINDOW + 1][32];
    size_t size = 0;
    meet("channel doubles");
    for (unsigned i = 0; i <= CHANNEL_WINDOW; i++) {
        size = seal(&a, false, i < 128 ? 5 : 4); /* all of one size */
        memcpy(frames[i], frame, size);
    }
    /* The newest first. 1 is the oldest that still counts; then the rest, backwards. */
    static const unsigned order[] = {CHANNEL_WINDOW, CHANNEL_WINDOW, 0, 1, 1, 0};
    static const int wanted[] = {4, ERR_EXISTS, ERR_EXISTS, 5, ERR_EXISTS, ERR_EXISTS};
    for (unsigned i = 0; i < 6; i++) {
        memcpy(frame, frames[order[i]], size);
        if (wanted[i] < 0)
            expect_refused(&b, size, wanted[i]);
        else
            assert_int_equal(open_frame(&b, size), wanted[i]);
    }
    for (unsigned i = CHANNEL_WINDOW - 1; i > 1; i--) {
        memcpy(frame, frames[i], size);
        assert_int_equal(open_frame(&b, size), i < 128 ? 5 : 4);
        assert_int_equal(counter, i);
    }
    for (unsigned i = 0; i <= CHANNEL_WINDOW; i++) {
        memcpy(frame, frames[i], size);
        expect_refused(&b, size, ERR_EXISTS);
    }
}

/* ---- The naive twin: all counters ever seen, and the rules as doc/protocol.md says them ---- */

#define TWIN_EPOCHS 5
static bool seen[TWIN_EPOCHS * EPOCH];
static uint8_t epoch_keys[TWIN_EPOCHS][KEY_SIZE];

static int twin_open(uint64_t *end, uint64_t at) {
    const uint64_t epoch = at / EPOCH, current = *end == 0 ? 0 : (*end - 1) / EPOCH;
    const bool previous_gone = *end >= current * EPOCH + CHANNEL_WINDOW;
    if (epoch > current + 1 || epoch + 1 < current) return ERR_SEAL;
    if (epoch + 1 == current && previous_gone) return ERR_SEAL;
    if (at + CHANNEL_WINDOW < *end || seen[at]) return ERR_EXISTS;
    seen[at] = true;
    if (at >= *end) *end = at + 1;
    return 0;
}

/* Seal an empty frame with any counter. */
static size_t seal_at(uint64_t at) {
    struct channel sender = a;
    memcpy(sender.send_key, epoch_keys[at / EPOCH], KEY_SIZE);
    sender.send_counter = at;
    return seal(&sender, false, 0);
}

static uint64_t pick_counter(uint64_t end) {
    uint64_t at;
    switch (rng_below(&g, 8)) {
    case 0: at = rng_below(&g, TWIN_EPOCHS * EPOCH); break;          /* anywhere */
    case 1: at = end + rng_below(&g, 3000); break;                   /* a jump */
    case 2: at = (end / EPOCH + rng_below(&g, 2)) * EPOCH; break;    /* a boundary */
    case 3: at = end + 4 - rng_below(&g, 8); break;                  /* the newest */
    case 4: at = end - CHANNEL_WINDOW + 4 - rng_below(&g, 8); break; /* the oldest */
    default: at = end - rng_below(&g, CHANNEL_WINDOW + 100) + 20 * rng_below(&g, 2); break;
    }
    return at % (TWIN_EPOCHS * EPOCH); /* below zero wraps to somewhere */
}

static void test_window_and_epochs_as_the_naive_twin(void **state) {
    (void)state;
    unsigned counts[3] = {0};
    for (unsigned run = 0; run < 20; run++) {
        meet("channel twin");
        g.state += run;
        uint64_t end = 0;
        memset(seen, 0, sizeof seen);
        memcpy(epoch_keys[0], a.send_key, KEY_SIZE);
        for (unsigned i = 1; i < TWIN_EPOCHS; i++) {
            memcpy(epoch_keys[i], epoch_keys[i - 1], KEY_SIZE);
            noise_rekey(epoch_keys[i]);
        }
        for (unsigned i = 0; i < 4000; i++) {
            const uint64_t at = pick_counter(end);
            const size_t size = seal_at(at);
            const int wanted = twin_open(&end, at);
            counts[wanted == 0 ? 0 : wanted == ERR_SEAL ? 1 : 2]++;
            if (wanted)
                expect_refused(&b, size, wanted);
            else {
                assert_int_equal(open_frame(&b, size), 0);
                assert_int_equal(counter, at);
            }
        }
    }
    for (unsigned i = 0; i < 3; i++) assert_true(counts[i] > 4000);
}

/* ---- Keys change ---- */

/* More than two epochs, frame by frame as they are sent: one in four is lost, others wait and come up to 900 late,
 * around every change of keys too. Each that arrives opens, once. */
static void test_rekeys_across_loss_and_reordering(void **state) {
    (void)state;
    enum { WAITING = 64 };
    static struct {
        size_t size;
        uint64_t counter, due;
        uint8_t bytes[32];
    } waiting[WAITING];
    uint64_t lost = 0, late = 0, opened = 0;
    meet("channel rekeys");
    memset(waiting, 0, sizeof waiting);
    for (uint64_t at = 0; at < 2 * EPOCH + 3000; at++) {
        const size_t size = seal(&a, false, 3);
        const unsigned fate = (unsigned)rng_below(&g, 8), slot = (unsigned)rng_below(&g, WAITING);
        if (fate < 2)
            lost++;
        else if (fate == 2 && waiting[slot].size == 0) {
            waiting[slot].size = size;
            waiting[slot].counter = at;
            waiting[slot].due = at + 1 + rng_below(&g, 900);
            memcpy(waiting[slot].bytes, frame, size);
        } else {
            assert_int_equal(open_frame(&b, size), 3);
            assert_int_equal(counter, at);
            opened++;
        }
        for (unsigned i = 0; i < WAITING; i++) {
            if (waiting[i].size == 0 || waiting[i].due > at) continue;
            memcpy(frame, waiting[i].bytes, waiting[i].size);
            assert_int_equal(open_frame(&b, waiting[i].size), 3);
            assert_int_equal(counter, waiting[i].counter);
            expect_refused(&b, waiting[i].size, ERR_EXISTS);
            waiting[i].size = 0;
            late++;
        }
    }
    assert_true(lost > EPOCH / 4 && late > 1000 && opened > EPOCH);
    assert_int_equal(a.send_counter / EPOCH, 2);
    assert_int_equal(b.receive_epoch, 2);
}

/* The sender's old key is gone with the first counter of the next epoch, the receiver's when no frame of it could be
 * accepted any more; frames of an old epoch are closed then to whoever takes both devices. */
static void test_old_keys_are_gone(void **state) {
    (void)state;
    uint8_t old[KEY_SIZE], next[KEY_SIZE], late[32];
    meet("channel old keys");
    memcpy(old, a.send_key, KEY_SIZE);
    memcpy(next, old, KEY_SIZE);
    noise_rekey(next);
    a.send_counter = EPOCH - 2;
    size_t size = seal(&a, false, 4);
    memcpy(late, frame, size);
    assert_memory_equal(a.send_key, old, KEY_SIZE);
    assert_int_equal(open_frame(&b, seal(&a, false, 4)), 4);
    assert_memory_equal(a.send_key, next, KEY_SIZE);
    assert_false(b.has_previous);
    for (uint64_t at = EPOCH; at < EPOCH + CHANNEL_WINDOW - 1; at++) {
        assert_int_equal(open_frame(&b, seal(&a, false, 4)), 4);
        assert_memory_equal(b.receive_key, next, KEY_SIZE);
        assert_memory_equal(b.previous_key, old, KEY_SIZE);
    }
    /* EPOCH - 1 is the oldest of the window now; one more, and the epoch lies behind it. */
    assert_int_equal(open_frame(&b, seal(&a, false, 4)), 4);
    assert_false(b.has_previous);
    assert_true(sodium_is_zero(b.previous_key, KEY_SIZE));
    memcpy(frame, late, size);
    expect_refused(&b, size, ERR_SEAL);
    struct channel zeros = a; /* what lies where the key was opens nothing */
    memset(zeros.send_key, 0, KEY_SIZE);
    zeros.send_counter = EPOCH - 3;
    expect_refused(&b, seal(&zeros, false, 4), ERR_SEAL);
    for (size_t i = 0; i + KEY_SIZE <= sizeof b; i++)
        assert_true(memcmp((const uint8_t *)&a + i, old, KEY_SIZE) != 0 &&
                    memcmp((const uint8_t *)&b + i, old, KEY_SIZE));
}

/* A frame of the next epoch opens after any loss; one of the epoch after is refused, and so is one that only claims to
 * be of the next. */
static void test_jumps_of_epochs(void **state) {
    (void)state;
    meet("channel jumps");
    struct channel ahead = a;
    noise_rekey(ahead.send_key);
    noise_rekey(ahead.send_key);
    ahead.send_counter = 2 * EPOCH;
    expect_refused(&b, seal(&ahead, false, 4), ERR_SEAL);
    ahead = a;
    ahead.send_counter = EPOCH + 7; /* the old key */
    expect_refused(&b, seal(&ahead, false, 4), ERR_SEAL);
    ahead.send_counter = 2 * EPOCH + 7; /* known key, but no key for this epoch is known */
    expect_refused(&b, seal(&ahead, false, 4), ERR_SEAL);
    noise_rekey(ahead.send_key);
    ahead.send_counter = 2 * EPOCH - 2;
    assert_int_equal(open_frame(&b, seal(&ahead, false, 4)), 4);
    assert_int_equal(b.receive_epoch, 1);
    assert_int_equal(open_frame(&b, seal(&ahead, false, 4)), 4);
    assert_int_equal(open_frame(&b, seal(&ahead, false, 4)), 4);
    assert_int_equal(b.receive_epoch, 2);
}

static void test_the_last_counter(void **state) {
    (void)state;
    meet("channel last");
    a.send_counter = CHANNEL_COUNTER_MAX - 1;
    b.receive_epoch = (CHANNEL_COUNTER_MAX - 1) / EPOCH;
    b.receive_end = b.receive_epoch * EPOCH;
    const size_t size = seal(&a, false, 10);
    assert_int_equal(size, 10 + CHANNEL_OVERHEAD);
    assert_int_equal(open_frame(&b, size), 10);
    assert_int_equal(counter, CHANNEL_COUNTER_MAX - 1);
    const struct channel before = a;
    assert_int_equal(channel_room(&a, CHANNEL_FRAME_MAX, false), 0);
    assert_int_equal(channel_seal(&a, false, frame, sizeof frame, content, 10), ERR_LIMIT);
    assert_int_equal(channel_seal(&a, false, frame, sizeof frame, NULL, 0), ERR_LIMIT);
    assert_memory_equal(&a, &before, sizeof a);
    /* 2^40 as a counter, under the key that the receiver would have for it. */
    uint8_t nonce[NONCE_SIZE];
    static const uint8_t head[7] = {CHANNEL_DATA, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20};
    memcpy(frame, head, sizeof head);
    noise_nonce(nonce, CHANNEL_COUNTER_MAX);
    crypto_seal(frame + sizeof head, content, 10, frame, sizeof head, nonce, a.send_key);
    expect_refused(&b, sizeof head + 10 + SEAL_SIZE, ERR_SEAL);
}

/* ---- Secrets ---- */

static void test_a_wiped_channel_is_zeros(void **state) {
    (void)state;
    meet("channel wipe");
    assert_true(sodium_is_zero((const uint8_t *)&first, sizeof first));
    assert_true(sodium_is_zero((const uint8_t *)&second, sizeof second));
    const size_t size = seal(&a, false, 10);
    channel_wipe(&b);
    channel_wipe(&a);
    assert_true(sodium_is_zero((const uint8_t *)&a, sizeof a));
    assert_true(sodium_is_zero((const uint8_t *)&b, sizeof b));
    expect_refused(&b, size, ERR_SEAL);
    assert_int_equal(channel_room(&a, CHANNEL_FRAME_MAX, false), 0);
    assert_int_equal(channel_seal(&a, false, frame, sizeof frame, content, 10), ERR_USAGE);
    /* Not even a frame under a key of zeros. */
    uint8_t nonce[NONCE_SIZE], zeros[KEY_SIZE] = {0};
    noise_nonce(nonce, 0);
    frame[0] = CHANNEL_DATA;
    frame[1] = 0;
    crypto_seal(frame + 2, content, 10, frame, 2, nonce, zeros);
    expect_refused(&b, 2 + 10 + SEAL_SIZE, ERR_SEAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_refuses_what_is_none),
        cmocka_unit_test(test_handshake_refuses_zero_keys),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_seals_in_place),
        cmocka_unit_test(test_room_is_exact),
        cmocka_unit_test(test_padded_sizes),
        cmocka_unit_test(test_bad_pads_are_refused),
        cmocka_unit_test(test_any_changed_bit_is_refused),
        cmocka_unit_test(test_cut_and_longer_frames_are_refused),
        cmocka_unit_test(test_foreign_frames_are_refused),
        cmocka_unit_test(test_counter_has_one_form),
        cmocka_unit_test(test_doubles_and_old_ones_are_refused),
        cmocka_unit_test(test_window_and_epochs_as_the_naive_twin),
        cmocka_unit_test(test_rekeys_across_loss_and_reordering),
        cmocka_unit_test(test_old_keys_are_gone),
        cmocka_unit_test(test_jumps_of_epochs),
        cmocka_unit_test(test_the_last_counter),
        cmocka_unit_test(test_a_wiped_channel_is_zeros),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
