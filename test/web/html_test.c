/*
 * The page builder. Shows that text can't become markup, whatever bytes it has (random ones too), that templates put
 * their parts where they belong, and that the limit holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "node/web/html.h"

/* Finish a page as a zero-terminated text that the caller frees. */
static char *text_of(struct html *h) {
    char *data = NULL;
    size_t size = 0;
    html_raw(h, "|"); /* so that there is room for the zero */
    assert_int_equal(html_take(h, &data, &size), 0);
    data[size - 1] = '\0';
    return data;
}

static void test_escapes(void **state) {
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {"plain ұзын құлақ", "plain ұзын құлақ"},
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"\" onload=\"", "&quot; onload=&quot;"},
        {"a&lt;b", "a&amp;lt;b"},
        {"two\nlines\tand a tab", "two\nlines\tand a tab"},
        {"\x01\x1b[31m\x7f", "\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd"},
        {"\xc2\x85 next line", "\xef\xbf\xbd next line"},
        {"\xff\xfe broken \xd0", "\xef\xbf\xbd\xef\xbf\xbd broken \xef\xbf\xbd"},
        {"\xed\xa0\x80 surrogate \xc0\xbc overlong",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd surrogate \xef\xbf\xbd\xef\xbf\xbd overlong"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct html h;
        html_init(&h);
        html_string(&h, cases[i].text);
        char *text = text_of(&h);
        assert_string_equal(text, cases[i].want);
        free(text);
    }
}

static void test_template(void **state) {
    (void)state;
    struct html h;
    uint8_t id[HASH_SIZE] = {0xab, 0x01};
    html_init(&h);
    html_add(&h, "<a href=\"/g/%x\" title=\"%t\">100%%</a>", id, "\"<");
    html_say(&h, "%d < %s", 7, "&");
    html_url(&h, "a b/ә?");
    char *text = text_of(&h);
    assert_string_equal(
        text,
        "<a href=\"/g/ab01000000000000000000000000000000000000000000000000000000000000\" title=\"&quot;&lt;\">100%</a>"
        "7 &lt; &amp;a%20b%2F%D3%99%3F");
    free(text);
}

/* Random bytes, seeded: the result is well-formed text without a bare sign of markup. */
static void test_random_bytes(void **state) {
    (void)state;
    srand(20261122);
    for (unsigned round = 0; round < 3000; round++) {
        char bytes[64];
        struct html h;
        char *data = NULL;
        size_t size = 0;
        size_t length = (size_t)rand() % sizeof bytes;
        for (size_t i = 0; i < length; i++) bytes[i] = "<>\"'&\n\x01\xd0\x98\xff\xe2\x80\xae;a"[(size_t)rand() % 15];
        html_init(&h);
        html_text(&h, bytes, length);
        assert_int_equal(html_take(&h, &data, &size), 0);
        assert_true(utf8_is_text((const uint8_t *)data, size, true));
        for (size_t i = 0; i < size; i++) {
            assert_null(memchr("<>\"'", data[i], 4));
            if (data[i] != '&') continue;
            assert_true(i + 4 <= size && (memcmp(data + i, "&lt;", 4) == 0 || memcmp(data + i, "&gt;", 4) == 0 ||
                                          memcmp(data + i, "&amp", 4) == 0 || memcmp(data + i, "&quo", 4) == 0 ||
                                          memcmp(data + i, "&#39", 4) == 0));
        }
        free(data);
    }
}

static void test_limit(void **state) {
    (void)state;
    struct html h;
    char *data = NULL;
    size_t size = 0;
    html_init(&h);
    for (size_t i = 0; i < HTML_SIZE_MAX / 8; i++) html_raw(&h, "12345678");
    assert_int_equal(h.err, 0);
    html_raw(&h, "9");
    assert_int_equal(h.err, ERR_LIMIT);
    html_string(&h, "more");
    assert_int_equal(html_take(&h, &data, &size), ERR_LIMIT);
    assert_null(data);
    html_free(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_template),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
