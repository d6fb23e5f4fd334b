/*
 * report.c: the reports of a community, read out of a store.
 */
#include "query/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "query/message.h"
#include "query/numbers.h"
#include "store/freezes.h"

static void item_take(struct report_board *b, const struct store_record *from) {
    const struct record *r = &from->record;
    struct report report;
    if (report_decode(&report, r)) return;
    struct report_item *item = &b->items[b->item_count++];
    *item = (struct report_item){.num = from->num,
                                 .seq = r->seq,
                                 .created = r->created,
                                 .until = report.until,
                                 .type = report.type,
                                 .what = report.what,
                                 .ground = report.ground,
                                 .urgency = r->urgency,
                                 .guest = report.guest};
    memcpy(item->id, r->id, HASH_SIZE);
    memcpy(item->author, r->author, KEY_SIZE);
    if (report.corrects) memcpy(item->corrects, report.corrects, HASH_SIZE);
}

static void line_take(struct report_board *b, const struct store_record *from) {
    const struct record *r = &from->record;
    struct report_word word;
    if (report_word_decode(&word, r)) return;
    struct report_line *line = &b->lines[b->line_count++];
    *line = (struct report_line){.num = from->num,
                                 .seq = r->seq,
                                 .created = r->created,
                                 .say = word.say,
                                 .ground = word.ground,
                                 .guest = word.guest};
    memcpy(line->id, r->id, HASH_SIZE);
    memcpy(line->author, r->author, KEY_SIZE);
    memcpy(line->target, word.target, HASH_SIZE);
    if (word.about) memcpy(line->about, word.about, HASH_SIZE);
}

static int by_item(const void *a, const void *b) {
    return report_item_order(a, b);
}

static int by_line(const void *a, const void *b) {
    return report_line_order(a, b);
}

static int records_read(struct report_board *b, const struct numbers *nums, struct store *s, uint8_t *room) {
    struct store_record found;
    struct store_apart apart;
    b->items = malloc((nums->count + 1) * sizeof *b->items); /* and the messages: at most one a word */
    b->lines = malloc((nums->count + 1) * sizeof *b->lines);
    int err = b->items && b->lines ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < nums->count && !err; i++) {
        err = store_get_num(s, nums->list[i], room, &found);
        if (err || store_is_apart(s, &found.record, &apart)) continue;
        if (found.record.kind == KIND_REPORT)
            item_take(b, &found);
        else
            line_take(b, &found);
    }
    if (!err && b->item_count > 0) qsort(b->items, b->item_count, sizeof *b->items, by_item);
    if (!err && b->line_count > 0) qsort(b->lines, b->line_count, sizeof *b->lines, by_line);
    return err;
}

const struct report_item *report_board_item(const struct report_board *b, const uint8_t id[HASH_SIZE]) {
    struct report_item key;
    if (b->item_count == 0) return NULL;
    memcpy(key.id, id, HASH_SIZE);
    return bsearch(&key, b->items, b->item_count, sizeof *b->items, by_item);
}

