/*
 * http_contacts.c: contacts over HTTP.
 *
 * A session only makes a frame when somebody is there to take it: a request that waits, or a listener who is told that
 * there is something. For the latter one frame is made and held; until it is taken the session is asked for no other
 * and its deadlines rest. Between requests of a page that sleeps nothing happens at all.
 */
#include "carrier/http_contacts.h"

#include <stdlib.h>
#include <string.h>

#include "carrier/contact.h"
#include "carrier/lan_frames.h"
#include "core/check.h"

#define KEEPALIVE_MS 60000
#define SETTLED_MS 30000 /* so long settled and still, and it makes room for another */
#define ABSENT_MS 60000  /* the same without any request */
#define LEFT_MS 3000     /* the same for another of the same address: a page that was loaded anew */
#define LOOK_MS 1000     /* how often to look for what has been there for too long */
#define ANSWER_STEP (CHANNEL_FRAME_MAX + LAN_PREFIX_SIZE)

struct http_contact {
    struct contact contact; /* first: a pointer to it is one to this */
    struct http_contacts *home;
    uint8_t id[HTTP_ID_SIZE];
    bool wanted;  /* a request waits */
    bool watched; /* somebody listens */
    bool told;    /* … and was told */
    bool closing; /* only what is held is said still */
    uint64_t begun_ms, requested_ms;
    uint64_t drops_milli, drops_ms; /* frames that may be dropped now, in thousandths; since when */
    uint64_t dropped;
    size_t held_size;
    uint8_t held[ANSWER_STEP];
};

struct blamed {
    uint8_t id[HTTP_ID_SIZE];
    struct lan_key key;
};

struct http_contacts {
    struct contacts *set;
    struct http_contacts_config config;
    struct http_contact *list[2 * HTTP_CONTACTS_MAX]; /* those that are ending, too */
    unsigned count;
    struct blamed blamed[HTTP_BLAMED_MAX]; /* a ring */
    unsigned blamed_at;
    uint64_t looked_ms;
};

struct http_post {
    struct http_contacts *home;
    uint8_t id[HTTP_ID_SIZE];
    struct lan_key key;
    enum http_error err;
    size_t size;
    struct lan_frames frames;
};

static const struct contact_carrier carrier;

static uint64_t now_of(const struct http_contacts *h) {
    return h->config.now_ms ? h->config.now_ms(h->config.context) : contact_now_ms();
}

size_t http_contact_size(void) {
    return sizeof(struct http_contact) + contact_size();
}

/* ---- The set ---- */

struct http_contacts *http_contacts_new(struct contacts *set, const struct http_contacts_config *config) {
    struct http_contacts *h = calloc(1, sizeof *h);
    CHECK(http_contact_size() <= HTTP_CONTACT_MEMORY);
    if (!h) return NULL;
    h->set = set;
    h->config = *config;
    return h;
}

static void close_links(struct http_contact *c) {
    c->contact.links = 0;
    contact_settle_end(&c->contact);
}

void http_contacts_free(struct http_contacts *h) {
    if (!h) return;
    for (unsigned i = h->count; i-- > 0;) contact_goodbye(&h->list[i]->contact, ERR_INTERRUPTED);
    while (h->count > 0) {
        struct http_contact *c = h->list[--h->count];
        c->home = NULL; /* what it brought is stored still */
        close_links(c);
    }
    free(h);
}

static void on_gone(struct contact *contact) {
    struct http_contact *c = (struct http_contact *)contact;
    struct http_contacts *h = c->home;
    for (unsigned i = 0; h && i < h->count; i++) {
        if (h->list[i] != c) continue;
        h->list[i] = h->list[--h->count];
        break;
    }
    free(c);
}

static bool is_running(const struct http_contact *c) {
    return c->contact.phase == CONTACT_RUNNING;
}

struct http_contact *http_contact_find(const struct http_contacts *h, const uint8_t id[HTTP_ID_SIZE],
                                       const struct lan_key *key) {
    for (unsigned i = 0; i < h->count; i++) {
        struct http_contact *c = h->list[i];
        if (is_running(c) && memcmp(c->id, id, HTTP_ID_SIZE) == 0 && lan_key_equal(&c->contact.key, key)) return c;
    }
    return NULL;
}

static void blame_note(struct http_contacts *h, const struct http_contact *c) {
    struct blamed *one = &h->blamed[h->blamed_at++ % HTTP_BLAMED_MAX];
    memcpy(one->id, c->id, HTTP_ID_SIZE);
    one->key = c->contact.key;
}

