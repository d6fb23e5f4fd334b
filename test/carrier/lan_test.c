/*
 * Contacts over TCP on loopback, between real stores on disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/check.h"
#include "test/carrier/lan_util.h"

struct pair {
    struct lan_world w;
    struct lan_node a, b;
};

static bool both_settled(void *context) {
    struct pair *p = context;
    struct lan_counts a, b;
    lan_counts(p->a.lan, &a);
    lan_counts(p->b.lan, &b);
    return a.settled > 0 && b.settled > 0;
}

static void pair_init(struct pair *p, uint64_t seed) {
    lan_world_init(&p->w, seed);
    lan_node_init(&p->w, &p->a);
    lan_node_init(&p->w, &p->b);
}

static void pair_start(struct pair *p) {
    lan_node_start(&p->w, &p->a, NULL);
    lan_node_start(&p->w, &p->b, NULL);
}

static void pair_close(struct pair *p) {
    lan_node_stop(&p->w, &p->a);
    lan_node_stop(&p->w, &p->b);
    lan_node_close(&p->a);
    lan_node_close(&p->b);
    lan_world_close(&p->w);
}

/* Two nodes that have written apart from each other have the same afterwards, and nobody is blamed. */
static void test_two_become_equal(void **state) {
    static struct pair p;
    (void)state;
    pair_init(&p, 1);
    lan_node_write(&p.w, &p.a, 500, 300, URGENCY_NORMAL);
    lan_node_write(&p.w, &p.b, 300, 5000, URGENCY_NORMAL);
    lan_node_write(&p.w, &p.b, 3, 30000, URGENCY_URGENT);
    pair_start(&p);
    assert_int_equal(lan_node_dial(&p.a, &p.b), 0);
    lan_world_run(&p.w, both_settled, &p, 20);
    assert_int_equal(lan_node_records(&p.a), 803);
    assert_int_equal(lan_node_records(&p.b), 803);
    assert_true(lan_nodes_equal(&p.w, &p.a, &p.b));
    lan_node_stop(&p.w, &p.a);
    assert_int_equal(p.a.ended_count, 1);
    assert_int_equal(p.a.ended.err, ERR_INTERRUPTED);
    assert_int_equal(p.a.ended.received, 303);
    assert_int_equal(p.a.ended.sent, 500);
    assert_true(p.a.ended.dialled && p.a.ended.met);
    pair_close(&p);
    assert_int_equal(p.b.ended.err, ERR_END);
    assert_int_equal(p.b.ended.received, 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_become_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
