/*
 * page_reports.c: reports and warnings of a group, how many say so and how many deny it. Who is known to whom is a
 * matter of the operator's own device, and stands on no page that guests see.
 */
#include <stdlib.h>
#include <string.h>

#include "node/report_words.h"
#include "node/web/page_view.h"
#include "node/web/route.h"
#include "query/report.h"
#include "store/freezes.h"

#define REPORTS_SHOWN 200

/* Warnings first, then the newest. */
static int by_weight(const void *a, const void *b) {
    const struct report_item *x = *(const struct report_item *const *)a, *y = *(const struct report_item *const *)b;
    bool warns_x = x->type == REPORT_WARNING, warns_y = y->type == REPORT_WARNING;
    if (warns_x != warns_y) return warns_x ? -1 : 1;
    return record_order(y->created, y->id, x->created, x->id);
}

static void line_write(struct html *h, const char *label, const char *text) {
    if (text[0] == '\0') return;
    html_add(h, "<p class=\"soft\">%t: ", label);
    page_bdi(h, text, strlen(text));
    html_raw(h, "</p>");
}

static void when_write(struct html *h, const char *label, uint64_t time) {
    char when[WORDS_SIZE];
    if (time == 0) return;
    words_time(when, time);
    html_add(h, "<p class=\"soft\">%t: %t</p>", label, when);
}

static void side_write(struct request *r, struct html *h, const char *label, const struct report_side *side) {
    static const words_forms people = {WORDS_LATER("%s person"), WORDS_LATER("%s people"), WORDS_LATER("%s people|5")};
    char number[WORDS_SIZE];
    if (side->people == 0) return;
    words_number(number, r->lang, side->people);
    html_add(h, "<p class=\"soft\">%t: ", label);
    html_say(h, words_form(r->lang, people, side->people), number);
    if (side->saw > 0) {
        html_raw(h, "; ");
        html_say(h, T("saw it: %u"), side->saw);
    }
    html_raw(h, "</p>");
}

static void item_write(struct request *r, struct html *h, const struct report_board *board,
                       const struct report_item *item, const struct report *report) {
    const struct report_item *said = report_now(board->items, item);
    const char *level = said->urgency == URGENCY_URGENT ? " urgent" : said->type == REPORT_WARNING ? " important" : "";
    html_add(h, "<article class=\"card%t\" id=\"r%x\"><p class=\"head\"><strong>%t: %t</strong> ", level, item->id,
             lang_text(r->lang, report_type_words(said->type)), lang_text(r->lang, report_what_words(said->what)));
    if (report->word[0]) page_bdi(h, report->word, strlen(report->word));
    if (said->urgency == URGENCY_URGENT) html_add(h, " <span class=\"mark level\">%t</span>", T("Urgent"));
    if (item->state != REPORT_UP)
        html_add(h, " <span class=\"mark\">%t</span>", lang_text(r->lang, report_state_words(item->state)));
    if (item->correction != REPORT_NONE) html_add(h, " <span class=\"mark\">%t</span>", T("corrected by its author"));
    html_raw(h, "</p>");
    if (report->size > 0) {
        html_raw(h, "<p class=\"text\" dir=\"auto\">");
        html_text(h, report->text, report->size);
        html_raw(h, "</p>");
    }
    line_write(h, T("Who was asked"), report->whom);
    line_write(h, T("District"), report->district);
    line_write(h, T("Where"), report->place);
    when_write(h, T("When"), report->when);
    when_write(h, T("until"), report->until);
    side_write(r, h, T("say so"), &item->yes);
    side_write(r, h, T("deny it"), &item->no);
    html_raw(h, "<p class=\"soft\">");
    page_author(h, item->author);
    html_raw(h, " ");
    page_time(r, h, item->created);
    if (report->ground) html_add(h, " · %t", lang_text(r->lang, report_ground_words(report->ground)));
    if (item->guest) html_add(h, " <span class=\"mark\">%t</span>", T("written as a guest of a point"));
    html_raw(h, "</p></article>\n");
}

static int said_read(struct store *store, const struct report_item *item, uint8_t *room, struct report *out) {
    static const uint8_t none[HASH_SIZE];
    struct store_record found;
    bool corrected = memcmp(item->version, none, HASH_SIZE) != 0;
    int err = corrected ? store_get(store, item->version, room, &found) : store_get_num(store, item->num, room, &found);
    return err ? err : report_decode(out, &found.record);
}

static int items_write(struct request *r, struct html *h) {
    struct store *store = web_home(r->web)->store;
    struct report_board board = {0};
    struct report report;
    size_t count = 0, shown = 0;
    const struct report_item **order = NULL;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? store_freezes_refresh(store) : ERR_MEMORY;
    if (!err) err = report_board_read(&board, store, r->ids[0], r->when.now);
    if (!err) order = malloc((board.item_count + 1) * sizeof(const struct report_item *));
    if (!err && !order) err = ERR_MEMORY;
    for (size_t i = 0; !err && i < board.item_count; i++) {
        const struct report_item *item = &board.items[i];
        if (item->type != REPORT_MESSAGE && !item->inside && item->state < REPORT_REVOKED) order[count++] = item;
    }
    if (!err && count > 0) qsort(order, count, sizeof(const struct report_item *), by_weight);
    for (size_t i = 0; !err && i < count && shown < REPORTS_SHOWN; i++) {
        if (said_read(store, order[i], room, &report)) continue;
        item_write(r, h, &board, order[i], &report);
        shown++;
    }
    if (!err && shown == 0) html_add(h, "<p>%t</p>", T("Nothing is reported."));
    report_board_free(&board);
    free(order);
    free(room);
    return err;
}

enum MHD_Result page_reports(struct request *r) {
    return page_of_group(r, T("Reports and warnings"),
                         T("Nobody here says what is true: it is told how many say so, and how many deny it."),
                         items_write);
}
