/*
 * control.c: the node's side of the socket: one thread accepts, one for each session.
 */
#include "node/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/commands.h"
#include "node/control_wire.h"

struct control {
    struct home *home;
    int listener, wake, folder;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t idle;
    unsigned sessions;
    atomic_bool stopping;
};

struct session {
    struct output output; /* first: an output of this class is a session */
    struct control *control;
    int fd;
    bool broken; /* the client takes no more */
    size_t held;
    enum output_stream held_stream;
    char buffer[CONTROL_FRAME_MAX];
};

static void session_send(struct session *s, char type, const void *data, size_t size) {
    if (!s->broken && control_frame_send(s->fd, type, data, size)) s->broken = true;
}

static void session_flush(struct output *out) {
    struct session *s = (struct session *)out;
    if (s->held > 0)
        session_send(s, s->held_stream == OUTPUT_RESULT ? CONTROL_RESULT : CONTROL_WORDS, s->buffer, s->held);
    s->held = 0;
}

static void session_write(struct output *out, enum output_stream stream, const char *data, size_t size) {
    struct session *s = (struct session *)out;
    if (stream != s->held_stream) session_flush(out);
    s->held_stream = stream;
    while (size > 0) {
        size_t room = sizeof s->buffer - s->held, part = size < room ? size : room;
        memcpy(s->buffer + s->held, data, part);
        s->held += part;
        data += part;
        size -= part;
        if (s->held == sizeof s->buffer) session_flush(out);
    }
}

static void session_progress(struct output *out, uint64_t done, uint64_t total) {
    struct session *s = (struct session *)out;
    uint8_t payload[CONTROL_PROGRESS_SIZE];
    session_flush(out);
    control_progress_put(payload, done, total);
    session_send(s, CONTROL_PROGRESS, payload, sizeof payload);
}

static bool session_stopped(struct output *out) {
    struct session *s = (struct session *)out;
    struct pollfd p = {.fd = s->fd, .events = POLLRDHUP};
    return s->broken || atomic_load(&s->control->stopping) ||
           (poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)));
}

static const struct output_class session_class = {session_write, session_flush, session_progress, session_stopped};

/* The command that ends the node itself: the key is gone when the answer goes out, the rest right after it. */
static int session_wipe(struct session *s) {
    home_wipe_and_exit(s->control->home);
    return COMMAND_DONE;
}

static void session_serve(struct session *s) {
    uint8_t *message = malloc(REQUEST_SIZE_MAX);
    struct request *req = calloc(1, sizeof *req);
    int files[REQUEST_FILES_MAX];
    unsigned file_count = 0;
    uint8_t status = COMMAND_FAILED;
    int size = message && req ? control_request_receive(s->fd, message, files, &file_count) : ERR_MEMORY;
    int err = size < 0 ? size : request_unpack(req, message, (size_t)size);
    if (!err && req->file_count != file_count) err = ERR_FIELD;
    if (!err) {
        memcpy(req->files, files, sizeof files);
        req->served = true;
        s->output.lang = req->lang;
        s->output.json = req->json;
        status = (uint8_t)(strcmp(req->command, "wipe") == 0 ? session_wipe(s)
                                                             : command_run(s->control->home, req, &s->output));
    } else {
        output_say(&s->output, "the node did not understand the command: %s", lang_text(s->output.lang, err_text(err)));
    }
    session_flush(&s->output);
    session_send(s, CONTROL_END, &status, 1);
    for (unsigned i = 0; i < file_count; i++) close(files[i]);
    free(req);
    free(message);
}

static void *session_main(void *argument) {
    struct session *s = argument;
    struct control *c = s->control;
    session_serve(s);
    close(s->fd);
    free(s);
    pthread_mutex_lock(&c->mutex);
    c->sessions--;
    pthread_cond_signal(&c->idle);
    pthread_mutex_unlock(&c->mutex);
    return NULL;
}

/* Start a session on an accepted socket. Whatever fails, the client sees its connection closed. */
static void session_begin(struct control *c, int fd) {
    struct timeval receive = {.tv_sec = CONTROL_REQUEST_SECONDS}, send = {.tv_sec = CONTROL_SEND_SECONDS};
    pthread_attr_t detached;
    pthread_t thread;
    struct session *s = control_peer_is_own(fd) ? calloc(1, sizeof *s) : NULL;
    if (!s || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send) != 0)
        goto err0;
    s->output.class = &session_class;
    s->control = c;
    s->fd = fd;
    s->held_stream = OUTPUT_RESULT;
    pthread_mutex_lock(&c->mutex);
    bool full = c->sessions >= CONTROL_SESSIONS_MAX;
    if (!full) c->sessions++;
    pthread_mutex_unlock(&c->mutex);
    if (full) goto err0;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &detached, session_main, s);
    pthread_attr_destroy(&detached);
    if (!failed) return;
    pthread_mutex_lock(&c->mutex);
    c->sessions--;
    pthread_mutex_unlock(&c->mutex);
