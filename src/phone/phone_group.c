/*
 * phone_group.c: communities: joining, founding, inviting, listing; and what is remembered of each.
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/join.h"
#include "core/crypto.h"
#include "phone/phone_internal.h"

#define UNREAD_MAX 1000

/* ---- What is remembered ---- */

int phone_group_refresh(struct phone *p) {
    int count = session_store_refresh(p->sessions);
    if (count < 0) return count;
    p->group_count = count > PHONE_GROUPS_MAX ? PHONE_GROUPS_MAX : (unsigned)count;
    return 0;
}

int phone_group_find(const struct phone *p, const uint8_t community[HASH_SIZE]) {
    int handle = session_store_handle(p->sessions, community);
    return handle < 0 || handle >= (int)p->group_count ? ERR_COMMUNITY : handle;
}

const uint8_t *phone_group_key(struct phone *p, int group) {
    struct group *g = &p->groups[group];
    if (!p->has_person) return NULL;
    if (!g->has_author) {
        g->author.charter = session_store_charter(p->sessions, (uint32_t)group);
        person_in(&g->author.member, p->seed, g->author.charter);
        g->has_author = true;
    }
    return g->author.member.key;
}

bool phone_group_is_own(struct phone *p, const struct record *r) {
    int group = phone_group_find(p, r->community);
    const uint8_t *key = group < 0 ? NULL : phone_group_key(p, group);
    return key && memcmp(key, r->author, KEY_SIZE) == 0;
}

enum budget_class phone_group_class(void *context, const struct charter *charter, const struct record *r) {
    struct phone *p = context;
    return phone_group_is_own(p, r) ? BUDGET_OWN : admit_class(charter, r);
}

static int author_visit(void *context, const struct store_record *r) {
    struct author *a = context;
    if (memcmp(r->record.author, a->member.key, KEY_SIZE) != 0 || r->record.seq + 1 <= a->next) return 0;
    a->next = r->record.seq + 1;
    memcpy(a->last, r->record.id, HASH_SIZE);
    return 0;
}

bool phone_group_is_closed(const struct phone *p, int group) {
    return !charter_is_public(session_store_charter(p->sessions, (uint32_t)group));
}

/* Where the author stands is what the records say: they may have come in a parcel. In a closed group there are others
 * of theirs, too, which are in no list. */
int phone_group_author(struct phone *p, int group, struct author **out) {
    struct group *g = &p->groups[group];
    if (!phone_group_key(p, group)) return ERR_KEY;
    *out = &g->author;
    bool closed = phone_group_is_closed(p, group);
    if (g->in_order && !closed) return 0;
    const struct store_query query = {.community = g->author.charter->community, .now = TIME_MAX, .retracted = true};
    int err = closed ? store_own_get(p->store, g->author.member.key, &g->author.next, g->author.last) : 0;
    if (!err) err = store_list(p->store, &query, author_visit, &g->author);
    g->in_order = !err;
    return err;
}

/* ---- Joining ---- */

static int joined_tell(struct phone *p, const struct charter *charter, const uint8_t *message) {
    struct out *o = phone_begin(p);
    int err = phone_group_refresh(p);
    if (!err) err = phone_contacts_offer(p, 0);
    if (err) return err;
    json_open(o, '{');
    json_hex_of(o, "community", charter->community, HASH_SIZE);
    json_text_of(o, "title", charter->title);
    json_hex_of(o, "message", message, HASH_SIZE);
    json_close(o, '}');
    return out_end(o);
}

int phone_join(struct phone *p, const char *line, size_t size) {
    struct charter charter;
    struct record record;
    struct invite_message message;
    uint8_t room[INVITE_BYTES_MAX];
    phone_begin(p);
    if (p->group_count == PHONE_GROUPS_MAX) return ERR_LIMIT;
    int err = invite_decode(&charter, &record, &message, room, line, size);
    if (err) return err;
    if (!charter_is_public(&charter) && !p->has_person) return ERR_KEY;
    int came = join_store(p->store, &charter, &record, &message, p->when);
    return came < 0 ? came : joined_tell(p, &charter, came ? message.record.id : NULL);
}

static int found(struct phone *p, uint8_t access, const char *title, size_t title_size, const char *lang,
                 size_t lang_size, uint32_t keep_days, const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct charter charter = {.access = access, .write = CHARTER_WRITE_ANYONE, .keep_days = keep_days};
    struct record record;
    uint8_t body[CHARTER_BODY_MAX];
    phone_begin(p);
    if (!p->has_person) return ERR_KEY;
    if (title_size > CHARTER_TITLE_MAX || p->group_count == PHONE_GROUPS_MAX) return ERR_LIMIT;
    if (lang_size > CHARTER_LANG_MAX) return ERR_FIELD;
    if (memchr(title, 0, title_size)) return ERR_TEXT;
    memcpy(charter.title, title, title_size);
    memcpy(charter.lang, lang, lang_size);
    memcpy(charter.nonce, random, CHARTER_NONCE_SIZE);
    int err = charter_found(&charter, &record, body, p->seed, random + CHARTER_NONCE_SIZE, p->when.now);
    if (err) return err;
    int put = store_community_put(p->store, &record, true);
    if (put < 0) return put;
    err = joined_tell(p, &charter, NULL);
    if (!err && access == CHARTER_CLOSED) err = phone_closed_found(p, charter.community);
    return err;
}

int phone_found(struct phone *p, const char *title, size_t title_size, const char *lang, size_t lang_size,
                uint32_t keep_days, const uint8_t random[PHONE_RANDOM_SIZE]) {
    return found(p, CHARTER_OPEN, title, title_size, lang, lang_size, keep_days, random);
}

