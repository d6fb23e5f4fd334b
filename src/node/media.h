/*
 * media.h: guess a file's media type.
 */
#ifndef NODE_MEDIA_H
#define NODE_MEDIA_H

#include <stddef.h>
#include <stdint.h>

#define MEDIA_HEAD_SIZE 16

/* Return the media type by the first bytes of a file, else by the suffix of its name, else "application/octet-stream".
 * Static. */
const char *media_guess(const char *name, const uint8_t *head, size_t size);

/* Return the usual suffix of a media type, without a dot; "bin" for one that is not known. Static. */
const char *media_suffix(const char *media);

#endif
