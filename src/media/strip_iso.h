/*
 * strip_iso.h: where the samples of an MP4's tracks lie, and the overwriting of all else between them.
 */
#ifndef MEDIA_STRIP_ISO_H
#define MEDIA_STRIP_ISO_H

#include "media/strip_internal.h"

/* The content of a box, version and flags first; at 0: there is none. */
struct iso_table {
    size_t at, end;
};

struct iso_track {
    struct iso_table runs, sizes, chunks; /* stsc; stsz or stz2; stco or co64 */
    bool compact, large;                  /* stz2; co64 */
};

struct iso_media {
    unsigned count;
    struct iso_track tracks[STRIP_TRACKS_MAX];
};

/*
 * Overwrite with zeros every byte of the boxes "mdat" that no sample of these tracks covers. Errors: ERR_FIELD (tables
 * that cannot be, samples outside of "mdat"), ERR_UNSUPPORTED (samples that do not stand in the order of the file).
 */
MUST_CHECK int iso_data_clean(uint8_t *bytes, size_t size, const struct iso_media *media);

#endif
