/*
 * secrets_tool.c: do what is done with secrets, with secrets that valgrind takes for undefined memory.
 * usage: secrets_tool secrets | leak-compare | leak-branch | leak-index
 *
 * Memcheck reports every branch and every address that depends on undefined bytes: so what runs without a report takes
 * its ways and its memory independently of the secrets (the method is Adam Langley's ctgrind). What becomes public on
 * purpose is declared defined where it does: public keys, signatures, what is sent, whether a tag fitted, and what was
 * opened under a tag that fitted. The wrappers below (the linker's --wrap, see the Makefile) do that; a comparison
 * that is not one of theirs is reported.
 *
 * "leak-…" do it wrong on purpose, to show that it is seen. Runs without valgrind, too, and then shows nothing.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "core/bytes.h"
#include "core/channel.h"
#include "core/charter.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/epoch.h"
#include "core/person.h"
#include "core/record.h"
#include "core/seal.h"
#include "core/session.h"
#include "core/shelf.h"
#include "node/web/guard.h"

static void hide(void *memory, size_t size) {
    (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, size);
}

static void publish(void *memory, size_t size) {
    (void)VALGRIND_MAKE_MEM_DEFINED(memory, size);
}

/* Still a secret? Else the run shows nothing. */
static void still(const void *memory, size_t size) {
    uint8_t undefined[SECRET_SIZE] = {0};
    CHECK(size <= sizeof undefined);
    if (VALGRIND_GET_VBITS(memory, undefined, size) != 1) return; /* not under valgrind */
    for (size_t i = 0; i < size; i++) CHECK(undefined[i] == 0xff);
}

static void fresh(uint8_t *secret, size_t size) {
    randombytes_buf(secret, size);
    hide(secret, size);
}

/* What opening cost: tags that were checked, and over how many bytes. */
static unsigned long long tags_checked, tag_bytes;

/* ---- Where secrets end ---- */

bool __real_bytes_equal(const uint8_t *a, const uint8_t *b, size_t size);
bool __wrap_bytes_equal(const uint8_t *a, const uint8_t *b, size_t size);
bool __wrap_bytes_equal(const uint8_t *a, const uint8_t *b, size_t size) {
    bool result = __real_bytes_equal(a, b, size);
    publish(&result, sizeof result);
    return result;
}

int __real_sodium_memcmp(const void *a, const void *b, size_t size);
int __wrap_sodium_memcmp(const void *a, const void *b, size_t size);
int __wrap_sodium_memcmp(const void *a, const void *b, size_t size) {
    int result = __real_sodium_memcmp(a, b, size);
    publish(&result, sizeof result);
    return result;
}

int __real_crypto_sign_seed_keypair(unsigned char *key, unsigned char *secret, const unsigned char *seed);
int __wrap_crypto_sign_seed_keypair(unsigned char *key, unsigned char *secret, const unsigned char *seed);
int __wrap_crypto_sign_seed_keypair(unsigned char *key, unsigned char *secret, const unsigned char *seed) {
    int result = __real_crypto_sign_seed_keypair(key, secret, seed);
    publish(key, KEY_SIZE);
    publish(secret + SEED_SIZE, KEY_SIZE);
    return result;
}

int __real_crypto_sign_detached(unsigned char *signature, unsigned long long *signature_size, const unsigned char *data,
                                unsigned long long size, const unsigned char *secret);
int __wrap_crypto_sign_detached(unsigned char *signature, unsigned long long *signature_size, const unsigned char *data,
                                unsigned long long size, const unsigned char *secret);
int __wrap_crypto_sign_detached(unsigned char *signature, unsigned long long *signature_size, const unsigned char *data,
                                unsigned long long size, const unsigned char *secret) {
    int result = __real_crypto_sign_detached(signature, signature_size, data, size, secret);
    publish(signature, SIGNATURE_SIZE);
    return result;
}

int __real_crypto_scalarmult_base(unsigned char *key, const unsigned char *secret);
int __wrap_crypto_scalarmult_base(unsigned char *key, const unsigned char *secret);
int __wrap_crypto_scalarmult_base(unsigned char *key, const unsigned char *secret) {
    int result = __real_crypto_scalarmult_base(key, secret);
    publish(key, KEY_SIZE);
    return result;
}

