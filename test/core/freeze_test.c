/*
 * "The phone may be in other hands": cards, freezes, lifts and what they do. Shows on random histories (chains with
 * forks and gaps, freezes with and without cards, cards that the seizer makes, freezes of those who freeze) that the
 * fold gives what a naive model gives that follows the six rules of core/freeze.h to the letter, and that one more copy
 * of what is there or another order changes nothing; by built cases that the seizer cannot end a freeze and that
 * infiltrators cannot silence somebody who made a card; that cards and records come back as they were written, and that
 * damaged ones are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/freeze.h"
#include "test/core/sample_util.h"

/* ---- The line of a card ---- */

static void card_sample(struct rng *g, struct card *c) {
    c->purpose = (uint8_t)(CARD_FREEZE + rng_below(g, 2));
    rng_bytes(g, c->community, HASH_SIZE);
    rng_bytes(g, c->key, KEY_SIZE);
    rng_bytes(g, c->seed, SEED_SIZE);
}

static void test_card_line(void **state) {
    (void)state;
    struct rng g;
    struct card c, again;
    char line[CARD_CHARS_MAX + 1], other[2 * CARD_CHARS_MAX + 2];
    rng_begin(&g, "card");
    for (unsigned i = 0; i < 100; i++) {
        memset(&c, 0, sizeof c);
        card_sample(&g, &c);
        int length = card_encode(&c, line);
        assert_int_equal(length, strlen(line));
        assert_true(card_is(line, (size_t)length));
        assert_int_equal(card_decode(&again, line, (size_t)length), 0);
        assert_memory_equal(&c, &again, sizeof c);
        /* As a QR code and a typed line have it. */
        size_t at = 0;
        for (int n = 0; n < length; n++) {
            if (n % 10 == 9) other[at++] = '\n';
            other[at++] = (char)(line[n] >= 'a' && line[n] <= 'z' ? line[n] - 'a' + 'A' : line[n]);
        }
        assert_int_equal(card_decode(&again, other, at), 0);
        assert_memory_equal(&c, &again, sizeof c);
        /* No changed character passes. */
        size_t where = 13 + rng_below(&g, (uint64_t)length - 13);
        strcpy(other, line);
        other[where] = line[where] == 'a' ? 'c' : 'a';
        assert_true(card_decode(&again, other, (size_t)length) < 0);
        size_t size = rng_mutate(&g, (uint8_t *)other, (size_t)length, sizeof other);
        if (card_decode(&again, other, size) == 0) assert_memory_equal(&c, &again, sizeof c);
        assert_true(card_decode(&again, line, (size_t)length - 8) < 0);
    }
    assert_int_equal(card_decode(&again, "longear:abc", 11), ERR_NOT_CARD);
    assert_int_equal(card_decode(&again, "", 0), ERR_NOT_CARD);
    c.purpose = 3;
    assert_int_equal(card_decode(&again, line, (size_t)card_encode(&c, line)), ERR_FIELD);
}

/* ---- Records ---- */

struct bench {
    struct sample_community community;
    struct member person, friend;
    struct author author; /* the friend */
    uint8_t room[RECORD_SIZE_MAX];
    struct record record;
};

static void bench_begin(struct rng *g, struct bench *b) {
    sample_found(g, &b->community);
    sample_member(g, &b->person);
    sample_member(g, &b->friend);
    memset(&b->author, 0, sizeof b->author);
    b->author.charter = &b->community.charter;
    b->author.member = b->friend;
}

static struct freeze_write write_of(struct bench *b, const uint8_t *key, const struct card *card) {
    static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal";
    return (struct freeze_write){.author = &b->author,
                                 .created = SAMPLE_TIME,
                                 .salt = salt,
                                 .key = key,
                                 .card = card,
                                 .room = b->room,
                                 .out = &b->record};
}

/* Decode what was made as a stranger does, and check that damaged bytes are refused or mean something else. */
static void check_made(struct rng *g, struct bench *b, int size, struct freeze_act *act) {
    struct record r, damaged;
    struct freeze_act other;
    uint8_t bytes[RECORD_SIZE_MAX];
    assert_true(size > 0);
    assert_int_equal(record_decode(&r, b->room, (size_t)size), 0);
    assert_int_equal(record_verify(&r), 0);
    assert_int_equal(charter_admit(&b->community.charter, &r), 0);
    assert_int_equal(freeze_act_decode(act, &r), 0);
    assert_memory_equal(act->author, b->author.member.key, KEY_SIZE);
    for (unsigned i = 0; i < 50; i++) {
        memcpy(bytes, b->room, (size_t)size);
        size_t at = (size_t)size - 1 - rng_below(g, r.body_size - RECORD_SALT_SIZE);
        bytes[at] ^= (uint8_t)(1u << rng_below(g, 8));
        assert_int_equal(record_decode(&damaged, bytes, (size_t)size), 0);
        assert_int_equal(record_verify(&damaged), ERR_SIGNATURE);
        if (act->has_card) assert_true(freeze_act_decode(&other, &damaged) < 0);
        int err = freeze_act_decode(&other, &damaged);
        assert_int_equal(charter_admit(&b->community.charter, &damaged), err);
    }
}

