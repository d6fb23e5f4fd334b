/*
 * peers.c: discovery, the LAN carrier and the plan of whom to dial, on one loop.
 *
 * Whatever happens (a node is heard, a contact ends, a name is looked up, time passes) goes into the plan, and then the
 * plan's steps are done. What is new in the store is told by store_watch, on any thread; uv_async brings it here.
 */
#include "node/peers.h"

#include <assert.h>
#include <netdb.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/interfaces.h"
#include "node/dial_plan.h"
#include "node/refusals.h"
#include "node/standing.h"

#define LOOK_MS 1000                 /* how often the counts of discovery are copied for other threads */
#define REFUSALS_NOTE_MS (60 * 1000) /* how often refusals go into the store, if there were any */

_Static_assert(REFUSALS_COUNT == LAN_REFUSALS_MAX, "both count by error");

struct lookup {
    struct peers *peers;
    unsigned name;
    uv_getaddrinfo_t request;
    bool running;
    struct address_parts parts;
};

struct peers {
    struct home *home;
    uv_loop_t *loop;
    struct lan *lan;
    struct discovery *discovery;
    struct interfaces *interfaces;
    uv_timer_t step_timer, look_timer;
    uv_async_t news;
    unsigned pending; /* handles, parts and lookups that are not gone yet */
    bool stopping;
    struct sockaddr_storage listen; /* family 0: all */
    struct dial_plan plan;
    struct lookup lookups[PEERS_NAMED_MAX];
    char interface_names[DISCOVERY_INTERFACES_MAX][IF_NAMESIZE];
    const char *interface_list[DISCOVERY_INTERFACES_MAX];
    size_t interface_count;
    uint64_t noted_ms;
    pthread_mutex_t mutex; /* over what is below: other threads ask for it */
    struct discovery_counts discovery_counts;
    const char *problem;
    uint64_t noted[REFUSALS_COUNT]; /* refusals that are in the store's count */
};

static uint64_t now_ms(const struct peers *p) {
    return uv_now(p->loop);
}

/* ---- The end ---- */

static void gone(struct peers *p) {
    assert(p->pending > 0);
    if (--p->pending > 0) return;
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

static void part_gone(void *context) {
    gone(context);
}

static void on_close(uv_handle_t *handle) {
    gone(handle->data);
}

/* ---- Steps of the plan ---- */

static void step(struct peers *p);

static void on_step_timer(uv_timer_t *timer) {
    step(timer->data);
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *list) {
    struct lookup *l = request->data;
    struct peers *p = l->peers;
    l->running = false;
    for (const struct addrinfo *at = status == 0 ? list : NULL; at && !p->stopping; at = at->ai_next)
        dial_plan_found(&p->plan, l->name, at->ai_addr, now_ms(p));
    if (list) uv_freeaddrinfo(list);
    if (!p->stopping) {
        dial_plan_found(&p->plan, l->name, NULL, now_ms(p));
        step(p);
    }
    gone(p);
}

static void look_up(struct peers *p, unsigned name) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
    struct lookup *l = &p->lookups[name];
    assert(!l->running);
    l->request.data = l;
    if (uv_getaddrinfo(p->loop, &l->request, on_found, l->parts.host, l->parts.port, &hints)) {
        dial_plan_found(&p->plan, name, NULL, now_ms(p));
        return;
    }
    l->running = true;
    p->pending++;
}

static void dial(struct peers *p, const struct dial_step *s) {
    const struct sockaddr *address = (const struct sockaddr *)&s->address;
    if (lan_dial(p->lan, address, s->is_wanted)) dial_plan_failed(&p->plan, address, now_ms(p));
}

/* Do what is due, then sleep until the next thing is. */
static void step(struct peers *p) {
    if (p->stopping) return;
    for (;;) {
        const struct dial_step s = dial_plan_next(&p->plan, now_ms(p));
        if (s.what == DIAL_NOTHING) break;
        if (s.what == DIAL_LOOK_UP)
            look_up(p, s.name);
        else
            dial(p, &s);
    }
    uint64_t due = dial_plan_due(&p->plan, now_ms(p));
    if (due == UINT64_MAX)
        uv_timer_stop(&p->step_timer);
    else
        uv_timer_start(&p->step_timer, on_step_timer, due > now_ms(p) ? due - now_ms(p) : 1, 0);
}

/* ---- What happens ---- */

static void on_heard(void *context, const struct sockaddr *address, const uint8_t token[BEACON_TOKEN_SIZE],
                     bool we_connect) {
    struct peers *p = context;
    (void)token;
    lan_probe(p->lan, address);
    dial_plan_heard(&p->plan, address, we_connect, now_ms(p));
    step(p);
}

static void on_ended(void *context, const struct lan_ended *ended) {
    struct peers *p = context;
    const struct dial_end end = {.address = ended->address,
                                 .dialled = ended->dialled,
                                 .met = ended->met,
                                 .settled = ended->settled,
                                 .blamed = ended->blamed,
                                 .seconds = ended->seconds};
    if (p->stopping) return;
    dial_plan_ended(&p->plan, &end, now_ms(p));
    step(p);
}

