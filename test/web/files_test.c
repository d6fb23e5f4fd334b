/*
 * Files through the plain page: a parcel fetched at one point and opened at another, photos and other files of a
 * message. Shows that what comes out is what went in, that a file of a person is never served as something the browser
 * would run, and that nothing is left in the home folder (the site's end checks that).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "test/web/web_util.h"

static struct site one, two;
static uint8_t group[HASH_SIZE];
static char hex[65], group_path[80], write_path[96];

static int setup(void **state) {
    (void)state;
    site_open(&one, 0);
    site_open(&two, 0);
    site_group(&one, "Carried", group);
    hex_of(hex, group);
    snprintf(group_path, sizeof group_path, "/g/%s", hex);
    snprintf(write_path, sizeof write_path, "/g/%s/write", hex);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    site_close(&one);
    site_close(&two);
    return 0;
}

static void want(const struct answer *a, unsigned status, const char *text) {
    if (a->status != status)
        fail_msg("status %u, not %u: %s", a->status, status, a->body != NULL ? a->body : "(closed)");
    if (text != NULL && strstr(a->body, text) == NULL) fail_msg("no \"%s\" in: %s", text, a->body);
}

/* Post a multipart form: a token, a text (or NULL), a file. */
static void post_file(struct site *site, const char *from, const char *path, const char *token, const char *text,
                      const char *name, const void *data, size_t size, struct answer *out) {
    char *body = malloc(size + 2048);
    int at;
    assert_non_null(body);
    at = sprintf(body, "--bOuNd\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n%s\r\n", token);
    if (text != NULL)
        at += sprintf(body + at, "--bOuNd\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n%s\r\n", text);
    at += sprintf(
        body + at,
        "--bOuNd\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\nContent-Type: text/html\r\n\r\n",
        name);
    memcpy(body + at, data, size);
    at += (int)size;
    at += sprintf(body + at, "\r\n--bOuNd--\r\n");
    site_post(site, from, path, "multipart/form-data; boundary=bOuNd", body, (size_t)at, NULL, out);
    free(body);
}

static void fetch_parcel(struct site *site, const char *from, struct answer *out) {
    char path[160];
    snprintf(path, sizeof path, "/parcel/longear-2026-11-22.zip?g=%s&size=all", hex);
    site_get(site, from, path, NULL, out);
    want(out, 200, NULL);
    assert_true(answer_has(out, "Content-Type", "application/zip"));
    assert_non_null(strstr(out->head, "attachment; filename*=UTF-8''longear-"));
    assert_true(out->body_size > 200 && memcmp(out->body, "PK\x03\x04", 4) == 0);
}

static void test_parcel(void **state) {
    (void)state;
    struct answer parcel;
    struct answer a;
    char token[64];
    site_write(&one, group, "Күтеміз. Ждём. Waiting.", URGENCY_URGENT, NULL, 0, NULL);
    fetch_parcel(&one, SITE_GUEST, &parcel);
    /* A guest of the other point opens it there. */
    site_form(&two, SITE_GUEST, "/parcel", "/parcel/open", token);
    post_file(&two, SITE_GUEST, "/parcel/open", token, NULL, "p.zip", parcel.body, parcel.body_size, &a);
    want(&a, 200, "<dt>New messages</dt><dd>1</dd>");
    answer_free(&a);
    site_get(&two, SITE_GUEST, group_path, NULL, &a);
    want(&a, 200, "Күтеміз. Ждём. Waiting.");
    want(&a, 200, "only carries this group");
    assert_null(strstr(a.body, "<textarea"));
    answer_free(&a);
    post_file(&two, SITE_GUEST, "/parcel/open", token, NULL, "p.zip", parcel.body, parcel.body_size, &a);
    want(&a, 200, "<dt>Known already</dt><dd>1</dd>");
    answer_free(&a);
    /* Nobody writes in a group that is only carried; the operator joins it and does. */
    char body[256];
    char join[96];
    snprintf(body, sizeof body, "t=%s&text=early", "x");
    snprintf(join, sizeof join, "%s/join", group_path);
    site_form(&two, SITE_OPERATOR, group_path, join, token);
    snprintf(body, sizeof body, "t=%s", token);
    site_post(&two, SITE_OPERATOR, join, NULL, body, strlen(body), NULL, &a);
    want(&a, 303, NULL);
    answer_free(&a);
    site_form(&two, SITE_OPERATOR, group_path, write_path, token);
    /* Half of the parcel still yields what is in it, or says what it lacks. */
    site_form(&two, SITE_OPERATOR, "/parcel", "/parcel/open", token);
    post_file(&two, SITE_OPERATOR, "/parcel/open", token, NULL, "p.zip", parcel.body, parcel.body_size - 40, &a);
    want(&a, 200, "The file is not whole");
    answer_free(&a);
    answer_free(&parcel);
}

