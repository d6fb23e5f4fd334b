/*
 * Judging a request by its headers, and small helpers that the pages share.
 */
#include "node/web/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/utf8.h"
#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/leaflet.h"
#include "node/web/meet.h"
#include "node/web/session.h"
#include "node/web/words.h"

/* A multipart form's own bytes beside its files. */
#define REQUEST_FORM_SLACK 65536

const char form_foreign[] = WORDS_LATER(
    "This form was open for too long, or came from another page. Please look through it and send it again.");

const char *request_text(const struct request *r, const char *msgid) {
    return lang_text(r->lang, msgid);
}

static const char *header_get(const struct request *r, const char *name) {
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *request_query(const struct request *r, const char *name, size_t max) {
    const char *value = MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
    if (value == NULL || strlen(value) > max || !utf8_is_text((const uint8_t *)value, strlen(value), true)) return "";
    return value;
}

static int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool request_hex(const char *text, uint8_t out[HASH_SIZE]) {
    for (size_t i = 0; i < HASH_SIZE; i++) {
        int high = nibble(text[2 * i]);
        int low = high < 0 ? -1 : nibble(text[2 * i + 1]);
        if (low < 0) return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool request_query_id(const struct request *r, const char *name, uint8_t out[HASH_SIZE]) {
    const char *value = request_query(r, name, 2 * HASH_SIZE);
    return strlen(value) == 2 * HASH_SIZE && request_hex(value, out);
}

const char *request_home(const struct request *r) {
    return !r->operator_ && app_is_here(r) ? "/plain" : "/";
}

void request_token(const struct request *r, const char *action, char out[GUARD_TOKEN_SIZE]) {
    guard_token(out, web_secret(r->web), &r->from, action, (uint32_t)(web_clock_ms() / 3600000));
}

int request_community(struct request *r, const uint8_t id[HASH_SIZE], struct store_community *out) {
    int err = store_community_get(web_home(r->web)->store, id, r->when.now, out);
    if (err == 0 && !r->operator_ && !charter_is_public(&out->charter)) err = ERR_NOT_FOUND;
    return err;
}

/* ---- Routes ---- */

static bool route_fits(const char *pattern, const char *path, uint8_t ids[2][HASH_SIZE]) {
    size_t found = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '*') return *path != '\0';
        if (*pattern == '#') {
            if (found == 2 || strnlen(path, 2 * HASH_SIZE) < 2 * HASH_SIZE || !request_hex(path, ids[found]))
                return false;
            found++;
            path += 2 * HASH_SIZE;
        } else if (*pattern != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static void route_find(struct request *r) {
    for (size_t i = 0; i < route_count && r->route == NULL; i++) {
        if (!route_fits(routes[i].path, r->path, r->ids)) continue;
        r->known_path = true;
        if (r->post == (routes[i].kind != ROUTE_PAGE)) r->route = &routes[i];
    }
}

/* ---- Headers ---- */

static void refuse(struct request *r, unsigned status, const char *sentence) {
    if (r->refused != 0) return;
    r->refused = status;
    r->sentence = sentence;
}

struct host_seen {
    const char *host;
    unsigned count;
};

static enum MHD_Result host_note(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    struct host_seen *seen = context;
    (void)kind;
    if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) {
        seen->host = value;
        seen->count++;
    }
    return MHD_YES;
}

/* Decide whether this is the operator, and refuse names that a foreign page could come under. */
static void judge_who(struct request *r, const char *host, unsigned host_count) {
    const struct web_options *options = web_options_of(r->web);
    struct guard_address only;
    bool local = guard_address_is_loopback(&r->link->address);
    if (local && options->operator_only_from != NULL) {
        local =
            guard_address_parse(&only, options->operator_only_from) && guard_address_equal(&only, &r->link->address);
    }
    enum guard_host named = host_count == 1 ? guard_host_of(host, options->host) : GUARD_HOST_BAD;
    r->operator_ = local && named == GUARD_HOST_LOOP;
    r->foreign = named == GUARD_HOST_FOREIGN;
    r->from = (struct guard_for){.operator_ = r->operator_, .guest = r->link->address};
    if (named == GUARD_HOST_BAD) {
        refuse(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("The browser did not say which address it wanted."));
    } else if (named == GUARD_HOST_FOREIGN || (local && named != GUARD_HOST_LOOP)) {
        refuse(
            r, MHD_HTTP_MISDIRECTED_REQUEST,
            WORDS_LATER("This point does not answer under that name. Open the address that it shows, with numbers."));
    }
}

static void judge_language(struct request *r) {
    static const enum lang all[] = {LANG_KK, LANG_RU, LANG_EN};
    const char *cookie = MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, "lang");
    const char *chosen = request_query(r, "lang", 2);
    r->lang = lang_from_accept(header_get(r, MHD_HTTP_HEADER_ACCEPT_LANGUAGE));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (cookie != NULL && strcmp(cookie, lang_code(all[i])) == 0) r->lang = all[i];
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(chosen, lang_code(all[i])) == 0) {
            r->lang = all[i];
            r->lang_chosen = true;
        }
    }
}

