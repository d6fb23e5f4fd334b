/*
 * What the page says of the points around, from counts that the test makes up. Shows each sentence in its states and
 * languages with the right forms of numbers; that the start page has it for everybody, and the page "About" what moved,
 * what was refused and what does not work for the operator only; and that a page without a node behind it is silent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "node/network.h"
#include "node/refusals.h"
#include "test/web/web_util.h"

static struct site site;
static struct network now;

static void tell(void *context, struct network *out) {
    *out = *(struct network *)context;
}

static int setup(void **state) {
    (void)state;
    site_open(&site, 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    site_close(&site);
    return 0;
}

/* From now on the home tells of this; without runs, of nothing. */
static void network_set(bool runs, const struct network *network) {
    home_enter(site.home);
    now = *network;
    site.home->node = runs ? (struct home_node){.network = tell, .context = &now} : (struct home_node){0};
    home_leave(site.home);
}

static void page(const char *from, const char *path, const char *has, const char *lacks) {
    struct answer a;
    site_get(&site, from, path, NULL, &a);
    assert_int_equal(a.status, 200);
    if (has && !strstr(a.body, has)) fail_msg("no \"%s\" in %s: %s", has, path, a.body);
    if (lacks && strstr(a.body, lacks)) fail_msg("\"%s\" in %s: %s", lacks, path, a.body);
    answer_free(&a);
}

static void test_lines(void **state) {
    (void)state;
    static const struct {
        struct contacts_counts lan;
        bool discovering;
        unsigned heard;
        const char *path, *want;
    } cases[] = {
        {{0}, true, 0, "/?lang=en", "<p class=\"soft\">Nobody near; looking</p>"},
        {{0}, true, 0, "/?lang=ru", "Рядом никого; точка ищет"},
        {{0}, true, 0, "/?lang=kk", "Жақын жерде ешкім жоқ; іздеп тұр"},
        {{0}, false, 0, "/?lang=en", "No other point is in contact"},
        {{0}, true, 1, "/?lang=en", "1 point heard, not reached yet"},
        {{0}, true, 2, "/?lang=ru", "слышны 2 точки, связи с ними пока нет"},
        {{.contacts = 2, .handshaking = 2}, true, 2, "/?lang=en", "2 points heard, not reached yet"},
        {{.contacts = 1, .settled = 1}, true, 1, "/?lang=en", "1 point near · everything is exchanged"},
        {{.contacts = 4, .handshaking = 1, .settled = 3},
         true,
         1,
         "/?lang=en",
         "3 points near · everything is exchanged"},
        {{.phones = 1}, true, 0, "/?lang=en", "<p class=\"soft\">1 phone in contact</p>"},
        {{.phones = 3, .phones_settled = 3}, true, 0, "/?lang=ru", "на связи 3 телефона"},
        {{.phones = 12}, true, 0, "/?lang=kk", "байланыста 12 телефон"},
        {{.contacts = 5, .settled = 5}, true, 1, "/?lang=ru", "рядом 5 точек связи · обмен завершён"},
        {{.contacts = 22, .settled = 22}, true, 1, "/?lang=ru", "рядом 22 точки связи · обмен завершён"},
        {{.contacts = 3, .settled = 3}, true, 1, "/?lang=kk", "жақын жерде 3 байланыс нүктесі · бәрі алмасылды"},
        {{.contacts = 3, .settled = 2, .records_in_rate = 100, .records_out_rate = 20},
         true,
         1,
         "/?lang=en",
         "3 points near · exchanging: 120 messages a second"},
        {{.contacts = 3, .settled = 2, .records_in_rate = 1},
         true,
         1,
         "/?lang=ru",
         "идёт обмен: 1 сообщение в секунду"},
        {{.contacts = 3, .settled = 2, .records_in_rate = 7},
         true,
         1,
         "/?lang=ru",
         "идёт обмен: 7 сообщений в секунду"},
        {{.contacts = 3, .settled = 2}, true, 1, "/?lang=en", "3 points near · comparing who lacks what"},
        {{.contacts = 3, .settled = 2}, true, 1, "/?lang=kk", "кімде не жоғын салыстырып жатыр"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct network n = {
            .lan = cases[i].lan, .discovering = cases[i].discovering, .discovery = {.peers = cases[i].heard}};
        network_set(true, &n);
        page(SITE_OPERATOR, cases[i].path, cases[i].want, "|5");
        page(SITE_GUEST, cases[i].path, cases[i].want, NULL);
    }
}

static void test_about(void **state) {
    (void)state;
    struct network n = {.discovering = true,
                        .problem = "this system has no IPv6: neighbours are looked for by IPv4 only",
                        .lan = {.contacts = 1,
                                .settled = 1,
                                .met = 7,
                                .records_in = 12345,
                                .records_out = 3,
                                .bytes_in = 2500000,
                                .turned_away = 41,
                                .held_off = 2,
                                .clocks = 1,
                                .clock_ahead_seconds = 3600}};
    n.refused[-ERR_SIGNATURE] = 6;
    network_set(true, &n);
    static const char *const all[] = {
        "<h2>Points near</h2>",
        "1 point near · everything is exchanged",
        "<dt>Contacts since the start</dt><dd>7</dd>",
        "<dd>12,345 · 2.5\xc2\xa0MB</dd>",
        "this system has no IPv6: neighbours are looked for by IPv4 only",
        "The neighbours&#39; clocks are ahead of this one; check it. Minutes: 60",
        "<dt>the signature does not fit</dt><dd>6</dd>",
        "<dt>connections, too many or too quick</dt><dd>41</dd>",
        "<dt>addresses not let in for a while, after what they sent</dt><dd>2</dd>",
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        page(SITE_OPERATOR, "/about?lang=en", all[i], NULL);
        page(SITE_GUEST, "/about?lang=en", NULL, i > 1 ? all[i] : NULL);
    }
    page(SITE_GUEST, "/about?lang=en", all[1], NULL);
    page(SITE_OPERATOR, "/about?lang=ru", "Часы соседей впереди этих; проверьте свои. Минут: 60", NULL);
    page(SITE_OPERATOR, "/about?lang=ru", "подпись не подходит", "the signature does not fit");
    n.lan.clock_ahead_seconds = -180;
    network_set(true, &n);
    page(SITE_OPERATOR, "/about?lang=en", "clocks are behind this one; check it. Minutes: 3", NULL);
    n.lan.clock_ahead_seconds = NETWORK_CLOCK_SECONDS;
    network_set(true, &n);
    page(SITE_OPERATOR, "/about?lang=en", NULL, "The neighbours&#39; clocks");
}

/* Refusals that are in the store's count are added; without a node they are all there is. */
static void test_stored_refusals(void **state) {
    (void)state;
    uint64_t counts[REFUSALS_COUNT] = {[-ERR_SIGNATURE] = 100};
    struct network n = {.discovering = true};
    n.refused[-ERR_SIGNATURE] = 1;
    home_enter(site.home);
    assert_int_equal(refusals_add(site.home->store, counts), 0);
    home_leave(site.home);
    network_set(true, &n);
    page(SITE_OPERATOR, "/about?lang=en", "<dt>the signature does not fit</dt><dd>101</dd>", NULL);
    network_set(false, &n);
    page(SITE_OPERATOR, "/about?lang=en", "<dt>the signature does not fit</dt><dd>100</dd>", "Points near");
    page(SITE_GUEST, "/about?lang=en", NULL, "the signature does not fit");
    page(SITE_OPERATOR, "/?lang=en", NULL, "point");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_about),
        cmocka_unit_test(test_stored_refusals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
