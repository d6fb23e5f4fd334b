/*
 * pouch_html_test.c: parcels in saved pages. Shows: every byte at every place is what libsodium decodes, however it is
 * asked for; a page gives all its messages; cut anywhere or damaged it gives those that are whole and no error; the
 * last mark counts; what is no page, or has no mark, is left to others.
 */
#include "carrier/pouch_html.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "carrier/zip_file.h"
#include "test/carrier/pouch_sample_util.h"

#define APP "<!doctype html>\n<script>mark = '" POUCH_HTML_MARK "QUJD</scr' + 'ipt>'</script>\n"

struct page_text {
    const uint8_t *bytes;
    size_t size;
};

static int text_read(void *context, uint8_t *out, size_t size, uint64_t at) {
    const struct page_text *t = context;
    if (at >= t->size) return 0;
    size_t part = t->size - at < size ? (size_t)(t->size - at) : size;
    if (part > 1000) part = 1000; /* sources may give less than was asked for */
    memcpy(out, t->bytes + at, part);
    return (int)part;
}

static char *page_make(const uint8_t *bytes, size_t size, size_t *page_size) {
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
    char *page = malloc(sizeof APP + sizeof POUCH_HTML_MARK + room + 10);
    assert_non_null(page);
    strcpy(page, APP POUCH_HTML_MARK);
    assert_non_null(sodium_bin2base64(page + strlen(page), room, bytes, size, sodium_base64_VARIANT_ORIGINAL));
    strcat(page, "</script>\n");
    *page_size = strlen(page);
    return page;
}

static void test_every_place(void **state) {
    struct rng g;
    uint8_t bytes[9001], got[600];
    (void)state;
    rng_begin(&g, "every_place");
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)rng_u64(&g);
    for (size_t size = sizeof bytes - 2; size <= sizeof bytes; size++) { /* with each padding */
        size_t page_size;
        char *page = page_make(bytes, size, &page_size);
        struct page_text text = {(const uint8_t *)page, page_size};
        const struct pouch_source source = {.read = text_read, .context = &text, .size = page_size};
        struct pouch_html h;
        struct pouch_source frames;
        assert_int_equal(pouch_html_find(&h, &source, &frames), 1);
        assert_int_equal(frames.size, size);
        for (unsigned i = 0; i < 20000; i++) {
            uint64_t at = rng_below(&g, size + 2);
            size_t wanted = 1 + (size_t)rng_below(&g, sizeof got);
            int count = frames.read(frames.context, got, wanted, at);
            assert_true(count >= 0 && (size_t)count <= wanted && (count > 0) == (at < size));
            assert_true(at + (uint64_t)count <= size || count == 0);
            if (count > 0) assert_memory_equal(got, bytes + at, (size_t)count);
        }
        free(page);
    }
}

