/*
 * hxl_csv.h: tables for spreadsheets and for humanitarian tools: CSV (RFC 4180) in UTF-8, under the header a row of
 * hashtags of the Humanitarian Exchange Language (HXL 1.1, https://hxlstandard.org). Written only.
 */
#ifndef EXCHANGE_HXL_CSV_H
#define EXCHANGE_HXL_CSV_H

#include <stddef.h>

#include "core/err.h"
#include "exchange/sink.h"

#define HXL_COLUMNS_MAX 32

struct hxl_column {
    const char *header; /* for people; does not begin with '#' */
    const char *tag;    /* "#affected+killed", "#geo+lat"; "" for a column without one */
};

struct hxl_csv {
    struct sink *sink;
    size_t columns;
};

/*
 * Write the header and the row of tags. o must live as long as rows are written, and is ended by whoever began it.
 * Errors: ERR_LIMIT (no column, or too many), ERR_FIELD (a tag is none, no column has one, a header begins like one):
 * then nothing was written. Else what the sink's callback returned.
 */
MUST_CHECK int hxl_csv_begin(struct hxl_csv *t, struct sink *o, const struct hxl_column *columns, size_t count);

/*
 * Write a row of as many cells as there are columns, zero-terminated UTF-8; NULL is an empty cell. What a spreadsheet
 * would run as a formula gets an apostrophe before it (sink_csv). Errors: what the sink's callback returned.
 */
MUST_CHECK int hxl_csv_row(struct hxl_csv *t, const char *const *cells);

#endif
