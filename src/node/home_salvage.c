/*
 * home_salvage.c: a damaged store gives way to one of what could be read of it.
 *
 * The new store is made beside the old one (store.db.saved) and closed; then the old one is set aside
 * (store.db.damaged), the file itself last, and the new one takes its place, the file itself last. What a power cut
 * leaves of that is told by which files are there: without store.db.damaged, or without store.db, the old one goes back
 * and all begins anew.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "node/home_internal.h"

#define NAME_SIZE 32

/* Rename all files of a store; the store itself, which tells that it is done, is the last one. */
static int store_move(const char *folder, const char *from, const char *to) {
    char name[NAME_SIZE], here[PATH_MAX], there[PATH_MAX];
    int err = 0;
    for (unsigned i = 0; i < HOME_STORE_PARTS && !err; i++) {
        (void)snprintf(name, sizeof name, "%s%s", from, home_store_parts[i]);
        err = home_file(here, folder, name);
        (void)snprintf(name, sizeof name, "%s%s", to, home_store_parts[i]);
        if (!err) err = home_file(there, folder, name);
        if (!err && rename(here, there) != 0 && errno != ENOENT) err = file_err(errno);
    }
    home_folder_sync(folder);
    return err;
}

/* Put in order what a power cut left. */
static int begun_undo(const char *folder, const char *store, const char *saved, const char *aside) {
    int err = 0;
    if (!home_file_exists(folder, store) && home_file_exists(folder, aside)) {
        char here[PATH_MAX], there[PATH_MAX];
        err = home_store_wipe(folder, store); /* the new one's */
        if (!err) err = home_file(here, folder, aside);
        if (!err) err = home_file(there, folder, store);
        if (!err && rename(here, there) != 0) err = file_err(errno);
        home_folder_sync(folder);
    }
    if (!err && !home_file_exists(folder, aside)) err = store_move(folder, aside, store);
    return err ? err : home_store_wipe(folder, saved);
}

/* Tell whether a store that can be read is in order, too. */
static bool is_in_order(const struct home *home) {
    struct store *s = NULL;
    int err = home_store_open(&s, home->path, home->slot, home->key, false, NULL);
    if (!err) err = store_integrity(s);
    store_close(s);
    return err == 0;
}

static int store_replace(const struct home *home, struct home_salvaged *out, char why[HOME_WHY_SIZE]) {
    const char *store = home_store_files[home->slot];
    char saved[NAME_SIZE], aside[NAME_SIZE], from[PATH_MAX], to[PATH_MAX];
    uint8_t *key = sodium_malloc(KEY_SIZE);
    if (!key) return ERR_MEMORY;
    keyring_derive(key, home->key, "store");
    (void)snprintf(saved, sizeof saved, "%s" HOME_SAVED, store);
    (void)snprintf(aside, sizeof aside, "%s" HOME_DAMAGED, store);
    int err = begun_undo(home->path, store, saved, aside);
    if (!err) err = home_file(from, home->path, store);
    if (!err) err = home_file(to, home->path, saved);
    if (!err) err = home_file(out->aside, home->path, aside);
    if (!err && home_file_exists(home->path, aside)) {
        home_say(why, "%s: what was damaged before still lies here: longear salvage --drop", out->aside);
        err = ERR_EXISTS;
    }
    if (!err) err = store_sqlite_salvage(from, key, to, key, &out->of, why);
    sodium_free(key);
    const bool changed = !err && (out->of.parts[0] || !is_in_order(home));
    if (changed && !out->of.parts[0]) (void)snprintf(out->of.parts, sizeof out->of.parts, "lists");
    if (changed) {
        err = store_move(home->path, store, aside);
        if (!err) err = store_move(home->path, saved, store);
        return err;
    }
    int gone = home_store_wipe(home->path, saved);
    return err ? err : gone;
}

/* Have the lock and the keys, but not the store. */
static int home_unlock(struct home **out, const char *path, const struct home_access *access, char why[HOME_WHY_SIZE]) {
    *out = NULL;
    if (!home_is_there(path)) {
        home_say(why, "%s: %s", path, err_text(ERR_NO_HOME));
        return ERR_NO_HOME;
    }
    int lock = home_lock_take(path, why);
    if (lock < 0) return lock;
    *out = home_new(path);
    if (!*out) {
        (void)close(lock);
        return ERR_MEMORY;
    }
    (*out)->lock_fd = lock;
    return home_keys_open(*out, access, why);
}

int home_salvage(const char *path, const struct home_access *access, struct home_salvaged *out,
                 char why[HOME_WHY_SIZE]) {
    struct home *home;
    memset(out, 0, sizeof *out);
    int err = home_unlock(&home, path, access, why);
    if (!err) err = store_replace(home, out, why);
    home_close(home);
    return err;
}

int home_salvage_drop(const char *path, const struct home_access *access, char why[HOME_WHY_SIZE]) {
    struct home *home;
    char aside[NAME_SIZE];
    int err = home_unlock(&home, path, access, why);
    if (!err) {
        (void)snprintf(aside, sizeof aside, "%s" HOME_DAMAGED, home_store_files[home->slot]);
        if (!home_file_exists(path, aside) || !home_file_exists(path, home_store_files[home->slot])) {
            home_say(why, "nothing was set aside here; nothing was changed");
            err = ERR_NOT_FOUND;
        }
    }
    if (!err) err = home_store_wipe(path, aside);
    home_close(home);
    return err;
}
