/*
 * closed_letter.c: letters to one member.
 *
 * A letter goes where a message goes, under the same key: what it is shows to members alone, and to whom it goes to
 * nobody but that person. Inside, it is wrapped for their prekey: once that is erased, it can't be opened any more, not
 * even by whoever has all the other keys.
 */
#include <string.h>

#include "closed/closed_internal.h"
#include "core/crypto.h"
#include "core/letter.h"
#include "core/seal.h"
#include "core/when.h"

/* Wrap it, in c->letter. Return the size. */
static int letter_wrap(struct closed *c, const struct record *r, const uint8_t *bytes, size_t size,
                       const uint8_t prekey[KEY_SIZE]) {
    uint8_t ephemeral[KEY_SIZE], nonce[BOX_NONCE_SIZE];
    int packed = shelf_pack(r, bytes, size, c->plain);
    if (packed < 0) return packed;
    if ((size_t)packed + KEY_SIZE + BOX_OVERHEAD > SHELF_CONTENT_MAX) return ERR_LIMIT;
    c->host.random(c->host.context, ephemeral, sizeof ephemeral);
    c->host.random(c->host.context, nonce, sizeof nonce);
    int wrapped = seal_to(c->letter, c->plain, (size_t)packed, prekey, ephemeral, nonce);
    crypto_wipe(ephemeral, sizeof ephemeral);
    return wrapped;
}

int letter_put(struct closed *c, struct group *g, const struct record *r, const uint8_t *bytes, size_t size,
               const struct held_epoch *e, struct when when) {
    uint8_t nonce[BOX_NONCE_SIZE];
    struct letter letter;
    struct member shelf;
    struct record outer;
    int err = letter_decode(&letter, r);
    if (err) return err;
    const struct members_entry *to = members_find(&g->members, letter.to);
    const uint8_t *prekey = to && to->status == MEMBERS_MEMBER ? prekey_of(g, to) : NULL;
    if (!prekey) return ERR_NOT_FOUND;
    int wrapped = letter_wrap(c, r, bytes, size, prekey);
    if (wrapped < 0) return wrapped;
    c->host.random(c->host.context, nonce, sizeof nonce);
    shelf_derive(&shelf, g->shelves[e->shelf].secret, shelf_week(when_day(r->created)));
    int sealed = shelf_seal(SHELF_LETTER, c->letter, (size_t)wrapped, &shelf, e->key, nonce, outside_expiry(g, r),
                            r->urgency, c->room, &outer);
    crypto_wipe(&shelf, sizeof shelf);
    int put = sealed < 0 ? sealed : store_put(c->host.store, &outer, c->room, (size_t)sealed, when.now);
    return put < 0 ? put : 0;
}
