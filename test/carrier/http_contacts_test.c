/*
 * Contacts over HTTP without a web server: a node's set of contacts on a store in memory takes bodies and gives bodies;
 * pages (page_util.h) and hostile clients make them. What each test shows stands above it.
 */
#include "carrier/http_contacts.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "carrier/contact.h"
#include "carrier/lan_frames.h"
#include "core/check.h"
#include "test/carrier/page_util.h"

#define NOW (SAMPLE_TIME + 20000000)

struct point {
    struct rng rng;
    struct sample_community community;
    struct member author;
    struct store *store;
    pthread_mutex_t mutex;
    struct contacts *set;
    struct http_contacts *http;
    atomic_bool woken;
    bool busy;
    uint64_t skipped_ms; /* by which its clock is ahead */
    unsigned over_count, ready_count;
    enum http_error over;
    struct http_contact *ready;
};

static struct when point_when(void *context) {
    (void)context;
    return (struct when){.now = NOW};
}

static void point_wake(void *context) {
    atomic_store(&((struct point *)context)->woken, true);
}

static void point_busy(void *context) {
    ((struct point *)context)->busy = true;
}

static void point_ready(void *context, struct http_contact *c) {
    struct point *p = context;
    p->ready = c;
    p->ready_count++;
}

static void point_over(void *context, struct http_contact *c, enum http_error why) {
    struct point *p = context;
    if (p->ready == c) p->ready = NULL;
    p->over_count++;
    p->over = why;
}

static uint64_t point_now(void *context) {
    return contact_now_ms() + ((struct point *)context)->skipped_ms;
}

static void point_open(struct point *p, uint64_t seed) {
    memset(p, 0, sizeof *p);
    CHECK(sodium_init() >= 0);
    p->rng = (struct rng){seed};
    do sample_found(&p->rng, &p->community);
    while (p->community.charter.keep_days < 400);
    sample_member(&p->rng, &p->author);
    CHECK(store_memory_open(&p->store) == 0);
    CHECK(store_community_put(p->store, &p->community.record, true) == 1);
    pthread_mutex_init(&p->mutex, NULL);
    const struct contacts_config config = {.store = p->store,
                                           .mutex = &p->mutex,
                                           .when = point_when,
                                           .threads = 1,
                                           .wake = point_wake,
                                           .busy = point_busy,
                                           .context = p};
    CHECK(contacts_new(&p->set, &config) == 0);
    const struct http_contacts_config http = {
        .ready = point_ready, .over = point_over, .wake = point_wake, .now_ms = point_now, .context = p};
    p->http = http_contacts_new(p->set, &http);
    CHECK(p->http);
}

static void point_close(struct point *p) {
    http_contacts_free(p->http);
    contacts_stop(p->set);
    contacts_free(p->set);
    store_close(p->store);
    pthread_mutex_destroy(&p->mutex);
}

/* What a loop would do now. */
static void point_step(struct point *p) {
    if (atomic_exchange(&p->woken, false)) contacts_work(p->set);
    while (p->busy) {
        p->busy = false;
        if (contacts_turns(p->set)) p->busy = true;
    }
    http_contacts_run(p->http);
}

static struct lan_key key_of(const char *address) {
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct lan_key key;
    CHECK(inet_pton(AF_INET, address, &in.sin_addr) == 1);
    lan_key_of(&key, (const struct sockaddr *)&in);
    return key;
}

static void id_of(uint8_t id[HTTP_ID_SIZE], unsigned number) {
    memset(id, 0, HTTP_ID_SIZE);
    memcpy(id, &number, sizeof number);
}

/* One whole request, cut into pieces of some size. */
static enum http_error post(struct point *p, const char *from, unsigned number, const uint8_t *body, size_t size,
                            struct http_contact **out) {
    uint8_t id[HTTP_ID_SIZE];
    struct lan_key key = key_of(from);
    id_of(id, number);
    struct http_post *one = http_post_begin(p->http, id, &key);
    assert_non_null(one);
    for (size_t at = 0; at < size;) {
        size_t piece = 1 + rng_below(&p->rng, 5000);
        if (piece > size - at) piece = size - at;
        http_post_take(one, body + at, piece);
        at += piece;
    }
    return http_post_end(one, out);
}

