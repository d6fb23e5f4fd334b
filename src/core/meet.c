/*
 * meet.c: commit, answer, reveal; the words; the cards.
 */
#include "core/meet.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/utf8.h"

#define DOMAIN_SIZE 16
static const uint8_t domain_commit[DOMAIN_SIZE] = "longear meet   1";
static const uint8_t domain_transcript[DOMAIN_SIZE] = "longear meet   2";
static const uint8_t domain_words[DOMAIN_SIZE] = "longear meet   3";
static const uint8_t domain_key[DOMAIN_SIZE] = "longear meet   4";
static const uint8_t domain_sign[DOMAIN_SIZE] = "longear meet   5";

_Static_assert(MEET_MESSAGE_MAX <= 512, "as a point passes it on");

/* Which message a state is about, and where it leads. */
static const struct {
    uint8_t message;
    bool sends;
    uint8_t next;
} steps[] = {
    [MEET_SEND_COMMIT] = {1, true, MEET_WAIT_ANSWER},
    [MEET_WAIT_ANSWER] = {2, false, MEET_SEND_REVEAL},
    [MEET_SEND_REVEAL] = {3, true, MEET_WAIT_CARD},
    [MEET_WAIT_CARD] = {4, false, MEET_DONE},
    [MEET_WAIT_COMMIT] = {1, false, MEET_SEND_ANSWER},
    [MEET_SEND_ANSWER] = {2, true, MEET_WAIT_REVEAL},
    [MEET_WAIT_REVEAL] = {3, false, MEET_SEND_CARD},
    [MEET_SEND_CARD] = {4, true, MEET_DONE},
    [MEET_DONE] = {0, false, MEET_DONE},
    [MEET_FAILED] = {0, false, MEET_FAILED},
};

int meet_begin(struct meet *m, enum meet_role role, const uint8_t community[HASH_SIZE], const struct member *member,
               const char *name, const uint8_t secret[KEY_SIZE]) {
    size_t size = strlen(name);
    memset(m, 0, sizeof *m);
    m->state = MEET_FAILED;
    if (size > MEET_NAME_MAX) return ERR_LIMIT;
    if (!utf8_is_text((const uint8_t *)name, size, false)) return ERR_TEXT;
    CHECK(role == MEET_FIRST || role == MEET_SECOND);
    m->role = (uint8_t)role;
    m->member = *member;
    memcpy(m->community, community, HASH_SIZE);
    memcpy(m->name, name, size);
    memcpy(m->secret, secret, KEY_SIZE);
    crypto_x25519_base(m->own, m->secret);
    m->state = role == MEET_FIRST ? MEET_SEND_COMMIT : MEET_WAIT_COMMIT;
    return 0;
}

static void commit_compute(uint8_t out[HASH_SIZE], const struct meet *m, const uint8_t a[KEY_SIZE]) {
    uint8_t bytes[DOMAIN_SIZE + HASH_SIZE + KEY_SIZE];
    memcpy(bytes, domain_commit, DOMAIN_SIZE);
    memcpy(bytes + DOMAIN_SIZE, m->community, HASH_SIZE);
    memcpy(bytes + DOMAIN_SIZE + HASH_SIZE, a, KEY_SIZE);
    crypto_digest(out, bytes, sizeof bytes);
}

/* Both fresh keys are known: what follows from them. */
static int agree(struct meet *m) {
    uint8_t bytes[DOMAIN_SIZE + 2 * HASH_SIZE + 2 * KEY_SIZE];
    bool first = m->role == MEET_FIRST;
    struct writer w;
    writer_init(&w, bytes, sizeof bytes);
    writer_bytes(&w, domain_transcript, DOMAIN_SIZE);
    writer_bytes(&w, m->community, HASH_SIZE);
    writer_bytes(&w, m->commitment, HASH_SIZE);
    writer_bytes(&w, first ? m->other : m->own, KEY_SIZE);
    writer_bytes(&w, first ? m->own : m->other, KEY_SIZE);
    CHECK(!w.err);
    crypto_digest(m->transcript, bytes, sizeof bytes);
    return crypto_x25519(m->shared, m->secret, m->other);
}

