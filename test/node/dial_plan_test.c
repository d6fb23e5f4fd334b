/*
 * Whom a node dials and when, on a clock of the test's own. Shows that a node which is to be dialled is dialled at once
 * and one that is to dial us after three seconds of silence only; that what is in contact is passed over, two nodes on
 * one host told apart; that pauses grow to a minute and become short again after a contact that was one, or when a
 * network appears; that of a name every address is tried before it is looked up again; and that dials a second, dialled
 * contacts and what is remembered stay within their limits, whatever is heard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "node/address.h"
#include "node/dial_plan.h"

static struct dial_plan plan;
static uint64_t now;
static unsigned contacts; /* that lan would count with any host */

static uint32_t middle(void) {
    return 0; /* the shortest pause: three quarters */
}

static unsigned contacts_with(void *context, const struct sockaddr *address) {
    (void)context, (void)address;
    return contacts;
}

static void begin(unsigned names) {
    memset(&plan, 0, sizeof plan);
    plan.random = middle;
    plan.contacts_with = contacts_with;
    now = 1000000;
    contacts = 0;
    dial_plan_init(&plan, names, now);
}

static const struct sockaddr *address(unsigned host, unsigned port) {
    static struct sockaddr_in out;
    out = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(0x0a000000 + host)};
    return (const struct sockaddr *)&out;
}

/* The next step is to dial this address. */
static void dials(unsigned host, unsigned port) {
    struct dial_step step = dial_plan_next(&plan, now);
    assert_int_equal(step.what, DIAL_CONNECT);
    assert_true(address_is_same((struct sockaddr *)&step.address, address(host, port)));
}

static void looks_up(unsigned name) {
    struct dial_step step = dial_plan_next(&plan, now);
    assert_int_equal(step.what, DIAL_LOOK_UP);
    assert_int_equal(step.name, name);
}

static void nothing(void) {
    assert_int_equal(dial_plan_next(&plan, now).what, DIAL_NOTHING);
}

/* Nothing is due before ms have passed; then something is. */
static void sleeps(uint64_t ms) {
    nothing();
    assert_int_equal(dial_plan_due(&plan, now), now + ms);
    now += ms - 1;
    nothing();
    now++;
}

static void ended(unsigned host, unsigned port, bool met, bool settled, double seconds) {
    const struct dial_end end = {
        .address = address(host, port), .dialled = true, .met = met, .settled = settled, .seconds = seconds};
    dial_plan_ended(&plan, &end, now);
}

static void test_heard(void **state) {
    (void)state;
    begin(0);
    nothing();
    assert_true(dial_plan_due(&plan, now) == UINT64_MAX);
    dial_plan_heard(&plan, address(1, 7427), true, now);
    dials(1, 7427);
    nothing();
    contacts = 1;
    dial_plan_heard(&plan, address(1, 7427), true, now); /* its token has changed */
    nothing();
    contacts = 0;
    dial_plan_heard(&plan, address(1, 7427), true, now); /* it was away, and that contact is dead */
    dials(1, 7427);
    contacts = 1;
    ended(1, 7427, true, true, 100); /* the dead one */
    sleeps(20);                      /* it may have been the only one */
    sleeps(PEERS_LOOK_MS);
    begin(0);
    /* One that is to dial us, and does. */
    dial_plan_heard(&plan, address(2, 7427), false, now);
    sleeps(PEERS_WAIT_MS);
    contacts = 1;
    sleeps(PEERS_LOOK_MS);
    /* It goes, and doesn't come back: we dial. */
    contacts = 0;
    const struct dial_end end = {.address = address(2, 50000), .met = true, .settled = true};
    dial_plan_ended(&plan, &end, now);
    sleeps(PEERS_WAIT_MS);
    dials(2, 7427);
    nothing();
    /* One that was in contact, went without a word and is heard again: its old contact ends, and it is dialled. */
    begin(0);
    dial_plan_heard(&plan, address(3, 7427), false, now);
    contacts = 1;
    now += PEERS_WAIT_MS + 1000;
    nothing();
    dial_plan_heard(&plan, address(3, 7427), true, now);
    nothing();
    now += 5;
    contacts = 0;
    const struct dial_end before = {.address = address(3, 50000), .met = true, .settled = true};
    dial_plan_ended(&plan, &before, now);
    sleeps(20);
    dials(3, 7427);
}

static void test_two_on_one_host(void **state) {
    (void)state;
    begin(0);
    dial_plan_heard(&plan, address(1, 7427), true, now);
    dials(1, 7427);
    contacts = 1; /* that one */
    dial_plan_heard(&plan, address(1, 40000), true, now);
    dials(1, 40000);
    nothing();
    /* The other way round: both are in contact because they dialled us. */
    begin(0);
    contacts = 2;
    dial_plan_heard(&plan, address(1, 7427), true, now);
    dial_plan_heard(&plan, address(1, 40000), true, now);
    nothing();
}

