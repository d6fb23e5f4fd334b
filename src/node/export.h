/*
 * export.h: what the command export writes: a format is a row of a table (command_export.c), and a function that writes
 * what is public-safe into a sink.
 *
 * Public-safe is, of an open group: reports and warnings that a coordinator wrote or confirmed; messages that
 * coordinators pinned for all; needs and offers without what people wrote in their own words. No names, no keys, and no
 * numbers of who says so: anybody can make keys, and whom this person knows is nobody's business.
 */
#ifndef NODE_EXPORT_H
#define NODE_EXPORT_H

#include "core/text.h"
#include "exchange/sink.h"
#include "node/command.h"
#include "node/coordinators.h"
#include "query/aid.h"
#include "query/pins.h"
#include "query/report.h"

struct export_passed {
    const struct report_item *item;
};

struct exporting {
    const struct command_call *call;
    const struct charter *charter;
    struct report_board reports;
    struct aid_board aid;
    struct coordinators *coordinators;
    struct pins pins;
    struct export_passed *passed; /* by a coordinator; the newest first */
    size_t passed_count;
    const uint8_t *only; /* HASH_SIZE bytes of a report, or NULL */
    bool of_aid;         /* needs and offers instead of reports */
    uint8_t *room;       /* RECORD_SIZE_MAX bytes */
    /* written by export_read: */
    struct report report; /* without what it points to, but its text */
    uint64_t written;     /* when what counts was */
    char text[REPORT_TEXT_MAX + 1];
};

typedef int (*export_write)(struct exporting *e, struct sink *o);

/* Read what counts of a report into e: 1, 0 if it is gone, or an error. */
MUST_CHECK int export_read(struct exporting *e, const struct report_item *item);

/* When something about it was last said that counts. */
uint64_t export_changed(const struct exporting *e, const struct report_item *item);

/* A text of the catalogue in the person's language. */
#define T(e, words) lang_text((e)->call->out->lang, words)

/* "warning: fire", the state if there is something to say of it, the place: in one line. */
#define EXPORT_TITLE_SIZE 700
void export_title(const struct exporting *e, const struct report_item *item, char out[EXPORT_TITLE_SIZE]);

/* How many minutes this device's clock is ahead of UTC at a time. */
int export_offset(uint64_t seconds);

int export_cap(struct exporting *e, struct sink *o);
int export_geojson(struct exporting *e, struct sink *o);
int export_csv(struct exporting *e, struct sink *o);
int export_atom(struct exporting *e, struct sink *o);
int export_site(struct exporting *e, struct sink *o); /* its page */

/* Needs and offers. */
int export_aid_csv(struct exporting *e, struct sink *o);
int export_aid_geojson(struct exporting *e, struct sink *o);

#endif
