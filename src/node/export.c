/*
 * export.c: reports as CAP, GeoJSON, tables and feeds.
 */
#include "node/export.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exchange/atom.h"
#include "exchange/cap.h"
#include "exchange/dates.h"
#include "exchange/geojson.h"
#include "exchange/hxl_csv.h"
#include "node/report_words.h"

#define POINT_RADIUS_M 100 /* how coarse a point is */
#define URN "urn:longear:"

int export_read(struct exporting *e, const struct report_item *item) {
    struct store_record found;
    int err = store_get_num(e->call->home->store, report_now(e->reports.items, item)->num, e->room, &found);
    if (!err) err = report_decode(&e->report, &found.record);
    if (err < 0) return err == ERR_NOT_FOUND || err == ERR_FIELD ? 0 : err;
    memcpy(e->text, e->report.text ? e->report.text : "", e->report.size);
    e->text[e->report.size] = '\0';
    e->report.text = e->text;
    e->report.message = e->report.corrects = NULL;
    e->written = found.record.created;
    return 1;
}

uint64_t export_changed(const struct exporting *e, const struct report_item *item) {
    uint64_t changed = report_now(e->reports.items, item)->created;
    for (size_t i = 0; i < item->word_count; i++) {
        const struct report_line *line = &e->reports.lines[item->first_word + i];
        if (line->place == REPORT_COUNTS && line->created > changed) changed = line->created;
    }
    return changed < e->call->now ? changed : e->call->now;
}

void export_title(const struct exporting *e, const struct report_item *item, char out[EXPORT_TITLE_SIZE]) {
    const struct report *r = &e->report;
    const char *state = report_state_words(item->state);
    int used =
        snprintf(out, EXPORT_TITLE_SIZE, "%s: %s", T(e, report_type_words(r->type)), T(e, report_what_words(r->what)));
    const char *const parts[] = {r->word, r->district, r->place};
    for (unsigned i = 0; i < 3; i++)
        if (parts[i][0] && used < EXPORT_TITLE_SIZE)
            used += snprintf(out + used, EXPORT_TITLE_SIZE - (size_t)used, ", %s", parts[i]);
    if (state[0] && used < EXPORT_TITLE_SIZE)
        (void)snprintf(out + used, EXPORT_TITLE_SIZE - (size_t)used, " [%s]", T(e, state));
}

int export_offset(uint64_t seconds) {
    const time_t when = (time_t)seconds;
    struct tm local;
    return localtime_r(&when, &local) ? (int)(local.tm_gmtoff / 60) : 0;
}

static struct place point_of(const struct report *r) {
    return (struct place){r->latitude * 100, r->longitude * 100};
}

static void date(char out[DATES_TEXT_SIZE], uint64_t seconds) {
    out[0] = '\0';
    if (seconds) dates_write(out, seconds);
}

/* ---- CAP ---- */

static enum cap_category category_of(unsigned what) {
    switch (what) {
    case REPORT_CURFEW:
    case REPORT_CHECKPOINT:
    case REPORT_SHOOTING:
    case REPORT_ARRESTS: return CAP_SECURITY;
    case REPORT_DANGER: return CAP_SAFETY;
    case REPORT_ROAD: return CAP_TRANSPORT;
    case REPORT_FIRE: return CAP_FIRE;
    case REPORT_OUTAGE: return CAP_INFRA;
    default: return CAP_OTHER;
    }
}

/* The warning that is meant: the one that is named, else the newest that stands. */
static const struct report_item *warning_find(const struct exporting *e) {
    for (size_t i = 0; i < e->passed_count; i++) {
        const struct report_item *item = e->passed[i].item;
        if (report_now(e->reports.items, item)->type != REPORT_WARNING) continue;
        bool named =
            e->only && (memcmp(item->id, e->only, HASH_SIZE) == 0 || memcmp(item->version, e->only, HASH_SIZE) == 0);
        if (e->only ? named : item->state < REPORT_REVOKED) return item;
    }
    return NULL;
}

