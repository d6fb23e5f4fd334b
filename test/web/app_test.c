/*
 * The app for phones: who gets it where, what comes with it, that a reload costs little, and what happens with a file
 * that is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/web/app.h"
#include "test/web/web_util.h"

#define GZIP "Accept-Encoding: deflate, gzip;q=0.8\r\n"

/* An app is any bytes under gzip; these are an empty file's. */
static const uint8_t bytes[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static char folder[64], file[100], words[100];
static struct site site;

static void write_file(const char *path, const void *data, size_t size) {
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/app-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/link.html.gz", folder);
    snprintf(words, sizeof words, "%s/link.html.words", folder);
    write_file(file, bytes, sizeof bytes);
    write_file(words, "алма river тас\n", strlen("алма river тас\n"));
    site_open_with(&site, 0, file, false);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    site_close(&site);
    unlink(file);
    unlink(words);
    rmdir(folder);
    return 0;
}

static void is_app(const struct answer *a) {
    assert_int_equal(a->status, 200);
    assert_int_equal(a->body_size, sizeof bytes);
    assert_memory_equal(a->body, bytes, sizeof bytes);
    assert_true(answer_has(a, "Content-Encoding", "gzip"));
    assert_true(answer_has(a, "Content-Type", "text/html; charset=utf-8"));
    assert_true(answer_has(a, "X-Content-Type-Options", "nosniff"));
    assert_true(answer_has(a, "Referrer-Policy", "no-referrer"));
    assert_true(answer_has(a, "Vary", "Accept-Encoding"));
    assert_non_null(strstr(a->head, "frame-ancestors 'none'"));
    assert_null(strstr(a->head, "default-src")); /* that is the page's own */
}

/* A guest's browser gets the app at /, who runs the point the plain page with a link to it; both pages are there for
 * everybody, and a browser that takes no gzip gets the plain one. */
static void test_who_gets_what(void **state) {
    (void)state;
    struct answer a;
    const struct {
        const char *from, *path, *more;
        bool app;
    } cases[] = {{SITE_GUEST, "/", GZIP, true},
                 {SITE_GUEST, "/app", GZIP, true},
                 {SITE_OPERATOR, "/app", GZIP, true},
                 {SITE_GUEST, "/", "Accept-Encoding: *\r\n", true},
                 {SITE_OPERATOR, "/", GZIP, false},
                 {SITE_GUEST, "/plain", GZIP, false},
                 {SITE_GUEST, "/", NULL, false},
                 {SITE_GUEST, "/", "Accept-Encoding: gzip;q=0\r\n", false},
                 {SITE_GUEST, "/", "Accept-Encoding: gzip; q=0.0, br\r\n", false},
                 {SITE_GUEST, "/", "Accept-Encoding: xgzip, identity\r\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        site_get(&site, cases[i].from, cases[i].path, cases[i].more, &a);
        if (cases[i].app) {
            is_app(&a);
        } else {
            assert_int_equal(a.status, 200);
            assert_non_null(strstr(a.body, "href=\"/app\""));
            assert_non_null(strstr(a.head, "default-src"));
        }
        answer_free(&a);
    }
    site_get(&site, SITE_GUEST, "/app", NULL, &a);
    assert_int_equal(a.status, 404);
    answer_free(&a);
}

/* The plain page's own links stay on the plain page. */
static void test_plain_stays_plain(void **state) {
    (void)state;
    static const char *const pages[] = {"/plain", "/search", "/parcel", "/about", "/nothing"};
    struct answer a;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        site_get(&site, SITE_GUEST, pages[i], GZIP, &a);
        assert_non_null(strstr(a.body, "class=\"brand\" href=\"/plain\""));
        assert_null(strstr(a.body, "href=\"/\""));
        answer_free(&a);
        site_get(&site, SITE_OPERATOR, pages[i], GZIP, &a);
        assert_non_null(strstr(a.body, "class=\"brand\" href=\"/\""));
        answer_free(&a);
    }
}

/* Who has it is told that it is the same, without a body. */
static void test_reload(void **state) {
    (void)state;
    struct answer a;
    char tag[80] = "", more[200];
    site_get(&site, SITE_GUEST, "/", GZIP, &a);
    assert_int_equal(sscanf(strstr(a.head, "ETag: "), "ETag: %79s", tag), 1);
    assert_true(answer_has(&a, "Cache-Control", "no-cache"));
    answer_free(&a);
    snprintf(more, sizeof more, GZIP "If-None-Match: %s\r\n", tag);
    site_get(&site, SITE_GUEST, "/", more, &a);
    assert_int_equal(a.status, 304);
    assert_int_equal(a.body_size, 0);
    answer_free(&a);
    site_get(&site, SITE_GUEST, "/", GZIP "If-None-Match: \"00\"\r\n", &a);
    is_app(&a);
    answer_free(&a);
}

/* Its check words are those beside it, if they are one line of text; a file that is no app is refused with a sentence.
 */
static void test_files(void **state) {
    (void)state;
    char why[HOME_WHY_SIZE], other[120], beside[120];
    struct app app;
    assert_string_equal(web_app_words(site.web), "алма river тас");
    snprintf(other, sizeof other, "%s/other.gz", folder);
    snprintf(beside, sizeof beside, "%s/other.words", folder);
    assert_int_equal(app_read(&app, other, why), ERR_NOT_FOUND);
    assert_non_null(strstr(why, "other.gz"));
    write_file(other, "<html>", 6);
    assert_int_equal(app_read(&app, other, why), ERR_FIELD);
    assert_non_null(strstr(why, "gzip"));
    char *large = calloc(1, APP_FILE_MAX + 1);
    memcpy(large, bytes, sizeof bytes);
    write_file(other, large, APP_FILE_MAX + 1);
    assert_int_equal(app_read(&app, other, why), ERR_LIMIT);
    free(large);
    write_file(other, bytes, sizeof bytes);
    static const char *const bad[] = {"two\nlines", "\x1b[31mred", "\xff\xfe", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file(beside, bad[i], strlen(bad[i]));
        assert_int_equal(app_read(&app, other, why), 0);
        assert_string_equal(app.words, "");
        app_free(&app);
    }
    unlink(other);
    unlink(beside);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_gets_what),
        cmocka_unit_test(test_plain_stays_plain),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
