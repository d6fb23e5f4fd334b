/*
 * The plain page over real connections: what it shows, to whom, and what it refuses. Every request goes through a
 * socket to a page that a thread serves; a guest comes from another loopback address, which the page is told to treat
 * as a stranger's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/invite.h"
#include "test/web/web_util.h"

static struct site site;
static uint8_t group[HASH_SIZE], message[HASH_SIZE];
static char group_path[80], write_path[96], message_path[80], reply_path[96];

static int setup(void **state) {
    char hex[65];
    (void)state;
    site_open(&site, 0);
    site_group(&site, "Су \"және\" <дәрі>", group);
    site_write(&site, group, "Water & <b>bread</b>", URGENCY_URGENT, NULL, 0, message);
    hex_of(hex, group);
    snprintf(group_path, sizeof group_path, "/g/%s", hex);
    snprintf(write_path, sizeof write_path, "/g/%s/write", hex);
    hex_of(hex, message);
    snprintf(message_path, sizeof message_path, "/m/%s", hex);
    snprintf(reply_path, sizeof reply_path, "/m/%s/reply", hex);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    site_close(&site);
    return 0;
}

static void want(const struct answer *a, unsigned status, const char *text) {
    if (a->status != status)
        fail_msg("status %u, not %u: %s", a->status, status, a->body != NULL ? a->body : "(closed)");
    if (text != NULL && strstr(a->body, text) == NULL) fail_msg("no \"%s\" in: %s", text, a->body);
}

static void want_no(const struct answer *a, const char *text) {
    if (strstr(a->body, text) != NULL) fail_msg("\"%s\" in: %s", text, a->body);
}

static void get(const char *from, const char *path, unsigned status, const char *text) {
    struct answer a;
    site_get(&site, from, path, NULL, &a);
    want(&a, status, text);
    answer_free(&a);
}

/* Post text to a path that has a form on page; the token may be replaced. */
static void post(const char *from, const char *page, const char *path, const char *text, const char *more,
                 const char *token, unsigned status) {
    char body[512];
    char found[64] = "";
    struct answer a;
    if (token == NULL) site_form(&site, from, page, path, found);
    snprintf(body, sizeof body, "t=%s&text=%s&urgency=1", token != NULL ? token : found, text);
    site_post(&site, from, path, NULL, body, strlen(body), more, &a);
    if (a.status != status)
        fail_msg("%s: status %u, not %u: %s", text, a.status, status, a.body != NULL ? a.body : "(closed)");
    answer_free(&a);
}

/* ---- Pages ---- */

static void test_headers_on_every_page(void **state) {
    (void)state;
    static const char *const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                                      "base-uri 'none'; frame-ancestors 'none'";
    char invite[96];
    snprintf(invite, sizeof invite, "%s/invite", group_path);
    const char *paths[] = {"/",       group_path, message_path, invite,   "/search?q=water", "/search",
                           "/parcel", "/new",     "/join",      "/about", "/nothing",        "/m/00"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct answer a;
        site_get(&site, SITE_OPERATOR, paths[i], NULL, &a);
        assert_true(a.status == 200 || a.status == 404);
        assert_true(answer_has(&a, "Content-Security-Policy", policy));
        assert_true(answer_has(&a, "X-Content-Type-Options", "nosniff"));
        assert_true(answer_has(&a, "Referrer-Policy", "same-origin"));
        assert_true(answer_has(&a, "Cross-Origin-Resource-Policy", "same-origin"));
        assert_true(answer_has(&a, "Cache-Control", "no-store"));
        assert_true(answer_has(&a, "Content-Type", "text/html; charset=utf-8"));
        assert_null(strstr(a.head, "Server:"));
        want_no(&a, "<script");
        want_no(&a, "style=");
        /* Nothing is loaded from, linked to or sent to another place. */
        static const char *const at[] = {"href=\"", "src=\"", "action=\""};
        for (size_t k = 0; k < 3; k++) {
            for (const char *link = strstr(a.body, at[k]); link != NULL; link = strstr(link + 1, at[k])) {
                const char *to = link + strlen(at[k]);
                assert_true((*to == '/' && to[1] != '/') || *to == '#');
            }
        }
        answer_free(&a);
    }
    struct answer a;
    site_get(&site, SITE_OPERATOR, "/style.css", NULL, &a);
    want(&a, 200, "@media(prefers-color-scheme:dark)");
    want_no(&a, "url(");
    want_no(&a, "@import");
    assert_true(answer_has(&a, "Content-Type", "text/css; charset=utf-8"));
    answer_free(&a);
    get(SITE_GUEST, "/icon.svg", 200, "<svg");
}

