/*
 * lan.c: the life of the LAN carrier: start, dial, stop, and what other threads ask for.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/lan_internal.h"
#include "core/check.h"

#define TICK_MS 1000

/* ---- Contacts ---- */

struct lan_contact *lan_contact_new(struct lan *lan) {
    unsigned place = 0;
    while (place < LAN_CONTACTS_MAX && lan->contacts[place]) place++;
    struct lan_contact *c = place < LAN_CONTACTS_MAX ? calloc(1, sizeof *c) : NULL;
    if (!c) return NULL;
    c->lan = lan;
    if (uv_tcp_init(lan->loop, &c->tcp) != 0) {
        free(c);
        return NULL;
    }
    uv_timer_init(lan->loop, &c->timer);
    c->tcp.data = c->timer.data = c;
    contact_init(&c->contact, lan->set, &lan_carrier);
    c->contact.links = 2;
    lan->contacts[place] = c;
    return c;
}

static void lan_free(struct lan *lan) {
    void (*stopped)(void *) = lan->stopped;
    void *context = lan->stopped_context;
    contacts_free(lan->set);
    pthread_mutex_destroy(&lan->counts_mutex);
    free(lan);
    if (stopped) stopped(context);
}

static void free_if_over(struct lan *lan) {
    if (!lan->stopping || lan->handles > 0) return;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        if (lan->contacts[i]) return;
    lan_free(lan);
}

void lan_on_close(uv_handle_t *handle) {
    struct lan *lan = handle->data;
    lan->handles--;
    free_if_over(lan);
}

void lan_contact_gone(struct contact *contact) {
    struct lan_contact *c = (struct lan_contact *)contact;
    struct lan *lan = c->lan;
    struct lan_ended ended;
    unsigned place = 0;
    while (lan->contacts[place] != c) place++;
    lan->contacts[place] = NULL;
    lan->failed += c->dialled && contact->err == ERR_NET;
    lan_contact_tell(c, &ended);
    if (!c->quiet && lan->config.ended) lan->config.ended(lan->config.context, &ended);
    free(c->memory);
    free(c);
    if (!lan->stopping) lan_count(lan, false);
    free_if_over(lan);
}

unsigned lan_contacts_of(const struct lan *lan, const struct lan_key *key) {
    unsigned count = 0;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        count += lan->contacts[i] && lan_key_equal(&lan->contacts[i]->contact.key, key);
    return count;
}

unsigned lan_contacts_with(const struct lan *lan, const struct sockaddr *address) {
    struct lan_key key;
    uint64_t now_ms = contact_now_ms();
    unsigned count = 0;
    lan_key_of(&key, address);
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        const struct lan_contact *c = lan->contacts[i];
        if (!c || c->contact.phase == CONTACT_ENDING || !lan_key_equal(&c->contact.key, &key)) continue;
        count += c->contact.phase == CONTACT_NEW || now_ms - c->heard_ms < LAN_ALIVE_MS;
    }
    return count;
}

uint16_t lan_port(const struct lan *lan) {
    return lan->port;
}

/* ---- The loop's calls ---- */

static void on_turns(uv_idle_t *idle) {
    const struct lan *lan = idle->data;
    if (!contacts_turns(lan->set)) uv_idle_stop(idle);
}

static void on_busy(void *context) {
    struct lan *lan = context;
    if (!lan->stopping) uv_idle_start(&lan->turns, on_turns);
}

static void on_wake(uv_async_t *async) {
    const struct lan *lan = async->data;
    if (!lan->stopping) contacts_work(lan->set);
}

/* Called on the intake's thread. */
static void set_wake(void *context) {
    uv_async_send(&((struct lan *)context)->wake);
}

static void on_stored(void *context) {
    const struct lan *lan = context;
    if (lan->config.stored) lan->config.stored(lan->config.context);
}

static void on_settled(void *context, struct contact *c) {
    const struct lan *lan = context;
    if (lan->settled && c->carrier == &lan_carrier) lan->settled(lan->settled_context, (struct lan_contact *)c);
}

static struct when on_when(void *context) {
    const struct lan *lan = context;
    return lan->config.when(lan->config.context);
}

static void on_tick(uv_timer_t *timer) {
    struct lan *lan = timer->data;
    contacts_tick(lan->set);
    lan_network_changed(lan);
    lan_count(lan, true);
}

/* ---- Start and stop ---- */

static int handles_start(struct lan *lan) {
    if (uv_async_init(lan->loop, &lan->wake, on_wake) != 0) return ERR_MEMORY;
    uv_timer_init(lan->loop, &lan->tick);
    uv_idle_init(lan->loop, &lan->turns);
    lan->wake.data = lan->tick.data = lan->turns.data = lan;
    lan->handles = 3;
    return 0;
}