err0:
    free(s);
    close(fd);
}

static void *accept_main(void *argument) {
    struct control *c = argument;
    while (!atomic_load(&c->stopping)) {
        struct pollfd p[2] = {{.fd = c->listener, .events = POLLIN}, {.fd = c->wake, .events = POLLIN}};
        if (poll(p, 2, -1) < 0 || !(p[0].revents & POLLIN)) continue;
        int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            session_begin(c, fd);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            (void)poll(p + 1, 1, 100); /* out of descriptors: wait instead of spinning */
    }
    return NULL;
}

/* Nothing lies in the way of an address without a file. */
static int listener_open_memory(struct control *c) {
    struct sockaddr_un address;
    socklen_t size = control_address_memory(&address, c->home->path);
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->listener < 0) return ERR_IO;
    if (bind(c->listener, (struct sockaddr *)&address, size) == 0 && listen(c->listener, CONTROL_SESSIONS_MAX) == 0)
        return 0;
    int err = errno == EADDRINUSE ? ERR_BUSY : ERR_IO;
    close(c->listener);
    c->listener = -1;
    return err;
}

/* Open, bind and listen. The socket of a dead node lies in the way; that it is dead is known from the lock, which we
 * hold. */
static int listener_open(struct control *c) {
    struct sockaddr_un address;
    int err = control_address(&address, c->folder);
    if (err) return err;
    if (unlinkat(c->folder, CONTROL_SOCKET, 0) != 0 && errno != ENOENT) return ERR_READ_ONLY;
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->listener < 0) return ERR_IO;
    /* On Linux the mode of the descriptor is that of the file which bind makes; chmod covers the rest, within a folder
     * of mode 0700. */
    if (fchmod(c->listener, 0600) != 0 || bind(c->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        fchmodat(c->folder, CONTROL_SOCKET, 0600, 0) != 0 || listen(c->listener, CONTROL_SESSIONS_MAX) != 0) {
        err = errno == EACCES || errno == EROFS ? ERR_READ_ONLY : ERR_IO;
        close(c->listener);
        c->listener = -1;
    }
    return err;
}

int control_start(struct control **out, struct home *home, char why[HOME_WHY_SIZE]) {
    int err = ERR_MEMORY;
    struct control *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c) return ERR_MEMORY;
    c->home = home;
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->idle, NULL);
    c->wake = eventfd(0, EFD_CLOEXEC);
    if (c->wake < 0) goto err0;
    err = ERR_IO;
    const bool in_memory = home->protection == HOME_IN_MEMORY;
    c->folder = in_memory ? -1 : open(home->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (c->folder < 0 && !in_memory) goto err1;
    err = in_memory ? listener_open_memory(c) : listener_open(c);
    if (err) goto err2;
    if (pthread_create(&c->thread, NULL, accept_main, c) != 0) {
        err = ERR_MEMORY;
        goto err3;
    }
    *out = c;
    return 0;
err3:
    close(c->listener);
    if (c->folder >= 0) (void)unlinkat(c->folder, CONTROL_SOCKET, 0);
err2:
    if (c->folder >= 0) close(c->folder);
err1:
    close(c->wake);
err0:
    pthread_cond_destroy(&c->idle);
    pthread_mutex_destroy(&c->mutex);
    free(c);
    if (why) snprintf(why, HOME_WHY_SIZE, "%.400s/" CONTROL_SOCKET ": %s", home->path, err_text(err));
    return err;
}

void control_stop(struct control *c) {
    static const uint64_t one = 1;
    if (!c) return;
    atomic_store(&c->stopping, true);
    ssize_t put = write(c->wake, &one, sizeof one);
    assert(put == (ssize_t)sizeof one);
    (void)put;
    pthread_join(c->thread, NULL);
    close(c->listener);
    if (c->folder >= 0) (void)unlinkat(c->folder, CONTROL_SOCKET, 0);
    pthread_mutex_lock(&c->mutex);
    while (c->sessions > 0) pthread_cond_wait(&c->idle, &c->mutex);
    pthread_mutex_unlock(&c->mutex);
    if (c->folder >= 0) close(c->folder);
    close(c->wake);
    pthread_cond_destroy(&c->idle);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}
