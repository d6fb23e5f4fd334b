/*
 * fixture_util.c: a fresh store with communities in it.
 */
#include "test/store/fixture_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

int fixture_begin(void **state, enum flavour flavour, unsigned count, unsigned joined) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_true(count <= FIXTURE_COMMUNITIES_MAX);
    f->flavour = flavour;
    f->s = stores_open(flavour, true);
    for (unsigned i = 0; i < count; i++) {
        make_community(&f->c[i], i);
        assert_int_equal(store_community_put(f->s, &f->c[i].record, i < joined), 1);
    }
    *state = f;
    return 0;
}

int fixture_end(void **state) {
    struct fixture *f = *state;
    int faults = store_integrity(f->s);
    if (faults) print_error("integrity: %s\n", store_why(f->s));
    assert_int_equal(faults, 0);
    store_close(f->s);
    make_end();
    free(f);
    return 0;
}
