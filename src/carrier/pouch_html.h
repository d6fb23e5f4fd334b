/*
 * pouch_html.h: the frames in a page (protocol.md, "The kept page"): an html file that holds them as base64 in a script
 * element of their own, POUCH_HTML_MARK base64 </script>, behind the app, which ends with POUCH_HTML_APP_END.
 */
#ifndef CARRIER_POUCH_HTML_H
#define CARRIER_POUCH_HTML_H

#include "carrier/pouch_scan.h"
#include "carrier/zip.h"

#define POUCH_HTML_APP_END "<!--end of the app-->\n"
#define POUCH_HTML_MARK "<script type=\"application/x-longear-parcel\">"
#define POUCH_HTML_CLOSE "</script>\n"
#define POUCH_HTML_MAX UINT64_C(201326592) /* of a page; phones read no larger one */

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

/* ---- Writing ---- */

#define POUCH_HTML_STEP 12288 /* bytes of frames that are encoded at once; a multiple of 3 */

struct pouch_html_writer {
    zip_write_at write_at;
    void *context;
    uint64_t at;     /* bytes written so far, those of the buffer not among them */
    uint64_t frames; /* bytes of frames that came so far */
    size_t fill;
    uint8_t buffer[POUCH_HTML_STEP];
};

/* Tell whether a file of this name becomes a page: it ends with .html or .htm. */
bool pouch_html_is_name(const char *path);

/* Tell whether this is the app, whole: a page that ends with the mark of the app's end, which occurs in it once. */
bool pouch_html_is_app(const uint8_t *app, size_t size);

/* Return how many bytes of frames a page of max_bytes has room for, beside an app of app_size; 0 if none. */
uint64_t pouch_html_room(uint64_t max_bytes, size_t app_size);

/* Write the app and the mark, then frames in pieces of any size, then what closes the page. Errors: those of write_at.
 */
MUST_CHECK int pouch_html_begin(struct pouch_html_writer *w, zip_write_at write_at, void *context, const uint8_t *app,
                                size_t app_size);
MUST_CHECK int pouch_html_write(struct pouch_html_writer *w, const uint8_t *frames, size_t size);
MUST_CHECK int pouch_html_end(struct pouch_html_writer *w);

#endif
