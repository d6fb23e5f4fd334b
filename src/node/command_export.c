/*
 * command_export.c: write what is public-safe of a group in the formats of other programs (export.h).
 */
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "node/export.h"
#include "node/lookup.h"
#include "node/pinned.h"
#include "store/freezes.h"

/* A format is one row; what has no function for needs and offers refuses --aid. */
static const struct {
    const char *name;
    export_write reports, aid;
} formats[] = {
    {"cap", export_cap, NULL},           {"geojson", export_geojson, export_aid_geojson},
    {"csv", export_csv, export_aid_csv}, {"atom", export_atom, NULL},
    {"site", export_site, NULL},
};

/* The files of a site, in the order in which cli/files.c makes them. */
static const export_write site[] = {export_site, export_atom, export_csv, export_geojson, export_aid_csv};
#define SITE_FILES (sizeof site / sizeof *site)

/* ---- What is exported ---- */

/* Tell whether a coordinator wrote a report, or confirms what it says now. */
static bool is_passed(const struct exporting *e, const struct report_item *item) {
    if (item->inside || item->type == REPORT_MESSAGE) return false;
    if (coordinators_has(e->coordinators, item->author)) return true;
    for (size_t i = 0; i < item->word_count; i++) {
        const struct report_line *line = &e->reports.lines[item->first_word + i];
        if (line->place == REPORT_COUNTS && line->say == REPORT_CONFIRM &&
            coordinators_has(e->coordinators, line->author))
            return true;
    }
    return false;
}

static int by_time(const void *a, const void *b) {
    const struct report_item *x = ((const struct export_passed *)a)->item, *y = ((const struct export_passed *)b)->item;
    return record_order(y->created, y->id, x->created, x->id);
}

static int exporting_read(struct exporting *e) {
    const struct command_call *call = e->call;
    struct store *s = call->home->store;
    e->room = malloc(RECORD_SIZE_MAX);
    int err = e->room ? store_freezes_refresh(s) : ERR_MEMORY;
    if (!err) err = report_board_read(&e->reports, s, e->charter->community, call->now);
    if (!err) err = aid_board_read(&e->aid, s, e->charter->community, call->now);
    if (!err) err = coordinators_read(&e->coordinators, call->home, e->charter);
    if (!err) err = pinned_read(&e->pins, call->home, e->charter, call->now);
    e->passed = err ? NULL : malloc((e->reports.item_count + 1) * sizeof *e->passed);
    if (!err && !e->passed) err = ERR_MEMORY;
    for (size_t i = 0; !err && i < e->reports.item_count; i++)
        if (is_passed(e, &e->reports.items[i])) e->passed[e->passed_count++].item = &e->reports.items[i];
    if (!err && e->passed_count > 0) qsort(e->passed, e->passed_count, sizeof *e->passed, by_time);
    return err;
}

static void exporting_free(struct exporting *e) {
    report_board_free(&e->reports);
    aid_board_free(&e->aid);
    coordinators_free(e->coordinators);
    pins_free(&e->pins);
    free(e->passed);
    free(e->room);
}

/* ---- Where it goes ---- */

static int file_put(void *context, const char *bytes, size_t size) {
    return file_write(*(const int *)context, (const uint8_t *)bytes, size);
}

static int output_put(void *context, const char *bytes, size_t size) {
    output_write(context, OUTPUT_RESULT, bytes, size);
    return 0;
}

/* Write into file number `file`, or standard output if no file came. */
static int write_one(struct exporting *e, export_write write, unsigned file) {
    const struct request *req = e->call->req;
    struct sink *o = malloc(sizeof *o);
    int fd = file < req->file_count ? req->files[file] : -1;
    if (!o) return ERR_MEMORY;
    if (fd >= 0)
        sink_init(o, file_put, &fd);
    else
        sink_init(o, output_put, e->call->out);
    int err = write(e, o), end = sink_end(o);
    free(o);
    return err ? err : end;
}

static int export_run(struct exporting *e, unsigned format) {
    export_write write = e->of_aid ? formats[format].aid : formats[format].reports;
    int err = 0;
    home_enter(e->call->home);
    err = exporting_read(e);
    if (!err && write == export_site)
        for (unsigned i = 0; i < SITE_FILES && !err; i++) err = write_one(e, site[i], i);
    else if (!err)
        err = write_one(e, write, 0);
    home_leave(e->call->home);
    return err;
}

/* ---- The command ---- */

static int export_failed(const struct command_call *call, int err) {
    if (err == ERR_NOT_FOUND)
        output_say(call->out, "there is no such warning that a coordinator wrote or confirmed");
    else if (err == ERR_FULL)
        output_say(call->out, "%s", output_text(call->out, err_text(err)));
    else
        return command_failed(call, err);
    return COMMAND_FAILED;
}

/* Tell whether it may be exported, else say why not. */
static bool may_export(const struct command_call *call, unsigned format, const struct charter *charter, bool aid) {
    if (!charter_is_public(charter))
        output_say(call->out, "this group is closed: what is said there is for its members alone");
    else if (aid && !formats[format].aid)
        output_say(call->out, "needs and offers are written as csv or geojson");
    else if (formats[format].reports == export_site && call->req->file_count != SITE_FILES)
        output_say(call->out, "a site is a folder: --to FOLDER");
    else
        return true;
    return false;
}

int command_export(const struct command_call *call) {
    const char *name = command_argument(call, 0), *record = request_option(call->req, "record");
    uint8_t only[HASH_SIZE];
    unsigned format = 0;
    while (format < sizeof formats / sizeof *formats && strcmp(formats[format].name, name) != 0) format++;
    if (format == sizeof formats / sizeof *formats) {
        output_say(call->out, "there is no format \"%s\"; there are: cap, geojson, csv, atom, site", name);
        return COMMAND_USAGE;
    }
    struct store_community *c = malloc(sizeof *c);
    struct exporting *e = calloc(1, sizeof *e);
    int done = COMMAND_FAILED, err = 0;
    if (!c || !e)
        done = command_failed(call, ERR_MEMORY);
    else if (!lookup_community(call, command_argument(call, 1), c) &&
             may_export(call, format, &c->charter, request_option(call->req, "aid") != NULL) &&
             (!record || !lookup_record(call, record, only))) {
        e->call = call;
        e->charter = &c->charter;
        e->of_aid = request_option(call->req, "aid") != NULL;
        e->only = record ? only : NULL;
        err = export_run(e, format);
        done = err ? export_failed(call, err) : COMMAND_DONE;
    }
    if (e) exporting_free(e);
    free(e);
    free(c);
    return done;
}
