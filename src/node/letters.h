/*
 * letters.h: the letters of one closed community that are here (core/letter.h): those to the person of this device, and
 * copies of those that the person wrote.
 *
 * A letter by a member whom the person has neither met nor named nor written a letter to is held back, unless the
 * person has switched on letters of strangers for that community. The switch is a setting of the store, "letters:" ‖
 * the community's id in base32: there or not. It stays on this device.
 */
#ifndef NODE_LETTERS_H
#define NODE_LETTERS_H

#include "node/home.h"
#include "node/standing.h"

struct letter_entry {
    uint64_t created;
    int64_t num;             /* of its record in the store */
    uint8_t other[KEY_SIZE]; /* who wrote it, or to whom the person did */
    bool own;                /* the person wrote it */
    bool held;               /* held back */
};

struct letters {
    size_t count, room;
    uint64_t held; /* of them */
    struct letter_entry *list;
};

/* Read what letters there are, oldest first; letters_free forgets them. s: of this community. The caller holds
 * home_enter. Errors: ERR_MEMORY, those of the store. */
MUST_CHECK int letters_read(struct letters *out, struct home *home, struct standings *s, uint64_t now);
void letters_free(struct letters *l);

/* Switch letters of strangers on or off. The caller holds home_enter. Errors: those of the store. */
MUST_CHECK int letters_allow_strangers(struct home *home, const uint8_t community[HASH_SIZE], bool allow);

#endif