static void test_records(void **state) {
    (void)state;
    struct rng g;
    static struct bench b;
    struct card card, answer;
    struct freeze_act act;
    struct freeze_last last;
    uint8_t secret[SECRET_SIZE], card_key[KEY_SIZE], targets[RECORD_REFS_MAX + 1][HASH_SIZE],
        commitments[CARD_COMMITMENTS_MAX + 1][HASH_SIZE];
    rng_begin(&g, "freeze records");
    bench_begin(&g, &b);
    card_sample(&g, &card);
    memcpy(card.community, b.community.charter.community, HASH_SIZE);
    memcpy(card.key, b.person.key, KEY_SIZE);
    card.purpose = CARD_FREEZE;
    crypto_keypair(card_key, secret, card.seed);
    answer = card;
    answer.purpose = CARD_ANSWER;
    rng_bytes(&g, last.id, HASH_SIZE);
    last.seq = 77;
    rng_bytes(&g, commitments[0], sizeof commitments);
    for (unsigned i = 0; i <= RECORD_REFS_MAX; i++) {
        rng_bytes(&g, targets[i], HASH_SIZE);
        targets[i][0] = (uint8_t)(i + 1);
    }
    for (size_t count = 1; count <= CARD_COMMITMENTS_MAX; count += 5) {
        struct card_commitments list = {count, commitments[0]};
        check_made(&g, &b, card_record_make(&b.author, &list, SAMPLE_TIME, targets[0], b.room, &b.record), &act);
        assert_int_equal(act.type, FREEZE_CARD);
        assert_int_equal(act.count, count);
        assert_memory_equal(act.list, commitments, count * HASH_SIZE);
        assert_memory_equal(act.key, b.friend.key, KEY_SIZE);
    }
    struct card_commitments many = {CARD_COMMITMENTS_MAX + 1, commitments[0]}, none = {0, NULL};
    assert_int_equal(card_record_make(&b.author, &many, SAMPLE_TIME, targets[0], b.room, &b.record), ERR_LIMIT);
    assert_int_equal(card_record_make(&b.author, &none, SAMPLE_TIME, targets[0], b.room, &b.record), ERR_LIMIT);
    struct freeze_write w = write_of(&b, b.person.key, NULL), with = write_of(&b, b.person.key, &card),
                        answers = write_of(&b, b.person.key, &answer), own = write_of(&b, b.friend.key, NULL);
    check_made(&g, &b, freeze_make(&w, NULL), &act);
    assert_true(act.type == FREEZE_ASK && !act.has_last && !act.has_card);
    check_made(&g, &b, freeze_make(&with, &last), &act);
    assert_true(act.has_last && act.has_card && act.last.seq == 77);
    assert_memory_equal(act.last.id, last.id, HASH_SIZE);
    assert_memory_equal(act.card_key, card_key, KEY_SIZE);
    assert_memory_equal(act.key, b.person.key, KEY_SIZE);
    with.terms = targets[0];
    with.term_count = RECORD_REFS_MAX;
    check_made(&g, &b, freeze_make(&with, &last), &act);
    assert_true(act.count == RECORD_REFS_MAX && act.last.seq == 77 && act.has_card);
    assert_memory_equal(act.list, targets, RECORD_REFS_MAX * HASH_SIZE);
    with.term_count = RECORD_REFS_MAX + 1;
    assert_int_equal(freeze_make(&with, &last), ERR_LIMIT);
    with.terms = targets[0] + HASH_SIZE; /* not ascending: the last is the first again */
    memcpy(targets[2], targets[0], HASH_SIZE);
    with.term_count = 2;
    assert_int_equal(freeze_make(&with, &last), ERR_FIELD);
    with.term_count = 0;
    rng_bytes(&g, targets[2], HASH_SIZE);
    targets[2][0] = 3;
    check_made(&g, &b, freeze_lift(&answers, targets[0], RECORD_REFS_MAX), &act);
    assert_true(act.type == FREEZE_LIFT && act.count == RECORD_REFS_MAX && act.has_card);
    check_made(&g, &b, freeze_lift(&w, targets[0], 1), &act);
    assert_int_equal(act.count, 1);
    assert_memory_equal(act.list, targets, HASH_SIZE);
    /* What nobody writes. */
    assert_int_equal(freeze_make(&own, &last), ERR_FIELD);
    assert_int_equal(freeze_make(&with, NULL), ERR_FIELD);
    assert_int_equal(freeze_make(&answers, &last), ERR_FIELD);
    assert_int_equal(freeze_lift(&with, targets[0], 1), ERR_FIELD);
    assert_int_equal(freeze_lift(&w, targets[0], 0), ERR_LIMIT);
    assert_int_equal(freeze_lift(&w, targets[0], RECORD_REFS_MAX + 1), ERR_LIMIT);
    memcpy(targets[1], targets[0], HASH_SIZE);
    assert_int_equal(freeze_lift(&w, targets[0], 2), ERR_FIELD);
    card.community[0] ^= 1;
    assert_int_equal(freeze_make(&with, &last), ERR_FIELD);
}

