#include "test/web/web_util.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/compose.h"

static void must(int condition, const char *what) {
    if (condition) return;
    fprintf(stderr, "the test itself failed: %s\n", what);
    abort();
}

static void changed(void *context) {
    struct site *site = context;
    atomic_fetch_add(&site->changes, 1);
    home_enter(site->home); /* would hang if the page still held it */
    while (store_index(site->home->store, 1000) > 0) continue;
    home_leave(site->home);
}

static void *serve(void *context) {
    struct site *site = context;
    for (;;) {
        struct pollfd fds[3] = {{.fd = web_epoll_fd(site->web), .events = POLLIN},
                                {.fd = site->stop_fd, .events = POLLIN},
                                {.fd = site->lan ? uv_backend_fd(&site->loop) : -1, .events = POLLIN}};
        int wait = web_timeout_ms(site->web), other = site->lan ? uv_backend_timeout(&site->loop) : -1;
        if (poll(fds, 3, other >= 0 && (wait < 0 || other < wait) ? other : wait) < 0) continue;
        if (fds[1].revents != 0) return NULL;
        if (site->lan) uv_run(&site->loop, UV_RUN_NOWAIT);
        web_run(site->web);
    }
}

static struct home *home_make(void) {
    struct home *home = calloc(1, sizeof *home);
    const char *folder = getenv("TMPDIR");
    must(home != NULL && sodium_init() >= 0, "memory");
    snprintf(home->path, sizeof home->path, "%s/web-test-XXXXXX", folder != NULL ? folder : "/tmp");
    must(mkdtemp(home->path) != NULL, "a folder");
    snprintf(home->name, sizeof home->name, "Operator Имя");
    pthread_mutex_init(&home->mutex, NULL);
    home->lock_fd = -1;
    home->seed = sodium_malloc(SEED_SIZE);
    home->guest_seed = sodium_malloc(SEED_SIZE);
    must(home->seed != NULL && home->guest_seed != NULL, "memory");
    randombytes_buf(home->seed, SEED_SIZE);
    randombytes_buf(home->guest_seed, SEED_SIZE);
    must(store_memory_open(&home->store) == 0, "a store in memory");
    return home;
}

static struct when lan_when(void *context) {
    return home_when(((struct site *)context)->home);
}

static void phones_open(struct site *site) {
    char why[LAN_WHY_SIZE];
    const struct lan_config config = {.store = site->home->store,
                                      .mutex = &site->home->mutex,
                                      .when = lan_when,
                                      .no_listen = true,
                                      .threads = 1,
                                      .context = site};
    must(uv_loop_init(&site->loop) == 0, "a loop");
    must(lan_start(&site->lan, &site->loop, &config, why) == 0, why);
    must(web_contacts(site->web, lan_set(site->lan)) == 0, "contacts");
}

static void watched(void *context) {
    lan_offer_new(((struct site *)context)->lan);
}

void site_open(struct site *site, unsigned patience_seconds) {
    site_open_with(site, patience_seconds, NULL, false);
}

void site_open_with(struct site *site, unsigned patience_seconds, const char *app, bool phones) {
    char why[HOME_WHY_SIZE];
    memset(site, 0, sizeof *site);
    site->home = home_make();
    struct web_options options = {.listen = "127.0.0.1:0",
                                  .operator_only_from = SITE_OPERATOR,
                                  .changed = changed,
                                  .app = app,
                                  .context = site,
                                  .patience_seconds = patience_seconds};
    must(web_start(&site->web, site->home, &options, why) == 0, why);
    must(sscanf(web_address(site->web), "http://127.0.0.1:%u/", &site->port) == 1, "the address");
    snprintf(site->host, sizeof site->host, "127.0.0.1:%u", site->port);
    site->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (phones) phones_open(site);
    if (phones) store_watch(site->home->store, watched, site);
    must(pthread_create(&site->thread, NULL, serve, site) == 0, "a thread");
}

void site_close(struct site *site) {
    static const uint64_t one = 1;
    must(write(site->stop_fd, &one, sizeof one) == sizeof one, "to stop");
    pthread_join(site->thread, NULL);
    close(site->stop_fd);
    if (site->lan) store_watch(site->home->store, NULL, NULL);
    web_stop(site->web);
    if (site->lan) {
        lan_stop(site->lan, NULL, NULL);
        uv_run(&site->loop, UV_RUN_DEFAULT);
        must(uv_loop_close(&site->loop) == 0, "to close the loop");
    }
    must(rmdir(site->home->path) == 0, "the home folder is not empty: an upload was left in it");
    home_close(site->home);
}

void site_group(struct site *site, const char *title, uint8_t id[HASH_SIZE]) {
    struct compose_community in = {.title = title, .lang = "kk"};
    home_enter(site->home);
    must(compose_community(site->home, &in, id) == 0, "a group");
    home_leave(site->home);
}

