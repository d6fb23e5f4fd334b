/*
 * Fuzz a handshake by what the other side sends: mode (1) ‖ bytes. Bit 0 of the mode: this side is the initiator. Bit
 * 1: the bytes are a whole frame, else a message. Bit 2: the other side is real, the first half of the bytes is its
 * payload and the second half is XORed onto its message, which a fuzzer would not find. A refusal must change nothing
 * and write nothing; what was not changed is accepted, what was changed is not.
 */
#include <string.h>

#include "core/channel.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/noise.h"

#define MESSAGE_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t prologue[] = "fuzz", ours[KEY_SIZE] = {1}, theirs[KEY_SIZE] = {2};

/* Whatever the bytes are. Return whether they were accepted. */
static bool read_any(struct noise *n, bool as_frame, const uint8_t *bytes, size_t size) {
    static uint8_t out[MESSAGE_MAX], untouched[MESSAGE_MAX];
    const struct noise before = *n;
    memset(out, 0xa5, sizeof out);
    memset(untouched, 0xa5, sizeof untouched);
    int got = as_frame ? channel_handshake_read(n, bytes, size) : noise_read(n, bytes, size, out, sizeof out);
    if (got < 0) {
        CHECK(memcmp(n, &before, sizeof before) == 0 && memcmp(out, untouched, sizeof out) == 0);
        return false;
    }
    CHECK(n->step == before.step + 1 && (size_t)got <= size && (size_t)got <= sizeof out);
    CHECK(memcmp(out + got, untouched, sizeof out - (size_t)got) == 0);
    CHECK(noise_read(n, bytes, size, out, sizeof out) == ERR_USAGE);
    return true;
}

static void finish(struct noise *n, struct noise *other) {
    uint8_t keys[2][KEY_SIZE], others[2][KEY_SIZE], hash[2][HASH_LONG_SIZE];
    int err = noise_split(n, keys[0], keys[1], hash[0]);
    CHECK(err == 0);
    err = noise_split(other, others[1], others[0], hash[1]);
    CHECK(err == 0);
    CHECK(memcmp(keys, others, sizeof keys) == 0 && memcmp(hash[0], hash[1], HASH_LONG_SIZE) == 0);
    CHECK(memcmp(keys[0], keys[1], KEY_SIZE) != 0);
}

/* A real other side, whose message is changed on its way by a mask. */
static void read_changed(struct noise *n, struct noise *other, const uint8_t *bytes, size_t size) {
    static uint8_t message[MESSAGE_MAX];
    const size_t half = size / 2 < 1024 ? size / 2 : 1024;
    bool changed = false;
    int length = noise_write(other, bytes, half, message, sizeof message);
    CHECK(length > 0);
    for (size_t i = 0; i < half && i < (size_t)length; i++) {
        message[i] ^= bytes[half + i];
        changed = changed || bytes[half + i] != 0;
    }
    const bool was_second = n->step == NOISE_SECOND, accepted = read_any(n, false, message, (size_t)length);
    if (was_second) {
        CHECK(accepted != changed);
        if (accepted) finish(n, other);
        return;
    }
    CHECK(accepted); /* a first message has no seal; the second tells */
    length = noise_write(n, NULL, 0, message, sizeof message);
    CHECK(length == KEY_SIZE + SEAL_SIZE || (length == ERR_FIELD && changed));
    if (length < 0) return;
    CHECK((noise_read(other, message, (size_t)length, NULL, 0) == 0) == !changed);
    if (!changed) finish(n, other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct noise n, other;
    uint8_t message[MESSAGE_MAX];
    if (size < 1 || size > MESSAGE_MAX) return 0;
    const uint8_t mode = data[0];
    const bool initiator = mode & 1, as_frame = (mode & 2) != 0 && !(mode & 4);
    if (as_frame) {
        channel_handshake(&n, initiator, ours);
        channel_handshake(&other, !initiator, theirs);
    } else {
        noise_init(&n, initiator, prologue, sizeof prologue, ours);
        noise_init(&other, !initiator, prologue, sizeof prologue, theirs);
    }
    if (initiator) {
        int length = noise_write(&n, NULL, 0, message, sizeof message);
        CHECK(length == KEY_SIZE);
        length = noise_read(&other, message, KEY_SIZE, NULL, 0);
        CHECK(length == 0);
    }
    if (mode & 4) {
        read_changed(&n, &other, data + 1, size - 1);
    } else if (read_any(&n, as_frame, data + 1, size - 1) && !initiator) {
        int length = noise_write(&n, NULL, 0, message, sizeof message);
        CHECK(length == KEY_SIZE + SEAL_SIZE || length == ERR_FIELD);
    }
    noise_wipe(&n);
    noise_wipe(&other);
    return 0;
}
