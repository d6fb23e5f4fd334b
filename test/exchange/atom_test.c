/*
 * Feeds. Shows: random feeds are well-formed and keep RFC 4287's rules on what must be there, by xmllint and a schema
 * written from the RFC; what people wrote stays text; what breaks the rules is refused and not written.
 */
#include "exchange/atom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/core/sample_util.h"
#include "test/exchange/document_util.h"

#define SCHEMA "test/exchange/atom.rng"

static const struct atom_feed feed = {.id = "urn:longear:feed:1",
                                      .title = "The square",
                                      .author = "Committee & friends",
                                      .language = "kk",
                                      .self = "https://example.org/feed?a=1&b=2",
                                      .updated = SAMPLE_TIME};

static void test_known_answer(void **state) {
    const struct atom_entry entry = {.id = "urn:longear:1",
                                     .title = "<b>Water</b>",
                                     .content = "at \"3\" & later\r\n",
                                     .category = "a\"b",
                                     .updated = SAMPLE_TIME + 60,
                                     .published = SAMPLE_TIME};
    struct atom_entry bare = {.id = "urn:longear:2", .title = "T", .updated = SAMPLE_TIME};
    struct document d = {0};
    struct sink o;
    (void)state;
    sink_init(&o, document_write, &d);
    assert_int_equal(atom_begin(&o, &feed), 0);
    assert_int_equal(atom_write(&o, &entry), ERR_TEXT); /* a carriage return */
    struct atom_entry clean = entry;
    clean.content = "at \"3\" & later\n";
    assert_int_equal(atom_write(&o, &clean), 0);
    assert_int_equal(atom_write(&o, &bare), 0);
    atom_end(&o);
    assert_int_equal(sink_end(&o), 0);
    assert_string_equal(d.bytes, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                 "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"kk\">\n"
                                 "  <id>urn:longear:feed:1</id>\n"
                                 "  <title>The square</title>\n"
                                 "  <updated>2022-01-05T12:00:00Z</updated>\n"
                                 "  <author>\n"
                                 "    <name>Committee &amp; friends</name>\n"
                                 "  </author>\n"
                                 "  <link rel=\"self\" href=\"https://example.org/feed?a=1&amp;b=2\"/>\n"
                                 "  <entry>\n"
                                 "    <id>urn:longear:1</id>\n"
                                 "    <title>&lt;b&gt;Water&lt;/b&gt;</title>\n"
                                 "    <updated>2022-01-05T12:01:00Z</updated>\n"
                                 "    <published>2022-01-05T12:00:00Z</published>\n"
                                 "    <category term=\"a&quot;b\"/>\n"
                                 "    <content type=\"text\">at &quot;3&quot; &amp; later\n</content>\n"
                                 "  </entry>\n"
                                 "  <entry>\n"
                                 "    <id>urn:longear:2</id>\n"
                                 "    <title>T</title>\n"
                                 "    <updated>2022-01-05T12:00:00Z</updated>\n"
                                 "    <content type=\"text\"></content>\n"
                                 "  </entry>\n"
                                 "</feed>\n");
    assert_int_equal(xmllint_valid("--relaxng", SCHEMA, &d, 1), 1);
    document_free(&d);
}

#define COUNT 60

static void test_valid(void **state) {
    static struct document documents[COUNT];
    char texts[4][120], id[40];
    struct rng g;
    struct sink o;
    (void)state;
    rng_begin(&g, "atom");
    for (unsigned i = 0; i < COUNT; i++) {
        struct atom_feed f = feed;
        sink_init(&o, document_write, &documents[i]);
        if (rng_one_in(&g, 2)) f.language = NULL;
        if (rng_one_in(&g, 2)) f.self = NULL;
        if (rng_one_in(&g, 2)) f.subtitle = "sub & title";
        assert_int_equal(atom_begin(&o, &f), 0);
        for (uint64_t n = rng_below(&g, 20); n > 0; n--) {
            for (unsigned t = 0; t < 4; t++) {
                const size_t size = 1 + (size_t)rng_below(&g, 110);
                sample_text(&g, texts[t], size, true);
                texts[t][size] = 0;
            }
            snprintf(id, sizeof id, "tag:example.org,2022:%llx", (unsigned long long)rng_u64(&g));
            const struct atom_entry e = {.id = id,
                                         .title = texts[0],
                                         .author = rng_one_in(&g, 2) ? NULL : texts[1],
                                         .content = rng_one_in(&g, 2) ? NULL : texts[2],
                                         .category = rng_one_in(&g, 2) ? NULL : texts[3],
                                         .link = rng_one_in(&g, 2) ? NULL : "http://example.org/?<1>",
                                         .updated = SAMPLE_TIME + n,
                                         .published = rng_one_in(&g, 2) ? 0 : SAMPLE_TIME};
            struct atom_entry plain = e;
            if (e.link) {
                assert_int_equal(atom_write(&o, &e), ERR_FIELD);
                plain.link = "http://example.org/?a=1&b=2";
            }
            assert_int_equal(atom_write(&o, &plain), 0);
        }
        atom_end(&o);
        assert_int_equal(sink_end(&o), 0);
    }
    assert_int_equal(xmllint_valid("--relaxng", SCHEMA, documents, COUNT), COUNT);
    for (unsigned i = 0; i < COUNT; i++) document_free(&documents[i]);
}

static void test_refused(void **state) {
    static const char *const ids[] = {"", "no-scheme", "1:x", "urn:", "urn:a b", "urn:<", NULL};
    static const char *const links[] = {"javascript:alert(1)", "data:text/html,x", "https://a\"b", "/relative"};
    struct atom_entry e;
    struct atom_feed f;
    struct document d = {0};
    struct sink o;
    (void)state;
    sink_init(&o, document_write, &d);
#define PLAIN (e = (struct atom_entry){.id = "urn:x:1", .title = "T", .updated = SAMPLE_TIME})
    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
        PLAIN;
        e.id = ids[i];
        assert_int_equal(atom_write(&o, &e), ERR_FIELD);
        f = feed;
        f.id = ids[i];
        assert_int_equal(atom_begin(&o, &f), ERR_FIELD);
    }
    for (unsigned i = 0; i < sizeof links / sizeof *links; i++) {
        PLAIN;
        e.link = links[i];
        assert_int_equal(atom_write(&o, &e), ERR_FIELD);
        f = feed;
        f.self = links[i];
        assert_int_equal(atom_begin(&o, &f), ERR_FIELD);
    }
    PLAIN;
    e.title = NULL;
    assert_int_equal(atom_write(&o, &e), ERR_FIELD);
    PLAIN;
    e.author = "";
    assert_int_equal(atom_write(&o, &e), ERR_FIELD);
    PLAIN;
    e.content = "\x1b[2J";
    assert_int_equal(atom_write(&o, &e), ERR_TEXT);
    PLAIN;
    e.updated = 0;
    assert_int_equal(atom_write(&o, &e), ERR_TIME);
    PLAIN;
    e.published = UINT64_C(253402300799);
    assert_int_equal(atom_write(&o, &e), ERR_TIME);
    f = feed;
    f.author = NULL;
    assert_int_equal(atom_begin(&o, &f), ERR_FIELD);
    f = feed;
    f.language = "k k";
    assert_int_equal(atom_begin(&o, &f), ERR_FIELD);
    assert_int_equal(sink_end(&o), 0);
    assert_null(d.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answer), cmocka_unit_test(test_valid),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