static void card_key(uint8_t out[KEY_SIZE], const struct meet *m, enum meet_role role) {
    uint8_t bytes[DOMAIN_SIZE + HASH_SIZE + 1];
    memcpy(bytes, domain_key, DOMAIN_SIZE);
    memcpy(bytes + DOMAIN_SIZE, m->transcript, HASH_SIZE);
    bytes[DOMAIN_SIZE + HASH_SIZE] = (uint8_t)role;
    crypto_digest_keyed(out, m->shared, KEY_SIZE, bytes, sizeof bytes);
}

#define SIGNED_MAX (DOMAIN_SIZE + HASH_SIZE + 1 + 1 + MEET_NAME_MAX)

static size_t card_signed(uint8_t out[SIGNED_MAX], const struct meet *m, enum meet_role role, const char *name) {
    struct writer w;
    size_t size = strlen(name);
    writer_init(&w, out, SIGNED_MAX);
    writer_bytes(&w, domain_sign, DOMAIN_SIZE);
    writer_bytes(&w, m->transcript, HASH_SIZE);
    writer_u8(&w, (uint8_t)role);
    writer_u8(&w, (uint8_t)size);
    writer_bytes(&w, (const uint8_t *)name, size);
    CHECK(!w.err);
    return w.at;
}

static const uint8_t nonce[NONCE_SIZE]; /* a card's key seals once */

static void card_write(const struct meet *m, uint8_t out[MEET_CARD_SIZE + SEAL_SIZE]) {
    uint8_t card[MEET_CARD_SIZE] = {0}, message[SIGNED_MAX], key[KEY_SIZE];
    size_t size = strlen(m->name);
    memcpy(card, m->member.key, KEY_SIZE);
    crypto_sign_make(card + KEY_SIZE, message, card_signed(message, m, m->role, m->name), m->member.secret);
    card[KEY_SIZE + SIGNATURE_SIZE] = (uint8_t)size;
    memcpy(card + KEY_SIZE + SIGNATURE_SIZE + 1, m->name, size);
    card_key(key, m, m->role);
    crypto_seal(out, card, sizeof card, NULL, 0, nonce, key);
    crypto_wipe(key, sizeof key);
}

static int card_read(struct meet *m, struct reader *in) {
    uint8_t card[MEET_CARD_SIZE], sealed[MEET_CARD_SIZE + SEAL_SIZE], key[KEY_SIZE], signature[SIGNATURE_SIZE],
        message[SIGNED_MAX];
    enum meet_role role = m->role == MEET_FIRST ? MEET_SECOND : MEET_FIRST;
    char name[MEET_NAME_MAX + 1] = {0};
    struct reader r;
    reader_copy(in, sealed, sizeof sealed);
    int err = reader_end(in);
    if (err) return err;
    card_key(key, m, role);
    err = crypto_open(card, sealed, sizeof sealed, NULL, 0, nonce, key);
    crypto_wipe(key, sizeof key);
    if (err) return err;
    reader_init(&r, card, sizeof card);
    reader_copy(&r, m->other_key, KEY_SIZE);
    reader_copy(&r, signature, SIGNATURE_SIZE);
    size_t size = reader_u8(&r);
    if (size > MEET_NAME_MAX) return ERR_LIMIT;
    reader_copy(&r, (uint8_t *)name, size);
    while (reader_left(&r) > 0)
        if (reader_u8(&r) != 0) return ERR_TRAILING;
    if (!utf8_is_text((const uint8_t *)name, size, false)) return ERR_TEXT;
    if (memcmp(m->other_key, m->member.key, KEY_SIZE) == 0) return ERR_FIELD;
    err = crypto_sign_check(signature, message, card_signed(message, m, role, name), m->other_key);
    if (!err) memcpy(m->other_name, name, sizeof name);
    return err;
}

