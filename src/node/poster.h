/*
 * poster.h: one sheet of paper (A4) that brings people to a point: the Wi-Fi and the address, as words and QR codes, in
 * three languages. And sheets of cards.
 *
 * It is one HTML page with its style inside, that loads nothing: from a file or from the node it prints the same.
 */
#ifndef NODE_POSTER_H
#define NODE_POSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct html;

struct poster {
    const char *name;     /* of the Wi-Fi; NULL: it is left out */
    const char *password; /* NULL or "": an open one */
    const char *address;  /* of the page */
    const char *words;    /* to compare with those in the app; NULL: left out */
};

/* A Wi-Fi as a QR code's text: five bytes that may need a backslash, and what is around them. */
#define POSTER_WIFI_SIZE (2 * (32 + 63) + 32)

/*
 * Write the text that phones' cameras read as a Wi-Fi: WIFI:T:…;S:…;P:…;; with \ before \ ; , : " (the form that ZXing
 * introduced). ERR_LIMIT: name or password are longer than a Wi-Fi's.
 */
MUST_CHECK int poster_wifi(char out[POSTER_WIFI_SIZE], const char *name, const char *password);

/* Write the sheet's head with its style, and its content; between the two a caller may add what isn't printed (class
 * "tools"). h is begun by the first. */
void poster_begin(struct html *h);
void poster_end(struct html *h, const struct poster *p);

/* Between poster_begin and the end of the page: a card to cut out (core/card.h), for a friend, or the answer card for a
 * safe place. line: the card; handle: whose it is. It names no group. */
void poster_card(struct html *h, const char *line, const char *handle, bool answer);

#endif
