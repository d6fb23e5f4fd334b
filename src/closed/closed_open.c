/*
 * closed_open.c: open what has come.
 *
 * Sealed records are looked at in the order of their arrival, each group up to its cursor. A new shelf secret sets the
 * cursor back, and so does a new key while something waits for one: what came before its key is found then.
 */
#include <stdlib.h>
#include <string.h>

#include "closed/closed_internal.h"
#include "core/crypto.h"
#include "core/freeze.h"
#include "core/letter.h"
#include "core/persons.h"
#include "core/report.h"
#include "core/seal.h"
#include "core/text.h"
#include "core/when.h"

/* ---- Which records are whose ---- */

static int label_compare(const void *a, const void *b) {
    return memcmp(((const struct label *)a)->shelf, ((const struct label *)b)->shelf, KEY_SIZE);
}

static void labels_add(struct closed *c, size_t group, uint16_t number, const uint8_t secret[KEY_SIZE], uint32_t first,
                       uint32_t last) {
    for (uint32_t week = first; week <= last; week++) {
        struct member shelf;
        struct label *l = &c->labels[c->label_count++];
        shelf_derive(&shelf, secret, week);
        memcpy(l->shelf, shelf.key, KEY_SIZE);
        crypto_wipe(&shelf, sizeof shelf);
        l->group = (uint16_t)group;
        l->secret = number;
    }
}

/* The weeks in which a record of this community can have been sealed that is not over: some clocks go wrong. */
static void weeks_of(const struct group *g, uint32_t today, uint32_t *first, uint32_t *last) {
    uint32_t back = g->charter.keep_days + 2 * SHELF_WEEK_DAYS;
    *first = shelf_week(today > back ? today - back : 0);
    *last = shelf_week(today) + 1;
}

static int labels_make(struct closed *c, uint32_t today) {
    size_t count = 0;
    uint32_t first, last;
    if (!c->labels_stale && shelf_week(c->labels_day) == shelf_week(today)) return 0;
    for (size_t i = 0; i < c->group_count; i++) {
        weeks_of(c->groups[i], today, &first, &last);
        count += (size_t)(last - first + 1) * (c->groups[i]->shelf_count + 1);
    }
    free(c->labels);
    c->label_count = 0;
    c->labels = malloc((count + 1) * sizeof *c->labels);
    if (!c->labels) return ERR_MEMORY;
    for (size_t i = 0; i < c->group_count; i++) {
        struct group *g = c->groups[i];
        weeks_of(g, today, &first, &last);
        for (unsigned s = 0; s < g->shelf_count; s++) labels_add(c, i, (uint16_t)s, g->shelves[s].secret, first, last);
        if (g->has_drop) labels_add(c, i, LABEL_DROP, g->drop, first, last);
    }
    qsort(c->labels, c->label_count, sizeof *c->labels, label_compare);
    c->labels_day = today;
    c->labels_stale = false;
    return 0;
}

static const struct label *label_find(const struct closed *c, const uint8_t shelf[KEY_SIZE]) {
    struct label key;
    if (c->label_count == 0) return NULL;
    memcpy(key.shelf, shelf, KEY_SIZE);
    return bsearch(&key, c->labels, c->label_count, sizeof key, label_compare);
}

bool closed_has_shelf(const struct closed *c, const uint8_t shelf[KEY_SIZE]) {
    return label_find(c, shelf) != NULL;
}

/* ---- What is inside ---- */

/* One sealed record that a key here may open. */
struct opening {
    struct closed *c;
    struct group *g;
    const struct label *label;
    const struct record *outer;
    struct when when;
    bool by_register; /* what opened it */
    int epoch;        /* or the place of the epoch */
    unsigned prekey;  /* the place of the prekey that opened a letter */
    struct record inner;
    size_t size; /* of its canonical bytes, in c->inner */
};

static const uint8_t *secret_of(const struct group *g, const struct label *l) {
    return l->secret == LABEL_DROP ? g->drop : g->shelves[l->secret].secret;
}