static void on_network(void *context, const struct interface *interface) {
    struct peers *p = context;
    (void)interface;
    lan_network_changed(p->lan);
    dial_plan_hurry(&p->plan, now_ms(p));
    step(p);
}

static void on_network_gone(void *context, unsigned index) {
    const struct peers *p = context;
    (void)index;
    lan_network_changed(p->lan);
}

static struct when on_when(void *context) {
    const struct peers *p = context;
    return home_when(p->home);
}

/* Called on any thread, within a call of the store. */
static void on_watch(void *context) {
    struct peers *p = context;
    (void)uv_async_send(&p->news);
}

static void on_news(uv_async_t *handle) {
    struct peers *p = handle->data;
    if (!p->stopping) lan_offer_new(p->lan);
}

/* Of a connection that came in by another network than those that were named. */
static bool on_accepts(void *context, const struct sockaddr *own) {
    const struct peers *p = context;
    return address_is_of(own, p->interface_list, p->interface_count);
}

static unsigned contacts_with(void *context, const struct sockaddr *address) {
    const struct peers *p = context;
    return lan_contacts_with(p->lan, address);
}

/* ---- Counts ---- */

/* Add what was refused since the last time to the store's count. */
static void refusals_note(struct peers *p) {
    struct contacts_counts counts;
    uint64_t more[REFUSALS_COUNT];
    lan_counts(p->lan, &counts);
    for (size_t i = 0; i < REFUSALS_COUNT; i++) more[i] = counts.refused[i] - p->noted[i];
    home_enter(p->home);
    int err = refusals_add(p->home->store, more);
    home_leave(p->home);
    if (err) return; /* it is tried again */
    pthread_mutex_lock(&p->mutex);
    memcpy(p->noted, counts.refused, sizeof p->noted);
    pthread_mutex_unlock(&p->mutex);
}

static void on_look_timer(uv_timer_t *timer) {
    struct peers *p = timer->data;
    pthread_mutex_lock(&p->mutex);
    if (p->discovery) {
        discovery_counts(p->discovery, &p->discovery_counts);
        p->problem = discovery_problem(p->discovery);
    }
    pthread_mutex_unlock(&p->mutex);
    if (now_ms(p) - p->noted_ms < REFUSALS_NOTE_MS) return;
    p->noted_ms = now_ms(p);
    refusals_note(p);
}

/* Called on any thread. */
static void network_tell(void *context, struct network *out) {
    struct peers *p = context;
    memset(out, 0, sizeof *out);
    lan_counts(p->lan, &out->lan);
    pthread_mutex_lock(&p->mutex);
    out->discovering = p->discovery != NULL;
    out->discovery = p->discovery_counts;
    out->problem = p->problem;
    for (size_t i = 0; i < REFUSALS_COUNT; i++) out->refused[i] = out->lan.refused[i] - p->noted[i];
    pthread_mutex_unlock(&p->mutex);
}

/* ---- The beginning ---- */

static int config_copy(struct peers *p, const struct peers_config *config, char why[HOME_WHY_SIZE]) {
    for (size_t i = 0; i < config->named_count; i++) {
        struct lookup *l = &p->lookups[i];
        *l = (struct lookup){.peers = p, .name = (unsigned)i};
        int err = i < PEERS_NAMED_MAX ? address_split(&l->parts, config->named[i]) : ERR_LIMIT;
        if (err) {
            snprintf(why, HOME_WHY_SIZE, "%.200s: expected HOST:PORT, like 192.168.1.5:%d or [fe80::1%%eth0]:%d",
                     config->named[i], LAN_PORT, LAN_PORT);
            return ERR_USAGE;
        }
        if (!l->parts.port[0]) snprintf(l->parts.port, sizeof l->parts.port, "%d", LAN_PORT);
    }
    for (size_t i = 0; i < config->interface_count; i++) {
        size_t size = strlen(config->interfaces[i]);
        if (size == 0 || size >= IF_NAMESIZE || i >= DISCOVERY_INTERFACES_MAX) {
            snprintf(why, HOME_WHY_SIZE, "%.200s: this is no name of a network interface", config->interfaces[i]);
            return ERR_USAGE;
        }
        memcpy(p->interface_names[i], config->interfaces[i], size + 1);
        p->interface_list[i] = p->interface_names[i];
    }
    p->interface_count = config->interface_count;
    if (!config->listen || address_parse(&p->listen, config->listen) == 0) return 0;
    snprintf(why, HOME_WHY_SIZE, "%.200s: expected ADDR:PORT or [ADDR]:PORT, like 0.0.0.0:%d", config->listen,
             LAN_PORT);
    return ERR_USAGE;
}