static void test_pages_show_what_is_there(void **state) {
    (void)state;
    uint8_t reply[HASH_SIZE];
    site_write(&site, group, "Жауап: су бар", URGENCY_NORMAL, message, 0, reply);
    get(SITE_OPERATOR, "/", 200, "Су &quot;және&quot; &lt;дәрі&gt;");
    get(SITE_OPERATOR, group_path, 200, "Water &amp; &lt;b&gt;bread&lt;/b&gt;");
    get(SITE_OPERATOR, group_path, 200, "<span class=\"mark level\">Urgent</span>");
    get(SITE_OPERATOR, message_path, 200, "Жауап: су бар");
    get(SITE_OPERATOR, group_path, 200, "In reply to");
    get(SITE_OPERATOR, "/search?q=breA", 200, "Water &amp; &lt;b&gt;bread");
    get(SITE_OPERATOR, "/search?q=elephant", 200, "Nothing was found here.");
    get(SITE_OPERATOR, "/about", 200, "Operator Имя");
    get(SITE_OPERATOR, "/m/0000000000000000000000000000000000000000000000000000000000000000", 404,
        "There is nothing here");
    get(SITE_OPERATOR, "/g/0000000000000000000000000000000000000000000000000000000000000000", 404,
        "There is nothing here");
    get(SITE_OPERATOR, "/../etc/passwd", 404, NULL);
    get(SITE_OPERATOR, "//", 404, NULL);
}

/* Older and newer pages: every message is met once on the way down, and the way back leads to the newest. */
static void test_paging(void **state) {
    (void)state;
    uint8_t many[HASH_SIZE];
    char hex[65];
    char path[256];
    unsigned pages = 0;
    unsigned seen[120] = {0};
    site_group(&site, "Many", many);
    for (unsigned i = 0; i < 120; i++) {
        char text[32];
        snprintf(text, sizeof text, "number%04u.", i);
        site_write(&site, many, text, URGENCY_NORMAL, NULL, (uint64_t)time(NULL) - 100000 + i / 3,
                   NULL); /* some at the same second */
    }
    hex_of(hex, many);
    snprintf(path, sizeof path, "/g/%s", hex);
    char last[256] = "";
    while (path[0] != '\0' && pages < 10) {
        struct answer a;
        site_get(&site, SITE_OPERATOR, path, NULL, &a);
        want(&a, 200, NULL);
        pages++;
        for (unsigned i = 0; i < 120; i++) {
            char text[32];
            snprintf(text, sizeof text, "number%04u.", i);
            if (strstr(a.body, text) != NULL) seen[i]++;
        }
        snprintf(last, sizeof last, "%s", path);
        const char *older = strstr(a.body, "?before=");
        if (older == NULL) {
            path[0] = '\0';
        } else {
            snprintf(path, sizeof path, "%.67s?before=%.*s", last, (int)strcspn(older + 8, "\""), older + 8);
        }
        answer_free(&a);
    }
    assert_int_equal(pages, 3);
    for (unsigned i = 0; i < 120; i++) assert_int_equal(seen[i], 1);
    /* And back. */
    snprintf(path, sizeof path, "%s", last);
    for (pages = 0; pages < 10; pages++) {
        struct answer a;
        site_get(&site, SITE_OPERATOR, path, NULL, &a);
        const char *newer = strstr(a.body, "?after=");
        if (newer != NULL)
            snprintf(path, sizeof path, "%.67s?after=%.*s", last, (int)strcspn(newer + 7, "\""), newer + 7);
        bool top = newer == NULL;
        if (top) want(&a, 200, "number0119.");
        answer_free(&a);
        if (top) break;
    }
    assert_in_range(pages, 1, 3);
    get(SITE_OPERATOR, "/g/zz?before=1", 404, NULL);
    snprintf(path, sizeof path, "%s?before=99999999999999999999-xyz", group_path);
    get(SITE_OPERATOR, path, 200, NULL);
}

