/*
 * usb.c: look at the list of mounts whenever the kernel says that it changed, and every two seconds; a device that was
 * not there before is a stick to work on.
 *
 * What stays in memory of a stick is where it is mounted, while it is. Taken out and put in again, it is another one.
 */
#include "node/usb.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/render.h"

struct place {
    struct usb_mount mount;
    bool used, here;
    bool gone; /* taken out while it is worked on: what is mounted there now is another one */
    struct usb_one one;
};

struct usb {
    uv_loop_t *loop;
    struct home *home;
    uv_timer_t timer;
    uv_poll_t poll; /* of the list of mounts, which the kernel says to have changed */
    int mounts_fd;  /* -1: only the timer looks */
    unsigned handles;
    uv_work_t work;
    struct place *worked; /* whose work is under way, or NULL */
    struct usb_result result;
    int work_fd;
    atomic_bool stopping;
    pthread_mutex_t mutex; /* of places, for usb_get */
    struct place places[USB_STICKS_MAX];
    char folders[USB_FOLDERS_MAX][PATH_MAX], plain[USB_FOLDERS_MAX][PATH_MAX];
    size_t folder_count, plain_count;
    void (*changed)(void *context, const struct usb_one *one);
    void *context;
};

static void free_if_done(struct usb *u) {
    if (u->handles > 0 || u->worked) return;
    if (u->mounts_fd >= 0) close(u->mounts_fd);
    pthread_mutex_destroy(&u->mutex);
    free(u);
}

static void state_set(struct usb *u, struct place *p, enum usb_state state) {
    pthread_mutex_lock(&u->mutex);
    p->one.state = state;
    pthread_mutex_unlock(&u->mutex);
    if (u->changed && !atomic_load(&u->stopping)) u->changed(u->context, &p->one);
}

/* ---- Work ---- */

static int on_progress(void *context, uint64_t done, uint64_t total) {
    const struct usb *u = context;
    (void)done;
    (void)total;
    return atomic_load(&u->stopping) ? 1 : 0;
}

/* On a thread of its own. */
static void work_run(uv_work_t *work) {
    struct usb *u = work->data;
    struct stat info;
    /* What is there now must be the device that was listed: else the root disk would be taken for the stick that was
     * just pulled out. */
    u->work_fd = open(u->worked->mount.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (u->work_fd >= 0 && fstat(u->work_fd, &info) == 0 && info.st_dev == u->worked->mount.device)
        usb_stick_work(u->home, u->work_fd, on_progress, u, &u->result);
    else
        u->result = (struct usb_result){.err = ERR_IO};
    if (u->work_fd >= 0) close(u->work_fd);
}

static void work_begin(struct usb *u);

static void work_done(uv_work_t *work, int status) {
    struct usb *u = work->data;
    struct place *p = u->worked;
    (void)status;
    pthread_mutex_lock(&u->mutex);
    p->one.result = u->result;
    pthread_mutex_unlock(&u->mutex);
    u->worked = NULL;
    state_set(u, p, USB_DONE);
    if (!p->here || p->gone) p->used = false;
    if (atomic_load(&u->stopping))
        free_if_done(u);
    else
        work_begin(u);
}

static void work_begin(struct usb *u) {
    for (size_t i = 0; i < USB_STICKS_MAX && !u->worked; i++) {
        struct place *p = &u->places[i];
        if (!p->used || p->one.state != USB_WAITS) continue;
        u->worked = p;
        u->work.data = u;
        if (uv_queue_work(u->loop, &u->work, work_run, work_done) != 0) {
            u->worked = NULL;
            return; /* at the next look */
        }
        state_set(u, p, USB_WORKING);
    }
}

/* ---- Looking ---- */

static void place_new(struct usb *u, const struct usb_mount *mount) {
    struct place *p = NULL;
    for (size_t i = 0; i < USB_STICKS_MAX && !p; i++)
        if (!u->places[i].used) p = &u->places[i];
    if (!p) return; /* when one has gone */
    const char *slash = strrchr(mount->path, '/');
    pthread_mutex_lock(&u->mutex);
    *p = (struct place){.mount = *mount, .used = true, .here = true};
    render_safe(p->one.label, sizeof p->one.label, slash && slash[1] ? slash + 1 : mount->path);
    p->one.state = USB_WAITS;
    pthread_mutex_unlock(&u->mutex);
}

static void mounts_note(struct usb *u, const struct usb_mount *found, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t k = 0; k < USB_STICKS_MAX && !known; k++) {
            struct place *p = &u->places[k];
            known =
                p->used && !p->gone && p->mount.device == found[i].device && strcmp(p->mount.path, found[i].path) == 0;
            p->here = p->here || known;
        }
        if (!known) place_new(u, &found[i]);
    }
}