/* Open the box with the keys that are here. Return the size of the content or ERR_SEAL, ERR_FIELD. */
static int box_open(struct opening *o, uint8_t *type, const uint8_t **content) {
    uint8_t key[KEY_SIZE];
    shelf_register_key(key, secret_of(o->g, o->label));
    int size = shelf_open(o->outer, key, o->c->plain, type, content);
    crypto_wipe(key, sizeof key);
    o->by_register = size != ERR_SEAL;
    o->epoch = -1;
    for (unsigned i = o->g->epoch_count; i-- > 0 && size == ERR_SEAL;) {
        size = shelf_open(o->outer, o->g->epochs[i].key, o->c->plain, type, content);
        o->epoch = (int)i;
    }
    return size;
}

/* Give a letter to its reader. Return the size of the packed record in c->letter, or ERR_SEAL: for somebody else. */
static int letter_open(struct opening *o, const uint8_t *content, size_t size) {
    for (unsigned i = o->g->prekey_count; i-- > 0;) {
        int opened = seal_open_to(o->c->letter, content, size, o->g->prekeys[i].secret);
        if (opened == ERR_SEAL) continue;
        o->prekey = i;
        return opened;
    }
    return ERR_SEAL;
}

static int welcome_take(struct opening *o) {
    struct welcome w;
    struct group *g = o->g;
    uint32_t today = when_day(o->when.now);
    int err = welcome_decode(&w, &o->inner);
    for (size_t i = 0; i < w.shelf_count && !err; i++) {
        int shelf = shelf_add(o->c, g, w.shelves + i * KEY_SIZE, today);
        /* Without room it can't be read, and that is all. */
        err = shelf < 0 && shelf != ERR_LIMIT ? shelf : 0;
    }
    for (size_t i = 0; i < w.key_count && !err; i++) {
        struct held_epoch e = {.day = today, .used = today, .reading = true};
        memcpy(e.id, w.keys + i * (HASH_SIZE + KEY_SIZE), HASH_SIZE);
        memcpy(e.key, w.keys + i * (HASH_SIZE + KEY_SIZE) + HASH_SIZE, KEY_SIZE);
        epoch_add(g, &e);
        crypto_wipe(&e, sizeof e);
    }
    return err;
}

/* A prekey was used: the ones before it have done their work. */
static void prekey_used(struct group *g, unsigned place, uint32_t today) {
    for (unsigned i = 0; i < place; i++)
        if (g->prekeys[i].superseded == 0) {
            g->prekeys[i].superseded = today;
            g->keys_changed = true;
        }
}

/* Note who is given which shelf secrets by an epoch, whether it is for this device or not. */
static int epoch_gives(struct group *g, const struct epoch *e) {
    int err = 0;
    for (size_t k = 0; k < e->shelf_count; k++)
        for (size_t i = 0; i < e->count && !err; i++)
            err = shelf_give(g, e->shelf_ids + k * SHELF_ID_SIZE, e->entries + i * EPOCH_ENTRY_SIZE);
    return err;
}

static int epoch_take(struct opening *o) {
    struct group *g = o->g;
    struct epoch e;
    struct held_epoch held = {.day = when_day(o->when.now), .used = when_day(o->when.now)};
    uint8_t shelves[EPOCH_SHELVES_MAX * KEY_SIZE];
    int err = epoch_decode(&e, &o->inner);
    if (!err) err = epoch_gives(g, &e);
    if (err == ERR_MEMORY) return err;
    if (err || !epoch_names(&e, g->me.key)) return 0;
    for (unsigned i = 0; i < g->epoch_count; i++)
        if (memcmp(g->epochs[i].id, e.id, HASH_SIZE) == 0 && !g->epochs[i].reading) return 0;
    err = ERR_SEAL;
    for (unsigned i = g->prekey_count; i-- > 0 && err;) {
        err = epoch_open(&e, g->me.key, g->prekeys[i].secret, held.key);
        if (!err) prekey_used(g, i, held.day);
    }
    /* Somebody may have handed the key on. */
    for (unsigned i = 0; i < g->epoch_count && err; i++)
        if (g->epochs[i].reading && epoch_key_fits(&e, g->epochs[i].key)) {
            memcpy(held.key, g->epochs[i].key, KEY_SIZE);
            err = 0;
        }
    if (err) return lack_tell(o->c, g, e.id, o->when);
    int count = epoch_shelves(&e, held.key, shelves);
    if (count < 0) return 0; /* the minter cheats: nobody writes with it */
    int shelf = 0;
    for (int i = count; i-- > 0 && shelf >= 0;) shelf = shelf_add(o->c, g, shelves + (size_t)i * KEY_SIZE, held.day);
    crypto_wipe(shelves, sizeof shelves);
    if (shelf < 0) return shelf == ERR_LIMIT ? 0 : shelf;
    err = 0;
    held.shelf = (uint8_t)shelf;
    memcpy(held.id, e.id, HASH_SIZE);
    memcpy(held.minter, e.minter, KEY_SIZE);
    memcpy(held.recipients, e.recipients, HASH_SIZE);
    memcpy(held.follows, e.follows, HASH_SIZE);
    if (!err) err = recipients_save(o->c, g, e.id, e.entries, EPOCH_ENTRY_SIZE, e.count);
    if (!err) epoch_add(g, &held);
    crypto_wipe(&held, sizeof held);
    return err;
}

