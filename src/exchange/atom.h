/*
 * atom.h: a feed of what is public, for readers of feeds: the Atom Syndication Format (RFC 4287). Written only.
 */
#ifndef EXCHANGE_ATOM_H
#define EXCHANGE_ATOM_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "exchange/sink.h"

/* Texts are zero-terminated UTF-8; those that may be NULL say so. An id is an absolute IRI that never changes ("urn:…",
 * "tag:…", "https://…"); a link is http or https. */
struct atom_feed {
    const char *id, *title;
    const char *author;                     /* mandatory, since an entry may come without one */
    const char *subtitle, *self, *language; /* or NULL; language as in xml:lang */
    uint64_t updated;                       /* Unix time */
};

struct atom_entry {
    const char *id, *title;
    const char *author, *content, *category, *link; /* or NULL */
    uint64_t updated, published;                    /* published: 0 for none */
};

/* Begin a feed. Errors: ERR_FIELD (a mandatory text is missing or empty, an id or a link is none), ERR_TIME (a time out
 * of range), ERR_TEXT (a text is not UTF-8 or holds control characters): then nothing was written. Else what the sink's
 * callback returned. */
MUST_CHECK int atom_begin(struct sink *o, const struct atom_feed *feed);

/* Write an entry, whose content is text and shown as such. Errors: the same. */
MUST_CHECK int atom_write(struct sink *o, const struct atom_entry *entry);

void atom_end(struct sink *o);

#endif
