/*
 * Every response passes queue(), so none can lack the headers. Referrer-Policy is same-origin and not no-referrer: with
 * the latter browsers send "Origin: null" with a form's post even to the page's own origin, and it could not be told
 * from a foreign one.
 */
#include "node/web/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/page.h"

#define PAGE_POLICY \
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors " \
    "'none'"
#define SHEET_POLICY \
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/* The app brings a policy of its own (a meta element); this adds what such an element can't say, and forbids what the
 * app never needs. Both hold. */
#define APP_POLICY "frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'none'"
#define FILE_POLICY "sandbox; default-src 'none'; frame-ancestors 'none'"

static bool header(struct MHD_Response *response, const char *name, const char *value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

/* Send the response with the headers that all have; takes it over. */
static enum MHD_Result queue_as(struct request *r, unsigned status, struct MHD_Response *response, const char *policy,
                                const char *cache, const char *referrer, uint64_t size) {
    if (response == NULL) return MHD_NO;
    bool done = header(response, "Content-Security-Policy", policy) &&
                header(response, "X-Content-Type-Options", "nosniff") &&
                header(response, "Referrer-Policy", referrer) &&
                header(response, "Cross-Origin-Resource-Policy", "same-origin") &&
                /* Only where the origin is trustworthy do browsers heed it; elsewhere they complain. */
                (!r->operator_ || header(response, "Cross-Origin-Opener-Policy", "same-origin")) &&
                header(response, "X-Frame-Options", "DENY") && header(response, "Cache-Control", cache);
    if (done && r->lang_chosen) {
        char cookie[64];
        snprintf(cookie, sizeof cookie, "lang=%s; Path=/; SameSite=Strict", lang_code(r->lang));
        done = header(response, "Set-Cookie", cookie);
    }
    web_link_time(r->web, r->link, size);
    r->answered = true;
    enum MHD_Result result = done ? MHD_queue_response(r->connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result queue(struct request *r, unsigned status, struct MHD_Response *response, const char *policy,
                             const char *cache, uint64_t size) {
    return queue_as(r, status, response, policy, cache, "same-origin", size);
}

static enum MHD_Result queue_html(struct request *r, unsigned status, char *data, size_t size, const char *policy) {
    struct MHD_Response *response = MHD_create_response_from_buffer(size, data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(data);
        return MHD_NO;
    }
    bool done = header(response, "Content-Type", "text/html; charset=utf-8") &&
                header(response, "Content-Language", lang_code(r->lang)) &&
                header(response, "Vary", "Accept-Language, Cookie");
    if (done && status == MHD_HTTP_METHOD_NOT_ALLOWED) done = header(response, "Allow", r->post ? "GET, HEAD" : "POST");
    if (!done) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(r, status, response, policy, "no-store", size);
}

static enum MHD_Result answer_html(struct request *r, unsigned status, struct html *h, const char *policy) {
    char *data = NULL;
    size_t size = 0;
    int err = html_take(h, &data, &size);
    html_free(h);
    if (err == 0) return queue_html(r, status, data, size, policy);
    static const char text[] = "This page is too large, or memory is short.\n";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof text - 1, (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    if (response != NULL) header(response, "Content-Type", "text/plain; charset=utf-8");
    return queue(r, MHD_HTTP_SERVICE_UNAVAILABLE, response, PAGE_POLICY, "no-store", sizeof text);
}

enum MHD_Result answer_page(struct request *r, unsigned status, struct html *h) {
    return answer_html(r, status, h, PAGE_POLICY);
}

enum MHD_Result answer_sheet(struct request *r, struct html *h) {
    return answer_html(r, MHD_HTTP_OK, h, SHEET_POLICY);
}

enum MHD_Result answer_sentence(struct request *r, unsigned status, const char *sentence) {
    struct html h;
    html_init(&h);
    page_sentence(r, &h, status, sentence);
    return answer_page(r, status, &h);
}

enum MHD_Result answer_error(struct request *r, int err) {
    unsigned status = MHD_HTTP_BAD_REQUEST;
    switch (err) {
    case ERR_NOT_FOUND:
        return answer_sentence(r, MHD_HTTP_NOT_FOUND,
                               WORDS_LATER("There is nothing here. It may have expired, or has not arrived yet."));
    case ERR_LIMIT:
        return answer_sentence(r, MHD_HTTP_CONTENT_TOO_LARGE,
                               WORDS_LATER("That is too large. A message holds about 15,000 letters."));
    case ERR_FIELD: return answer_sentence(r, status, WORDS_LATER("A field of the form is missing or empty."));
    case ERR_BUSY:
        return answer_sentence(r, MHD_HTTP_SERVICE_UNAVAILABLE,
                               WORDS_LATER("This point is busy. Please try again in a minute."));
    case ERR_COMMUNITY:
        return answer_sentence(r, MHD_HTTP_FORBIDDEN,
                               WORDS_LATER("Nobody can write here from this point: it only carries this group."));
    case ERR_MEMORY:
    case ERR_FULL: status = MHD_HTTP_INSUFFICIENT_STORAGE; break;
    case ERR_IO:
    case ERR_READ_ONLY:
    case ERR_DAMAGED:
    case ERR_NEWER:
    case ERR_INTERRUPTED:
    case ERR_ENTROPY: status = MHD_HTTP_SERVICE_UNAVAILABLE; break;
    default: break;
    }
    return answer_sentence(r, status, err_text(err));
}

enum MHD_Result answer_see(struct request *r, const char *path) {
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) return MHD_NO;
    if (!header(response, "Location", path)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(r, MHD_HTTP_SEE_OTHER, response, PAGE_POLICY, "no-store", 0);
}

enum MHD_Result answer_own(struct request *r, const char *type, const char *text) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) return MHD_NO;
    if (!header(response, "Content-Type", type)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(r, MHD_HTTP_OK, response, FILE_POLICY, "no-store", strlen(text));
}

enum MHD_Result answer_app(struct request *r, const uint8_t *data, size_t size, const char *tag) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) return MHD_NO;
    bool done = header(response, "ETag", tag) && header(response, "Vary", "Accept-Encoding");
    if (done && data != NULL)
        done = header(response, "Content-Type", "text/html; charset=utf-8") &&
               header(response, "Content-Encoding", "gzip");
    if (!done) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue_as(r, data != NULL ? MHD_HTTP_OK : MHD_HTTP_NOT_MODIFIED, response, APP_POLICY, "no-cache",
                    "no-referrer", size);
}

enum MHD_Result answer_file(struct request *r, struct MHD_Response *response, uint64_t size, const char *type,
                            const char *name, bool inline_picture) {
    if (response == NULL) return MHD_NO;
    struct html value;
    char *disposition = NULL;
    size_t length = 0;
    html_init(&value);
    html_raw(&value, inline_picture ? "inline" : "attachment");
    if (name[0] != '\0') {
        html_raw(&value, "; filename*=UTF-8''"); /* RFC 8187 */
        html_url(&value, name);
    }
    /* The zero that ends the header's value. */
    html_raw(&value, " ");
    int err = html_take(&value, &disposition, &length);
    html_free(&value);
    bool done = err == 0 && length > 0;
    if (done) {
        disposition[length - 1] = '\0';
        done = header(response, "Content-Type", type) && header(response, "Content-Disposition", disposition);
    }
    free(disposition);
    if (!done) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(r, MHD_HTTP_OK, response, FILE_POLICY, "no-store", size);
}
