/*
 * lan_meet.c: one contact, blocking, on a loop of its own.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/lan_internal.h"
#include "core/check.h"

#define STEP_MS 100
#define SECONDS_MAX 60
#define MOVED_MIN 128 /* bytes in a step that are more than keep-alives */
#define STR2(x) #x
#define STR(x) STR2(x)

struct meet {
    const struct lan_meeting *meeting;
    const struct lan_config *config;
    struct lan_ended *out;
    struct lan *lan;
    const struct addrinfo *next; /* to be tried */
    uv_timer_t timer;
    int err; /* why this side ends it; 0: it doesn't, or all is well */
    bool over, settled;
    uint64_t bytes, moved_ms;
};

static struct when meet_when(void *context) {
    const struct meet *m = context;
    return m->config->when(m->config->context);
}

/* Dial the next address. Return 0 if one is being dialled. */
static int next_dial(struct meet *m) {
    int err = ERR_NET;
    while (m->next && err) {
        err = lan_dial(m->lan, m->next->ai_addr, true);
        m->next = m->next->ai_next;
    }
    return err;
}

static void meet_ended(void *context, const struct lan_ended *ended) {
    struct meet *m = context;
    if (m->over) return;
    *m->out = *ended;
    m->out->address = NULL;
    if (ended->err == ERR_NET && !m->err && next_dial(m) == 0) return;
    m->over = true;
    uv_timer_start(&m->timer, m->timer.timer_cb, 0, 0);
}

static void meet_settled(void *context, struct lan_contact *c) {
    struct meet *m = context;
    if (c->contact.status.communities == 0 && !c->contact.status.is_padded)
        m->err = ERR_NOT_FOUND;
    else
        m->settled = true;
    contact_goodbye(&c->contact, ERR_END);
}

static struct lan_contact *contact_of(const struct lan *lan) {
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        if (lan->contacts[i] && lan->contacts[i]->contact.phase != CONTACT_ENDING) return lan->contacts[i];
    return NULL;
}

static void on_step(uv_timer_t *timer) {
    struct meet *m = timer->data;
    struct lan_ended so_far;
    struct lan_contact *c = contact_of(m->lan);
    uint64_t now_ms = contact_now_ms(), seconds = m->meeting->seconds_max ? m->meeting->seconds_max : SECONDS_MAX;
    if (m->over) {
        uv_close((uv_handle_t *)timer, NULL);
        lan_stop(m->lan, NULL, NULL);
        return;
    }
    if (!c) return;
    lan_contact_tell(c, &so_far);
    so_far.address = NULL;
    /* While it dials, a contact has no intake yet. */
    bool storing = c->contact.intake && intake_is_pending(c->contact.intake);
    if (storing || so_far.bytes_in + so_far.bytes_out - m->bytes >= MOVED_MIN) m->moved_ms = now_ms;
    m->bytes = so_far.bytes_in + so_far.bytes_out;
    if (m->meeting->cancelled && m->meeting->cancelled(m->meeting->context, &so_far))
        m->err = ERR_INTERRUPTED;
    else if (now_ms - m->moved_ms > seconds * 1000)
        m->err = ERR_SILENT;
    if (m->err) contact_goodbye(&c->contact, m->err);
}

static int loop_run(struct meet *m, char why[LAN_WHY_SIZE]) {
    uv_loop_t loop;
    struct lan_config config = *m->config;
    config.listen = NULL;
    config.no_listen = true;
    config.when = meet_when;
    config.ended = meet_ended;
    config.stored = NULL;
    config.context = m;
    if (uv_loop_init(&loop) != 0) return ERR_MEMORY;
    int err = lan_start(&m->lan, &loop, &config, why);
    if (!err) {
        m->lan->settled = meet_settled;
        m->lan->settled_context = m;
        m->moved_ms = contact_now_ms();
        m->timer.data = m;
        uv_timer_init(&loop, &m->timer);
        uv_timer_start(&m->timer, on_step, STEP_MS, STEP_MS);
        err = next_dial(m);
        m->over = m->over || err;
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    int busy = uv_loop_close(&loop);
    CHECK(busy == 0);
    return err;
}

int lan_meet(const struct lan_meeting *meeting, const struct lan_config *config, struct lan_ended *out,
             char why[LAN_WHY_SIZE]) {
    const char *port = meeting->port ? meeting->port : STR(LAN_PORT);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    struct meet *m = calloc(1, sizeof *m);
    uint64_t began_ms = contact_now_ms();
    memset(out, 0, sizeof *out);
    why[0] = '\0';
    if (!m) return ERR_MEMORY;
    int unknown = getaddrinfo(meeting->host, port, &hints, &found);
    if (unknown) {
        snprintf(why, LAN_WHY_SIZE, "%s port %s: %s", meeting->host, port, gai_strerror(unknown));
        free(m);
        return ERR_NET;
    }
    *m = (struct meet){.meeting = meeting, .config = config, .out = out, .next = found};
    int err = loop_run(m, why);
    if (!err) err = m->settled ? 0 : m->err ? m->err : out->err;
    out->settled = m->settled;
    out->seconds = (double)(contact_now_ms() - began_ms) / 1000;
    if (err && !why[0])
        snprintf(why, LAN_WHY_SIZE, "%s port %s: %s", meeting->host, port,
                 err == ERR_NET         ? "nobody could be reached there"
                 : err == ERR_NOT_FOUND ? "no group in common"
                                        : err_text(err));
    freeaddrinfo(found);
    free(m);
    return err;
}