static int set_start(struct lan *lan) {
    const struct contacts_config config = {.store = lan->config.store,
                                           .mutex = lan->config.mutex,
                                           .when = on_when,
                                           .threads = lan->config.threads,
                                           .classes = lan->config.classes,
                                           .wake = set_wake,
                                           .busy = on_busy,
                                           .stored = on_stored,
                                           .settled = on_settled,
                                           .context = lan};
    return contacts_new(&lan->set, &config);
}

static void handles_close(struct lan *lan) {
    if (lan->listening) uv_close((uv_handle_t *)&lan->listener, lan_on_close);
    uv_close((uv_handle_t *)&lan->wake, lan_on_close);
    uv_close((uv_handle_t *)&lan->tick, lan_on_close);
    uv_close((uv_handle_t *)&lan->turns, lan_on_close);
}

int lan_start(struct lan **out, uv_loop_t *loop, const struct lan_config *config, char why[LAN_WHY_SIZE]) {
    struct lan *lan = calloc(1, sizeof *lan);
    *out = NULL;
    if (why) why[0] = '\0';
    if (!lan) return ERR_MEMORY;
    CHECK(lan_contact_size() <= LAN_CONTACT_MEMORY);
    lan->config = *config;
    lan->loop = loop;
    pthread_mutex_init(&lan->counts_mutex, NULL);
    int err = handles_start(lan);
    if (err) {
        lan_free(lan);
        return err;
    }
    err = set_start(lan);
    if (!err && !config->no_listen) err = lan_listen(lan, why);
    lan->config.listen = NULL;
    if (err) {
        if (why && !why[0]) snprintf(why, LAN_WHY_SIZE, "%s", err_text(err));
        lan_stop(lan, NULL, NULL);
        return err;
    }
    uv_timer_start(&lan->tick, on_tick, TICK_MS, TICK_MS);
    lan_count(lan, true);
    *out = lan;
    return 0;
}

void lan_stop(struct lan *lan, void (*stopped)(void *context), void *context) {
    if (!lan) return;
    lan->stopping = true;
    lan->stopped = stopped;
    lan->stopped_context = context;
    if (lan->set) contacts_stop(lan->set);
    handles_close(lan);
}

/* ---- Dialling ---- */

static void on_connect(uv_connect_t *request, int status) {
    struct lan_contact *c = request->data;
    if (c->contact.phase != CONTACT_NEW) return;
    if (status < 0)
        contact_end(&c->contact, ERR_NET, false);
    else
        lan_contact_begin(c);
}

static unsigned dialling(const struct lan *lan) {
    unsigned count = 0;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        count += lan->contacts[i] && lan->contacts[i]->contact.phase == CONTACT_NEW;
    return count;
}

int lan_dial(struct lan *lan, const struct sockaddr *address, bool is_wanted) {
    struct lan_key key;
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) return ERR_NET;
    if (lan->stopping) return ERR_INTERRUPTED;
    lan_key_of(&key, address);
    if (!is_wanted && lan_address_is_held(contacts_addresses(lan->set), &key, contact_now_ms())) return ERR_BUSY;
    if (dialling(lan) >= LAN_DIALLING_MAX || lan_contacts_of(lan, &key) >= LAN_CONTACTS_OF_ONE) return ERR_LIMIT;
    struct lan_contact *c = lan_contact_new(lan);
    if (!c) return ERR_LIMIT;
    memcpy(&c->address, address,
           address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    c->contact.key = key;
    c->dialled = true;
    c->connect.data = c;
    lan->dialled++;
    if (uv_tcp_connect(&c->connect, &c->tcp, address, on_connect) != 0) {
        contact_end(&c->contact, ERR_NET, false);
        return 0;
    }
    lan_contact_dialling(c);
    return 0;
}

/* ---- Other threads ---- */

void lan_offer_new(struct lan *lan) {
    contacts_offer_new(lan->set);
}

struct contacts *lan_set(struct lan *lan) {
    return lan->set;
}

void lan_count(struct lan *lan, bool second) {
    struct contacts_counts out;
    contacts_count(lan->set, second, &out);
    out.dialled = lan->dialled;
    out.failed = lan->failed;
    out.contact_bytes = lan_contact_size();
    out.port = lan->port;
    pthread_mutex_lock(&lan->counts_mutex);
    lan->counts = out;
    pthread_mutex_unlock(&lan->counts_mutex);
}

void lan_counts(struct lan *lan, struct contacts_counts *out) {
    pthread_mutex_lock(&lan->counts_mutex);
    *out = lan->counts;
    pthread_mutex_unlock(&lan->counts_mutex);
}