/* Nobody puts their own name on a freeze that a card asked for in another's. */
static void test_asker_is_signed_by_card(void **state) {
    (void)state;
    struct rng g;
    static struct bench b;
    struct card card;
    struct freeze_act act;
    struct freeze_last last = {.seq = 3};
    rng_begin(&g, "asker");
    bench_begin(&g, &b);
    card_sample(&g, &card);
    memcpy(card.community, b.community.charter.community, HASH_SIZE);
    memcpy(card.key, b.person.key, KEY_SIZE);
    card.purpose = CARD_FREEZE;
    struct freeze_write w = write_of(&b, b.person.key, &card);
    assert_true(freeze_make(&w, &last) > 0);
    struct record copied = b.record;
    struct member thief;
    sample_member(&g, &thief);
    memcpy(copied.author, thief.key, KEY_SIZE);
    assert_int_equal(record_sign(&copied, thief.secret), 0);
    assert_int_equal(record_verify(&copied), 0);
    assert_int_equal(freeze_act_decode(&act, &copied), ERR_SIGNATURE);
    assert_int_equal(charter_admit(&b.community.charter, &copied), ERR_SIGNATURE);
}

static void test_charter_number(void **state) {
    (void)state;
    struct rng g;
    static struct sample_community c;
    struct charter again;
    struct record r;
    uint8_t salt[RECORD_SALT_SIZE] = {0}, body[CHARTER_BODY_MAX];
    rng_begin(&g, "number");
    sample_found(&g, &c);
    for (unsigned need = 0; need <= FREEZE_NEED_MAX + 1; need++) {
        c.charter.freeze_need = (uint8_t)need;
        int err = charter_found(&c.charter, &r, body, c.seed, salt, SAMPLE_TIME);
        assert_int_equal(err, need == 1 || need > FREEZE_NEED_MAX ? ERR_FIELD : 0);
        if (err) continue;
        assert_int_equal(charter_decode(&again, &r), 0);
        assert_int_equal(again.freeze_need, need < FREEZE_NEED ? FREEZE_NEED : need);
        c.charter = again;
    }
}

/* ---- Worlds: persons whose records are only ids, numbers and what they name ---- */

#define PEOPLE 6
#define ACTS_MAX 40
#define LINKS_MAX 200

struct world {
    uint8_t community[HASH_SIZE];
    unsigned need;
    size_t act_count, link_count;
    struct freeze_act acts[ACTS_MAX];
    struct freeze_link links[LINKS_MAX];
    uint64_t next_id;
    struct freeze_link tip[PEOPLE];
    bool any[PEOPLE];
};

static void key_of(uint8_t out[KEY_SIZE], unsigned person) {
    memset(out, 0, KEY_SIZE);
    out[0] = (uint8_t)(41 * person + 9);
    out[31] = (uint8_t)person;
}

static void card_key_of(uint8_t out[KEY_SIZE], unsigned person, unsigned card) {
    memset(out, 0xca, KEY_SIZE);
    out[0] = (uint8_t)person;
    out[1] = (uint8_t)card;
}

static void world_begin(struct world *w, unsigned need) {
    memset(w, 0, sizeof *w);
    memset(w->community, 0xcc, HASH_SIZE);
    w->need = need;
}

/* Somebody writes a record behind `after` (NULL: as the first). */
static struct freeze_link *write_after(struct world *w, unsigned person, const struct freeze_link *after) {
    uint8_t number[8];
    assert_true(w->link_count < LINKS_MAX);
    struct freeze_link *l = &w->links[w->link_count++];
    memset(l, 0, sizeof *l);
    w->next_id++;
    memcpy(number, &w->next_id, sizeof number);
    crypto_digest(l->id, number, sizeof number);
    key_of(l->author, person);
    if (after) {
        l->seq = after->seq + 1;
        memcpy(l->prev, after->id, PREV_SIZE);
    }
    return l;
}

