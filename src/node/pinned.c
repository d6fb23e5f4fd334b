/*
 * pinned.c: what coordinators have pinned in a group of this home.
 */
#include "node/pinned.h"

#include <stdlib.h>
#include <string.h>

#include "node/compose.h"
#include "node/coordinators.h"
#include "store/freezes.h"

int pinned_read(struct pins *out, struct home *home, const struct charter *charter, uint64_t now) {
    struct coordinators *who;
    memset(out, 0, sizeof *out);
    int err = coordinators_read(&who, home, charter);
    if (!err) err = pins_read(out, home->store, charter->community, now, coordinators_has, who);
    coordinators_free(who);
    return err;
}

struct pinning {
    enum pin_type type;
    const uint8_t *targets;
    size_t count;
    uint64_t now;
};

static int pinning_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                        uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct pinning *p = context;
    return pin_make(a, p->type, p->targets, p->count, p->now, salt, room, out);
}

/* Which pins of a message there are: those that one unpin ends. */
static size_t pins_of(const struct pins *pins, const uint8_t message[HASH_SIZE],
                      uint8_t ids[RECORD_REFS_MAX][HASH_SIZE]) {
    size_t count = 0;
    for (size_t i = 0; i < pins->count && count < RECORD_REFS_MAX; i++)
        if (memcmp(pins->list[i].targets[0], message, HASH_SIZE) == 0)
            memcpy(ids[count++], pins->list[i].id, HASH_SIZE);
    return count;
}

int pinned_set(struct home *home, const uint8_t message[HASH_SIZE], bool pinned, uint64_t now, uint8_t id[HASH_SIZE]) {
    struct store_record found;
    struct record record;
    struct pins pins = {0};
    uint8_t ids[RECORD_REFS_MAX][HASH_SIZE];
    struct pinning p = {
        .type = pinned ? PIN_SET : PIN_END, .targets = pinned ? message : ids[0], .count = 1, .now = now};
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct store_community *c = malloc(sizeof *c);
    int err = room && c ? store_get(home->store, message, room, &found) : ERR_MEMORY;
    if (!err && (found.record.kind != KIND_TEXT || found.retracted)) err = ERR_NOT_FOUND;
    if (!err) err = store_community_get(home->store, found.record.community, now, c);
    if (!err && !coordinators_has_person(home, &c->charter)) err = ERR_CHARTER;
    if (!err) err = store_freezes_refresh(home->store);
    if (!err) err = pinned_read(&pins, home, &c->charter, now);
    if (!err && !pinned) {
        p.count = pins_of(&pins, message, ids);
        if (p.count == 0) err = ERR_NOT_FOUND;
    }
    if (!err) err = compose_made(home, c->charter.community, false, pinning_make, &p, &record);
    if (!err) memcpy(id, record.id, HASH_SIZE);
    pins_free(&pins);
    free(room);
    free(c);
    return err;
}
