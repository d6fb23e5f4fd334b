/*
 * Tables with HXL tags. Shows: a plain reader of RFC 4180 gives every cell back; no cell that any spreadsheet could cut
 * out of the file, at commas or at semicolons, begins a formula; tags that are none are refused.
 */
#include "exchange/hxl_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/core/sample_util.h"
#include "test/exchange/document_util.h"

static const struct hxl_column columns[] = {
    {"Вид", "#service+type"}, {"How many", "#reached"}, {"Latitude", "#geo+lat"}, {"Note", ""}};

static void test_known_answer(void **state) {
    const char *const row[] = {"вода", "20", "-43.25", "a \"b\", c\nd"};
    const char *const gap[] = {NULL, "", "0", "=1+1"};
    struct document d = {0};
    struct hxl_csv t;
    struct sink o;
    (void)state;
    sink_init(&o, document_write, &d);
    assert_int_equal(hxl_csv_begin(&t, &o, columns, 4), 0);
    assert_int_equal(hxl_csv_row(&t, row), 0);
    assert_int_equal(hxl_csv_row(&t, gap), 0);
    assert_int_equal(sink_end(&o), 0);
    assert_string_equal(d.bytes, "\"Вид\",\"How many\",\"Latitude\",\"Note\"\r\n"
                                 "\"#service+type\",\"#reached\",\"#geo+lat\",\"\"\r\n"
                                 "\"вода\",\"20\",\"-43.25\",\"a \"\"b\"\", c\nd\"\r\n"
                                 "\"\",\"\",\"0\",\"'=1+1\"\r\n");
    document_free(&d);
}

static void one_cell(struct document *d, const char *text) {
    struct sink o;
    sink_init(&o, document_write, d);
    sink_csv(&o, text);
    assert_int_equal(sink_end(&o), 0);
}

static void test_formulas(void **state) {
    static const char *const cells[][2] = {{"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
                                           {"+7 701 555", "\"'+7 701 555\""},
                                           {"-2+3", "\"'-2+3\""},
                                           {"@SUM(1)", "\"'@SUM(1)\""},
                                           {"\t=1", "\"\t'=1\""},
                                           {"  =1", "\"  '=1\""},
                                           {"\"=1", "\"\"\"'=1\""},
                                           {"a;=1", "\"a;'=1\""},
                                           {"a\n@x", "\"a\n'@x\""},
                                           {"\xef\xbc\x9d"
                                            "1",
                                            "\"'\xef\xbc\x9d"
                                            "1\""},
                                           {"\xef\xbb\xbf=1", "\"\xef\xbb\xbf'=1\""},
                                           {"-", "\"'-\""},
                                           {"-5", "\"-5\""},
                                           {"-5.25", "\"-5.25\""},
                                           {"-5.", "\"'-5.\""},
                                           {"-5.1.1", "\"'-5.1.1\""},
                                           {"5-6", "\"5-6\""},
                                           {"a=b", "\"a=b\""},
                                           {"x, =1", "\"x, =1\""},
                                           {"bad \xff\x01", "\"bad \xef\xbf\xbd\xef\xbf\xbd\""}};
    (void)state;
    for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct document d = {0};
        one_cell(&d, cells[i][0]);
        assert_string_equal(d.bytes, cells[i][1]);
        document_free(&d);
    }
}

/* Cut the next cell out of *at as a reader of RFC 4180 does that ends cells at this separator, and reads on where
 * others would complain. Return false at the end. */
static bool cell_read(const char **at, char separator, char *out) {
    bool quoted = false;
    size_t size = 0;
    if (!**at) return false;
    if (**at == '"') {
        quoted = true;
        (*at)++;
    }
    for (; **at; (*at)++) {
        if (quoted && **at == '"' && (*at)[1] == '"')
            (*at)++;
        else if (quoted && **at == '"') {
            quoted = false;
            continue;
        } else if (!quoted && **at == separator) {
            (*at)++;
            break;
        } else if (!quoted && **at == '\r' && (*at)[1] == '\n') {
            *at += 2;
            break;
        } else if (!quoted && **at == '\n') {
            (*at)++;
            break;
        }
        out[size++] = **at;
    }
    out[size] = 0;
    return true;
}