static struct freeze_link write_next(struct world *w, unsigned person) {
    struct freeze_link *l = write_after(w, person, w->any[person] ? &w->tip[person] : NULL);
    w->any[person] = true;
    w->tip[person] = *l;
    return *l;
}

static struct freeze_act *act_at(struct world *w, uint8_t type, const struct freeze_link *l, unsigned about) {
    assert_true(w->act_count < ACTS_MAX);
    struct freeze_act *a = &w->acts[w->act_count++];
    memset(a, 0, sizeof *a);
    memcpy(a->id, l->id, HASH_SIZE);
    memcpy(a->author, l->author, KEY_SIZE);
    a->seq = l->seq;
    a->type = type;
    key_of(a->key, about);
    if (type == FREEZE_CARD) a->last.seq = l->seq;
    return a;
}

static void commit(struct world *w, struct freeze_act *a, unsigned person, uint8_t purpose, unsigned card) {
    uint8_t card_key[KEY_SIZE], key[KEY_SIZE];
    key_of(key, person);
    card_key_of(card_key, person, card);
    card_commitment(a->list[a->count++], purpose, w->community, key, card_key);
}

static struct freeze_act *card_make(struct world *w, unsigned person, unsigned card) {
    struct freeze_link l = write_next(w, person);
    struct freeze_act *a = act_at(w, FREEZE_CARD, &l, person);
    commit(w, a, person, CARD_FREEZE, 2 * card);
    commit(w, a, person, CARD_ANSWER, 2 * card + 1);
    return a;
}

/* card: its number, or -1. */
static struct freeze_act *ask(struct world *w, unsigned who, unsigned about, const struct freeze_link *last, int card,
                              bool eligible) {
    struct freeze_link l = write_next(w, who);
    struct freeze_act *a = act_at(w, FREEZE_ASK, &l, about);
    a->eligible = eligible;
    a->has_last = last != NULL;
    if (last) {
        memcpy(a->last.id, last->id, HASH_SIZE);
        a->last.seq = last->seq;
    }
    a->has_card = card >= 0;
    if (card >= 0) card_key_of(a->card_key, about, 2 * (unsigned)card);
    return a;
}

static struct freeze_act *lift(struct world *w, unsigned who, const struct freeze_act *target, int card,
                               bool eligible) {
    struct freeze_link l = write_next(w, who);
    unsigned about = target->key[31];
    struct freeze_act *a = act_at(w, FREEZE_LIFT, &l, about);
    a->eligible = eligible;
    memcpy(a->list[a->count++], target->id, HASH_SIZE);
    a->has_card = card >= 0;
    if (card >= 0) card_key_of(a->card_key, about, 2 * (unsigned)card + 1);
    return a;
}

static int by_act(const void *a, const void *b) {
    return freeze_act_order(a, b);
}

static int by_link(const void *a, const void *b) {
    return freeze_link_order(a, b);
}

static void world_fold(struct world *w) {
    qsort(w->acts, w->act_count, sizeof *w->acts, by_act);
    qsort(w->links, w->link_count, sizeof *w->links, by_link);
    freeze_fold(w->community, w->need, w->acts, w->act_count, w->links, w->link_count);
}

static const struct freeze_act *find_act(const struct world *w, const uint8_t id[HASH_SIZE]) {
    for (size_t i = 0; i < w->act_count; i++)
        if (memcmp(w->acts[i].id, id, HASH_SIZE) == 0) return &w->acts[i];
    fail();
    return NULL;
}

static unsigned place_of(const struct world *w, const struct freeze_link *l) {
    for (size_t i = 0; i < w->link_count; i++)
        if (memcmp(w->links[i].id, l->id, HASH_SIZE) == 0) return w->links[i].place;
    fail();
    return 0;
}

/* ---- Built cases ---- */

enum { ANNA, BEK, CHINGIZ, DANA, ERLAN, FARIDA };

/* Anna has made cards and written; then the phone is taken and writes on, and forks off, too. */
struct taken {
    struct freeze_link before, late, forked;
};

static void phone_is_taken(struct world *w, struct taken *t) {
    (void)write_next(w, ANNA);
    (void)card_make(w, ANNA, 0);
    t->before = write_next(w, ANNA);
    t->late = write_next(w, ANNA);
    t->forked = *write_after(w, ANNA, &t->before);
}

static unsigned state_after(struct world *w, const struct freeze_act *a) {
    uint8_t id[HASH_SIZE];
    memcpy(id, a->id, HASH_SIZE);
    world_fold(w);
    return find_act(w, id)->state;
}

