/*
 * The session endpoint with real sockets: what every answer carries, who learns the groups, answers that wait, events,
 * clients that go, and that every other path stays as strict as it was. The session itself is a real one (page_util.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "carrier/contact.h"
#include "carrier/lan_frames.h"
#include "core/invite.h"
#include "test/carrier/page_util.h"
#include "test/web/web_util.h"

#define GUEST_2 "127.0.0.3"

static struct site site;
static uint8_t group[HASH_SIZE];
static unsigned id_last;

static int setup(void **state) {
    (void)state;
    site_open_with(&site, 2, NULL, true);
    site_group(&site, "Session", group);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    site_close(&site);
    return 0;
}

/* Send a request, and leave the connection open. */
static int ask(const char *from, const char *method, const char *path, const char *more, const uint8_t *body,
               size_t size) {
    char head[1024];
    int fd = site_connect(&site, from);
    int length = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\n%sConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
                          method, path, more != NULL && strstr(more, "Host:") != NULL ? "" : "Host: near.example\r\n",
                          size, more != NULL ? more : "");
    assert_in_range(length, 1, sizeof head - 1);
    assert_int_equal(send(fd, head, (size_t)length, MSG_NOSIGNAL), length);
    for (size_t at = 0; at < size;) {
        ssize_t sent = send(fd, body + at, size - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += (size_t)sent;
    }
    return fd;
}

static void get(const char *from, const char *path, const char *more, struct answer *out) {
    site_receive(ask(from, "GET", path, more, NULL, 0), out);
}

/* Every answer lets any page read it, and none keeps it. */
static void open_to_all(const struct answer *a) {
    assert_true(answer_has(a, "Access-Control-Allow-Origin", "*"));
    assert_true(answer_has(a, "Access-Control-Allow-Private-Network", "true"));
    assert_true(answer_has(a, "Cache-Control", "no-store"));
    assert_true(answer_has(a, "X-Content-Type-Options", "nosniff"));
    assert_null(strcasestr(a->head, "set-cookie"));
    assert_null(strcasestr(a->head, "access-control-allow-credentials"));
}

static void refused(struct answer *a, unsigned status, const char *error) {
    char want[64];
    snprintf(want, sizeof want, "{\"error\":\"%s\"}", error);
    assert_int_equal(a->status, status);
    assert_string_equal(a->body, want);
    assert_true(answer_has(a, "Content-Type", "application/json"));
    open_to_all(a);
    answer_free(a);
}

static void id_new(char path[80], const char *rest) {
    snprintf(path, 80, "/session/%032x%s", ++id_last, rest);
}

/* ---- A page ---- */

struct client {
    struct page page;
    const char *from;
    char path[80];
    uint8_t room[200000];
};

static struct client *client_open(const char *from) {
    struct client *c = calloc(1, sizeof *c);
    struct answer a;
    struct record record;
    struct charter charter;
    struct invite_message message;
    uint8_t *room = malloc(INVITE_BYTES_MAX);
    char line[INVITE_CHARS_MAX + 1] = "";
    assert_true(c != NULL && room != NULL);
    get(from, "/session", NULL, &a);
    const char *at = strstr(a.body, "longear:");
    assert_non_null(at);
    memcpy(line, at, strcspn(at, "\""));
    answer_free(&a);
    assert_true(invite_decode(&charter, &record, &message, room, line, strlen(line)) >= 0);
    c->from = from;
    page_open(&c->page, &record, home_when(site.home).now);
    page_begin_contact(&c->page);
    id_new(c->path, "");
    free(room);
    return c;
}

/* Begin a POST of what the page has to say. */
static int client_ask(struct client *c, unsigned wait) {
    char path[100];
    size_t size = page_say(&c->page, c->room, sizeof c->room);
    snprintf(path, sizeof path, "%s?wait=%u", c->path, wait);
    return ask(c->from, "POST", path, "Origin: null\r\n", c->room, size);
}

/* Say goodbye, and be gone. */
static void client_close(struct client *c) {
    struct answer a;
    session_close(c->page.session);
    site_receive(client_ask(c, 0), &a);
    answer_free(&a);
    page_close(&c->page);
    free(c);
}

/* Take its answer; return the body's size. */
static size_t client_take(struct client *c, int fd) {
    struct answer a;
    site_receive(fd, &a);
    assert_int_equal(a.status, 200);
    assert_true(answer_has(&a, "Content-Type", "application/octet-stream"));
    open_to_all(&a);
    page_hear(&c->page, (const uint8_t *)a.body, a.body_size);
    assert_int_equal(c->page.err, 0);
    size_t size = a.body_size;
    answer_free(&a);
    return size;
}

