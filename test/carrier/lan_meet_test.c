/*
 * One contact, blocking. Shows what it tells after success, that a peer is held back while nothing can be stored, and
 * that every way to fail ends in time with its error and
 * a sentence: nobody there, an unknown host, nobody who answers, no group in common, an interruption.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check.h"
#include "test/carrier/lan_util.h"

struct meeting {
    struct lan_world w;
    struct lan_node here, there;
    struct lan_meeting how;
    char port[16], why[LAN_WHY_SIZE];
    struct lan_ended ended;
    int err;
    bool over;
    unsigned asked, give_up_after, threads;
    uint64_t received; /* as it was told last */
};

static struct when meeting_when(void *context) {
    return ((struct meeting *)context)->here.when;
}

static bool meeting_cancelled(void *context, const struct lan_ended *so_far) {
    struct meeting *m = context;
    CHECK(so_far->seconds >= 0);
    m->asked++;
    __atomic_store_n(&m->received, so_far->received, __ATOMIC_RELEASE);
    return m->give_up_after > 0 && m->asked >= m->give_up_after;
}

static void *meeting_main(void *context) {
    struct meeting *m = context;
    const struct lan_config config = {
        .store = m->here.store, .mutex = &m->here.mutex, .when = meeting_when, .context = m, .threads = m->threads};
    m->err = lan_meet(&m->how, &config, &m->ended, m->why);
    __atomic_store_n(&m->over, true, __ATOMIC_RELEASE);
    return NULL;
}

static bool is_over(void *context) {
    return __atomic_load_n(&((struct meeting *)context)->over, __ATOMIC_ACQUIRE);
}

static void setup(struct meeting *m, uint64_t seed) {
    memset(m, 0, sizeof *m);
    lan_world_init(&m->w, seed);
    lan_node_init(&m->w, &m->here);
    m->how = (struct lan_meeting){
        .host = "127.0.0.1", .port = m->port, .seconds_max = 5, .cancelled = meeting_cancelled, .context = m};
}

static void meet(struct meeting *m) {
    pthread_t thread;
    m->over = false;
    m->asked = 0;
    CHECK(pthread_create(&thread, NULL, meeting_main, m) == 0);
    lan_world_run(&m->w, is_over, m, 20);
    pthread_join(thread, NULL);
}

static void teardown(struct meeting *m) {
    if (m->there.lan) lan_node_stop(&m->w, &m->there);
    if (m->there.store) lan_node_close(&m->there);
    lan_node_close(&m->here);
    lan_world_close(&m->w);
}

static void test_both_have_all_afterwards(void **state) {
    static struct meeting m;
    (void)state;
    setup(&m, 1);
    lan_node_init(&m.w, &m.there);
    lan_node_write(&m.w, &m.here, 200, 200, URGENCY_NORMAL);
    lan_node_write(&m.w, &m.there, 300, 200, URGENCY_NORMAL);
    lan_node_start(&m.w, &m.there, NULL);
    snprintf(m.port, sizeof m.port, "%u", lan_port(m.there.lan));
    meet(&m);
    assert_int_equal(m.err, 0);
    assert_string_equal(m.why, "");
    assert_true(m.ended.settled && m.ended.met && m.ended.dialled);
    assert_int_equal(m.ended.communities, 1);
    assert_int_equal(m.ended.sent, 200);
    assert_int_equal(m.ended.received, 300);
    assert_true(m.ended.bytes_in > 300 * 100 && m.ended.bytes_out > 200 * 100 && m.ended.round_trips > 1);
    assert_true(lan_nodes_equal(&m.w, &m.here, &m.there));
    meet(&m);
    assert_int_equal(m.err, 0);
    assert_int_equal(m.ended.sent + m.ended.received, 0);
    assert_true(m.ended.bytes_in + m.ended.bytes_out < 400);
    teardown(&m);
}

static void test_nobody_there(void **state) {
    static struct meeting m;
    (void)state;
    setup(&m, 2);
    lan_node_init(&m.w, &m.there);
    lan_node_start(&m.w, &m.there, NULL);
    snprintf(m.port, sizeof m.port, "%u", lan_port(m.there.lan));
    lan_node_stop(&m.w, &m.there);
    meet(&m);
    assert_int_equal(m.err, ERR_NET);
    assert_non_null(strstr(m.why, "127.0.0.1"));
    assert_false(m.ended.met);
    m.how.host = "no such host";
    meet(&m);
    assert_int_equal(m.err, ERR_NET);
    assert_non_null(strstr(m.why, "no such host"));
    teardown(&m);
}