static void point_write(struct point *p, unsigned count, size_t size_max) {
    struct page writer = {.store = p->store, .now = NOW};
    pthread_mutex_lock(&p->mutex);
    page_write(&writer, &p->community, &p->author, &p->rng, count, size_max);
    pthread_mutex_unlock(&p->mutex);
    contacts_offer_new(p->set);
}

static uint64_t point_records(struct point *p) {
    struct store_stats stats;
    pthread_mutex_lock(&p->mutex);
    CHECK(store_stats(p->store, NOW, &stats) == 0);
    pthread_mutex_unlock(&p->mutex);
    return stats.records;
}

/* A first frame, as a body. */
static size_t first_body(uint8_t out[LAN_PREFIX_SIZE + CHANNEL_FIRST_SIZE]) {
    lan_frames_prefix(out, CHANNEL_FIRST_SIZE);
    out[LAN_PREFIX_SIZE] = CHANNEL_FIRST;
    randombytes_buf(out + LAN_PREFIX_SIZE + 1, KEY_SIZE);
    return LAN_PREFIX_SIZE + CHANNEL_FIRST_SIZE;
}

static enum http_error post_first(struct point *p, const char *from, unsigned number) {
    uint8_t body[LAN_PREFIX_SIZE + CHANNEL_FIRST_SIZE], *answer;
    struct http_contact *c;
    enum http_error err = post(p, from, number, body, first_body(body), &c);
    if (err) return err;
    assert_int_not_equal(http_contact_speak(c, false, &answer), 0);
    free(answer);
    return HTTP_OK;
}

/* How badly the way between them treats bodies, in percent. */
struct way {
    unsigned loses, doubles, swaps;
};

/* What a sniffer has of the bodies. */
struct tape {
    uint8_t *bytes;
    size_t size;
};

static void tape_add(struct tape *t, const void *bytes, size_t size) {
    if (!t || size == 0) return;
    t->bytes = realloc(t->bytes, t->size + size);
    CHECK(t->bytes);
    memcpy(t->bytes + t->size, bytes, size);
    t->size += size;
}

struct talk {
    struct tape *tape; /* or NULL */
    struct point *point;
    struct page *page;
    const struct way *way;
    unsigned number, requests;
    uint8_t *kept; /* an answer that comes late */
    size_t kept_size;
};

static bool happens(struct talk *t, unsigned percent) {
    return rng_below(&t->point->rng, 100) < percent;
}

static void answer_come(struct talk *t, uint8_t *answer, size_t size) {
    if (size > 0 && !happens(t, t->way->loses)) {
        page_hear(t->page, answer, size);
        if (happens(t, t->way->doubles)) page_hear(t->page, answer, size);
    }
    free(answer);
}

static enum http_error request_go(struct talk *t, const uint8_t *body, size_t size) {
    struct http_contact *c;
    uint8_t *answer;
    enum http_error err = post(t->point, "10.0.0.1", t->number, body, size, &c);
    t->requests++;
    if (err) return err;
    size_t answer_size = http_contact_speak(c, false, &answer);
    tape_add(t->tape, body, size);
    tape_add(t->tape, answer, answer_size);
    if (answer_size > 0 && !t->kept && happens(t, t->way->swaps)) {
        t->kept = answer;
        t->kept_size = answer_size;
        return HTTP_OK;
    }
    answer_come(t, answer, answer_size);
    if (t->kept && answer_size > 0) {
        answer_come(t, t->kept, t->kept_size);
        t->kept = NULL;
    }
    return HTTP_OK;
}

/* Let a page talk until both are through, for at most so many seconds. */
static void talk(struct talk *t, unsigned seconds) {
    uint8_t *body = malloc(HTTP_BODY_MAX);
    uint64_t until_ms = contact_now_ms() + seconds * 1000;
    while (!page_is_settled(t->page)) {
        assert_true(contact_now_ms() < until_ms);
        assert_int_equal(t->page->err, 0);
        size_t size = page_say(t->page, body, HTTP_BODY_MAX);
        /* Without a contact there is nothing to ask for: the first frame goes again. */
        if ((size > 0 || t->requests > 0) && !happens(t, t->way->loses)) {
            assert_int_equal(request_go(t, body, size), HTTP_OK);
            if (happens(t, t->way->doubles)) assert_int_equal(request_go(t, body, size), HTTP_OK);
        }
        usleep(2000);
        point_step(t->point);
    }
    free(t->kept);
    t->kept = NULL;
    free(body);
}