/* Find the epoch that is asked for, if the asker was among those it is for: its place, or -1. */
static int lack_answer(const struct opening *o) {
    const struct group *g = o->g;
    for (unsigned i = 0; i < g->epoch_count; i++)
        if (memcmp(g->epochs[i].id, o->inner.refs[0].id, HASH_SIZE) == 0)
            return !g->epochs[i].reading && recipients_have(o->c, g, g->epochs[i].id, o->inner.author) ? (int)i : -1;
    return -1;
}

/* A member lacks the key of an epoch that was made for them. A coordinator who has it hands it on. */
static int lack_take(struct opening *o) {
    struct group *g = o->g;
    uint8_t prekey[KEY_SIZE];
    int err = register_prekey_decode(prekey, &o->inner);
    if (!err) err = group_fold(g);
    bool mine = memcmp(o->inner.author, g->me.key, KEY_SIZE) == 0;
    if (err || mine || !group_is_member(g, o->inner.author) || !group_coordinates(g, g->me.key)) return 0;
    int epoch = lack_answer(o);
    if (epoch < 0) return 0;
    for (unsigned i = 0; i < g->lack_count; i++) /* answered already */
        if (memcmp(g->lacks[i], o->inner.id, HASH_SIZE) == 0) return 0;
    if (g->lack_count == LACKS_MAX) {
        memmove(g->lacks[0], g->lacks[1], (LACKS_MAX - 1) * HASH_SIZE);
        g->lack_count--;
    }
    memcpy(g->lacks[g->lack_count++], o->inner.id, HASH_SIZE);
    g->keys_changed = true;
    uint8_t about[HASH_SIZE], secret[KEY_SIZE];
    memcpy(about, o->inner.id, HASH_SIZE);
    memcpy(secret, secret_of(g, o->label), KEY_SIZE); /* where the question came, the answer is looked for */
    err = welcome_send(o->c, g, about, prekey, secret, epoch, o->when);
    crypto_wipe(secret, sizeof secret);
    return err;
}

/* Whose body is to go from outside, too. */
static void target_add(struct group *g, const uint8_t id[HASH_SIZE]) {
    for (unsigned i = 0; i < g->target_count; i++)
        if (memcmp(g->targets[i], id, HASH_SIZE) == 0) return;
    if (g->target_count == TARGETS_MAX) {
        memmove(g->targets[0], g->targets[1], (TARGETS_MAX - 1) * HASH_SIZE);
        g->target_count--;
    }
    memcpy(g->targets[g->target_count++], id, HASH_SIZE);
    g->keys_changed = g->rewind = true;
}

static bool target_is(const struct group *g, const uint8_t id[HASH_SIZE]) {
    for (unsigned i = 0; i < g->target_count; i++)
        if (memcmp(g->targets[i], id, HASH_SIZE) == 0) return true;
    return false;
}

/* Look whether a message of the group was taken back by its author; what others say of it does not count. If it was,
 * its files that no other message refers to are to go, too. Return 1 or 0, ERR_NOT_FOUND, or another error. */
static int back_take(struct closed *c, struct group *g, const uint8_t id[HASH_SIZE]) {
    struct store_record found;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) return ERR_MEMORY;
    int err = store_get(c->host.store, id, room, &found);
    bool back = !err && memcmp(found.record.community, g->charter.community, HASH_SIZE) == 0 &&
                (found.retracted || !found.record.body);
    for (unsigned i = 0; back && i < found.record.ref_count && !err; i++) {
        if (found.record.refs[i].type != REF_BLOB) continue;
        int wanted = store_blob_is_of(c->host.store, g->charter.community, found.record.refs[i].id);
        if (wanted == 0) target_add(g, found.record.refs[i].id);
        err = wanted < 0 ? wanted : 0;
    }
    free(room);
    return err ? err : back;
}