/* A folder that stands in for a stick: its device is that of whatever it lies on. */
static void plain_note(struct usb *u, const char *path) {
    struct usb_mount mount = {0};
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) return;
    mount.device = info.st_dev;
    memcpy(mount.path, path, strlen(path) + 1);
    mounts_note(u, &mount, 1);
}

static void look(struct usb *u) {
    struct usb_mount *found = malloc(USB_STICKS_MAX * sizeof *found);
    struct stat info;
    dev_t not [2];
    size_t not_count = 0;
    char *list = NULL;
    if (stat("/", &info) == 0) not [not_count++] = info.st_dev;
    if (stat(u->home->path, &info) == 0) not [not_count++] = info.st_dev;
    if (!found || (u->folder_count > 0 && usb_mounts_read(&list) != 0)) {
        free(found);
        return; /* at the next look */
    }
    for (size_t i = 0; i < USB_STICKS_MAX; i++) u->places[i].here = false;
    for (size_t i = 0; i < u->folder_count; i++)
        mounts_note(u, found, usb_mounts_parse(list, u->folders[i], not, not_count, found));
    for (size_t i = 0; i < u->plain_count; i++) plain_note(u, u->plain[i]);
    pthread_mutex_lock(&u->mutex);
    for (size_t i = 0; i < USB_STICKS_MAX; i++) {
        struct place *p = &u->places[i];
        if (!p->used || p->here) continue;
        p->gone = true;
        if (p != u->worked) p->used = false;
    }
    pthread_mutex_unlock(&u->mutex);
    work_begin(u);
    free(list);
    free(found);
}

static void on_timer(uv_timer_t *timer) {
    look(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    look(poll->data);
}

/* ---- From outside ---- */

static int folder_take(char out[PATH_MAX], const char *folder, char why[HOME_WHY_SIZE]) {
    struct stat info;
    /* A folder of mounts may appear later (/run/media/USER), but its name must be whole: links in it are followed once,
     * here. */
    if (folder[0] == '/' && strlen(folder) < PATH_MAX && !realpath(folder, out) && errno == ENOENT) {
        memcpy(out, folder, strlen(folder) + 1);
        while (strlen(out) > 1 && out[strlen(out) - 1] == '/') out[strlen(out) - 1] = '\0';
        return 0;
    }
    if (realpath(folder, out) && stat(out, &info) == 0 && S_ISDIR(info.st_mode) && strcmp(out, "/") != 0) return 0;
    snprintf(why, HOME_WHY_SIZE, "--usb %.200s: expected a folder under which sticks get mounted", folder);
    return ERR_USAGE;
}

int usb_start(struct usb **out, uv_loop_t *loop, const struct usb_config *config, char why[HOME_WHY_SIZE]) {
    *out = NULL;
    if (config->folder_count + config->plain_count == 0) return 0;
    if (config->folder_count > USB_FOLDERS_MAX || config->plain_count > USB_FOLDERS_MAX) return ERR_USAGE;
    struct usb *u = calloc(1, sizeof *u);
    int err = u ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < config->folder_count && !err; i++)
        err = folder_take(u->folders[u->folder_count++], config->folders[i], why);
    for (size_t i = 0; i < config->plain_count && !err; i++)
        err = folder_take(u->plain[u->plain_count++], config->plain[i], why);
    if (err) {
        free(u);
        return err;
    }
    u->loop = loop;
    u->home = config->home;
    u->changed = config->changed;
    u->context = config->context;
    pthread_mutex_init(&u->mutex, NULL);
    uv_timer_init(loop, &u->timer);
    u->timer.data = u->poll.data = u;
    u->handles = 1;
    u->mounts_fd = u->folder_count > 0 ? open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC) : -1;
    if (u->mounts_fd >= 0 && uv_poll_init(loop, &u->poll, u->mounts_fd) == 0) {
        u->handles++;
        uv_poll_start(&u->poll, UV_PRIORITIZED, on_poll);
    }
    uv_timer_start(&u->timer, on_timer, 0, USB_LOOK_MS);
    *out = u;
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct usb *u = handle->data;
    u->handles--;
    free_if_done(u);
}

void usb_stop(struct usb *usb) {
    if (!usb) return;
    atomic_store(&usb->stopping, true);
    if (usb->handles > 1) uv_close((uv_handle_t *)&usb->poll, on_closed);
    uv_close((uv_handle_t *)&usb->timer, on_closed);
}

void usb_get(struct usb *usb, struct usb_status *out) {
    memset(out, 0, sizeof *out);
    if (!usb) return;
    pthread_mutex_lock(&usb->mutex);
    for (size_t i = 0; i < USB_STICKS_MAX; i++)
        if (usb->places[i].used) out->sticks[out->count++] = usb->places[i].one;
    pthread_mutex_unlock(&usb->mutex);
}
