/*
 * channel.c: the frames of a channel. doc/protocol.md, "The channel".
 *
 * The window of counters seen is RFC 6479's ring of words: a word is cleared when the newest counter enters it, so
 * nothing is ever shifted. One word more than the window has bits lets the window begin and end inside words.
 */
#include <string.h>

#include "core/bytes.h"
#include "core/channel.h"
#include "core/check.h"
#include "core/crypto.h"

static const uint16_t size_classes[] = {64, 128, 200, 512, 1200, 4096, CHANNEL_FRAME_MAX};
#define SIZE_CLASSES (sizeof size_classes / sizeof size_classes[0])

/* ---- The handshake, as frames ---- */

void channel_handshake(struct noise *n, bool initiator, const uint8_t secret[KEY_SIZE]) {
    noise_init(n, initiator, (const uint8_t *)CHANNEL_PROLOGUE, sizeof CHANNEL_PROLOGUE - 1, secret);
}

int channel_handshake_write(struct noise *n, uint8_t *frame, size_t frame_max) {
    const uint8_t type = n->step == NOISE_FIRST ? CHANNEL_FIRST : CHANNEL_SECOND;
    if (frame_max < 1) return ERR_SPACE;
    int size = noise_write(n, NULL, 0, frame + 1, frame_max - 1);
    if (size < 0) return size;
    frame[0] = type;
    return 1 + size;
}

int channel_handshake_read(struct noise *n, const uint8_t *frame, size_t size) {
    const bool first = n->step == NOISE_FIRST;
    if (size < 1) return ERR_TRUNCATED;
    if (frame[0] != (first ? CHANNEL_FIRST : CHANNEL_SECOND)) return ERR_FIELD;
    if (size > (first ? CHANNEL_FIRST_SIZE : CHANNEL_SECOND_SIZE)) return ERR_TRAILING;
    return noise_read(n, frame + 1, size - 1, NULL, 0);
}

int channel_begin(struct channel *c, struct noise *n, uint8_t handshake_hash[HASH_LONG_SIZE]) {
    uint8_t send_key[KEY_SIZE], receive_key[KEY_SIZE];
    int err = noise_split(n, send_key, receive_key, handshake_hash);
    if (err) return err;
    channel_init(c, send_key, receive_key);
    crypto_wipe(send_key, sizeof send_key);
    crypto_wipe(receive_key, sizeof receive_key);
    return 0;
}

void channel_init(struct channel *c, const uint8_t send_key[KEY_SIZE], const uint8_t receive_key[KEY_SIZE]) {
    memset(c, 0, sizeof *c);
    c->ready = true;
    memcpy(c->send_key, send_key, KEY_SIZE);
    memcpy(c->receive_key, receive_key, KEY_SIZE);
}

void channel_wipe(struct channel *c) {
    crypto_wipe(c, sizeof *c);
}

/* ---- Sending ---- */

/* Return what the next frame has beside its content, without zeros of a pad. */
static size_t frame_less(const struct channel *c, bool padded) {
    return 1 + varint_size(c->send_counter) + (padded ? 1 : 0) + SEAL_SIZE;
}

/* Return the size to which a padded frame of at least size bytes grows. */
static size_t frame_padded(size_t size, size_t frame_max) {
    size_t i = 0;
    while (size_classes[i] < size) i++;
    CHECK(i < SIZE_CLASSES);
    return size_classes[i] < frame_max ? size_classes[i] : frame_max;
}

size_t channel_room(const struct channel *c, size_t frame_max, bool padded) {
    const size_t less = frame_less(c, padded);
    if (!c->ready || c->send_counter >= CHANNEL_COUNTER_MAX) return 0;
    if (frame_max > CHANNEL_FRAME_MAX) frame_max = CHANNEL_FRAME_MAX;
    return frame_max > less ? frame_max - less : 0;
}

int channel_seal(struct channel *c, bool padded, uint8_t *frame, size_t frame_max, const uint8_t *plain, size_t size) {
    const size_t less = frame_less(c, padded);
    if (!c->ready) return ERR_USAGE;
    if (c->send_counter >= CHANNEL_COUNTER_MAX) return ERR_LIMIT;
    if (frame_max > CHANNEL_FRAME_MAX) frame_max = CHANNEL_FRAME_MAX;
    if (frame_max < less || size > frame_max - less) return ERR_SPACE;

    const size_t frame_size = padded ? frame_padded(less + size, frame_max) : less + size;
    const size_t head_size = 1 + varint_size(c->send_counter), body_size = frame_size - head_size - SEAL_SIZE;
    uint8_t *body = frame + head_size, nonce[NONCE_SIZE];
    struct writer w;
    if (size > 0) memmove(body, plain, size); /* before the head is written: plain may lie there */
    if (padded) {
        body[size] = 0x80;
        memset(body + size + 1, 0, body_size - size - 1);
    }
    writer_init(&w, frame, head_size);
    writer_u8(&w, padded ? CHANNEL_PADDED : CHANNEL_DATA);
    writer_varint(&w, c->send_counter);
    CHECK(w.err == 0 && w.at == head_size);
    noise_nonce(nonce, c->send_counter);
    crypto_seal(body, body, body_size, frame, head_size, nonce, c->send_key);
    c->send_counter++;
    if (c->send_counter % (UINT64_C(1) << CHANNEL_EPOCH_BITS) == 0) noise_rekey(c->send_key);
    return (int)frame_size;
}