/* Where a file is cut at other separators, the number keeps the comma that ended its cell: no formula goes on so. */
static bool is_negative_number(const char *cell) {
    const size_t whole = cell[0] == '-' ? strspn(cell + 1, "0123456789") : 0;
    const char *end = cell + 1 + whole;
    if (whole > 0 && *end == '.' && end[1] >= '0' && end[1] <= '9') end += 1 + strspn(end + 1, "0123456789");
    return whole > 0 && (!*end || strncmp(end, ",\"", 2) == 0);
}

static void test_no_cell_begins_a_formula(void **state) {
    static const char pieces[] = "=+-@;\t\n\r\"' a1,|";
    static char cell[4096];
    struct rng g;
    (void)state;
    rng_begin(&g, "csv");
    for (unsigned i = 0; i < 20000; i++) {
        struct document d = {0};
        struct hxl_csv t;
        struct sink o;
        char texts[4][40];
        const char *row[4], *at;
        for (unsigned c = 0; c < 4; c++) {
            const size_t size = (size_t)rng_below(&g, 12);
            for (size_t b = 0; b < size; b++) texts[c][b] = pieces[rng_below(&g, sizeof pieces - 1)];
            texts[c][size] = 0;
            row[c] = texts[c];
        }
        sink_init(&o, document_write, &d);
        assert_int_equal(hxl_csv_begin(&t, &o, columns, 4), 0);
        assert_int_equal(hxl_csv_row(&t, row), 0);
        assert_int_equal(sink_end(&o), 0);
        for (const char *separator = ",;\t"; *separator; separator++) {
            at = strstr(d.bytes, "\"\"\r\n") + 4;
            for (unsigned n = 0; cell_read(&at, *separator, cell); n++) {
                const char *begin = cell + strspn(cell, " \"");
                if (*begin && strchr("=+-@", *begin)) assert_true(is_negative_number(begin));
                if (*separator != ',') continue;
                assert_true(n < 4);
                /* Without the apostrophes it is what went in. */
                const char *have = cell, *want = texts[n];
                for (; *want; want++, have++) {
                    if (*have != *want && *have == '\'') have++;
                    assert_int_equal(*have, *want);
                }
                assert_int_equal(*have, 0);
            }
        }
        document_free(&d);
    }
}

static void test_tags(void **state) {
    static const char *const good[] = {"#a", "#adm1+name", "#geo+lat", "#a+b+c_1"};
    static const char *const bad[] = {"a", "#", "#1a", "#a+", "#a b", "#a+1", "##a", "#a+b#c", "=#a"};
    struct hxl_column column = {"Name", ""};
    struct document d = {0};
    struct hxl_csv t;
    struct sink o;
    (void)state;
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        column.tag = good[i];
        sink_init(&o, document_write, &d);
        assert_int_equal(hxl_csv_begin(&t, &o, &column, 1), 0);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        column.tag = bad[i];
        sink_init(&o, document_write, &d);
        assert_int_equal(hxl_csv_begin(&t, &o, &column, 1), ERR_FIELD);
        assert_int_equal(sink_end(&o), 0);
    }
    column.tag = ""; /* no tags at all: not HXL */
    assert_int_equal(hxl_csv_begin(&t, &o, &column, 1), ERR_FIELD);
    column = (struct hxl_column){"#name", "#name"}; /* the header would be taken for the tags */
    assert_int_equal(hxl_csv_begin(&t, &o, &column, 1), ERR_FIELD);
    assert_int_equal(hxl_csv_begin(&t, &o, &column, 0), ERR_LIMIT);
    assert_int_equal(hxl_csv_begin(&t, &o, &column, HXL_COLUMNS_MAX + 1), ERR_LIMIT);
    assert_null(d.bytes);
    document_free(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answer), cmocka_unit_test(test_formulas),
                                       cmocka_unit_test(test_no_cell_begins_a_formula), cmocka_unit_test(test_tags)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
