/*
 * demanded.c: the demands of a group of this home.
 */
#include "node/demanded.h"

#include <stdlib.h>
#include <string.h>

#include "node/coordinators.h"
#include "store/freezes.h"

int demanded_read(struct demand_board *out, struct home *home, const struct charter *charter, uint64_t now) {
    struct coordinators *who;
    uint8_t(*members)[KEY_SIZE] = malloc(MEMBERS_MAX * sizeof *members);
    memset(out, 0, sizeof *out);
    int err = coordinators_read(&who, home, charter);
    if (!err && !members) err = ERR_MEMORY;
    if (!err) err = store_freezes_refresh(home->store);
    if (!err)
        err = demand_board_read(out, home->store, charter->community, now, coordinators_has, who,
                                (const uint8_t(*)[KEY_SIZE])members, coordinators_members(who, members));
    coordinators_free(who);
    free(members);
    return err;
}
