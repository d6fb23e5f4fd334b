/*
 * Measure a phone's first exchange over HTTP: a page's session (in this process, without a browser) against the
 * program, over loopback, with headers as browsers send them; and what a contact costs the node in memory.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "carrier/lan_frames.h"
#include "core/check.h"
#include "core/invite.h"
#include "test/carrier/page_util.h"

#define RECORDS 1000
#define RECORD_SIZE 300
#define RUNS 5
#define START_SECONDS 10
#define CONTACTS 64 /* whose memory is measured */

static const char browser[] =
    "Connection: keep-alive\r\nUser-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36\r\nContent-Type: text/plain\r\nAccept: */*\r\nOrigin: null\r\n"
    "Accept-Encoding: gzip, deflate\r\nAccept-Language: kk-KZ,kk;q=0.9,ru;q=0.8,en;q=0.7\r\n";

struct http {
    unsigned port;
    int fd;
    uint64_t wire, requests;
    uint8_t *in; /* HTTP_ANSWER_MAX and headers */
};

#define IN_ROOM (HTTP_ANSWER_MAX + 65536)

static void http_connect(struct http *h, const char *from) {
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)h->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(h->fd >= 0 && inet_pton(AF_INET, from, &own.sin_addr) == 1);
    CHECK(bind(h->fd, (const struct sockaddr *)&own, sizeof own) == 0);
    CHECK(connect(h->fd, (const struct sockaddr *)&there, sizeof there) == 0);
}

/* One request on the connection that stays; *body lies in h->in. Return the body's size. */
static size_t http_ask(struct http *h, const char *line, const uint8_t *data, size_t size, const uint8_t **body) {
    char head[1024];
    /* The groups are told, on this device, to who is no page from elsewhere. */
    bool is_post = strncmp(line, "POST", 4) == 0;
    int length = snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %zu\r\n\r\n", line,
                          is_post ? "192.168.100.100:8480" : "127.0.0.1", is_post ? browser : "", size);
    CHECK(length > 0 && (size_t)length < sizeof head);
    CHECK(send(h->fd, head, (size_t)length, MSG_NOSIGNAL | MSG_MORE) == length);
    for (size_t at = 0; at < size || at == 0;) {
        ssize_t sent = send(h->fd, data + at, size - at, MSG_NOSIGNAL);
        CHECK(sent >= 0);
        at += (size_t)sent;
        if (size == 0) break;
    }
    size_t got = 0, want = 0;
    const char *end = NULL;
    while (!end || got < want) {
        ssize_t more = recv(h->fd, h->in + got, IN_ROOM - 1 - got, 0);
        CHECK(more > 0);
        got += (size_t)more;
        h->in[got] = '\0';
        if (end) continue;
        end = strstr((const char *)h->in, "\r\n\r\n");
        if (!end) continue;
        const char *field = strcasestr((const char *)h->in, "Content-Length:");
        CHECK(field && field < end);
        want = (size_t)(end + 4 - (const char *)h->in) + strtoul(field + 15, NULL, 10);
    }
    CHECK(strncmp((const char *)h->in, "HTTP/1.1 200", 12) == 0);
    h->requests++;
    h->wire += (size_t)length + size + got;
    *body = (const uint8_t *)end + 4;
    return want - (size_t)((const char *)*body - (const char *)h->in);
}

static void charter_get(struct http *h, struct record *record, uint8_t room[INVITE_BYTES_MAX]) {
    static struct charter charter;
    static struct invite_message message;
    const uint8_t *body;
    size_t size = http_ask(h, "GET /session", NULL, 0, &body);
    const char *line = memmem(body, size, "longear:", 8);
    CHECK(line);
    CHECK(invite_decode(&charter, record, &message, room, line, strcspn(line, "\"")) >= 0);
}

/* Exchange until both are through. Return seconds. */
static double first_exchange(struct http *h, const char *from, uint64_t now) {
    static struct page page;
    static uint8_t out[HTTP_BODY_MAX], room[INVITE_BYTES_MAX];
    struct record charter;
    uint8_t id[HTTP_ID_SIZE];
    char hex[2 * HTTP_ID_SIZE + 1], line[100];
    http_connect(h, from);
    charter_get(h, &charter, room);
    page_open(&page, &charter, now);
    randombytes_buf(id, sizeof id);
    snprintf(line, sizeof line, "POST /session/%s?wait=20", sodium_bin2hex(hex, sizeof hex, id, sizeof id));
    h->wire = h->requests = 0;
    double began = bench_now();
    page_begin_contact(&page);
    while (page.came < RECORDS || !page_is_settled(&page)) {
        const uint8_t *body;
        size_t size = page_say(&page, out, sizeof out);
        size = http_ask(h, line, out, size, &body);
        page_hear(&page, body, size);
        CHECK(page.err == 0);
    }
    double seconds = bench_now() - began;
    page_close(&page);
    close(h->fd);
    return seconds;
}

