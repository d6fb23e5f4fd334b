/*
 * dial_plan.c: the tables of targets, and the choice among those that are due.
 */
#include "node/dial_plan.h"

#include <assert.h>
#include <string.h>

#include "node/address.h"

/* Several networks appear together, and an address takes a moment until it can be used. */
#define HURRY_MS 20

static const struct sockaddr *plain(const struct sockaddr_storage *address) {
    return (const struct sockaddr *)address;
}

/* A pause after so many failures: doubled each time, a quarter more or less so that nodes don't move in step. */
static uint64_t pause_ms(struct dial_plan *p, unsigned tries) {
    uint64_t pause = PEERS_PAUSE_MS;
    for (unsigned i = 1; i < tries && pause < PEERS_PAUSE_MS_MAX; i++) pause *= 2;
    if (pause > PEERS_PAUSE_MS_MAX) pause = PEERS_PAUSE_MS_MAX;
    return pause - pause / 4 + p->random() % (pause / 2 + 1);
}

static void target_wait(struct dial_target *t, uint64_t due_ms) {
    t->state = DIAL_WAITS;
    t->due_ms = due_ms;
}

static void target_fail(struct dial_plan *p, struct dial_target *t, uint64_t now_ms) {
    t->tries++;
    target_wait(t, now_ms + pause_ms(p, t->tries));
}

void dial_plan_init(struct dial_plan *p, unsigned name_count, uint64_t now_ms) {
    assert(name_count <= PEERS_NAMED_MAX);
    p->name_count = name_count;
    p->dialled_next = 0;
    memset(p->names, 0, sizeof p->names);
    memset(p->heard, 0, sizeof p->heard);
    memset(p->dialled_ms, 0, sizeof p->dialled_ms);
    for (unsigned i = 0; i < name_count; i++) target_wait(&p->names[i].target, now_ms);
}

/* ---- What was heard ---- */

/* Find the place of an address, or one for it: an empty one, else the one heard longest ago that is in no contact. */
static struct dial_heard *heard_place(struct dial_plan *p, const struct sockaddr *address) {
    struct dial_heard *place = NULL;
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++) {
        struct dial_heard *h = &p->heard[i];
        if (h->target.state == DIAL_FREE) {
            if (!place || place->target.state != DIAL_FREE) place = h;
            continue;
        }
        if (address_is_same(plain(&h->target.address), address)) return h;
        if (h->target.state == DIAL_IN_CONTACT || (place && place->target.state == DIAL_FREE)) continue;
        if (!place || h->heard_ms < place->heard_ms) place = h;
    }
    if (place) place->target = (struct dial_target){.state = DIAL_FREE};
    return place;
}

void dial_plan_heard(struct dial_plan *p, const struct sockaddr *address, bool we_connect, uint64_t now_ms) {
    uint64_t due = now_ms + (we_connect ? 0 : PEERS_WAIT_MS);
    socklen_t size = address_size(address);
    struct dial_heard *h = size > 0 ? heard_place(p, address) : NULL;
    if (!h) return;
    h->heard_ms = now_ms;
    h->we_connect = we_connect;
    if (h->target.state == DIAL_FREE) {
        memset(&h->target.address, 0, sizeof h->target.address);
        memcpy(&h->target.address, address, size);
        target_wait(&h->target, due);
    } else if (h->target.state == DIAL_IN_CONTACT) {
        /* It has come back, and the contact from before has not noticed that it was gone. */
        if (p->contacts_with(p->context, address) == 0) target_wait(&h->target, due);
    } else if (h->target.state == DIAL_WAITS) {
        h->target.tries = 0;
        if (due < h->target.due_ms) h->target.due_ms = due;
    }
}

/* Tell whether this very address is in contact, by us, or is being dialled. */
static bool is_dialled(const struct dial_plan *p, const struct sockaddr *address) {
    for (unsigned i = 0; i < p->name_count; i++)
        if (p->names[i].target.state == DIAL_IN_CONTACT && address_is_same(plain(&p->names[i].target.address), address))
            return true;
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++)
        if (p->heard[i].target.state == DIAL_IN_CONTACT && address_is_same(plain(&p->heard[i].target.address), address))
            return true;
    return false;
}