int phone_found_closed(struct phone *p, const char *title, size_t title_size, const char *lang, size_t lang_size,
                       uint32_t keep_days, const uint8_t random[PHONE_RANDOM_SIZE]) {
    uint8_t seen[PHONE_RANDOM_SIZE]; /* what the charter shows of it must not tell the keys */
    phone_closed_random(p, random);
    phone_closed_salt(p, seen);
    int err = found(p, CHARTER_CLOSED, title, title_size, lang, lang_size, keep_days, seen);
    phone_closed_over(p);
    return err;
}

int phone_invite(struct phone *p, const uint8_t community[HASH_SIZE], const uint8_t *id) {
    struct charter charter;
    struct record record;
    struct store_record found = {.bytes = NULL};
    struct out *o = phone_begin(p);
    int err = store_community_get(p->store, community, p->when.now, &p->community);
    if (!err && id && !charter_is_public(&p->community.charter)) err = ERR_UNSUPPORTED; /* who sees the line reads it */
    if (!err) err = charter_expand(&charter, &record, p->community.compact, p->community.compact_size);
    if (!err && id) {
        err = store_get(p->store, id, p->room, &found);
        bool fits = !err && memcmp(found.record.community, community, HASH_SIZE) == 0 && !found.retracted &&
                    found.record.kind == KIND_TEXT && found.record.body;
        if (!err && !fits) err = ERR_NOT_FOUND;
    }
    char *line = err ? NULL : malloc(INVITE_CHARS_MAX + 1);
    if (!err && !line) err = ERR_MEMORY;
    if (!err) err = invite_encode(&record, id ? found.bytes : NULL, found.size, line, INVITE_CHARS_MAX + 1);
    if (err > 0) out_bytes(o, line, (size_t)err);
    free(line);
    return err < 0 ? err : out_end(o);
}

/* ---- The list ---- */

struct place {
    uint8_t community[HASH_SIZE];
    uint64_t newest;
};

struct places {
    struct place *list;
    unsigned count;
};

static int place_visit(void *context, const struct store_community *c) {
    struct places *all = context;
    if (all->count == PHONE_GROUPS_MAX) return 0;
    struct place *one = &all->list[all->count++];
    memcpy(one->community, c->charter.community, HASH_SIZE);
    one->newest = c->newest;
    return 0;
}

static int place_compare(const void *a, const void *b) {
    const struct place *left = a, *right = b;
    if (left->newest != right->newest) return left->newest > right->newest ? -1 : 1;
    return memcmp(left->community, right->community, HASH_SIZE);
}

static int community_write(struct phone *p, const uint8_t id[HASH_SIZE]) {
    struct out *o = &p->out;
    char handle[HANDLE_SIZE] = "";
    const struct store_community *c = &p->community;
    int group = phone_group_find(p, id);
    int err = store_community_get(p->store, id, p->when.now, &p->community);
    if (err || group < 0) return err;
    const uint8_t *key = phone_group_key(p, group);
    if (key) person_handle(handle, key);
    json_open(o, '{');
    json_hex_of(o, "community", id, HASH_SIZE);
    json_text_of(o, "title", c->charter.title);
    json_text_of(o, "lang", c->charter.lang);
    json_number_of(o, "keepDays", c->charter.keep_days);
    json_bool_of(o, "joined", c->joined);
    json_bool_of(o, "newerRules", c->newer_rules);
    json_number_of(o, "records", c->records);
    json_number_of(o, "newest", c->newest);
    json_hex_of(o, "author", key, KEY_SIZE);
    json_text_of(o, "handle", handle);
    err = phone_closed_tell(p, group);
    json_name(o, "last");
    if (!err) err = phone_read_last(p, id);
    json_number_of(o, "lastNum", (uint64_t)p->groups[group].num);
    json_close(o, '}');
    return err;
}

int phone_communities(struct phone *p) {
    struct out *o = phone_begin(p);
    struct places all = {.list = malloc(PHONE_GROUPS_MAX * sizeof *all.list)};
    int err = all.list ? store_community_each(p->store, p->when.now, place_visit, &all) : ERR_MEMORY;
    if (!err && all.count > 1) qsort(all.list, all.count, sizeof *all.list, place_compare);
    json_open(o, '[');
    for (unsigned i = 0; i < all.count && !err; i++) err = community_write(p, all.list[i].community);
    json_close(o, ']');
    free(all.list);
    if (err) out_begin(o);
    return err ? err : out_end(o);
}

struct unread {
    struct phone *phone;
    const uint8_t *community;
    int count;
};

static int unread_visit(void *context, const struct store_arrival *a) {
    struct unread *u = context;
    struct store_record found;
    if (a->kind != KIND_TEXT || a->stub || a->retracted || when_is_ahead(a->created, u->phone->when.now) ||
        memcmp(a->community, u->community, HASH_SIZE) != 0)
        return 0;
    int err = store_get_num(u->phone->store, a->num, u->phone->room, &found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    u->count += !phone_group_is_own(u->phone, &found.record);
    return u->count == UNREAD_MAX;
}

int phone_unread(struct phone *p, const uint8_t community[HASH_SIZE], double after_num) {
    struct unread u = {.phone = p, .community = community};
    int64_t after = after_num > 0 ? after_num < 9e15 ? (int64_t)after_num : INT64_MAX - 1 : 0;
    phone_begin(p);
    int err = store_arrived_after(p->store, after, 0, unread_visit, &u);
    return err < 0 ? err : u.count;
}