static void test_a_friend_with_the_card_freezes(void **state) {
    (void)state;
    static struct world w;
    struct taken t;
    world_begin(&w, 2);
    phone_is_taken(&w, &t);
    /* Farida is nobody here; the card is enough. */
    assert_int_equal(state_after(&w, ask(&w, FARIDA, ANNA, &t.before, 0, false)), FREEZE_STANDS);
    assert_int_equal(place_of(&w, &t.before), FREEZE_TRUSTED);
    assert_int_equal(place_of(&w, &t.late), FREEZE_APART);
    assert_int_equal(place_of(&w, &t.forked), FREEZE_APART);
}

static void test_the_seizer_cannot_end_it(void **state) {
    (void)state;
    static struct world w;
    struct taken t;
    world_begin(&w, 2);
    phone_is_taken(&w, &t);
    struct freeze_act frozen = *ask(&w, FARIDA, ANNA, &t.before, 0, false);
    /* The seizer makes cards with the key that lies on the phone, lifts with them in Anna's name and in one more. */
    (void)card_make(&w, ANNA, 1);
    (void)lift(&w, ANNA, &frozen, 1, true);
    (void)lift(&w, ERLAN, &frozen, 1, false);
    assert_int_equal(state_after(&w, &frozen), FREEZE_STANDS);
    /* And with such a card nothing is frozen that lies before it. */
    const struct freeze_act *a = ask(&w, ERLAN, ANNA, &t.before, 1, false);
    assert_int_equal(state_after(&w, a), FREEZE_VOID);
    assert_int_equal(place_of(&w, &t.before), FREEZE_TRUSTED);
    /* One coordinator is too few, too. */
    (void)lift(&w, BEK, &frozen, -1, true);
    (void)lift(&w, BEK, &frozen, -1, true);
    assert_int_equal(state_after(&w, &frozen), FREEZE_STANDS);
    assert_false(find_act(&w, frozen.id)->answered);
    (void)lift(&w, CHINGIZ, &frozen, -1, true);
    assert_int_equal(state_after(&w, &frozen), FREEZE_LIFTED);
    assert_int_equal(place_of(&w, &t.late), FREEZE_TRUSTED);
}

static void test_answer_and_one_more(void **state) {
    (void)state;
    static struct world w;
    struct taken t;
    world_begin(&w, 2);
    phone_is_taken(&w, &t);
    struct freeze_act frozen = *ask(&w, FARIDA, ANNA, &t.before, 0, false);
    (void)lift(&w, DANA, &frozen, 0, false);
    assert_int_equal(state_after(&w, &frozen), FREEZE_STANDS);
    assert_true(find_act(&w, frozen.id)->answered);
    /* Whoever holds the answer does not count twice, also if they coordinate. */
    find_act(&w, frozen.id);
    (void)lift(&w, DANA, &frozen, -1, true);
    assert_int_equal(state_after(&w, &frozen), FREEZE_STANDS);
    /* Who asked with a card may be the second. */
    (void)lift(&w, FARIDA, &frozen, -1, false);
    assert_int_equal(state_after(&w, &frozen), FREEZE_LIFTED);
}

static void test_infiltrators_cannot_silence(void **state) {
    (void)state;
    static struct world w;
    struct taken t;
    world_begin(&w, 2);
    phone_is_taken(&w, &t);
    /* A member without a card: alone, often, and for many. */
    struct freeze_act first = *ask(&w, BEK, ANNA, &t.before, -1, true);
    (void)ask(&w, BEK, ANNA, NULL, -1, true);
    (void)ask(&w, ERLAN, ANNA, NULL, -1, false);
    (void)ask(&w, FARIDA, ANNA, &t.before, 2, true);
    w.acts[w.act_count - 1].eligible = false;
    assert_int_equal(state_after(&w, &first), FREEZE_WAITS);
    assert_int_equal(place_of(&w, &t.late), FREEZE_TRUSTED);
    /* Two who may: in effect, but not further back than Anna's card, for which it takes three. */
    struct freeze_act early = *ask(&w, CHINGIZ, ANNA, NULL, -1, true);
    assert_int_equal(state_after(&w, &early), FREEZE_WAITS);
    assert_int_equal(find_act(&w, first.id)->state, FREEZE_STANDS);
    assert_int_equal(place_of(&w, &t.before), FREEZE_TRUSTED);
    assert_int_equal(place_of(&w, &t.late), FREEZE_APART);
    /* Anna answers: suspended at once. One more must ask, or one must support her. */
    (void)lift(&w, ANNA, &first, 0, false);
    assert_int_equal(state_after(&w, &first), FREEZE_WAITS);
    assert_int_equal(place_of(&w, &t.late), FREEZE_TRUSTED);
    (void)lift(&w, DANA, &first, -1, true);
    assert_int_equal(state_after(&w, &first), FREEZE_LIFTED);
    (void)ask(&w, ERLAN, ANNA, &t.before, -1, true);
    struct freeze_act again = *ask(&w, FARIDA, ANNA, &t.before, -1, true);
    assert_int_equal(state_after(&w, &again), FREEZE_STANDS);
}