void site_write(struct site *site, const uint8_t group[HASH_SIZE], const char *text, enum urgency urgency,
                const uint8_t *reply, uint64_t created, uint8_t id[HASH_SIZE]) {
    uint8_t unused[HASH_SIZE];
    struct compose_text in = {
        .community = group, .text = text, .size = strlen(text), .urgency = urgency, .reply = reply, .created = created};
    home_enter(site->home);
    must(compose_text(site->home, &in, id != NULL ? id : unused) == 0, "a message");
    while (store_index(site->home->store, 1000) > 0) continue;
    home_leave(site->home);
}

void answer_free(struct answer *a) {
    free(a->head);
    free(a->body);
    *a = (struct answer){0};
}

int site_connect(struct site *site, const char *from) {
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)site->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && inet_pton(AF_INET, from, &own.sin_addr) == 1, "a socket");
    must(bind(fd, (struct sockaddr *)&own, sizeof own) == 0, "an address");
    must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "a time limit");
    must(connect(fd, (struct sockaddr *)&there, sizeof there) == 0, "to connect");
    return fd;
}

/* Take what was received apart; owns bytes afterwards. */
static void answer_parse(struct answer *out, char *bytes, size_t size) {
    char *end = size > 0 ? memmem(bytes, size, "\r\n\r\n", 4) : NULL;
    *out = (struct answer){0};
    if (end == NULL || sscanf(bytes, "HTTP/1.1 %u", &out->status) != 1) {
        out->status = 0;
        free(bytes);
        return;
    }
    size_t head = (size_t)(end - bytes) + 2;
    out->head = strndup(bytes, head);
    out->body_size = size - head - 2;
    out->body = calloc(1, out->body_size + 1);
    must(out->head != NULL && out->body != NULL, "memory");
    memcpy(out->body, end + 4, out->body_size);
    free(bytes);
}

void site_send(struct site *site, const char *from, const char *bytes, size_t size, struct answer *out) {
    int fd = site_connect(site, from);
    for (size_t at = 0; at < size;) {
        ssize_t sent = send(fd, bytes + at, size - at, MSG_NOSIGNAL);
        if (sent <= 0) break; /* refused early: its answer may be there */
        at += (size_t)sent;
    }
    shutdown(fd, SHUT_WR);
    site_receive(fd, out);
}

void site_receive(int fd, struct answer *out) {
    size_t room = 65536;
    size_t got = 0;
    char *in = malloc(room + 1);
    must(in != NULL, "memory");
    for (;;) {
        ssize_t more = recv(fd, in + got, room - got, 0);
        if (more <= 0) break;
        got += (size_t)more;
        if (got < room) continue;
        room *= 2;
        in = realloc(in, room + 1);
        must(in != NULL, "memory");
    }
    close(fd);
    in[got] = '\0';
    answer_parse(out, in, got);
}

void site_get(struct site *site, const char *from, const char *path, const char *more, struct answer *out) {
    char request[4096];
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", path,
                        site->host, more != NULL ? more : "");
    must(size > 0 && (size_t)size < sizeof request, "a shorter request");
    site_send(site, from, request, (size_t)size, out);
}

void site_post(struct site *site, const char *from, const char *path, const char *type, const char *body, size_t size,
               const char *more, struct answer *out) {
    char origin[64];
    size_t room = size + 4096;
    char *request = malloc(room);
    must(request != NULL, "memory");
    snprintf(origin, sizeof origin, "Origin: http://%s\r\n", site->host);
    int head = snprintf(
        request, room,
        "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s\r\n",
        path, site->host, type != NULL ? type : "application/x-www-form-urlencoded", size,
        more != NULL && strstr(more, "Origin:") != NULL ? "" : origin, more != NULL ? more : "");
    must(head > 0 && (size_t)head + size < room, "a shorter request");
    memcpy(request + head, body, size);
    site_send(site, from, request, (size_t)head + size, out);
    free(request);
}

void site_token(const char *page, const char *action, char out[64]) {
    char mark[200];
    out[0] = '\0';
    snprintf(mark, sizeof mark, "action=\"%s\"", action);
    const char *form = strstr(page, mark);
    const char *token = form != NULL ? strstr(form, "name=\"t\" value=\"") : NULL;
    if (token != NULL && sscanf(token, "name=\"t\" value=\"%50[0-9a-f]\"", out) != 1) out[0] = '\0';
}

void site_form(struct site *site, const char *from, const char *page, const char *action, char out[64]) {
    struct answer a;
    site_get(site, from, page, NULL, &a);
    must(a.status == 200, page);
    site_token(a.body, action, out);
    must(out[0] != '\0', action);
    answer_free(&a);
}

int answer_has(const struct answer *a, const char *name, const char *value) {
    size_t length = strlen(name);
    for (const char *line = a->head; line != NULL; line = strstr(line, "\r\n")) {
        if (*line == '\r') line += 2;
        if (strncasecmp(line, name, length) != 0 || line[length] != ':') continue;
        const char *have = line + length + 1;
        while (*have == ' ') have++;
        size_t size = strcspn(have, "\r");
        while (size > 0 && have[size - 1] == ' ') size--;
        if (size == strlen(value) && strncmp(have, value, size) == 0) return 1;
    }
    return 0;
}

void hex_of(char out[65], const uint8_t id[HASH_SIZE]) {
    sodium_bin2hex(out, 65, id, HASH_SIZE);
}
