/*
 * export_aid.c: needs and offers as tables and GeoJSON: what, how much, in which district, until when; never what
 * people wrote in their own words, since that may hold a telephone number or an address.
 */
#include <stdio.h>
#include <string.h>

#include "exchange/dates.h"
#include "exchange/geojson.h"
#include "exchange/hxl_csv.h"
#include "node/aid_words.h"
#include "node/export.h"
#include "node/render.h"

enum {
    CELL_ID,
    CELL_TYPE,
    CELL_WHAT,
    CELL_AMOUNT,
    CELL_DISTRICT,
    CELL_URGENCY,
    CELL_HELPERS,
    CELL_WRITTEN,
    CELL_UNTIL,
    CELL_STATE,
    CELLS
};

static const struct hxl_column columns[CELLS] = {
    [CELL_ID] = {"id", "#meta+id"},
    [CELL_TYPE] = {"type", "#activity+type"},
    [CELL_WHAT] = {"what", "#sector"},
    [CELL_AMOUNT] = {"amount", "#item+quantity"},
    [CELL_DISTRICT] = {"district", "#loc+district"},
    [CELL_URGENCY] = {"urgency", "#severity"},
    [CELL_HELPERS] = {"helpers", "#reached+helpers"},
    [CELL_WRITTEN] = {"written", "#date+reported"},
    [CELL_UNTIL] = {"until", "#date+end"},
    [CELL_STATE] = {"state", "#status"},
};

struct row {
    const char *cells[CELLS];
    char id[HEX_SIZE], amount[12], helpers[4], written[DATES_TEXT_SIZE], until[DATES_TEXT_SIZE];
    struct aid aid;
};

/* Read one: 1, 0 if there is nothing to tell, or an error. */
static int row_make(struct exporting *e, const struct aid_item *item, struct row *row) {
    struct store_record found;
    if (item->state >= AID_CLOSED) return 0;
    int err = store_get_num(e->call->home->store, item->num, e->room, &found);
    if (!err) err = aid_decode(&row->aid, &found.record);
    if (err < 0) return err == ERR_NOT_FOUND || err == ERR_FIELD ? 0 : err;
    command_hex(row->id, item->id, HASH_SIZE);
    row->amount[0] = row->until[0] = '\0';
    if (row->aid.amount) snprintf(row->amount, sizeof row->amount, "%u", (unsigned)row->aid.amount);
    snprintf(row->helpers, sizeof row->helpers, "%u", item->helpers);
    dates_write(row->written, item->created);
    if (item->until) dates_write(row->until, item->until);
    const char *const cells[CELLS] = {row->id,
                                      item->type == AID_NEED ? "need" : "offer",
                                      aid_what_name(item->what),
                                      row->amount,
                                      row->aid.district,
                                      render_urgency(item->urgency),
                                      row->helpers,
                                      row->written,
                                      row->until,
                                      aid_state_name(item->state)};
    memcpy(row->cells, cells, sizeof cells);
    return 1;
}

int export_aid_csv(struct exporting *e, struct sink *o) {
    struct hxl_csv t;
    struct row row;
    int err = hxl_csv_begin(&t, o, columns, CELLS);
    for (size_t i = 0; i < e->aid.item_count && !err; i++) {
        int got = row_make(e, &e->aid.items[i], &row);
        err = got > 0 ? hxl_csv_row(&t, row.cells) : got;
    }
    return err;
}

int export_aid_geojson(struct exporting *e, struct sink *o) {
    struct geojson g;
    struct row row;
    int err = 0;
    geojson_begin(&g, o);
    for (size_t i = 0; i < e->aid.item_count && !err; i++) {
        struct geojson_property properties[CELLS];
        unsigned count = 0;
        int got = row_make(e, &e->aid.items[i], &row);
        if (got < 0) err = got;
        if (got <= 0) continue;
        for (unsigned k = CELL_TYPE; k < CELLS; k++)
            if (row.cells[k][0])
                properties[count++] =
                    (struct geojson_property){.name = columns[k].header, .type = GEOJSON_TEXT, .text = row.cells[k]};
        err = geojson_write(&g,
                            &(struct geojson_feature){.id = row.id, .properties = properties, .property_count = count});
    }
    geojson_end(&g);
    return err;
}