static uint64_t body_max(const struct request *r) {
    switch (r->route->kind) {
    case ROUTE_FORM: return WEB_FORM_MAX;
    case ROUTE_FILES: return r->operator_ ? (uint64_t)WEB_ATTACHED_MAX + REQUEST_FORM_SLACK : WEB_FORM_MAX;
    case ROUTE_PARCEL: return (r->operator_ ? WEB_PARCEL_MAX : WEB_PARCEL_GUEST_MAX) + REQUEST_FORM_SLACK;
    case ROUTE_PAGE: break;
    }
    return 0;
}

static bool content_length(const char *text, uint64_t *out) {
    uint64_t value = 0;
    if (text == NULL || *text == '\0' || strlen(text) > 18) return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *out = value;
    return true;
}

static void judge_post(struct request *r, const char *host) {
    static const char too_large[] = WORDS_LATER("That is too large for this page.");
    if (!guard_origin_is_own(host, header_get(r, "Origin"), header_get(r, "Sec-Fetch-Site"))) {
        refuse(r, MHD_HTTP_FORBIDDEN, WORDS_LATER("This form was sent from another page, so nothing was done."));
        return;
    }
    if (!content_length(header_get(r, MHD_HTTP_HEADER_CONTENT_LENGTH), &r->body_size) ||
        header_get(r, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL) {
        refuse(r, MHD_HTTP_LENGTH_REQUIRED, WORDS_LATER("The browser did not say how much it sends."));
        return;
    }
    if (r->body_size > body_max(r)) {
        refuse(r, MHD_HTTP_CONTENT_TOO_LARGE, too_large);
        return;
    }
    if (r->route->kind == ROUTE_PARCEL && !r->operator_) {
        r->parcel_slot = web_parcel_slot_take(r->web, &r->link->address);
        if (!r->parcel_slot) {
            refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, WORDS_LATER("This point is busy. Please try again in a minute."));
            return;
        }
    }
    if (!body_begin(r)) {
        refuse(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("The browser sent something that is not a form."));
    }
}

static void judge(struct request *r, const char *method) {
    struct host_seen seen = {0};
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, host_note, &seen);
    judge_who(r, seen.host, seen.count);
    judge_language(r);
    route_find(r);
    bool known_method = r->post || r->head || strcmp(method, "GET") == 0;
    r->foreign &= known_method && !r->post;
    if (!known_method || (r->route == NULL && r->known_path)) {
        refuse(r, MHD_HTTP_METHOD_NOT_ALLOWED, WORDS_LATER("This cannot be done with this page."));
    } else if (r->route == NULL) {
        refuse(r, MHD_HTTP_NOT_FOUND,
               WORDS_LATER("There is nothing here. It may have expired, or has not arrived yet."));
    } else if (r->route->operator_only && !r->operator_) {
        refuse(r, MHD_HTTP_FORBIDDEN,
               WORDS_LATER("Only the person who runs this point can do that, on the device itself."));
    }
    if (r->refused == 0 && r->post) judge_post(r, seen.host);
}

struct request *request_new(struct web *web, struct MHD_Connection *connection, const char *url, const char *method) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL) return NULL;
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->web = web;
    r->connection = connection;
    r->link = info->socket_context;
    r->job_fd = -1;
    for (size_t i = 0; i < TEXT_ATTACHMENTS_MAX; i++) r->files[i].fd = -1;
    r->when = home_when(web_home(web));
    r->post = strcmp(method, "POST") == 0;
    r->head = strcmp(method, "HEAD") == 0;
    if (strlen(url) < sizeof r->path) memcpy(r->path, url, strlen(url) + 1); /* else no route fits */
    if (session_is_path(r->path)) {
        if (!session_judge(r, method)) {
            request_free(r);
            return NULL;
        }
    } else if (meet_is_path(r->path)) {
        if (!meet_judge(r, method)) {
            request_free(r);
            return NULL;
        }
    } else {
        judge(r, method);
    }
    web_link_time(r->web, r->link, r->body_size);
    return r;
}

void request_free(struct request *r) {
    if (r == NULL) return;
    session_request_free(r->session);
    meet_request_free(r->meet);
    if (r->processor != NULL) MHD_destroy_post_processor(r->processor);
    for (size_t i = 0; i < TEXT_ATTACHMENTS_MAX; i++) {
        if (r->files[i].fd >= 0) close(r->files[i].fd);
    }
    for (size_t i = 0; i < r->field_count; i++) free(r->fields[i].value);
    if (r->job_fd >= 0) close(r->job_fd);
    if (r->parcel_slot) web_parcel_slot_give(r->web, r);
    free(r->pack_groups);
    free(r);
}

enum MHD_Result request_handle(struct request *r) {
    if (r->session != NULL) return session_handle(r);
    if (r->meet != NULL) return meet_handle(r);
    if (leaflet_take(r)) return MHD_YES;
    if (r->refused != 0) return answer_sentence(r, r->refused, r->sentence);
    home_enter(web_home(r->web));
    enum MHD_Result result = r->route->handle(r);
    home_leave(web_home(r->web));
    if (r->changed) web_changed(r->web);
    r->changed = false;
    return result;
}
