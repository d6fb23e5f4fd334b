/*
 * command_meet.c: two devices at one point agree on words that two people compare.
 *
 * The messages lie at a point's page, each under its number (node/web/meet.h); this side asks for the next one twice a
 * second, and gives up with the point's own time.
 */
#include <netdb.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/meet.h"
#include "node/address.h"
#include "node/command_people.h"
#include "node/lookup.h"
#include "node/render.h"

#define POINT_DEFAULT "127.0.0.1"
#define PORT_DEFAULT "8480"
#define LOOK_MS 500
#define LOOKS_MAX 600
#define WAIT_SECONDS 10
#define NUMBER_TRIES 5
#define NUMBER_SIZE 7

struct point {
    struct address_parts at;
    char number[NUMBER_SIZE];
};

struct reply {
    unsigned status;
    size_t size;
    uint8_t body[2048];
};

static int dial(const struct address_parts *at) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    struct addrinfo *list;
    int fd = -1;
    if (getaddrinfo(at->host, at->port[0] ? at->port : PORT_DEFAULT, &hints, &list) != 0) return -1;
    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0) continue;
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) break;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

/* One request of HTTP/1.0 on a connection of its own. data NULL: GET. Return 0 or ERR_NET, ERR_LINK. */
static int ask(const struct point *point, unsigned message, const uint8_t *data, size_t size, struct reply *out) {
    char head[512];
    uint8_t got[4096];
    size_t at = 0;
    int fd = dial(&point->at), err = ERR_LINK;
    if (fd < 0) return ERR_NET;
    int length = snprintf(head, sizeof head, "%s /meet/%s/%u HTTP/1.0\r\nHost: link\r\nContent-Length: %zu\r\n\r\n",
                          data ? "POST" : "GET", point->number, message, size);
    if (send(fd, head, (size_t)length, MSG_NOSIGNAL) == length &&
        (size == 0 || send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size))
        for (ssize_t n; at < sizeof got - 1 && (n = recv(fd, got + at, sizeof got - 1 - at, 0)) > 0;) at += (size_t)n;
    close(fd);
    got[at] = '\0';
    const char *end = strstr((const char *)got, "\r\n\r\n");
    if (end && sscanf((const char *)got, "HTTP/1.%*1u %3u", &out->status) == 1) {
        const uint8_t *body = (const uint8_t *)end + 4;
        out->size = at - (size_t)(body - got);
        if (out->size <= sizeof out->body) {
            memcpy(out->body, body, out->size);
            err = 0;
        }
    }
    return err;
}

/* The first one: leave message 1 under a number that is free. */
static int place_begin(struct point *point, const uint8_t *message, size_t size, struct reply *reply) {
    for (unsigned i = 0; i < NUMBER_TRIES; i++) {
        snprintf(point->number, sizeof point->number, "%06u", (unsigned)randombytes_uniform(1000000));
        int err = ask(point, 1, message, size, reply);
        if (err || reply->status != 409) return err;
    }
    return ERR_BUSY;
}

static bool wait_a_little(const struct command_call *call) {
    (void)poll(NULL, 0, LOOK_MS);
    return !output_stopped(call->out);
}

static void failure_say(const struct command_call *call, int err) {
    switch (err) {
    case ERR_NET:
        output_say(call->out, "no point answers there; run longear up, or name one by --at HOST:PORT");
        return;
    case ERR_SILENT: output_say(call->out, "the other device did not come"); return;
    case ERR_NOT_FOUND:
        output_say(call->out, "nobody began a meeting with this number here, or its five minutes are over");
        return;
    case ERR_BUSY:
        output_say(call->out, "the point has no place for another meeting now; try again in a minute");
        return;
    case ERR_INTERRUPTED: output_say(call->out, "interrupted"); return;
    case ERR_EXISTS:
        output_say(call->out, "somebody else has answered under this number; begin again, with a new one");
        return;
    default: break;
    }
    output_say(call->out, "%s", output_text(call->out, err_text(err)));
    output_note(call->out,
                "The other device means another group, or somebody changes what goes between you. Begin again, "
                "with a new number; if it stays so, take a code: longear key.");
}

static int status_error(unsigned status) {
    return status == 404                    ? ERR_NOT_FOUND
           : status == 409                  ? ERR_EXISTS
           : status == 429 || status == 503 ? ERR_BUSY
                                            : ERR_LINK;
}

