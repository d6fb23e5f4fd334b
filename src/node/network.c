/*
 * network.c: counts as JSON, and what they amount to.
 */
#include "node/network.h"

#include "node/refusals.h"

enum network_state network_state(const struct network *n) {
    if (network_near(n) == 0) return NETWORK_NOBODY;
    return n->lan.settled < network_near(n) ? NETWORK_MOVING : NETWORK_SETTLED;
}

unsigned network_near(const struct network *n) {
    return n->lan.contacts > n->lan.handshaking ? n->lan.contacts - n->lan.handshaking : 0;
}

uint64_t network_rate(const struct network *n) {
    return n->lan.records_in_rate + n->lan.records_out_rate;
}

int64_t network_clock_minutes(const struct network *n) {
    int64_t ahead = n->lan.clocks > 0 ? n->lan.clock_ahead_seconds : 0;
    if (ahead <= NETWORK_CLOCK_SECONDS && ahead >= -NETWORK_CLOCK_SECONDS) return 0;
    return ahead / 60;
}

static void put(json_t *o, const char *name, uint64_t number) {
    json_object_set_new(o, name, json_integer((json_int_t)number));
}

json_t *network_json(const struct network *n) {
    const struct contacts_counts *l = &n->lan;
    json_t *o = json_object();
    if (!o) return NULL;
    put(o, "port", l->port);
    put(o, "contacts", network_near(n));
    put(o, "settled", l->settled);
    put(o, "greeting", l->handshaking);
    put(o, "phones", l->phones);
    put(o, "phones_settled", l->phones_settled);
    put(o, "heard", n->discovery.peers);
    put(o, "interfaces", n->discovery.interfaces);
    json_object_set_new(o, "discovery", json_boolean(n->discovering));
    json_object_set_new(o, "problem", n->problem ? json_string(n->problem) : json_null());
    put(o, "records_out", l->records_out);
    put(o, "records_in", l->records_in);
    put(o, "chunks_out", l->chunks_out);
    put(o, "chunks_in", l->chunks_in);
    put(o, "bytes_out", l->bytes_out);
    put(o, "bytes_in", l->bytes_in);
    put(o, "records_out_rate", l->records_out_rate);
    put(o, "records_in_rate", l->records_in_rate);
    put(o, "bytes_out_rate", l->bytes_out_rate);
    put(o, "bytes_in_rate", l->bytes_in_rate);
    put(o, "met", l->met);
    put(o, "dialled", l->dialled);
    put(o, "failed", l->failed);
    put(o, "turned_away", l->turned_away);
    put(o, "held_off", l->held_off);
    json_object_set_new(o, "refused", refusals_counts_json(l->refused));
    if (l->clocks > 0) json_object_set_new(o, "clock_ahead_seconds", json_integer((json_int_t)l->clock_ahead_seconds));
    return o;
}

json_t *network_peers_json(const struct network *n) {
    json_t *list = json_array();
    for (unsigned i = 0; list && i < n->lan.state_count; i++) {
        const struct contact_state *s = &n->lan.states[i];
        json_t *one = json_object();
        json_object_set_new(one, "carrier", json_string(s->http ? "http" : "tcp"));
        json_object_set_new(one, "state", json_string(!s->met ? "greeting" : s->settled ? "settled" : "moving"));
        put(one, "since_seconds", s->seconds);
        put(one, "groups", s->communities);
        put(one, "in", s->received);
        put(one, "out", s->sent);
        json_array_append_new(list, one);
    }
    return list;
}