/* Talk until the session has been through and has nothing more to say. */
static void client_settle(struct client *c) {
    unsigned quiet = 0;
    for (unsigned i = 0; quiet < 3 && i < 500; i++) {
        size_t size = client_take(c, client_ask(c, page_is_settled(&c->page) ? 0 : 1));
        quiet = page_is_settled(&c->page) && size == 0 ? quiet + 1 : 0;
        usleep(10000);
    }
    assert_int_equal(quiet, 3);
}

static double seconds_since(const struct timespec *began) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

/* ---- Tests ---- */

/* Who learns the groups: a guest under any name and origin; on the device itself its own page and whoever is no
 * browser, but no page from elsewhere, whichever way it asks. */
static void test_groups(void **state) {
    (void)state;
    char own[120], foreign_host[120];
    const struct {
        const char *from, *more;
        bool told;
    } cases[] = {{SITE_GUEST, NULL, true},
                 {SITE_GUEST, "Origin: null\r\n", true},
                 {SITE_GUEST, "Origin: http://example.org\r\nHost: other.example\r\n", true},
                 {SITE_OPERATOR, own, true},
                 {SITE_OPERATOR, foreign_host, false},
                 {SITE_OPERATOR, "Origin: null\r\nHost: localhost\r\n", false},
                 {SITE_OPERATOR, "Origin: http://example.org\r\nHost: localhost\r\n", false},
                 {SITE_OPERATOR, "Sec-Fetch-Site: cross-site\r\nHost: localhost\r\n", false},
                 {SITE_OPERATOR, "Host: localhost\r\n", true}};
    snprintf(own, sizeof own, "Host: %s\r\nOrigin: http://%s\r\n", site.host, site.host);
    snprintf(foreign_host, sizeof foreign_host, "Host: evil.example\r\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer a;
        get(cases[i].from, "/session", cases[i].more, &a);
        assert_int_equal(a.status, 200);
        open_to_all(&a);
        assert_non_null(strstr(a.body, "\"longear\":1"));
        assert_int_equal(strstr(a.body, "longear:") != NULL, cases[i].told);
        answer_free(&a);
    }
}

/* A browser that asks first gets its answer; methods and paths that there are not, bodies that are no frames or too
 * large, contacts that there are not: each with its word, and readable from any page. */
static void test_refusals(void **state) {
    (void)state;
    static const uint8_t rot[] = {0, 0};
    char path[80], other[100];
    struct answer a;
    const char *const paths[] = {"/session", path, other};
    id_new(path, "");
    snprintf(other, sizeof other, "%s/events", path);
    for (size_t i = 0; i < 3; i++) {
        site_receive(ask(SITE_GUEST, "OPTIONS", paths[i], "Origin: null\r\n", NULL, 0), &a);
        assert_int_equal(a.status, 204);
        open_to_all(&a);
        answer_free(&a);
        site_receive(ask(SITE_GUEST, "DELETE", paths[i], NULL, NULL, 0), &a);
        refused(&a, 405, "method");
    }
    get(SITE_GUEST, path, NULL, &a);
    refused(&a, 405, "method");
    get(SITE_GUEST, other, NULL, &a);
    refused(&a, 404, "contact");
    get(SITE_GUEST, "/session/00ff", NULL, &a);
    refused(&a, 404, "contact");
    get(SITE_GUEST, "/session/0123456789ABCDEF0123456789ABCDEF", NULL, &a);
    refused(&a, 404, "contact");
    site_receive(ask(SITE_GUEST, "POST", path, NULL, NULL, 0), &a);
    refused(&a, 404, "contact");
    site_receive(ask(SITE_GUEST, "POST", path, NULL, rot, sizeof rot), &a);
    refused(&a, 400, "frames");
    char head[300];
    int fd = site_connect(&site, SITE_GUEST);
    int length =
        snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
                 path, HTTP_BODY_MAX + 1);
    assert_int_equal(send(fd, head, (size_t)length, MSG_NOSIGNAL), length);
    site_receive(fd, &a); /* before any of it was sent */
    refused(&a, 413, "size");
}

/* Two pages exchange through the point; an ID belongs to the address that began it. */
static void test_exchange(void **state) {
    (void)state;
    struct client *one = client_open(SITE_GUEST), *two = client_open(GUEST_2);
    struct answer a;
    uint64_t before = page_records(&one->page);
    client_settle(one);
    client_settle(two);
    site_write(&site, group, "hello pages", URGENCY_NORMAL, NULL, 0, NULL);
    client_settle(one);
    client_settle(two);
    assert_int_equal(page_records(&one->page), before + 1);
    assert_int_equal(page_records(&two->page), before + 1);
    site_receive(ask(GUEST_2, "POST", one->path, NULL, NULL, 0), &a);
    refused(&a, 404, "contact");
    client_close(one);
    client_close(two);
}

