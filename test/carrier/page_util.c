/*
 * page_util.c: a page for tests.
 */
#include "test/carrier/page_util.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/admit.h"
#include "carrier/contact.h"
#include "carrier/lan_frames.h"
#include "core/check.h"
#include "host/cpu.h"

void page_open(struct page *p, const struct record *charter_record, uint64_t now) {
    memset(p, 0, sizeof *p);
    p->now = now;
    CHECK(store_memory_open(&p->store) == 0);
    CHECK(store_community_put(p->store, charter_record, true) >= 0);
    CHECK(session_store_new(&p->view_store, p->store, NULL) == 0);
    session_store_time(p->view_store, contact_now_ms(), now);
    CHECK(session_store_refresh(p->view_store) == 1);
}

static void contact_over(struct page *p) {
    if (p->session) session_wipe(p->session);
    free(p->session);
    session_view_free(p->view);
    p->session = NULL;
    p->view = NULL;
}

void page_close(struct page *p) {
    contact_over(p);
    session_store_free(p->view_store);
    store_close(p->store);
}

void page_begin_contact(struct page *p) {
    struct session_node node;
    struct session_config config = {.initiator = true,
                                    .now_ms = contact_now_ms(),
                                    .clock = p->now,
                                    .frame_max = CHANNEL_FRAME_MAX,
                                    .retry_ms = 1000,
                                    .keepalive_ms = 60000,
                                    .no_blobs = true,
                                    .kernel = cpu_sketch_kernel()};
    contact_over(p);
    p->err = 0;
    p->session = malloc(session_size());
    p->view = session_view_new(p->view_store);
    CHECK(p->session && p->view);
    session_view_node(p->view, &node);
    randombytes_buf(config.ephemeral_secret, sizeof config.ephemeral_secret);
    session_init(p->session, &config, &node);
}

void page_write(struct page *p, const struct sample_community *community, const struct member *author, struct rng *rng,
                unsigned count, size_t size_max) {
    struct sample_record *sample = malloc(sizeof *sample);
    CHECK(sample);
    for (unsigned i = 0; i < count; i++) {
        do sample_record(rng, sample, community, author, size_max);
        while (sample->record.created > p->now || sample->record.created < SAMPLE_TIME ||
               sample->record.kind == KIND_RETRACTION || record_ref(&sample->record, REF_BLOB));
        sample->record.urgency = 1;
        CHECK(record_sign(&sample->record, author->secret) == 0);
        int size = record_encode(&sample->record, p->record, sizeof p->record);
        CHECK(size > 0 && store_put(p->store, &sample->record, p->record, (size_t)size, p->now) == 1);
    }
    free(sample);
}

size_t page_say(struct page *p, uint8_t *out, size_t room) {
    uint64_t now_ms = contact_now_ms();
    size_t at = 0;
    session_store_time(p->view_store, now_ms, p->now);
    if (now_ms >= session_deadline(p->session)) session_expire(p->session, now_ms);
    while (room - at >= LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX) {
        size_t size = session_send(p->session, out + at + LAN_PREFIX_SIZE, CHANNEL_FRAME_MAX, now_ms);
        if (size == 0) break;
        lan_frames_prefix(out + at, size);
        at += LAN_PREFIX_SIZE + size;
    }
    p->err = session_error(p->session);
    return at;
}

static void record_take(struct page *p, const struct session_event *event) {
    struct record r;
    session_event_copy(event, p->record);
    int err = event->stub ? record_decode_stub(&r, p->record, event->size) : record_decode(&r, p->record, event->size);
    if (!err) err = admit_record(session_store_charter(p->view_store, event->handle), &r, (struct when){.now = p->now});
    CHECK(err == 0);
    session_known(p->session, r.id);
    p->came += store_put(p->store, &r, p->record, event->size, p->now) == 1;
}

void page_hear(struct page *p, const uint8_t *body, size_t size) {
    struct lan_frames *frames = calloc(1, sizeof *frames);
    struct session_event event;
    const uint8_t *frame;
    size_t frame_size;
    uint64_t now_ms = contact_now_ms();
    CHECK(frames);
    session_store_time(p->view_store, now_ms, p->now);
    while (size > 0 && !p->err && lan_frames_next(frames, &body, &size, &frame, &frame_size) > 0)
        p->err = session_recv(p->session, frame, frame_size, now_ms);
    while (!p->err && session_poll(p->session, &event)) {
        if (event.type == SESSION_RECORD) record_take(p, &event);
        if (event.type != SESSION_SETTLED) session_stored(p->session, event.stream, 1);
    }
    free(frames);
}

bool page_is_settled(const struct page *p) {
    struct session_status status;
    session_status(p->session, &status);
    return status.is_settled;
}

uint64_t page_records(struct page *p) {
    struct store_stats stats;
    CHECK(store_stats(p->store, p->now, &stats) == 0);
    return stats.records;
}
