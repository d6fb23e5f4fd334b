/*
 * lan_offer.c: pass on what has arrived.
 *
 * Records are numbered as they arrive. What a contact brought is not offered back to it; while it is the only contact,
 * whole groups of the intake are passed over without being read.
 */
#include <string.h>

#include "carrier/lan_internal.h"

static bool is_open(const struct lan_contact *c) {
    return c && c->phase == CONTACT_RUNNING && c->met;
}

/* The number of the only open contact; 0 if there is none, UINT64_MAX if there are more. */
static uint64_t only_contact(const struct lan *lan) {
    uint64_t number = 0;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        if (!is_open(lan->contacts[i])) continue;
        if (number) return UINT64_MAX;
        number = intake_contact_number(lan->contacts[i]->intake);
    }
    return number;
}

static int arrival_visit(void *context, const struct store_arrival *a) {
    struct lan *lan = context;
    struct lan_arrival *one = &lan->arrivals[lan->arrival_count++];
    *one = (struct lan_arrival){.num = a->num,
                                .item = session_store_item(a->urgency, a->num),
                                .handle = session_store_handle(lan->store, a->community)};
    memcpy(one->id, a->id, HASH_SIZE);
    return 0;
}

/* Tell whether a record was written here. */
static bool is_own(struct lan *lan, int64_t num) {
    struct store_record found;
    uint64_t next = 0;
    uint8_t last[HASH_SIZE];
    struct store *store = session_store_enter(lan->store);
    if (store_get_num(store, num, lan->record, &found) != 0) return false;
    return store_own_get(store, found.record.author, &next, last) == 0 && next > 0;
}

static void arrival_offer(struct lan *lan, const struct lan_arrival *a) {
    uint64_t origin = intake_origin(lan->intake, a->id);
    bool own = origin == 0 && is_own(lan, a->num);
    if (a->handle < 0) return; /* of a community that has just come: the contacts begin anew */
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        struct lan_contact *c = lan->contacts[i];
        if (!is_open(c) || intake_contact_number(c->intake) == origin) continue;
        session_offer(c->session, (uint32_t)a->handle, a->id, a->item, own);
        c->more = true;
    }
}

/* Communities that have come are only met by new contacts: end those that are through, so that they are made anew. */
static void communities_look(struct lan *lan) {
    int count = session_store_refresh(lan->store);
    if (count < 0 || (unsigned)count == lan->communities) return;
    lan->communities = (unsigned)count;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        if (is_open(lan->contacts[i])) lan_contact_goodbye(lan->contacts[i], ERR_END);
}

/* Look at one slice. Return whether there may be more. */
static bool slice_offer(struct lan *lan) {
    struct intake_range range;
    uint64_t only = only_contact(lan);
    struct store *store = session_store_enter(lan->store);
    int64_t newest = store_newest_num(store);
    if (only == 0) lan->offered = newest;
    if (lan->offered >= newest) return false;
    if (intake_range(lan->intake, lan->offered + 1, &range) && range.contact == only) {
        lan->offered = range.last;
        return true;
    }
    lan->arrival_count = 0;
    if (store_arrived_after(store, lan->offered, LAN_ARRIVALS, arrival_visit, lan) || lan->arrival_count == 0) {
        lan->offered = newest; /* what can't be read here, the next contact compares */
        return false;
    }
    for (unsigned i = 0; i < lan->arrival_count; i++) arrival_offer(lan, &lan->arrivals[i]);
    lan->offered = lan->arrivals[lan->arrival_count - 1].num;
    return true;
}

bool lan_offer(struct lan *lan) {
    session_store_time(lan->store, lan_now_ms(), lan->when.now);
    if (atomic_exchange(&lan->offer, false)) communities_look(lan);
    bool more = slice_offer(lan);
    session_store_leave(lan->store);
    return more;
}