int __real_crypto_scalarmult(unsigned char *shared, const unsigned char *secret, const unsigned char *key);
int __wrap_crypto_scalarmult(unsigned char *shared, const unsigned char *secret, const unsigned char *key);
int __wrap_crypto_scalarmult(unsigned char *shared, const unsigned char *secret, const unsigned char *key) {
    int result = __real_crypto_scalarmult(shared, secret, key); /* whether all is zeros */
    publish(&result, sizeof result);
    return result;
}

int __real_crypto_aead_chacha20poly1305_ietf_decrypt_detached(unsigned char *out, unsigned char *none,
                                                              const unsigned char *sealed, unsigned long long size,
                                                              const unsigned char *tag, const unsigned char *ad,
                                                              unsigned long long ad_size, const unsigned char *nonce,
                                                              const unsigned char *key);
int __wrap_crypto_aead_chacha20poly1305_ietf_decrypt_detached(unsigned char *out, unsigned char *none,
                                                              const unsigned char *sealed, unsigned long long size,
                                                              const unsigned char *tag, const unsigned char *ad,
                                                              unsigned long long ad_size, const unsigned char *nonce,
                                                              const unsigned char *key);
int __wrap_crypto_aead_chacha20poly1305_ietf_decrypt_detached(unsigned char *out, unsigned char *none,
                                                              const unsigned char *sealed, unsigned long long size,
                                                              const unsigned char *tag, const unsigned char *ad,
                                                              unsigned long long ad_size, const unsigned char *nonce,
                                                              const unsigned char *key) {
    int result = __real_crypto_aead_chacha20poly1305_ietf_decrypt_detached(out, none, sealed, size, tag, ad, ad_size,
                                                                           nonce, key);
    publish(&result, sizeof result);
    tags_checked++;
    tag_bytes += size;
    return result;
}

int __real_crypto_stream_chacha20_ietf_xor_ic(unsigned char *out, const unsigned char *data, unsigned long long size,
                                              const unsigned char *nonce, uint32_t block, const unsigned char *key);
int __wrap_crypto_stream_chacha20_ietf_xor_ic(unsigned char *out, const unsigned char *data, unsigned long long size,
                                              const unsigned char *nonce, uint32_t block, const unsigned char *key);
int __wrap_crypto_stream_chacha20_ietf_xor_ic(unsigned char *out, const unsigned char *data, unsigned long long size,
                                              const unsigned char *nonce, uint32_t block, const unsigned char *key) {
    int result = __real_crypto_stream_chacha20_ietf_xor_ic(out, data, size, nonce, block, key);
    publish(out, size); /* crypto_open comes here after the tag fitted */
    return result;
}

/* ---- Channels ---- */

/* Both sides of a handshake with fresh secrets; the messages are public. */
static void handshake(struct channel channels[2]) {
    struct noise n[2];
    uint8_t secrets[2][KEY_SIZE], hash[HASH_LONG_SIZE], frame[CHANNEL_SECOND_SIZE];
    for (unsigned i = 0; i < 2; i++) {
        fresh(secrets[i], KEY_SIZE);
        channel_handshake(&n[i], i == 0, secrets[i]);
    }
    int size = channel_handshake_write(&n[0], frame, sizeof frame);
    CHECK(size == CHANNEL_FIRST_SIZE);
    publish(frame, (size_t)size);
    CHECK(channel_handshake_read(&n[1], frame, (size_t)size) == 0);
    size = channel_handshake_write(&n[1], frame, sizeof frame);
    CHECK(size == CHANNEL_SECOND_SIZE);
    publish(frame, (size_t)size);
    frame[40] ^= 1;
    CHECK(channel_handshake_read(&n[0], frame, (size_t)size) == ERR_SEAL);
    frame[40] ^= 1;
    CHECK(channel_handshake_read(&n[0], frame, (size_t)size) == 0);
    for (unsigned i = 0; i < 2; i++) CHECK(channel_begin(&channels[i], &n[i], hash) == 0);
}

