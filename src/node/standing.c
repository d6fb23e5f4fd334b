/*
 * standing.c: how people stand to this device's person.
 *
 * standing_class is asked for every record that comes in, so whom the person met is kept for the community asked about
 * last; home->people_changed tells when that is to be read anew.
 */
#include "node/standing.h"

#include <stdlib.h>
#include <string.h>

#include "carrier/admit.h"
#include "core/crypto.h"
#include "core/vouch.h"
#include "node/home_internal.h"
#include "view/trust.h"

#define COUNTED 256

struct standings {
    uint8_t community[HASH_SIZE], own[KEY_SIZE];
    bool closed;
    struct people people;
    struct trust trust;
    void *memory;
    struct {
        uint8_t key[KEY_SIZE];
        unsigned chains;
        bool known;
    } counted[COUNTED]; /* what was counted last, by a byte of the key: lists ask for the same people again and again */
};

/* ---- Vouches ---- */

struct vouches {
    struct store *store;
    struct trust_vouch *list;
    size_t count, room;
    int64_t *nums;
    size_t num_count, num_room;
};

static void *grown(void *list, size_t *room, size_t count, size_t each) {
    if (count < *room) return list;
    size_t more = *room ? 2 * *room : 64;
    void *larger = realloc(list, more * each);
    if (larger) *room = more;
    return larger;
}

static int entry_visit(void *context, const struct store_entry *e) {
    struct vouches *v = context;
    if (e->kind != KIND_VOUCH || e->retracted || v->num_count == TRUST_VOUCHES_MAX) return 0;
    int64_t *nums = grown(v->nums, &v->num_room, v->num_count, sizeof *nums);
    if (!nums) return ERR_MEMORY;
    v->nums = nums;
    v->nums[v->num_count++] = e->num;
    return 0;
}

static int vouch_read(struct vouches *v, int64_t num, uint8_t room[RECORD_SIZE_MAX]) {
    struct store_record found;
    uint8_t key[KEY_SIZE];
    int err = store_get_num(v->store, num, room, &found);
    if (err) return err;
    if (found.retracted || vouch_decode(key, &found.record)) return 0;
    struct trust_vouch *list = grown(v->list, &v->room, v->count, sizeof *list);
    if (!list) return ERR_MEMORY;
    v->list = list;
    struct trust_vouch *one = &v->list[v->count++];
    *one = (struct trust_vouch){.seq = found.record.seq,
                                .day = (uint32_t)(found.record.created / DAY_SECONDS),
                                .expiry_day = found.record.expiry_day};
    memcpy(one->id, found.record.id, HASH_SIZE);
    memcpy(one->author, found.record.author, KEY_SIZE);
    memcpy(one->target, key, KEY_SIZE);
    return 0;
}

/* What is opened of a closed community was written by who may speak there (closed/closed.h). */
static int vouches_read(struct vouches *v, const uint8_t community[HASH_SIZE]) {
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? store_scan(v->store, community, entry_visit, v) : ERR_MEMORY;
    for (size_t i = 0; i < v->num_count && !err; i++) err = vouch_read(v, v->nums[i], room);
    free(room);
    free(v->nums);
    v->nums = NULL;
    return err;
}

int standing_vouched(struct home *home, const struct charter *charter, const uint8_t key[KEY_SIZE], uint64_t now,
                     unsigned *count, uint32_t *last_day) {
    struct vouches v = {.store = home->store};
    struct member member;
    uint32_t period = (uint32_t)(now / DAY_SECONDS) / VOUCH_PERIOD_DAYS;
    int err = vouches_read(&v, charter->community);
    home_member(home, charter, false, &member);
    *count = 0;
    *last_day = 0;
    for (size_t i = 0; i < v.count && !err; i++) {
        const struct trust_vouch *one = &v.list[i];
        if (memcmp(one->author, member.key, KEY_SIZE) != 0 || one->day / VOUCH_PERIOD_DAYS != period) continue;
        (*count)++;
        if (memcmp(one->target, key, KEY_SIZE) == 0) *last_day = one->expiry_day;
    }
    crypto_wipe(&member, sizeof member);
    free(v.list);
    return err;
}

/* ---- Standings ---- */

