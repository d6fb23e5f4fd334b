/*
 * meet.c: the meeting point.
 */
#include "node/web/meet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/request.h"

struct meet_request {
    uint32_t number;
    unsigned digits, message; /* of the path; message 0 to 3 */
    bool get, options;
    unsigned refused; /* an HTTP status */
    size_t size;
    uint8_t body[MEET_POST_MAX];
};

/* Meetings that begin: a few at once, then one every ten seconds from one address. */
static const struct guard_limit begin_limit = {.point_burst = 60, .point_ms = 1000, .one_burst = 8, .one_ms = 10000};

bool meet_is_path(const char *path) {
    return strncmp(path, "/meet/", 6) == 0;
}

static bool path_read(struct meet_request *m, const char *at) {
    for (at += 6; *at >= '0' && *at <= '9' && m->digits < 7; at++, m->digits++)
        m->number = m->number * 10 + (uint32_t)(*at - '0');
    if (m->digits < 4 || m->digits > 6 || at[0] != '/' || at[1] < '1' || at[1] > '4' || at[2] != '\0') return false;
    m->message = (unsigned)(at[1] - '1');
    return true;
}

bool meet_judge(struct request *r, const char *method) {
    struct meet_request *m = calloc(1, sizeof *m);
    r->meet = m;
    if (m == NULL) return false;
    const char *length = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    m->get = strcmp(method, "GET") == 0;
    m->options = strcmp(method, "OPTIONS") == 0;
    r->body_size = length != NULL ? strtoull(length, NULL, 10) : MEET_POST_MAX;
    if (!path_read(m, r->path))
        m->refused = MHD_HTTP_NOT_FOUND;
    else if (!m->get && !m->options && !r->post)
        m->refused = MHD_HTTP_METHOD_NOT_ALLOWED;
    else if (r->body_size > MEET_POST_MAX)
        m->refused = MHD_HTTP_CONTENT_TOO_LARGE;
    if (r->body_size > MEET_POST_MAX) r->body_size = 0;
    r->refused = m->refused;
    return true;
}

void meet_body(struct request *r, const char *data, size_t size) {
    struct meet_request *m = r->meet;
    if (size > sizeof m->body - m->size) {
        m->refused = MHD_HTTP_CONTENT_TOO_LARGE;
        return;
    }
    memcpy(m->body + m->size, data, size);
    m->size += size;
}