/* Frames with secret content, padded or not, over two changes of keys; what is changed or comes twice is refused. */
static void frames(struct channel channels[2]) {
    static uint8_t plain[1000], frame[2000], opened[2000];
    uint64_t counter = 0;
    for (unsigned i = 0; i < 300; i++) {
        const size_t content = i * 7 % sizeof plain;
        if (i == 150) /* near the end of an epoch */
            for (unsigned side = 0; side < 2; side++) channels[side].send_counter |= (1U << CHANNEL_EPOCH_BITS) - 20;
        fresh(plain, content);
        int size = channel_seal(&channels[i % 2], i % 3 == 0, frame, sizeof frame, plain, content);
        CHECK(size > 0);
        publish(frame, (size_t)size);
        frame[size - 1] ^= 0x80;
        CHECK(channel_open(&channels[1 - i % 2], frame, (size_t)size, opened, sizeof opened, &counter) == ERR_SEAL);
        frame[size - 1] ^= 0x80;
        int got = channel_open(&channels[1 - i % 2], frame, (size_t)size, opened, sizeof opened, &counter);
        CHECK(got == (int)content);
        got = channel_open(&channels[1 - i % 2], frame, (size_t)size, opened, sizeof opened, &counter);
        CHECK(got == ERR_EXISTS);
    }
    for (unsigned i = 0; i < 2; i++) {
        still(channels[i].send_key, KEY_SIZE);
        still(channels[i].receive_key, KEY_SIZE);
    }
}

/* A frame that is refused costs one pass over its content, whatever is wrong with it: a bit of the content or of the
 * tag, another channel's key, a counter whose keys are gone or too far ahead. */
static void refusals(struct channel channels[2]) {
    static uint8_t plain[500], frame[600], bad[600], opened[600];
    struct channel strangers[2];
    uint64_t counter = 0;
    handshake(strangers);
    for (unsigned side = 0; side < 2; side++)
        strangers[side].send_counter = channels[side].send_counter; /* heads of one size */
    for (unsigned fault = 0; fault < 5; fault++) {
        int size = channel_seal(fault == 2 ? &strangers[0] : &channels[0], false, frame, sizeof frame, plain, 500);
        CHECK(size > 500 + SEAL_SIZE);
        publish(frame, sizeof frame);
        memcpy(bad, frame, sizeof bad);
        const size_t head = (size_t)size - 500 - SEAL_SIZE;
        if (fault == 0) bad[head] ^= 1;
        if (fault == 1) bad[size - 1] ^= 1;
        if (fault == 3) bad[head - 1] ^= 0x7e; /* the high bits of the counter: epochs away */
        if (fault == 4) channel_wipe(&strangers[0]);
        struct channel *receiver = fault == 4 ? &strangers[1] : &channels[1];
        tags_checked = tag_bytes = 0;
        CHECK(channel_open(receiver, bad, (size_t)size, opened, sizeof opened, &counter) == ERR_SEAL);
        CHECK(tags_checked == 1 && tag_bytes == 500);
    }
}

/* ---- A contact: which communities are common ---- */

static int communities(void *context, session_visit_community visit, void *visit_context) {
    const struct session_community *list = context;
    int err = 0;
    for (unsigned i = 0; i < 3 && !err; i++) err = visit(visit_context, &list[i]);
    return err;
}
static int buckets(void *context, uint32_t handle, uint32_t day, reconcile_visit_bucket visit, void *visit_context) {
    (void)context, (void)handle, (void)day, (void)visit, (void)visit_context;
    return 0;
}
static int seen(void *context, uint32_t handle, uint64_t lo, uint64_t hi, reconcile_visit_seen visit,
                void *visit_context) {
    (void)context, (void)handle, (void)lo, (void)hi, (void)visit, (void)visit_context;
    return 0;
}
static int is_partial(void *context, uint32_t handle, uint32_t day) {
    (void)context, (void)handle, (void)day;
    return 0;
}
static void *room(void *context, size_t size) {
    static uint64_t lent[1 << 20];
    (void)context;
    return size <= sizeof lent ? lent : NULL;
}
static int urgent(void *context, uint32_t handle, uint32_t limit, session_visit_urgent visit, void *visit_context) {
    (void)context, (void)handle, (void)limit, (void)visit, (void)visit_context;
    return 0;
}
static int no_record(void *context, uint64_t item, struct record *out, const uint8_t **bytes, size_t *size) {
    (void)context, (void)item, (void)out, (void)bytes, (void)size;
    return ERR_NOT_FOUND;
}
static int has(void *context, uint32_t handle, const uint8_t id[HASH_SIZE]) {
    (void)context, (void)handle, (void)id;
    return 0;
}
static int missing(void *context, uint32_t handle, uint64_t *cursor, struct session_ask *out) {
    (void)context, (void)handle, (void)cursor, (void)out;
    return 0;
}
static void missing_over(void *context, const struct session_ask *ask) {
    (void)context, (void)ask;
}
static int no_chunk(void *context, uint32_t handle, const uint8_t blob[HASH_SIZE], uint32_t index,
                    struct session_chunk *out) {
    (void)context, (void)handle, (void)blob, (void)index, (void)out;
    return ERR_NOT_FOUND;
}

