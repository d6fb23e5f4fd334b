/*
 * pace.c: the plan of a link: three moments, the next of which counts.
 */
#include "carrier/pace.h"

#include <string.h>

#define BURST_COUNT 5
#define GAP_NEW_MS 40    /* between our last beacon and the answer to somebody new, who may have missed it */
#define GAP_ASKED_MS 200 /* and to somebody known, who asks again */

static const uint16_t burst_ms[BURST_COUNT] = {0, 40, 120, 300, 700};

/* A random number below n. */
static uint64_t below(uint32_t random, uint64_t n) {
    return (uint64_t)random * n >> 32;
}

static uint64_t min_of(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

void pace_init(struct pace *p, uint64_t now_ms) {
    memset(p, 0, sizeof *p);
    p->rotate_ms = PACE_NEVER;
    bucket_init(&p->answers, DISCOVERY_ANSWER_BURST, DISCOVERY_ANSWERS_A_SECOND, now_ms);
    pace_silence(p);
}

void pace_burst(struct pace *p, uint64_t now_ms) {
    p->step = 0;
    p->burst_ms = p->next_ms = now_ms;
}

void pace_silence(struct pace *p) {
    p->next_ms = p->answer_ms = PACE_NEVER;
}

void pace_rotated(struct pace *p, uint64_t now_ms, uint32_t random) {
    p->rotate_ms = now_ms + DISCOVERY_ROTATE_MS - below(random, DISCOVERY_ROTATE_MS * 3 / 10);
}

void pace_heard(struct pace *p, bool is_new, bool asks, uint64_t now_ms, uint32_t random) {
    if ((!is_new && !asks) || p->next_ms == PACE_NEVER) return;
    uint64_t gap_end_ms = p->sent_ms + (is_new ? GAP_NEW_MS : GAP_ASKED_MS);
    uint64_t at_ms = (now_ms > gap_end_ms ? now_ms : gap_end_ms) + below(random, DISCOVERY_ANSWER_JITTER_MS + 1);
    if (p->answer_ms != PACE_NEVER) {
        p->answer_ms = min_of(p->answer_ms, at_ms);
        return;
    }
    if (bucket_take(&p->answers, now_ms)) p->answer_ms = at_ms;
}

uint64_t pace_due(const struct pace *p) {
    return min_of(min_of(p->next_ms, p->answer_ms), p->rotate_ms);
}

enum pace_send pace_take(struct pace *p, uint64_t now_ms, uint32_t random) {
    enum pace_send what = PACE_NOTHING;
    if (p->next_ms <= now_ms) {
        what = p->step < BURST_COUNT ? PACE_ASK : PACE_BEACON;
        if (p->step < BURST_COUNT) p->step++;
        p->next_ms = p->step < BURST_COUNT
                         ? p->burst_ms + burst_ms[p->step]
                         : now_ms + DISCOVERY_PERIOD_MS * 3 / 4 + below(random, DISCOVERY_PERIOD_MS / 2 + 1);
    } else if (p->answer_ms <= now_ms) {
        what = PACE_BEACON;
    }
    if (what == PACE_NOTHING) return what;
    p->answer_ms = PACE_NEVER; /* whatever goes out is an answer too */
    p->sent_ms = now_ms;
    return what;
}
