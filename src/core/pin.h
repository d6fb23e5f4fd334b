/*
 * pin.h: what coordinators point out to everybody in a community.
 *
 *   pin   (kind 44) = one reference target: a message; fields: 1 the byte 1
 *   unpin (kind 44) = 1 to RECORD_REFS_MAX references target: pins; fields: 1 the byte 2
 *
 * An unpin names the pins that it ends, so no clock and no order of arrival decides which came last: two coordinators
 * who pin and unpin without knowing of each other both get what they saw.
 */
#ifndef CORE_PIN_H
#define CORE_PIN_H

#include "core/author.h"

enum pin_type { PIN_SET = 1, PIN_END = 2 };

/* Tell which of the two a record is. Return it, or ERR_FIELD (another kind, a stub, references or a field out of
 * place), ERR_UNSUPPORTED (an unknown field below FIELDS_OPTIONAL), as fields_next. */
MUST_CHECK int pin_decode(const struct record *r);

/* Check a record of this kind, for admission; of a stub what its header says. Return 0 or an error as pin_decode. */
MUST_CHECK int pin_check(const struct record *r);

/* Make one: targets are count ids, one behind the other; a pin has one. Return as author_text; ERR_FIELD. */
MUST_CHECK int pin_make(struct author *a, enum pin_type type, const uint8_t *targets, size_t count, uint64_t created,
                        const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);

#endif