static void test_languages(void **state) {
    (void)state;
    struct answer a;
    site_get(&site, SITE_GUEST, "/", "Accept-Language: kk-KZ,ru;q=0.5\r\n", &a);
    want(&a, 200, "<html lang=\"kk\">");
    want(&a, 200, "Топтар");
    answer_free(&a);
    site_get(&site, SITE_GUEST, "/about?lang=ru", "Accept-Language: kk\r\n", &a);
    want(&a, 200, "<html lang=\"ru\">");
    assert_true(answer_has(&a, "Set-Cookie", "lang=ru; Path=/; SameSite=Strict"));
    answer_free(&a);
    site_get(&site, SITE_GUEST, "/", "Accept-Language: kk\r\nCookie: other=1; lang=ru\r\n", &a);
    want(&a, 200, "Группы");
    answer_free(&a);
    site_get(&site, SITE_GUEST, "/nothing", "Accept-Language: ru\r\nCookie: lang=xx\r\n", &a);
    want(&a, 404, "Здесь ничего нет");
    assert_null(strstr(a.head, "Set-Cookie"));
    answer_free(&a);
    site_get(&site, SITE_GUEST, "/?lang=%3Cscript%3E", NULL, &a);
    want(&a, 200, "<html lang=\"en\">");
    want_no(&a, "script");
    answer_free(&a);
}

/* A script in every place that a person can fill. */
static void test_nothing_becomes_markup(void **state) {
    (void)state;
    static const char evil[] = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    static const char coded[] =
        "%3C%2Ftextarea%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%22'%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E";
    uint8_t bad_group[HASH_SIZE];
    char path[256];
    char hex[65];
    struct answer a;
    site_group(&site, evil, bad_group);
    site_write(&site, bad_group, evil, URGENCY_NORMAL, NULL, 0, NULL);
    hex_of(hex, bad_group);
    const char *const forms[] = {"/", "/g/%s", "/g/%s/invite", "/search?g=%s&q=x", "/parcel?g=%s", "/search?q=script"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *place = strstr(forms[i], "%s");
        if (place != NULL)
            snprintf(path, sizeof path, "%.*s%s%s", (int)(place - forms[i]), forms[i], hex, place + 2);
        else
            snprintf(path, sizeof path, "%s", forms[i]);
        site_get(&site, SITE_OPERATOR, path, NULL, &a);
        want(&a, 200, "&lt;script&gt;");
        want_no(&a, "<script");
        want_no(&a, "<img");
        answer_free(&a);
    }
    snprintf(path, sizeof path, "/search?q=%s", coded);
    site_get(&site, SITE_OPERATOR, path, NULL, &a);
    want(&a, 200, "&lt;script&gt;");
    want_no(&a, "<script");
    answer_free(&a);
    /* What was written comes back into the form when the token is bad. */
    char body[512];
    snprintf(body, sizeof body, "t=bad&text=%s", coded);
    site_post(&site, SITE_OPERATOR, write_path, NULL, body, strlen(body), NULL, &a);
    want(&a, 403, "&lt;/textarea&gt;&lt;script&gt;");
    want_no(&a, "<script");
    answer_free(&a);
    snprintf(body, sizeof body, "t=bad&line=%s", coded);
    site_post(&site, SITE_OPERATOR, "/join", NULL, body, strlen(body), NULL, &a);
    want(&a, 403, "&lt;/textarea&gt;&lt;script&gt;");
    want_no(&a, "<script");
    answer_free(&a);
    snprintf(body, sizeof body, "t=bad&title=%s", coded);
    site_post(&site, SITE_OPERATOR, "/new", NULL, body, strlen(body), NULL, &a);
    want(&a, 403, "value=\"&lt;/textarea&gt;&lt;script&gt;");
    want_no(&a, "<script");
    answer_free(&a);
}

/* ---- Writing ---- */