/* Bytes that a contact costs the node: so many handshakes from as many addresses. */
static uint64_t contact_bytes(struct http *h, pid_t pid) {
    uint8_t body[LAN_PREFIX_SIZE + CHANNEL_FIRST_SIZE];
    const uint8_t *answer;
    char from[20], line[100];
    uint64_t before = bench_resident(pid);
    for (unsigned i = 0; i < CONTACTS; i++) {
        snprintf(from, sizeof from, "127.0.1.%u", i + 1);
        snprintf(line, sizeof line, "POST /session/%032x", i + 1);
        lan_frames_prefix(body, CHANNEL_FIRST_SIZE);
        body[LAN_PREFIX_SIZE] = CHANNEL_FIRST;
        randombytes_buf(body + LAN_PREFIX_SIZE + 1, KEY_SIZE);
        http_connect(h, from);
        CHECK(http_ask(h, line, body, sizeof body, &answer) > 0);
        close(h->fd);
    }
    uint64_t after = bench_resident(pid);
    return after > before ? (after - before) / CONTACTS : 0;
}

int main(void) {
    char home[PATH_MAX], web[40];
    uint8_t community[HASH_SIZE];
    struct http h = {.in = malloc(IN_ROOM), .port = bench_port()};
    struct bench_process node;
    double seconds[RUNS];
    CHECK(h.in && sodium_init() >= 0);
    snprintf(home, sizeof home, "%s/home", bench_directory());
    snprintf(web, sizeof web, "127.0.0.1:%u", h.port);
    bench_home(home, "Square", community);
    const struct bench_fill fill = {
        .records = RECORDS, .authors = 20, .text_size = 600, .record_size = RECORD_SIZE, .seconds_apart = 60};
    bench_home_fill(home, community, &fill);
    const char *const up[] = {"--home", home, "up", "--web", web, "--listen", "127.0.0.1:0", "--no-discovery", NULL};
    bench_start(&node, up);
    while (bench_get(h.port, "/", NULL) != 200) {
        if (bench_now() - node.started > START_SECONDS) bench_die("the node serves no page", 0);
        usleep(1000);
    }
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    for (unsigned i = 0; i < RUNS; i++) {
        char from[20]; /* one address holds only so many contacts */
        snprintf(from, sizeof from, "127.0.0.%u", i + 2);
        seconds[i] = first_exchange(&h, from, (uint64_t)t.tv_sec);
    }
    double median = bench_median(seconds, RUNS);
    uint64_t requests = h.requests, wire = h.wire, memory = contact_bytes(&h, node.pid);
    kill(node.pid, SIGTERM);
    waitpid(node.pid, NULL, 0);
    const double bytes = (double)RECORDS * RECORD_SIZE;
    bench_report(&(struct bench_result){.bench = "http_first_exchange",
                                        .n = RECORDS,
                                        .value = median,
                                        .unit = "s",
                                        .target = 3,
                                        .ratio = median / 3,
                                        .ok = median <= 3});
    bench_report(&(struct bench_result){.bench = "http_requests",
                                        .n = RECORDS,
                                        .value = (double)requests,
                                        .unit = "",
                                        .target = 40,
                                        .ratio = (double)requests / 40,
                                        .ok = requests <= 40});
    bench_report(&(struct bench_result){.bench = "http_wire",
                                        .n = RECORDS,
                                        .value = (double)wire,
                                        .unit = "bytes",
                                        .baseline = bytes,
                                        .ratio = (double)wire / bytes,
                                        .target = 1.2,
                                        .ok = (double)wire <= 1.2 * bytes});
    bench_report(&(struct bench_result){.bench = "http_contact_memory",
                                        .n = CONTACTS,
                                        .value = (double)memory,
                                        .unit = "bytes",
                                        .baseline = HTTP_CONTACT_MEMORY,
                                        .ratio = (double)memory / HTTP_CONTACT_MEMORY,
                                        .target = 1,
                                        .ok = memory <= HTTP_CONTACT_MEMORY});
    free(h.in);
    return 0;
}