static void test_gaps(void **state) {
    (void)state;
    static struct world w;
    struct taken t;
    world_begin(&w, 2);
    phone_is_taken(&w, &t);
    struct freeze_act frozen = *ask(&w, FARIDA, ANNA, &t.before, 0, false);
    /* Nothing of hers is here. */
    freeze_fold(w.community, w.need, w.acts, w.act_count, NULL, 0);
    /* The record with the card is not here: what lies below cannot be placed; what lies beyond is apart. */
    struct freeze_link first = w.links[0];
    w.links[1] = w.links[--w.link_count];
    assert_int_equal(state_after(&w, &frozen), FREEZE_STANDS);
    assert_int_equal(place_of(&w, &first), FREEZE_UNPLACED);
    assert_int_equal(place_of(&w, &t.before), FREEZE_TRUSTED);
    assert_int_equal(place_of(&w, &t.late), FREEZE_APART);
}

/* ---- The naive model ---- */

struct naive {
    const struct world *w;
    bool by_card[ACTS_MAX], counts[ACTS_MAX], lifted[ACTS_MAX], stands[ACTS_MAX], answered[ACTS_MAX], raised[ACTS_MAX];
};

static bool same(const uint8_t a[KEY_SIZE], const uint8_t b[KEY_SIZE]) {
    return memcmp(a, b, KEY_SIZE) == 0;
}

/* Rule 1: from the last trusted record down, one number at a time. */
static unsigned naive_place(const struct world *w, const struct freeze_act *a, const struct freeze_link *l) {
    if (!a->has_last || l->seq > a->last.seq) return FREEZE_APART;
    uint8_t want[HASH_SIZE];
    size_t size = HASH_SIZE;
    memcpy(want, a->last.id, HASH_SIZE);
    for (uint64_t seq = a->last.seq;; seq--) {
        const struct freeze_link *on = NULL;
        for (size_t i = 0; i < w->link_count; i++) {
            const struct freeze_link *x = &w->links[i];
            if (same(x->author, a->key) && x->seq == seq && memcmp(x->id, want, size) == 0) on = x;
        }
        if (seq == l->seq) return on && same(on->id, l->id) ? FREEZE_TRUSTED : FREEZE_APART;
        if (!on) return FREEZE_UNPLACED;
        memcpy(want, on->prev, PREV_SIZE);
        size = PREV_SIZE;
    }
}

static bool naive_commits(const struct naive *n, const struct freeze_act *card, const struct freeze_act *a) {
    uint8_t want[HASH_SIZE];
    if (!a->has_card || card->type != FREEZE_CARD || !same(card->author, a->key)) return false;
    card_commitment(want, a->type == FREEZE_ASK ? CARD_FREEZE : CARD_ANSWER, n->w->community, a->key, a->card_key);
    for (unsigned i = 0; i < card->count; i++)
        if (same(card->list[i], want)) return true;
    return false;
}

static const struct freeze_link *naive_link(const struct world *w, const struct freeze_act *a) {
    for (size_t i = 0; i < w->link_count; i++)
        if (same(w->links[i].id, a->id)) return &w->links[i];
    return NULL;
}

static unsigned naive_card_place(const struct naive *n, const struct freeze_act *a, const struct freeze_act *card) {
    const struct freeze_link *l = naive_link(n->w, card);
    return l ? naive_place(n->w, a, l) : FREEZE_UNPLACED;
}

/* Is this lift an answer to this freeze? */
static bool naive_answers(const struct naive *n, const struct freeze_act *l, const struct freeze_act *a) {
    bool named = false;
    if (l->type != FREEZE_LIFT || !same(l->key, a->key)) return false;
    for (unsigned i = 0; i < l->count; i++) named |= same(l->list[i], a->id);
    for (size_t i = 0; named && i < n->w->act_count; i++)
        if (naive_commits(n, &n->w->acts[i], l) && naive_card_place(n, a, &n->w->acts[i]) == FREEZE_TRUSTED)
            return true;
    return false;
}

static bool naive_before(const struct naive *n, const struct freeze_act *act, const bool in_effect[ACTS_MAX]) {
    const struct freeze_link *l = naive_link(n->w, act);
    for (size_t i = 0; l && i < n->w->act_count; i++)
        if (in_effect[i] && same(n->w->acts[i].key, act->author) &&
            naive_place(n->w, &n->w->acts[i], l) != FREEZE_TRUSTED)
            return false;
    return true;
}