/* An answer waits for as long as it was asked to, and no longer than there is nothing to say; a second request of the
 * contact makes the first one answer at once. */
static void test_wait(void **state) {
    (void)state;
    struct client *c = client_open(SITE_GUEST);
    struct timespec began;
    client_settle(c);
    clock_gettime(CLOCK_MONOTONIC, &began);
    assert_int_equal(client_take(c, client_ask(c, 3)), 0); /* longer than the server bears silence */
    assert_true(seconds_since(&began) > 2.9 && seconds_since(&began) < 6);

    clock_gettime(CLOCK_MONOTONIC, &began);
    int fd = client_ask(c, 20);
    usleep(100000);
    unsigned came = c->page.came;
    site_write(&site, group, "you waited", URGENCY_NORMAL, NULL, 0, NULL);
    assert_true(client_take(c, fd) > 0);
    assert_true(seconds_since(&began) < 3);
    client_settle(c);
    assert_int_equal(c->page.came, came + 1);

    fd = client_ask(c, 20);
    usleep(100000);
    clock_gettime(CLOCK_MONOTONIC, &began);
    int second = client_ask(c, 1);
    assert_int_equal(client_take(c, fd), 0);
    assert_true(seconds_since(&began) < 0.9);
    (void)client_take(c, second);
    client_close(c);
}

/* Clients that go while their answer waits give back their places within some seconds; what would have been said to
 * them is said to who comes next. */
static void test_gone(void **state) {
    (void)state;
    struct client *c = client_open(SITE_GUEST);
    char path[120];
    int fds[WEB_CONNECTIONS_GUEST_MAX];
    client_settle(c);
    int fd = client_ask(c, 25);
    usleep(100000);
    close(fd);
    usleep(2500000);
    unsigned came = c->page.came;
    site_write(&site, group, "to the next", URGENCY_NORMAL, NULL, 0, NULL);
    client_settle(c);
    assert_int_equal(c->page.came, came + 1);

    snprintf(path, sizeof path, "%s/events", c->path);
    for (size_t i = 0; i < WEB_CONNECTIONS_GUEST_MAX; i++) {
        fds[i] = i % 2 == 0 ? client_ask(c, 25) : ask(SITE_GUEST, "GET", path, NULL, NULL, 0);
        usleep(20000);
    }
    for (size_t i = 0; i < WEB_CONNECTIONS_GUEST_MAX; i++) close(fds[i]);
    usleep(2500000);
    for (size_t i = 0; i < WEB_CONNECTIONS_GUEST_MAX; i++) fds[i] = site_connect(&site, SITE_GUEST);
    for (size_t i = 0; i < WEB_CONNECTIONS_GUEST_MAX; i++) close(fds[i]);
    usleep(200000);
    client_settle(c);
    client_close(c);
}

/* Read from a stream until it holds a text; it is left open. */
static void stream_until(int fd, char *have, size_t room, const char *want) {
    size_t at = strlen(have);
    while (strstr(have, want) == NULL) {
        ssize_t got = recv(fd, have + at, room - 1 - at, 0);
        if (got <= 0) fail_msg("the stream has no \"%s\": %s", want, have);
        at += (size_t)got;
        have[at] = '\0';
    }
}

/* Events: the number of others at once and when it changes, `more` when nobody is there to take what there is, once; a
 * second stream takes the place of the first. */
static void test_events(void **state) {
    (void)state;
    struct client *c = client_open(SITE_GUEST), *other = client_open(GUEST_2);
    char path[120], have[4096] = "", again[4096] = "";
    client_settle(c);
    snprintf(path, sizeof path, "%s/events", c->path);
    int fd = ask(SITE_GUEST, "GET", path, "Origin: null\r\nAccept: text/event-stream\r\n", NULL, 0);
    stream_until(fd, have, sizeof have, "event: near\ndata: 0\n\n");
    assert_non_null(strcasestr(have, "Access-Control-Allow-Origin: *\r\n"));
    assert_non_null(strcasestr(have, "Content-Type: text/event-stream\r\n"));
    client_settle(other);
    stream_until(fd, have, sizeof have, "event: near\ndata: 1\n\n");
    assert_null(strstr(have, "event: more"));
    site_write(&site, group, "more", URGENCY_NORMAL, NULL, 0, NULL);
    stream_until(fd, have, sizeof have, "event: more\ndata:\n\n");
    unsigned came = c->page.came;
    client_settle(c);
    assert_int_equal(c->page.came, came + 1);

    int second = ask(SITE_GUEST, "GET", path, NULL, NULL, 0);
    stream_until(second, again, sizeof again, "event: near");
    ssize_t got;
    while ((got = recv(fd, have, sizeof have, 0)) > 0) continue;
    assert_int_equal(got, 0);
    close(fd);
    site_write(&site, group, "more again", URGENCY_NORMAL, NULL, 0, NULL);
    stream_until(second, again, sizeof again, "event: more");
    close(second);
    client_close(c);
    client_close(other);
}