int target_take(struct closed *c, struct group *g, const uint8_t id[HASH_SIZE]) {
    int back = back_take(c, g, id);
    if (back < 0 && back != ERR_NOT_FOUND) return back;
    if (back != 0) target_add(g, id); /* one that is not here yet is looked at when it comes */
    if (back > 0) g->keys_changed = g->rewind = true;
    return 0;
}

#define OPENED 0
#define WAITS 1

/* What is to become of what somebody wrote. */
#define KEEP 2

/* Tell whether it counts: KEEP, OPENED (it never will), WAITS, or an error. */
static int speaker_check(struct opening *o) {
    struct group *g = o->g;
    int err = group_fold(g);
    if (err) return err == ERR_MEMORY ? err : WAITS;
    const struct members_entry *e = members_find(&g->members, o->inner.author);
    if (!e || e->status == MEMBERS_PENDING || e->status == MEMBERS_NEVER) return WAITS;
    if (!members_may_speak(&g->members, o->inner.author, o->inner.seq)) {
        g->keys_changed = g->keys_changed || !g->refused;
        g->refused = true;
        return OPENED;
    }
    if (o->epoch >= 0 && g->epochs[o->epoch].used < when_day(o->when.now)) {
        g->epochs[o->epoch].used = when_day(o->when.now);
        g->keys_changed = true;
    }
    return KEEP;
}

/* Keep what somebody wrote. Return OPENED, WAITS, or an error of the store. */
static int message_take(struct opening *o) {
    struct group *g = o->g;
    struct store *store = o->c->host.store;
    int keep = speaker_check(o);
    if (keep != KEEP) return keep;
    int has = store_has(store, o->inner.id);
    if (has < 0) return has;
    if (has == STORE_UNKNOWN) {
        if (charter_admit(&g->charter, &o->inner) || record_verify(&o->inner) || text_forwarded_verify(&o->inner))
            return OPENED;
        if (when_is_ahead(o->inner.created, o->when.now) && o->inner.kind != KIND_RETRACTION) return WAITS;
        int put = store_put(store, &o->inner, o->c->inner, o->size, o->when.now);
        if (put < 0) return put;
        g->baskets_due = g->baskets_due || record_ref(&o->inner, REF_BLOB);
        int taken = put > 0 && o->inner.kind == KIND_RETRACTION ? target_take(o->c, g, o->inner.refs[0].id) : 0;
        if (taken) return taken;
    }
    bool can_go = KIND_CAN_GO(o->inner.kind);
    int back = can_go && has == STORE_STUB;
    if (can_go && target_is(g, o->inner.id)) back = back_take(o->c, g, o->inner.id);
    if (back <= 0) return back < 0 && back != ERR_NOT_FOUND ? back : OPENED;
    return store_ghost(store, record_pool, o->outer->id, o->outer->expiry_day, 0);
}

/* Note a piece of a file. Return as message_take. */
static int piece_take(struct opening *o) {
    struct group *g = o->g;
    struct store *store = o->c->host.store;
    struct piece piece;
    int keep = speaker_check(o);
    if (keep != KEEP) return keep;
    if (charter_admit(&g->charter, &o->inner) || record_verify(&o->inner) || piece_decode(&piece, &o->inner))
        return OPENED;
    if (when_is_ahead(o->inner.created, o->when.now)) return WAITS;
    if (target_is(g, piece.blob)) {
        int wanted = store_blob_is_of(store, g->charter.community, piece.blob);
        if (wanted < 0) return wanted;
        if (wanted == 0) return store_ghost(store, record_pool, o->outer->id, o->outer->expiry_day, 0);
    }
    int whole = file_is_whole(o->c, piece.blob);
    if (whole != 0) return whole < 0 ? whole : OPENED;
    return basket_put(o->c, g, o->inner.author, &piece, o->outer);
}

/* Of somebody who counts: nobody fills the store with records of the register that nobody needs. */
static int link_keep(struct opening *o) {
    int err = group_fold(o->g);
    if (err || !members_may_speak(&o->g->members, o->inner.author, o->inner.seq)) return err == ERR_LIMIT ? 0 : err;
    return register_link(o->g, &o->inner, o->when.now);
}

