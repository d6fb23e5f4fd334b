/*
 * pins.h: which messages are pinned: those that a pin by a coordinator names which no unpin by a coordinator ends
 * (core/pin.h). A function of the set of acts: any order, any doubles give the same. The caller passes acts by whoever
 * coordinates now, and leaves out what was taken back or is set apart.
 */
#ifndef VIEW_PINS_H
#define VIEW_PINS_H

#include "core/pin.h"

struct pin_act {
    uint8_t id[HASH_SIZE];
    uint8_t type, count; /* enum pin_type; targets */
    uint64_t created;
    uint8_t targets[RECORD_REFS_MAX][HASH_SIZE];
    bool stands; /* written by pins_fold, of pins */
};

/* Fold acts, each once, in the order of pin_act_order. Afterwards those that stand say what is pinned. */
void pins_fold(struct pin_act *acts, size_t count);

/* Compare for pins_fold, by id; and to show the newest pin first, by created, then by id. */
int pin_act_order(const struct pin_act *a, const struct pin_act *b);
int pin_act_newest(const struct pin_act *a, const struct pin_act *b);

#endif
