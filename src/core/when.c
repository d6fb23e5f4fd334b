/*
 * when.c: the rules of time.
 */
#include "core/when.h"

uint32_t when_day(uint64_t seconds) {
    return (uint32_t)((seconds > TIME_MAX ? TIME_MAX : seconds) / DAY_SECONDS);
}

bool when_is_ahead(uint64_t created, uint64_t now) {
    return created > TIME_AHEAD_SLACK && created - TIME_AHEAD_SLACK > now;
}

bool when_is_expired(uint32_t expiry_day, struct when when) {
    return when.confirmed && when_day(when.now) > (uint64_t)expiry_day + EXPIRY_GRACE_DAYS;
}

bool when_is_far(uint32_t expiry_day, struct when when) {
    return when.confirmed && expiry_day > (uint64_t)when_day(when.now) + KEEP_DAYS_MAX + EXPIRY_GRACE_DAYS;
}
