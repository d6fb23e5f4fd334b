/*
 * interfaces.c: each time something may have changed the system is asked for everything, and the differences from what
 * was told before are told. Nothing is carried over from one notification to the next, so none that is lost matters.
 */
#include "carrier/interfaces.h"

#include <stdlib.h>
#include <string.h>

#include "carrier/interfaces_list.h"
#include "carrier/network_watch.h"

struct interfaces {
    struct interfaces_events events;
    struct network_watch *watch;
    size_t name_count, count;
    bool more, blind;
    char names[DISCOVERY_INTERFACES_MAX][IF_NAMESIZE];
    struct interface known[DISCOVERY_INTERFACES_MAX]; /* what was told */
    bool interrupted[DISCOVERY_INTERFACES_MAX];       /* of known */
    void (*stopped)(void *context);
    void *stopped_context;
};

static bool is_wanted(const void *context, const char *name, unsigned flags) {
    const struct interfaces *w = context;
    if (!(flags & IFF_UP) || !(flags & IFF_RUNNING)) return false;
    for (size_t i = 0; i < w->name_count; i++)
        if (strcmp(w->names[i], name) == 0) return flags & (IFF_MULTICAST | IFF_LOOPBACK);
    return w->name_count == 0 && (flags & IFF_MULTICAST) && !(flags & (IFF_LOOPBACK | IFF_POINTOPOINT));
}

static const struct interface *find(const struct interface *list, size_t count, unsigned index) {
    for (size_t i = 0; i < count; i++)
        if (list[i].index == index) return &list[i];
    return NULL;
}

static bool is_same(const struct interface_address *a, const struct interface_address *b) {
    return a->ipv6 == b->ipv6 && a->prefix == b->prefix && a->tentative == b->tentative &&
           memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static bool has_changed(const struct interface *a, const struct interface *b) {
    if (a->address_count != b->address_count) return true;
    for (size_t i = 0; i < a->address_count; i++)
        if (!is_same(&a->addresses[i], &b->addresses[i])) return true;
    return false;
}

static void on_interrupted(void *context, unsigned index) {
    struct interfaces *w = context;
    for (size_t i = 0; i < w->count; i++)
        if (w->known[i].index == index) w->interrupted[i] = true;
}

/* The events may call nothing of this module but refresh, so the lists stay as they are meanwhile. */
static void on_changed(void *context) {
    struct interfaces *w = context;
    struct interface now[DISCOVERY_INTERFACES_MAX];
    int listed = interfaces_list(now, DISCOVERY_INTERFACES_MAX, is_wanted, w, &w->more);
    w->blind = listed < 0;
    if (listed < 0) return;
    size_t now_count = (size_t)listed;
    bool kept[DISCOVERY_INTERFACES_MAX] = {false};
    for (size_t i = 0; i < w->count; i++) {
        const struct interface *same = find(now, now_count, w->known[i].index);
        bool keep = same && !w->interrupted[i] && strcmp(same->name, w->known[i].name) == 0;
        if (keep)
            kept[same - now] = true;
        else
            w->events.gone(w->events.context, w->known[i].index);
    }
    for (size_t i = 0; i < now_count; i++) {
        const struct interface *before = kept[i] ? find(w->known, w->count, now[i].index) : NULL;
        if (!before)
            w->events.appeared(w->events.context, &now[i]);
        else if (has_changed(before, &now[i]))
            w->events.changed(w->events.context, &now[i]);
    }
    memcpy(w->known, now, now_count * sizeof now[0]);
    w->count = now_count;
    memset(w->interrupted, 0, sizeof w->interrupted);
}

int interfaces_start(struct interfaces **out, uv_loop_t *loop, const char (*names)[IF_NAMESIZE], size_t name_count,
                     const struct interfaces_events *events) {
    bool more;
    *out = NULL;
    if (name_count > DISCOVERY_INTERFACES_MAX) return ERR_USAGE;
    struct interfaces *w = calloc(1, sizeof *w);
    if (!w) return ERR_MEMORY;
    w->events = *events;
    w->name_count = name_count;
    if (name_count > 0) memcpy(w->names, names, name_count * sizeof w->names[0]);
    int err = interfaces_list(w->known, DISCOVERY_INTERFACES_MAX, is_wanted, w, &more);
    if (err >= 0)
        err = network_watch_start(&w->watch, loop, &(struct network_watch_events){on_interrupted, on_changed, w});
    if (err < 0)
        free(w);
    else
        *out = w;
    return err;
}

void interfaces_refresh(struct interfaces *w) {
    network_watch_poke(w->watch);
}

bool interfaces_slept(struct interfaces *w) {
    return network_watch_slept(w->watch);
}

enum interfaces_trouble interfaces_trouble(const struct interfaces *w) {
    return w->blind ? INTERFACES_BLIND : w->more ? INTERFACES_MORE : INTERFACES_FINE;
}

static void on_stopped(void *context) {
    struct interfaces *w = context;
    void (*stopped)(void *) = w->stopped;
    void *stopped_context = w->stopped_context;
    free(w);
    stopped(stopped_context);
}

void interfaces_stop(struct interfaces *w, void (*stopped)(void *context), void *context) {
    w->stopped = stopped;
    w->stopped_context = context;
    network_watch_stop(w->watch, on_stopped, w);
}

bool interface_usable(const struct interface *i, bool ipv6) {
    for (size_t a = 0; a < i->address_count; a++)
        if (i->addresses[a].ipv6 == ipv6 && !i->addresses[a].tentative) return true;
    return false;
}

static uint32_t number_of(const uint8_t address[4]) {
    return (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];
}

bool interface_has_neighbour(const struct interface *i, const uint8_t address[4]) {
    for (size_t a = 0; a < i->address_count; a++) {
        const struct interface_address *own = &i->addresses[a];
        if (own->ipv6 || own->prefix == 0) continue;
        uint32_t host = own->prefix >= 32 ? 0 : UINT32_MAX >> own->prefix;
        uint32_t theirs = number_of(address), difference = theirs ^ number_of(own->bytes);
        if (difference & ~host) continue;
        bool is_special = own->prefix < 31 && ((theirs & host) == 0 || (theirs & host) == host);
        return !is_special;
    }
    return false;
}
