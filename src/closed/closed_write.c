/*
 * closed_write.c: sealing what the person writes, and the keys that it takes.
 */
#include <stdlib.h>
#include <string.h>

#include "closed/closed_internal.h"
#include "core/crypto.h"
#include "core/freeze.h"
#include "core/seal.h"
#include "core/when.h"

#define FREEZES_RENEWED 256 /* of one community; a local choice */

static void random_bytes(struct closed *c, uint8_t *out, size_t size) {
    c->host.random(c->host.context, out, size);
}

uint32_t outside_expiry(const struct group *g, const struct record *r) {
    uint32_t day = when_day(r->created) + g->charter.keep_days;
    return r->expiry_day < day ? r->expiry_day : day;
}

static int pool_put(struct closed *c, const struct record *outer, size_t size, struct when when) {
    int put = store_put(c->host.store, outer, c->room, size, when.now);
    return put < 0 ? put : 0;
}

int outside_put(struct closed *c, struct group *g, const struct record *r, const uint8_t *bytes, size_t size,
                const uint8_t shelf_secret[KEY_SIZE], const uint8_t key[KEY_SIZE], struct when when) {
    uint8_t nonce[BOX_NONCE_SIZE];
    struct member shelf;
    struct record outer;
    int packed = shelf_pack(r, bytes, size, c->plain);
    if (packed < 0) return packed;
    random_bytes(c, nonce, sizeof nonce);
    shelf_derive(&shelf, shelf_secret, shelf_week(when_day(r->created)));
    int sealed = shelf_seal(SHELF_RECORD, c->plain, (size_t)packed, &shelf, key, nonce, outside_expiry(g, r),
                            r->urgency, c->room, &outer);
    crypto_wipe(&shelf, sizeof shelf);
    return sealed < 0 ? sealed : pool_put(c, &outer, (size_t)sealed, when);
}

/* The person as an author there. The caller wipes it. */
static int author_begin(struct closed *c, struct group *g, struct author *a) {
    a->charter = &g->charter;
    a->member = g->me;
    return store_own_get(c->host.store, g->me.key, &a->next, a->last);
}

/* What the makers of core/register.h are given, and what they give. */
struct writing {
    struct author author;
    struct record record;
    uint8_t salt[RECORD_SALT_SIZE];
    struct register_write w;
};

static int writing_begin(struct closed *c, struct group *g, struct writing *x, struct when when) {
    int err = author_begin(c, g, &x->author);
    random_bytes(c, x->salt, sizeof x->salt);
    x->w = (struct register_write){&x->author, when.now, x->salt, c->inner, &x->record};
    return err;
}

/* Note that the author has gone on, and forget the key. */
static int writing_end(struct closed *c, struct writing *x, int err) {
    if (!err) err = store_own_set(c->host.store, x->author.member.key, x->author.next, x->author.last);
    crypto_wipe(&x->author.member, sizeof x->author.member);
    return err;
}

static bool shelf_is_known_to(const struct group *g, unsigned shelf, const uint8_t key[KEY_SIZE]) {
    const struct given *s = shelf_given(g, g->shelves[shelf].id);
    for (size_t i = 0; s && i < s->count; i++)
        if (memcmp(s->known[i], key, EPOCH_PREFIX_SIZE) == 0) return true;
    return false;
}

/* Put a record of the register, in c->inner, on so many shelves, the newest first, that each recipient looks on one of
 * them. Who is not known to look anywhere is sought on the oldest. */
static int spread(struct closed *c, struct group *g, const struct record *r, size_t size,
                  const struct epoch_recipient *to, size_t count, unsigned shelf_count, struct when when) {
    bool *reached = calloc(count + 1, sizeof *reached);
    uint8_t key[KEY_SIZE];
    int err = reached ? 0 : ERR_MEMORY;
    for (unsigned i = shelf_count; i-- > 0 && !err;) {
        bool more = count == 0 && i + 1 == shelf_count;
        for (size_t k = 0; k < count; k++) {
            bool first = !reached[k] && (i == 0 || shelf_is_known_to(g, i, to[k].key));
            more = more || first;
            reached[k] = reached[k] || first;
        }
        if (!more) continue;
        shelf_register_key(key, g->shelves[i].secret);
        err = outside_put(c, g, r, c->inner, size, g->shelves[i].secret, key, when);
    }
    crypto_wipe(key, sizeof key);
    free(reached);
    return err;
}