/* Two nodes without records, one community in common and two that only one of them has, each under a secret. */
static void contact(void) {
    static uint8_t frame[CHANNEL_FRAME_MAX];
    struct session_community lists[2][3];
    struct session *s[2];
    struct session_status status;
    memset(lists, 0, sizeof lists);
    for (uint32_t i = 0; i < 6; i++) {
        lists[i / 3][i % 3].handle = i % 3 + 1;
        lists[i / 3][i % 3].closed = i % 3 == 1;
        fresh(lists[i / 3][i % 3].secret, HASH_SIZE);
    }
    memcpy(lists[1][2].secret, lists[0][1].secret, HASH_SIZE);
    for (unsigned i = 0; i < 2; i++) {
        struct session_config config = {.initiator = i == 0,
                                        .now_ms = 1000,
                                        .clock = 1700000000,
                                        .floor_day = 19000,
                                        .frame_max = CHANNEL_FRAME_MAX,
                                        .retry_ms = 1000,
                                        .keepalive_ms = 10000,
                                        .kernel = gf40_bitslice()};
        const struct session_node node = {lists[i], communities, buckets, seen,    is_partial,   room,
                                          urgent,   no_record,   has,     missing, missing_over, no_chunk};
        s[i] = malloc(session_size());
        CHECK(s[i] != NULL);
        fresh(config.ephemeral_secret, sizeof config.ephemeral_secret);
        session_init(s[i], &config, &node);
    }
    for (unsigned turn = 0; turn < 20; turn++) {
        size_t size = session_send(s[turn % 2], frame, sizeof frame, 1000 + turn);
        if (size == 0) continue;
        publish(frame, size);
        CHECK(session_recv(s[1 - turn % 2], frame, size, 1000 + turn) == 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        session_status(s[i], &status);
        CHECK(status.is_open && status.communities == 1);
        session_wipe(s[i]);
        free(s[i]);
    }
}

/* ---- Keys of a person, and signing ---- */

static void person(void) {
    static uint8_t body[100], bytes[1000];
    uint8_t seed[SEED_SIZE], community[HASH_SIZE] = {1}, nonce[CHARTER_NONCE_SIZE] = {2};
    uint8_t fingerprint[PERSON_FINGERPRINT_SIZE];
    struct member member, founder, either;
    struct charter charter;
    char handle[HANDLE_SIZE];
    memset(&charter, 0, sizeof charter);
    fresh(seed, sizeof seed);
    person_member(&member, seed, community);
    person_founder(&founder, seed, nonce);
    person_fingerprint(fingerprint, seed);
    memcpy(charter.community, community, HASH_SIZE);
    memcpy(charter.nonce, nonce, CHARTER_NONCE_SIZE);
    memcpy(charter.author, founder.key, KEY_SIZE);
    person_in(&either, seed, &charter);
    CHECK(memcmp(either.key, founder.key, KEY_SIZE) == 0);
    charter.author[0] ^= 1;
    person_in(&either, seed, &charter);
    CHECK(memcmp(either.key, member.key, KEY_SIZE) == 0);
    person_handle(handle, member.key);
    still(member.secret, SEED_SIZE);

    struct record record = {.form = RECORD_FORM_PLAIN, .kind = KIND_TEXT, .created = 1700000000, .expiry_day = 19700};
    record.urgency = URGENCY_NORMAL;
    record.body = body;
    record.body_size = sizeof body;
    memcpy(record.community, community, HASH_SIZE);
    memcpy(record.author, member.key, KEY_SIZE);
    CHECK(record_sign(&record, member.secret) == 0);
    CHECK(record_encode(&record, bytes, sizeof bytes) > 0 && record_verify(&record) == 0);
}

/* ---- Closed communities: boxes, letters, shelves, epochs ---- */

static void closed(void) {
    static uint8_t plain[300], box[KEY_SIZE + sizeof plain + BOX_OVERHEAD], opened[sizeof box], room_[RECORD_SIZE_MAX];
    uint8_t key[KEY_SIZE], other[KEY_SIZE], nonce[BOX_NONCE_SIZE], ephemeral[KEY_SIZE], recipient[KEY_SIZE];
    fresh(plain, sizeof plain);
    fresh(key, sizeof key);
    fresh(other, sizeof other);
    fresh(ephemeral, sizeof ephemeral);
    randombytes_buf(nonce, sizeof nonce);
    seal_make(box, plain, sizeof plain, nonce, 5, nonce, key);
    publish(box, sizeof plain + BOX_OVERHEAD);
    CHECK(seal_open(opened, box, sizeof plain + BOX_OVERHEAD, nonce, 5, other) == ERR_SEAL);
    CHECK(seal_open(opened, box, sizeof plain + BOX_OVERHEAD, nonce, 4, key) == ERR_SEAL);
    CHECK(seal_open(opened, box, sizeof plain + BOX_OVERHEAD, nonce, 5, key) == sizeof plain);

    crypto_x25519_base(recipient, key);
    CHECK(seal_to(box, plain, sizeof plain, recipient, ephemeral, nonce) == sizeof box);
    publish(box, sizeof box);
    CHECK(seal_open_to(opened, box, sizeof box, other) == ERR_SEAL);
    CHECK(seal_open_to(opened, box, sizeof box, key) == sizeof plain);

    struct member shelf;
    struct record record;
    const uint8_t *content;
    uint8_t type;
    shelf_derive(&shelf, other, 2800);
    still(shelf.secret, SEED_SIZE);
    shelf_register_key(ephemeral, other);
    still(ephemeral, sizeof ephemeral);
    CHECK(shelf_seal(SHELF_RECORD, plain, sizeof plain, &shelf, key, nonce, 19700, URGENCY_NORMAL, room_, &record) > 0);
    publish(room_, sizeof room_);
    publish(&record, sizeof record);
    CHECK(record_verify(&record) == 0);
    static uint8_t inside[RECORD_SIZE_MAX];
    CHECK(shelf_open(&record, key, inside, &type, &content) == sizeof plain);
    CHECK(shelf_open(&record, other, inside, &type, &content) == ERR_SEAL);

    struct epoch epoch;
    memset(&epoch, 0, sizeof epoch);
    CHECK(!epoch_key_fits(&epoch, key));
}

/* ---- Tokens of the page's forms ---- */

static void token(void) {
    uint8_t secret[HASH_SIZE];
    char text[GUARD_TOKEN_SIZE];
    const struct guard_for who = {.operator_ = true}, guest = {.operator_ = false};
    fresh(secret, sizeof secret);
    guard_token(text, secret, &who, "/write", 7);
    publish(text, sizeof text);
    CHECK(guard_token_is_good(text, secret, &who, "/write", 8));
    CHECK(!guard_token_is_good(text, secret, &guest, "/write", 8));
    text[GUARD_TOKEN_SIZE - 2] = text[GUARD_TOKEN_SIZE - 2] == '0' ? '1' : '0';
    CHECK(!guard_token_is_good(text, secret, &who, "/write", 8));
}

/* ---- What must be seen ---- */

static void leak(const char *how) {
    static const uint8_t table[256] = {1, 2, 3};
    uint8_t secret[KEY_SIZE], guess[KEY_SIZE];
    volatile unsigned result = 0;
    fresh(secret, sizeof secret);
    randombytes_buf(guess, sizeof guess);
    if (strcmp(how, "leak-compare") == 0) {
        if (memcmp(secret, guess, sizeof secret) == 0) result = 1;
    } else if (strcmp(how, "leak-branch") == 0) {
        if (secret[3] & 1) puts("odd");
    } else {
        result = table[secret[5]];
    }
    (void)result;
}

int main(int argc, char **argv) {
    struct channel channels[2];
    if (argc != 2 || sodium_init() < 0) return 2;
    if (strncmp(argv[1], "leak-", 5) == 0) {
        leak(argv[1]);
        return 0;
    }
    handshake(channels);
    frames(channels);
    refusals(channels);
    contact();
    person();
    closed();
    token();
    printf("%s valgrind\n", RUNNING_ON_VALGRIND ? "under" : "without");
    return 0;
}