static int lan_begin(struct peers *p, char why[HOME_WHY_SIZE]) {
    char sentence[LAN_WHY_SIZE] = "";
    const struct lan_config config = {.store = p->home->store,
                                      .mutex = &p->home->mutex,
                                      .when = on_when,
                                      .classes = {standing_class, p->home},
                                      .ended = on_ended,
                                      .accepts = p->interface_count > 0 ? on_accepts : NULL,
                                      .context = p,
                                      .listen = p->listen.ss_family ? (const struct sockaddr *)&p->listen : NULL};
    int err = lan_start(&p->lan, p->loop, &config, sentence);
    if (err && p->listen.ss_family) {
        char address[ADDRESS_TEXT_SIZE];
        address_text(address, (const struct sockaddr *)&p->listen);
        snprintf(why, HOME_WHY_SIZE, "%s: %s", address, sentence[0] ? sentence : err_text(err));
    } else if (err) {
        snprintf(why, HOME_WHY_SIZE, "%s", sentence[0] ? sentence : err_text(err));
    }
    if (!err) p->pending++;
    return err;
}

/* Look for neighbours, and watch the networks. Without either the rest works on. */
static void discovery_begin(struct peers *p, bool no_discovery) {
    const struct discovery_config config = {.interfaces = p->interface_count > 0 ? p->interface_list : NULL,
                                            .interface_count = p->interface_count,
                                            .port = lan_port(p->lan),
                                            .heard = on_heard,
                                            .context = p};
    const struct interfaces_events events = {
        .appeared = on_network, .changed = on_network, .gone = on_network_gone, .context = p};
    if (!no_discovery && lan_port(p->lan) != 0) {
        if (discovery_start(&p->discovery, p->loop, &config) == 0)
            p->pending++;
        else
            p->problem = "neighbours cannot be looked for: the system gives no UDP socket";
    }
    if (interfaces_start(&p->interfaces, p->loop, (const char(*)[IF_NAMESIZE])p->interface_names, p->interface_count,
                         &events) == 0)
        p->pending++;
}

static void handles_begin(struct peers *p) {
    uv_timer_init(p->loop, &p->step_timer);
    uv_timer_init(p->loop, &p->look_timer);
    uv_async_init(p->loop, &p->news, on_news);
    p->step_timer.data = p->look_timer.data = p->news.data = p;
    p->pending = 3;
}

int peers_start(struct peers **out, uv_loop_t *loop, const struct peers_config *config, char why[HOME_WHY_SIZE]) {
    struct peers *p = calloc(1, sizeof *p);
    *out = NULL;
    why[0] = '\0';
    if (!p) return ERR_MEMORY;
    p->home = config->home;
    p->loop = loop;
    pthread_mutex_init(&p->mutex, NULL);
    handles_begin(p);
    p->plan.random = randombytes_random;
    p->plan.contacts_with = contacts_with;
    p->plan.context = p;
    uv_update_time(loop);
    p->noted_ms = now_ms(p);
    int err = config_copy(p, config, why);
    if (!err) err = lan_begin(p, why);
    if (err) {
        peers_stop(p);
        return err;
    }
    dial_plan_init(&p->plan, (unsigned)config->named_count, now_ms(p));
    discovery_begin(p, config->no_discovery);
    home_enter(p->home);
    store_watch(p->home->store, on_watch, p);
    home_leave(p->home);
    p->home->node.network = network_tell;
    p->home->node.context = p;
    uv_timer_start(&p->look_timer, on_look_timer, LOOK_MS / 4, LOOK_MS);
    uv_timer_start(&p->step_timer, on_step_timer, 0, 0);
    *out = p;
    return 0;
}

void peers_stop(struct peers *p) {
    if (!p || p->stopping) return;
    p->stopping = true;
    p->home->node = (struct home_node){0};
    home_enter(p->home);
    store_watch(p->home->store, NULL, NULL);
    home_leave(p->home);
    for (size_t i = 0; i < PEERS_NAMED_MAX; i++)
        if (p->lookups[i].running) (void)uv_cancel((uv_req_t *)&p->lookups[i].request);
    if (p->interfaces) interfaces_stop(p->interfaces, part_gone, p);
    discovery_stop(p->discovery, part_gone, p);
    if (p->lan) refusals_note(p);
    lan_stop(p->lan, part_gone, p);
    uv_close((uv_handle_t *)&p->step_timer, on_close);
    uv_close((uv_handle_t *)&p->look_timer, on_close);
    uv_close((uv_handle_t *)&p->news, on_close);
}

size_t peers_addresses(const struct peers *p, char (*out)[ADDRESS_TEXT_SIZE]) {
    const struct sockaddr *listen = p->listen.ss_family ? (const struct sockaddr *)&p->listen : NULL;
    return address_own(out, ADDRESS_OWN_MAX, listen, peers_port(p), p->interface_list, p->interface_count);
}

struct contacts *peers_contacts(const struct peers *p) {
    return lan_set(p->lan);
}

uint16_t peers_port(const struct peers *p) {
    return lan_port(p->lan);
}