/* Take in and send what was made about the membership: size bytes in c->inner. It goes to who was a member before. */
static int register_put(struct closed *c, struct group *g, struct writing *x, int size, struct when when) {
    struct epoch_recipient *to = malloc(MEMBERS_MAX * sizeof *to);
    int err = writing_end(c, x, size < 0 ? size : to ? 0 : ERR_MEMORY);
    if (!err) err = group_fold(g);
    size_t count = err ? 0 : recipients_of(g, to);
    if (!err) err = spread(c, g, &x->record, (size_t)size, to, count, g->shelf_count, when);
    if (!err) err = register_link(g, &x->record, when.now);
    if (!err) {
        int taken = register_take(g, &x->record, c->inner, (size_t)size);
        err = taken < 0 ? taken : 0;
    }
    free(to);
    return err;
}

/* ---- Which shelf, which epoch ---- */

/* Tell whether only members were ever given a shelf secret. */
static bool shelf_is_clean(const struct group *g, unsigned shelf, const struct epoch_recipient *to, size_t count) {
    const struct given *s = shelf_given(g, g->shelves[shelf].id);
    size_t at = 0;
    for (size_t i = 0; s && i < s->count; i++) {
        while (at < count && memcmp(to[at].key, s->known[i], EPOCH_PREFIX_SIZE) < 0) at++;
        if (at == count || memcmp(to[at].key, s->known[i], EPOCH_PREFIX_SIZE) != 0) return false;
    }
    return true;
}

static bool epoch_fits(const struct group *g, const struct held_epoch *e, const uint8_t digest[HASH_SIZE],
                       const struct epoch_recipient *to, size_t count) {
    return !e->reading && memcmp(e->recipients, digest, HASH_SIZE) == 0 && group_is_member(g, e->minter) &&
           shelf_is_clean(g, e->shelf, to, count);
}

/* Find the epoch to write with: its place, or ERR_NOT_FOUND. */
static int epoch_choose(const struct group *g, const struct epoch_recipient *to, size_t count) {
    uint8_t digest[HASH_SIZE];
    int best = ERR_NOT_FOUND;
    epoch_recipients_digest(digest, to, count);
    for (unsigned i = 0; i < g->epoch_count; i++) {
        const struct held_epoch *e = &g->epochs[i];
        bool followed = false;
        if (!epoch_fits(g, e, digest, to, count)) continue;
        for (unsigned k = 0; k < g->epoch_count && !followed; k++)
            followed = k != i && memcmp(g->epochs[k].follows, e->id, HASH_SIZE) == 0 &&
                       epoch_fits(g, &g->epochs[k], digest, to, count);
        if (!followed && (best < 0 || memcmp(e->id, g->epochs[best].id, HASH_SIZE) < 0)) best = (int)i;
    }
    return best;
}

/* Choose the shelf on which all members look: a clean one, or else the latest. -1: there is none. */
static int shelf_choose(const struct group *g, const struct epoch_recipient *to, size_t count, bool clean) {
    int best = -1;
    for (unsigned i = 0; i < g->shelf_count; i++)
        if (!clean || shelf_is_clean(g, i, to, count)) best = (int)i;
    return best;
}

/* What a new epoch is made of. Holds secrets: the maker wipes it. */
struct minting {
    uint8_t key[KEY_SIZE], ephemeral[KEY_SIZE], nonce[BOX_NONCE_SIZE];
    uint8_t shelves[EPOCH_SHELVES_MAX * KEY_SIZE]; /* to write on; then others that some may not know */
    size_t shelf_count;
};