static void test_write_and_reply(void **state) {
    (void)state;
    unsigned before = atomic_load(&site.changes);
    post(SITE_OPERATOR, group_path, write_path, "First%0D%0Aline%20two", NULL, NULL, 303);
    get(SITE_OPERATOR, group_path, 200, "First\nline two");
    post(SITE_OPERATOR, message_path, reply_path, "An+answer", NULL, NULL, 303);
    get(SITE_OPERATOR, message_path, 200, "An answer");
    assert_true(atomic_load(&site.changes) > before);
    post(SITE_OPERATOR, group_path, write_path, "++%0A", NULL, NULL, 400);
    post(SITE_OPERATOR, group_path, write_path, "%ff%fe", NULL, NULL, 400);
    post(SITE_OPERATOR, group_path, write_path, "bell%07", NULL, NULL, 400);
}

/* A second tap on the button is no second message; the same words elsewhere, or other words, are. */
static void test_sent_twice_is_one(void **state) {
    (void)state;
    struct answer a;
    unsigned count = 0;
    for (unsigned i = 0; i < 3; i++) post(SITE_OPERATOR, group_path, write_path, "twice-tapped", NULL, NULL, 303);
    post(SITE_GUEST, group_path, write_path, "twice-tapped", NULL, NULL, 303);
    post(SITE_OPERATOR, message_path, reply_path, "twice-tapped", NULL, NULL, 303);
    post(SITE_OPERATOR, group_path, write_path, "twice-tapped+more", NULL, NULL, 303);
    site_get(&site, SITE_OPERATOR, group_path, NULL, &a);
    for (const char *at = strstr(a.body, "twice-tapped"); at != NULL; at = strstr(at + 1, "twice-tapped")) count++;
    assert_int_equal(count, 4);
    answer_free(&a);
}