static int turn_send(struct meet *m, struct point *point, unsigned message, const struct command_call *call) {
    uint8_t bytes[MEET_MESSAGE_MAX];
    struct reply reply;
    size_t size = meet_send(m, bytes);
    bool begins = message == 1;
    int err = begins ? place_begin(point, bytes, size, &reply) : ask(point, message, bytes, size, &reply);
    if (err) return err;
    if (reply.status != 204) return status_error(reply.status);
    if (!begins) return 0;
    output_json(call->out, json_pack("{s:s}", "number", point->number));
    output_print(call->out, "The number to say: %s\n", point->number);
    output_flush(call->out);
    return 0;
}

static int turn_wait(struct meet *m, const struct point *point, unsigned message, const struct command_call *call) {
    struct reply reply;
    for (unsigned i = 0; i < LOOKS_MAX; i++) {
        int err = ask(point, message, NULL, 0, &reply);
        if (err) return err;
        if (reply.status == 200) return meet_recv(m, reply.body, reply.size);
        if (reply.status == 404 && message > 1) return ERR_SILENT;
        if (reply.status != 204) return status_error(reply.status);
        if (!wait_a_little(call)) return ERR_INTERRUPTED;
    }
    return ERR_SILENT;
}

static int meet_run(struct meet *m, struct point *point, const struct command_call *call) {
    bool sends;
    for (unsigned message; (message = meet_turn(m, &sends)) != 0;) {
        int err = sends ? turn_send(m, point, message, call) : turn_wait(m, point, message, call);
        if (err) return err;
    }
    return 0;
}

static int result_tell(const struct command_call *call, const struct meet *m) {
    uint8_t words[MEET_WORDS_SIZE];
    char text[MEET_WORDS_TEXT], latin[MEET_WORDS_TEXT], handle[HANDLE_SIZE], name[4 * MEET_NAME_MAX];
    int err = people_pending_set(call, m->community, m->other_key);
    if (err) return err;
    meet_words(m, words);
    meet_words_text(latin, words, false);
    meet_words_text(text, words, call->out->lang != LANG_EN);
    person_handle(handle, m->other_key);
    render_safe(name, sizeof name, m->other_name);
    output_json(call->out, json_pack("{s:s,s:o,s:s,s:s}", "words", latin, "key", command_hex_json(m->other_key),
                                     "handle", handle, "name", m->other_name));
    output_print(call->out, "The words: %s\n", text);
    if (call->out->json) return 0;
    output_note(call->out, "The other one writes as %s.", handle);
    if (name[0]) output_note(call->out, "They call themselves: %s", name);
    output_note(call->out, "Look at both screens. Only if the words are the same: longear met --same");
    return 0;
}

static bool number_read(struct point *point, const char *number) {
    size_t size = strlen(number);
    if (size < 4 || size >= NUMBER_SIZE || strspn(number, "0123456789") != size) return false;
    memcpy(point->number, number, size + 1);
    return true;
}

int command_meet(const struct command_call *call) {
    const char *at = request_option(call->req, "at"), *number = request_option(call->req, "number"),
               *name = request_option(call->req, "name");
    struct point point = {.at = {.host = POINT_DEFAULT}};
    uint8_t secret[KEY_SIZE];
    struct member member;
    struct meet m;
    int status = COMMAND_FAILED;
    if (at && address_split(&point.at, at)) {
        output_say(call->out, "expected HOST:PORT, like 192.168.1.5:8480; not \"%s\"", at);
        return COMMAND_USAGE;
    }
    if (number && !number_read(&point, number)) {
        output_say(call->out, "a number of a meeting has four to six digits");
        return COMMAND_USAGE;
    }
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    home_member(call->home, &c->charter, false, &member);
    randombytes_buf(secret, sizeof secret);
    int err =
        meet_begin(&m, number ? MEET_SECOND : MEET_FIRST, c->charter.community, &member, name ? name : "", secret);
    crypto_wipe(&member, sizeof member);
    crypto_wipe(secret, sizeof secret);
    if (err) {
        status = command_failed(call, err);
        goto err1;
    }
    err = meet_run(&m, &point, call);
    if (err) {
        failure_say(call, err);
    } else {
        err = result_tell(call, &m);
        status = err ? command_failed(call, err) : COMMAND_DONE;
    }
err1:
    meet_end(&m);
err0:
    free(c);
    return status;
}
