/*
 * Warnings in CAP 1.2. Shows: what is written is valid against OASIS's schema, by xmllint, for random messages of every
 * type; times have a numeric offset; what the standard forbids is refused and nothing of it written; and that the
 * schema would say so, if something else were written.
 */
#include "exchange/cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/dates.h"
#include "test/core/sample_util.h"
#include "test/exchange/document_util.h"

#define SCHEMA "test/exchange/oasis/CAP-v1.2.xsd"

static const struct cap_area square = {"Almaty, Republic Square", true, {4323846, 7694539}, 500};
static const struct cap_reference first = {"longear.example", "w-1", SAMPLE_TIME - 60};

static struct cap_alert plain_alert(void) {
    return (struct cap_alert){.identifier = "w-2",
                              .sender = "longear.example",
                              .sent = SAMPLE_TIME,
                              .offset_minutes = 300,
                              .status = CAP_ACTUAL,
                              .message = CAP_UPDATE,
                              .references = &first,
                              .reference_count = 1,
                              .language = "ru-KZ",
                              .category = CAP_SECURITY,
                              .event = "Комендантский час",
                              .urgency = CAP_IMMEDIATE,
                              .severity = CAP_SEVERE,
                              .certainty = CAP_OBSERVED,
                              .effective = SAMPLE_TIME,
                              .expires = SAMPLE_TIME + 3600,
                              .headline = "Curfew <from 23:00> & later",
                              .description = NULL,
                              .instruction = "Stay\nat home",
                              .web = "https://example.org/?a=1&b=2",
                              .areas = &square,
                              .area_count = 1};
}

static int write_alert(struct document *d, const struct cap_alert *a) {
    struct sink o;
    sink_init(&o, document_write, d);
    int err = cap_write(&o, a);
    int end = sink_end(&o);
    assert_int_equal(end, 0);
    return err;
}

static void test_known_answer(void **state) {
    struct document d = {0};
    const struct cap_alert a = plain_alert();
    (void)state;
    assert_int_equal(write_alert(&d, &a), 0);
    assert_string_equal(d.bytes, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                 "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n"
                                 "  <identifier>w-2</identifier>\n"
                                 "  <sender>longear.example</sender>\n"
                                 "  <sent>2022-01-05T17:00:00+05:00</sent>\n"
                                 "  <status>Actual</status>\n"
                                 "  <msgType>Update</msgType>\n"
                                 "  <scope>Public</scope>\n"
                                 "  <references>longear.example,w-1,2022-01-05T16:59:00+05:00</references>\n"
                                 "  <info>\n"
                                 "    <language>ru-KZ</language>\n"
                                 "    <category>Security</category>\n"
                                 "    <event>Комендантский час</event>\n"
                                 "    <urgency>Immediate</urgency>\n"
                                 "    <severity>Severe</severity>\n"
                                 "    <certainty>Observed</certainty>\n"
                                 "    <effective>2022-01-05T17:00:00+05:00</effective>\n"
                                 "    <expires>2022-01-05T18:00:00+05:00</expires>\n"
                                 "    <headline>Curfew &lt;from 23:00&gt; &amp; later</headline>\n"
                                 "    <instruction>Stay\nat home</instruction>\n"
                                 "    <web>https://example.org/?a=1&amp;b=2</web>\n"
                                 "    <area>\n"
                                 "      <areaDesc>Almaty, Republic Square</areaDesc>\n"
                                 "      <circle>43.23846,76.94539 0.500</circle>\n"
                                 "    </area>\n"
                                 "  </info>\n"
                                 "</alert>\n");
    document_free(&d);
}

#define COUNT 150

