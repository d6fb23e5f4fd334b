/*
 * people.h: whom the person of this device knows in a community: met keys, and names of the person's own choosing. It
 * stays on this device.
 *
 * It is kept in small settings of the store, "people:" ‖ the community's id in base32 ‖ ":" ‖ a letter, each a list of
 * key (32) ‖ day of the meeting u32 (0: not met) ‖ way (1) ‖ n (1) ‖ name (n).
 */
#ifndef NODE_PEOPLE_H
#define NODE_PEOPLE_H

#include "core/limits.h"
#include "store/store.h"

#define PEOPLE_MAX 512 /* of one community */

enum people_way { PEOPLE_NOT_MET, PEOPLE_CODE, PEOPLE_WORDS };

struct person_known {
    uint8_t key[KEY_SIZE];
    uint32_t met_day; /* 0: not met */
    uint8_t way;      /* enum people_way */
    char name[MEET_NAME_MAX + 1];
};

struct people {
    size_t count;
    struct person_known list[PEOPLE_MAX]; /* in the order in which they were first put */
};

/* Read a community's people. Errors: those of the store, ERR_DAMAGED. */
MUST_CHECK int people_load(struct people *out, struct store *s, const uint8_t community[HASH_SIZE]);

/* Write them, in one transaction. Errors: those of the store. */
MUST_CHECK int people_save(const struct people *p, struct store *s, const uint8_t community[HASH_SIZE]);

/* Find somebody, or NULL; the same, adding who is not there, NULL if there are PEOPLE_MAX. */
struct person_known *people_find(struct people *p, const uint8_t key[KEY_SIZE]);
struct person_known *people_put(struct people *p, const uint8_t key[KEY_SIZE]);

/* Tell whether somebody else has the same name, letter case and kinds of letters aside (view/fold.h). */
bool people_is_same_name(const struct people *p, const struct person_known *one);

#endif