static void test_no_parcel(void **state) {
    (void)state;
    struct answer a;
    char token[64];
    site_form(&one, SITE_GUEST, "/parcel", "/parcel/open", token);
    post_file(&one, SITE_GUEST, "/parcel/open", token, NULL, "x.zip", "PK\x03\x04 this is nothing", 20, &a);
    want(&a, 400, "This file is no parcel. Nothing was changed.");
    answer_free(&a);
    post_file(&one, SITE_GUEST, "/parcel/open", token, NULL, "", "", 0, &a);
    want(&a, 400, "No file was chosen.");
    answer_free(&a);
    post_file(&one, SITE_GUEST, "/parcel/open", "bad", NULL, "x.zip", "PK", 2, &a);
    want(&a, 403, NULL);
    answer_free(&a);
    site_get(&one, SITE_GUEST, "/parcel/get", NULL, &a);
    want(&a, 400, "Choose at least one group.");
    answer_free(&a);
    site_get(&one, SITE_GUEST, "/parcel/get?g=0000000000000000000000000000000000000000000000000000000000000000", NULL,
             &a);
    want(&a, 400, NULL);
    answer_free(&a);
}

/* Attach a file as the operator; leave the path of its download in out. */
static void attach(const char *name, const void *data, size_t size, char out[200]) {
    struct answer a;
    char token[64];
    out[0] = '\0';
    site_form(&one, SITE_OPERATOR, group_path, write_path, token);
    post_file(&one, SITE_OPERATOR, write_path, token, "with a file", name, data, size, &a);
    want(&a, 303, NULL);
    answer_free(&a);
    site_get(&one, SITE_GUEST, group_path, NULL, &a);
    const char *link = strstr(a.body, "href=\"/b/"); /* the newest stands first */
    assert_non_null(link);
    snprintf(out, 200, "%.*s", (int)strcspn(link + 6, "\""), link + 6);
    answer_free(&a);
}

