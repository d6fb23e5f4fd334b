/*
 * strip.h: take everything out of a photo, a video or a sound that is not needed to show it: place, device, names,
 * times, thumbnails, comments, whatever hangs behind its end.
 *
 * Lossless: pixels and samples are the bytes that they were. What is kept is listed, all else goes, so that a field
 * nobody has thought of goes too. The one thing kept of EXIF is how a picture is to be turned. In pictures and WAV the
 * rest moves up; in films and sounds, where positions are written down all over the file, what goes is overwritten by
 * zeros in an element that every player passes over, so that no position changes. doc/decisions/metadata.md
 */
#ifndef MEDIA_STRIP_H
#define MEDIA_STRIP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* What a file is, by its bytes. */
enum strip_form {
    STRIP_OTHER = 0, /* no picture, film or sound that is known here */
    STRIP_FOREIGN,   /* one of those, in a format that is not read here: TIFF and raw photos, MP3, FLAC, AVI … */
    STRIP_HEIF,      /* HEIC, AVIF */
    STRIP_JPEG,
    STRIP_PNG,
    STRIP_WEBP,
    STRIP_GIF,
    STRIP_WAV,
    STRIP_AMR,
    STRIP_ISO, /* MP4, M4A, MOV, 3GP */
    STRIP_OGG,
    STRIP_WEBM,
};

#define STRIP_HEAD_SIZE 16 /* bytes that strip_form_of looks at */

/* Local limits. */
#define STRIP_TRACKS_MAX 16 /* tracks or streams of one file */

/* Tell what a file is by its first bytes; fewer than STRIP_HEAD_SIZE are fine. */
enum strip_form strip_form_of(const uint8_t *head, size_t size);

/*
 * Strip a whole file in place; it only ever gets shorter. Doing it again changes nothing. Work is linear in the size.
 * Return 0, and *size is what is left. On an error the bytes are undefined and must not be passed on:
 * ERR_UNSUPPORTED (STRIP_OTHER, STRIP_FOREIGN, STRIP_HEIF, or a rare way to write one of the others), ERR_TRUNCATED,
 * ERR_FIELD, ERR_CHECKSUM (it is damaged), ERR_LIMIT (more than STRIP_TRACKS_MAX tracks).
 */
MUST_CHECK int strip_media(uint8_t *bytes, size_t *size);

#endif