static void minting_begin(struct closed *c, const struct group *g, const struct epoch_recipient *to, size_t count,
                          struct minting *m) {
    int clean = shelf_choose(g, to, count, true);
    random_bytes(c, m->key, sizeof m->key);
    random_bytes(c, m->ephemeral, sizeof m->ephemeral);
    random_bytes(c, m->nonce, sizeof m->nonce);
    if (clean >= 0)
        memcpy(m->shelves, g->shelves[clean].secret, KEY_SIZE);
    else
        random_bytes(c, m->shelves, KEY_SIZE);
    m->shelf_count = 1;
    for (unsigned i = g->shelf_count; i-- > 0 && m->shelf_count < EPOCH_SHELVES_MAX;)
        if ((int)i != clean) memcpy(m->shelves + KEY_SIZE * m->shelf_count++, g->shelves[i].secret, KEY_SIZE);
}

/* Take in an epoch that was made here. */
static int epoch_own(struct closed *c, struct group *g, const struct epoch *e, const struct minting *m,
                     const struct epoch_recipient *to, size_t count, uint32_t today) {
    int shelf = shelf_add(c, g, m->shelves, today), err = shelf < 0 ? shelf : 0;
    for (size_t k = 0; k < e->shelf_count; k++)
        for (size_t i = 0; i < count && !err; i++) err = shelf_give(g, e->shelf_ids + k * SHELF_ID_SIZE, to[i].key);
    if (!err) err = recipients_save(c, g, e->id, to[0].key, sizeof *to, count);
    if (err) return err;
    struct held_epoch held = {.day = today, .used = today, .shelf = (uint8_t)shelf};
    memcpy(held.id, e->id, HASH_SIZE);
    memcpy(held.key, m->key, KEY_SIZE);
    memcpy(held.minter, e->minter, KEY_SIZE);
    memcpy(held.recipients, e->recipients, HASH_SIZE);
    memcpy(held.follows, e->follows, HASH_SIZE);
    epoch_add(g, &held);
    crypto_wipe(&held, sizeof held);
    return 0;
}

static int epoch_mint(struct closed *c, struct group *g, const struct epoch_recipient *to, size_t count,
                      const uint8_t *follows, struct when when) {
    struct minting m;
    struct writing x;
    struct epoch e;
    minting_begin(c, g, to, count, &m);
    int err = writing_begin(c, g, &x, when);
    int size =
        err ? err
            : epoch_make(&x.w, &g->members, to, count, follows, m.key, m.shelves, m.shelf_count, m.ephemeral, m.nonce);
    err = writing_end(c, &x, size < 0 ? size : 0);
    if (!err) err = epoch_decode(&e, &x.record);
    /* On shelves that are known already: whom this epoch gives a secret does not look there yet. */
    if (!err) err = spread(c, g, &x.record, (size_t)size, to, count, g->shelf_count, when);
    if (!err) err = register_link(g, &x.record, when.now);
    if (!err) err = epoch_own(c, g, &e, &m, to, count, when_day(when.now));
    crypto_wipe(&m, sizeof m);
    return err;
}

int epoch_ready(struct closed *c, struct group *g, struct when when) {
    uint8_t follows[HASH_SIZE];
    struct epoch_recipient *to = malloc(MEMBERS_MAX * sizeof *to);
    if (!to) return ERR_MEMORY;
    int err = group_fold(g);
    if (!err && !group_is_member(g, g->me.key)) err = ERR_CHARTER;
    /* The founder's prekey comes in a record of its own: to write before would be to leave them out. */
    const struct members_entry *founder = err ? NULL : members_find(&g->members, g->charter.author);
    if (founder && founder->status == MEMBERS_MEMBER && !prekey_of(g, founder)) err = ERR_CHARTER;
    size_t count = err ? 0 : recipients_of(g, to);
    uint32_t today = when_day(when.now);
    int chosen = err ? err : epoch_choose(g, to, count);
    if (chosen >= 0 && g->epochs[chosen].day + EPOCH_DAYS <= today) {
        memcpy(follows, g->epochs[chosen].id, HASH_SIZE);
        chosen = epoch_mint(c, g, to, count, follows, when);
        if (!chosen) chosen = epoch_choose(g, to, count);
    } else if (chosen == ERR_NOT_FOUND) {
        chosen = epoch_mint(c, g, to, count, NULL, when);
        if (!chosen) chosen = epoch_choose(g, to, count);
    }
    free(to);
    if (chosen >= 0 && g->epochs[chosen].used < today) {
        g->epochs[chosen].used = today;
        g->keys_changed = true;
    }
    return chosen;
}