static enum MHD_Result answer(struct request *r, unsigned status, const uint8_t *data, size_t size) {
    static const struct {
        unsigned status;
        const char *json;
    } errors[] = {
        {MHD_HTTP_NOT_FOUND, "{\"error\":\"meeting\"}"},       {MHD_HTTP_METHOD_NOT_ALLOWED, "{\"error\":\"method\"}"},
        {MHD_HTTP_CONFLICT, "{\"error\":\"taken\"}"},          {MHD_HTTP_CONTENT_TOO_LARGE, "{\"error\":\"size\"}"},
        {MHD_HTTP_BAD_REQUEST, "{\"error\":\"size\"}"},        {MHD_HTTP_TOO_MANY_REQUESTS, "{\"error\":\"often\"}"},
        {MHD_HTTP_SERVICE_UNAVAILABLE, "{\"error\":\"full\"}"}};
    static const char *const headers[][2] = {{"Access-Control-Allow-Origin", "*"},
                                             {"Access-Control-Allow-Private-Network", "true"},
                                             {"Access-Control-Allow-Methods", "GET, POST, OPTIONS"},
                                             {"Access-Control-Allow-Headers", "Content-Type"},
                                             {"Cross-Origin-Resource-Policy", "cross-origin"},
                                             {"X-Content-Type-Options", "nosniff"},
                                             {"Cache-Control", "no-store"}};
    const char *type = "application/octet-stream";
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].status == status) {
            data = (const uint8_t *)errors[i].json;
            size = strlen(errors[i].json);
            type = "application/json";
        }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) return MHD_NO;
    bool done = status == MHD_HTTP_NO_CONTENT || MHD_add_response_header(response, "Content-Type", type) == MHD_YES;
    for (size_t i = 0; i < sizeof headers / sizeof *headers && done; i++)
        done = MHD_add_response_header(response, headers[i][0], headers[i][1]) == MHD_YES;
    web_link_time(r->web, r->link, size);
    r->answered = true;
    enum MHD_Result result = done ? MHD_queue_response(r->connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static struct meet_place *place_find(struct meetings *all, const struct meet_request *m, uint64_t now) {
    struct meet_place *found = NULL;
    for (size_t i = 0; i < MEET_PLACES_MAX; i++) {
        struct meet_place *p = &all->places[i];
        if (p->until_ms <= now) p->until_ms = 0;
        if (p->until_ms && p->number == m->number && p->digits == m->digits) found = p;
    }
    return found;
}

/* A meeting begins. Return an HTTP status. */
static unsigned place_begin(struct request *r, struct meetings *all, uint64_t now) {
    const struct meet_request *m = r->meet;
    struct meet_place *place = NULL;
    unsigned own = 0;
    for (size_t i = 0; i < MEET_PLACES_MAX; i++) {
        if (all->places[i].until_ms == 0)
            place = &all->places[i];
        else
            own += all->places[i].sizes[MEET_MESSAGES - 1] == 0 && lan_key_equal(&all->places[i].from, &r->link->key);
    }
    if (place == NULL) return MHD_HTTP_SERVICE_UNAVAILABLE;
    if (own >= MEET_PLACES_OF_ONE ||
        !guard_rate_take(&all->rate, &begin_limit, web_secret(r->web), &r->link->address, now))
        return MHD_HTTP_TOO_MANY_REQUESTS;
    memset(place, 0, sizeof *place);
    place->until_ms = now + MEET_PLACE_MS;
    place->number = m->number;
    place->digits = m->digits;
    place->from = r->link->key;
    place->sizes[0] = m->size;
    memcpy(place->messages[0], m->body, m->size);
    return MHD_HTTP_NO_CONTENT;
}

static unsigned message_put(struct request *r, struct meetings *all, struct meet_place *place, uint64_t now) {
    const struct meet_request *m = r->meet;
    if (m->size == 0) return MHD_HTTP_BAD_REQUEST;
    if (m->message == 0 && place == NULL) return place_begin(r, all, now);
    if (place == NULL) return MHD_HTTP_NOT_FOUND;
    if (m->message == 0 || place->sizes[m->message] > 0 || place->sizes[m->message - 1] == 0) return MHD_HTTP_CONFLICT;
    place->sizes[m->message] = m->size;
    memcpy(place->messages[m->message], m->body, m->size);
    return MHD_HTTP_NO_CONTENT;
}

enum MHD_Result meet_handle(struct request *r) {
    const struct meet_request *m = r->meet;
    struct meetings *all = web_meetings(r->web);
    uint64_t now = web_clock_ms();
    if (m->refused) return answer(r, m->refused, NULL, 0);
    if (m->options) return answer(r, MHD_HTTP_NO_CONTENT, NULL, 0);
    struct meet_place *place = place_find(all, m, now);
    if (!m->get) return answer(r, message_put(r, all, place, now), NULL, 0);
    if (place == NULL) return answer(r, MHD_HTTP_NOT_FOUND, NULL, 0);
    size_t size = place->sizes[m->message];
    if (size > 0 && m->message == MEET_MESSAGES - 1 && place->until_ms > now + MEET_OVER_MS)
        place->until_ms = now + MEET_OVER_MS; /* done; a little longer, for an answer that got lost */
    return size > 0 ? answer(r, MHD_HTTP_OK, place->messages[m->message], size)
                    : answer(r, MHD_HTTP_NO_CONTENT, NULL, 0);
}

void meet_request_free(struct meet_request *m) {
    free(m);
}
