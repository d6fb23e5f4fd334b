/*
 * vouch.h: "I met the holder of this key", for the members of a closed community.
 *
 *   vouch = no references; fields: 1 key (32), not the author's
 *
 * It is dated by the day: created is the first second of one, and it expires VOUCH_DAYS later, or as long after as the
 * charter keeps messages if that is less. In an open community none is admitted: it would tell everybody who knows
 * whom.
 *
 * Of one author, VOUCH_PERIOD_MAX of those that are alive count in each period (day / VOUCH_PERIOD_DAYS): those with
 * the lowest sequence numbers, of two with one number that with the lower id. So a reader needs no order of arrival to
 * leave out the same ones as everybody else (view/trust.h).
 */
#ifndef CORE_VOUCH_H
#define CORE_VOUCH_H

#include "core/author.h"

/* Check a record of this kind, for admission; of a stub what its header says. Errors: ERR_TIME (not a whole day, or
 * another expiry day), ERR_FIELD, ERR_UNSUPPORTED (an unknown field below FIELDS_OPTIONAL), as fields_next. */
MUST_CHECK int vouch_check(const struct record *r, uint32_t keep_days);

/* Read the key that one vouches for. Errors as vouch_check; ERR_FIELD for a stub. */
MUST_CHECK int vouch_decode(uint8_t out[KEY_SIZE], const struct record *r);

/* Make one, dated today. Return as author_text; ERR_CHARTER in an open community, ERR_FIELD for one's own key. */
MUST_CHECK int vouch_make(struct author *a, const uint8_t key[KEY_SIZE], uint32_t today,
                          const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);

#endif