/* A page and a point exchange what either lacks, both ways, in few requests. */
static void test_exchange(void **state) {
    (void)state;
    static const struct way good = {0};
    struct point p;
    struct page page;
    point_open(&p, 1);
    page_open(&page, &p.community.record, NOW);
    point_write(&p, 200, 400);
    page_write(&page, &p.community, &p.author, &p.rng, 150, 400);
    page_begin_contact(&page);
    struct talk t = {.point = &p, .page = &page, .way = &good, .number = 1};
    talk(&t, 20);
    assert_int_equal(page_records(&page), 350);
    assert_int_equal(point_records(&p), 350);
    struct contacts_counts counts;
    contacts_count(p.set, false, &counts);
    assert_int_equal(counts.phones, 1);
    assert_int_equal(counts.contacts, 0);
    assert_int_equal(counts.state_count, 1);
    assert_true(counts.states[0].http && counts.states[0].settled);
    page_close(&page);
    point_close(&p);
}

/* Bodies and answers that are lost, doubled and come in another order harm nothing: both get everything, and nobody is
 * blamed. */
static void test_bad_way(void **state) {
    (void)state;
    static const struct way ways[] = {
        {.loses = 20}, {.doubles = 40}, {.swaps = 30}, {.loses = 10, .doubles = 20, .swaps = 20}};
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct point p;
        struct page page;
        point_open(&p, 10 + i);
        page_open(&page, &p.community.record, NOW);
        point_write(&p, 100, 300);
        page_write(&page, &p.community, &p.author, &p.rng, 100, 300);
        page_begin_contact(&page);
        struct talk t = {.point = &p, .page = &page, .way = &ways[i], .number = 1};
        talk(&t, 60);
        assert_int_equal(page_records(&page), 200);
        assert_int_equal(point_records(&p), 200);
        assert_int_equal(p.over_count, 0);
        page_close(&page);
        point_close(&p);
    }
}

/* What is no frames is told so and takes nothing but what stood whole before it; an unknown contact begins only with a
 * handshake, and belongs to its address; a body over the limit is told so. */
static void test_garbage(void **state) {
    (void)state;
    static const uint8_t none[] = {0, 0, 1}, large[] = {0xff, 0xff, 1}, cut[] = {9, 0, 3, 1};
    static const uint8_t data[] = {3, 0, 3, 1, 2};
    struct point p;
    struct http_contact *c;
    point_open(&p, 2);
    assert_int_equal(post(&p, "10.0.0.1", 1, NULL, 0, &c), HTTP_ERROR_CONTACT);
    assert_int_equal(post(&p, "10.0.0.1", 1, data, sizeof data, &c), HTTP_ERROR_CONTACT);
    assert_int_equal(post(&p, "10.0.0.1", 1, none, sizeof none, &c), HTTP_ERROR_FRAMES);
    assert_int_equal(post_first(&p, "10.0.0.1", 1), HTTP_OK);
    assert_int_equal(post(&p, "10.0.0.2", 1, NULL, 0, &c), HTTP_ERROR_CONTACT);
    assert_int_equal(post(&p, "10.0.0.1", 1, none, sizeof none, &c), HTTP_ERROR_FRAMES);
    assert_int_equal(post(&p, "10.0.0.1", 1, large, sizeof large, &c), HTTP_ERROR_FRAMES);
    assert_int_equal(post(&p, "10.0.0.1", 1, cut, sizeof cut, &c), HTTP_ERROR_FRAMES);
    assert_int_equal(post(&p, "10.0.0.1", 1, data, sizeof data, &c), HTTP_OK);
    assert_int_equal(post(&p, "10.0.0.1", 1, NULL, 0, &c), HTTP_OK);
    uint8_t *body = calloc(1, HTTP_BODY_MAX + 1);
    for (size_t at = 0; at < HTTP_BODY_MAX; at += 16386) lan_frames_prefix(body + at, 16384);
    assert_int_equal(post(&p, "10.0.0.1", 1, body, HTTP_BODY_MAX + 1, &c), HTTP_ERROR_SIZE);
    free(body);
    assert_int_equal(p.over_count, 0);
    point_close(&p);
}

/* Frames that can't be opened are normal on a lossy carrier, but only so many are looked at: then the page is told to
 * come less often, and an honest one goes on a little later. */
