/*
 * node.c: the loop of a node.
 *
 * The web has an epoll descriptor of its own, which the loop watches, and tells how long to wait at most. Housekeeping
 * runs in short slices, so that nobody waits for it: the search index first, then what time asks of the store.
 */
#include "node/node.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

#include "node/control.h"
#include "node/web/app.h"
#include "node/web/web.h"

#define INDEX_SLICE 500    /* records of one slice: about 10 ms */
#define OPEN_SLICE 64      /* sealed records, likewise */
#define INDEX_IDLE_MS 1000 /* how often to look for texts to index when there were none */
#define TICK_SLICE 500
#define TICK_MS (10 * 60 * 1000)
#define TICK_FIRST_MS 2000
#define OWN_HANDLES 6

struct node {
    struct home *home;
    struct web *web;
    struct control *control;
    struct peers *peers;
    struct usb *usb;
    uv_loop_t loop;
    uv_poll_t web_poll;
    uv_timer_t web_timer, index_timer, tick_timer;
    uv_signal_t signals[2];
};

static void web_schedule(struct node *n);

static void web_step(struct node *n) {
    web_run(n->web);
    web_schedule(n);
}

static void web_on_timer(uv_timer_t *timer) {
    web_step(timer->data);
}

static void web_on_poll(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    web_step(poll->data);
}

static void web_schedule(struct node *n) {
    int wait_ms = web_timeout_ms(n->web);
    if (wait_ms < 0)
        uv_timer_stop(&n->web_timer);
    else
        uv_timer_start(&n->web_timer, web_on_timer, (uint64_t)wait_ms, 0);
}

static void index_on_timer(uv_timer_t *timer) {
    struct node *n = timer->data;
    home_enter(n->home);
    int left = home_closed_open(n->home, OPEN_SLICE);
    if (left <= 0) left = store_index(n->home->store, INDEX_SLICE);
    home_leave(n->home);
    uv_timer_start(timer, index_on_timer, left > 0 ? 1 : INDEX_IDLE_MS, 0);
}

static void tick_on_timer(uv_timer_t *timer) {
    struct node *n = timer->data;
    home_enter(n->home);
    home_clock_note(n->home);
    int changed = store_tick(n->home->store, home_when(n->home), TICK_SLICE);
    if (changed <= 0 && home_closed_tick(n->home)) changed = 0; /* an error is met again, and told, by who writes */
    home_leave(n->home);
    uv_timer_start(timer, tick_on_timer, changed > 0 ? 1 : TICK_MS, 0);
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)number;
    uv_stop(handle->loop);
}

static void loop_init(struct node *n) {
    static const int numbers[2] = {SIGINT, SIGTERM};
    uv_loop_init(&n->loop);
    uv_timer_init(&n->loop, &n->web_timer);
    uv_timer_init(&n->loop, &n->index_timer);
    uv_timer_init(&n->loop, &n->tick_timer);
    n->web_timer.data = n->index_timer.data = n->tick_timer.data = n;
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&n->loop, &n->signals[i]);
        uv_signal_start(&n->signals[i], on_signal, numbers[i]);
    }
}

static void loop_run(struct node *n) {
    uv_poll_init(&n->loop, &n->web_poll, web_epoll_fd(n->web));
    n->web_poll.data = n;
    uv_poll_start(&n->web_poll, UV_READABLE, web_on_poll);
    uv_timer_start(&n->index_timer, index_on_timer, INDEX_IDLE_MS, 0);
    uv_timer_start(&n->tick_timer, tick_on_timer, TICK_FIRST_MS, 0);
    web_schedule(n);
    uv_run(&n->loop, UV_RUN_DEFAULT);
}

/* Close the node's own handles and let the peers' close: the loop runs until there is none left. */
static void loop_close(struct node *n) {
    uv_handle_t *const own[OWN_HANDLES] = {(uv_handle_t *)&n->web_timer,  (uv_handle_t *)&n->index_timer,
                                           (uv_handle_t *)&n->tick_timer, (uv_handle_t *)&n->signals[0],
                                           (uv_handle_t *)&n->signals[1], (uv_handle_t *)&n->web_poll};
    for (size_t i = 0; i < OWN_HANDLES; i++)
        if (own[i]->loop) uv_close(own[i], NULL); /* the last one is there only if the loop has run */
    n->home->node.usb = NULL;                     /* nobody asks any more */
    usb_stop(n->usb);
    peers_stop(n->peers);
    uv_run(&n->loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&n->loop);
    assert(err == 0);
    (void)err;
}

int node_run(struct home *home, const struct node_options *options, char why[HOME_WHY_SIZE]) {
    static const struct rlimit no_core = {0, 0}; /* a crash must not leave keys on the disk */
    struct node n = {.home = home};
    char app[PATH_MAX];
    struct web_options web = {.listen = options->web, .app = options->app};
    if (!web.app && app_find(app, sizeof app)) web.app = app;
    struct peers_config peers = options->peers;
    struct usb_config usb = options->usb;
    peers.home = usb.home = home;
    (void)setrlimit(RLIMIT_CORE, &no_core);
    loop_init(&n);
    int err = web_start(&n.web, home, &web, why);
    if (!err) err = peers_start(&n.peers, &n.loop, &peers, why);
    if (!err) err = web_contacts(n.web, peers_contacts(n.peers));
    if (!err) home->node.app_words = web_app_words(n.web);
    if (!err) err = usb_start(&n.usb, &n.loop, &usb, why);
    if (!err) home->node.usb = n.usb;
    if (!err) err = control_start(&n.control, home, why);
    if (!err) {
        if (options->started) options->started(options->context);
        if (options->ready) options->ready(options->context, n.web, n.peers);
        loop_run(&n);
    }
    control_stop(n.control);
    web_stop(n.web);
    loop_close(&n);
    home_close(home);
    return err;
}
