/*
 * fixture_util.h: a fresh store of either kind with communities in it, as a fixture of cmocka's groups.
 */
#ifndef TEST_STORE_FIXTURE_UTIL_H
#define TEST_STORE_FIXTURE_UTIL_H

#include "test/store/make_util.h"
#include "test/store/stores_util.h"

#define FIXTURE_COMMUNITIES_MAX 3

struct fixture {
    enum flavour flavour;
    struct store *s;
    struct made_community c[FIXTURE_COMMUNITIES_MAX];
    struct made m; /* the record made last */
    uint64_t salt;
};

/* Set up: a store with count communities, of which the first `joined` are joined. */
int fixture_begin(void **state, enum flavour flavour, unsigned count, unsigned joined);

/* Tear down: its structure must be whole. */
int fixture_end(void **state);

#endif