static void test_drops(void **state) {
    (void)state;
    struct point p;
    struct http_contact *c;
    size_t frame = 200, size = 400 * (LAN_PREFIX_SIZE + frame);
    uint8_t *body = malloc(size);
    point_open(&p, 3);
    randombytes_buf(body, size);
    for (size_t at = 0; at < size; at += LAN_PREFIX_SIZE + frame) {
        lan_frames_prefix(body + at, frame);
        body[at + LAN_PREFIX_SIZE] = 3;
    }
    assert_int_equal(post_first(&p, "10.0.0.1", 1), HTTP_OK);
    assert_int_equal(post(&p, "10.0.0.1", 1, body, size, &c), HTTP_OK);
    assert_int_equal(post(&p, "10.0.0.1", 1, body, size, &c), HTTP_ERROR_OFTEN);
    assert_int_equal(post(&p, "10.0.0.1", 1, body, size, &c), HTTP_ERROR_OFTEN);
    struct lan_key key = key_of("10.0.0.1");
    assert_in_range(http_retry_seconds(p.http, &key, HTTP_ERROR_OFTEN), 1, 10);
    p.skipped_ms += 2000;
    assert_int_equal(post(&p, "10.0.0.1", 1, body, 10 * (LAN_PREFIX_SIZE + frame), &c), HTTP_OK);
    assert_int_equal(p.over_count, 0);
    free(body);
    point_close(&p);
}

/* One address has four contacts, and a fifth only when one of them was left; 128 addresses fill the point, and the one
 * that was absent for longest makes room. Nothing happens for five minutes, and a contact is gone. */
static void test_places(void **state) {
    (void)state;
    struct point p;
    struct http_contact *c;
    char from[20];
    point_open(&p, 4);
    for (unsigned i = 0; i < HTTP_CONTACTS_OF_ONE; i++) assert_int_equal(post_first(&p, "10.0.0.1", i), HTTP_OK);
    assert_int_equal(post_first(&p, "10.0.0.1", 9), HTTP_ERROR_FULL);
    p.skipped_ms += 4000;
    assert_int_equal(post(&p, "10.0.0.1", 0, NULL, 0, &c), HTTP_OK);
    assert_int_equal(post_first(&p, "10.0.0.1", 9), HTTP_OK);
    assert_int_equal(post(&p, "10.0.0.1", 1, NULL, 0, &c), HTTP_ERROR_CONTACT); /* it was absent for longest */
    assert_int_equal(post(&p, "10.0.0.1", 0, NULL, 0, &c), HTTP_OK);
    for (unsigned i = HTTP_CONTACTS_OF_ONE; i < HTTP_CONTACTS_MAX; i++) {
        snprintf(from, sizeof from, "10.1.%u.1", i);
        assert_int_equal(post_first(&p, from, 1), HTTP_OK);
    }
    assert_int_equal(post_first(&p, "10.2.0.1", 1), HTTP_ERROR_FULL);
    point_close(&p);

    point_open(&p, 5);
    struct page page;
    static const struct way good = {0};
    page_open(&page, &p.community.record, NOW);
    page_begin_contact(&page);
    struct talk t = {.point = &p, .page = &page, .way = &good, .number = 1};
    talk(&t, 10);
    p.skipped_ms += HTTP_CONTACT_MS - 1000;
    http_contacts_run(p.http);
    assert_int_equal(p.over_count, 0);
    p.skipped_ms += 2000;
    http_contacts_run(p.http);
    assert_int_equal(p.over_count, 1);
    assert_int_equal(post(&p, "10.0.0.1", 1, NULL, 0, &c), HTTP_ERROR_CONTACT);
    page_close(&page);
    point_close(&p);
}

/* A handshake that is begun and left costs its place for half a minute only. */
static void test_handshake_left(void **state) {
    (void)state;
    struct point p;
    point_open(&p, 6);
    assert_int_equal(post_first(&p, "10.0.0.1", 1), HTTP_OK);
    p.skipped_ms += HTTP_HANDSHAKE_MS;
    http_contacts_run(p.http);
    assert_int_equal(p.over_count, 1);
    assert_int_equal(p.over, HTTP_ERROR_CONTACT);
    point_close(&p);
}

/* A record whose signature doesn't fit ends the contact of who sent it, and its address is held off: with a word, and a
 * time after which it may come again. */
