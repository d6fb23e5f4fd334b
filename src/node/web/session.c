/*
 * The session endpoint.
 *
 * A POST whose answer waits and a stream of events are suspended connections: they cost no thread, and libmicrohttpd
 * does not look at them. They stand in a list; once a second their sockets are looked at for clients that have gone.
 * Whatever resumes one writes the server's eventfd, since a resumed connection goes on within the next web_run.
 */
#include "node/web/session.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "carrier/http_contacts.h"
#include "core/invite.h"
#include "node/web/request.h"

#define LOOK_MS 1000
#define HEARTBEAT_MS 15000
#define EVENT_BLOCK 512 /* bytes of one piece of a stream; every event fits */

enum ask { ASK_GROUPS, ASK_POST, ASK_EVENTS, ASK_OPTIONS, ASK_REFUSED };

struct session_request {
    struct request *request;
    struct sessions *home;                /* NULL: this server has no contacts */
    struct session_request *next, **link; /* while it waits, or is a stream */
    enum ask kind;
    enum http_error error; /* of ASK_REFUSED */
    bool is_own;           /* may know the groups */
    bool suspended;
    uint8_t id[HTTP_ID_SIZE];
    struct http_post *post;       /* while the body comes */
    struct http_contact *contact; /* while it is in the list, and lives */
    /* a POST */
    unsigned wait_seconds;
    uint64_t until_ms;
    bool ready, gone; /* goes on: with this body; its client has gone */
    uint8_t *body;    /* owned */
    size_t body_size;
    /* a stream */
    bool more, ended;
    unsigned near;
    bool near_told;
    uint64_t said_ms;
};

struct sessions {
    struct web *web;
    struct contacts *set;
    struct http_contacts *contacts;
    struct session_request *list;
    uint64_t looked_ms;
    int wake_fd;
};

/* ---- The list ---- */

static void list_put(struct session_request *s, struct http_contact *c) {
    struct sessions *all = s->home;
    s->contact = c;
    s->next = all->list;
    s->link = &all->list;
    if (s->next != NULL) s->next->link = &s->next;
    all->list = s;
}

static void list_take(struct session_request *s) {
    if (s->link == NULL) return;
    *s->link = s->next;
    if (s->next != NULL) s->next->link = s->link;
    s->link = NULL;
    s->contact = NULL;
}

static void wake(void *context) {
    static const uint64_t one = 1;
    const struct sessions *all = context;
    if (write(all->wake_fd, &one, sizeof one) < 0) return; /* full: the loop is awake anyway */
}

static void go_on(struct session_request *s) {
    if (!s->suspended) return;
    s->suspended = false;
    MHD_resume_connection(s->request->connection);
    wake(s->home);
}

static void suspend(struct session_request *s) {
    s->suspended = true;
    web_link_wait(s->request->link);
    MHD_suspend_connection(s->request->connection);
}

/* A POST has waited enough; s->body may hold its answer. */
static void post_finish(struct session_request *s) {
    if (s->contact != NULL) http_contact_unwant(s->contact);
    list_take(s);
    s->ready = true;
    go_on(s);
}

static void events_finish(struct session_request *s) {
    if (s->contact != NULL) http_contact_watch(s->contact, false);
    list_take(s);
    s->ended = true;
    go_on(s);
}

static void finish(struct session_request *s) {
    if (s->kind == ASK_POST)
        post_finish(s);
    else
        events_finish(s);
}

/* Return the request of this kind that belongs to a contact, or NULL. */
static struct session_request *request_of(const struct sessions *all, const struct http_contact *c, enum ask kind) {
    struct session_request *s = all->list;
    while (s != NULL && (s->contact != c || s->kind != kind)) s = s->next;
    return s;
}

/* ---- What contacts tell ---- */

static void on_ready(void *context, struct http_contact *c) {
    const struct sessions *all = context;
    struct session_request *s = request_of(all, c, ASK_POST);
    if (s != NULL) {
        s->body_size = http_contact_speak(c, true, &s->body);
        if (s->body_size > 0) post_finish(s);
        return;
    }
    s = request_of(all, c, ASK_EVENTS);
    if (s == NULL) return;
    s->more = true;
    go_on(s);
}

