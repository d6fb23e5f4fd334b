/*
 * message.c: what is to be shown of a message besides its own record.
 */
#include "query/message.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "store/freezes.h"
#include "view/correction.h"

struct search {
    const struct store *store;
    const struct record *first;
    struct record best; /* without its body */
    bool any;
};

static int correction_visit(void *context, const struct store_record *r) {
    struct search *s = context;
    struct store_apart apart;
    struct text text;
    if (!r->record.body || !correction_counts(s->first, &r->record)) return 0;
    if (store_is_apart(s->store, &r->record, &apart) || text_decode(&text, &r->record)) return 0;
    if (s->any && !correction_is_before(&s->best, &r->record)) return 0;
    s->best = r->record;
    s->best.body = NULL;
    s->any = true;
    return 0;
}

int message_correction(struct store *s, const struct record *first, uint64_t now, uint8_t room[RECORD_SIZE_MAX],
                       struct store_record *out) {
    struct search search = {.store = s, .first = first};
    if (first->kind != KIND_TEXT || record_ref(first, REF_CORRECTS)) return 0;
    int err = store_corrections(s, first->id, first->author, now, correction_visit, &search);
    if (err || !search.any) return err;
    err = store_get(s, search.best.id, room, out);
    return err ? err : 1;
}

int message_is_inside(struct store *s, const struct record *r, uint8_t first[HASH_SIZE]) {
    struct store_record found;
    const uint8_t *id = r->kind == KIND_TEXT ? record_ref(r, REF_CORRECTS) : NULL;
    if (!id) return 0;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) return ERR_MEMORY;
    int err = store_get(s, id, room, &found);
    bool inside = !err && correction_counts(&found.record, r);
    free(room);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (inside && first) memcpy(first, id, HASH_SIZE);
    return inside;
}
