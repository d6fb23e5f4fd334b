/*
 * fixed.h: two charters that are always the same, for the harness of a frame of records and for whoever makes its
 * corpus.
 */
#ifndef FUZZ_FIXED_H
#define FUZZ_FIXED_H

#include <string.h>

#include "core/charter.h"
#include "core/check.h"

#define FIXED_CHARTERS 2
#define FIXED_KEEP_DAYS 30

/* Make fixed charter number i; *record borrows body. */
static inline void fixed_charter(unsigned i, struct charter *charter, struct record *record,
                                 uint8_t body[CHARTER_BODY_MAX]) {
    static const uint8_t seed[SEED_SIZE] = "two charters that never change.", salt[RECORD_SALT_SIZE] = "saltsal";
    memset(charter, 0, sizeof *charter);
    charter->nonce[0] = (uint8_t)i;
    memcpy(charter->title, "Square", 6);
    memcpy(charter->lang, "kk", 2);
    charter->keep_days = FIXED_KEEP_DAYS;
    int err = charter_found(charter, record, body, seed, salt, UINT64_C(1641384000));
    CHECK(err == 0);
}

/* Write the compact forms of the fixed charters, one after the other. Return their size. */
static inline size_t fixed_charters(uint8_t *out, size_t size) {
    static uint8_t made[FIXED_CHARTERS * CHARTER_COMPACT_MAX];
    static size_t fill;
    struct charter charter;
    struct record record;
    uint8_t body[CHARTER_BODY_MAX];
    for (unsigned i = 0; fill == 0 || i % FIXED_CHARTERS != 0; i++) {
        fixed_charter(i, &charter, &record, body);
        int compact = charter_compact(&record, made + fill, sizeof made - fill);
        CHECK(compact > 0);
        fill += (size_t)compact;
    }
    CHECK(fill <= size);
    memcpy(out, made, fill);
    return fill;
}

#endif