static void on_over(void *context, struct http_contact *c, enum http_error why) {
    const struct sessions *all = context;
    struct session_request *next;
    for (struct session_request *s = all->list; s != NULL; s = next) {
        next = s->next;
        if (s->contact != c) continue;
        s->contact = NULL;
        s->error = why;
        finish(s);
    }
}

/* ---- Life and time ---- */

struct sessions *sessions_new(struct web *web, struct contacts *set, int wake_fd) {
    struct sessions *all = calloc(1, sizeof *all);
    if (all == NULL) return NULL;
    const struct http_contacts_config config = {.ready = on_ready, .over = on_over, .wake = wake, .context = all};
    all->web = web;
    all->set = set;
    all->wake_fd = wake_fd;
    all->contacts = http_contacts_new(set, &config);
    if (all->contacts != NULL) return all;
    free(all);
    return NULL;
}

void sessions_free(struct sessions *all) {
    if (all == NULL) return;
    http_contacts_free(all->contacts);
    while (all->list != NULL) finish(all->list);
    free(all);
}

int sessions_wait_ms(const struct sessions *all) {
    if (all == NULL) return -1;
    int wait = http_contacts_wait_ms(all->contacts);
    uint64_t now = web_clock_ms();
    for (const struct session_request *s = all->list; s != NULL; s = s->next) {
        uint64_t at = s->kind == ASK_POST ? s->until_ms : s->said_ms + HEARTBEAT_MS;
        int one = at > now ? (int)(at - now) : 0;
        if (wait < 0 || one < wait) wait = one;
    }
    return wait;
}

