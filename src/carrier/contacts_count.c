/*
 * contacts_count.c: counts and rates.
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/contacts_internal.h"
#include "core/check.h"

static void state_count(const struct contact *c, struct contacts_counts *out) {
    CHECK(out->state_count < CONTACTS_MAX);
    out->states[out->state_count++] =
        (struct contact_state){.http = c->carrier->http,
                               .met = c->met,
                               .settled = c->settled,
                               .seconds = (uint32_t)((contact_now_ms() - c->started_ms) / 1000),
                               .communities = c->status.communities,
                               .sent = c->status.sent,
                               .received = c->records_in};
    if (c->carrier->http) {
        out->phones += c->met;
        out->phones_settled += c->settled;
    } else {
        out->contacts++;
        out->handshaking += !c->met;
        out->settled += c->settled;
    }
}

static void moved_count(const struct contacts *set, struct contacts_counts *out) {
    out->records_out = set->over.records_out;
    out->chunks_out = set->over.chunks_out;
    out->bytes_out = set->over.bytes_out;
    out->bytes_in = set->over.bytes_in;
    for (const struct contact *c = set->list; c; c = c->next) {
        out->records_out += c->status.sent;
        out->chunks_out += c->status.chunks_sent;
        out->bytes_out += c->bytes_out;
        out->bytes_in += c->bytes_in;
        if (c->phase == CONTACT_RUNNING) state_count(c, out);
    }
}

static int64_t difference(const struct contacts *set, const struct contact *c) {
    /* Both clocks at the moment at which the peer told its own, which may be later than ours was asked for. */
    int64_t since_ms = (int64_t)(set->when_ms - c->status.peer_clock_ms);
    return (int64_t)(c->status.peer_clock - set->when.now) + since_ms / 1000;
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static void clocks_count(const struct contacts *set, struct contacts_counts *out) {
    int64_t ahead[CONTACTS_MAX];
    for (const struct contact *c = set->list; c; c = c->next) {
        if (c->phase != CONTACT_RUNNING || c->status.peer_clock == 0) continue;
        ahead[out->clocks++] = difference(set, c);
    }
    if (out->clocks == 0) return;
    qsort(ahead, out->clocks, sizeof *ahead, compare);
    out->clock_ahead_seconds = ahead[out->clocks / 2];
}

static void rates_count(struct contacts *set, const struct contacts_counts *out) {
    const struct contacts_rates now = {.records_out = out->records_out,
                                       .records_in = out->records_in,
                                       .bytes_out = out->bytes_out,
                                       .bytes_in = out->bytes_in};
    unsigned places = sizeof set->marks / sizeof *set->marks;
    set->marks[set->mark_count++ % places] = now;
    unsigned back = set->mark_count > RATE_SECONDS ? RATE_SECONDS : set->mark_count - 1;
    const struct contacts_rates *before = &set->marks[(set->mark_count - 1 - back) % places];
    if (back == 0) return;
    set->rates = (struct contacts_rates){.records_out = (now.records_out - before->records_out) / back,
                                         .records_in = (now.records_in - before->records_in) / back,
                                         .bytes_out = (now.bytes_out - before->bytes_out) / back,
                                         .bytes_in = (now.bytes_in - before->bytes_in) / back};
}

void contacts_count(struct contacts *set, bool second, struct contacts_counts *out) {
    struct intake_counts intake;
    *out = (struct contacts_counts){.met = set->over.met,
                                    .turned_away = set->turned_away,
                                    .held_off = lan_addresses_held(set->addresses, contact_now_ms())};
    intake_counts(set->intake, &intake);
    out->records_in = intake.records;
    out->records_known = intake.known;
    out->records_refused = intake.refused;
    out->chunks_in = intake.chunks;
    memcpy(out->refused, set->refused, sizeof out->refused);
    for (unsigned i = 0; i < INTAKE_REFUSALS_MAX; i++) out->refused[i] += intake.refusals[i];
    moved_count(set, out);
    clocks_count(set, out);
    if (second) rates_count(set, out);
    out->records_out_rate = set->rates.records_out;
    out->records_in_rate = set->rates.records_in;
    out->bytes_out_rate = set->rates.bytes_out;
    out->bytes_in_rate = set->rates.bytes_in;
}