/* Add a message of which something is said, if it is one and is here. rooms: for it, and for its correction. */
static int message_take(struct report_board *b, struct store *s, const uint8_t *community, uint64_t now,
                        const uint8_t id[HASH_SIZE], uint8_t *rooms) {
    struct store_record found, correction;
    struct store_apart apart;
    struct text text;
    int err = store_get(s, id, rooms, &found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    const struct record *r = &found.record;
    if (r->kind != KIND_TEXT || !r->body || found.retracted || when_is_ahead(r->created, now)) return 0;
    if (memcmp(r->community, community, HASH_SIZE) != 0 || store_is_apart(s, r, &apart)) return 0;
    int corrected = message_correction(s, r, now, rooms + RECORD_SIZE_MAX, &correction);
    if (corrected < 0) return corrected;
    if (text_decode(&text, corrected ? &correction.record : r)) return 0;
    struct report_item *item = &b->items[b->item_count++];
    *item = (struct report_item){.num = found.num,
                                 .seq = r->seq,
                                 .created = r->created,
                                 .type = REPORT_MESSAGE,
                                 .ground = text.ground,
                                 .urgency = r->urgency,
                                 .guest = text.guest};
    memcpy(item->id, r->id, HASH_SIZE);
    memcpy(item->author, r->author, KEY_SIZE);
    if (corrected) memcpy(item->version, correction.record.id, HASH_SIZE);
    return 0;
}

static int messages_read(struct report_board *b, struct store *s, const uint8_t *community, uint64_t now,
                         uint8_t *rooms) {
    size_t reports = b->item_count, all;
    int err = 0;
    for (size_t i = 0; i < b->line_count && !err; i++) {
        const uint8_t *target = b->lines[i].target;
        if (i > 0 && memcmp(b->lines[i - 1].target, target, HASH_SIZE) == 0) continue;
        all = b->item_count;
        b->item_count = reports; /* those are sorted */
        bool known = report_board_item(b, target) != NULL;
        b->item_count = all;
        if (!known) err = message_take(b, s, community, now, target, rooms);
    }
    if (b->item_count > reports) qsort(b->items, b->item_count, sizeof *b->items, by_item);
    return err;
}

int report_board_read(struct report_board *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now) {
    struct numbers nums;
    uint8_t *rooms = malloc((size_t)2 * RECORD_SIZE_MAX);
    memset(out, 0, sizeof *out);
    int err = numbers_gather(&nums, s, community, now, KIND_REPORT, KIND_REPORT_WORD);
    if (!err && !rooms) err = ERR_MEMORY;
    if (!err) err = records_read(out, &nums, s, rooms);
    if (!err) err = messages_read(out, s, community, now, rooms);
    if (!err) report_fold(out->items, out->item_count, out->lines, out->line_count, now);
    numbers_free(&nums);
    free(rooms);
    return err;
}

/* ---- One report ---- */

struct one {
    struct report_board board;
    const struct store *store;
    size_t room; /* for as many items and lines */
};

/* Add a report or a word. */
static int one_visit(void *context, const struct store_record *r) {
    struct one *one = context;
    struct report_board *b = &one->board;
    struct store_apart apart;
    if (!r->record.body || r->retracted || store_is_apart(one->store, &r->record, &apart)) return 0;
    if (b->item_count + b->line_count == one->room) {
        size_t room = 2 * one->room + 8;
        void *items = realloc(b->items, room * sizeof *b->items);
        if (items) b->items = items;
        void *lines = realloc(b->lines, room * sizeof *b->lines);
        if (lines) b->lines = lines;
        if (!items || !lines) return ERR_MEMORY;
        one->room = room;
    }
    if (r->record.kind == KIND_REPORT)
        item_take(b, r);
    else if (r->record.kind == KIND_REPORT_WORD)
        line_take(b, r);
    return 0;
}

/* The report that r corrects, if it does and that one is here, else r itself: into room and *out. */
static int first_read(struct store *s, const struct record *r, uint8_t *room, struct store_record *out) {
    const uint8_t *corrects = record_ref(r, REF_CORRECTS);
    int err = corrects ? store_get(s, corrects, room, out) : ERR_NOT_FOUND;
    bool first = !err && out->record.kind == KIND_REPORT && !record_ref(&out->record, REF_CORRECTS) &&
                 memcmp(out->record.author, r->author, KEY_SIZE) == 0 && !out->retracted && out->record.body;
    return first ? 0 : err && err != ERR_NOT_FOUND ? err : store_get(s, r->id, room, out);
}

int report_holds(struct store *s, const struct record *r, uint64_t now) {
    struct one one = {.store = s};
    struct report_board *b = &one.board;
    struct store_record first;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    bool holds = false;
    int err = room ? first_read(s, r, room, &first) : ERR_MEMORY;
    if (!err) err = one_visit(&one, &first);
    if (!err) err = store_corrections(s, first.record.id, first.record.author, now, one_visit, &one);
    if (!err) err = store_acts(s, first.record.id, now, one_visit, &one);
    if (!err && b->item_count > 0) {
        qsort(b->items, b->item_count, sizeof *b->items, by_item);
        if (b->line_count > 0) qsort(b->lines, b->line_count, sizeof *b->lines, by_line);
        report_fold(b->items, b->item_count, b->lines, b->line_count, now);
        const struct report_item *item = report_board_item(b, first.record.id);
        holds = item && item->state < REPORT_REVOKED && memcmp(report_now(b->items, item)->id, r->id, HASH_SIZE) == 0;
    }
    report_board_free(b);
    free(room);
    return err ? err : holds;
}

void report_board_free(struct report_board *b) {
    free(b->items);
    free(b->lines);
    memset(b, 0, sizeof *b);
}
