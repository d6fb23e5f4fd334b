/*
 * strip_internal.h: what the parts of strip.h share.
 */
#ifndef MEDIA_STRIP_INTERNAL_H
#define MEDIA_STRIP_INTERNAL_H

#include <stdbool.h>

#include "media/strip.h"

/* Integers at a place that the caller has checked. */
uint32_t strip_be16(const uint8_t *p);
uint32_t strip_be32(const uint8_t *p);
uint64_t strip_be64(const uint8_t *p);
uint32_t strip_le32(const uint8_t *p);
void strip_put_be32(uint8_t *p, uint32_t value);
void strip_put_le32(uint8_t *p, uint32_t value);

/* Tell whether a four-character code stands in a list of them, like "IHDRIDATIEND". */
bool strip_in(const char *list, const uint8_t code[4]);

/* Move size bytes from `from` down to *to, and *to behind them. */
void strip_move(uint8_t *bytes, size_t *to, size_t from, size_t size);

/*
 * The one thing that is kept of EXIF. strip_turned: how the picture is turned (2 to 8), 0 if it stands upright or
 * nothing says. strip_turned_write: EXIF that says this and nothing else.
 */
#define STRIP_TIFF_SIZE 26
unsigned strip_turned(const uint8_t *tiff, size_t size);
void strip_turned_write(uint8_t out[STRIP_TIFF_SIZE], unsigned turned);

/* One format each, as strip_media. */
MUST_CHECK int strip_jpeg(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_png(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_webp(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_gif(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_wav(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_amr(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_iso(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_ogg(uint8_t *bytes, size_t *size);
MUST_CHECK int strip_webm(uint8_t *bytes, size_t *size);

#endif
