/*
 * session_base.c: what all parts of the session stand on: its end, messages on its streams, keys and the set of a slot.
 */
#include <string.h>

#include "core/crypto.h"
#include "core/session_private.h"

/* Give back what was asked for and will not come. */
static void asks_abandon(struct session *s) {
    for (; s->ask_count > 0; s->ask_count--, s->ask_head = (s->ask_head + 1) % SESSION_ASKS_MAX)
        s->node.missing_over(s->node.context, &s->asks[s->ask_head].ask);
}

int session_fail(struct session *s, int err) {
    if (s->err) return s->err;
    CHECK(err < 0);
    s->err = err;
    s->phase = PHASE_OVER;
    asks_abandon(s);
    if (s->running >= 0) (void)s->node.room(s->node.context, 0);
    s->running = -1;
    channel_wipe(&s->channel);
    noise_wipe(&s->noise);
    return err;
}

void session_stir(struct session *s) {
    s->idle_told = false;
    s->peer_idle = false;
    s->settled_told = false;
}

/* ---- Messages ---- */

uint8_t *message_place(struct session *s, unsigned stream, size_t room) {
    if (streams_room(&s->streams, stream) < MESSAGE_HEAD + room) return NULL;
    return streams_place(&s->streams, stream);
}

void message_wrote(struct session *s, unsigned stream, uint8_t type, size_t size) {
    uint8_t *place = streams_place(&s->streams, stream);
    CHECK(size <= UINT16_MAX && streams_room(&s->streams, stream) >= MESSAGE_HEAD + size);
    place[0] = type;
    place[1] = (uint8_t)size;
    place[2] = (uint8_t)(size >> 8);
    streams_wrote(&s->streams, stream, MESSAGE_HEAD + size);
}

int message_read(struct session *s, unsigned stream, uint8_t *type, const uint8_t **body, size_t *size) {
    static const size_t rooms[STREAM_COUNT] = {STREAM_CONTROL_ROOM, STREAM_URGENT_ROOM, STREAM_BULK_ROOM};
    size_t here;
    const uint8_t *bytes = streams_read(&s->streams, stream, &here);
    if (here < MESSAGE_HEAD) return 0;
    *type = bytes[0];
    *size = (size_t)bytes[1] | (size_t)bytes[2] << 8;
    *body = bytes + MESSAGE_HEAD;
    if (MESSAGE_HEAD + *size > rooms[stream]) return ERR_LIMIT; /* it could never arrive whole */
    return here >= MESSAGE_HEAD + *size;
}

/* ---- A slot ---- */

static int set_buckets(void *context, uint32_t first_day, reconcile_visit_bucket visit, void *visit_context) {
    const struct session_set *set = context;
    return set->node->buckets(set->node->context, set->handle, first_day, visit, visit_context);
}

static int set_seen(void *context, uint64_t lo, uint64_t hi, reconcile_visit_seen visit, void *visit_context) {
    const struct session_set *set = context;
    return set->node->seen(set->node->context, set->handle, lo, hi, visit, visit_context);
}

static int set_is_partial(void *context, uint32_t expiry_day) {
    const struct session_set *set = context;
    return set->node->is_partial(set->node->context, set->handle, expiry_day);
}

static void *set_room(void *context, size_t size_bytes) {
    const struct session_set *set = context;
    return set->node->room(set->node->context, size_bytes);
}

struct reconcile_source set_source(struct session_set *set) {
    return (struct reconcile_source){
        .context = set, .buckets = set_buckets, .seen = set_seen, .is_partial = set_is_partial, .room = set_room};
}

void slot_key(const struct session *s, const uint8_t secret[HASH_SIZE], const char *purpose, uint8_t number,
              uint8_t out[HASH_SIZE]) {
    uint8_t text[16 + 1 + HASH_LONG_SIZE] = {0};
    size_t size = strlen(purpose);
    CHECK(size <= 16);
    memcpy(text, purpose, size);
    text[16] = number;
    memcpy(text + 17, s->hash, HASH_LONG_SIZE);
    crypto_digest_keyed(out, secret, HASH_SIZE, text, sizeof text);
}

int slot_state(struct session *s, const struct session_slot *slot, uint8_t out[SESSION_STATE_SIZE]) {
    uint8_t key[HASH_SIZE], state[HASH_SIZE];
    struct session_set set = {.node = &s->node, .handle = slot->handle};
    struct reconcile_source source = set_source(&set);
    uint32_t floor_day = s->config.floor_day > s->peer_floor_day ? s->config.floor_day : s->peer_floor_day;
    slot_key(s, slot->secret, "state", 0, key);
    int err = reconcile_state(&source, floor_day, key, state);
    memcpy(out, state, SESSION_STATE_SIZE);
    return err;
}
