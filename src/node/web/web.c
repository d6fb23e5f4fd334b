/*
 * The server: a listening socket, libmicrohttpd without a thread of its own, connections with deadlines, and one epoll
 * descriptor that the caller's loop waits on: it holds libmicrohttpd's and an eventfd that finished jobs write.
 *
 * libmicrohttpd's own time limit is for silence only; a client that sends or takes a byte now and then is cut off by
 * the deadline of its link.
 */
#include "node/web/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/check.h"
#include "core/crypto.h"
#include "host/addresses.h"
#include "node/web/app.h"
#include "node/web/job.h"
#include "node/web/leaflet.h"
#include "node/web/meet.h"
#include "node/web/request.h"
#include "node/web/session.h"
#include "node/web/style.h"

#define SWEEP_MS 1000

struct web {
    struct home *home;
    struct web_options options;
    struct MHD_Daemon *daemon;
    struct jobs *jobs;
    struct sessions *sessions;
    struct meetings meetings;
    struct app app;
    struct link *links;
    int socket, epoll_fd, wake_fd;
    uint64_t swept_ms;
    bool open, wildcard;
    struct sockaddr_storage bound;
    char url[WEB_URL_SIZE];
    char style_tag[17];
    char *style;     /* owned */
    uint8_t *secret; /* HASH_SIZE, sodium_malloc */
    struct guard_rate writing, working;
    struct leaflet leaflet;
    struct {
        uint8_t hash[HASH_SIZE];
        uint64_t at_ms;
    } sent[WEB_REPEATS_MAX]; /* a ring */
    size_t sent_next;
    size_t parcels; /* guests' uploads under way */
    struct guard_address parcel_from[WEB_PARCEL_GUESTS_MAX];
};

struct home *web_home(struct web *web) {
    return web->home;
}

const uint8_t *web_secret(const struct web *web) {
    return web->secret;
}

const struct app *web_app(const struct web *web) {
    return &web->app;
}

const char *web_app_words(const struct web *web) {
    return web->app.words[0] != '\0' ? web->app.words : NULL;
}

bool web_has_app(const struct web *web) {
    return web->app.bytes != NULL;
}

struct meetings *web_meetings(struct web *web) {
    return &web->meetings;
}

struct sessions *web_sessions(struct web *web) {
    return web->sessions;
}

struct leaflet *web_leaflet(struct web *web) {
    return &web->leaflet;
}

const struct web_options *web_options_of(const struct web *web) {
    return &web->options;
}

struct jobs *web_jobs(struct web *web) {
    return web->jobs;
}

const char *web_style(const struct web *web) {
    return web->style;
}

const char *web_style_tag(const struct web *web) {
    return web->style_tag;
}

void web_changed(struct web *web) {
    if (web->options.changed != NULL) web->options.changed(web->options.context);
}