int closed_ready(struct closed *c, const uint8_t community[HASH_SIZE], struct when when) {
    int err = closed_refresh(c);
    struct group *g = err ? NULL : group_find(c, community);
    if (!g) return err ? err : ERR_COMMUNITY;
    if (g->shelf_count == 0) return ERR_CHARTER;
    err = closed_begin(c);
    if (err) return err;
    int place = epoch_ready(c, g, when);
    return closed_end(c, g, place < 0 ? place : 0);
}

/* Put what is sealed for all who know a shelf, later members too. */
static int register_message(struct closed *c, struct group *g, const struct record *r, const uint8_t *bytes,
                            size_t size, const struct epoch_recipient *to, size_t count, struct when when) {
    if (!group_is_member(g, g->me.key)) return ERR_CHARTER;
    memcpy(c->inner, bytes, size);
    return spread(c, g, r, size, to, count, g->shelf_count, when);
}

int closed_put(struct closed *c, const struct record *r, const uint8_t *bytes, size_t size, struct when when) {
    struct group *g = group_find(c, r->community);
    if (!g) return ERR_COMMUNITY;
    struct epoch_recipient *to = malloc(MEMBERS_MAX * sizeof *to);
    if (!to) return ERR_MEMORY;
    int err = group_fold(g);
    size_t count = err ? 0 : recipients_of(g, to);
    int place = err ? err : epoch_choose(g, to, count);
    if (place == ERR_NOT_FOUND) place = ERR_BUSY;
    if (place >= 0 && freeze_is_kind(r->kind)) {
        err = register_message(c, g, r, bytes, size, to, count, when);
    } else if (place >= 0) {
        const struct held_epoch *e = &g->epochs[place];
        err = r->kind == KIND_LETTER ? letter_put(c, g, r, bytes, size, e, when)
                                     : outside_put(c, g, r, bytes, size, g->shelves[e->shelf].secret, e->key, when);
    }
    free(to);
    if (err || place < 0) return err ? err : place;
    if (r->kind == KIND_PIECE) return 0; /* the author has the file */
    int put = store_put(c->host.store, r, bytes, size, when.now);
    if (put < 0 || r->kind != KIND_RETRACTION) return put < 0 ? put : 0;
    /* What is to go from outside has to be known after a power cut, too: it goes with the caller's transaction. */
    int taken = target_take(c, g, r->refs[0].id);
    return taken ? taken : state_save(c, g);
}

/* ---- Prekeys ---- */

int prekey_renew(struct closed *c, struct group *g, struct when when) {
    struct writing x;
    uint8_t public_half[KEY_SIZE], secret[KEY_SIZE];
    random_bytes(c, secret, sizeof secret);
    crypto_x25519_base(public_half, secret);
    int err = writing_begin(c, g, &x, when);
    if (!err) {
        int size = register_prekey(&x.w, public_half);
        err = register_put(c, g, &x, size, when);
    }
    if (!err) {
        if (g->prekey_count == CLOSED_PREKEYS_MAX) {
            memmove(g->prekeys, g->prekeys + 1, (CLOSED_PREKEYS_MAX - 1) * sizeof *g->prekeys);
            g->prekey_count--;
        }
        struct prekey *p = &g->prekeys[g->prekey_count++];
        memset(p, 0, sizeof *p);
        memcpy(p->secret, secret, KEY_SIZE);
        p->day = when_day(when.now);
        g->keys_changed = true;
    }
    crypto_wipe(secret, sizeof secret);
    return err;
}

int lack_tell(struct closed *c, struct group *g, const uint8_t epoch[HASH_SIZE], struct when when) {
    struct writing x;
    uint8_t public_half[KEY_SIZE];
    for (unsigned i = 0; i < g->lack_count; i++)
        if (memcmp(g->lacks[i], epoch, HASH_SIZE) == 0) return 0;
    if (g->lack_count == LACKS_MAX || g->prekey_count == 0 || g->shelf_count == 0) return 0;
    crypto_x25519_base(public_half, g->prekeys[g->prekey_count - 1].secret);
    int err = writing_begin(c, g, &x, when);
    if (!err) {
        int size = register_lack(&x.w, epoch, public_half);
        err = register_put(c, g, &x, size, when);
    }
    if (!err) memcpy(g->lacks[g->lack_count++], epoch, HASH_SIZE);
    g->keys_changed = true;
    return err;
}

