/*
 * numbers.c: which records of some kinds a community has.
 */
#include "query/numbers.h"

#include <stdlib.h>

struct gathering {
    struct numbers *out;
    uint64_t now;
    uint32_t first, last;
};

static int entry_visit(void *context, const struct store_entry *e) {
    const struct gathering *g = context;
    struct numbers *n = g->out;
    if (e->kind < g->first || e->kind > g->last || e->stub || e->retracted || when_is_ahead(e->created, g->now))
        return 0;
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 256;
        int64_t *more = realloc(n->list, room * sizeof *more);
        if (!more) return ERR_MEMORY;
        n->list = more;
        n->room = room;
    }
    n->list[n->count++] = e->num;
    return 0;
}

int numbers_gather(struct numbers *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now,
                   uint32_t first, uint32_t last) {
    struct gathering g = {out, now, first, last};
    *out = (struct numbers){.list = NULL};
    return store_scan(s, community, entry_visit, &g);
}

void numbers_free(struct numbers *n) {
    free(n->list);
    *n = (struct numbers){.list = NULL};
}