int export_cap(struct exporting *e, struct sink *o) {
    const struct report_item *item = warning_find(e);
    char first[HEX_SIZE], now[HEX_SIZE], community[HEX_SIZE], sender[HEX_SIZE + 20], title[EXPORT_TITLE_SIZE];
    int got = item ? export_read(e, item) : 0;
    if (got <= 0) return got < 0 ? got : ERR_NOT_FOUND;
    const struct report_item *said = report_now(e->reports.items, item);
    const struct report *r = &e->report;
    bool revoked = item->state == REPORT_REVOKED;
    command_hex(first, item->id, HASH_SIZE);
    command_hex(now, said->id, HASH_SIZE);
    command_hex(community, e->charter->community, 8);
    snprintf(sender, sizeof sender, "longear:%s", community);
    export_title(e, item, title);
    const struct cap_area area = {
        .description = r->place[0]      ? r->place
                       : r->district[0] ? r->district
                                        : e->charter->title,
        .has_point = r->has_point,
        .point = point_of(r),
        .radius_m = POINT_RADIUS_M,
    };
    uint64_t sent = revoked ? export_changed(e, item) : e->written;
    char identifier[HEX_SIZE + 10];
    snprintf(identifier, sizeof identifier, "%s%s", now, revoked ? "-cancel" : "");
    /* What it takes the place of, or takes back. */
    const struct cap_reference reference = {sender, revoked ? now : first, revoked ? e->written : item->created};
    bool refers = revoked || said != item;
    const struct cap_alert alert = {.identifier = identifier,
                                    .sender = sender,
                                    .sent = sent,
                                    .offset_minutes = export_offset(sent),
                                    .status = CAP_ACTUAL,
                                    .message = revoked        ? CAP_CANCEL
                                               : said != item ? CAP_UPDATE
                                                              : CAP_ALERT,
                                    .references = refers ? &reference : NULL,
                                    .reference_count = refers,
                                    .language = e->charter->lang[0] ? e->charter->lang : lang_code(e->call->out->lang),
                                    .category = category_of(r->what),
                                    .event = r->word[0] ? r->word : T(e, report_what_words(r->what)),
                                    .urgency = item->state == REPORT_OVER ? CAP_PAST : CAP_IMMEDIATE,
                                    .severity = CAP_SEVERITY_UNKNOWN,
                                    /* Never more than somebody says: nothing here is determined. */
                                    .certainty = item->state != REPORT_UP  ? CAP_CERTAINTY_UNKNOWN
                                                 : r->ground == REPORT_SAW ? CAP_LIKELY
                                                                           : CAP_POSSIBLE,
                                    .expires = r->until > sent && r->until <= DATES_LAST ? r->until : 0,
                                    .headline = title,
                                    .description = e->text[0] ? e->text : NULL,
                                    .areas = &area,
                                    .area_count = 1};
    return cap_write(o, &alert);
}

/* ---- GeoJSON and tables ---- */

/* What each row and feature says, in the order of the columns. */
enum {
    ROW_ID,
    ROW_TYPE,
    ROW_WHAT,
    ROW_TEXT,
    ROW_DISTRICT,
    ROW_PLACE,
    ROW_LATITUDE,
    ROW_LONGITUDE,
    ROW_HAPPENED,
    ROW_WRITTEN,
    ROW_UNTIL,
    ROW_GROUND,
    ROW_STATE,
    ROW_CELLS
};

struct row {
    const char *cells[ROW_CELLS];
    char id[HEX_SIZE], latitude[PLACE_TEXT_SIZE], longitude[PLACE_TEXT_SIZE];
    char happened[DATES_TEXT_SIZE], written[DATES_TEXT_SIZE], until[DATES_TEXT_SIZE];
};

static const struct hxl_column columns[ROW_CELLS] = {
    [ROW_ID] = {"id", "#meta+id"},
    [ROW_TYPE] = {"type", "#event+type"},
    [ROW_WHAT] = {"what", "#event+name"},
    [ROW_TEXT] = {"text", "#description"},
    [ROW_DISTRICT] = {"district", "#loc+district"},
    [ROW_PLACE] = {"place", "#loc+name"},
    [ROW_LATITUDE] = {"latitude", "#geo+lat"},
    [ROW_LONGITUDE] = {"longitude", "#geo+lon"},
    [ROW_HAPPENED] = {"happened", "#date+occurred"},
    [ROW_WRITTEN] = {"written", "#date+reported"},
    [ROW_UNTIL] = {"until", "#date+end"},
    [ROW_GROUND] = {"ground", "#meta+ground"},
    [ROW_STATE] = {"state", "#status"},
};

