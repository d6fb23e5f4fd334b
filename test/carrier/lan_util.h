/*
 * lan_util.h: nodes for tests of contacts: a store on disk with a community, and the LAN carrier on it.
 */
#ifndef TEST_CARRIER_LAN_UTIL_H
#define TEST_CARRIER_LAN_UTIL_H

#include "carrier/lan.h"
#include "test/core/sample_util.h"

#define LAN_TEST_NOW (SAMPLE_TIME + 20000000)

struct lan_node {
    char path[64];
    struct store *store;
    pthread_mutex_t mutex;
    struct lan *lan;
    struct when when;
    /* what was told */
    unsigned ended_count, stored_count;
    struct lan_ended ended;
    bool stopped;
};

/* A community for all nodes of a test, and one author who writes in it. */
struct lan_world {
    struct rng rng;
    struct sample_community community;
    struct member author;
    uv_loop_t loop;
};

void lan_world_init(struct lan_world *w, uint64_t seed);
void lan_world_close(struct lan_world *w);

/* Make a store in a new folder, with the community; the carrier is started by lan_node_start on a port of loopback. */
void lan_node_init(struct lan_world *w, struct lan_node *n);
void lan_node_start(struct lan_world *w, struct lan_node *n, const struct lan_config *more);
void lan_node_stop(struct lan_world *w, struct lan_node *n);
void lan_node_close(struct lan_node *n);

/* Write count records of the author in a node's store, without blobs; contents up to size_max. */
void lan_node_write(struct lan_world *w, struct lan_node *n, unsigned count, size_t size_max, uint8_t urgency);

/* Seal count records on a shelf of their own each in a node's store. */
void lan_node_seal(struct lan_world *w, struct lan_node *n, unsigned count, uint8_t urgency);

/* Dial from one node to a port of loopback, or to the other node. */
int lan_node_dial_port(struct lan_node *from, uint16_t port);
int lan_node_dial(struct lan_node *from, const struct lan_node *to);

/* Run the loop until done says so; fails the test after seconds. */
void lan_world_run(struct lan_world *w, bool (*done)(void *context), void *context, unsigned seconds);

/* Run the loop for so long. */
void lan_world_sleep(struct lan_world *w, unsigned ms);

uint64_t lan_node_records(struct lan_node *n);
uint64_t lan_node_sealed(struct lan_node *n);

/* Tell whether two stores have seen the same, the pool too. */
bool lan_nodes_equal(struct lan_world *w, struct lan_node *a, struct lan_node *b);

#endif