static void test_rules(void **state) {
    (void)state;
    static const struct way good = {0};
    struct point p;
    struct page page;
    uint8_t *body = malloc(HTTP_BODY_MAX), *answer;
    struct http_contact *c;
    enum http_error err = HTTP_OK;
    point_open(&p, 7);
    page_open(&page, &p.community.record, NOW);
    page_begin_contact(&page);
    struct talk t = {.point = &p, .page = &page, .way = &good, .number = 1};
    talk(&t, 10);
    /* A page that forges: its own store takes whatever it is given. */
    struct sample_record *forged = malloc(sizeof *forged);
    do sample_record(&p.rng, forged, &p.community, &p.author, 100);
    while (forged->record.created > NOW || forged->record.created < SAMPLE_TIME ||
           forged->record.kind == KIND_RETRACTION || record_ref(&forged->record, REF_BLOB));
    forged->record.signature[5] ^= 1;
    int size = record_encode(&forged->record, page.record, sizeof page.record);
    struct record again;
    assert_int_equal(record_decode(&again, page.record, (size_t)size), 0);
    assert_int_equal(store_put(page.store, &again, page.record, (size_t)size, NOW), 1);
    struct session_offered offered = {.item = session_store_item(2, store_newest_num(page.store)), .own = true};
    memcpy(offered.id, again.id, HASH_SIZE);
    session_offer(page.session, &offered);
    for (unsigned i = 0; i < 500 && !err; i++) {
        size_t out = page_say(&page, body, HTTP_BODY_MAX);
        err = post(&p, "10.0.0.1", 1, body, out, &c);
        if (!err) {
            out = http_contact_speak(c, false, &answer);
            page_hear(&page, answer, out);
            free(answer);
        }
        usleep(2000);
        point_step(&p);
    }
    assert_int_equal(err, HTTP_ERROR_RULES);
    assert_int_equal(p.over, HTTP_ERROR_RULES);
    assert_int_equal(post(&p, "10.0.0.1", 1, NULL, 0, &c), HTTP_ERROR_RULES);
    assert_int_equal(post_first(&p, "10.0.0.1", 2), HTTP_ERROR_OFTEN);
    struct lan_key key = key_of("10.0.0.1");
    assert_in_range(http_retry_seconds(p.http, &key, HTTP_ERROR_OFTEN), 5, 20);
    assert_int_equal(post_first(&p, "10.0.0.2", 2), HTTP_OK);
    p.skipped_ms += 21000;
    assert_int_equal(post_first(&p, "10.0.0.1", 2), HTTP_OK);
    assert_int_equal(point_records(&p), 0);
    free(forged);
    free(body);
    page_close(&page);
    point_close(&p);
}

/* One request and its answer. */
static void wait_step(struct talk *t) {
    uint8_t body[40000];
    assert_int_equal(request_go(t, body, page_say(t->page, body, sizeof body)), HTTP_OK);
    usleep(2000);
    point_step(t->point);
}

/* Who waits is told when something is written, at once; who listens is told once, until it has been taken; who does
 * neither is told nothing, and the session stands still. A request that never ends harms nobody. */
static void test_wait(void **state) {
    (void)state;
    static const struct way good = {0};
    struct point p;
    struct page page;
    uint8_t *answer;
    struct http_contact *c;
    uint8_t id[HTTP_ID_SIZE];
    struct lan_key key = key_of("10.0.0.1");
    point_open(&p, 8);
    page_open(&page, &p.community.record, NOW);
    page_begin_contact(&page);
    struct talk t = {.point = &p, .page = &page, .way = &good, .number = 1};
    talk(&t, 10);
    for (unsigned i = 0; i < 50; i++) wait_step(&t); /* the last acks */
    id_of(id, 1);
    c = http_contact_find(p.http, id, &key);
    assert_int_equal(http_contact_speak(c, true, &answer), 0);
    p.ready_count = 0;
    point_write(&p, 1, 100);
    for (unsigned i = 0; i < 1000 && p.ready_count == 0; i++) point_step(&p);
    assert_int_equal(p.ready_count, 1);
    assert_ptr_equal(p.ready, c);
    size_t size = http_contact_speak(c, false, &answer);
    assert_true(size > 0);
    page_hear(&page, answer, size);
    free(answer);
    for (unsigned i = 0; i < 1000 && page.came == 0; i++) wait_step(&t);
    assert_int_equal(page.came, 1);
    for (unsigned i = 0; i < 50; i++) wait_step(&t);

    http_contact_watch(c, true);
    p.ready_count = 0;
    point_write(&p, 1, 100);
    for (unsigned i = 0; i < 200; i++) point_step(&p);
    point_write(&p, 1, 100);
    for (unsigned i = 0; i < 200; i++) point_step(&p);
    assert_int_equal(p.ready_count, 1);
    assert_true(http_contact_speak(c, false, &answer) > 0);
    free(answer);
    http_contact_watch(c, false);
    p.ready_count = 0;
    point_write(&p, 1, 100);
    for (unsigned i = 0; i < 200; i++) point_step(&p);
    assert_int_equal(p.ready_count, 0);

    struct http_post *endless = http_post_begin(p.http, id, &key);
    http_post_take(endless, (const uint8_t[]){200, 0, 3}, 3);
    assert_int_equal(post(&p, "10.0.0.1", 1, NULL, 0, &c), HTTP_OK);
    http_post_free(endless);
    assert_ptr_equal(http_contact_find(p.http, id, &key), c);
    page_close(&page);
    point_close(&p);
}

