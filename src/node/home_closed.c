/*
 * home_closed.c: the closed communities of a home's person.
 */
#include <sodium.h>

#include "closed/closed.h"
#include "node/home.h"
#include "node/persons_apart.h"

static void member_of(void *context, const struct charter *charter, struct member *out) {
    home_member(context, charter, false, out);
}

static void random_of(void *context, uint8_t *out, size_t size) {
    (void)context;
    randombytes_buf(out, size);
}

int home_closed(struct home *home, struct closed **out) {
    const struct closed_host host = {home->store, home, member_of, random_of};
    int err = home->closed ? 0 : closed_new(&home->closed, &host);
    *out = home->closed;
    return err;
}

int home_closed_open(struct home *home, unsigned budget) {
    struct closed *closed;
    int err = home_closed(home, &closed);
    return err ? err : closed_open(closed, home_when(home), budget);
}

int home_closed_tick(struct home *home) {
    struct closed *closed;
    int err = home_closed(home, &closed);
    if (!err) err = closed_tick(closed, home_when(home));
    return err ? err : persons_apart_tick(home->store, home_when(home).now);
}