static int inner_take(struct opening *o) {
    uint32_t kind = o->inner.kind;
    int err;
    if (o->inner.expiry_day < o->outer->expiry_day && !register_is_lasting(kind) && !freeze_is_kind(kind))
        return OPENED;
    if (register_is_kind(kind) || kind == KIND_WELCOME) {
        /* What is about the membership is sealed for all who ever join; messages never are. */
        if (o->by_register && register_has(o->g, &o->inner) && store_has(o->g->store, o->inner.id) == STORE_STUB)
            return OPENED;
        if (!o->by_register || charter_admit(&o->g->charter, &o->inner) || record_verify(&o->inner)) return OPENED;
        err = kind == KIND_WELCOME ? 0 : link_keep(o);
        if (err == ERR_MEMORY || (err && err <= ERR_IO)) return err;
        int taken = 0;
        if (kind == KIND_EPOCH)
            taken = epoch_take(o);
        else if (kind == KIND_LACK)
            taken = lack_take(o);
        else if (kind != KIND_WELCOME)
            taken = register_take(o->g, &o->inner, o->c->inner, o->size);
        return taken == ERR_MEMORY || taken <= ERR_IO ? taken : OPENED;
    }
    /* A letter that lies open: whoever was given it has handed it on. */
    if (kind == KIND_LETTER) return OPENED;
    if (kind == KIND_PIECE) return o->by_register ? OPENED : piece_take(o);
    /* Freezes are about the membership, too: who joins later has to know of them. */
    return o->by_register == freeze_is_kind(kind) ? message_take(o) : OPENED;
}

/* Keep a letter to the person: one that was meant for them, by a member, under a key that goes with its time. Return as
 * message_take. */
static int personal_take(struct opening *o) {
    struct letter letter;
    struct store *store = o->c->host.store;
    if (o->by_register || o->inner.expiry_day < o->outer->expiry_day || letter_decode(&letter, &o->inner) ||
        memcmp(letter.to, o->g->me.key, KEY_SIZE) != 0)
        return OPENED;
    int keep = speaker_check(o), has = keep == KEEP ? store_has(store, o->inner.id) : 0;
    if (keep != KEEP || has < 0) return has < 0 ? has : keep;
    prekey_used(o->g, o->prekey, when_day(o->when.now));
    if (has == STORE_STUB) return store_ghost(store, record_pool, o->outer->id, o->outer->expiry_day, 0);
    if (has != STORE_UNKNOWN) return OPENED;
    /* It has no place in its author's sequence that would tell whether it was written before they were removed. */
    if (!group_is_member(o->g, o->inner.author)) return OPENED;
    if (when_is_ahead(o->inner.created, o->when.now)) return WAITS;
    int put = store_put(store, &o->inner, o->c->inner, o->size, o->when.now);
    return put < 0 ? put : OPENED;
}

static int letter_take(struct opening *o) {
    if (charter_admit(&o->g->charter, &o->inner) || record_verify(&o->inner)) return OPENED;
    if (o->inner.kind == KIND_LETTER) return personal_take(o);
    return o->inner.kind == KIND_WELCOME ? welcome_take(o) : OPENED;
}

static int outer_take(struct opening *o) {
    uint8_t type = 0;
    const uint8_t *content = NULL;
    int size = box_open(o, &type, &content);
    if (size == ERR_SEAL) return WAITS;
    if (size < 0) return OPENED;
    if (type == SHELF_LETTER) {
        size = letter_open(o, content, (size_t)size);
        content = o->c->letter;
        if (size < 0) return OPENED;
    } else if (o->label->secret == LABEL_DROP) {
        return OPENED;
    }
    if (shelf_unpack(content, (size_t)size, o->g->charter.community, o->c->inner, &o->inner)) return OPENED;
    o->size = (size_t)size + HASH_SIZE;
    return type == SHELF_LETTER ? letter_take(o) : inner_take(o);
}

/* ---- The scan ---- */

static int64_t group_lowest(const struct group *g) {
    int64_t lowest = g->has_drop ? g->cursor : INT64_MAX;
    for (unsigned i = 0; i < g->shelf_count; i++)
        if (g->shelves[i].cursor < lowest) lowest = g->shelves[i].cursor;
    return lowest;
}

static int64_t cursor_lowest(const struct closed *c) {
    int64_t lowest = INT64_MAX;
    for (size_t i = 0; i < c->group_count; i++) {
        int64_t one = group_lowest(c->groups[i]);
        if (one < lowest) lowest = one;
    }
    return lowest;
}