/* Tell whether a client that waits has closed its side: there is an end to read. */
static bool has_gone(const struct session_request *s) {
    char byte;
    ssize_t got = recv(s->request->link->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

static void look(struct session_request *s) {
    if (s->suspended && has_gone(s)) {
        s->gone = true;
        finish(s);
    } else if (s->kind == ASK_EVENTS && (!s->near_told || s->near != http_contact_near(s->contact))) {
        s->near = http_contact_near(s->contact);
        s->near_told = false;
        go_on(s);
    }
}

void sessions_run(struct sessions *all) {
    if (all == NULL) return;
    http_contacts_run(all->contacts);
    uint64_t now = web_clock_ms();
    bool looks = now - all->looked_ms >= LOOK_MS;
    struct session_request *next;
    if (looks) all->looked_ms = now;
    for (struct session_request *s = all->list; s != NULL; s = next) {
        next = s->next;
        if (s->kind == ASK_POST && now >= s->until_ms)
            post_finish(s);
        else if (looks)
            look(s);
        else if (s->kind == ASK_EVENTS && now >= s->said_ms + HEARTBEAT_MS)
            go_on(s);
    }
}

/* ---- Answers ---- */

static bool header(struct MHD_Response *response, const char *name, const char *value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

/* Send a response with the headers that all have; takes it over. */
static enum MHD_Result queue(struct request *r, unsigned status, struct MHD_Response *response, uint64_t size) {
    if (response == NULL) return MHD_NO;
    bool done = header(response, "Access-Control-Allow-Origin", "*") &&
                header(response, "Access-Control-Allow-Private-Network", "true") &&
                header(response, "Access-Control-Expose-Headers", "Retry-After") &&
                header(response, "Cross-Origin-Resource-Policy", "cross-origin") &&
                header(response, "X-Content-Type-Options", "nosniff") && header(response, "Cache-Control", "no-store");
    web_link_time(r->web, r->link, size);
    r->answered = true;
    enum MHD_Result result = done ? MHD_queue_response(r->connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

/* Send bytes that are freed when they are sent; size 0: data is NULL. */
static enum MHD_Result answer_bytes(struct request *r, unsigned status, const char *type, void *data, size_t size,
                                    unsigned retry_seconds) {
    char retry[16];
    struct MHD_Response *response = MHD_create_response_from_buffer(
        size, data != NULL ? data : "", data != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        free(data);
        return MHD_NO;
    }
    bool done = type == NULL || header(response, "Content-Type", type);
    snprintf(retry, sizeof retry, "%u", retry_seconds);
    if (done && retry_seconds > 0) done = header(response, "Retry-After", retry);
    if (done && status == MHD_HTTP_NO_CONTENT)
        done = header(response, "Access-Control-Allow-Methods", "GET, POST, OPTIONS") &&
               header(response, "Access-Control-Allow-Headers", "Content-Type") &&
               header(response, "Access-Control-Max-Age", "86400");
    if (done) return queue(r, status, response, size);
    MHD_destroy_response(response);
    return MHD_NO;
}

static enum MHD_Result answer_json(struct request *r, unsigned status, json_t *value, unsigned retry_seconds) {
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    if (text == NULL) return MHD_NO;
    return answer_bytes(r, status, "application/json", text, strlen(text), retry_seconds);
}

static const struct {
    unsigned status;
    const char *name;
} errors[] = {
    [HTTP_OK] = {MHD_HTTP_METHOD_NOT_ALLOWED, "method"},
    [HTTP_ERROR_FRAMES] = {MHD_HTTP_BAD_REQUEST, "frames"},
    [HTTP_ERROR_CONTACT] = {MHD_HTTP_NOT_FOUND, "contact"},
    [HTTP_ERROR_RULES] = {MHD_HTTP_CONFLICT, "rules"},
    [HTTP_ERROR_SIZE] = {MHD_HTTP_CONTENT_TOO_LARGE, "size"},
    [HTTP_ERROR_OFTEN] = {MHD_HTTP_TOO_MANY_REQUESTS, "often"},
    [HTTP_ERROR_FULL] = {MHD_HTTP_SERVICE_UNAVAILABLE, "full"},
};

static enum MHD_Result answer_refusal(struct session_request *s, enum http_error why) {
    struct request *r = s->request;
    unsigned retry = 0;
    if (why == HTTP_ERROR_OFTEN || why == HTTP_ERROR_FULL)
        retry = s->home != NULL ? http_retry_seconds(s->home->contacts, &r->link->key, why) : 60;
    return answer_json(r, errors[why].status, json_pack("{s:s}", "error", errors[why].name), retry);
}

/* ---- The groups ---- */

struct groups {
    json_t *list;
    struct charter charter;
    char line[INVITE_CHARS_MAX + 1];
};

static int group_visit(void *context, const struct store_community *group) {
    struct groups *at = context;
    struct record record;
    if (!group->joined || !charter_is_public(&group->charter) || json_array_size(at->list) >= HTTP_GROUPS_MAX) return 0;
    int err = charter_expand(&at->charter, &record, group->compact, group->compact_size);
    if (err >= 0) err = invite_encode(&record, NULL, 0, at->line, sizeof at->line);
    if (err >= 0) json_array_append_new(at->list, json_string(at->line));
    return 0; /* one that cannot be told is left out */
}

static enum MHD_Result groups_answer(struct session_request *s) {
    struct request *r = s->request;
    struct groups *at = calloc(1, sizeof *at);
    if (at == NULL) return MHD_NO;
    at->list = json_array();
    int err = 0;
    if (s->is_own) {
        home_enter(web_home(r->web));
        err = store_community_each(web_home(r->web)->store, r->when.now, group_visit, at);
        home_leave(web_home(r->web));
    }
    unsigned near = s->is_own && s->home != NULL ? contacts_near(s->home->set) : 0;
    json_t *value = json_pack("{s:i,s:o,s:i}", "longear", 1, "groups", at->list, "near", (int)near);
    free(at);
    if (err < 0) {
        json_decref(value);
        return answer_refusal(s, HTTP_ERROR_FULL);
    }
    return answer_json(r, MHD_HTTP_OK, value, 0);
}

/* ---- A POST ---- */

static enum MHD_Result post_answer(struct session_request *s) {
    uint8_t *body = s->body;
    s->body = NULL;
    return answer_bytes(s->request, MHD_HTTP_OK, "application/octet-stream", body, s->body_size, 0);
}

/* The body is there: answer, or wait until there is something to say. */
static enum MHD_Result post_handle(struct session_request *s) {
    struct http_contact *c = NULL;
    enum http_error err = http_post_end(s->post, &c);
    s->post = NULL;
    if (err) return answer_refusal(s, err);
    struct session_request *before = request_of(s->home, c, ASK_POST);
    if (before != NULL) post_finish(before);
    s->body_size = http_contact_speak(c, s->wait_seconds > 0, &s->body);
    if (s->body_size > 0) return post_answer(s);
    err = http_contact_over(c);
    if (err) return answer_refusal(s, err);
    if (s->wait_seconds == 0) return post_answer(s);
    s->until_ms = web_clock_ms() + s->wait_seconds * UINT64_C(1000);
    list_put(s, c);
    suspend(s);
    return MHD_YES;
}

/* It has waited. */
static enum MHD_Result post_resumed(struct session_request *s) {
    if (s->gone) return MHD_NO;
    if (s->body_size == 0 && s->error) return answer_refusal(s, s->error);
    return post_answer(s);
}

/* ---- Events ---- */

/* Write what there is to tell: whole events, which fit. */
static size_t events_write(struct session_request *s, char *out, size_t room) {
    size_t at = 0;
    if (s->more) at += (size_t)snprintf(out + at, room - at, "event: more\ndata:\n\n");
    if (!s->near_told) at += (size_t)snprintf(out + at, room - at, "event: near\ndata: %u\n\n", s->near);
    s->more = false;
    s->near_told = true;
    if (at == 0 && web_clock_ms() >= s->said_ms + HEARTBEAT_MS) at = (size_t)snprintf(out, room, ":\n\n");
    if (at > 0) s->said_ms = web_clock_ms();
    return at;
}

/* libmicrohttpd asks for more of a stream. */
static ssize_t events_read(void *context, uint64_t pos, char *out, size_t max) {
    struct session_request *s = context;
    char text[EVENT_BLOCK];
    (void)pos;
    if (s->ended) return MHD_CONTENT_READER_END_OF_STREAM;
    size_t size = max >= sizeof text ? events_write(s, text, sizeof text) : 0;
    memcpy(out, text, size);
    if (size == 0) suspend(s);
    return (ssize_t)size;
}

static enum MHD_Result events_handle(struct session_request *s) {
    struct request *r = s->request;
    struct http_contact *c = s->home != NULL ? http_contact_find(s->home->contacts, s->id, &r->link->key) : NULL;
    if (c == NULL) return answer_refusal(s, HTTP_ERROR_CONTACT);
    struct session_request *before = request_of(s->home, c, ASK_EVENTS);
    if (before != NULL) events_finish(before);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2 * EVENT_BLOCK, events_read, s, NULL);
    if (response == NULL) return MHD_NO;
    if (!header(response, "Content-Type", "text/event-stream")) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    s->near = http_contact_near(c);
    s->said_ms = web_clock_ms();
    list_put(s, c);
    http_contact_watch(c, true);
    enum MHD_Result result = queue(r, MHD_HTTP_OK, response, 0);
    web_link_wait(r->link);
    return result;
}

/* ---- Requests ---- */

bool session_is_path(const char *path) {
    return strncmp(path, "/session", 8) == 0 && (path[8] == '\0' || path[8] == '/');
}

static const char *header_get(const struct request *r, const char *name) {
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* Whoever asks from this device must be its own page, or no browser: another page in the operator's browser would learn
 * the groups. Guests from elsewhere see what the page shows them. */
static bool own(const struct request *r) {
    const char *host = header_get(r, MHD_HTTP_HEADER_HOST);
    if (!web_is_local(r->web, &r->link->address)) return true;
    return guard_host_of(host, NULL) == GUARD_HOST_LOOP &&
           guard_origin_is_own(host, header_get(r, "Origin"), header_get(r, "Sec-Fetch-Site"));
}

/* Read "/ID" and what is behind it. */
static bool id_read(const char *path, uint8_t out[HTTP_ID_SIZE], const char **rest) {
    static const char digits[] = "0123456789abcdef";
    if (*path++ != '/' || strnlen(path, 2 * (size_t)HTTP_ID_SIZE) < 2 * (size_t)HTTP_ID_SIZE) return false;
    for (size_t i = 0; i < 2 * HTTP_ID_SIZE; i++) {
        const char *digit = strchr(digits, path[i]);
        if (digit == NULL) return false;
        unsigned high = i % 2 == 0 ? 0 : out[i / 2];
        out[i / 2] = (uint8_t)(high << 4 | (unsigned)(digit - digits));
    }
    *rest = path + 2 * HTTP_ID_SIZE;
    return true;
}

static void kind_find(struct session_request *s, const char *method) {
    const char *rest = s->request->path + strlen("/session");
    bool get = strcmp(method, "GET") == 0, is_groups = *rest == '\0';
    bool known = is_groups || (id_read(rest, s->id, &rest) && (*rest == '\0' || strcmp(rest, "/events") == 0));
    s->kind = ASK_REFUSED;
    if (!known)
        s->error = HTTP_ERROR_CONTACT;
    else if (strcmp(method, "OPTIONS") == 0)
        s->kind = ASK_OPTIONS;
    else if (is_groups)
        s->kind = get ? ASK_GROUPS : ASK_REFUSED;
    else if (*rest == '\0')
        s->kind = s->request->post ? ASK_POST : ASK_REFUSED;
    else
        s->kind = get ? ASK_EVENTS : ASK_REFUSED;
}

static unsigned wait_read(const struct request *r) {
    const char *text = request_query(r, "wait", 2);
    unsigned seconds = 0;
    for (; *text >= '0' && *text <= '9'; text++) seconds = seconds * 10 + (unsigned)(*text - '0');
    return seconds < HTTP_WAIT_SECONDS_MAX ? seconds : HTTP_WAIT_SECONDS_MAX;
}

static void post_judge(struct session_request *s) {
    struct request *r = s->request;
    const char *length = header_get(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
    r->body_size = length != NULL ? strtoull(length, NULL, 10) : HTTP_BODY_MAX;
    s->wait_seconds = wait_read(r);
    if (r->body_size > HTTP_BODY_MAX)
        s->error = HTTP_ERROR_SIZE;
    else if (s->home == NULL || (s->post = http_post_begin(s->home->contacts, s->id, &r->link->key)) == NULL)
        s->error = HTTP_ERROR_FULL;
    else
        return;
    r->body_size = 0;
    s->kind = ASK_REFUSED;
}

bool session_judge(struct request *r, const char *method) {
    struct session_request *s = calloc(1, sizeof *s);
    r->session = s;
    if (s == NULL) return false;
    s->request = r;
    s->home = web_sessions(r->web);
    s->is_own = own(r);
    kind_find(s, method);
    if (s->kind == ASK_POST) post_judge(s);
    if (s->kind == ASK_REFUSED) r->refused = errors[s->error].status;
    return true;
}

void session_body(struct request *r, const char *data, size_t size) {
    if (r->session->post != NULL) http_post_take(r->session->post, (const uint8_t *)data, size);
}

enum MHD_Result session_handle(struct request *r) {
    struct session_request *s = r->session;
    if (s->suspended) return MHD_YES;
    switch (s->kind) {
    case ASK_GROUPS: return groups_answer(s);
    case ASK_OPTIONS: return answer_bytes(r, MHD_HTTP_NO_CONTENT, NULL, NULL, 0, 0);
    case ASK_EVENTS: return events_handle(s);
    case ASK_POST: return s->ready ? post_resumed(s) : post_handle(s);
    case ASK_REFUSED: break;
    }
    return answer_refusal(s, s->error);
}

void session_request_free(struct session_request *s) {
    if (s == NULL) return;
    if (s->contact != NULL && s->kind == ASK_EVENTS) http_contact_watch(s->contact, false);
    if (s->contact != NULL && s->kind == ASK_POST) http_contact_unwant(s->contact);
    list_take(s);
    http_post_free(s->post);
    free(s->body);
    free(s);
}