static bool naive_supports(const struct naive *n, const struct freeze_act *l, const struct freeze_act *a,
                           const bool in_effect[ACTS_MAX]) {
    bool named = false, may = l->eligible;
    if (l->type != FREEZE_LIFT || !same(l->key, a->key) || same(l->author, a->key)) return false;
    for (unsigned i = 0; i < l->count; i++) named |= same(l->list[i], a->id);
    for (size_t i = 0; i < n->w->act_count; i++)
        may |= n->by_card[i] && same(n->w->acts[i].key, a->key) && same(n->w->acts[i].author, l->author);
    return named && may && naive_before(n, l, in_effect);
}

/* Two different people, one of whom may be the answer. */
static bool naive_lifted(const struct naive *n, const struct freeze_act *a, const bool in_effect[ACTS_MAX]) {
    const struct world *w = n->w;
    for (size_t i = 0; i < w->act_count; i++)
        for (size_t k = 0; k < w->act_count; k++)
            if (!same(w->acts[i].author, w->acts[k].author) && naive_supports(n, &w->acts[i], a, in_effect) &&
                (naive_supports(n, &w->acts[k], a, in_effect) || naive_answers(n, &w->acts[k], a)))
                return true;
    return false;
}

static bool naive_stands(const struct naive *n, size_t at) {
    const struct world *w = n->w;
    unsigned people = 0;
    if (n->lifted[at] || w->acts[at].type != FREEZE_ASK) return false;
    if (n->by_card[at]) return true;
    for (unsigned person = 0; person < PEOPLE; person++) {
        uint8_t key[KEY_SIZE];
        bool asks = false;
        key_of(key, person);
        for (size_t i = 0; i < w->act_count; i++)
            asks |=
                n->counts[i] && !n->lifted[i] && same(w->acts[i].key, w->acts[at].key) && same(w->acts[i].author, key);
        people += asks;
    }
    return n->counts[at] && people >= w->need + n->answered[at] + n->raised[at];
}

static void naive_fold(const struct world *w, struct naive *n) {
    bool stands[ACTS_MAX];
    memset(n, 0, sizeof *n);
    n->w = w;
    for (size_t i = 0; i < w->act_count; i++) {
        const struct freeze_act *a = &w->acts[i];
        for (size_t k = 0; a->type == FREEZE_ASK && k < w->act_count; k++) {
            const struct freeze_act *other = &w->acts[k];
            n->answered[i] |= naive_answers(n, other, a);
            if (other->type != FREEZE_CARD || !same(other->author, a->key)) continue;
            unsigned where = naive_card_place(n, a, other);
            n->raised[i] |= where == FREEZE_APART;
            n->by_card[i] |=
                a->has_last && naive_commits(n, other, a) && other->seq <= a->last.seq && where != FREEZE_APART;
        }
    }
    memcpy(stands, n->by_card, sizeof stands);
    for (size_t i = 0; i < w->act_count; i++)
        if (n->by_card[i]) n->lifted[i] = naive_lifted(n, &w->acts[i], stands);
    for (size_t i = 0; i < w->act_count; i++) stands[i] = naive_stands(n, i);
    for (size_t i = 0; i < w->act_count; i++) {
        const struct freeze_act *a = &w->acts[i];
        n->counts[i] = a->type == FREEZE_ASK && a->eligible && !same(a->author, a->key) && naive_before(n, a, stands);
    }
    for (size_t i = 0; i < w->act_count; i++) stands[i] = naive_stands(n, i);
    for (size_t i = 0; i < w->act_count; i++)
        if (w->acts[i].type == FREEZE_ASK && !n->by_card[i]) n->lifted[i] = naive_lifted(n, &w->acts[i], stands);
    for (size_t i = 0; i < w->act_count; i++) n->stands[i] = naive_stands(n, i);
}

static void compare(const struct world *w) {
    static struct naive n;
    naive_fold(w, &n);
    for (size_t i = 0; i < w->act_count; i++) {
        if (w->acts[i].type != FREEZE_ASK) continue;
        unsigned want = !n.by_card[i] && !n.counts[i] ? FREEZE_VOID
                        : n.lifted[i]                 ? FREEZE_LIFTED
                        : n.stands[i]                 ? FREEZE_STANDS
                                                      : FREEZE_WAITS;
        if (want != FREEZE_VOID) assert_int_equal(w->acts[i].answered, n.answered[i]);
        assert_int_equal(w->acts[i].by_card, n.by_card[i]);
        assert_int_equal(w->acts[i].state, want);
    }
    for (size_t i = 0; i < w->link_count; i++) {
        unsigned worst = FREEZE_TRUSTED;
        for (size_t k = 0; k < w->act_count; k++) {
            if (!n.stands[k] || !same(w->acts[k].key, w->links[i].author)) continue;
            unsigned here = naive_place(w, &w->acts[k], &w->links[i]);
            if (here > worst) worst = here;
        }
        assert_int_equal(w->links[i].place, worst);
    }
}