/* Up to where a shelf was looked at. */
static int64_t cursor_of(const struct group *g, uint16_t secret) {
    return secret == LABEL_DROP ? g->cursor : g->shelves[secret].cursor;
}

/* ---- Which sealed records there are ---- */

#define INDEX_STEP 4096
#define INDEX_MAX (1 << 20)

static int index_visit(void *context, const struct store_arrival *a) {
    struct closed *c = context;
    c->indexed = a->num;
    c->visited++;
    if (a->stub) return 0;
    if (c->arrival_count == c->arrival_room) {
        size_t room = c->arrival_room ? 2 * c->arrival_room : 1024;
        void *more = realloc(c->arrivals, room * sizeof *c->arrivals);
        if (!more) return ERR_MEMORY;
        c->arrivals = more;
        c->arrival_room = room;
    }
    struct arrival *one = &c->arrivals[c->arrival_count++];
    memcpy(one->shelf, a->author, sizeof one->shelf);
    one->num = a->num;
    return 0;
}

/* Know the shelves of what has arrived after `from`, one step further. Of what is known nothing is read again: a new
 * shelf secret is sought here. */
static int index_extend(struct closed *c, int64_t from) {
    if (from < c->index_from || c->arrival_count > INDEX_MAX) {
        c->arrival_count = 0;
        c->indexed = c->index_from = from;
    }
    if (c->arrival_count == 0 && c->indexed < from) c->indexed = c->index_from = from;
    int64_t newest = store_newest_num(c->host.store);
    c->visited = 0;
    int got = store_sealed_after(c->host.store, c->indexed, INDEX_STEP, index_visit, c);
    if (got == 0 && c->visited < INDEX_STEP && c->indexed < newest) c->indexed = newest; /* nothing else of the pool */
    return got < 0 ? got : 0;
}

#define LOOK_MAX 256

struct look {
    int64_t nums[LOOK_MAX];
    unsigned count;
    int64_t last; /* all up to here is among them, or nobody's */
};

static void look(const struct closed *c, int64_t from, unsigned budget, struct look *out) {
    size_t lo = 0, hi = c->arrival_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->arrivals[mid].num <= from)
            lo = mid + 1;
        else
            hi = mid;
    }
    out->last = c->indexed > from ? c->indexed : from;
    for (; lo < c->arrival_count; lo++) {
        const struct arrival *a = &c->arrivals[lo];
        const struct label *label = label_find(c, a->shelf);
        if (!label || cursor_of(c->groups[label->group], label->secret) >= a->num) continue;
        if (out->count == budget || out->count == LOOK_MAX) {
            out->last = a->num - 1;
            return;
        }
        out->nums[out->count++] = a->num;
    }
}

/* Look at one sealed record. Return 0 or an error of the store. */
static int num_take(struct closed *c, int64_t num, struct when when) {
    struct store_record found;
    struct opening o = {.c = c, .when = when};
    static const int none = 0;
    int err = store_get_num(c->host.store, num, c->room, &found);
    if (err == ERR_NOT_FOUND) return none;
    if (err) return err;
    o.label = label_find(c, found.record.author);
    if (!o.label || cursor_of(c->groups[o.label->group], o.label->secret) >= num) return 0;
    /* What is written meanwhile uses the room. */
    struct record outer = found.record;
    struct label label = *o.label;
    uint8_t *body = malloc(outer.body_size);
    if (!body) return ERR_MEMORY;
    memcpy(body, outer.body, outer.body_size);
    outer.body = body;
    o.outer = &outer;
    o.label = &label;
    o.g = c->groups[label.group];
    int taken = outer_take(&o);
    free(body);
    if (taken == WAITS && o.g->waiting < WAITING_MAX) {
        o.g->waiting++;
        o.g->keys_changed = true;
    }
    return taken < 0 ? taken : 0;
}

/* ---- When the membership has changed ---- */

struct judging {
    struct group *g;
    uint8_t (*drop)[HASH_SIZE];
    size_t count;
};
#define JUDGE_STEP 256

static int judge_visit(void *context, const struct store_record *r) {
    struct judging *j = context;
    if (members_may_speak(&j->g->members, r->record.author, r->record.seq)) return 0;
    memcpy(j->drop[j->count++], r->record.id, HASH_SIZE);
    return j->count == JUDGE_STEP;
}