static void test_pauses(void **state) {
    (void)state;
    static const uint64_t pauses[] = {750, 1500, 3000, 6000, 12000, 24000, 45000, 45000};
    begin(0);
    dial_plan_heard(&plan, address(1, 1), true, now);
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        dials(1, 1);
        ended(1, 1, false, false, 0.1);
        sleeps(pauses[i]);
    }
    dials(1, 1);
    /* A contact that was one: the next after a second. One that ends as soon as it stands: as a failure. */
    ended(1, 1, true, true, 1);
    sleeps(750);
    dials(1, 1);
    ended(1, 1, true, false, PEERS_LASTED_SECONDS);
    sleeps(750);
    dials(1, 1);
    ended(1, 1, true, false, 0.2);
    sleeps(1500);
    dials(1, 1);
    ended(1, 1, true, false, 0.2);
    nothing();
    dial_plan_hurry(&plan, now);
    sleeps(20);
    dials(1, 1);
    ended(1, 1, false, false, 0.1);
    sleeps(750);
    /* One that broke the rules is forgotten, until it is heard of anew. */
    dials(1, 1);
    const struct dial_end end = {.address = address(1, 1), .dialled = true, .met = true, .blamed = true};
    dial_plan_ended(&plan, &end, now);
    nothing();
    assert_true(dial_plan_due(&plan, now) == UINT64_MAX);
    /* So is one that is heard no more. */
    dial_plan_heard(&plan, address(1, 1), true, now);
    dials(1, 1);
    dial_plan_failed(&plan, address(1, 1), now);
    now += PEERS_HEARD_MS;
    nothing();
    assert_true(dial_plan_due(&plan, now) == UINT64_MAX);
}

static void test_names(void **state) {
    (void)state;
    begin(2);
    looks_up(0);
    looks_up(1);
    nothing();
    dial_plan_found(&plan, 1, NULL, now); /* no such name */
    nothing();
    dial_plan_found(&plan, 0, address(1, 7427), now);
    dial_plan_found(&plan, 0, address(2, 7427), now);
    nothing(); /* there may be more */
    dial_plan_found(&plan, 0, NULL, now);
    dials(1, 7427);
    nothing();
    ended(1, 7427, false, false, 0.1);
    dials(2, 7427); /* the other address, at once */
    nothing();
    ended(2, 7427, false, false, 0.1);
    sleeps(750);
    looks_up(0);
    looks_up(1);
    dial_plan_found(&plan, 0, address(1, 7427), now);
    dial_plan_found(&plan, 0, NULL, now);
    dials(1, 7427);
    ended(1, 7427, true, true, 100);
    sleeps(750);
    looks_up(0);
    /* Discovery has dialled this very address meanwhile. */
    dial_plan_heard(&plan, address(1, 7427), true, now);
    dials(1, 7427);
    dial_plan_found(&plan, 0, address(1, 7427), now);
    dial_plan_found(&plan, 0, NULL, now);
    sleeps(PEERS_LOOK_MS);
    looks_up(0);
    /* A name has contacts with its host of others: it is dialled all the same, for a person asked for it. */
    begin(1);
    contacts = 5;
    looks_up(0);
    dial_plan_found(&plan, 0, address(1, 7427), now);
    dial_plan_found(&plan, 0, NULL, now);
    dials(1, 7427);
    /* More addresses than there is room for. */
    begin(1);
    looks_up(0);
    for (unsigned i = 0; i < 100; i++) dial_plan_found(&plan, 0, address(i, 1), now);
    dial_plan_found(&plan, 0, NULL, now);
    for (unsigned i = 0; i < PEERS_NAMED_ADDRESSES_MAX; i++) {
        dials(i, 1);
        dial_plan_failed(&plan, address(i, 1), now);
        now += PEERS_DIALS_MS;
    }
    assert_int_not_equal(dial_plan_next(&plan, now).what, DIAL_CONNECT);
}

static void test_limits(void **state) {
    (void)state;
    unsigned dialled = 0, most = 0;
    begin(0);
    /* Ten thousand nodes are heard within ten seconds; of those dialled half answer. */
    for (unsigned i = 0; i < 10000; i++) {
        dial_plan_heard(&plan, address(i, 7427), i % 3 > 0, now);
        struct dial_step step;
        unsigned burst = 0;
        while ((step = dial_plan_next(&plan, now)).what != DIAL_NOTHING) {
            assert_int_equal(step.what, DIAL_CONNECT);
            dialled++;
            burst++;
            if (dialled % 2) dial_plan_failed(&plan, (struct sockaddr *)&step.address, now);
        }
        if (burst > most) most = burst;
        unsigned in_contact = 0;
        for (size_t k = 0; k < PEERS_HEARD_MAX; k++) in_contact += plan.heard[k].target.state == DIAL_IN_CONTACT;
        assert_true(in_contact <= PEERS_DIALLED_MAX);
        now++;
    }
    assert_true(most <= PEERS_DIALS_MAX);
    assert_true(dialled >= 2 * PEERS_DIALLED_MAX - 1 && dialled <= 11 * PEERS_DIALS_MAX);
    uint64_t due = dial_plan_due(&plan, now);
    assert_true(due == UINT64_MAX || due >= now); /* no spinning */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heard), cmocka_unit_test(test_two_on_one_host), cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_names), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
