/*
 * The poster and what a hotspot may be called. Shows the text of a Wi-Fi code for names and passwords with every byte
 * that needs a backslash, that names, passwords and interfaces that could end a line or a word are refused, that
 * nothing of them becomes markup, and that the recipe's files hold one value a line whatever the name is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/hotspot.h"
#include "node/poster.h"
#include "node/web/html.h"

static void test_wifi(void **state) {
    (void)state;
    static const struct {
        const char *name, *password, *want; /* NULL: too long */
    } cases[] = {
        {"Link", NULL, "WIFI:T:nopass;S:Link;;"},
        {"Link", "", "WIFI:T:nopass;S:Link;;"},
        {"Аула 7", "12345678", "WIFI:T:WPA;S:Аула 7;P:12345678;;"},
        {"a;b,c:d\"e\\f", ";,:\"\\;,:", "WIFI:T:WPA;S:a\\;b\\,c\\:d\\\"e\\\\f;P:\\;\\,\\:\\\"\\\\\\;\\,\\:;;"},
        {";T:WPA;P:x;;", NULL, "WIFI:T:nopass;S:\\;T\\:WPA\\;P\\:x\\;\\;;;"},
        {"012345678901234567890123456789012", NULL, NULL},
        {"a", "0123456789012345678901234567890123456789012345678901234567890123", NULL},
    };
    char out[POSTER_WIFI_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int err = poster_wifi(out, cases[i].name, cases[i].password);
        assert_int_equal(err, cases[i].want != NULL ? 0 : ERR_LIMIT);
        if (err == 0) assert_string_equal(out, cases[i].want);
    }
    /* The longest, all of bytes that are doubled. */
    assert_int_equal(
        poster_wifi(out, ";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;",
                    "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
                    "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"),
        0);
    assert_true(strlen(out) < POSTER_WIFI_SIZE);
}

static void test_names(void **state) {
    (void)state;
    static const char *const names[] = {"Link", "a", "Байланыс <>&\"';$`\\", "0123456789012345678901234567890 "};
    static const char *const bad_names[] = {
        "", "a\nb", "a\rb", "\033[0m", "a\x7f", "Байланыс Байланыс", "012345678901234567890123456789012"};
    static const char *const passwords[] = {"12345678", "a b;c\"d'e\\", "!@#$%^&*()"};
    static const char *const bad_passwords[] = {"", "1234567", "12345678\n", "құпиясөз",
                                                "0123456789012345678901234567890123456789012345678901234567890123"};
    static const char *const interfaces[] = {"wlan0", "wlx00c0caabcdef", "eth0.7", "br-lan", "a_b"};
    static const char *const bad_interfaces[] = {
        "", "-h", "..", "a b", "a/b", "wlan0;x", "wlan0\n", "0123456789abcdef", "\"x\"", "жел"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) assert_true(hotspot_name_is_good(names[i]));
    for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++)
        assert_false(hotspot_name_is_good(bad_names[i]));
    for (size_t i = 0; i < sizeof passwords / sizeof passwords[0]; i++)
        assert_true(hotspot_password_is_good(passwords[i]));
    for (size_t i = 0; i < sizeof bad_passwords / sizeof bad_passwords[0]; i++)
        assert_false(hotspot_password_is_good(bad_passwords[i]));
    for (size_t i = 0; i < sizeof interfaces / sizeof interfaces[0]; i++)
        assert_true(hotspot_interface_is_good(interfaces[i]));
    for (size_t i = 0; i < sizeof bad_interfaces / sizeof bad_interfaces[0]; i++)
        assert_false(hotspot_interface_is_good(bad_interfaces[i]));
}

static char *sheet(const struct poster *p) {
    struct html h;
    char *page = NULL;
    size_t size = 0;
    poster_begin(&h);
    poster_end(&h, p);
    assert_int_equal(html_take(&h, &page, &size), 0);
    page = realloc(page, size + 1);
    assert_non_null(page);
    page[size] = '\0';
    return page;
}

static void test_markup(void **state) {
    (void)state;
    static const char hostile[] = "\"><script>alert(1)</script>";
    const struct poster p = {.name = hostile, .password = hostile, .address = hostile, .words = hostile};
    char *page = sheet(&p);
    assert_null(strstr(page, "<script"));
    assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    free(page);
    const struct poster plain = {.name = "Link", .address = "http://10.42.0.1/"};
    page = sheet(&plain);
    assert_null(strstr(page, "Password:"));
    assert_null(strstr(page, "must show these words")); /* no app, no words */
    assert_non_null(strstr(page, "police"));
    free(page);
    const struct poster address = {.address = "http://10.42.0.1/", .words = "one two"};
    page = sheet(&address);
    assert_null(strstr(page, "Join this Wi-Fi"));
    assert_non_null(strstr(page, "one two"));
    free(page);
}

/* Every line of hostapd's file is KEY=VALUE with a key that we wrote, once each. */
static void test_recipe(void **state) {
    (void)state;
    static const bool wired[HOTSPOT_INTERFACES_MAX] = {false, true};
    struct hotspot h = {.interfaces = {"wlan0", "eth0"}, .count = 2, .port = 8480};
    struct hotspot_recipe recipe;
    assert_true(sodium_init() >= 0);
    for (unsigned round = 0; round < 2000; round++) {
        size_t size = 1 + randombytes_uniform(HOTSPOT_NAME_SIZE - 1);
        for (size_t i = 0; i < size; i++) h.name[i] = (char)(0x20 + randombytes_uniform(0x5f));
        h.name[size] = '\0';
        snprintf(h.password, sizeof h.password, "%s12345678", h.name);
        assert_true(hotspot_name_is_good(h.name) && hotspot_password_is_good(h.password));
        assert_int_equal(hotspot_recipe_make(&recipe, &h, wired), 0);
        assert_int_equal(recipe.file_count, 3);
        assert_string_equal(recipe.files[0].name, "hostapd-wlan0.conf");
        unsigned lines = 0;
        for (const char *at = recipe.files[0].text; *at != '\0'; at = strchr(at, '\n') + 1) {
            assert_non_null(strchr(at, '\n'));
            assert_true(strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789") == strcspn(at, "="));
            lines++;
        }
        assert_int_equal(lines, 18);
        assert_null(strstr(recipe.files[1].text, h.password));
        hotspot_recipe_free(&recipe);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wifi),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