/* Tell whether a node that was heard is in contact: dialled by us, or there are as many contacts with its host as nodes
 * are known there (of a contact that came in, the port says nothing). */
static bool is_covered(const struct dial_plan *p, const struct sockaddr *address) {
    unsigned nodes = 0;
    if (is_dialled(p, address)) return true;
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++)
        if (p->heard[i].target.state != DIAL_FREE && address_is_same_host(plain(&p->heard[i].target.address), address))
            nodes++;
    return p->contacts_with(p->context, address) >= nodes;
}

static unsigned heard_in_contact(const struct dial_plan *p) {
    unsigned count = 0;
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++) count += p->heard[i].target.state == DIAL_IN_CONTACT;
    return count;
}

/* ---- The next step ---- */

/* Return when one more may be dialled: now or later. */
static uint64_t dial_room_ms(const struct dial_plan *p, uint64_t now_ms) {
    uint64_t oldest = p->dialled_ms[p->dialled_next];
    return oldest == 0 || oldest - 1 + PEERS_DIALS_MS <= now_ms ? now_ms : oldest - 1 + PEERS_DIALS_MS;
}

static struct dial_step step_dial(struct dial_plan *p, struct dial_target *t, bool is_wanted, uint64_t now_ms) {
    struct dial_step step = {.what = DIAL_CONNECT, .is_wanted = is_wanted, .address = t->address};
    t->state = DIAL_IN_CONTACT;
    p->dialled_ms[p->dialled_next] = now_ms + 1;
    p->dialled_next = (p->dialled_next + 1) % PEERS_DIALS_MAX;
    return step;
}

/* The next step of a name that is due: look it up, or dial the next address that it has. */
static struct dial_step name_step(struct dial_plan *p, unsigned index, uint64_t now_ms) {
    struct dial_name *n = &p->names[index];
    while (n->next < n->count) {
        n->target.address = n->found[n->next++];
        if (!is_dialled(p, plain(&n->target.address))) return step_dial(p, &n->target, true, now_ms);
        target_wait(&n->target, now_ms + PEERS_LOOK_MS); /* discovery was quicker */
        return (struct dial_step){.what = DIAL_NOTHING};
    }
    n->count = n->next = 0;
    n->target.state = DIAL_LOOKS_UP;
    return (struct dial_step){.what = DIAL_LOOK_UP, .name = index};
}

struct dial_step dial_plan_next(struct dial_plan *p, uint64_t now_ms) {
    bool room = dial_room_ms(p, now_ms) <= now_ms;
    for (unsigned i = 0; i < p->name_count; i++) {
        const struct dial_name *n = &p->names[i];
        if (n->target.state != DIAL_WAITS || n->target.due_ms > now_ms || (!room && n->next < n->count)) continue;
        struct dial_step step = name_step(p, i, now_ms);
        if (step.what != DIAL_NOTHING) return step;
    }
    unsigned in_contact = heard_in_contact(p);
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++) {
        struct dial_heard *h = &p->heard[i];
        if (h->target.state != DIAL_WAITS || h->target.due_ms > now_ms) continue;
        if (now_ms - h->heard_ms >= PEERS_HEARD_MS)
            h->target.state = DIAL_FREE;
        else if (in_contact >= PEERS_DIALLED_MAX || is_covered(p, plain(&h->target.address)))
            h->target.due_ms = now_ms + PEERS_LOOK_MS;
        else if (room)
            return step_dial(p, &h->target, false, now_ms);
    }
    return (struct dial_step){.what = DIAL_NOTHING};
}

uint64_t dial_plan_due(const struct dial_plan *p, uint64_t now_ms) {
    uint64_t room = dial_room_ms(p, now_ms), due = UINT64_MAX;
    for (unsigned i = 0; i < p->name_count; i++)
        if (p->names[i].target.state == DIAL_WAITS && p->names[i].target.due_ms < due) due = p->names[i].target.due_ms;
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++)
        if (p->heard[i].target.state == DIAL_WAITS && p->heard[i].target.due_ms < due) due = p->heard[i].target.due_ms;
    return due < room ? room : due; /* what is overdue waits for room */
}