/* What to say of a contact that is not there. */
static enum http_error missing(const struct http_contacts *h, const uint8_t id[HTTP_ID_SIZE],
                               const struct lan_key *key) {
    for (unsigned i = 0; i < HTTP_BLAMED_MAX; i++)
        if (memcmp(h->blamed[i].id, id, HTTP_ID_SIZE) == 0 && lan_key_equal(&h->blamed[i].key, key))
            return HTTP_ERROR_RULES;
    return HTTP_ERROR_CONTACT;
}

unsigned http_retry_seconds(const struct http_contacts *h, const struct lan_key *key, enum http_error why) {
    uint64_t held_ms = lan_address_held_ms(contacts_addresses(h->set), key, now_of(h));
    if (held_ms > 0) return (unsigned)(held_ms / 1000 + 1);
    return why == HTTP_ERROR_FULL ? 20 : 2;
}

/* ---- What the set asks of a carrier ---- */

enum http_error http_contact_over(const struct http_contact *c) {
    if (c->contact.phase != CONTACT_ENDING) return HTTP_OK;
    return c->contact.blamed ? HTTP_ERROR_RULES : HTTP_ERROR_CONTACT;
}

static void on_ended(struct contact *contact) {
    struct http_contact *c = (struct http_contact *)contact;
    struct http_contacts *h = c->home;
    c->wanted = c->watched = false;
    if (contact->blamed) blame_note(h, c);
    h->config.over(h->config.context, c, http_contact_over(c));
    h->config.wake(h->config.context);
}

/* Make a frame, with its prefix, where there is room for one. Return its size, or 0. */
static size_t frame_make(struct http_contact *c, uint8_t *out, uint64_t now_ms) {
    size_t size = contact_send(&c->contact, out + LAN_PREFIX_SIZE, now_ms);
    if (size == 0) return 0;
    lan_frames_prefix(out, size);
    return LAN_PREFIX_SIZE + size;
}

static void hold(struct http_contact *c, uint64_t now_ms) {
    if (c->held_size == 0 && (c->wanted || c->watched)) c->held_size = frame_make(c, c->held, now_ms);
}

/* Tell that there is something. */
static void tell(struct http_contact *c) {
    struct http_contacts *h = c->home;
    if (c->held_size == 0 || (!c->wanted && (!c->watched || c->told))) return;
    c->told = true;
    h->config.ready(h->config.context, c);
}

/* Who has brought as much as one contact may begins anew; nobody is blamed for it. */
static bool is_spent(const struct http_contact *c) {
    return c->contact.bytes_in >= HTTP_BYTES_IN_MAX || c->contact.records_in >= HTTP_RECORDS_IN_MAX;
}

static void on_turn(struct contact *contact) {
    struct http_contact *c = (struct http_contact *)contact;
    uint64_t now_ms = now_of(c->home);
    if (!is_running(c)) return;
    if (c->held_size == 0 && (c->wanted || c->watched)) contact_expire(contact, now_ms);
    if (contact_turn_begin(contact, now_ms)) hold(c, now_ms);
    contact_turn_end(contact, now_ms);
    if (!is_running(c)) return;
    if (is_spent(c)) {
        contact_goodbye(contact, ERR_LIMIT);
        return;
    }
    tell(c);
    if (c->wanted || c->watched) c->home->config.wake(c->home->config.context);
}

static void on_goodbye(struct contact *contact) {
    struct http_contact *c = (struct http_contact *)contact;
    c->closing = true;
    if (!c->wanted) return;
    hold(c, now_of(c->home));
    tell(c);
}

static const struct contact_carrier carrier = {
    .http = true, .turn = on_turn, .goodbye = on_goodbye, .ended = on_ended, .gone = on_gone};

/* ---- A new contact ---- */

/* Choose who makes room: of this address (NULL: of any) the one that was quiet for longest. */
static struct http_contact *leaver(const struct http_contacts *h, const struct lan_key *key, uint64_t now_ms) {
    struct http_contact *best = NULL;
    for (unsigned i = 0; i < h->count; i++) {
        struct http_contact *c = h->list[i];
        if (!is_running(c) || c->wanted || (key && !lan_key_equal(&c->contact.key, key))) continue;
        bool left = !c->watched && now_ms - c->requested_ms >= (key ? LEFT_MS : ABSENT_MS);
        bool idle = c->contact.settled && now_ms - c->contact.moved_ms >= SETTLED_MS;
        if (!left && !idle) continue;
        if (!best || c->requested_ms < best->requested_ms) best = c;
    }
    return best;
}

