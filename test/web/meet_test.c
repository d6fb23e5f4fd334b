/*
 * The meeting point with real sockets: messages go in in their order, once, and come out as they are; what every answer
 * carries; and what is refused: other paths, sizes and methods, too many meetings of one address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/web/meet.h"
#include "test/web/web_util.h"

#define GUEST_2 "127.0.0.3"

static struct site site;

static int setup(void **state) {
    (void)state;
    site_open(&site, 2);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    site_close(&site);
    return 0;
}

/* Ask, and expect a status; the answer's body stays in *out, to be freed. */
static void ask(const char *from, const char *method, const char *path, const void *body, size_t size, unsigned status,
                struct answer *out) {
    static char bytes[4096];
    int length = snprintf(bytes, sizeof bytes,
                          "%s %s HTTP/1.1\r\nHost: elsewhere.example\r\nOrigin: null\r\nConnection: close\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          method, path, size);
    assert_true(length > 0 && (size_t)length + size <= sizeof bytes);
    if (size > 0) memcpy(bytes + length, body, size);
    site_send(&site, from, bytes, (size_t)length + size, out);
    if (out->status != status) print_message("%s %s\n", method, path);
    assert_int_equal(out->status, status);
    assert_true(answer_has(out, "Access-Control-Allow-Origin", "*"));
    assert_true(answer_has(out, "Cache-Control", "no-store"));
    assert_null(strcasestr(out->head, "set-cookie"));
}

static void expect(const char *from, const char *method, const char *path, size_t size, unsigned status) {
    static const uint8_t body[1000] = {1, 2, 3};
    struct answer a;
    ask(from, method, path, body, size, status, &a);
    answer_free(&a);
}

static void test_messages(void **state) {
    (void)state;
    uint8_t body[MEET_POST_MAX];
    struct answer a;
    char path[32];
    for (size_t i = 0; i < sizeof body; i++) body[i] = (uint8_t)(i * 7);
    expect(SITE_GUEST, "GET", "/meet/123456/1", 0, 404);
    expect(SITE_GUEST, "POST", "/meet/123456/2", 10, 404);
    for (unsigned n = 1; n <= 4; n++) {
        const char *from = n % 2 ? SITE_GUEST : GUEST_2;
        snprintf(path, sizeof path, "/meet/123456/%u", n);
        if (n > 1) expect(from, "GET", path, 0, 204); /* begun, and not yet there */
        body[0] = (uint8_t)n;
        if (n < 4) {
            snprintf(path, sizeof path, "/meet/123456/%u", n + 1);
            if (n > 1) expect(from, "POST", path, 10, 409); /* out of order */
            snprintf(path, sizeof path, "/meet/123456/%u", n);
        }
        ask(from, "POST", path, body, n == 4 ? sizeof body : 33 + n, 204, &a);
        answer_free(&a);
        expect(from, "POST", path, 10, 409); /* once */
        ask(GUEST_2, "GET", path, NULL, 0, 200, &a);
        assert_int_equal(a.body_size, n == 4 ? sizeof body : 33 + n);
        assert_memory_equal(a.body, body, a.body_size);
        answer_free(&a);
    }
    /* Digits count as they are written. */
    expect(SITE_GUEST, "GET", "/meet/0123456/1", 0, 404);
}

static void test_refusals(void **state) {
    (void)state;
    static const char *const paths[] = {"/meet/",       "/meet/123",     "/meet/123/1",    "/meet/1234567/1",
                                        "/meet/1234/0", "/meet/1234/5",  "/meet/1234/1/2", "/meet/12x4/1",
                                        "/meet/1234/",  "/meet/1234/11", "/meet/-123/1",   "/meet/1234/a",
                                        "/meet//1234/1"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        expect(SITE_GUEST, "GET", paths[i], 0, 404);
        expect(SITE_GUEST, "POST", paths[i], 10, 404);
    }
    expect(SITE_GUEST, "POST", "/meet/1234/1", 0, 400);
    expect(SITE_GUEST, "POST", "/meet/1234/1", MEET_POST_MAX + 1, 413);
    expect(SITE_GUEST, "PUT", "/meet/1234/1", 10, 405);
    expect(SITE_GUEST, "DELETE", "/meet/1234/1", 0, 405);
    expect(SITE_GUEST, "OPTIONS", "/meet/1234/1", 0, 204);
    expect(SITE_GUEST, "GET", "/meet/1234/1", 0, 404);
}

static void test_too_many(void **state) {
    (void)state;
    char path[32];
    for (unsigned i = 0; i <= MEET_PLACES_OF_ONE; i++) {
        snprintf(path, sizeof path, "/meet/%u/1", 5000 + i);
        expect(SITE_GUEST, "POST", path, 33, i < MEET_PLACES_OF_ONE ? 204 : 429);
    }
    expect(GUEST_2, "POST", "/meet/6000/1", 33, 204); /* others are not held up */
    expect(GUEST_2, "GET", "/meet/6000/1", 0, 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