static void test_valid(void **state) {
    static struct document documents[COUNT];
    static const char *const languages[] = {"kk", "ru", "en", "ru-KZ", "kk-Cyrl-KZ"};
    char texts[4][200];
    struct cap_reference references[CAP_REFERENCES_MAX];
    struct cap_area areas[CAP_AREAS_MAX];
    struct rng g;
    (void)state;
    rng_begin(&g, "cap");
    for (unsigned i = 0; i < COUNT; i++) {
        struct cap_alert a = plain_alert();
        for (unsigned t = 0; t < 4; t++) {
            const size_t size = 1 + (size_t)rng_below(&g, 190);
            sample_text(&g, texts[t], size, true);
            texts[t][size] = 0;
        }
        a.message = (enum cap_message)(i % 3);
        a.status = (enum cap_status)rng_below(&g, 3);
        a.reference_count = i % 3 == 0 ? 0 : 1 + (size_t)rng_below(&g, CAP_REFERENCES_MAX);
        for (size_t r = 0; r < a.reference_count; r++)
            references[r] =
                (struct cap_reference){"a.example", "x/1", DATES_FIRST + rng_below(&g, SAMPLE_TIME - DATES_FIRST)};
        a.references = references;
        a.sent = DATES_FIRST + rng_below(&g, SAMPLE_TIME - DATES_FIRST);
        a.effective = rng_one_in(&g, 3) ? 0 : a.sent + rng_below(&g, 100000);
        a.expires = rng_one_in(&g, 3) ? 0 : a.sent + a.effective / 2 + 100000000;
        if (a.expires && a.expires <= a.effective) a.expires = a.effective + 1;
        a.offset_minutes = (int)rng_below(&g, 28 * 60 + 1) - 14 * 60;
        a.language = languages[rng_below(&g, 5)];
        a.category = (enum cap_category)(i % 12);
        a.urgency = (enum cap_urgency)rng_below(&g, 5);
        a.severity = (enum cap_severity)rng_below(&g, 5);
        a.certainty = (enum cap_certainty)rng_below(&g, 5);
        a.event = texts[0];
        a.headline = rng_one_in(&g, 2) ? NULL : texts[1];
        a.description = rng_one_in(&g, 2) ? NULL : texts[2];
        a.instruction = rng_one_in(&g, 2) ? NULL : texts[3];
        a.area_count = (size_t)rng_below(&g, CAP_AREAS_MAX + 1);
        a.areas = areas;
        for (size_t r = 0; r < a.area_count; r++)
            areas[r] = (struct cap_area){texts[rng_below(&g, 4)],
                                         !rng_one_in(&g, 3),
                                         {(int32_t)rng_below(&g, 2 * PLACE_LATITUDE_MAX + 1) - PLACE_LATITUDE_MAX,
                                          (int32_t)rng_below(&g, 2 * PLACE_LONGITUDE_MAX + 1) - PLACE_LONGITUDE_MAX},
                                         (uint32_t)rng_below(&g, CAP_RADIUS_MAX_M + 1)};
        assert_int_equal(write_alert(&documents[i], &a), 0);
    }
    assert_int_equal(xmllint_valid("--schema", SCHEMA, documents, COUNT), COUNT);
    for (unsigned i = 0; i < COUNT; i++) document_free(&documents[i]);
}

/* The schema is strict enough to see what we must not write. */
static void test_schema_can_fail(void **state) {
    static const char *const swaps[][2] = {{"+05:00</sent>", "Z</sent>     "},
                                           {"<scope>Public</scope>", "                     "},
                                           {"<urgency>Immediate", "<urgency>immediate"},
                                           {"<event>", "<evenT>"},
                                           {"T18:00:00+05:00</exp", "T18:00+05:00   </exp"}};
    const struct cap_alert a = plain_alert();
    (void)state;
    for (unsigned i = 0; i < sizeof swaps / sizeof *swaps; i++) {
        struct document d = {0};
        assert_int_equal(write_alert(&d, &a), 0);
        char *at = strstr(d.bytes, swaps[i][0]);
        assert_non_null(at);
        memcpy(at, swaps[i][1], strlen(swaps[i][1]));
        assert_int_equal(xmllint_valid("--schema", SCHEMA, &d, 1), 0);
        document_free(&d);
    }
}

/* Expect that a message is refused, and that nothing of it is written. */
static void refused(const struct cap_alert *a, int expected) {
    struct document d = {0};
    assert_int_equal(write_alert(&d, a), expected);
    assert_int_equal(d.size, 0);
    document_free(&d);
}

