/*
 * attach.c: look at the first bytes, then strip in memory or go on from the file.
 */
#include "node/attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/blob.h"
#include "media/strip.h"
#include "node/compose.h"
#include "node/media.h"
#include "node/original.h"

/* The file's own name without its folders, as far as a record may hold it. */
static void name_copy(char out[TEXT_NAME_MAX + 1], const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    if (length > TEXT_NAME_MAX) {
        /* Keep the end, where the suffix stands, from a whole character on. */
        name += length - TEXT_NAME_MAX;
        while (((unsigned char)*name & 0xc0) == 0x80) name++;
    }
    snprintf(out, TEXT_NAME_MAX + 1, "%s", name);
}

/* A name by the kind alone: "photo.jpg", "sound-2.ogg". */
static void name_neutral(char out[TEXT_NAME_MAX + 1], const char *media, unsigned number) {
    bool picture = strncmp(media, "image/", 6) == 0, sound = strncmp(media, "audio/", 6) == 0;
    const char *kind = picture ? "photo" : sound ? "sound" : "video", *suffix = media_suffix(media);
    if (number <= 1)
        snprintf(out, TEXT_NAME_MAX + 1, "%s.%s", kind, suffix);
    else
        snprintf(out, TEXT_NAME_MAX + 1, "%s-%u.%s", kind, number, suffix);
}

static bool is_of_media(const char *media) {
    return strncmp(media, "image/", 6) == 0 || strncmp(media, "audio/", 6) == 0 || strncmp(media, "video/", 6) == 0;
}

static int file_read(int fd, uint8_t *out, size_t size) {
    for (size_t at = 0; at < size;) {
        ssize_t got = pread(fd, out + at, size - at, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return ERR_IO; /* 0: the file shrank */
        at += (size_t)got;
    }
    return 0;
}

/* The whole of a file that can be stripped. */
static int attach_media(struct home *home, const struct attach_in *in, size_t size, struct attachment *out,
                        enum attach_way *way) {
    uint8_t *bytes = malloc(size), *original = in->keep_original ? malloc(size) : NULL, hash[HASH_SIZE] = {0};
    char media[sizeof out->media];
    size_t left = size;
    int err = bytes && (original || !in->keep_original) ? file_read(in->fd, bytes, size) : ERR_MEMORY;
    if (!err && original) memcpy(original, bytes, size);
    if (!err) {
        err = strip_media(bytes, &left);
        if (err && err != ERR_UNSUPPORTED) err = ERR_DAMAGED;
    }
    if (!err)
        snprintf(media, sizeof media, "%s",
                 media_guess(in->name, bytes, left < MEDIA_HEAD_SIZE ? left : MEDIA_HEAD_SIZE));
    if (!err && original && (left != size || memcmp(original, bytes, size) != 0))
        err = original_keep(home, original, size, hash);
    free(original);
    if (!err) err = compose_blob_bytes(home, bytes, left, out);
    free(bytes);
    if (err) return err;
    memcpy(out->original, hash, HASH_SIZE);
    memcpy(out->media, media, sizeof media);
    name_copy(out->name, in->name);
    *way = left == size ? ATTACH_BARE : ATTACH_STRIPPED;
    if (strpbrk(out->name, "0123456789")) {
        name_neutral(out->name, media, in->number);
        *way = ATTACH_STRIPPED;
    }
    for (int i = 0; i < HASH_SIZE; i++)
        if (hash[i] != 0) *way = ATTACH_STRIPPED;
    return 0;
}

int attach_file(struct home *home, const struct attach_in *in, struct attachment *out, enum attach_way *way,
                bool *heif) {
    uint8_t head[STRIP_HEAD_SIZE > MEDIA_HEAD_SIZE ? STRIP_HEAD_SIZE : MEDIA_HEAD_SIZE];
    ssize_t got = pread(in->fd, head, sizeof head, 0);
    off_t end = lseek(in->fd, 0, SEEK_END);
    if (got < 0 || end < 0) return ERR_IO;
    if (end == 0 || (uint64_t)end > (in->size_max > 0 ? in->size_max : BLOB_SIZE_MAX)) return ERR_LIMIT;
    const char *media = media_guess(in->name, head, (size_t)got);
    enum strip_form form = strip_form_of(head, (size_t)got);
    memset(out, 0, sizeof *out);
    *way = ATTACH_AS_IT_IS;
    *heif = form == STRIP_HEIF;
    if (!in->as_it_is && (form == STRIP_FOREIGN || form == STRIP_HEIF || (form == STRIP_OTHER && is_of_media(media))))
        return ERR_UNSUPPORTED;
    if (!in->as_it_is && form != STRIP_OTHER) return attach_media(home, in, (size_t)end, out, way);
    int err = compose_blob(home, in->fd, out);
    if (err) return err;
    name_copy(out->name, in->name);
    snprintf(out->media, sizeof out->media, "%s", media);
    return 0;
}
