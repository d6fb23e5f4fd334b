/*
 * lan_count.c: counts and rates, for whoever asks from any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/lan_internal.h"

static void contacts_count(const struct lan *lan, struct lan_counts *out) {
    out->records_out = lan->over.records_out;
    out->chunks_out = lan->over.chunks_out;
    out->bytes_out = lan->over.bytes_out;
    out->bytes_in = lan->over.bytes_in;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        const struct lan_contact *c = lan->contacts[i];
        if (!c) continue;
        out->records_out += c->status.sent;
        out->chunks_out += c->status.chunks_sent;
        out->bytes_out += c->bytes_out;
        out->bytes_in += c->bytes_in;
        if (c->phase != CONTACT_RUNNING) continue;
        out->states[out->contacts] = (struct lan_state){.met = c->met,
                                                        .settled = c->settled,
                                                        .seconds = (uint32_t)((lan_now_ms() - c->started_ms) / 1000),
                                                        .communities = c->status.communities,
                                                        .sent = c->status.sent,
                                                        .received = c->records_in};
        out->contacts++;
        out->handshaking += !c->met;
        out->settled += c->settled;
    }
}

static int64_t difference(const struct lan *lan, const struct lan_contact *c) {
    /* Both clocks at the moment at which the peer told its own, which may be later than ours was asked for. */
    int64_t since_ms = (int64_t)(lan->when_ms - c->status.peer_clock_ms);
    return (int64_t)(c->status.peer_clock - lan->when.now) + since_ms / 1000;
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static void clocks_count(const struct lan *lan, struct lan_counts *out) {
    int64_t ahead[LAN_CONTACTS_MAX];
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        const struct lan_contact *c = lan->contacts[i];
        if (!c || c->phase != CONTACT_RUNNING || c->status.peer_clock == 0) continue;
        ahead[out->clocks++] = difference(lan, c);
    }
    if (out->clocks == 0) return;
    qsort(ahead, out->clocks, sizeof *ahead, compare);
    out->clock_ahead_seconds = ahead[out->clocks / 2];
}

static void rates_count(struct lan *lan, struct lan_counts *out) {
    const struct lan_rates now = {.records_out = out->records_out,
                                  .records_in = out->records_in,
                                  .bytes_out = out->bytes_out,
                                  .bytes_in = out->bytes_in};
    unsigned places = sizeof lan->marks / sizeof *lan->marks;
    lan->marks[lan->mark_count++ % places] = now;
    unsigned back = lan->mark_count > RATE_SECONDS ? RATE_SECONDS : lan->mark_count - 1;
    const struct lan_rates *before = &lan->marks[(lan->mark_count - 1 - back) % places];
    if (back == 0) return;
    out->records_out_rate = (now.records_out - before->records_out) / back;
    out->records_in_rate = (now.records_in - before->records_in) / back;
    out->bytes_out_rate = (now.bytes_out - before->bytes_out) / back;
    out->bytes_in_rate = (now.bytes_in - before->bytes_in) / back;
}

void lan_count(struct lan *lan, bool second) {
    struct lan_counts out = {.port = lan->port,
                             .met = lan->over.met,
                             .dialled = lan->dialled,
                             .failed = lan->failed,
                             .turned_away = lan->turned_away,
                             .contact_bytes = lan_contact_size(),
                             .held_off = lan_addresses_held(lan->addresses, lan_now_ms())};
    struct intake_counts intake;
    intake_counts(lan->intake, &intake);
    out.records_in = intake.records;
    out.records_known = intake.known;
    out.records_refused = intake.refused;
    out.chunks_in = intake.chunks;
    memcpy(out.refused, lan->refused, sizeof out.refused);
    for (unsigned i = 0; i < INTAKE_REFUSALS_MAX; i++) out.refused[i] += intake.refusals[i];
    contacts_count(lan, &out);
    clocks_count(lan, &out);
    if (second) rates_count(lan, &out);
    pthread_mutex_lock(&lan->counts_mutex);
    if (!second) {
        out.records_out_rate = lan->counts.records_out_rate;
        out.records_in_rate = lan->counts.records_in_rate;
        out.bytes_out_rate = lan->counts.bytes_out_rate;
        out.bytes_in_rate = lan->counts.bytes_in_rate;
    }
    lan->counts = out;
    pthread_mutex_unlock(&lan->counts_mutex);
}

void lan_counts(struct lan *lan, struct lan_counts *out) {
    pthread_mutex_lock(&lan->counts_mutex);
    *out = lan->counts;
    pthread_mutex_unlock(&lan->counts_mutex);
}
