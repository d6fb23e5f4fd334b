/*
 * posix_spawnp with a pipe for each stream; both are read until they are closed or time is up.
 */
#include "node/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/check.h"

#define ENVIRONMENT_MAX 512

static long long now_ms(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct sink {
    int fd;
    char *to;
    size_t size, max;
};

/* Take what is there. Closes at the end. */
static void sink_read(struct sink *s) {
    char piece[4096];
    ssize_t got = read(s->fd, piece, sizeof piece);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        close(s->fd);
        s->fd = -1;
        return;
    }
    size_t room = s->max - 1 - s->size;
    size_t take = (size_t)got < room ? (size_t)got : room;
    memcpy(s->to + s->size, piece, take);
    s->size += take;
}

/* Read both until both are closed. Return false if time was up before. */
static bool sinks_read(struct sink sinks[2], long long until) {
    while (sinks[0].fd >= 0 || sinks[1].fd >= 0) {
        struct pollfd fds[2] = {{.fd = sinks[0].fd, .events = POLLIN}, {.fd = sinks[1].fd, .events = POLLIN}};
        long long left = until - now_ms();
        if (left <= 0) return false;
        if (poll(fds, 2, (int)left) < 0 && errno != EINTR) return false;
        for (size_t i = 0; i < 2; i++)
            if (sinks[i].fd >= 0 && fds[i].revents != 0) sink_read(&sinks[i]);
    }
    return true;
}

/* The environment with messages in the language that they are looked at in. */
static void environment(char *out[ENVIRONMENT_MAX]) {
    size_t count = 0;
    for (char **at = environ; at != NULL && *at != NULL && count < ENVIRONMENT_MAX - 2; at++)
        if (strncmp(*at, "LC_", 3) != 0 && strncmp(*at, "LANG", 4) != 0) out[count++] = *at;
    static char plain[] = "LC_ALL=C.UTF-8";
    out[count++] = plain;
    out[count] = NULL;
}

static int spawn(pid_t *pid, const char *const *argv, const int out[2], const int err[2]) {
    posix_spawn_file_actions_t actions;
    char *env[ENVIRONMENT_MAX];
    environment(env);
    if (posix_spawn_file_actions_init(&actions) != 0) return ENOMEM;
    int bad = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (bad == 0) bad = posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    if (bad == 0) bad = posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    /* The declaration takes no const, the function changes nothing. */
    if (bad == 0) bad = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, env);
    posix_spawn_file_actions_destroy(&actions);
    return bad;
}

static int wait_end(pid_t pid, bool done, long long until) {
    int status = 0;
    struct timespec pause = {.tv_nsec = 10 * 1000000L};
    /* It may close its streams and go on. */
    while (done && now_ms() < until) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (got < 0 && errno != EINTR) return ERR_IO;
        (void)nanosleep(&pause, NULL);
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return ERR_INTERRUPTED;
}

int exec_run(struct exec *e, const char *const *argv, int wait_ms) {
    int out[2], err[2];
    pid_t pid = -1;
    CHECK(wait_ms > 0 && wait_ms <= EXEC_WAIT_MS_MAX);
    memset(e, 0, sizeof *e);
    if (pipe2(out, O_CLOEXEC) != 0) return ERR_IO;
    if (pipe2(err, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return ERR_IO;
    }
    long long until = now_ms() + wait_ms;
    int bad = spawn(&pid, argv, out, err);
    close(out[1]);
    close(err[1]);
    if (bad != 0) {
        close(out[0]);
        close(err[0]);
        return bad == ENOENT || bad == EACCES ? ERR_NOT_FOUND : ERR_IO;
    }
    struct sink sinks[2] = {{.fd = out[0], .to = e->out, .max = sizeof e->out},
                            {.fd = err[0], .to = e->err, .max = sizeof e->err}};
    bool done = sinks_read(sinks, until);
    for (size_t i = 0; i < 2; i++)
        if (sinks[i].fd >= 0) close(sinks[i].fd);
    int status = wait_end(pid, done, until);
    if (status < 0) return status;
    e->status = status;
    return 0;
}
