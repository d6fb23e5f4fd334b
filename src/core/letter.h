/*
 * letter.h: a letter to one member of a closed community.
 *
 *   letter = at most one reference, of type reply: what it answers; fields: 1 recipient's key (32), not the author's,
 *            2 text (UTF-8, line feeds and tabs allowed, 1 to LETTER_TEXT_MAX bytes)
 *
 * The recipient's key stands inside what the author signs: whoever is given a letter cannot give it to somebody else as
 * if it had been meant for them. It bears the sequence number of its author's next record and takes none: others would
 * see a gap where it is (core/freeze.h). It lives as long as a message. In an open community none is admitted:
 * everybody could read it.
 */
#ifndef CORE_LETTER_H
#define CORE_LETTER_H

#include "core/author.h"

struct letter {
    uint8_t to[KEY_SIZE];
    const char *text; /* borrowed from the record, not zero-terminated */
    size_t size;
    const uint8_t *reply; /* the id of what it answers, borrowed; NULL: nothing */
};

/* Read a letter. Errors: ERR_FIELD (a stub, another kind, another reference, no text or recipient, one's own key),
 * ERR_TEXT, ERR_LIMIT, ERR_UNSUPPORTED (an unknown field below FIELDS_OPTIONAL), as fields_next. */
MUST_CHECK int letter_decode(struct letter *out, const struct record *r);

/* Check a record of this kind, for admission; of a stub what its header says. Errors as letter_decode. */
MUST_CHECK int letter_check(const struct record *r);

/* Make one; the author stands where it stood. Return as author_text; ERR_CHARTER in an open community, ERR_FIELD,
 * ERR_TEXT and ERR_LIMIT as letter_decode would. */
MUST_CHECK int letter_make(struct author *a, const struct letter *letter, uint64_t created,
                           const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);

#endif
