/*
 * What counts as text. Shows that the decoder agrees with table 3-7 of the Unicode standard, taken as a table, on every
 * code point and on every three bytes, and that no control character gets into a text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/utf8.h"
#include "test/property_util.h"

/* Table 3-7: the rows of well-formed sequences, a range for each byte. */
static const struct {
    uint8_t length, low[4], high[4];
} table[] = {
    {1, {0x00}, {0x7f}},
    {2, {0xc2, 0x80}, {0xdf, 0xbf}},
    {3, {0xe0, 0xa0, 0x80}, {0xe0, 0xbf, 0xbf}},
    {3, {0xe1, 0x80, 0x80}, {0xec, 0xbf, 0xbf}},
    {3, {0xed, 0x80, 0x80}, {0xed, 0x9f, 0xbf}},
    {3, {0xee, 0x80, 0x80}, {0xef, 0xbf, 0xbf}},
    {4, {0xf0, 0x90, 0x80, 0x80}, {0xf0, 0xbf, 0xbf, 0xbf}},
    {4, {0xf1, 0x80, 0x80, 0x80}, {0xf3, 0xbf, 0xbf, 0xbf}},
    {4, {0xf4, 0x80, 0x80, 0x80}, {0xf4, 0x8f, 0xbf, 0xbf}},
};

static size_t length_twin(const uint8_t *data, size_t size) {
    for (size_t row = 0; row < sizeof table / sizeof table[0]; row++) {
        bool fits = table[row].length <= size;
        for (size_t i = 0; fits && i < table[row].length; i++)
            fits = data[i] >= table[row].low[i] && data[i] <= table[row].high[i];
        if (fits) return table[row].length;
    }
    return 0;
}

static void test_every_three_bytes(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 1u << 24; i++) {
        const uint8_t bytes[3] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8 & 0xff), (uint8_t)(i & 0xff)};
        uint32_t code_point;
        if (utf8_decode(&code_point, bytes, 3) != length_twin(bytes, 3)) fail_msg("%06x", i);
    }
}

/* Four bytes: every first two, and the edges of the rest, at every cut. */
static void test_four_bytes(void **state) {
    (void)state;
    static const uint8_t edges[] = {0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
    for (uint32_t i = 0; i < 1u << 16; i++) {
        for (size_t j = 0; j < 36; j++) {
            const uint8_t bytes[4] = {(uint8_t)(i >> 8), (uint8_t)(i & 0xff), edges[j / 6], edges[j % 6]};
            uint32_t code_point;
            for (size_t size = 0; size <= 4; size++)
                if (utf8_decode(&code_point, bytes, size) != length_twin(bytes, size))
                    fail_msg("%04x %zu %zu", i, j, size);
        }
    }
}

/* Every code point, encoded by its bits, comes back as itself, in its one length; surrogates and what lies beyond do
 * not. */
static void test_every_code_point(void **state) {
    (void)state;
    for (uint32_t want = 0; want < 0x110400; want++) {
        uint8_t bytes[4];
        size_t length = want < 0x80 ? 1 : want < 0x800 ? 2 : want < 0x10000 ? 3 : 4;
        uint32_t rest = want;
        for (size_t i = length - 1; i > 0; i--, rest >>= 6) bytes[i] = (uint8_t)(0x80 | (rest & 0x3f));
        bytes[0] = (uint8_t)(length == 1 ? rest : (0xf00u >> length & 0xff) | rest);
        bool valid = want < 0xd800 || (want > 0xdfff && want <= 0x10ffff);
        uint32_t have = 0;
        if (utf8_decode(&have, bytes, length) != (valid ? length : 0) || (valid && have != want))
            fail_msg("U+%04X", want);
        bool control = want < 0x20 || (want >= 0x7f && want <= 0x9f);
        bool turning = want == 0x61c || want == 0x200e || want == 0x200f || (want >= 0x2028 && want <= 0x202e) ||
                       (want >= 0x2066 && want <= 0x2069);
        if (utf8_is_text(bytes, length, false) != (valid && !control && !turning)) fail_msg("text U+%04X", want);
        bool line = want == 9 || want == 10;
        if (utf8_is_text(bytes, length, true) != (valid && (!control || line))) fail_msg("lines U+%04X", want);
    }
}

/* A text is one exactly if the twin can walk through it; checked on random bytes that are often well-formed. */
static void test_texts_agree_with_the_twin(void **state) {
    (void)state;
    static const uint8_t common[] = {'a', 0xc2, 0xa0, 0xe2, 0x80, 0x94, 0xf0, 0x9f, 0x91, 0x82, 0x1b, 0x0a};
    struct rng g;
    rng_begin(&g, "texts");
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t bytes[12];
        size_t size = (size_t)rng_below(&g, sizeof bytes + 1), at = 0, from = (size_t)rng_below(&g, sizeof common);
        for (size_t j = 0; j < size; j++) bytes[j] = common[(from + j) % sizeof common];
        if (rng_one_in(&g, 2)) size = rng_mutate(&g, bytes, size, sizeof bytes);
        bool text = true;
        while (text && at < size) {
            size_t length = length_twin(bytes + at, size - at);
            bool control =
                bytes[at] < 0x20 || bytes[at] == 0x7f || (bytes[at] == 0xc2 && length == 2 && bytes[at + 1] < 0xa0);
            text = length > 0 && (!control || bytes[at] == 0x0a || bytes[at] == 0x09);
            at += length;
        }
        assert_int_equal(utf8_is_text(bytes, size, true), text);
    }
    assert_true(utf8_is_text(NULL, 0, false));
}

static void test_length_is_bounded(void **state) {
    (void)state;
    static const char full[3] = {'a', 'b', 'c'};
    assert_int_equal(utf8_length(full, sizeof full), 3);
    assert_int_equal(utf8_length("ab", 3), 2);
    assert_int_equal(utf8_length("", 1), 0);
    assert_int_equal(utf8_length(full, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_three_bytes), cmocka_unit_test(test_four_bytes),
        cmocka_unit_test(test_every_code_point),  cmocka_unit_test(test_texts_agree_with_the_twin),
        cmocka_unit_test(test_length_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
