/*
 * contacts_offer.c: pass on what has arrived.
 *
 * Records are numbered as they arrive. What a contact brought is not offered back to it; while it is the only contact,
 * whole groups of the intake are passed over without being read.
 */
#include <string.h>

#include "carrier/contacts_internal.h"

static bool is_open(const struct contact *c) {
    return c->phase == CONTACT_RUNNING && c->met;
}

/* The number of the only open contact; 0 if there is none, UINT64_MAX if there are more. */
static uint64_t only_contact(const struct contacts *set) {
    uint64_t number = 0;
    for (const struct contact *c = set->list; c; c = c->next) {
        if (!is_open(c)) continue;
        if (number) return UINT64_MAX;
        number = intake_contact_number(c->intake);
    }
    return number;
}

static int arrival_visit(void *context, const struct store_arrival *a) {
    struct contacts *set = context;
    struct contacts_arrival *one = &set->arrivals[set->arrival_count++];
    *one = (struct contacts_arrival){.num = a->num,
                                     .item = session_store_item(a->urgency, a->num),
                                     .sealed = a->sealed,
                                     .handle = session_store_handle(set->store, a->community)};
    memcpy(one->id, a->id, HASH_SIZE);
    return 0;
}

/* Tell whether a record was written here. */
static bool is_own(struct contacts *set, int64_t num) {
    struct store_record found;
    uint64_t next = 0;
    uint8_t last[HASH_SIZE];
    struct store *store = session_store_enter(set->store);
    if (store_get_num(store, num, set->record, &found) != 0) return false;
    return store_own_get(store, found.record.author, &next, last) == 0 && next > 0;
}

static void arrival_offer(struct contacts *set, const struct contacts_arrival *a) {
    struct intake_origin origin = intake_origin(set->intake, a->id);
    bool own = origin.number == 0 && !a->sealed && is_own(set, a->num); /* nobody learns where it was sealed */
    if (a->handle < 0) return; /* of a community that has just come: the contacts begin anew */
    struct session_offered offered = {.handle = (uint32_t)a->handle, .item = a->item, .own = own, .way = origin.link};
    memcpy(offered.id, a->id, HASH_SIZE);
    for (struct contact *c = set->list; c; c = c->next) {
        if (!is_open(c) || intake_contact_number(c->intake) == origin.number) continue;
        session_offer(c->session, &offered);
        c->more = true;
    }
}

/* Communities that have come are only met by new contacts: end those that are through, so that they are made anew. */
static void communities_look(struct contacts *set) {
    int count = session_store_refresh(set->store);
    if (count < 0 || session_store_told(set->store) == set->communities) return;
    set->communities = session_store_told(set->store);
    struct contact *next;
    for (struct contact *c = set->list; c; c = next) {
        next = c->next;
        if (is_open(c)) contact_goodbye(c, ERR_END);
    }
}

/* Look at one slice. Return whether there may be more. */
static bool slice_offer(struct contacts *set) {
    struct intake_range range;
    uint64_t only = only_contact(set);
    struct store *store = session_store_enter(set->store);
    int64_t newest = store_newest_num(store);
    if (only == 0) set->offered = newest;
    if (set->offered >= newest) return false;
    if (intake_range(set->intake, set->offered + 1, &range) && range.contact == only) {
        set->offered = range.last;
        return true;
    }
    set->arrival_count = 0;
    if (store_arrived_after(store, set->offered, ARRIVALS_MAX, arrival_visit, set) || set->arrival_count == 0) {
        set->offered = newest; /* what can't be read here, the next contact compares */
        return false;
    }
    for (unsigned i = 0; i < set->arrival_count; i++) arrival_offer(set, &set->arrivals[i]);
    set->offered = set->arrivals[set->arrival_count - 1].num;
    return true;
}

bool contacts_offer(struct contacts *set) {
    session_store_time(set->store, contact_now_ms(), set->when.now);
    if (atomic_exchange(&set->offer, false)) communities_look(set);
    bool more = slice_offer(set);
    session_store_leave(set->store);
    return more;
}
