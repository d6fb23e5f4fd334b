/*
 * Fuzz the frames of a channel: mode (1) ‖ bytes.
 *
 *     mode % 3 = 0    a row of size (2, little-endian) ‖ frame, from who has no key: all are refused without effect
 *     1               a row of head size (1) ‖ plain size (1) ‖ head ‖ plain, which the harness seals as a peer with
 * the right keys and any intent would; what is accepted is what a memory of all counters allows 2               a row
 * of operations on frames of an honest sender that wait in 16 places: send, deliver, deliver and keep, change a byte
 * and deliver, drop, and let many pass by
 */
#include <string.h>

#include "core/bytes.h"
#include "core/channel.h"
#include "core/check.h"
#include "core/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EPOCH_SIZE (UINT64_C(1) << CHANNEL_EPOCH_BITS)
#define EPOCHS 4

static const uint8_t first_key[KEY_SIZE] = "the key of what the fuzz opens.", other_key[KEY_SIZE] = "back";
static uint8_t plain[CHANNEL_FRAME_MAX];

/* Open a frame; with an error nothing may have happened. */
static int open_checked(struct channel *c, const uint8_t *frame, size_t size, uint64_t *counter) {
    const struct channel before = *c;
    memset(plain, 0, sizeof plain);
    int got = channel_open(c, frame, size, plain, sizeof plain, counter);
    if (got < 0) {
        CHECK(got == ERR_SEAL || got == ERR_EXISTS);
        for (size_t i = 0; i < size && i < sizeof plain; i++) CHECK(plain[i] == 0);
        /* A bad pad counts as seen; anything else changes nothing. */
        if (got == ERR_EXISTS || size == 0 || frame[0] != CHANNEL_PADDED) CHECK(memcmp(c, &before, sizeof before) == 0);
    } else {
        CHECK((size_t)got + CHANNEL_OPEN_LESS <= size && *counter < CHANNEL_COUNTER_MAX);
        CHECK(c->receive_end > *counter && c->receive_end >= before.receive_end);
    }
    return got;
}

/* ---- Mode 0: without keys ---- */

static void stranger(struct channel *c, struct reader *r) {
    uint64_t counter;
    const struct channel before = *c;
    while (reader_left(r) >= 2) {
        size_t size = reader_u8(r);
        size |= (size_t)reader_u8(r) << 8;
        if (size > reader_left(r)) size = reader_left(r);
        const uint8_t *frame = reader_bytes(r, size);
        CHECK(open_checked(c, frame, size, &counter) == ERR_SEAL);
        CHECK(memcmp(c, &before, sizeof before) == 0);
    }
}

/* ---- Mode 1: with keys ---- */

static bool seen[EPOCHS * EPOCH_SIZE]; /* cleared again by who set it */
static uint64_t marked[4096];

/* What must come out for a genuine frame with this counter; ERR_SEAL, too, for a bad pad. */
static int allowed(uint64_t end, uint64_t at) {
    const uint64_t epoch = at / EPOCH_SIZE, newest = end == 0 ? 0 : (end - 1) / EPOCH_SIZE;
    if (epoch > newest + 1 || epoch + 1 < newest) return ERR_SEAL;
    if (epoch + 1 == newest && end >= newest * EPOCH_SIZE + CHANNEL_WINDOW) return ERR_SEAL;
    return at + CHANNEL_WINDOW < end || seen[at] ? ERR_EXISTS : 0;
}

static bool is_padded_well(const uint8_t *bytes, size_t size) {
    while (size > 0 && bytes[size - 1] == 0) size--;
    return size > 0 && bytes[size - 1] == 0x80;
}