static void row_make(struct exporting *e, const struct report_item *item, struct row *row) {
    const struct report *r = &e->report;
    command_hex(row->id, item->id, HASH_SIZE);
    row->latitude[0] = row->longitude[0] = '\0';
    if (r->has_point) {
        place_write(row->latitude, point_of(r).latitude);
        place_write(row->longitude, point_of(r).longitude);
    }
    date(row->happened, r->when);
    date(row->written, e->written);
    date(row->until, r->until);
    const char *const cells[ROW_CELLS] = {row->id,
                                          report_type_name(r->type),
                                          r->word[0] ? r->word : report_what_name(r->what),
                                          e->text,
                                          r->district,
                                          r->place,
                                          row->latitude,
                                          row->longitude,
                                          row->happened,
                                          row->written,
                                          row->until,
                                          report_ground_name(r->ground),
                                          report_state_name(item->state)};
    memcpy(row->cells, cells, sizeof cells);
}

int export_csv(struct exporting *e, struct sink *o) {
    struct hxl_csv t;
    struct row row;
    int err = hxl_csv_begin(&t, o, columns, ROW_CELLS);
    for (size_t i = 0; i < e->passed_count && !err; i++) {
        int got = export_read(e, e->passed[i].item);
        if (got > 0) {
            row_make(e, e->passed[i].item, &row);
            err = hxl_csv_row(&t, row.cells);
        }
        if (got < 0) err = got;
    }
    return err;
}

int export_geojson(struct exporting *e, struct sink *o) {
    struct geojson g;
    struct row row;
    int err = 0;
    geojson_begin(&g, o);
    for (size_t i = 0; i < e->passed_count && !err; i++) {
        struct geojson_property properties[ROW_CELLS];
        unsigned count = 0;
        int got = export_read(e, e->passed[i].item);
        if (got < 0) err = got;
        if (got <= 0) continue;
        row_make(e, e->passed[i].item, &row);
        for (unsigned k = ROW_TYPE; k < ROW_CELLS; k++)
            if (row.cells[k][0] && k != ROW_LATITUDE && k != ROW_LONGITUDE)
                properties[count++] =
                    (struct geojson_property){.name = columns[k].header, .type = GEOJSON_TEXT, .text = row.cells[k]};
        err = geojson_write(&g, &(struct geojson_feature){.id = row.id,
                                                          .has_point = e->report.has_point,
                                                          .point = point_of(&e->report),
                                                          .properties = properties,
                                                          .property_count = count});
    }
    geojson_end(&g);
    return err;
}

/* ---- Atom ---- */

int export_atom(struct exporting *e, struct sink *o) {
    char id[HEX_SIZE + sizeof URN], hex[HEX_SIZE], title[EXPORT_TITLE_SIZE];
    uint64_t updated = 0;
    for (size_t i = 0; i < e->passed_count; i++)
        if (export_changed(e, e->passed[i].item) > updated) updated = export_changed(e, e->passed[i].item);
    command_hex(hex, e->charter->community, HASH_SIZE);
    snprintf(id, sizeof id, URN "%s", hex);
    int err = atom_begin(o, &(struct atom_feed){.id = id,
                                                .title = e->charter->title,
                                                .author = e->charter->title,
                                                .language = e->charter->lang[0] ? e->charter->lang : NULL,
                                                .updated = updated ? updated : e->call->now});
    if (err) return err;
    for (size_t i = 0; i < e->passed_count && !err; i++) {
        const struct report_item *item = e->passed[i].item;
        int got = export_read(e, item);
        if (got < 0) err = got;
        if (got <= 0) continue;
        command_hex(hex, item->id, HASH_SIZE);
        snprintf(id, sizeof id, URN "%s", hex);
        export_title(e, item, title);
        err = atom_write(o, &(struct atom_entry){.id = id,
                                                 .title = title,
                                                 .content = e->text[0] ? e->text : NULL,
                                                 .category = report_what_name(e->report.what),
                                                 .updated = export_changed(e, item),
                                                 .published = item->created});
    }
    atom_end(o);
    return err;
}