/* One address has so many contacts; the next is told to come later. */
static void test_full(void **state) {
    (void)state;
    uint8_t body[LAN_PREFIX_SIZE + CHANNEL_FIRST_SIZE];
    char path[80];
    struct answer a;
    for (unsigned i = 0; i <= HTTP_CONTACTS_OF_ONE; i++) {
        lan_frames_prefix(body, CHANNEL_FIRST_SIZE);
        for (size_t k = LAN_PREFIX_SIZE; k < sizeof body; k++) body[k] = (uint8_t)(k + i);
        body[LAN_PREFIX_SIZE] = CHANNEL_FIRST;
        id_new(path, "");
        site_receive(ask("127.0.0.7", "POST", path, NULL, body, sizeof body), &a);
        if (i < HTTP_CONTACTS_OF_ONE) {
            assert_int_equal(a.status, 200);
            assert_true(a.body_size > CHANNEL_SECOND_SIZE);
            answer_free(&a);
        } else {
            assert_true(answer_has(&a, "Retry-After", "20"));
            refused(&a, 503, "full");
        }
    }
}

/* What the endpoint is lenient about, every other path refuses as before: a post from a page of no origin, or of
 * another, and any request under a foreign name; none of them lets another page read the answer. */
static void test_others_stay_strict(void **state) {
    (void)state;
    static const char *const posts[] = {"/new", "/join", "/parcel/open", "/about/clock", "/wipe"};
    static const char *const gets[] = {"/",    "/plain", "/app",       "/about",    "/search", "/parcel",
                                       "/new", "/join",  "/style.css", "/sessions", "/sessio"};
    char hex[65], path[3][100];
    struct answer a;
    hex_of(hex, group);
    snprintf(path[0], sizeof path[0], "/g/%s/write", hex);
    snprintf(path[1], sizeof path[1], "/g/%s/join", hex);
    snprintf(path[2], sizeof path[2], "/m/%s/reply", hex);
    static const char *const origins[] = {"Origin: null\r\n", "Origin: http://example.org\r\n",
                                          "Origin: https://127.0.0.1\r\n"};
    for (size_t i = 0; i < 8; i++) {
        const char *where = i < 5 ? posts[i] : path[i - 5];
        for (size_t k = 0; k < 3; k++) {
            char more[200];
            snprintf(more, sizeof more, "Host: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n%s", site.host,
                     origins[k]);
            const char *froms[] = {SITE_OPERATOR, SITE_GUEST};
            for (size_t f = 0; f < 2; f++) {
                site_receive(ask(froms[f], "POST", where, more, (const uint8_t *)"text=x", 6), &a);
                assert_int_equal(a.status, 403);
                assert_null(strcasestr(a.head, "access-control-allow-origin"));
                answer_free(&a);
            }
        }
    }
    for (size_t i = 0; i < sizeof gets / sizeof gets[0]; i++) {
        get(SITE_OPERATOR, gets[i], "Host: evil.example\r\n", &a);
        assert_in_range(a.status, 400, 499);
        assert_null(strcasestr(a.head, "access-control-allow-origin"));
        answer_free(&a);
        get(SITE_GUEST, gets[i], "Host: evil.example\r\nOrigin: null\r\n", &a);
        assert_in_range(a.status, 400, 499);
        assert_null(strcasestr(a.head, "access-control-allow-origin"));
        answer_free(&a);
    }
}

/* The server ends while an answer waits and a stream is open: nothing hangs (the teardown would). */
static void test_stop_while_waiting(void **state) {
    (void)state;
    struct client *c = client_open(SITE_GUEST);
    char path[120];
    client_settle(c);
    snprintf(path, sizeof path, "%s/events", c->path);
    (void)ask(SITE_GUEST, "GET", path, NULL, NULL, 0);
    (void)client_ask(c, 25);
    usleep(100000);
    page_close(&c->page);
    free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_others_stay_strict),
        cmocka_unit_test(test_stop_while_waiting),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
