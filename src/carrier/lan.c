/*
 * lan.c: the life of the LAN carrier: start, dial, stop, and what other threads ask for.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/lan_internal.h"
#include "carrier/session_mutex.h"
#include "core/check.h"

#define TICK_MS 1000

/* ---- Contacts ---- */

struct lan_contact *lan_contact_new(struct lan *lan) {
    unsigned place = 0;
    while (place < LAN_CONTACTS_MAX && lan->contacts[place]) place++;
    struct lan_contact *c = place < LAN_CONTACTS_MAX ? calloc(1, sizeof *c) : NULL;
    if (!c) return NULL;
    c->lan = lan;
    c->started_ms = lan_now_ms();
    if (uv_tcp_init(lan->loop, &c->tcp) != 0) {
        free(c);
        return NULL;
    }
    uv_timer_init(lan->loop, &c->timer);
    c->tcp.data = c->timer.data = c;
    c->handles = 2;
    lan->contacts[place] = c;
    return c;
}

static void lan_free(struct lan *lan) {
    void (*stopped)(void *) = lan->stopped;
    void *context = lan->stopped_context;
    session_store_free(lan->store);
    lan_addresses_free(lan->addresses);
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

void lan_contact_gone(struct lan_contact *c) {
    struct lan *lan = c->lan;
    struct lan_ended ended;
    unsigned place = 0;
    while (lan->contacts[place] != c) place++;
    lan->contacts[place] = NULL;
    lan->over.records_out += c->status.sent;
    lan->over.chunks_out += c->status.chunks_sent;
    lan->over.bytes_out += c->bytes_out;
    lan->over.bytes_in += c->bytes_in;
    lan->failed += c->dialled && c->err == ERR_NET;
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
        count += lan->contacts[i] && lan_key_equal(&lan->contacts[i]->key, key);
    return count;
}

unsigned lan_contacts_with(const struct lan *lan, const struct sockaddr *address) {
    struct lan_key key;
    uint64_t now_ms = lan_now_ms();
    unsigned count = 0;
    lan_key_of(&key, address);
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        const struct lan_contact *c = lan->contacts[i];
        if (!c || c->phase == CONTACT_ENDING || !lan_key_equal(&c->key, &key)) continue;
        count += c->phase == CONTACT_DIALLING || now_ms - c->heard_ms < LAN_ALIVE_MS;
    }
    return count;
}

uint16_t lan_port(const struct lan *lan) {
    return lan->port;
}

/* ---- The loop's calls ---- */

void lan_turns_run(uv_idle_t *idle) {
    struct lan *lan = idle->data;
    bool more = lan_offer(lan);
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        struct lan_contact *c = lan->contacts[(lan->next_turn + i) % LAN_CONTACTS_MAX];
        if (!c || !c->more) continue;
        lan_contact_turn(c);
        more = true;
    }
    lan->next_turn++;
    if (!more) uv_idle_stop(idle);
}

static void on_wake(uv_async_t *async) {
    struct lan *lan = async->data;
    struct intake_report report;
    bool came = false;
    while (intake_next(lan->intake, &report)) {
        came = came || report.records > 0;
        lan_contact_report(report.owner, &report);
    }
    if (came || atomic_load(&lan->offer))
        if (lan_offer(lan)) uv_idle_start(&lan->turns, lan_turns_run);
    if (came && lan->config.stored) lan->config.stored(lan->config.context);
}

/* Called on the intake's thread. */
static void intake_on_wake(void *context) {
    uv_async_send(&((struct lan *)context)->wake);
}

static void clock_ask(struct lan *lan) {
    lan->when = lan->config.when(lan->config.context);
    lan->when_ms = lan_now_ms();
    intake_when(lan->intake, lan->when);
}

static void on_tick(uv_timer_t *timer) {
    struct lan *lan = timer->data;
    clock_ask(lan);
    session_store_time(lan->store, lan_now_ms(), lan->when.now);
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        struct lan_contact *c = lan->contacts[i];
        if (c && c->phase == CONTACT_RUNNING && session_view_is_overdue(c->view)) lan_contact_goodbye(c, ERR_LIMIT);
    }
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

static int parts_start(struct lan *lan) {
    const struct lan_config *config = &lan->config;
    const struct session_lock lock = session_mutex(config->mutex);
    int err = session_store_new(&lan->store, config->store, &lock);
    const struct intake_config intake = {.store = config->store,
                                         .mutex = config->mutex,
                                         .threads = config->threads,
                                         .wake = intake_on_wake,
                                         .context = lan};
    if (!err) err = intake_start(&lan->intake, &intake);
    if (err) return err;
    clock_ask(lan);
    session_store_time(lan->store, lan_now_ms(), lan->when.now);
    int communities = session_store_refresh(lan->store);
    lan->offered = store_newest_num(session_store_enter(lan->store));
    session_store_leave(lan->store);
    lan->communities = communities < 0 ? 0 : (unsigned)communities;
    return communities < 0 ? communities : 0;
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
    lan->addresses = lan_addresses_new();
    int err = lan->addresses ? handles_start(lan) : ERR_MEMORY;
    if (err) {
        lan_free(lan);
        return err;
    }
    err = parts_start(lan);
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
    struct intake_report report;
    if (!lan) return;
    lan->stopping = true;
    lan->stopped = stopped;
    lan->stopped_context = context;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        if (lan->contacts[i]) lan_contact_goodbye(lan->contacts[i], ERR_INTERRUPTED);
    if (lan->intake) {
        intake_drain(lan->intake);
        while (intake_next(lan->intake, &report)) lan_contact_report(report.owner, &report);
        for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
            if (!lan->contacts[i]) continue;
            intake_contact_free(lan->contacts[i]->intake, false);
            lan->contacts[i]->intake = NULL;
            lan_contact_settle_end(lan->contacts[i]);
        }
        intake_stop(lan->intake);
        lan->intake = NULL;
    }
    handles_close(lan);
}

/* ---- Dialling ---- */

static void on_connect(uv_connect_t *request, int status) {
    struct lan_contact *c = request->data;
    if (c->phase != CONTACT_DIALLING) return;
    if (status < 0)
        lan_contact_end(c, ERR_NET, false);
    else
        lan_contact_begin(c);
}

static unsigned dialling(const struct lan *lan) {
    unsigned count = 0;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        count += lan->contacts[i] && lan->contacts[i]->phase == CONTACT_DIALLING;
    return count;
}

int lan_dial(struct lan *lan, const struct sockaddr *address, bool is_wanted) {
    struct lan_key key;
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) return ERR_NET;
    if (lan->stopping) return ERR_INTERRUPTED;
    lan_key_of(&key, address);
    if (!is_wanted && lan_address_is_held(lan->addresses, &key, lan_now_ms())) return ERR_BUSY;
    if (dialling(lan) >= LAN_DIALLING_MAX || lan_contacts_of(lan, &key) >= LAN_CONTACTS_OF_ONE) return ERR_LIMIT;
    struct lan_contact *c = lan_contact_new(lan);
    if (!c) return ERR_LIMIT;
    memcpy(&c->address, address,
           address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    c->key = key;
    c->dialled = true;
    c->connect.data = c;
    lan->dialled++;
    if (uv_tcp_connect(&c->connect, &c->tcp, address, on_connect) != 0) {
        lan_contact_end(c, ERR_NET, false);
        return 0;
    }
    lan_contact_dialling(c);
    return 0;
}

/* ---- Other threads ---- */

void lan_offer_new(struct lan *lan) {
    atomic_store(&lan->offer, true);
    uv_async_send(&lan->wake);
}