static void insider(struct channel *c, struct reader *r) {
    uint8_t frame[16 + 256 + SEAL_SIZE], nonce[NONCE_SIZE], key[KEY_SIZE];
    uint64_t end = 0, counter = 0;
    size_t count = 0;
    while (reader_left(r) >= 2 && count < sizeof marked / sizeof marked[0]) {
        const uint8_t first = reader_u8(r);
        size_t head_size = first % 16, size = reader_u8(r);
        if (head_size > reader_left(r)) head_size = reader_left(r);
        if (size > reader_left(r) - head_size) size = reader_left(r) - head_size;
        const uint8_t *head = reader_bytes(r, head_size), *body = reader_bytes(r, size);
        struct reader h;
        reader_init(&h, head, head_size);
        const uint8_t type = reader_u8(&h);
        const uint64_t at = reader_varint(&h, EPOCHS * EPOCH_SIZE - 1);
        const bool is_head = h.err == 0 && reader_left(&h) == 0 && (type == CHANNEL_DATA || type == CHANNEL_PADDED);
        memcpy(key, first_key, KEY_SIZE);
        const uint64_t epoch = first < 16 ? at / EPOCH_SIZE : first / 16 - 1u;
        for (uint64_t e = 0; is_head && e < epoch; e++) noise_rekey(key);
        noise_nonce(nonce, at);
        if (head_size > 0) memcpy(frame, head, head_size);
        crypto_seal(frame + head_size, body, size, frame, head_size, nonce, key);
        const int got = open_checked(c, frame, head_size + size + SEAL_SIZE, &counter);
        /* What is no head leaves the cut between head and plain open, so that it might be one with another cut; but
         * then its seal is wrong. */
        if (!is_head || epoch != at / EPOCH_SIZE) {
            CHECK(got == ERR_SEAL);
            continue;
        }
        const int wanted = allowed(end, at);
        if (wanted == 0) {
            seen[marked[count++] = at] = true;
            if (at >= end) end = at + 1;
        }
        if (wanted || (type == CHANNEL_PADDED && !is_padded_well(body, size)))
            CHECK(got == (wanted ? wanted : ERR_SEAL));
        else
            CHECK(got >= 0 && counter == at && memcmp(plain, body, (size_t)got) == 0);
    }
    while (count > 0) seen[marked[--count]] = false;
}

/* ---- Mode 2: an honest sender and a bad link ---- */

#define PLACES 16
struct place {
    uint64_t counter;
    size_t size, content_size;
    bool delivered;
    uint8_t content, frame[600];
};

static void place_fill(struct channel *from, struct place *p, uint8_t what) {
    uint8_t content[256];
    memset(content, what, sizeof content);
    *p = (struct place){.counter = from->send_counter, .content = what, .content_size = what};
    int size = channel_seal(from, what % 2, p->frame, sizeof p->frame, content, p->content_size);
    CHECK(size > 0);
    p->size = (size_t)size;
}

static void place_deliver(struct channel *to, struct place *p) {
    uint64_t counter;
    const uint64_t end = to->receive_end;
    if (p->size == 0) return;
    int got = open_checked(to, p->frame, p->size, &counter);
    if (p->delivered || p->counter + CHANNEL_WINDOW < end) {
        CHECK(got == ERR_EXISTS || (got == ERR_SEAL && p->counter + CHANNEL_WINDOW < end));
        return;
    }
    CHECK(got >= 0 && (size_t)got == p->content_size && counter == p->counter);
    for (size_t i = 0; i < p->content_size; i++) CHECK(plain[i] == p->content);
    p->delivered = true;
}

static void honest(struct channel *from, struct channel *to, struct reader *r) {
    static struct place places[PLACES];
    unsigned passed = 0;
    memset(places, 0, sizeof places);
    while (reader_left(r) >= 2) {
        const uint8_t what = reader_u8(r), with = reader_u8(r);
        const uint64_t epoch = from->send_counter / EPOCH_SIZE;
        struct place *p = &places[what % PLACES], changed;
        uint64_t counter;
        switch (what / PLACES) {
        case 0: p->size = 0; break;
        case 1:
        case 2: place_deliver(to, p); break;
        case 3:
            if (p->size == 0) break;
            changed = *p;
            changed.frame[with % p->size] ^= (uint8_t)(1 + what % 8);
            CHECK(open_checked(to, changed.frame, changed.size, &counter) == ERR_SEAL);
            break;
        case 4: /* many are lost, so that the window moves and keys change; the channel must live on */
            if (passed++ >= 40) break;
            from->send_counter += (uint64_t)with * 16;
            /* Not over a boundary: the sender changes its key there. */
            if (from->send_counter / EPOCH_SIZE != epoch) from->send_counter = (epoch + 1) * EPOCH_SIZE - 1;
            break;
        default:
            if (epoch <= to->receive_epoch + 1) place_fill(from, p, with);
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct channel here, there;
    struct reader r;
    if (size < 1 || size > 65536) return 0;
    channel_init(&here, other_key, first_key);
    channel_init(&there, first_key, other_key);
    reader_init(&r, data + 1, size - 1);
    switch (data[0] % 3) {
    case 0: stranger(&here, &r); break;
    case 1: insider(&here, &r); break;
    default: honest(&there, &here, &r); break;
    }
    channel_wipe(&here);
    channel_wipe(&there);
    return 0;
}
