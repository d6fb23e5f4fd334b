/*
 * pouch_html.h: the frames in a saved page: an html file that holds them as base64 in a script element of their own,
 * POUCH_HTML_MARK base64 </script>, behind the app.
 */
#ifndef CARRIER_POUCH_HTML_H
#define CARRIER_POUCH_HTML_H

#include "carrier/pouch_scan.h"

#define POUCH_HTML_MARK "<script type=\"application/x-longear-parcel\">"

struct pouch_html {
    struct pouch_source page;
    uint64_t begin, chars; /* of the base64 in the page */
};

/*
 * Look for the frames in a page, in one pass over it. Return 1 with *frames, which reads them out of *h (borrowed, as
 * what page reads from), 0 if it is no page or has none, or ERR_IO.
 *
 * Of several marks the last one counts: the app in front may speak of it. Base64 is RFC 4648's, unbroken. What is no
 * base64 reads as zeros, so that a damaged place costs the frames that lie there and no other.
 */
MUST_CHECK int pouch_html_find(struct pouch_html *h, const struct pouch_source *page, struct pouch_source *frames);

#endif