/* Some record of a person, mostly one that is on no fork. */
static const struct freeze_link *some_link(struct rng *g, const struct world *w, unsigned person) {
    uint8_t key[KEY_SIZE];
    const struct freeze_link *found = NULL;
    unsigned seen = 0;
    key_of(key, person);
    for (size_t i = 0; i < w->link_count; i++)
        if (same(w->links[i].author, key) && rng_one_in(g, ++seen)) found = &w->links[i];
    return found;
}

static void world_step(struct rng *g, struct world *w) {
    unsigned who = (unsigned)rng_below(g, PEOPLE), about = (unsigned)rng_below(g, 3);
    bool may = !rng_one_in(g, 3);
    int card = rng_one_in(g, 2) ? (int)rng_below(g, 3) : -1;
    const struct freeze_link *last = some_link(g, w, about);
    switch (rng_below(g, 8)) {
    case 0:
        if (w->any[who] && w->link_count < LINKS_MAX - 30) {
            struct freeze_link fork = *some_link(g, w, who);
            struct freeze_link *l = write_after(w, who, &fork);
            if (rng_one_in(g, 2)) w->tip[who] = *l;
        }
        break;
    case 1: (void)card_make(w, who, (unsigned)rng_below(g, 3)); break;
    case 2: (void)write_next(w, who); break;
    case 3:
    case 4:
        if (last && who != about) {
            struct freeze_link at = *last;
            (void)ask(w, who, about, rng_one_in(g, 8) ? NULL : &at, rng_one_in(g, 8) ? -1 : card, may);
            struct freeze_act *a = &w->acts[w->act_count - 1];
            if (!a->has_last) a->has_card = false;
        }
        break;
    default:
        for (size_t i = w->act_count; i > 0; i--) {
            if (w->acts[i - 1].type != FREEZE_ASK || rng_one_in(g, 2)) continue;
            struct freeze_act target = w->acts[i - 1];
            (void)lift(w, who, &target, card, may);
            if (rng_one_in(g, 3)) break;
        }
    }
}

static void test_as_the_naive_model(void **state) {
    (void)state;
    struct rng g;
    static struct world w, other;
    unsigned stood = 0, lifted = 0, answered = 0;
    rng_begin(&g, "freeze");
    for (unsigned round = 0; round < 3000; round++) {
        world_begin(&w, (unsigned)(2 + rng_below(&g, 2)));
        for (unsigned i = 0; i < PEOPLE; i++) (void)write_next(&w, i);
        while (w.act_count < ACTS_MAX - 12 && w.link_count < LINKS_MAX - 20 && !rng_one_in(&g, 60)) world_step(&g, &w);
        /* Some records have not come, or are gone. */
        for (size_t i = 0; i < w.link_count && round % 2; i++)
            if (rng_one_in(&g, 12)) w.links[i--] = w.links[--w.link_count];
        other = w;
        world_fold(&w);
        compare(&w);
        for (size_t i = 0; i < w.act_count; i++) {
            stood += w.acts[i].state == FREEZE_STANDS;
            lifted += w.acts[i].state == FREEZE_LIFTED;
            answered += w.acts[i].answered;
        }
        /* In another order. */
        for (size_t i = other.act_count; i > 1; i--) {
            size_t k = rng_below(&g, i);
            struct freeze_act t = other.acts[i - 1];
            other.acts[i - 1] = other.acts[k];
            other.acts[k] = t;
        }
        for (size_t i = other.link_count; i > 1; i--) {
            size_t k = rng_below(&g, i);
            struct freeze_link t = other.links[i - 1];
            other.links[i - 1] = other.links[k];
            other.links[k] = t;
        }
        world_fold(&other);
        assert_memory_equal(w.acts, other.acts, w.act_count * sizeof *w.acts);
        for (size_t i = 0; i < w.link_count; i++) assert_int_equal(w.links[i].place, other.links[i].place);
    }
    print_message("%u stand, %u lifted, %u answered\n", stood, lifted, answered);
    assert_true(stood > 500 && lifted > 500 && answered > 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_card_line),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_asker_is_signed_by_card),
        cmocka_unit_test(test_charter_number),
        cmocka_unit_test(test_a_friend_with_the_card_freezes),
        cmocka_unit_test(test_the_seizer_cannot_end_it),
        cmocka_unit_test(test_answer_and_one_more),
        cmocka_unit_test(test_infiltrators_cannot_silence),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_as_the_naive_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
