/*
 * pace.h: when beacons are sent on one link, and when its token is changed. Touches no clock, no random source and no
 * network; times are milliseconds of any clock that does not go back, random numbers are uniform over 32 bits.
 *
 * A burst when there is something new to tell; then one beacon every DISCOVERY_PERIOD_MS; and an answer, soon, to
 * whoever asks or was not known, because the newcomer may have missed everything before.
 */
#ifndef CARRIER_PACE_H
#define CARRIER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "carrier/bucket.h"
#include "core/limits.h"

#define PACE_NEVER UINT64_MAX

struct pace {
    uint64_t burst_ms, next_ms, answer_ms, rotate_ms, sent_ms; /* PACE_NEVER: not planned */
    unsigned step;                                             /* beacons of the burst that are out */
    struct bucket answers;
};

/* Begin silent. */
void pace_init(struct pace *p, uint64_t now_ms);

/* Begin a burst; if one is running it begins anew. */
void pace_burst(struct pace *p, uint64_t now_ms);

/* Send nothing more until the next burst. */
void pace_silence(struct pace *p);

/* A new token is in use: plan its end. */
void pace_rotated(struct pace *p, uint64_t now_ms, uint32_t random);

/* A beacon was heard: plan an answer if one is due. Nothing while silent. */
void pace_heard(struct pace *p, bool is_new, bool asks, uint64_t now_ms, uint32_t random);

/* Return when to call pace_take next; PACE_NEVER if not at all. The end of the token counts. */
uint64_t pace_due(const struct pace *p);

enum pace_send { PACE_NOTHING, PACE_BEACON, PACE_ASK };

/* Take what is to be sent now, and plan what follows. */
enum pace_send pace_take(struct pace *p, uint64_t now_ms, uint32_t random);

#endif