/* ---- Letters ---- */

int welcome_send(struct closed *c, struct group *g, const uint8_t about[HASH_SIZE], const uint8_t prekey[KEY_SIZE],
                 const uint8_t shelf_secret[KEY_SIZE], int epoch, struct when when) {
    uint8_t ephemeral[KEY_SIZE], nonce[BOX_NONCE_SIZE], key[KEY_SIZE], shelves[CLOSED_SHELVES_MAX * KEY_SIZE];
    struct writing x;
    struct record outer;
    struct member shelf;
    uint8_t *keys = malloc(CLOSED_EPOCHS_MAX * (HASH_SIZE + KEY_SIZE));
    if (!keys) return ERR_MEMORY;
    struct welcome w = {.shelves = shelves, .keys = keys};
    for (unsigned i = 0; i < g->shelf_count; i++) {
        /* With one epoch's key nothing goes that the asker was not given by its record. */
        if (epoch >= 0 && i != g->epochs[epoch].shelf) continue;
        memcpy(shelves + w.shelf_count++ * KEY_SIZE, g->shelves[i].secret, KEY_SIZE);
    }
    for (unsigned i = 0; i < g->epoch_count; i++) {
        if (epoch != ALL_EPOCHS && epoch != (int)i) continue;
        memcpy(keys + w.key_count * (HASH_SIZE + KEY_SIZE), g->epochs[i].id, HASH_SIZE);
        memcpy(keys + w.key_count++ * (HASH_SIZE + KEY_SIZE) + HASH_SIZE, g->epochs[i].key, KEY_SIZE);
    }
    int err = writing_begin(c, g, &x, when);
    int size = err ? err : welcome_make(&x.w, about, &w);
    if (size < 0) err = size;
    /* It stands beside the author's records, with the number of the next one: nobody else could tell that it fills a
     * place among them. */
    crypto_wipe(&x.author.member, sizeof x.author.member);
    int packed = err ? err : shelf_pack(&x.record, c->inner, (size_t)size, c->plain);
    random_bytes(c, ephemeral, sizeof ephemeral);
    random_bytes(c, nonce, sizeof nonce);
    int sealed = packed < 0 ? packed : seal_to(c->letter, c->plain, (size_t)packed, prekey, ephemeral, nonce);
    if (sealed >= 0) {
        random_bytes(c, nonce, sizeof nonce);
        shelf_derive(&shelf, shelf_secret, shelf_week(when_day(when.now)));
        shelf_register_key(key, shelf_secret);
        sealed = shelf_seal(SHELF_LETTER, c->letter, (size_t)sealed, &shelf, key, nonce, outside_expiry(g, &x.record),
                            URGENCY_IMPORTANT, c->room, &outer);
        crypto_wipe(&shelf, sizeof shelf);
        crypto_wipe(key, sizeof key);
    }
    crypto_wipe(keys, CLOSED_EPOCHS_MAX * (HASH_SIZE + KEY_SIZE));
    crypto_wipe(shelves, sizeof shelves);
    crypto_wipe(ephemeral, sizeof ephemeral);
    free(keys);
    return sealed < 0 ? sealed : pool_put(c, &outer, (size_t)sealed, when);
}

/* ---- The acts of members and coordinators ---- */

int closed_found(struct closed *c, const uint8_t community[HASH_SIZE], struct when when) {
    uint8_t secret[KEY_SIZE];
    int err = closed_refresh(c);
    struct group *g = err ? NULL : group_find(c, community);
    if (!g) return err ? err : ERR_COMMUNITY;
    if (g->shelf_count > 0) return ERR_EXISTS;
    err = closed_begin(c);
    if (err) return err;
    random_bytes(c, secret, sizeof secret);
    int shelf = shelf_add(c, g, secret, when_day(when.now));
    crypto_wipe(secret, sizeof secret);
    err = shelf < 0 ? shelf : shelf_give(g, g->shelves[shelf].id, g->me.key);
    if (!err) err = prekey_renew(c, g, when);
    int place = err ? err : epoch_ready(c, g, when);
    return closed_end(c, g, place < 0 ? place : 0);
}

