/*
 * picture.h: which attachments are here, and which of them may be shown as pictures: by their first bytes, never by
 * what their sender says.
 */
#ifndef NODE_WEB_PICTURE_H
#define NODE_WEB_PICTURE_H

#include "node/web/request.h"

#define PICTURE_SHOWN_MAX (12 * 1024 * 1024)

enum picture_state {
    PICTURE_ABSENT, /* not all chunks are here */
    PICTURE_FILE,   /* to download */
    PICTURE_SHOWN,  /* a raster picture that a page may show */
};

/* Look an attachment up; the caller holds home_enter. */
enum picture_state picture_state_of(struct request *r, const struct attachment *a);

/* Return the media type of a raster picture (PNG, JPEG, WebP, GIF) by its first bytes, or NULL. */
const char *picture_type(const uint8_t *data, size_t size);

#endif