static bool room_make(struct http_contacts *h, const struct lan_key *key, uint64_t now_ms) {
    unsigned all = 0, of_one = 0;
    struct http_contact *c = NULL;
    for (unsigned i = 0; i < h->count; i++) {
        all += is_running(h->list[i]);
        of_one += is_running(h->list[i]) && lan_key_equal(&h->list[i]->contact.key, key);
    }
    if (of_one >= HTTP_CONTACTS_OF_ONE)
        c = leaver(h, key, now_ms);
    else if (all >= HTTP_CONTACTS_MAX)
        c = leaver(h, NULL, now_ms);
    else
        return h->count < 2 * HTTP_CONTACTS_MAX;
    if (c) contact_goodbye(&c->contact, ERR_END);
    return c != NULL && h->count < 2 * HTTP_CONTACTS_MAX;
}

static enum http_error contact_make(struct http_post *post, uint64_t now_ms, struct http_contact **out) {
    static const struct contact_limits limits = {.keepalive_ms = KEEPALIVE_MS,
                                                 .bytes_in_max = 2 * HTTP_BYTES_IN_MAX,
                                                 .records_in_max = 2 * HTTP_RECORDS_IN_MAX,
                                                 .work_max = HTTP_WORK_MAX};
    struct http_contacts *h = post->home;
    if (contacts_is_stopping(h->set)) return HTTP_ERROR_FULL;
    if (!lan_address_admit(contacts_addresses(h->set), &post->key, now_ms)) {
        contacts_turn_away(h->set);
        return HTTP_ERROR_OFTEN;
    }
    struct http_contact *c = room_make(h, &post->key, now_ms) ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        contacts_turn_away(h->set);
        return HTTP_ERROR_FULL;
    }
    c->home = h;
    memcpy(c->id, post->id, HTTP_ID_SIZE);
    c->begun_ms = c->requested_ms = c->drops_ms = now_ms;
    c->drops_milli = HTTP_DROPS_BURST * 1000;
    h->list[h->count++] = c;
    contact_init(&c->contact, h->set, &carrier);
    c->contact.links = 1; /* until http_contacts_run has seen it end */
    *out = c;
    if (contact_begin(&c->contact, &post->key, false, &limits, now_ms) == 0) return HTTP_OK;
    contact_end(&c->contact, ERR_MEMORY, false);
    return HTTP_ERROR_FULL;
}

/* ---- A request ---- */

struct http_post *http_post_begin(struct http_contacts *h, const uint8_t id[HTTP_ID_SIZE], const struct lan_key *key) {
    struct http_post *post = malloc(sizeof *post);
    if (!post) return NULL;
    post->home = h;
    memcpy(post->id, id, HTTP_ID_SIZE);
    post->key = *key;
    post->err = HTTP_OK;
    post->size = 0;
    post->frames.fill = 0;
    return post;
}

void http_post_free(struct http_post *post) {
    free(post);
}

/* Tell whether one more frame that cannot be opened may be looked at, after what was dropped until now. */
static bool drops_take(struct http_contact *c, uint64_t now_ms) {
    struct session_status status;
    uint64_t full = HTTP_DROPS_BURST * 1000, passed_ms = now_ms - c->drops_ms;
    if (passed_ms > 60000) passed_ms = 60000;
    c->drops_milli += passed_ms * HTTP_DROPS_A_SECOND;
    if (c->drops_milli > full) c->drops_milli = full;
    c->drops_ms = now_ms;
    session_status(c->contact.session, &status);
    uint64_t more = (status.dropped - c->dropped) * 1000;
    c->dropped = status.dropped;
    c->drops_milli -= more < c->drops_milli ? more : c->drops_milli;
    return c->drops_milli >= 1000;
}

static enum http_error frame_take(struct http_post *post, const uint8_t *frame, size_t size, uint64_t now_ms) {
    struct http_contact *c = http_contact_find(post->home, post->id, &post->key);
    if (!c) {
        bool begins = frame[0] == CHANNEL_FIRST && size == CHANNEL_FIRST_SIZE;
        enum http_error err = missing(post->home, post->id, &post->key);
        if (begins && err == HTTP_ERROR_CONTACT) err = contact_make(post, now_ms, &c);
        if (err) return err;
        CHECK(c);
    }
    if (!drops_take(c, now_ms)) return HTTP_ERROR_OFTEN;
    c->contact.bytes_in += LAN_PREFIX_SIZE + size;
    c->requested_ms = now_ms;
    int err = contact_recv(&c->contact, frame, size, now_ms);
    if (!err) return HTTP_OK;
    session_refuse(c->contact.session, err);
    on_turn(&c->contact);
    return is_running(c) ? HTTP_OK : http_contact_over(c);
}

void http_post_take(struct http_post *post, const uint8_t *data, size_t size) {
    const uint8_t *frame;
    size_t frame_size;
    uint64_t now_ms = now_of(post->home);
    int got = 0;
    if (post->err || size == 0) return;
    post->size += size;
    if (post->size > HTTP_BODY_MAX) {
        post->err = HTTP_ERROR_SIZE;
        return;
    }
    while (!post->err && (got = lan_frames_next(&post->frames, &data, &size, &frame, &frame_size)) > 0)
        post->err = frame_take(post, frame, frame_size, now_ms);
    if (got < 0) post->err = HTTP_ERROR_FRAMES;
    contacts_rest(post->home->set);
}