int closed_request(struct closed *c, const uint8_t community[HASH_SIZE], struct when when,
                   char line[REQUEST_CHARS_MAX + 1]) {
    struct join_request r;
    int err = closed_refresh(c);
    struct group *g = err ? NULL : group_find(c, community);
    if (!g) return err ? err : ERR_COMMUNITY;
    if (group_fold(g) == ERR_MEMORY) return ERR_MEMORY;
    if (g->shelf_count > 0 && group_is_member(g, g->me.key)) return ERR_EXISTS;
    err = closed_begin(c);
    if (err) return err;
    if (!g->has_drop) {
        random_bytes(c, g->drop, KEY_SIZE);
        g->has_drop = c->labels_stale = true;
    }
    g->drop_day = when_day(when.now);
    g->keys_changed = true;
    if (g->prekey_count == 0) {
        memset(&g->prekeys[0], 0, sizeof g->prekeys[0]);
        random_bytes(c, g->prekeys[0].secret, KEY_SIZE);
        g->prekeys[0].day = when_day(when.now);
        g->prekey_count = 1;
    }
    memcpy(r.community, community, HASH_SIZE);
    memcpy(r.key, g->me.key, KEY_SIZE);
    memcpy(r.drop, g->drop, KEY_SIZE);
    crypto_x25519_base(r.prekey, g->prekeys[g->prekey_count - 1].secret);
    int length = join_request_encode(&r, &g->me, line);
    crypto_wipe(&r, sizeof r);
    return closed_end(c, g, length < 0 ? length : 0);
}

/* The group that the person may change. */
static int coordinated(struct closed *c, const uint8_t community[HASH_SIZE], struct group **out) {
    int err = closed_refresh(c);
    *out = err ? NULL : group_find(c, community);
    if (!*out) return err ? err : ERR_COMMUNITY;
    err = group_fold(*out);
    return err ? err : group_coordinates(*out, (*out)->me.key) ? 0 : ERR_CHARTER;
}

/* The shelf for what is about the membership: where the members of this moment look. */
static const uint8_t *register_shelf(const struct group *g) {
    struct epoch_recipient *to = malloc(MEMBERS_MAX * sizeof *to);
    size_t count = to ? recipients_of(g, to) : 0;
    int shelf = to ? shelf_choose(g, to, count, true) : -1;
    free(to);
    if (shelf < 0) shelf = (int)g->shelf_count - 1;
    return g->shelves[shelf < 0 ? 0 : shelf].secret;
}

/* The ids of the shelf secrets here, ascending. Return how many. */
static size_t shelf_ids_sorted(const struct group *g, uint8_t out[CLOSED_SHELVES_MAX][SHELF_ID_SIZE]) {
    for (unsigned i = 0; i < g->shelf_count; i++) {
        size_t at = i;
        for (; at > 0 && memcmp(out[at - 1], g->shelves[i].id, SHELF_ID_SIZE) > 0; at--)
            memcpy(out[at], out[at - 1], SHELF_ID_SIZE);
        memcpy(out[at], g->shelves[i].id, SHELF_ID_SIZE);
    }
    return g->shelf_count;
}

int closed_admit(struct closed *c, const struct join_request *request, struct when when) {
    struct group *g;
    struct writing x;
    uint8_t about[HASH_SIZE], shelves[CLOSED_SHELVES_MAX][SHELF_ID_SIZE];
    int err = coordinated(c, request->community, &g);
    if (!err && g->members.rival_count > 0) err = ERR_CHARTER;
    if (!err && !group_is_member(g, request->key) && g->members.member_count >= MEMBERS_MAX) err = ERR_LIMIT;
    if (!err) err = closed_begin(c);
    if (err) return err;
    err = writing_begin(c, g, &x, when);
    if (!err) {
        size_t ids = shelf_ids_sorted(g, shelves);
        int size = register_admit(&x.w, &g->members, request->key, request->prekey, shelves[0], ids);
        err = register_put(c, g, &x, size, when);
        memcpy(about, x.record.id, HASH_SIZE);
    }
    int place = err ? err : epoch_ready(c, g, when);
    if (place < 0) err = place;
    if (!err) {
        g->keys_changed = true;
        err = welcome_send(c, g, about, request->prekey, request->drop,
                           g->charter.history == CHARTER_HISTORY_KEPT ? ALL_EPOCHS : -1, when);
    }
    return closed_end(c, g, err);
}