uint64_t web_clock_ms(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Hash who sends what where. */
static bool sent_hash(const struct web *web, const struct request *r, const char *text, uint8_t out[HASH_SIZE]) {
    size_t size = strlen(text);
    size_t path = strlen(r->path) + 1;
    uint8_t *said = malloc(sizeof r->link->address.bytes + path + size);
    if (said == NULL) return false;
    memcpy(said, r->link->address.bytes, sizeof r->link->address.bytes);
    memcpy(said + sizeof r->link->address.bytes, r->path, path);
    memcpy(said + sizeof r->link->address.bytes + path, text, size);
    crypto_digest_keyed(out, web->secret, HASH_SIZE, said, sizeof r->link->address.bytes + path + size);
    free(said);
    return true;
}

void web_note_sent(struct web *web, const struct request *r, const char *text) {
    if (!sent_hash(web, r, text, web->sent[web->sent_next].hash)) return;
    web->sent[web->sent_next].at_ms = web_clock_ms();
    web->sent_next = (web->sent_next + 1) % WEB_REPEATS_MAX;
}

bool web_was_sent(const struct web *web, const struct request *r, const char *text) {
    uint8_t hash[HASH_SIZE];
    uint64_t now = web_clock_ms();
    if (!sent_hash(web, r, text, hash)) return false;
    for (size_t i = 0; i < WEB_REPEATS_MAX; i++) {
        bool fresh = web->sent[i].at_ms != 0 && now - web->sent[i].at_ms < WEB_REPEAT_SECONDS * 1000;
        if (fresh && memcmp(web->sent[i].hash, hash, HASH_SIZE) == 0) return true;
    }
    return false;
}

bool web_may_write(struct web *web, const struct request *r) {
    return r->operator_ ||
           guard_rate_take(&web->writing, &guard_write_limit, web->secret, &r->link->address, web_clock_ms());
}

bool web_may_work(struct web *web, const struct request *r) {
    return r->operator_ ||
           guard_rate_take(&web->working, &guard_work_limit, web->secret, &r->link->address, web_clock_ms());
}

bool web_is_local(const struct web *web, const struct guard_address *address) {
    struct guard_address only;
    if (!guard_address_is_loopback(address)) return false;
    if (web->options.operator_only_from == NULL) return true;
    return guard_address_parse(&only, web->options.operator_only_from) && guard_address_equal(&only, address);
}

bool web_parcel_slot_take(struct web *web, const struct guard_address *address) {
    if (web->parcels == WEB_PARCEL_GUESTS_MAX) return false;
    for (size_t i = 0; i < web->parcels; i++) {
        if (guard_address_equal(&web->parcel_from[i], address)) return false; /* one each */
    }
    web->parcel_from[web->parcels++] = *address;
    return true;
}

void web_parcel_slot_give(struct web *web, const struct request *r) {
    for (size_t i = 0; i < web->parcels; i++) {
        if (!guard_address_equal(&web->parcel_from[i], &r->from.guest)) continue;
        web->parcel_from[i] = web->parcel_from[--web->parcels];
        return;
    }
}

/* ---- Connections ---- */

static uint64_t patience_seconds(const struct web *web) {
    return web->options.patience_seconds != 0 ? web->options.patience_seconds : WEB_IDLE_SECONDS;
}

void web_link_time(struct web *web, struct link *link, uint64_t bytes) {
    link->deadline_ms = web_clock_ms() + patience_seconds(web) * 1000 + bytes * 1000 / WEB_BYTES_SECOND_MIN;
}

void web_link_wait(struct link *link) {
    link->deadline_ms = 0;
}

static enum MHD_Result accept_policy(void *context, const struct sockaddr *address, socklen_t size) {
    struct web *web = context;
    struct guard_address from;
    size_t count = 0;
    size_t all = 0;
    (void)size;
    guard_address_of(&from, address);
    if (web_is_local(web, &from)) return MHD_YES;
    for (const struct link *link = web->links; link != NULL; link = link->next) {
        all++;
        if (guard_address_equal(&link->address, &from)) count++;
    }
    /* A crowd can't lock the operator out. */
    bool room = all < WEB_CONNECTIONS_MAX - WEB_CONNECTIONS_OPERATOR;
    return room && count < WEB_CONNECTIONS_GUEST_MAX ? MHD_YES : MHD_NO;
}

static void link_begin(struct web *web, struct MHD_Connection *connection, void **place) {
    const union MHD_ConnectionInfo *address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct link *link = calloc(1, sizeof *link);
    *place = link; /* without memory a request of this connection is refused */
    if (link == NULL) return;
    guard_address_of(&link->address, address != NULL ? address->client_addr : NULL);
    if (address != NULL) lan_key_of(&link->key, address->client_addr);
    link->fd = fd != NULL ? fd->connect_fd : -1;
    web_link_time(web, link, 0);
    link->next = web->links;
    if (web->links != NULL) web->links->before = link;
    web->links = link;
}

static void link_end(struct web *web, struct link *link) {
    if (link == NULL) return;
    if (link->next != NULL) link->next->before = link->before;
    if (link->before != NULL) {
        link->before->next = link->next;
    } else {
        CHECK(web->links == link);
        web->links = link->next;
    }
    free(link);
}

static void connection_note(void *context, struct MHD_Connection *connection, void **place,
                            enum MHD_ConnectionNotificationCode what) {
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        link_begin(context, connection, place);
    } else {
        link_end(context, *place);
        *place = NULL;
    }
}

