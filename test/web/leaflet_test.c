/*
 * What phones get that ask for the internet. Shows which requests are checks and which of them come from the
 * background; when a phone gets the leaflet and when the answer it hopes for (Android, Apple, Windows, one that was
 * never recognised, one that opened the page); that the memory is bounded and forgets; that the leaflet holds the
 * address in three languages, without script, link or anything to load, and is small.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/html.h"
#include "node/web/leaflet.h"

#define CHROME \
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0.3112.32 Safari/537.36"
#define WEBVIEW \
    "Mozilla/5.0 (Linux; Android 13; SM-A135F; wv) AppleWebKit/537.36 Version/4.0 Chrome/120.0 Mobile Safari/537.36"
#define IPHONE \
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
#define WISPR "CaptiveNetworkSupport-471.0.0.0.3 wispr"

static const uint8_t secret[HASH_SIZE] = {1, 2, 3};

static void test_table(void **state) {
    (void)state;
    static const struct {
        const char *host, *path;
        unsigned status; /* 0: no check */
    } cases[] = {
        {"connectivitycheck.gstatic.com", "/generate_204", 204},
        {"connectivitycheck.gstatic.com:80", "/generate_204", 204},
        {"clients3.google.com", "/generate_204", 204},
        {"www.google.com", "/gen_204", 204},
        {"connect.rom.miui.com", "/generate_204", 204},
        {"captive.apple.com", "/hotspot-detect.html", 200},
        {"captive.apple.com", "/any/other", 200},
        {"CAPTIVE.APPLE.COM", "/", 200},
        {"captive.apple.com.example.org", "/", 0},
        {"xcaptive.apple.com", "/", 0},
        {"www.apple.com", "/library/test/success.html", 200},
        {"www.apple.com", "/", 0},
        {"www.msftconnecttest.com", "/connecttest.txt", 200},
        {"www.msftconnecttest.com", "/redirect", 0},
        {"detectportal.firefox.com", "/success.txt", 200},
        {"detectportal.firefox.com", "/canonical.html", 200},
        {"nmcheck.gnome.org", "/check_network_status.txt", 200},
        {"example.org", "/", 0},
        {"", "/", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct checks *found = checks_find(cases[i].host, cases[i].path);
        if ((found != NULL ? found->status : 0) != cases[i].status) fail_msg("wrong for: %s", cases[i].host);
        if (found != NULL) assert_true((found->status == 204) == (found->body == NULL));
    }
}

static void test_background(void **state) {
    (void)state;
    const struct checks *android = checks_find("x", "/generate_204");
    const struct checks *apple = checks_find("captive.apple.com", "/");
    const struct checks *windows = checks_find("x", "/connecttest.txt");
    assert_true(checks_is_background(android, NULL));
    assert_true(checks_is_background(android, CHROME));
    assert_true(checks_is_background(android, "Dalvik/2.1.0 (Linux; U; Android 6.0)"));
    assert_false(checks_is_background(android, WEBVIEW));
    assert_true(checks_is_background(apple, WISPR));
    assert_false(checks_is_background(apple, IPHONE));
    assert_true(checks_is_background(windows, "Microsoft NCSI"));
}

static struct guard_address phone(unsigned number) {
    struct guard_address out = {.family = AF_INET, .bytes = {10, 42, (uint8_t)(number >> 8), (uint8_t)number}};
    return out;
}

static bool ask(struct leaflet *l, unsigned number, const char *host, const char *path, const char *agent,
                uint64_t now_ms) {
    struct guard_address from = phone(number);
    const struct checks *check = checks_find(host, path);
    assert_non_null(check);
    return leaflet_is_done(l, secret, &from, check, checks_is_background(check, agent), now_ms);
}
#define ANDROID(l, n, agent, ms) ask(l, n, "connectivitycheck.gstatic.com", "/generate_204", agent, ms)
#define APPLE(l, n, agent, ms) ask(l, n, "captive.apple.com", "/hotspot-detect.html", agent, ms)

/* Its window closes as soon as a check succeeds, so none does while the leaflet is being read. */
static void test_android(void **state) {
    (void)state;
    static struct leaflet l;
    assert_false(ANDROID(&l, 1, CHROME, 1000));
    assert_false(ANDROID(&l, 1, WEBVIEW, 5000));
    assert_false(ANDROID(&l, 1, CHROME, 6000));
    assert_false(ANDROID(&l, 1, WEBVIEW, 30000)); /* pulled down to load again: the time isn't begun anew */
    assert_false(ANDROID(&l, 1, CHROME, 5000 + LEAFLET_READ_MS - 1));
    assert_true(ANDROID(&l, 1, CHROME, 5000 + LEAFLET_READ_MS));
    assert_false(ANDROID(&l, 2, CHROME, 5000 + LEAFLET_READ_MS)); /* another phone */
}