static void test_nobody_answers(void **state) {
    static struct meeting m;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof own;
    (void)state;
    setup(&m, 3);
    int silent = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(silent, (const struct sockaddr *)&own, size), 0);
    assert_int_equal(listen(silent, 1), 0);
    assert_int_equal(getsockname(silent, (struct sockaddr *)&own, &size), 0);
    snprintf(m.port, sizeof m.port, "%u", ntohs(own.sin_port));
    m.how.seconds_max = 1;
    meet(&m);
    assert_int_equal(m.err, ERR_SILENT);
    m.how.seconds_max = 20;
    m.give_up_after = 3;
    meet(&m);
    assert_int_equal(m.err, ERR_INTERRUPTED);
    assert_true(m.ended.seconds < 2);
    close(silent);
    teardown(&m);
}

/* A node whose queue of connections is full does not even take the call: that is borne until patience ends. */
static void test_a_call_that_is_not_taken(void **state) {
    (void)state;
    static struct meeting m;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int callers[8];
    setup(&m, 9);
    int full = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(full, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(full, 0), 0);
    assert_int_equal(getsockname(full, (struct sockaddr *)&address, &size), 0);
    for (unsigned i = 0; i < 8; i++) {
        callers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(callers[i], (struct sockaddr *)&address, size);
    }
    snprintf(m.port, sizeof m.port, "%u", ntohs(address.sin_port));
    m.how.seconds_max = 1;
    meet(&m);
    assert_int_equal(m.err, ERR_SILENT);
    for (unsigned i = 0; i < 8; i++) close(callers[i]);
    close(full);
    teardown(&m);
}

static void test_no_group_in_common(void **state) {
    static struct meeting m;
    static struct sample_community mine;
    (void)state;
    setup(&m, 4);
    mine = m.w.community;
    sample_found(&m.w.rng, &m.w.community); /* the other node's */
    lan_node_init(&m.w, &m.there);
    lan_node_write(&m.w, &m.there, 20, 100, URGENCY_NORMAL);
    lan_node_start(&m.w, &m.there, NULL);
    snprintf(m.port, sizeof m.port, "%u", lan_port(m.there.lan));
    meet(&m);
    assert_int_equal(m.err, ERR_NOT_FOUND);
    assert_int_equal(m.ended.communities, 0);
    assert_int_equal(lan_node_records(&m.here), 0);
    assert_memory_not_equal(mine.charter.community, m.w.community.charter.community, HASH_SIZE);
    teardown(&m);
}

/* ---- Back-pressure ---- */

#define MANY 20000

static bool flows(void *context) {
    return __atomic_load_n(&((struct meeting *)context)->received, __ATOMIC_ACQUIRE) > 0;
}

/*
 * While the receiver's store can't be written, the giver is held back: it has sent no more than what is stored, the
 * receiver's share of the intake and what the streams of both sides hold. Then everything comes.
 */
static void test_a_busy_store_holds_the_peer_back(void **state) {
    static struct meeting m;
    struct contacts_counts counts;
    struct store_stats stats;
    pthread_t thread;
    (void)state;
    setup(&m, 5);
    m.threads = 1; /* so that it takes longer than a step of the meeting */
    lan_node_init(&m.w, &m.there);
    lan_node_write(&m.w, &m.there, MANY, 60, URGENCY_NORMAL);
    lan_node_start(&m.w, &m.there, NULL);
    snprintf(m.port, sizeof m.port, "%u", lan_port(m.there.lan));
    assert_int_equal(pthread_create(&thread, NULL, meeting_main, &m), 0);
    lan_world_run(&m.w, flows, &m, 20);
    pthread_mutex_lock(&m.here.mutex);
    assert_int_equal(store_stats(m.here.store, LAN_TEST_NOW, &stats), 0);
    lan_world_sleep(&m.w, 2200); /* more than the second after which counts are told */
    lan_counts(m.there.lan, &counts);
    pthread_mutex_unlock(&m.here.mutex);
    uint64_t streams = 4 * STREAM_BULK_ROOM / 100;
    assert_true(stats.records > 0 && counts.records_out < MANY);
    assert_in_range(counts.records_out, stats.records, stats.records + INTAKE_RECORDS_MAX / 2 + streams);
    lan_world_run(&m.w, is_over, &m, 60);
    pthread_join(thread, NULL);
    assert_int_equal(m.err, 0);
    assert_int_equal(m.ended.received, MANY);
    assert_true(lan_nodes_equal(&m.w, &m.here, &m.there));
    teardown(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_busy_store_holds_the_peer_back),
        cmocka_unit_test(test_both_have_all_afterwards),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_nobody_answers),
        cmocka_unit_test(test_a_call_that_is_not_taken),
        cmocka_unit_test(test_no_group_in_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