static void test_offsets(void **state) {
    static const struct {
        int minutes;
        const char *sent;
    } offsets[] = {{0, "2022-01-05T12:00:00-00:00"},
                   {-210, "2022-01-05T08:30:00-03:30"},
                   {840, "2022-01-06T02:00:00+14:00"},
                   {-840, "2022-01-04T22:00:00-14:00"}};
    (void)state;
    struct cap_alert a = plain_alert();
    for (unsigned i = 0; i < 4; i++) {
        struct document d = {0};
        a.offset_minutes = offsets[i].minutes;
        assert_int_equal(write_alert(&d, &a), 0);
        assert_non_null(strstr(d.bytes, offsets[i].sent));
        assert_null(strstr(d.bytes, "0Z"));
        assert_int_equal(xmllint_valid("--schema", SCHEMA, &d, 1), 1);
        document_free(&d);
    }
    a.offset_minutes = 841;
    refused(&a, ERR_TIME);
    a.offset_minutes = -841;
    refused(&a, ERR_TIME);
}

static void test_refused(void **state) {
    static const char *const names[] = {"", "a b", "a,b", "a<b", "a&b", "a\nb"};
    static const char *const languages[] = {"", "russian language", "ru_KZ", "-ru", "ru-", "toolonglanguage", "1a"};
    static const char *const webs[] = {"javascript:x", "https://a b", "https://a\"", "http"};
    struct cap_alert a;
    struct cap_area area = square;
    struct cap_reference reference = first;
    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        a = plain_alert();
        a.identifier = names[i];
        refused(&a, ERR_FIELD);
        a = plain_alert();
        a.sender = names[i];
        refused(&a, ERR_FIELD);
        a = plain_alert();
        reference.identifier = names[i];
        a.references = &reference;
        refused(&a, ERR_FIELD);
    }
    for (unsigned i = 0; i < sizeof languages / sizeof *languages; i++) {
        a = plain_alert();
        a.language = languages[i];
        refused(&a, ERR_FIELD);
    }
    for (unsigned i = 0; i < sizeof webs / sizeof *webs; i++) {
        a = plain_alert();
        a.web = webs[i];
        refused(&a, ERR_FIELD);
    }
    a = plain_alert();
    a.event = NULL;
    refused(&a, ERR_FIELD);
    a = plain_alert();
    a.event = "\x1b[2J";
    refused(&a, ERR_TEXT);
    a = plain_alert();
    a.headline = "\xff";
    refused(&a, ERR_TEXT);
    a = plain_alert(); /* an update of nothing; an alert that refers to another */
    a.reference_count = 0;
    refused(&a, ERR_FIELD);
    a = plain_alert();
    a.message = CAP_ALERT;
    refused(&a, ERR_FIELD);
    a = plain_alert();
    a.reference_count = CAP_REFERENCES_MAX + 1;
    refused(&a, ERR_LIMIT);
    a = plain_alert();
    a.area_count = CAP_AREAS_MAX + 1;
    refused(&a, ERR_LIMIT);
    a = plain_alert();
    a.expires = a.sent;
    refused(&a, ERR_TIME);
    a = plain_alert();
    a.sent = UINT64_C(253402300799); /* the year 9999 */
    refused(&a, ERR_TIME);
    a = plain_alert();
    a.expires = UINT64_MAX;
    refused(&a, ERR_TIME);
    a = plain_alert();
    a.areas = &area;
    area.point.latitude = PLACE_LATITUDE_MAX + 1; /* off the earth */
    refused(&a, ERR_FIELD);
    area = square;
    area.point.longitude = -PLACE_LONGITUDE_MAX - 1;
    refused(&a, ERR_FIELD);
    area = square;
    area.radius_m = CAP_RADIUS_MAX_M + 1;
    refused(&a, ERR_LIMIT);
    area = square;
    area.description = "";
    refused(&a, ERR_FIELD);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answer), cmocka_unit_test(test_valid),
                                       cmocka_unit_test(test_schema_can_fail), cmocka_unit_test(test_offsets),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