size_t meet_send(struct meet *m, uint8_t out[MEET_MESSAGE_MAX]) {
    struct writer w;
    uint8_t card[MEET_CARD_SIZE + SEAL_SIZE];
    if (!steps[m->state].sends) return 0;
    writer_init(&w, out, MEET_MESSAGE_MAX);
    writer_u8(&w, steps[m->state].message);
    switch (m->state) {
    case MEET_SEND_COMMIT:
        commit_compute(m->commitment, m, m->own);
        writer_bytes(&w, m->commitment, HASH_SIZE);
        break;
    case MEET_SEND_ANSWER: writer_bytes(&w, m->own, KEY_SIZE); break;
    case MEET_SEND_REVEAL: writer_bytes(&w, m->own, KEY_SIZE); __attribute__((fallthrough));
    default: card_write(m, card); writer_bytes(&w, card, sizeof card);
    }
    CHECK(!w.err);
    m->state = steps[m->state].next;
    return w.at;
}

static int reveal_read(struct meet *m, struct reader *in) {
    uint8_t commitment[HASH_SIZE];
    reader_copy(in, m->other, KEY_SIZE);
    if (in->err) return in->err;
    commit_compute(commitment, m, m->other);
    if (memcmp(commitment, m->commitment, HASH_SIZE) != 0) return ERR_HASH;
    int err = agree(m);
    return err ? err : card_read(m, in);
}

static int message_read(struct meet *m, struct reader *in) {
    switch (m->state) {
    case MEET_WAIT_COMMIT: reader_copy(in, m->commitment, HASH_SIZE); return reader_end(in);
    case MEET_WAIT_ANSWER: reader_copy(in, m->other, KEY_SIZE); return reader_end(in) ? reader_end(in) : agree(m);
    case MEET_WAIT_REVEAL: return reveal_read(m, in);
    default: return card_read(m, in);
    }
}

int meet_recv(struct meet *m, const uint8_t *data, size_t size) {
    struct reader in;
    int err = ERR_USAGE;
    if (steps[m->state].message != 0 && !steps[m->state].sends) {
        reader_init(&in, data, size);
        uint8_t type = reader_u8(&in);
        err = in.err ? in.err : type != steps[m->state].message ? ERR_FIELD : message_read(m, &in);
    }
    if (err) {
        meet_end(m);
        return err;
    }
    m->state = steps[m->state].next;
    return 0;
}

unsigned meet_turn(const struct meet *m, bool *sends) {
    *sends = steps[m->state].sends;
    return steps[m->state].message;
}

void meet_words(const struct meet *m, uint8_t out[MEET_WORDS_SIZE]) {
    uint8_t bytes[DOMAIN_SIZE + HASH_SIZE], digest[HASH_SIZE];
    CHECK(m->state == MEET_DONE);
    memcpy(bytes, domain_words, DOMAIN_SIZE);
    memcpy(bytes + DOMAIN_SIZE, m->transcript, HASH_SIZE);
    crypto_digest(digest, bytes, sizeof bytes);
    memcpy(out, digest, MEET_WORDS_SIZE);
}

void meet_words_text(char out[MEET_WORDS_TEXT], const uint8_t words[MEET_WORDS_SIZE], bool cyrillic) {
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou";
    static const char *const consonants_cyrillic[] = {"б", "д", "ф", "г", "х", "ж", "к", "л",
                                                      "м", "н", "п", "р", "с", "т", "в", "з"};
    static const char *const vowels_cyrillic[] = {"а", "и", "о", "у"};
    size_t at = 0;
    for (size_t word = 0; word < MEET_WORDS; word++) {
        unsigned bits = (unsigned)words[2 * word] << 8 | words[2 * word + 1];
        if (word > 0) out[at++] = ' ';
        for (unsigned letter = 0, left = 16; letter < 5; letter++) {
            bool vowel = letter % 2 == 1;
            left -= vowel ? 2 : 4;
            unsigned index = bits >> left & (vowel ? 3 : 15);
            if (cyrillic) {
                memcpy(out + at, (vowel ? vowels_cyrillic : consonants_cyrillic)[index], 2);
                at += 2;
            } else {
                out[at++] = (vowel ? vowels : consonants)[index];
            }
        }
    }
    CHECK(at < MEET_WORDS_TEXT);
    out[at] = '\0';
}

void meet_end(struct meet *m) {
    crypto_wipe(m, sizeof *m);
    m->state = MEET_FAILED;
}
