/*
 * when.h: the rules of time. No clock is trusted: whoever calls brings the time, and says whether it is confirmed.
 */
#ifndef CORE_WHEN_H
#define CORE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"

struct when {
    uint64_t now;   /* seconds of Unix time by this device's clock */
    bool confirmed; /* by a battery-backed clock or by the person; only then does anything expire */
};

/* Return the UTC day of a time. */
uint32_t when_day(uint64_t seconds);

/* Tell whether a record of this creation time still waits: it lies more than TIME_AHEAD_SLACK ahead of the clock. */
bool when_is_ahead(uint64_t created, uint64_t now);

/* Tell whether what expires on expiry_day is over: the clock is confirmed and EXPIRY_GRACE_DAYS whole days have passed
 * since that day. */
bool when_is_expired(uint32_t expiry_day, struct when when);

/* Tell whether expiry_day is further away than anything lives: the clock is confirmed, and it lies more than
 * KEEP_DAYS_MAX days ahead, the same grace aside. */
bool when_is_far(uint32_t expiry_day, struct when when);

#endif
