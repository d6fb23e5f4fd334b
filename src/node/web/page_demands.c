/*
 * page_demands.c: what is demanded in a group, who stands behind it, and what came of it. Signing wants a person of
 * one's own: the command has it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/demand_words.h"
#include "node/demanded.h"
#include "node/web/page_view.h"
#include "node/web/route.h"

#define DEMANDS_SHOWN 200

static int by_rank(const void *a, const void *b) {
    return demand_rank_order(*(const struct demand_item *const *)a, *(const struct demand_item *const *)b);
}

static void support_write(struct request *r, struct html *h, const struct demand_board *board,
                          const struct demand_item *item) {
    html_raw(h, "<p class=\"soft\">");
    html_say(h, T("signed for these words: %u"), item->support);
    if (board->roll.count > 0) html_say(h, T("; of the roll %u of %zu"), item->support_roll, board->roll.count);
    if (item->support_earlier > 0) html_say(h, T("; for earlier words: %u"), item->support_earlier);
    html_raw(h, "</p>");
}

static void tally_write(struct request *r, struct html *h, const struct demand_board *board,
                        const struct demand_item *item) {
    bool said = item->state == DEMAND_IS_RATIFIED || item->state == DEMAND_IS_REJECTED;
    if (item->tellers == 0 && said) html_add(h, "<p class=\"soft\">%t</p>", T("nobody has signed a count"));
    if (item->tellers == 0) return;
    const struct demand_step *s = &board->steps[item->tally];
    html_raw(h, "<p class=\"soft\">");
    if (s->way == DEMAND_PAPER)
        html_say(h, T("on paper: for %u, against %u, abstained %u; tellers: %u"), s->in_favour, s->against,
                 s->abstained, item->tellers);
    else
        html_say(h, T("by show of hands: for %u, against %u, abstained %u; tellers: %u"), s->in_favour, s->against,
                 s->abstained, item->tellers);
    html_raw(h, "</p>");
    if (item->tellers_else == 0) return;
    html_raw(h, "<p class=\"warn\">");
    html_say(h, T("tellers who counted otherwise: %u. The counts contradict each other."), item->tellers_else);
    html_raw(h, "</p>");
}

static void item_write(struct request *r, struct html *h, const struct demand_board *board,
                       const struct demand_item *item, const struct demand *demand) {
    char number[16];
    snprintf(number, sizeof number, "%u. ", item->number);
    html_add(
        h, "<article class=\"card\" id=\"d%x\"><p class=\"head\"><strong>%t</strong><span class=\"mark\">%t</span></p>",
        item->id, item->number ? number : "", lang_text(r->lang, demand_state_words(item->state)));
    html_raw(h, "<p class=\"text\" dir=\"auto\">");
    html_text(h, demand->text, demand->size);
    html_raw(h, "</p>");
    support_write(r, h, board, item);
    tally_write(r, h, board, item);
    html_raw(h, "<p class=\"soft\">");
    page_author(h, item->author);
    html_raw(h, " ");
    page_time(r, h, item->created);
    html_raw(h, "</p></article>\n");
}

static int items_write(struct request *r, struct html *h) {
    struct home *home = web_home(r->web);
    struct demand_board board = {0};
    struct store_record found;
    struct demand demand;
    size_t count = 0, shown = 0;
    const struct demand_item **order = NULL;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct store_community *group = malloc(sizeof *group);
    int err = room && group ? store_community_get(home->store, r->ids[0], r->when.now, group) : ERR_MEMORY;
    if (!err) err = demanded_read(&board, home, &group->charter, r->when.now);
    if (!err) order = malloc((board.item_count + 1) * sizeof(const struct demand_item *));
    if (!err && !order) err = ERR_MEMORY;
    for (size_t i = 0; !err && i < board.item_count; i++)
        if (board.items[i].state != DEMAND_IS_MERGED) order[count++] = &board.items[i];
    if (!err && count > 0) qsort(order, count, sizeof(const struct demand_item *), by_rank);
    for (size_t i = 0; !err && i < count && shown < DEMANDS_SHOWN; i++) {
        if (store_get(home->store, order[i]->words, room, &found) || demand_decode(&demand, &found.record)) continue;
        item_write(r, h, &board, order[i], &demand);
        shown++;
    }
    if (!err && shown == 0) html_add(h, "<p>%t</p>", T("Nothing is demanded yet."));
    demand_board_free(&board);
    free(order);
    free(group);
    free(room);
    return err;
}

enum MHD_Result page_demands(struct request *r) {
    return page_of_group(r, T("What is demanded"),
                         T("Signatures are counted for the words that stand here, and for no others."), items_write);
}