/* The highest sequence number of an author that is held. */
struct last_seen {
    const uint8_t *key;
    bool any;
    uint32_t seq;
};

static int last_visit(void *context, const struct store_record *r) {
    struct last_seen *l = context;
    if (memcmp(r->record.author, l->key, KEY_SIZE) != 0) return 0;
    if (!l->any || r->record.seq > l->seq) l->seq = (uint32_t)r->record.seq;
    l->any = true;
    return 0;
}

int closed_remove(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t key[KEY_SIZE], struct when when) {
    struct group *g;
    struct writing x;
    struct last_seen last = {.key = key};
    struct store_query query = {.community = community, .now = when.now, .retracted = true};
    int err = coordinated(c, community, &g);
    if (!err && (g->members.rival_count > 0 || group_coordinates(g, key))) err = ERR_CHARTER;
    if (!err && !group_is_member(g, key)) err = ERR_NOT_FOUND;
    if (!err) err = store_list(c->host.store, &query, last_visit, &last);
    /* What they wrote about the membership, their prekeys for one, counts too: it has numbers of its own. */
    for (size_t i = 0; !err && i < g->their_count; i++)
        if (memcmp(g->theirs[i].key, key, KEY_SIZE) == 0 && (!last.any || g->theirs[i].seq > last.seq)) {
            last.seq = (uint32_t)g->theirs[i].seq;
            last.any = true;
        }
    if (!err) err = closed_begin(c);
    if (err) return err;
    err = writing_begin(c, g, &x, when);
    if (!err) {
        int size = register_remove(&x.w, &g->members, key, &last.seq);
        err = register_put(c, g, &x, size, when);
    }
    int place = err ? err : epoch_ready(c, g, when);
    return closed_end(c, g, place < 0 ? place : 0);
}

int closed_propose(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t *keys, size_t count,
                   struct when when, uint8_t id[HASH_SIZE]) {
    struct group *g;
    struct writing x;
    int err = coordinated(c, community, &g);
    for (size_t i = 0; i < count && !err; i++)
        if (!group_is_member(g, keys + i * KEY_SIZE)) err = ERR_NOT_FOUND;
    if (!err) err = closed_begin(c);
    if (err) return err;
    err = writing_begin(c, g, &x, when);
    if (!err) {
        int size = register_term(&x.w, &g->members, keys, count);
        err = register_put(c, g, &x, size, when);
        memcpy(id, x.record.id, HASH_SIZE);
    }
    return closed_end(c, g, err);
}

int closed_consent(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t proposal[HASH_SIZE],
                   struct when when) {
    struct group *g;
    struct writing x;
    struct closed_view *view = malloc(sizeof *view);
    if (!view) return ERR_MEMORY;
    int err = coordinated(c, community, &g);
    if (!err) err = closed_look(c, community, view);
    bool open = false;
    for (unsigned i = 0; !err && i < view->proposal_count; i++)
        open = open || (memcmp(view->proposals[i].id, proposal, HASH_SIZE) == 0 && !view->proposals[i].consented);
    free(view);
    if (!err && !open) err = ERR_CHARTER;
    if (!err) err = closed_begin(c);
    if (err) return err;
    err = writing_begin(c, g, &x, when);
    if (!err) {
        int size = register_consent(&x.w, proposal);
        err = register_put(c, g, &x, size, when);
    }
    return closed_end(c, g, err);
}

/* ---- Sealed anew ---- */