/* Cut off whoever is past the deadline: libmicrohttpd then finds the connection closed. */
static void links_sweep(struct web *web) {
    uint64_t now = web_clock_ms();
    if (now - web->swept_ms < SWEEP_MS) return;
    web->swept_ms = now;
    for (struct link *link = web->links; link != NULL; link = link->next) {
        if (link->deadline_ms == 0 || now < link->deadline_ms || link->fd < 0) continue;
        shutdown(link->fd, SHUT_RDWR);
        link->deadline_ms = 0;
    }
}

/* ---- Requests ---- */

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *size, void **place) {
    struct request *r = *place;
    (void)version;
    if (r == NULL) {
        r = request_new(context, connection, url, method);
        *place = r;
        if (r == NULL) return MHD_NO;
        if (r->refused != 0) return request_handle(r); /* before the body is sent */
        return MHD_YES;
    }
    if (*size > 0) {
        if (r->session != NULL)
            session_body(r, data, *size);
        else if (r->meet != NULL)
            meet_body(r, data, *size);
        else
            request_body(r, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (r->answered || r->job == JOB_RUNNING) return MHD_YES;
    return request_handle(r);
}

static void completed(void *context, struct MHD_Connection *connection, void **place,
                      enum MHD_RequestTerminationCode why) {
    struct request *r = *place;
    (void)connection;
    (void)why;
    if (r == NULL) return;
    web_link_time(context, r->link, 0); /* for the next request of this connection */
    request_free(r);
    *place = NULL;
}

/* ---- Listening ---- */

/* Read ADDR:PORT or [ADDR]:PORT. */
static bool listen_parse(const char *text, struct sockaddr_storage *out, socklen_t *size) {
    char name[64];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon[1] == '\0' || strlen(colon + 1) > 5 ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    unsigned long port = strtoul(colon + 1, NULL, 10);
    size_t length = (size_t)(colon - text);
    bool six = length >= 2 && text[0] == '[' && colon[-1] == ']';
    if (six) {
        text++;
        length -= 2;
    }
    if (port > 65535 || length == 0 || length >= sizeof name) return false;
    memcpy(name, text, length);
    name[length] = '\0';
    if (strcmp(name, "localhost") == 0) memcpy(name, "127.0.0.1", sizeof "127.0.0.1");
    memset(out, 0, sizeof *out);
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 other = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (!six && inet_pton(AF_INET, name, &four.sin_addr) == 1) {
        memcpy(out, &four, sizeof four);
        *size = sizeof four;
        return true;
    }
    if (six && inet_pton(AF_INET6, name, &other.sin6_addr) == 1) {
        memcpy(out, &other, sizeof other);
        *size = sizeof other;
        return true;
    }
    return false;
}

/* Write the address of a socket as a URL. */
static void url_write(char out[WEB_URL_SIZE], const struct sockaddr_storage *bound, const void *instead) {
    char name[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    if (bound->ss_family == AF_INET) {
        memcpy(&four, bound, sizeof four);
        inet_ntop(AF_INET, instead != NULL ? instead : &four.sin_addr, name, sizeof name);
        snprintf(out, WEB_URL_SIZE, "http://%s:%u/", name, ntohs(four.sin_port));
    } else {
        memcpy(&six, bound, sizeof six);
        inet_ntop(AF_INET6, instead != NULL ? instead : &six.sin6_addr, name, sizeof name);
        snprintf(out, WEB_URL_SIZE, "http://[%s]:%u/", name, ntohs(six.sin6_port));
    }
}

static void bound_note(struct web *web) {
    static const uint8_t loop_four[4] = {127, 0, 0, 1};
    static const uint8_t loop_six[16] = {[15] = 1};
    static const uint8_t zeros[16] = {0};
    struct guard_address address;
    guard_address_of(&address, (const struct sockaddr *)&web->bound);
    web->wildcard = memcmp(address.bytes, zeros, sizeof zeros) == 0;
    web->open = !guard_address_is_loopback(&address);
    const void *loop = web->bound.ss_family == AF_INET ? (const void *)loop_four : (const void *)loop_six;
    url_write(web->url, &web->bound, web->wildcard ? loop : NULL);
}

static int listen_open(struct web *web, const char *listen_at, char why[HOME_WHY_SIZE]) {
    static const int yes = 1;
    static const int no = 0;
    struct sockaddr_storage address;
    socklen_t size = 0;
    if (!listen_parse(listen_at, &address, &size)) {
        snprintf(why, HOME_WHY_SIZE, "%s: expected ADDR:PORT or [ADDR]:PORT, like %s", listen_at, WEB_LISTEN_DEFAULT);
        return ERR_USAGE;
    }
    web->socket = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (web->socket < 0) {
        snprintf(why, HOME_WHY_SIZE, "%s: %s", listen_at, strerror(errno));
        return ERR_NET;
    }
    (void)setsockopt(web->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address.ss_family == AF_INET6) (void)setsockopt(web->socket, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(web->socket, (struct sockaddr *)&address, size) != 0 || listen(web->socket, 128) != 0) {
        snprintf(why, HOME_WHY_SIZE, "%s: %s", listen_at, strerror(errno));
        return ERR_NET;
    }
    size = sizeof web->bound;
    if (getsockname(web->socket, (struct sockaddr *)&web->bound, &size) != 0) return ERR_NET;
    bound_note(web);
    return 0;
}

static int daemon_start(struct web *web) {
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (web->bound.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0U);
    web->daemon =
        MHD_start_daemon(flags, 0, accept_policy, web, serve, web, MHD_OPTION_LISTEN_SOCKET, web->socket,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)WEB_CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)patience_seconds(web),
                         MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, connection_note, web,
                         MHD_OPTION_NOTIFY_COMPLETED, completed, web, MHD_OPTION_END);
    if (web->daemon == NULL) return ERR_IO;
    web->socket = -1; /* the daemon's now */
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || info->epoll_fd < 0) return ERR_IO;
    struct epoll_event ready = {.events = EPOLLIN};
    if (epoll_ctl(web->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &ready) != 0) return ERR_IO;
    return epoll_ctl(web->epoll_fd, EPOLL_CTL_ADD, web->wake_fd, &ready) == 0 ? 0 : ERR_IO;
}