/* ---- What became of it ---- */

void dial_plan_found(struct dial_plan *p, unsigned name, const struct sockaddr *address, uint64_t now_ms) {
    struct dial_name *n = &p->names[name];
    assert(name < p->name_count && n->target.state == DIAL_LOOKS_UP);
    if (address) {
        socklen_t size = address_size(address);
        if (size == 0 || n->count == PEERS_NAMED_ADDRESSES_MAX) return;
        memset(&n->found[n->count], 0, sizeof n->found[n->count]);
        memcpy(&n->found[n->count++], address, size);
    } else if (n->count == 0) {
        target_fail(p, &n->target, now_ms);
    } else {
        target_wait(&n->target, now_ms);
    }
}

/* A name's dial came to nothing: the next address at once, or a pause before all of them are looked up again. */
static void name_fail(struct dial_plan *p, struct dial_name *n, uint64_t now_ms) {
    if (n->next < n->count)
        target_wait(&n->target, now_ms);
    else
        target_fail(p, &n->target, now_ms);
}

void dial_plan_failed(struct dial_plan *p, const struct sockaddr *address, uint64_t now_ms) {
    const struct dial_end end = {.address = address, .dialled = true};
    dial_plan_ended(p, &end, now_ms);
}

/* A contact that was one: the next comes soon, unless they keep ending at once. */
static void target_end(struct dial_plan *p, struct dial_target *t, const struct dial_end *end, uint64_t now_ms) {
    if (end->settled || end->seconds >= PEERS_LASTED_SECONDS) t->tries = 0;
    target_fail(p, t, now_ms);
}

/* Tell whether a node has just come back that is to be dialled, and what ended was the contact from before. */
static bool has_returned(const struct dial_heard *h, const struct dial_end *end, uint64_t now_ms) {
    return end->settled && h->we_connect && now_ms - h->heard_ms < PEERS_WAIT_MS;
}

void dial_plan_ended(struct dial_plan *p, const struct dial_end *end, uint64_t now_ms) {
    for (unsigned i = 0; end->dialled && i < p->name_count; i++) {
        struct dial_name *n = &p->names[i];
        if (n->target.state != DIAL_IN_CONTACT || !address_is_same(plain(&n->target.address), end->address)) continue;
        if (!end->met) {
            name_fail(p, n, now_ms);
        } else {
            n->count = n->next = 0;
            target_end(p, &n->target, end, now_ms);
        }
        return;
    }
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++) {
        struct dial_heard *h = &p->heard[i];
        if (end->dialled) {
            if (h->target.state != DIAL_IN_CONTACT || !address_is_same(plain(&h->target.address), end->address))
                continue;
            if (end->blamed)
                h->target.state = DIAL_FREE;
            else if (has_returned(h, end, now_ms))
                target_wait(&h->target, now_ms + HURRY_MS);
            else
                target_end(p, &h->target, end, now_ms);
            return;
        }
        /* It had dialled us, and will again; if not, we do. */
        if (h->target.state == DIAL_WAITS && address_is_same_host(plain(&h->target.address), end->address) &&
            !end->blamed)
            h->target.due_ms = now_ms + (has_returned(h, end, now_ms) ? HURRY_MS : PEERS_WAIT_MS);
    }
}

void dial_plan_hurry(struct dial_plan *p, uint64_t now_ms) {
    for (unsigned i = 0; i < p->name_count; i++) {
        struct dial_target *t = &p->names[i].target;
        if (t->state != DIAL_WAITS) continue;
        t->tries = 0;
        if (t->due_ms > now_ms + HURRY_MS) t->due_ms = now_ms + HURRY_MS;
    }
    for (size_t i = 0; i < PEERS_HEARD_MAX; i++) {
        struct dial_heard *h = &p->heard[i];
        if (h->target.state != DIAL_WAITS) continue;
        h->target.tries = 0;
        if (h->we_connect && h->target.due_ms > now_ms + HURRY_MS) h->target.due_ms = now_ms + HURRY_MS;
    }
}
