/*
 * A point's contacts over HTTP, and whatever a client may send as bodies: a row of requests from two addresses for a
 * few IDs, their bodies cut into pieces anywhere, listeners that come and go, time that passes. An honest page's first
 * frames are among what it is given, so that sessions begin; what comes behind them is the fuzzer's.
 *
 * Each step of the input: what (1) ‖ size u16 ‖ bytes.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/contact.h"
#include "carrier/http_contacts.h"
#include "carrier/lan_frames.h"
#include "core/check.h"
#include "test/core/sample_util.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sample_community community;
static struct store *store;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t skipped_ms;

static struct when on_when(void *context) {
    (void)context;
    return (struct when){.now = SAMPLE_TIME + 1000};
}

static void on_call(void *context) {
    (void)context;
}

static void on_ready(void *context, struct http_contact *c) {
    uint8_t *answer;
    (void)context;
    size_t size = http_contact_speak(c, false, &answer);
    CHECK(size <= HTTP_ANSWER_MAX);
    free(answer);
}

static void on_over(void *context, struct http_contact *c, enum http_error why) {
    (void)context;
    CHECK(http_contact_over(c) == why);
}

static uint64_t on_now(void *context) {
    (void)context;
    return contact_now_ms() + skipped_ms;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    struct rng rng = {1};
    (void)argc;
    (void)argv;
    CHECK(sodium_init() >= 0);
    sample_found(&rng, &community);
    CHECK(store_memory_open(&store) == 0);
    CHECK(store_community_put(store, &community.record, true) == 1);
    return 0;
}

/* A body in pieces; what is 0x01 at its begin gets a whole first frame before it. */
static void post_do(struct http_contacts *h, uint8_t what, const uint8_t *bytes, size_t size) {
    uint8_t id[HTTP_ID_SIZE] = {(uint8_t)(what >> 4 & 3)}, first[LAN_PREFIX_SIZE + CHANNEL_FIRST_SIZE], *answer;
    struct lan_key key = {.bytes = {[15] = what >> 6 & 1}};
    struct http_contact *c;
    size_t piece = 1 + (what >> 2 & 3) * 37U;
    struct http_post *post = http_post_begin(h, id, &key);
    CHECK(post);
    if ((what & 3) == 1) {
        memset(first, 9, sizeof first);
        lan_frames_prefix(first, CHANNEL_FIRST_SIZE);
        first[LAN_PREFIX_SIZE] = CHANNEL_FIRST;
        http_post_take(post, first, sizeof first);
    }
    for (size_t at = 0; at < size; at += piece) http_post_take(post, bytes + at, size - at < piece ? size - at : piece);
    if ((what & 0x8c) == 0x8c) {
        http_post_free(post);
        return;
    }
    if (http_post_end(post, &c)) return;
    size_t said = http_contact_speak(c, what & 0x80, &answer);
    CHECK(said <= HTTP_ANSWER_MAX && (said == 0) == (answer == NULL));
    free(answer);
    if (http_contact_over(c)) return;
    if (what & 0x08) http_contact_watch(c, what & 0x04);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct contacts_config config = {
        .store = store, .mutex = &mutex, .when = on_when, .threads = 1, .wake = on_call, .busy = on_call};
    const struct http_contacts_config http = {.ready = on_ready, .over = on_over, .wake = on_call, .now_ms = on_now};
    struct contacts *set;
    CHECK(contacts_new(&set, &config) == 0);
    struct http_contacts *h = http_contacts_new(set, &http);
    CHECK(h);
    for (unsigned steps = 0; size >= 3 && steps < 64; steps++) {
        uint8_t what = data[0];
        size_t part = (size_t)data[1] | (size_t)data[2] << 8;
        data += 3;
        size -= 3;
        if (part > size) part = size;
        if ((what & 3) == 3)
            skipped_ms += part * 64;
        else
            post_do(h, what, data, part);
        data += part;
        size -= part;
        contacts_work(set);
        for (unsigned i = 0; i < 8 && contacts_turns(set); i++) continue;
        http_contacts_run(h);
        CHECK(http_contacts_wait_ms(h) >= -1);
    }
    http_contacts_free(h);
    contacts_stop(set);
    contacts_free(set);
    return 0;
}