/* Make a PNG of exactly this size: its chunks stand where they should. */
static void png_fill(uint8_t *out, size_t size) {
    static const uint8_t head[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0\0\0\0\0";
    static const uint8_t end[] = "\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82"; /* behind a checksum */
    size_t length = size - (sizeof head - 1) - 8 - (sizeof end - 1);
    memcpy(out, head, sizeof head - 1);
    uint8_t *data = out + sizeof head - 1;
    for (int i = 0; i < 4; i++) data[i] = (uint8_t)(length >> (24 - 8 * i) & 0xff);
    memcpy(data + 4, "IDAT", 4);
    memcpy(out + size - (sizeof end - 1), end, sizeof end - 1);
}

static void test_attachments(void **state) {
    (void)state;
    struct answer a;
    char path[200];
    static uint8_t large[200000];
    static const char page[] = "<script>alert(1)</script>";
    for (size_t i = 0; i < sizeof large; i++) large[i] = (uint8_t)(i * 2654435761U >> 13);
    png_fill(large, sizeof large);
    attach("../\xd1\x81\xd1\x83.png", large, sizeof large, path);
    site_get(&one, SITE_GUEST, path, NULL, &a);
    want(&a, 200, NULL);
    assert_int_equal(a.body_size, sizeof large);
    assert_memory_equal(a.body, large, sizeof large);
    assert_true(answer_has(&a, "Content-Type", "image/png"));
    assert_true(answer_has(&a, "Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'"));
    assert_true(answer_has(&a, "X-Content-Type-Options", "nosniff"));
    assert_non_null(strstr(a.head, "inline; filename*=UTF-8''%D1%81%D1%83.png"));
    answer_free(&a);
    site_get(&one, SITE_GUEST, group_path, NULL, &a);
    assert_null(strstr(a.body, ".."));
    answer_free(&a);
    /* What calls itself a picture but is none, and a page: only to download. A new group, so that it is the newest. */
    site_group(&one, "Second", group);
    hex_of(hex, group);
    snprintf(group_path, sizeof group_path, "/g/%s", hex);
    snprintf(write_path, sizeof write_path, "/g/%s/write", hex);
    attach("evil.html", page, sizeof page - 1, path);
    site_get(&one, SITE_GUEST, path, NULL, &a);
    want(&a, 200, page);
    assert_true(answer_has(&a, "Content-Type", "application/octet-stream"));
    assert_non_null(strstr(a.head, "Content-Disposition: attachment; "));
    answer_free(&a);
    /* Not under another message, nor a blob that is not there. */
    char other[200];
    snprintf(other, sizeof other, "/b/%.64s/%s", path + 3, hex);
    site_get(&one, SITE_GUEST, other, NULL, &a);
    want(&a, 404, NULL);
    answer_free(&a);
    /* What calls itself a picture but is none is refused, and one that is cut off: what it tells can't be taken out. */
    char token[64];
    site_form(&one, SITE_OPERATOR, group_path, write_path, token);
    post_file(&one, SITE_OPERATOR, write_path, token, "not sent", "evil.png", page, sizeof page - 1, &a);
    want(&a, 415, "cannot be taken out of this kind of photo");
    answer_free(&a);
    post_file(&one, SITE_OPERATOR, write_path, token, "not sent", "x.png", large, 1000, &a);
    want(&a, 415, "is damaged or cut off");
    answer_free(&a);
    /* A camera's name isn't passed on. */
    attach("IMG_20220105_143210.png", large, sizeof large, path);
    site_get(&one, SITE_GUEST, group_path, NULL, &a);
    assert_non_null(strstr(a.body, "photo.png"));
    assert_null(strstr(a.body, "20220105"));
    answer_free(&a);
    /* A guest can't attach. */
    site_form(&one, SITE_GUEST, group_path, write_path, token);
    post_file(&one, SITE_GUEST, write_path, token, "from a guest", "x.png", large, 100, &a);
    assert_int_equal(a.status, 413);
    answer_free(&a);
}

/* Photos travel in the parcel and are shown at the other point; until they are whole, the page says so. */
static void test_photo_by_parcel(void **state) {
    (void)state;
    struct answer parcel;
    struct answer a;
    char token[64];
    char path[200];
    static uint8_t photo[70000];
    for (size_t i = 0; i < sizeof photo; i++) photo[i] = (uint8_t)(i * 2654435761U >> 13);
    png_fill(photo, sizeof photo);
    attach("photo.png", photo, sizeof photo, path);
    fetch_parcel(&one, SITE_OPERATOR, &parcel);
    site_form(&two, SITE_GUEST, "/parcel", "/parcel/open", token);
    post_file(&two, SITE_GUEST, "/parcel/open", token, NULL, "p.zip", parcel.body, parcel.body_size, &a);
    want(&a, 200, "<dt>New photos and files</dt><dd>1</dd>");
    answer_free(&a);
    site_get(&two, SITE_GUEST, path, NULL, &a);
    want(&a, 200, NULL);
    assert_int_equal(a.body_size, sizeof photo);
    assert_memory_equal(a.body, photo, sizeof photo);
    assert_true(answer_has(&a, "Content-Type", "image/png"));
    answer_free(&a);
    answer_free(&parcel);
}

/* The server stops while an upload is half-way: nothing hangs, nothing is left. */
static void test_stop_in_the_middle(void **state) {
    (void)state;
    char token[64];
    char request[1024];
    site_form(&one, SITE_GUEST, "/parcel", "/parcel/open", token);
    int fd = site_connect(&one, SITE_GUEST);
    int size = snprintf(request, sizeof request,
                        "POST /parcel/open HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; "
                        "boundary=bb\r\nContent-Length: 1000000\r\n\r\n--bb\r\n"
                        "Content-Disposition: form-data; name=\"t\"\r\n\r\n%s\r\n--bb\r\nContent-Disposition: "
                        "form-data; name=\"file\"; filename=\"p\"\r\n\r\nabc",
                        one.host, token);
    assert_int_equal(send(fd, request, (size_t)size, 0), size);
    /* The place of this guest is taken: another upload of theirs is asked to wait. */
    struct answer a;
    for (unsigned tries = 0; tries < 50; tries++) {
        post_file(&one, SITE_GUEST, "/parcel/open", token, NULL, "p.zip", "PK", 2, &a);
        bool busy = a.status == 503;
        answer_free(&a);
        if (busy) {
            close(fd);
            return;
        }
    }
    fail_msg("a second upload of the same guest was taken");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parcel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_parcel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_attachments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_photo_by_parcel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_in_the_middle, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