/* The nonce of the n-th renewal: the same for all who do it, so that they all make the same bytes. */
static void renewal_nonce(uint8_t out[BOX_NONCE_SIZE], const uint8_t key[KEY_SIZE], const uint8_t id[HASH_SIZE],
                          uint32_t n) {
    uint8_t label[16 + HASH_SIZE + 4], digest[HASH_SIZE];
    memcpy(label, "longear renew  1", 16);
    memcpy(label + 16, id, HASH_SIZE);
    for (unsigned i = 0; i < 4; i++) label[16 + HASH_SIZE + i] = (uint8_t)(n >> 8 * i);
    crypto_digest_keyed(digest, key, KEY_SIZE, label, sizeof label);
    memcpy(out, digest, BOX_NONCE_SIZE);
}

static int act_renew(struct closed *c, const uint8_t *bytes, size_t size, uint32_t n, uint32_t half,
                     const uint8_t secret[KEY_SIZE], struct when when) {
    uint8_t key[KEY_SIZE], nonce[BOX_NONCE_SIZE];
    struct member shelf;
    struct record r, outer;
    int err = record_decode(&r, bytes, size);
    if (err) return err;
    int packed = shelf_pack(&r, bytes, size, c->plain);
    if (packed < 0) return packed;
    uint32_t from = when_day(r.created) + n * half;
    shelf_register_key(key, secret);
    renewal_nonce(nonce, key, r.id, n);
    shelf_derive(&shelf, secret, shelf_week(from));
    int sealed = shelf_seal(SHELF_RECORD, c->plain, (size_t)packed, &shelf, key, nonce, from + 2 * half, r.urgency,
                            c->room, &outer);
    crypto_wipe(&shelf, sizeof shelf);
    crypto_wipe(key, sizeof key);
    if (sealed < 0) return sealed;
    int has = store_has(c->host.store, outer.id);
    if (has != STORE_UNKNOWN) return has < 0 ? has : 0;
    err = pool_put(c, &outer, (size_t)sealed, when);
    return err ? err : 1;
}

/* The number of renewals that are due of what was made on a day. */
static uint32_t renewals(uint32_t made, uint32_t today, uint32_t half) {
    return today > made ? (today - made) / half : 0;
}

struct freezing {
    size_t count;
    int64_t nums[FREEZES_RENEWED];
};

static int freeze_visit(void *context, const struct store_entry *e) {
    struct freezing *f = context;
    if (!freeze_is_kind(e->kind) || e->stub) return 0;
    f->nums[f->count++] = e->num;
    return f->count == FREEZES_RENEWED;
}

/* Seal cards, freezes and lifts anew. Return how many were put, or an error. */
static int freezes_renew(struct closed *c, struct group *g, uint32_t half, const uint8_t secret[KEY_SIZE],
                         struct when when) {
    struct freezing *f = calloc(1, sizeof *f);
    struct store_record found;
    int done = f ? store_scan(c->host.store, g->charter.community, freeze_visit, f) : ERR_MEMORY;
    if (done > 0) done = 0;
    for (size_t i = 0; f && i < f->count && done >= 0; i++) {
        int put = store_get_num(c->host.store, f->nums[i], c->inner, &found);
        uint32_t n = put ? 0 : renewals(when_day(found.record.created), when_day(when.now), half);
        if (n > 0) put = act_renew(c, found.bytes, found.size, n, half, secret, when);
        done = put < 0 ? put : done + put;
    }
    free(f);
    return done;
}

int register_renew(struct closed *c, struct group *g, struct when when) {
    uint8_t secret[KEY_SIZE];
    uint32_t half = g->charter.keep_days / 2 > 0 ? g->charter.keep_days / 2 : 1, today = when_day(when.now);
    int done = 0;
    if (g->shelf_count == 0 || !when.confirmed) return 0;
    memcpy(secret, register_shelf(g), KEY_SIZE);
    for (size_t i = 0; i < g->act_count && done >= 0; i++) {
        const struct kept_act *a = g->acts[i];
        uint32_t n = renewals(a->created_day, today, half);
        int put = n == 0 ? 0 : act_renew(c, a->bytes, a->size, n, half, secret, when);
        done = put < 0 ? put : done + put;
    }
    int frozen = done < 0 ? done : freezes_renew(c, g, half, secret, when);
    done = frozen < 0 ? frozen : done + frozen;
    crypto_wipe(secret, sizeof secret);
    return done;
}
