/*
 * base32. Shows the test vectors of RFC 4648 (section 10, in lower case without padding), that decoding is the inverse
 * of encoding and refuses every other spelling of the same bytes but upper case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base32.h"
#include "test/property_util.h"

static void test_rfc4648(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *text;
    } cases[] = {{"", ""},
                 {"f", "my"},
                 {"fo", "mzxq"},
                 {"foo", "mzxw6"},
                 {"foob", "mzxw6yq"},
                 {"fooba", "mzxw6ytb"},
                 {"foobar", "mzxw6ytboi"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        uint8_t bytes[16];
        size_t size = strlen(cases[i].bytes);
        base32_encode(text, (const uint8_t *)cases[i].bytes, size);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(base32_length(size), strlen(text));
        assert_int_equal(base32_decode(bytes, sizeof bytes, text, strlen(text)), size);
        assert_memory_equal(bytes, cases[i].bytes, size);
    }
}

/* Random texts over the alphabet and a few others: whatever is accepted is the one spelling of its bytes. */
static void test_accepted_is_canonical(void **state) {
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567aaaaaaaaaaaaAZ01=8 \x80";
    struct rng g;
    unsigned accepted = 0;
    rng_begin(&g, "base32");
    for (unsigned i = 0; i < 200000; i++) {
        char text[24], again[32];
        uint8_t bytes[16];
        size_t length = (size_t)rng_below(&g, sizeof text);
        size_t kinds = rng_one_in(&g, 4) ? sizeof letters - 1 : 44;
        for (size_t j = 0; j < length; j++) text[j] = letters[rng_below(&g, kinds)];
        int size = base32_decode(bytes, sizeof bytes, text, length);
        if (size < 0) {
            assert_int_equal(size, ERR_CHECKSUM);
            continue;
        }
        accepted++;
        base32_encode(again, bytes, (size_t)size);
        assert_int_equal(strlen(again), length);
        for (size_t j = 0; j < length; j++) assert_int_equal(text[j] | 0x20, again[j] | 0x20);
    }
    assert_true(accepted > 10000);
}

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "base32 round trip");
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t bytes[64], again[64];
        char text[128];
        size_t size = (size_t)rng_below(&g, sizeof bytes + 1);
        rng_bytes(&g, bytes, size);
        base32_encode(text, bytes, size);
        assert_int_equal(base32_decode(again, size, text, strlen(text)), size);
        assert_memory_equal(again, bytes, size);
        if (size > 0) assert_int_equal(base32_decode(again, size - 1, text, strlen(text)), ERR_SPACE);
    }
}

static void test_faults(void **state) {
    (void)state;
    static const char *const faults[] = {"m",       "mzx", "mzxw6y", "mz",    "mzxr", "mzxw7",
                                         "mzxw6yr", "m1",  "m=",     "m\xc3", "m\n"};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        uint8_t bytes[16];
        assert_int_equal(base32_decode(bytes, sizeof bytes, faults[i], strlen(faults[i])), ERR_CHECKSUM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc4648),
        cmocka_unit_test(test_accepted_is_canonical),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
