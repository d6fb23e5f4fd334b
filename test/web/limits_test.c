/*
 * The plain page under bad load: too much, too slow, too many, garbage. Shows that each is refused or cut off in a
 * bounded time, that nothing of it is left in the home folder, and that the page serves others meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "test/web/web_util.h"

static struct site site;
static uint8_t group[HASH_SIZE];
static char group_path[80], write_path[96];

static int setup(void **state) {
    char hex[65];
    (void)state;
    site_open(&site, 1); /* patient for one second */
    site_group(&site, "Limits", group);
    hex_of(hex, group);
    snprintf(group_path, sizeof group_path, "/g/%s", hex);
    snprintf(write_path, sizeof write_path, "/g/%s/write", hex);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    site_close(&site);
    return 0;
}

static void serves(void) {
    struct answer a;
    site_get(&site, SITE_OPERATOR, group_path, NULL, &a);
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void raw(const char *from, const char *request, unsigned status) {
    struct answer a;
    site_send(&site, from, request, strlen(request), &a);
    if (a.status != status) fail_msg("status %u, not %u, for: %.200s", a.status, status, request);
    answer_free(&a);
}

/* A body is refused by its stated length, before it is sent. */
static void test_too_large(void **state) {
    (void)state;
    char request[1024];
    static const struct {
        const char *from, *path;
        unsigned long long length;
        unsigned status;
    } cases[] = {
        {SITE_OPERATOR, "/new", WEB_FORM_MAX + 1ULL, 413},
        {SITE_OPERATOR, "/parcel/open", WEB_PARCEL_MAX + 70000ULL, 413},
        {SITE_GUEST, "/parcel/open", WEB_PARCEL_GUEST_MAX + 70000ULL, 413},
        {SITE_OPERATOR, "/new", 99999999999999999ULL, 413},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double start = seconds();
        snprintf(request, sizeof request,
                 "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nContent-Type: "
                 "application/x-www-form-urlencoded\r\nContent-Length: %llu\r\n\r\n",
                 cases[i].path, site.host, site.host, cases[i].length);
        raw(cases[i].from, request, cases[i].status);
        assert_true(seconds() - start < 1);
    }
    /* A guest's message has no room for files; the operator's has. */
    snprintf(
        request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %u\r\n\r\n",
        write_path, site.host, WEB_FORM_MAX + 1U);
    raw(SITE_GUEST, request, 413);
    snprintf(request, sizeof request,
             "POST /new HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: "
             "chunked\r\n\r\n0\r\n\r\n",
             site.host);
    raw(SITE_OPERATOR, request, 411);
    snprintf(request, sizeof request,
             "POST /new HTTP/1.1\r\nHost: %s\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc", site.host);
    raw(SITE_OPERATOR, request, 400);
    serves();
}

/* A message of the largest size fits; one over it is refused and comes back into the form. */
static void test_message_size(void **state) {
    (void)state;
    char token[64];
    char *body = malloc(200000);
    assert_non_null(body);
    static const struct {
        size_t size;
        unsigned status;
    } cases[] = {{31000, 303}, {40000, 413}, {190000, 413}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer a;
        site_form(&site, SITE_OPERATOR, group_path, write_path, token);
        int head = sprintf(body, "t=%s&text=", token);
        memset(body + head, 'a' + (int)i, cases[i].size);
        site_post(&site, SITE_OPERATOR, write_path, NULL, body, (size_t)head + cases[i].size, NULL, &a);
        assert_int_equal(a.status, cases[i].status);
        if (a.status == 413)
            assert_non_null(strstr(a.body, "bbbbbbbbbb") != NULL ? a.body : strstr(a.body, "cccccccccc"));
        answer_free(&a);
    }
    free(body);
    serves();
}

static void test_large_headers(void **state) {
    (void)state;
    char *request = malloc(200000);
    struct answer a;
    assert_non_null(request);
    int head = sprintf(request, "GET / HTTP/1.1\r\nHost: %s\r\nX-Large: ", site.host);
    memset(request + head, 'x', 150000);
    memcpy(request + head + 150000, "\r\n\r\n", 4);
    site_send(&site, SITE_GUEST, request, (size_t)head + 150004, &a);
    assert_true(a.status == 0 || a.status == 431 || a.status == 413);
    answer_free(&a);
    head = sprintf(request, "GET /");
    memset(request + head, 'x', 150000);
    head += sprintf(request + head + 150000, " HTTP/1.1\r\nHost: %s\r\n\r\n", site.host);
    site_send(&site, SITE_GUEST, request, (size_t)head + 150000, &a);
    assert_true(a.status == 0 || a.status == 414);
    answer_free(&a);
    head = sprintf(request, "GET /");
    memset(request + head, 'x', 5000);
    head += sprintf(request + head + 5000, " HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", site.host);
    site_send(&site, SITE_GUEST, request, (size_t)head + 5000, &a);
    assert_int_equal(a.status, 404);
    answer_free(&a);
    free(request);
    serves();
}

/* Wait until the other side closes, sending a byte every tenth of a second; return how long it took. */
static double trickle(const char *begin, double limit) {
    double start = seconds();
    int fd = site_connect(&site, SITE_GUEST);
    assert_true(send(fd, begin, strlen(begin), MSG_NOSIGNAL) > 0);
    while (seconds() - start < limit) {
        char byte;
        usleep(100000);
        ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) break;
        if (send(fd, "a", 1, MSG_NOSIGNAL) <= 0) break;
    }
    close(fd);
    return seconds() - start;
}

