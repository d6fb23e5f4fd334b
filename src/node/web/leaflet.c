/*
 * A ring of phones, a page without links, and the choice between page, redirect and the answer that a check hopes for.
 *
 * The answers here have headers of their own: nothing of them may be kept, and the connection is closed, so that a
 * crowd of checks doesn't hold the places of those who read.
 */
#include "node/web/leaflet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "node/web/html.h"
#include "node/web/qr.h"
#include "node/web/request.h"
#include "node/web/words.h"

#define LEAFLET_POLICY "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/* ---- What is remembered ---- */

static struct leaflet_phone *phone_get(struct leaflet *leaflet, const uint8_t secret[HASH_SIZE],
                                       const struct guard_address *phone, uint64_t now_ms) {
    uint8_t hash[HASH_SIZE];
    uint64_t tag;
    CHECK(now_ms != 0);
    crypto_digest_keyed(hash, secret, HASH_SIZE, phone->bytes, sizeof phone->bytes);
    memcpy(&tag, hash, sizeof tag);
    tag |= 1; /* never 0 */
    struct leaflet_phone *place = &leaflet->phones[0];
    for (size_t i = 0; i < LEAFLET_PHONES_MAX && place->tag != tag; i++) {
        struct leaflet_phone *at = &leaflet->phones[i];
        if (at->tag == tag || at->seen_ms < place->seen_ms) place = at;
    }
    if (place->tag != tag || now_ms - place->seen_ms >= LEAFLET_FORGET_MS) *place = (struct leaflet_phone){.tag = tag};
    place->seen_ms = now_ms;
    return place;
}

bool leaflet_is_done(struct leaflet *leaflet, const uint8_t secret[HASH_SIZE], const struct guard_address *phone,
                     const struct checks *check, bool background, uint64_t now_ms) {
    struct leaflet_phone *p = phone_get(leaflet, secret, phone, now_ms);
    if (p->given_ms == 0) p->given_ms = now_ms;
    bool read = p->shown_ms != 0 && now_ms - p->shown_ms >= LEAFLET_READ_MS;
    if (p->opened || read || now_ms - p->given_ms >= LEAFLET_GIVEN_MS) return true;
    /* Apple's window stays open when the check succeeds, but "Cancel", which leaves the Wi-Fi, becomes "Done". */
    if (check->way == CHECKS_APPLE && background && p->shown_ms != 0) return true;
    if (!background && p->shown_ms == 0) p->shown_ms = now_ms;
    return false;
}

void leaflet_opened(struct leaflet *leaflet, const uint8_t secret[HASH_SIZE], const struct guard_address *phone,
                    uint64_t now_ms) {
    phone_get(leaflet, secret, phone, now_ms)->opened = true;
}

/* ---- The page ---- */

static const enum lang order[] = {LANG_KK, LANG_RU, LANG_EN};

void leaflet_write(struct html *h, const char *address) {
    html_init(h);
    html_raw(h, "<!DOCTYPE html>\n<html lang=\"kk\"><head><meta charset=\"utf-8\"><title>Link</title>"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>"
                "body{margin:0 auto;padding:1rem;max-width:26rem;font:1.125rem/1.4 sans-serif;color:#000;"
                "background:#fff;text-align:center}"
                "b{display:block;margin:.8rem 0;padding:.7rem .2rem;border:2px solid;border-radius:.5rem;"
                "font-size:1.5rem;overflow-wrap:anywhere;-webkit-user-select:all;user-select:all}"
                "p{margin:.5rem 0}.qr{width:11rem;height:auto}"
                "</style></head><body>");
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        html_add(h, "<p lang=\"%t\">%t</p>", lang_code(order[i]),
                 lang_text(order[i], "Close this window and open this address in your browser:"));
    }
    html_add(h, "<b dir=\"ltr\">%t</b>", address);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        html_add(h, "<p lang=\"%t\">%t</p>", lang_code(order[i]),
                 lang_text(order[i], "If the phone asks: stay in this Wi-Fi without internet."));
    }
    (void)qr_write(h, address, address);
    html_raw(h, "</body></html>\n");
}

/* ---- The server's side ---- */

