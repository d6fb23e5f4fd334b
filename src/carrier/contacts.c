/*
 * contacts.c: the set of contacts: reports, turns, the tick.
 */
#include "carrier/contacts.h"

#include <stdlib.h>

#include "carrier/contacts_internal.h"
#include "carrier/session_mutex.h"
#include "core/check.h"

void contacts_clock(struct contacts *set) {
    set->when = set->config.when(set->config.context);
    set->when_ms = contact_now_ms();
    intake_when(set->intake, set->when);
    session_store_time(set->store, set->when_ms, set->when.now);
}

static int parts_start(struct contacts *set) {
    const struct contacts_config *config = &set->config;
    const struct session_lock lock = session_mutex(config->mutex);
    int err = session_store_new(&set->store, config->store, &lock);
    const struct intake_config intake = {.store = config->store,
                                         .mutex = config->mutex,
                                         .threads = config->threads,
                                         .classes = config->classes,
                                         .wake = config->wake,
                                         .context = config->context};
    if (!err) err = intake_start(&set->intake, &intake);
    if (err) return err;
    contacts_clock(set);
    int communities = session_store_refresh(set->store);
    set->offered = store_newest_num(session_store_enter(set->store));
    session_store_leave(set->store);
    set->communities = communities < 0 ? 0 : session_store_told(set->store);
    return communities < 0 ? communities : 0;
}

int contacts_new(struct contacts **out, const struct contacts_config *config) {
    struct contacts *set = calloc(1, sizeof *set);
    *out = NULL;
    if (!set) return ERR_MEMORY;
    set->config = *config;
    set->addresses = lan_addresses_new();
    int err = set->addresses ? parts_start(set) : ERR_MEMORY;
    if (err) {
        contacts_stop(set);
        contacts_free(set);
        return err;
    }
    *out = set;
    return 0;
}

void contacts_stop(struct contacts *set) {
    struct intake_report report;
    struct contact *next;
    if (set->stopping) return;
    set->stopping = true;
    for (struct contact *c = set->list; c; c = next) {
        next = c->next;
        contact_goodbye(c, ERR_INTERRUPTED);
    }
    if (!set->intake) return;
    intake_drain(set->intake);
    while (intake_next(set->intake, &report)) contact_report(report.owner, &report);
    for (struct contact *c = set->list; c; c = next) {
        next = c->next;
        intake_contact_free(c->intake, false);
        c->intake = NULL;
        contact_settle_end(c);
    }
    intake_stop(set->intake);
    set->intake = NULL;
}

void contacts_free(struct contacts *set) {
    if (!set) return;
    CHECK(!set->list && !set->intake);
    session_store_free(set->store);
    lan_addresses_free(set->addresses);
    free(set);
}

/* ---- The loop's ---- */

void contacts_busy(struct contacts *set) {
    set->config.busy(set->config.context);
}

void contacts_work(struct contacts *set) {
    struct intake_report report;
    bool came = false;
    if (set->stopping) return;
    while (intake_next(set->intake, &report)) {
        came = came || report.records > 0;
        contact_report(report.owner, &report);
    }
    if (came || atomic_load(&set->offer))
        if (contacts_offer(set)) contacts_busy(set);
    if (came && set->config.stored) set->config.stored(set->config.context);
}

bool contacts_turns(struct contacts *set) {
    struct contact *next;
    if (set->stopping) return false;
    bool more = contacts_offer(set);
    /* A contact that ends in its turn stays in the list until its carrier has closed its links: next holds. */
    for (struct contact *c = set->list; c; c = next) {
        next = c->next;
        if (!c->more) continue;
        c->carrier->turn(c);
        more = true;
    }
    return more;
}

void contacts_tick(struct contacts *set) {
    struct contact *next;
    if (set->stopping) return;
    contacts_clock(set);
    for (struct contact *c = set->list; c; c = next) {
        next = c->next;
        if (c->phase == CONTACT_RUNNING && session_view_is_overdue(c->view)) contact_goodbye(c, ERR_LIMIT);
    }
}

void contacts_offer_new(struct contacts *set) {
    atomic_store(&set->offer, true);
    set->config.wake(set->config.context);
}

/* ---- Asked by carriers ---- */

struct lan_addresses *contacts_addresses(struct contacts *set) {
    return set->addresses;
}

void contacts_rest(struct contacts *set) {
    session_store_leave(set->store);
}

void contacts_turn_away(struct contacts *set) {
    set->turned_away++;
}

bool contacts_is_stopping(const struct contacts *set) {
    return set->stopping;
}

unsigned contacts_near(const struct contacts *set) {
    unsigned count = 0;
    for (const struct contact *c = set->list; c; c = c->next) count += c->phase == CONTACT_RUNNING && c->met;
    return count;
}