/* A client that sends a byte now and then never falls silent, but is cut off all the same: in its headers and in its
 * body. */
static void test_slow_clients(void **state) {
    (void)state;
    char request[512];
    assert_true(trickle("GET / HTTP/1.1\r\nHost: ", 8) < 5);
    snprintf(request, sizeof request,
             "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
             "1000\r\n\r\nt=",
             write_path, site.host);
    assert_true(trickle(request, 8) < 5);
    serves();
}

/* Tell whether the other side closes a connection at once. */
static bool is_closed(int fd) {
    struct timeval limit = {.tv_usec = 300000};
    char byte;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    ssize_t got = recv(fd, &byte, 1, 0);
    return got == 0 || (got < 0 && errno != EAGAIN);
}

/* A guest's address gets so many connections and no more; the operator is served all the same, and is not limited so.
 */
static void test_many_connections(void **state) {
    (void)state;
    static int fds[100];
    for (size_t i = 0; i < WEB_CONNECTIONS_GUEST_MAX; i++) fds[i] = site_connect(&site, SITE_GUEST);
    int more = site_connect(&site, SITE_GUEST);
    assert_true(is_closed(more));
    assert_false(is_closed(fds[WEB_CONNECTIONS_GUEST_MAX - 1]));
    close(more);
    serves();
    for (size_t i = 0; i < WEB_CONNECTIONS_GUEST_MAX; i++) close(fds[i]);
    usleep(200000);
    int again = site_connect(&site, SITE_GUEST);
    assert_false(is_closed(again));
    close(again);
    for (size_t i = 0; i < 100; i++) fds[i] = site_connect(&site, SITE_OPERATOR);
    assert_false(is_closed(fds[99]));
    /* Silence for longer than a second ends them. */
    usleep(2500000);
    for (size_t i = 0; i < 100; i++) {
        assert_true(is_closed(fds[i]));
        close(fds[i]);
    }
    serves();
}

/* Random bytes, and requests with random changes: never a crash (the sanitizers watch), and the page goes on. */
static void test_garbage(void **state) {
    (void)state;
    char token[64];
    char good[2048];
    site_form(&site, SITE_OPERATOR, group_path, write_path, token);
    int size = snprintf(good, sizeof good,
                        "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; "
                        "boundary=bb\r\nContent-Length: 265\r\nConnection: close\r\n\r\n"
                        "--bb\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n%s\r\n--bb\r\nContent-Disposition: "
                        "form-data; name=\"text\"\r\n\r\nhello\r\n"
                        "--bb\r\nContent-Disposition: form-data; name=\"file\"; "
                        "filename=\"a/../b.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--bb--\r\n",
                        write_path, site.host, token);
    assert_true(size > 0 && (size_t)size < sizeof good);
    srand(8480);
    for (unsigned round = 0; round < 1000; round++) {
        char bytes[2048];
        size_t length = (size_t)size;
        if (round % 3 == 0) {
            length = (size_t)rand() % 600 + 1;
            for (size_t i = 0; i < length; i++) bytes[i] = (char)rand();
        } else {
            memcpy(bytes, good, length);
            for (int k = rand() % 8; k >= 0; k--)
                bytes[(size_t)rand() % length] = round % 2 ? (char)rand() : "\r\n:;-=\"% "[rand() % 9];
            if (rand() % 4 == 0) length = (size_t)rand() % length + 1;
        }
        /* Some wait for an answer for a little while, some are gone at once. */
        struct timeval limit = {.tv_usec = 20000};
        int fd = site_connect(&site, rand() % 2 ? SITE_GUEST : SITE_OPERATOR);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
        (void)send(fd, bytes, length, MSG_NOSIGNAL);
        if (rand() % 4 != 0) (void)recv(fd, bytes, sizeof bytes, 0);
        close(fd);
    }
    serves();
}

static void test_methods(void **state) {
    (void)state;
    static const char *const methods[] = {"PUT", "DELETE", "OPTIONS", "PATCH", "BREW"};
    char request[256];
    struct answer a;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        snprintf(request, sizeof request, "%s / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", methods[i],
                 site.host);
        raw(SITE_OPERATOR, request, 405);
    }
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", write_path,
             site.host);
    raw(SITE_OPERATOR, request, 405);
    snprintf(request, sizeof request, "POST / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
             site.host);
    raw(SITE_OPERATOR, request, 405);
    snprintf(request, sizeof request, "HEAD %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", group_path,
             site.host);
    site_send(&site, SITE_GUEST, request, strlen(request), &a);
    assert_int_equal(a.status, 200);
    assert_int_equal(a.body_size, 0);
    answer_free(&a);
    raw(SITE_OPERATOR, "GET http://example.org/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(test_message_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_clients, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_methods, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
