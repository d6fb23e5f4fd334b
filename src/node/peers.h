/*
 * peers.h: a node's contacts with others: finds them, dials them, takes their calls, and passes on at once what is new
 * here.
 *
 * Everything runs on the loop that it is given, but for what its comment says. With the node's home it does what a home
 * needs (home.h, struct home_node): commands and the page learn from there how it stands.
 */
#ifndef NODE_PEERS_H
#define NODE_PEERS_H

#include <uv.h>

#include "node/address.h"
#include "node/home.h"
#include "node/network.h"

struct peers;

struct peers_config {
    struct home *home;
    const char *listen;            /* ADDR:PORT, or NULL for all addresses and LAN_PORT or, if that is taken, any */
    const char *const *named;      /* HOST:PORT to stay in contact with */
    size_t named_count;            /* at most PEERS_NAMED_MAX */
    const char *const *interfaces; /* names of the network interfaces to use; none: all that suit */
    size_t interface_count;
    bool no_discovery;
};

/*
 * Start. loop and home are borrowed until stopped has been called, the strings of config for the call only. From now on
 * the home tells of the network (home->node). Errors: ERR_USAGE (an address or an interface that is none), ERR_NET (it
 * cannot listen there), ERR_MEMORY; why receives a sentence. That nobody can be discovered is no error.
 */
MUST_CHECK int peers_start(struct peers **out, uv_loop_t *loop, const struct peers_config *config,
                           char why[HOME_WHY_SIZE]);

/*
 * Stop: contacts end with a goodbye, what has arrived is stored. Nobody may ask the home for the network any more. The
 * handles close within the next turns of the loop, then everything is freed. NULL is fine.
 */
void peers_stop(struct peers *p);

/* List the addresses that others can give to sync and --peer, at most ADDRESS_OWN_MAX. Returns how many. */
size_t peers_addresses(const struct peers *p, char (*out)[ADDRESS_TEXT_SIZE]);

/* Return the set of its contacts, for another carrier on the same loop, which is to end before peers_stop. */
struct contacts *peers_contacts(const struct peers *p);

/* Return the TCP port on which it listens. */
uint16_t peers_port(const struct peers *p);

#endif