/* What does not count any more goes; what waited for its author to be known is looked at again. */
static int group_judge(struct closed *c, struct group *g, struct when when) {
    struct judging j = {.g = g};
    struct store_query query = {.community = g->charter.community, .now = when.now, .retracted = true};
    if (!g->judge) return 0;
    g->judge = false;
    g->keys_changed = true;
    int err = group_fold(g);
    if (err) return err == ERR_MEMORY ? err : 0;
    j.drop = malloc(JUDGE_STEP * HASH_SIZE);
    if (!j.drop) return ERR_MEMORY;
    do {
        j.count = 0;
        int got = store_list(c->host.store, &query, judge_visit, &j);
        err = got < 0 ? got : 0;
        for (size_t i = 0; i < j.count && !err; i++) err = store_drop(c->host.store, j.drop[i]);
        if (j.count > 0) g->refused = true;
    } while (!err && j.count == JUDGE_STEP);
    free(j.drop);
    if (g->waiting > 0 || g->refused) g->keys_changed = g->rewind = true;
    return err;
}

static void cursor_rewind(struct group *g) {
    if (!g->rewind) return;
    g->rewind = false;
    g->cursor = 0;
    for (unsigned i = 0; i < g->shelf_count; i++) g->shelves[i].cursor = 0;
    g->waiting = 0;
    g->refused = false;
}

/* All up to `to` was looked at, on the shelves that were known from the beginning. */
static void cursor_advance(struct group *g, unsigned shelves, int64_t to, bool any) {
    for (unsigned i = 0; i < shelves && i < g->shelf_count; i++)
        if (g->shelves[i].cursor < to) {
            /* Not worth a write alone: what lies between is not ours. */
            g->keys_changed = g->keys_changed || any || to - g->shelves[i].cursor > 1000;
            g->shelves[i].cursor = to;
        }
    if (g->has_drop && g->cursor < to) {
        g->keys_changed = g->keys_changed || any || to - g->cursor > 1000;
        g->cursor = to;
    }
}

/* One slice. Return how many were looked at. */
static int slice(struct closed *c, struct when when, unsigned budget) {
    struct look l = {.count = 0};
    int err = 0;
    for (size_t i = 0; i < c->group_count && !err; i++) err = group_judge(c, c->groups[i], when);
    if (!err) err = labels_make(c, when_day(when.now));
    unsigned *shelves = calloc(c->group_count + 1, sizeof *shelves);
    if (!shelves) return ERR_MEMORY;
    for (size_t i = 0; i < c->group_count; i++) {
        cursor_rewind(c->groups[i]);
        shelves[i] = c->groups[i]->shelf_count;
    }
    int64_t from = cursor_lowest(c);
    if (!err) err = index_extend(c, from);
    if (!err) look(c, from, budget, &l);
    for (unsigned i = 0; i < l.count && !err; i++) {
        err = num_take(c, l.nums[i], when);
        if (!err) err = labels_make(c, when_day(when.now));
    }
    for (size_t i = 0; i < c->group_count && !err; i++) err = baskets_join(c, c->groups[i], when);
    for (size_t i = 0; i < c->group_count && !err; i++) {
        cursor_advance(c->groups[i], shelves[i], l.last, l.count > 0);
        cursor_rewind(c->groups[i]);
    }
    free(shelves);
    return err ? err : (int)l.count;
}

/* Tell whether there is anything to look at. */
static bool is_due(const struct closed *c) {
    for (size_t i = 0; i < c->group_count; i++)
        if (c->groups[i]->judge || c->groups[i]->rewind) return true;
    return cursor_lowest(c) < store_newest_num(c->host.store);
}

int closed_open(struct closed *c, struct when when, unsigned budget) {
    int err = closed_refresh(c), seen = 0;
    if (err || c->group_count == 0 || !is_due(c)) return err;
    err = closed_begin(c);
    if (err) return err;
    /* In one transaction what follows from each other: a key, and what it opens. */
    for (unsigned looked = 0; looked < budget && is_due(c);) {
        int one = slice(c, when, budget - looked);
        if (one < 0) {
            err = one;
            break;
        }
        seen += one;
        looked += one > 0 ? (unsigned)one : 1;
    }
    err = closed_end(c, NULL, err);
    return err ? err : seen > 0 ? seen : 1;
}
