/*
 * Handshakes and frames against the known answers of test/vectors/channel.json, which a second implementation made with
 * other cryptography (OpenSSL's): both sides of handshakes, changed keys, frames both ways at counters around every
 * change of form and key, sizes of padded frames, and what a reader refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "core/channel.h"
#include "test/core/vectors_util.h"

static uint8_t frame[CHANNEL_FRAME_MAX], plain[CHANNEL_FRAME_MAX];

static void test_handshakes(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("channel"), "handshakes");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const struct vec first = vec_bytes(v, "first"), second = vec_bytes(v, "second");
        struct noise initiator, responder;
        struct channel a, b;
        uint8_t hash[HASH_LONG_SIZE];
        channel_handshake(&initiator, true, vec_bytes(v, "initiator_secret").data);
        channel_handshake(&responder, false, vec_bytes(v, "responder_secret").data);
        vec_expect_int(channel_handshake_write(&initiator, frame, sizeof frame), CHANNEL_FIRST_SIZE, "first", "size");
        vec_expect_bytes(frame, CHANNEL_FIRST_SIZE, first, "first", "frame");
        vec_expect_err(channel_handshake_read(&responder, first.data, first.size), NULL, "first", "read");
        vec_expect_int(channel_handshake_write(&responder, frame, sizeof frame), CHANNEL_SECOND_SIZE, "second", "size");
        vec_expect_bytes(frame, CHANNEL_SECOND_SIZE, second, "second", "frame");
        vec_expect_err(channel_handshake_read(&initiator, second.data, second.size), NULL, "second", "read");
        vec_expect_err(channel_begin(&a, &initiator, hash), NULL, "initiator", "begin");
        vec_expect_bytes(hash, sizeof hash, vec_bytes(v, "handshake_hash"), "initiator", "hash");
        vec_expect_err(channel_begin(&b, &responder, hash), NULL, "responder", "begin");
        vec_expect_bytes(hash, sizeof hash, vec_bytes(v, "handshake_hash"), "responder", "hash");
        vec_expect_bytes(a.send_key, KEY_SIZE, vec_bytes(v, "initiator_key"), "initiator", "key to send");
        vec_expect_bytes(a.receive_key, KEY_SIZE, vec_bytes(v, "responder_key"), "initiator", "key to receive");
        vec_expect_bytes(b.send_key, KEY_SIZE, vec_bytes(v, "responder_key"), "responder", "key to send");
        vec_expect_bytes(b.receive_key, KEY_SIZE, vec_bytes(v, "initiator_key"), "responder", "key to receive");
    }
    vec_done(3 * 14);
}

static void test_rekeys(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("channel"), "rekeys");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        struct vec key = vec_bytes(v, "before");
        noise_rekey(key.data);
        vec_expect_bytes(key.data, key.size, vec_bytes(v, "after"), "rekey", "key");
    }
    vec_done(3);
}

/* Make both ends as they are when all frames before this counter went. */
static void channel_at(struct channel *c, const uint8_t key[KEY_SIZE], uint64_t counter) {
    channel_init(c, key, key);
    for (; c->receive_epoch < counter >> CHANNEL_EPOCH_BITS; c->receive_epoch++) {
        noise_rekey(c->send_key);
        noise_rekey(c->receive_key);
    }
    c->send_counter = c->receive_end = counter;
}

static void test_frames(void **state) {
    (void)state;
    const json_t *all = vec_load("channel"), *list = vec_array(all, "frames");
    const struct vec key = vec_bytes(json_array_get(vec_array(all, "handshakes"), 0), "initiator_key");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const char *name = vec_text(v, "name");
        const struct vec content = vec_bytes(v, "content"), wanted = vec_bytes(v, "frame");
        const uint64_t counter = (uint64_t)vec_int(v, "counter");
        struct channel c;
        uint64_t at = 0;
        channel_at(&c, key.data, counter);
        int size =
            channel_seal(&c, vec_bool(v, "padded"), frame, (size_t)vec_int(v, "frame_max"), content.data, content.size);
        if (vec_expect(size > 0, name, "sealed")) vec_expect_bytes(frame, (size_t)size, wanted, name, "frame");
        size = channel_open(&c, wanted.data, wanted.size, plain, sizeof plain, &at);
        if (vec_expect(size >= 0, name, "opened")) vec_expect_bytes(plain, (size_t)size, content, name, "content");
        vec_expect_int((int64_t)at, (int64_t)counter, name, "counter");
    }
    vec_done(40 * 5);
}

static void test_refused(void **state) {
    (void)state;
    const json_t *all = vec_load("channel"), *list = vec_array(all, "refused");
    const struct vec key = vec_bytes(json_array_get(vec_array(all, "handshakes"), 0), "initiator_key");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const struct vec bytes = vec_bytes(v, "frame");
        struct channel c;
        uint64_t at = 0;
        channel_init(&c, key.data, key.data);
        vec_expect_err(channel_open(&c, bytes.data, bytes.size, plain, sizeof plain, &at), vec_text(v, "error"),
                       vec_text(v, "name"), "refused");
    }
    vec_done(16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_rekeys),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_refused),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