static void test_apple(void **state) {
    (void)state;
    static struct leaflet l;
    assert_false(APPLE(&l, 1, WISPR, 1000));
    assert_false(APPLE(&l, 1, WISPR, 1500)); /* nobody has seen it yet */
    assert_false(APPLE(&l, 1, IPHONE, 2000));
    assert_true(APPLE(&l, 1, WISPR, 2100));   /* "Done" */
    assert_false(APPLE(&l, 1, IPHONE, 3000)); /* the window itself keeps the leaflet */
}

static void test_others(void **state) {
    (void)state;
    static struct leaflet l;
    struct guard_address from = phone(3);
    /* Windows and Firefox: until the page was opened. */
    assert_false(ask(&l, 3, "www.msftconnecttest.com", "/connecttest.txt", "Microsoft NCSI", 1000));
    leaflet_opened(&l, secret, &from, 2000);
    assert_true(ask(&l, 3, "www.msftconnecttest.com", "/connecttest.txt", "Microsoft NCSI", 2001));
    assert_true(ANDROID(&l, 3, WEBVIEW, 2002));
    /* A system whose window is not recognised. */
    assert_false(ANDROID(&l, 4, "Other/1.0", 1000));
    assert_false(ANDROID(&l, 4, "Other/1.0", 1000 + LEAFLET_GIVEN_MS - 1));
    assert_true(ANDROID(&l, 4, "Other/1.0", 1000 + LEAFLET_GIVEN_MS));
}

static void test_memory(void **state) {
    (void)state;
    static struct leaflet l;
    struct guard_address from = phone(1);
    leaflet_opened(&l, secret, &from, 1000);
    assert_true(ANDROID(&l, 1, CHROME, 1000 + LEAFLET_FORGET_MS - 1));
    assert_false(ANDROID(&l, 1, CHROME, 1000 + LEAFLET_FORGET_MS - 1 + LEAFLET_FORGET_MS)); /* unseen for long */
    /* A crowd pushes out the longest unseen and nobody else. */
    memset(&l, 0, sizeof l);
    for (unsigned i = 0; i < LEAFLET_PHONES_MAX; i++) {
        from = phone(i);
        leaflet_opened(&l, secret, &from, 1000 + i);
    }
    assert_true(ANDROID(&l, 0, CHROME, 5000));
    assert_false(ANDROID(&l, 9999, CHROME, 5001));
    assert_true(ANDROID(&l, 0, CHROME, 5002));
    assert_false(ANDROID(&l, 1, CHROME, 5003));
    /* No address is kept: the bytes of one are nowhere in it. */
    static const uint8_t needle[4] = {10, 42, 0x27, 0x0f};
    assert_null(memmem(&l, sizeof l, needle, sizeof needle));
}

static void test_page(void **state) {
    (void)state;
    static const char *const holds[] = {
        "http://10.42.0.1/</b>", "lang=\"kk\"", "lang=\"ru\"",       "lang=\"en\"", "браузер",
        "user-select:all",       "<svg",        "Close this window", "Закройте",    "жауып"};
    static const char *const lacks[] = {"<script", "<a ", "href", "src=", "url(", "<form", "onclick", "http-equiv"};
    struct html h;
    char *page = NULL;
    size_t size = 0;
    leaflet_write(&h, "http://10.42.0.1/");
    assert_int_equal(html_take(&h, &page, &size), 0);
    page = realloc(page, size + 1);
    assert_non_null(page);
    page[size] = '\0';
    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++) {
        if (strstr(page, holds[i]) == NULL) fail_msg("the leaflet lacks %s", holds[i]);
    }
    for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++) {
        if (strstr(page, lacks[i]) != NULL) fail_msg("the leaflet has %s", lacks[i]);
    }
    if (size >= LEAFLET_SIZE_MAX) fail_msg("the leaflet has %zu bytes", size);
    free(page);
    leaflet_write(&h, "http://\"><script>x</script>/");
    assert_int_equal(html_take(&h, &page, &size), 0);
    assert_null(memmem(page, size, "<script", 7));
    free(page);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_background), cmocka_unit_test(test_android),
        cmocka_unit_test(test_apple), cmocka_unit_test(test_others),     cmocka_unit_test(test_memory),
        cmocka_unit_test(test_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