/* Write the address under which this connection reached us, as a URL with port 80. */
static bool own_url(const struct request *r, char out[WEB_URL_SIZE]) {
    struct sockaddr_storage own = {0};
    socklen_t size = sizeof own;
    struct guard_address address;
    char name[INET6_ADDRSTRLEN] = "";
    if (r->link->fd < 0 || getsockname(r->link->fd, (struct sockaddr *)&own, &size) != 0) return false;
    guard_address_of(&address, (const struct sockaddr *)&own);
    if (address.family != AF_INET && address.family != AF_INET6) return false;
    if (guard_address_is_loopback(&address) || inet_ntop(address.family, address.bytes, name, sizeof name) == NULL)
        return false;
    snprintf(out, WEB_URL_SIZE, address.family == AF_INET6 ? "http://[%s]/" : "http://%s/", name);
    return true;
}

static bool header(struct MHD_Response *response, const char *name, const char *value) {
    return value == NULL || MHD_add_response_header(response, name, value) == MHD_YES;
}

/* Send bytes, which are freed; location and type may be NULL. */
static bool send_bytes(struct request *r, unsigned status, char *bytes, size_t size, const char *type,
                       const char *location) {
    struct MHD_Response *response = MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(bytes);
        return false;
    }
    bool done =
        header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) && header(response, MHD_HTTP_HEADER_LOCATION, location) &&
        header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
        header(response, MHD_HTTP_HEADER_CONNECTION, "close") &&
        header(response, "Content-Security-Policy", LEAFLET_POLICY) &&
        header(response, "X-Content-Type-Options", "nosniff") && header(response, "Referrer-Policy", "no-referrer") &&
        header(response, "X-Frame-Options", "DENY") && MHD_queue_response(r->connection, status, response) == MHD_YES;
    MHD_destroy_response(response);
    if (!done) return false;
    web_link_time(r->web, r->link, size);
    r->answered = true;
    return true;
}

static bool send_leaflet(struct request *r, const char *address) {
    struct html h;
    char *bytes = NULL;
    size_t size = 0;
    leaflet_write(&h, address);
    int err = html_take(&h, &bytes, &size);
    html_free(&h);
    return err == 0 && send_bytes(r, MHD_HTTP_OK, bytes, size, "text/html; charset=utf-8", NULL);
}

static bool send_success(struct request *r, const struct checks *check) {
    char *bytes = NULL;
    if (check->body != NULL && (bytes = strdup(check->body)) == NULL) return false;
    return send_bytes(r, check->status, bytes, bytes != NULL ? strlen(bytes) : 0, check->type, NULL);
}

/* Port 80 is the one that browsers leave out. */
static bool host_has_port(const char *host) {
    const char *colon = strrchr(host, ':');
    return colon != NULL && strcmp(colon, ":80") != 0;
}

bool leaflet_take(struct request *r) {
    char address[WEB_URL_SIZE];
    const char *host = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    if (!web_is_open(r->web) || guard_address_is_loopback(&r->link->address)) return false;
    const char *agent = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_USER_AGENT);
    uint64_t now_ms = web_clock_ms() + 1;
    if (r->refused == 0) {
        /* Some systems look at the page in the background, too; browsers have all been Mozilla since 1994. */
        bool browser = agent != NULL && strncmp(agent, "Mozilla/", 8) == 0;
        if (browser) leaflet_opened(web_leaflet(r->web), web_secret(r->web), &r->link->address, now_ms);
        return false;
    }
    if (!r->foreign || host == NULL || host_has_port(host) || !own_url(r, address)) return false;
    const struct checks *check = checks_find(host, r->path);
    if (check == NULL) return send_bytes(r, MHD_HTTP_FOUND, NULL, 0, NULL, address);
    bool background = checks_is_background(check, agent);
    if (leaflet_is_done(web_leaflet(r->web), web_secret(r->web), &r->link->address, check, background, now_ms))
        return send_success(r, check);
    if (check->way == CHECKS_BROWSER) return send_bytes(r, MHD_HTTP_FOUND, NULL, 0, NULL, address);
    return send_leaflet(r, address);
}