/* A page that comes back after its contact has ended begins a new one, and gets what it lacks. What one contact costs
 * in memory is within its bound. */
static void test_again(void **state) {
    (void)state;
    static const struct way good = {0};
    struct point p;
    struct page page;
    point_open(&p, 9);
    assert_true(http_contact_size() <= HTTP_CONTACT_MEMORY);
    page_open(&page, &p.community.record, NOW);
    struct talk t = {.point = &p, .page = &page, .way = &good};
    for (unsigned i = 1; i <= 3; i++) {
        point_write(&p, 20, 200);
        page_begin_contact(&page);
        t.number = i;
        talk(&t, 10);
        assert_int_equal(page_records(&page), 20 * i);
        p.skipped_ms += HTTP_CONTACT_MS + 1000;
        http_contacts_run(p.http);
        http_contacts_run(p.http);
        assert_int_equal(p.over_count, i);
    }
    page_close(&page);
    point_close(&p);
}

static int by_bytes(const void *a, const void *b) {
    return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 8);
}

/* Count the strings of 8 bytes that occur twice. */
static unsigned tape_repeats(const struct tape *t) {
    size_t count = t->size - 7;
    unsigned twice = 0;
    const uint8_t **at = malloc(count * sizeof *at);
    CHECK(at);
    for (size_t i = 0; i < count; i++) at[i] = t->bytes + i;
    qsort(at, count, sizeof *at, by_bytes);
    for (size_t i = 0; i + 1 < count; i++) twice += memcmp(at[i], at[i + 1], 8) == 0;
    free(at);
    return twice;
}

/* A page meets a point, meets it again, and once more after it has lost everything: in the bodies of all three contacts
 * no string of 8 bytes occurs twice, nor any of the community's id, the author's key, or a record's signature and text.
 * (What HTTP adds is in clear: method, path, the contact's own random id, sizes, Date.) A record's bytes put on the
 * tape are found. */
static void test_bodies_repeat_nothing(void **state) {
    (void)state;
    static const struct way good = {0};
    struct point p;
    struct page page, again;
    struct tape tape = {0};
    point_open(&p, 6);
    page_open(&page, &p.community.record, NOW);
    page_open(&again, &p.community.record, NOW);
    point_write(&p, 150, 300);
    for (unsigned i = 1; i <= 3; i++) {
        struct page *one = i < 3 ? &page : &again;
        struct talk t = {.point = &p, .page = one, .way = &good, .number = i, .tape = &tape};
        page_begin_contact(one);
        talk(&t, 30);
        assert_int_equal(page_records(one), 150);
        p.skipped_ms += HTTP_CONTACT_MS + 1000;
        http_contacts_run(p.http);
    }
    assert_true(tape.size > 20000);
    const size_t contacts = tape.size;
    tape_add(&tape, p.community.charter.community, HASH_SIZE);
    tape_add(&tape, p.author.key, KEY_SIZE);
    assert_int_equal(tape_repeats(&tape), 0);
    /* The record that came last, its signature and the beginning of its body. */
    tape.size = contacts;
    tape_add(&tape, again.record + 1 + 1 + HASH_SIZE + KEY_SIZE, 150);
    assert_int_equal(tape_repeats(&tape), 0);
    tape_add(&tape, again.record + 1 + 1 + HASH_SIZE + KEY_SIZE, 150);
    assert_int_equal(tape_repeats(&tape), 150 - 7);
    free(tape.bytes);
    page_close(&page);
    page_close(&again);
    point_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_repeat_nothing),
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_bad_way),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_handshake_left),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