/* ---- Receiving ---- */

/* Whether a genuine counter is new and not too old. */
static bool window_admits(const struct channel *c, uint64_t counter) {
    if (counter >= c->receive_end) return true;
    if (counter + CHANNEL_WINDOW < c->receive_end) return false;
    return (c->window[counter / 64 % CHANNEL_WINDOW_WORDS] >> counter % 64 & 1) == 0;
}

static void window_mark(struct channel *c, uint64_t counter) {
    if (counter >= c->receive_end) {
        uint64_t word = (c->receive_end + 63) / 64; /* the first that holds none of the counters so far */
        for (unsigned i = 0; i < CHANNEL_WINDOW_WORDS && word <= counter / 64; i++, word++)
            c->window[word % CHANNEL_WINDOW_WORDS] = 0;
        c->receive_end = counter + 1;
    }
    c->window[counter / 64 % CHANNEL_WINDOW_WORDS] |= UINT64_C(1) << counter % 64;
}

/* Give the key of a counter's epoch. Return false, and give another one, if that is gone or too far ahead. */
static bool epoch_key(const struct channel *c, uint64_t counter, uint8_t key[KEY_SIZE]) {
    const uint64_t epoch = counter >> CHANNEL_EPOCH_BITS;
    const bool before = c->has_previous && epoch + 1 == c->receive_epoch;
    memcpy(key, before ? c->previous_key : c->receive_key, KEY_SIZE);
    if (epoch == c->receive_epoch + 1) noise_rekey(key);
    return before || epoch == c->receive_epoch || epoch == c->receive_epoch + 1;
}

/* Mark a genuine counter, and keep the keys of what can still arrive: key is that of the counter's epoch. */
static void epoch_advance(struct channel *c, uint64_t counter, const uint8_t key[KEY_SIZE]) {
    window_mark(c, counter);
    if (counter >> CHANNEL_EPOCH_BITS > c->receive_epoch) {
        memcpy(c->previous_key, c->receive_key, KEY_SIZE);
        memcpy(c->receive_key, key, KEY_SIZE);
        c->receive_epoch++;
        c->has_previous = true;
    }
    /* The window has left the epoch before. */
    if (c->has_previous && c->receive_end >= (c->receive_epoch << CHANNEL_EPOCH_BITS) + CHANNEL_WINDOW) {
        crypto_wipe(c->previous_key, KEY_SIZE);
        c->has_previous = false;
    }
}

/* Return the size of the content before the pad, or ERR_SEAL. */
static int pad_remove(const uint8_t *plain, size_t size) {
    while (size > 0 && plain[size - 1] == 0) size--;
    return size > 0 && plain[size - 1] == 0x80 ? (int)size - 1 : ERR_SEAL;
}

int channel_open(struct channel *c, const uint8_t *frame, size_t size, uint8_t *plain, size_t plain_max,
                 uint64_t *counter) {
    struct reader r;
    uint8_t key[KEY_SIZE], nonce[NONCE_SIZE];
    if (!c->ready || size > CHANNEL_FRAME_MAX) return ERR_SEAL;
    reader_init(&r, frame, size);
    const uint8_t type = reader_u8(&r);
    const uint64_t at = reader_varint(&r, CHANNEL_COUNTER_MAX - 1);
    if (r.err || (type != CHANNEL_DATA && type != CHANNEL_PADDED) || reader_left(&r) < SEAL_SIZE) return ERR_SEAL;
    const size_t plain_size = reader_left(&r) - SEAL_SIZE;
    if (plain_size > plain_max) return ERR_SPACE;

    const bool known = epoch_key(c, at, key);
    noise_nonce(nonce, at);
    int got = crypto_open(plain, frame + r.at, size - r.at, frame, r.at, nonce, key);
    if (got) goto err0;
    got = ERR_SEAL;
    if (!known) goto err1; /* sealed under a key of another epoch: a peer that breaks the rules */
    got = ERR_EXISTS;
    if (!window_admits(c, at)) goto err1;
    epoch_advance(c, at, key);
    got = type == CHANNEL_PADDED ? pad_remove(plain, plain_size) : (int)plain_size;
    if (got < 0) goto err1;
    *counter = at;
    goto err0;
err1:
    crypto_wipe(plain, plain_size);
err0:
    crypto_wipe(key, sizeof key);
    return got;
}
