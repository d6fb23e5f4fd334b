/*
 * coordinators.c: who coordinates a group of this home.
 */
#include "node/coordinators.h"

#include <stdlib.h>
#include <string.h>

#include "closed/closed.h"
#include "core/crypto.h"

struct coordinators {
    const struct charter *charter;
    const struct members_state *members; /* of a closed group, or NULL; it borrows from view */
    struct closed_view view;
};

int coordinators_read(struct coordinators **out, struct home *home, const struct charter *charter) {
    struct closed *closed;
    struct coordinators *c = malloc(sizeof *c);
    *out = c;
    if (!c) return ERR_MEMORY;
    c->charter = charter;
    c->members = NULL;
    if (charter_is_public(charter)) return 0;
    int err = home_closed(home, &closed);
    if (!err) err = closed_look(closed, charter->community, &c->view);
    if (!err) c->members = c->view.members;
    return err;
}

void coordinators_free(struct coordinators *c) {
    free(c);
}

bool coordinators_has(void *context, const uint8_t key[KEY_SIZE]) {
    const struct coordinators *c = context;
    if (charter_is_public(c->charter)) return charter_is_coordinator(c->charter, key);
    for (unsigned i = 0; c->members && i < c->members->coordinator_count; i++)
        if (memcmp(c->members->coordinators[i], key, KEY_SIZE) == 0) return true;
    return false;
}

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, KEY_SIZE);
}

size_t coordinators_members(const struct coordinators *c, uint8_t (*keys)[KEY_SIZE]) {
    size_t count = 0;
    for (size_t i = 0; c->members && i < c->members->entry_count && count < MEMBERS_MAX; i++)
        if (c->members->entries[i].status == MEMBERS_MEMBER)
            memcpy(keys[count++], c->members->entries[i].key, KEY_SIZE);
    if (count > 1) qsort(keys, count, sizeof *keys, by_key);
    return count;
}

bool coordinators_has_person(struct home *home, const struct charter *charter) {
    struct coordinators *c;
    struct member member;
    bool yes = coordinators_read(&c, home, charter) == 0;
    home_member(home, charter, false, &member);
    yes = yes && coordinators_has(c, member.key);
    crypto_wipe(&member, sizeof member);
    coordinators_free(c);
    return yes;
}