/* What is written in pieces of any size is the page that is made in one, and fits what it was said to take. */
static void test_written(void **state) {
    struct rng g;
    static uint8_t bytes[40000];
    static const char app[] = "<!doctype html>" POUCH_HTML_APP_END;
    (void)state;
    rng_begin(&g, "written");
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)rng_u64(&g);
    for (unsigned round = 0; round < 60; round++) {
        size_t size = (size_t)rng_below(&g, sizeof bytes), at = 0, room = 2 * sizeof bytes;
        struct pouch_html_writer *w = malloc(sizeof *w);
        int fd = pouch_sample_file(NULL, 0);
        char *whole = malloc(room), *got = malloc(room);
        assert_true(w && whole && got);
        assert_int_equal(pouch_html_begin(w, zip_file_write, &fd, (const uint8_t *)app, sizeof app - 1), 0);
        while (at < size) {
            size_t part = 1 + (size_t)rng_below(&g, 9000);
            if (part > size - at) part = size - at;
            assert_int_equal(pouch_html_write(w, bytes + at, part), 0);
            at += part;
        }
        assert_int_equal(pouch_html_end(w), 0);
        assert_int_equal(w->frames, size);
        strcpy(whole, app);
        strcat(whole, POUCH_HTML_MARK);
        size_t head = strlen(whole);
        assert_non_null(sodium_bin2base64(whole + head, room - head, bytes, size, sodium_base64_VARIANT_ORIGINAL));
        strcat(whole, "</script>\n");
        assert_int_equal(w->at, strlen(whole));
        assert_int_equal(pread(fd, got, room, 0), strlen(whole));
        assert_memory_equal(got, whole, strlen(whole));
        assert_true(pouch_html_room(w->at, sizeof app - 1) >= size);
        assert_true(pouch_html_room(w->at - 1, sizeof app - 1) < size || size % 3 != 0 || size == 0);
        close(fd);
        free(got);
        free(whole);
        free(w);
    }
    assert_int_equal(pouch_html_room(sizeof app, sizeof app - 1), 0);
    assert_true(pouch_html_is_app((const uint8_t *)app, sizeof app - 1));
    assert_false(pouch_html_is_app((const uint8_t *)app, sizeof app - 2));
    assert_false(pouch_html_is_app((const uint8_t *)app, sizeof app));
    assert_false(pouch_html_is_app((const uint8_t *)"", 0));
    assert_false(pouch_html_is_app((const uint8_t *)"<" POUCH_HTML_APP_END POUCH_HTML_APP_END,
                                   2 * sizeof POUCH_HTML_APP_END - 1));
    assert_true(pouch_html_is_name("a.html") && pouch_html_is_name("/x.y/A.HTM"));
    assert_false(pouch_html_is_name("html") || pouch_html_is_name("a.html/b") || pouch_html_is_name("a.zip"));
}

static void test_other_files(void **state) {
    static const char *const others[] = {"", "<", "<!doctype html><p>nothing", "PK\3\4" POUCH_HTML_MARK "QUJD",
                                         "<script type=\"application/x-longear-parcel\""};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct page_text text = {(const uint8_t *)others[i], strlen(others[i])};
        const struct pouch_source source = {.read = text_read, .context = &text, .size = text.size};
        struct pouch_html h;
        struct pouch_source frames;
        assert_int_equal(pouch_html_find(&h, &source, &frames), 0);
    }
}

static int open_page(const char *page, size_t size, struct pouch_opened *out) {
    struct store *store;
    const struct pouch_open how = {.when = {.now = SAMPLE_NOW}, .threads = 2};
    int fd = pouch_sample_file((const uint8_t *)page, size);
    assert_int_equal(store_memory_open(&store), 0);
    struct pouch_access access = {.store = store};
    int err = pouch_file_open(&access, fd, &how, out);
    close(fd);
    store_close(store);
    return err;
}

static void test_messages(void **state) {
    struct rng g;
    struct store *store;
    struct pouch_packed packed;
    struct pouch_opened opened;
    int fd;
    (void)state;
    rng_begin(&g, "messages");
    assert_int_equal(store_memory_open(&store), 0);
    pouch_sample_fill(&g, store, 3000, 300, 3);
    assert_int_equal(pouch_sample_pack(store, 0, &packed, &fd), 0);
    off_t size = lseek(fd, 0, SEEK_END);
    uint8_t *bytes = malloc((size_t)size);
    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
    size_t page_size;
    char *page = page_make(bytes, (size_t)size, &page_size);
    assert_int_equal(open_page(page, page_size, &opened), 0);
    assert_int_equal(opened.accepted, packed.records);
    assert_int_equal(opened.damaged, 0);
    assert_false(opened.truncated);

    uint64_t before = 0;
    for (size_t part = 1; part <= 8; part++) { /* a longer piece never gives less */
        int err = open_page(page, page_size * part / 9, &opened);
        assert_true(err == 0 || (err == ERR_NOT_POUCH && before == 0));
        assert_true(opened.accepted >= before && opened.accepted <= packed.records && opened.rejected == 0);
        before = opened.accepted;
    }
    assert_true(before > 0);

    memset(page + page_size / 2, '!', 100);
    assert_int_equal(open_page(page, page_size, &opened), 0);
    assert_true(opened.accepted > 0 && opened.accepted < packed.records && opened.rejected == 0);
    assert_int_equal(opened.damaged, 1);
    free(page);
    free(bytes);
    close(fd);
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_place), cmocka_unit_test(test_written),
                                       cmocka_unit_test(test_other_files), cmocka_unit_test(test_messages)};
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