/* What a style sheet's address has to change with it. */
static int style_note(struct web *web) {
    uint8_t hash[HASH_SIZE];
    web->style = style_sheet_make();
    if (web->style == NULL) return ERR_MEMORY;
    crypto_digest(hash, (const uint8_t *)web->style, strlen(web->style));
    sodium_bin2hex(web->style_tag, sizeof web->style_tag, hash, 8);
    return 0;
}

static void sigpipe_ignore(void) {
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL) return;
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

int web_start(struct web **out, struct home *home, const struct web_options *options, char why[HOME_WHY_SIZE]) {
    struct web *web = calloc(1, sizeof *web);
    if (web == NULL) return ERR_MEMORY;
    why[0] = '\0';
    web->home = home;
    web->options = *options;
    web->socket = -1;
    web->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    web->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    web->secret = sodium_malloc(HASH_SIZE);
    int err = web->epoll_fd < 0 || web->wake_fd < 0 ? ERR_IO : 0;
    if (err == 0 && web->secret == NULL) err = ERR_MEMORY;
    if (err == 0) {
        randombytes_buf(web->secret, HASH_SIZE);
        sigpipe_ignore();
        err = style_note(web);
    }
    if (err == 0) {
        err = jobs_new(&web->jobs, web->wake_fd);
    }
    if (err == 0 && options->app != NULL) err = app_read(&web->app, options->app, why);
    if (err == 0) err = listen_open(web, options->listen != NULL ? options->listen : WEB_LISTEN_DEFAULT, why);
    if (err == 0) err = daemon_start(web);
    if (err != 0) {
        if (why[0] == '\0') snprintf(why, HOME_WHY_SIZE, "%s", err_text(err));
        web_stop(web);
        return err;
    }
    *out = web;
    return 0;
}