static int graph_build(struct standings *s, struct store *store, uint64_t now) {
    struct vouches v = {.store = store};
    uint8_t(*met)[KEY_SIZE] = calloc(PEOPLE_MAX, KEY_SIZE);
    size_t met_count = 0;
    int err = met ? 0 : ERR_MEMORY;
    if (!err && s->closed) err = vouches_read(&v, s->community);
    for (size_t i = 0; i < s->people.count && !err; i++)
        if (s->people.list[i].met_day > 0) memcpy(met[met_count++], s->people.list[i].key, KEY_SIZE);
    if (!err) {
        s->memory = malloc(trust_memory(v.count, met_count));
        err = s->memory ? trust_build(&s->trust, s->own, (const uint8_t(*)[KEY_SIZE])met, met_count, v.list, v.count,
                                      (uint32_t)(now / DAY_SECONDS), s->memory)
                        : ERR_MEMORY;
    }
    free(v.list);
    free(met);
    return err;
}

int standings_load(struct standings **out, struct home *home, const uint8_t community[HASH_SIZE], uint64_t now) {
    struct standings *s = calloc(1, sizeof *s);
    struct store_community *known = malloc(sizeof *known);
    struct member member;
    int err = s && known ? store_community_get(home->store, community, now, known) : ERR_MEMORY;
    *out = NULL;
    if (!err) {
        memcpy(s->community, community, HASH_SIZE);
        s->closed = !charter_is_public(&known->charter);
        home_member(home, &known->charter, false, &member);
        memcpy(s->own, member.key, KEY_SIZE);
        crypto_wipe(&member, sizeof member);
        err = people_load(&s->people, home->store, community);
    }
    if (!err) err = graph_build(s, home->store, now);
    free(known);
    if (err) {
        standings_free(s);
        return err;
    }
    *out = s;
    return 0;
}

void standings_free(struct standings *s) {
    if (!s) return;
    free(s->memory);
    free(s);
}

const uint8_t *standings_community(const struct standings *s) {
    return s->community;
}

static unsigned chains_counted(struct standings *s, const uint8_t key[KEY_SIZE]) {
    unsigned place = key[0] % COUNTED;
    if (!s->counted[place].known || memcmp(s->counted[place].key, key, KEY_SIZE) != 0) {
        memcpy(s->counted[place].key, key, KEY_SIZE);
        s->counted[place].chains = trust_chains_to(&s->trust, key);
        s->counted[place].known = true;
    }
    return s->counted[place].chains;
}

void standings_of(struct standings *s, const uint8_t key[KEY_SIZE], struct standing *out) {
    const struct person_known *one = people_find(&s->people, key);
    memset(out, 0, sizeof *out);
    out->own = memcmp(key, s->own, KEY_SIZE) == 0;
    if (one) {
        out->met = one->met_day > 0;
        memcpy(out->name, one->name, sizeof out->name);
        out->same_name = people_is_same_name(&s->people, one);
    }
    if (!out->own) out->chains = chains_counted(s, key);
}

unsigned standings_chains(struct standings *s, const uint8_t (*keys)[KEY_SIZE], size_t count) {
    return trust_chains(&s->trust, keys, count);
}

bool standings_is_own(const struct standings *s, const uint8_t key[KEY_SIZE]) {
    return memcmp(key, s->own, KEY_SIZE) == 0;
}

struct trust *standings_trust(struct standings *s) {
    return &s->trust;
}

void standing_json(json_t *o, const struct standing *one) {
    if (one->name[0]) json_object_set_new(o, "name", json_string(one->name));
    if (one->same_name) json_object_set_new(o, "same_name", json_true());
    if (one->met) json_object_set_new(o, "known_in_person", json_true());
    if (one->chains > 0) json_object_set_new(o, "chains", json_integer(one->chains));
}

/* ---- Budgets ---- */

enum budget_class standing_class(void *context, const struct charter *charter, const struct record *r) {
    struct home *home = context;
    enum budget_class class = admit_class(charter, r);
    if (class != BUDGET_STRANGER || !charter || r->form != RECORD_FORM_PLAIN) return class;
    bool fresh = home->people && !home->people_changed;
    if (!fresh || memcmp(home->people_of, charter->community, HASH_SIZE) != 0) {
        if (!home->people) home->people = malloc(sizeof *home->people);
        if (!home->people) return class;
        home->people_changed = true;
        if (people_load(home->people, home->store, charter->community)) return class;
        memcpy(home->people_of, charter->community, HASH_SIZE);
        home->people_changed = false;
    }
    const struct person_known *one = people_find(home->people, r->author);
    return one && one->met_day > 0 ? BUDGET_NEAR : class;
}