enum http_error http_post_end(struct http_post *post, struct http_contact **out) {
    struct http_contacts *h = post->home;
    enum http_error err = post->err;
    struct http_contact *c = http_contact_find(h, post->id, &post->key);
    *out = NULL;
    if (c) c->requested_ms = now_of(h);
    if (!err && post->frames.fill > 0) err = HTTP_ERROR_FRAMES;
    if (!err && !c) err = missing(h, post->id, &post->key);
    free(post);
    if (err && c) on_turn(&c->contact); /* what came before it was taken */
    if (!err) *out = c;
    return err;
}

/* ---- What it says ---- */

/* Move what is held and what the session has to say to out. */
static size_t draw(struct http_contact *c, uint8_t *out, uint64_t now_ms) {
    size_t size = c->held_size, more;
    if (size > 0) memcpy(out, c->held, size);
    c->held_size = 0;
    c->told = false;
    while (HTTP_ANSWER_MAX - size >= ANSWER_STEP && (more = frame_make(c, out + size, now_ms)) > 0) size += more;
    c->contact.more = c->watched && HTTP_ANSWER_MAX - size < ANSWER_STEP;
    return size;
}

size_t http_contact_speak(struct http_contact *c, bool is_wanted, uint8_t **out) {
    uint64_t now_ms = now_of(c->home);
    size_t size = 0;
    uint8_t *body = malloc(HTTP_ANSWER_MAX);
    *out = NULL;
    c->wanted = false;
    if (!body) return 0; /* as if the answer was lost */
    if (c->closing) {
        size = draw(c, body, now_ms);
    } else if (is_running(c)) {
        contact_expire(&c->contact, now_ms);
        if (contact_turn_begin(&c->contact, now_ms)) size = draw(c, body, now_ms);
        contact_turn_end(&c->contact, now_ms);
    }
    c->contact.bytes_out += size;
    if (size == 0) {
        free(body);
        c->wanted = is_wanted && is_running(c);
        return 0;
    }
    uint8_t *less = realloc(body, size);
    *out = less ? less : body;
    return size;
}

void http_contact_unwant(struct http_contact *c) {
    c->wanted = false;
}

void http_contact_watch(struct http_contact *c, bool watched) {
    c->watched = watched && is_running(c);
    c->told = false;
    c->requested_ms = now_of(c->home);
    if (c->watched) {
        c->contact.more = true;
        contacts_busy(c->home->set);
    }
}

unsigned http_contact_near(const struct http_contact *c) {
    return contacts_near(c->contact.set) - (is_running(c) && c->contact.met);
}

/* ---- Time ---- */

/* When the session wants its time; never while it stands still. */
static uint64_t deadline(const struct http_contact *c) {
    if (!is_running(c) || c->held_size > 0 || (!c->wanted && !c->watched)) return UINT64_MAX;
    return session_deadline(c->contact.session);
}

int http_contacts_wait_ms(const struct http_contacts *h) {
    uint64_t now_ms = now_of(h), at = UINT64_MAX;
    for (unsigned i = 0; i < h->count; i++) {
        const struct http_contact *c = h->list[i];
        uint64_t one = is_running(c) ? deadline(c) : c->contact.links > 0 ? now_ms : UINT64_MAX;
        if (is_running(c) && h->looked_ms + LOOK_MS < one) one = h->looked_ms + LOOK_MS;
        if (one < at) at = one;
    }
    if (at == UINT64_MAX) return -1;
    return at > now_ms ? (int)(at - now_ms) : 0;
}

static bool is_too_old(const struct http_contact *c, uint64_t now_ms) {
    if (!c->contact.met && now_ms - c->begun_ms >= HTTP_HANDSHAKE_MS) return true;
    return !c->wanted && !c->watched && now_ms - c->requested_ms >= HTTP_CONTACT_MS;
}

void http_contacts_run(struct http_contacts *h) {
    uint64_t now_ms = now_of(h);
    bool look = now_ms - h->looked_ms >= LOOK_MS;
    if (look) h->looked_ms = now_ms;
    for (unsigned i = h->count; i-- > 0;) {
        struct http_contact *c = h->list[i];
        if (!is_running(c)) {
            if (c->contact.links > 0) close_links(c);
        } else if (look && is_too_old(c, now_ms)) {
            contact_end(&c->contact, ERR_SILENT, false);
        } else if (deadline(c) <= now_ms) {
            on_turn(&c->contact);
        }
    }
}