static void test_foreign_posts_are_refused(void **state) {
    (void)state;
    char own[64];
    char guests[64];
    char reply[64];
    site_form(&site, SITE_OPERATOR, group_path, write_path, own);
    site_form(&site, SITE_GUEST, group_path, write_path, guests);
    site_form(&site, SITE_OPERATOR, message_path, reply_path, reply);
    post(SITE_OPERATOR, NULL, write_path, "refusedA", NULL, "", 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedB", NULL, "0123456789abcdef0123456789abcdef01234567", 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedC", NULL, guests, 403);
    post(SITE_GUEST, NULL, write_path, "refusedD", NULL, own, 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedE", NULL, reply, 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedF", "Origin: http://example.org\r\n", own, 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedG", "Origin: null\r\n", own, 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedH", "Origin: http://127.0.0.1:1\r\n", own, 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedI", "Sec-Fetch-Site: cross-site\r\n", own, 403);
    post(SITE_OPERATOR, NULL, write_path, "refusedJ", "Sec-Fetch-Site: same-site\r\n", own, 403);
    struct answer a;
    site_get(&site, SITE_OPERATOR, group_path, NULL, &a);
    want_no(&a, "refused");
    answer_free(&a);
    post(SITE_OPERATOR, NULL, write_path, "acceptedK", "Sec-Fetch-Site: same-origin\r\n", own, 303);
    get(SITE_OPERATOR, group_path, 200, "acceptedK");
    /* Packing is work: not for a page from elsewhere either. */
    char path[160];
    snprintf(path, sizeof path, "/parcel/get?g=%s", group_path + 3);
    site_get(&site, SITE_OPERATOR, path, "Sec-Fetch-Site: cross-site\r\n", &a);
    want(&a, 403, NULL);
    answer_free(&a);
}

static void raw(const char *from, const char *request, unsigned status, const char *text) {
    struct answer a;
    site_send(&site, from, request, strlen(request), &a);
    want(&a, status, text);
    answer_free(&a);
}

static void test_host_names(void **state) {
    (void)state;
    raw(SITE_OPERATOR, "GET / HTTP/1.1\r\nHost: rebound.example.org\r\nConnection: close\r\n\r\n", 421,
        "does not answer under that name");
    raw(SITE_OPERATOR, "GET / HTTP/1.1\r\nHost: 192.168.4.1\r\nConnection: close\r\n\r\n", 421, NULL);
    raw(SITE_GUEST, "GET / HTTP/1.1\r\nHost: rebound.example.org\r\nConnection: close\r\n\r\n", 421, NULL);
    raw(SITE_GUEST, "GET / HTTP/1.1\r\nHost: 192.168.4.1:8480\r\nConnection: close\r\n\r\n", 200,
        "You are a guest of this point");
    raw(SITE_OPERATOR, "GET / HTTP/1.1\r\nHost: localhost:9\r\nConnection: close\r\n\r\n", 200, "New group");
    raw(SITE_OPERATOR, "GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n", 200, "New group");
    raw(SITE_OPERATOR, "GET / HTTP/1.0\r\n\r\n", 400, NULL);
    raw(SITE_OPERATOR, "GET / HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\nConnection: close\r\n\r\n", 400,
        NULL);
    /* A guest can't become the operator by a name. */
    raw(SITE_GUEST, "GET /new HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 403, NULL);
}

/* ---- Guests ---- */

static void test_guests(void **state) {
    (void)state;
    struct answer a;
    char hex[65];
    char path[160];
    struct site *s = &site;
    static const char *const closed[] = {"/new", "/join"};
    for (size_t i = 0; i < 2; i++) get(SITE_GUEST, closed[i], 403, "Only the person who runs this point");
    snprintf(path, sizeof path, "%s/retract", message_path);
    get(SITE_GUEST, path, 403, NULL);
    site_get(s, SITE_GUEST, "/about", NULL, &a);
    want(&a, 200, "Somebody near you");
    want_no(&a, "Operator");
    want_no(&a, "Имя");
    answer_free(&a);
    site_get(s, SITE_GUEST, group_path, NULL, &a);
    want(&a, 200, "You are a guest of this point");
    want_no(&a, "type=\"file\"");
    want_no(&a, ">you<");
    answer_free(&a);
    post(SITE_GUEST, group_path, write_path, "guestly+words", NULL, NULL, 303);
    site_get(s, SITE_OPERATOR, group_path, NULL, &a);
    want(&a, 200, "written as a guest of a point");
    /* By another key than the operator's. */
    const char *text = strstr(a.body, "guestly words");
    assert_non_null(text);
    answer_free(&a);
    struct member own;
    struct store_community *known = malloc(sizeof *known);
    assert_non_null(known);
    home_enter(s->home);
    assert_int_equal(store_community_get(s->home->store, group, (uint64_t)time(NULL), known), 0);
    home_member(s->home, &known->charter, false, &own);
    home_leave(s->home);
    free(known);
    char handle[HANDLE_SIZE];
    person_handle(handle, own.key);
    site_get(s, SITE_OPERATOR, "/search?q=guestly", NULL, &a);
    want(&a, 200, "guestly words");
    want_no(&a, handle);
    answer_free(&a);
    /* The operator's forms are no guest's, even with a token. */
    char body[256];
    char token[64];
    site_form(s, SITE_OPERATOR, "/new", "/new", token);
    snprintf(body, sizeof body, "t=%s&title=Guests&lang=kk", token);
    site_post(s, SITE_GUEST, "/new", NULL, body, strlen(body), NULL, &a);
    want(&a, 403, NULL);
    answer_free(&a);
    hex_of(hex, group);
    snprintf(path, sizeof path, "/g/%s/join", hex);
    site_post(s, SITE_GUEST, path, NULL, body, strlen(body), NULL, &a);
    want(&a, 403, NULL);
    answer_free(&a);
}

static void test_guests_are_slowed(void **state) {
    (void)state;
    char token[64];
    char body[256];
    unsigned stored = 0;
    unsigned refused = 0;
    site_form(&site, SITE_GUEST, group_path, write_path, token);
    for (unsigned i = 0; i < 10; i++) {
        struct answer a;
        snprintf(body, sizeof body, "t=%s&text=flood%u", token, i);
        site_post(&site, SITE_GUEST, write_path, NULL, body, strlen(body), NULL, &a);
        stored += a.status == 303;
        refused += a.status == 429;
        if (a.status == 429) want(&a, 429, "flood"); /* the text is not lost */
        answer_free(&a);
    }
    assert_in_range(stored, 4, 6); /* another test may have used a place */
    assert_int_equal(stored + refused, 10);
    post(SITE_OPERATOR, group_path, write_path, "not+slowed", NULL, NULL, 303);
    /* Searching costs work: a guest's search is slowed too, the operator's is not. */
    stored = refused = 0;
    for (unsigned i = 0; i < 30; i++) {
        struct answer a;
        site_get(&site, SITE_GUEST, "/search?q=water", NULL, &a);
        stored += a.status == 200;
        refused += a.status == 429;
        answer_free(&a);
        get(SITE_OPERATOR, "/search?q=water", 200, NULL);
    }
    assert_in_range(stored, 5, 9);
    assert_int_equal(stored + refused, 30);
}

/* ---- Groups ---- */

static void test_new_and_join(void **state) {
    (void)state;
    struct answer a;
    char token[64];
    char body[INVITE_CHARS_MAX + 256];
    site_form(&site, SITE_OPERATOR, "/new", "/new", token);
    snprintf(body, sizeof body, "t=%s&title=%%D0%%90%%D0%%BB%%D0%%BC%%D0%%B0%%D1%%82%%D1%%8B&lang=ru", token);
    site_post(&site, SITE_OPERATOR, "/new", NULL, body, strlen(body), NULL, &a);
    want(&a, 303, NULL);
    answer_free(&a);
    get(SITE_OPERATOR, "/", 200, "Алматы");
    snprintf(body, sizeof body, "t=%s&title=&lang=ru", token);
    site_post(&site, SITE_OPERATOR, "/new", NULL, body, strlen(body), NULL, &a);
    want(&a, 400, "A group needs a title.");
    answer_free(&a);
    /* Another point's invitation. */
    struct site other;
    uint8_t theirs[HASH_SIZE];
    char path[96];
    char hex[65];
    site_open(&other, 0);
    site_group(&other, "Theirs", theirs);
    hex_of(hex, theirs);
    snprintf(path, sizeof path, "/g/%s/invite", hex);
    site_get(&other, SITE_GUEST, path, NULL, &a);
    want(&a, 200, "<svg class=\"qr\"");
    char line[INVITE_CHARS_MAX + 1];
    char *at = strstr(a.body, "longear:");
    assert_non_null(at);
    size_t size = strspn(at + 8, "abcdefghijklmnopqrstuvwxyz234567") + 8;
    snprintf(line, sizeof line, "%.*s", (int)size, at);
    answer_free(&a);
    site_close(&other);
    site_form(&site, SITE_OPERATOR, "/join", "/join", token);
    snprintf(body, sizeof body, "t=%s&line=++%s%%0D%%0A", token, line);
    site_post(&site, SITE_OPERATOR, "/join", NULL, body, strlen(body), NULL, &a);
    want(&a, 303, NULL);
    answer_free(&a);
    get(SITE_OPERATOR, "/", 200, "Theirs");
    line[20] = line[20] == 'a' ? 'b' : 'a';
    snprintf(body, sizeof body, "t=%s&line=%s", token, line);
    site_post(&site, SITE_OPERATOR, "/join", NULL, body, strlen(body), NULL, &a);
    want(&a, 400, "the checksum does not fit");
    answer_free(&a);
}

static void test_take_back(void **state) {
    (void)state;
    uint8_t id[HASH_SIZE];
    char hex[65];
    char page[96];
    char path[96];
    char body[128];
    char token[64];
    struct answer a;
    site_write(&site, group, "regretted", URGENCY_NORMAL, NULL, 0, id);
    hex_of(hex, id);
    snprintf(page, sizeof page, "/m/%s/retract", hex);
    site_form(&site, SITE_OPERATOR, page, page, token);
    snprintf(body, sizeof body, "t=%s", token);
    site_post(&site, SITE_OPERATOR, page, NULL, body, strlen(body), NULL, &a);
    want(&a, 303, NULL);
    answer_free(&a);
    snprintf(path, sizeof path, "/m/%s", hex);
    get(SITE_OPERATOR, path, 410, "took this message back");
    site_get(&site, SITE_GUEST, group_path, NULL, &a);
    want_no(&a, "regretted");
    answer_free(&a);
    site_get(&site, SITE_GUEST, "/search?q=regretted", NULL, &a);
    want(&a, 200, "Nothing was found here.");
    answer_free(&a);
}

/* A record from ahead waits: it is counted on the page about this point and shown nowhere else. */
static void test_what_waits_is_hidden(void **state) {
    (void)state;
    uint8_t id[HASH_SIZE];
    char hex[65];
    char path[80];
    struct answer a;
    site_write(&site, group, "from tomorrow", URGENCY_URGENT, message, (uint64_t)time(NULL) + 86400, id);
    hex_of(hex, id);
    snprintf(path, sizeof path, "/m/%s", hex);
    get(SITE_OPERATOR, path, 404, NULL);
    const char *const places[] = {group_path, message_path, "/search?q=tomorrow"};
    for (size_t i = 0; i < 3; i++) {
        site_get(&site, SITE_OPERATOR, places[i], NULL, &a);
        want_no(&a, "from tomorrow");
        answer_free(&a);
    }
    get(SITE_OPERATOR, "/about", 200, "Messages that wait because their time lies ahead: 1");
    /* Nor can it be replied to before its time. */
    char reply[96];
    snprintf(reply, sizeof reply, "%s/reply", path);
    post(SITE_OPERATOR, NULL, reply, "early", NULL, "x", 404);
}

/* A title in another direction is isolated, and so is a text that turns the direction of writing. */
static void test_direction_is_isolated(void **state) {
    (void)state;
    uint8_t id[HASH_SIZE];
    char hex[65];
    char path[80];
    struct answer a;
    site_group(&site, "\xd8\xb4\xd8\xa7\xd8\xb1", id);
    hex_of(hex, id);
    snprintf(path, sizeof path, "/g/%s", hex);
    site_write(&site, id, "\xe2\x80\xaegnitirw", URGENCY_NORMAL, NULL, 0, NULL);
    site_get(&site, SITE_GUEST, path, NULL, &a);
    want(&a, 200, "<title>\xe2\x81\xa8\xd8\xb4\xd8\xa7\xd8\xb1\xe2\x81\xa9");
    want(&a, 200, "<bdi>\xd8\xb4\xd8\xa7\xd8\xb1</bdi>");
    want(&a, 200, "<p class=\"text\" dir=\"auto\">\xe2\x80\xaegnitirw</p>");
    answer_free(&a);
}

/* Where it listens: what is no address is the caller's mistake, what can't be had is told with the reason. */
static void test_listening(void **state) {
    (void)state;
    char why[HOME_WHY_SIZE];
    struct web *web = NULL;
    static const char *const wrong[] = {
        "",        "127.0.0.1", "127.0.0.1:",     ":80",     "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:80x",
        "host:80", "::1:80",    "[127.0.0.1]:80", "[::1:80", "1.2.3.4.5:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct web_options options = {.listen = wrong[i]};
        if (web_start(&web, site.home, &options, why) != ERR_USAGE) fail_msg("accepted: %s", wrong[i]);
        assert_non_null(strstr(why, "expected ADDR:PORT"));
    }
    struct web_options taken = {.listen = site.host};
    assert_int_equal(web_start(&web, site.home, &taken, why), ERR_NET);
    assert_non_null(strstr(why, site.host));
    struct web_options elsewhere = {.listen = "203.0.113.77:0"}; /* RFC 5737: nobody's */
    assert_int_equal(web_start(&web, site.home, &elsewhere, why), ERR_NET);
    struct web_options six = {.listen = "[::1]:0"};
    int err = web_start(&web, site.home, &six, why);
    if (err == 0) { /* a machine without IPv6 says so */
        unsigned port = 0;
        assert_int_equal(sscanf(web_address(web), "http://[::1]:%u/", &port), 1);
        assert_true(port > 0);
        assert_false(web_is_open(web));
        char addresses[1][WEB_URL_SIZE];
        assert_int_equal(web_neighbour_addresses(web, addresses, 1), 0);
        web_stop(web);
    } else {
        assert_int_equal(err, ERR_NET);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_headers_on_every_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages_show_what_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paging, setup, teardown),
        cmocka_unit_test_setup_teardown(test_languages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_becomes_markup, setup, teardown),
        cmocka_unit_test_setup_teardown(test_write_and_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sent_twice_is_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_posts_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_host_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guests_are_slowed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_and_join, setup, teardown),
        cmocka_unit_test_setup_teardown(test_take_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_waits_is_hidden, setup, teardown),
        cmocka_unit_test_setup_teardown(test_direction_is_isolated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_listening, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