int web_contacts(struct web *web, struct contacts *set) {
    web->sessions = sessions_new(web, set, web->wake_fd);
    return web->sessions != NULL ? 0 : ERR_MEMORY;
}

void web_stop(struct web *web) {
    if (web == NULL) return;
    struct sessions *sessions = web->sessions;
    web->sessions = NULL;
    sessions_free(sessions);
    jobs_free(web->jobs);
    if (web->daemon != NULL) MHD_stop_daemon(web->daemon);
    CHECK(web->links == NULL);
    if (web->socket >= 0) close(web->socket);
    if (web->epoll_fd >= 0) close(web->epoll_fd);
    if (web->wake_fd >= 0) close(web->wake_fd);
    sodium_free(web->secret);
    free(web->style);
    app_free(&web->app);
    free(web);
}

/* ---- The loop's side ---- */

int web_epoll_fd(const struct web *web) {
    return web->epoll_fd;
}

int web_timeout_ms(struct web *web) {
    MHD_UNSIGNED_LONG_LONG timeout = 0;
    int wait = web->links != NULL ? SWEEP_MS : -1;
    int sessions = sessions_wait_ms(web->sessions);
    if (sessions >= 0 && (wait < 0 || sessions < wait)) wait = sessions;
    if (MHD_get_timeout(web->daemon, &timeout) != MHD_YES) return wait;
    if (wait >= 0 && timeout > (MHD_UNSIGNED_LONG_LONG)wait) return wait;
    return timeout > 3600000 ? 3600000 : (int)timeout;
}

void web_run(struct web *web) {
    uint64_t count;
    if (read(web->wake_fd, &count, sizeof count) < 0) count = 0; /* nothing finished */
    links_sweep(web);
    (void)MHD_run(web->daemon);
    jobs_collect(web->jobs);
    sessions_run(web->sessions);
    (void)MHD_run(web->daemon); /* what was resumed goes on at once */
}

const char *web_address(const struct web *web) {
    return web->url;
}

bool web_is_open(const struct web *web) {
    return web->open;
}

size_t web_neighbour_addresses(const struct web *web, char (*out)[WEB_URL_SIZE], size_t max) {
    struct addresses here;
    size_t count = 0;
    if (!web->open || max == 0) return 0;
    if (!web->wildcard) {
        memcpy(out[0], web->url, WEB_URL_SIZE);
        return 1;
    }
    if (addresses_get(&here) != 0) return 0;
    for (const struct ifaddrs *at = here.list; at != NULL && count < max; at = at->ifa_next) {
        struct guard_address address;
        if (at->ifa_addr == NULL || (at->ifa_flags & IFF_UP) == 0 || (at->ifa_flags & IFF_LOOPBACK) != 0) continue;
        guard_address_of(&address, at->ifa_addr);
        if (address.family != AF_INET) continue; /* browsers take no link-local IPv6 address with its zone */
        struct sockaddr_storage with_port = {.ss_family = AF_INET};
        struct sockaddr_in port = {.sin_family = AF_INET};
        /* sin_port and sin6_port lie at the same place. */
        memcpy(&port, &web->bound, sizeof port);
        port.sin_family = AF_INET;
        memcpy(&with_port, &port, sizeof port);
        url_write(out[count++], &with_port, address.bytes);
    }
    addresses_free(&here);
    return count;
}
