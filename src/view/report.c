/*
 * report.c: what others say of a report.
 */
#include "view/report.h"

#include <string.h>

static const uint8_t none[HASH_SIZE];

int report_item_order(const struct report_item *a, const struct report_item *b) {
    return memcmp(a->id, b->id, HASH_SIZE);
}

int report_line_order(const struct report_line *a, const struct report_line *b) {
    int order = memcmp(a->target, b->target, HASH_SIZE);
    if (order == 0) order = memcmp(a->author, b->author, KEY_SIZE);
    if (order == 0) order = a->seq < b->seq ? -1 : a->seq > b->seq;
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

const struct report_item *report_now(const struct report_item *items, const struct report_item *item) {
    return item->correction == REPORT_NONE ? item : &items[item->correction];
}

/* ---- Corrections ---- */

static struct report_item *item_find(struct report_item *items, size_t count, const uint8_t id[HASH_SIZE]) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(items[middle].id, id, HASH_SIZE);
        if (order == 0) return &items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool is_later(const struct report_item *a, const struct report_item *b) {
    return a->seq != b->seq ? a->seq > b->seq : memcmp(a->id, b->id, HASH_SIZE) < 0;
}

static void correction_take(struct report_item *items, size_t count, uint32_t at) {
    struct report_item *c = &items[at], *first;
    if (c->type == REPORT_MESSAGE || memcmp(c->corrects, none, HASH_SIZE) == 0) return;
    first = item_find(items, count, c->corrects);
    if (!first || first->type == REPORT_MESSAGE || memcmp(first->corrects, none, HASH_SIZE) != 0) return;
    if (memcmp(first->author, c->author, KEY_SIZE) != 0) return;
    c->inside = true;
    if (first->correction != REPORT_NONE && !is_later(c, &items[first->correction])) return;
    first->correction = at;
    memcpy(first->version, c->id, HASH_SIZE);
}

/* ---- Words ---- */

static void side_add(struct report_side *side, uint8_t ground) {
    side->people++;
    side->saw += ground == REPORT_SAW;
    side->told += ground == REPORT_TOLD;
    side->paper += ground == REPORT_PAPER;
}

static bool is_say(const struct report_line *line) {
    return line->say == REPORT_CONFIRM || line->say == REPORT_DENY;
}

/* The last word of one author. Return whether it is the item's author's own denial. */
static bool last_take(struct report_item *item, struct report_line *last) {
    bool own = memcmp(last->author, item->author, KEY_SIZE) == 0;
    if (memcmp(last->about, item->version, HASH_SIZE) != 0) {
        last->place = REPORT_EARLIER;
        item->earlier += !own;
        return false;
    }
    last->place = REPORT_COUNTS;
    if (!own) side_add(last->say == REPORT_CONFIRM ? &item->yes : &item->no, last->ground);
    return own && last->say == REPORT_DENY;
}

static void lines_take(const struct report_item *items, struct report_item *item, struct report_line *lines,
                       uint64_t now) {
    const struct report_item *said = report_now(items, item);
    bool revoked = false;
    memset(&item->yes, 0, sizeof item->yes);
    memset(&item->no, 0, sizeof item->no);
    item->earlier = item->added = item->answers = 0;
    for (size_t i = 0; i < item->word_count;) { /* all of one author */
        struct report_line *last = NULL, *begin = &lines[i];
        for (; i < item->word_count && memcmp(lines[i].author, begin->author, KEY_SIZE) == 0; i++) {
            lines[i].place = is_say(&lines[i]) ? REPORT_REPLACED : REPORT_SAID;
            if (is_say(&lines[i])) last = &lines[i];
            item->added += lines[i].say == REPORT_ADD;
            item->answers += lines[i].say == REPORT_ANSWER;
        }
        if (last && last_take(item, last)) revoked = true;
    }
    if (!revoked) side_add(&item->yes, said->ground);
    item->state = revoked                                ? REPORT_REVOKED
                  : said->until > 0 && said->until < now ? REPORT_OVER
                  : item->no.people > 0                  ? REPORT_DISPUTED
                                                         : REPORT_UP;
}

void report_fold(struct report_item *items, size_t item_count, struct report_line *lines, size_t line_count,
                 uint64_t now) {
    size_t at = 0;
    for (size_t i = 0; i < line_count; i++) lines[i].place = REPORT_SAID;
    for (size_t i = 0; i < item_count; i++) {
        items[i].inside = false;
        items[i].correction = REPORT_NONE;
        if (items[i].type != REPORT_MESSAGE) memset(items[i].version, 0, HASH_SIZE);
    }
    for (size_t i = 0; i < item_count; i++) correction_take(items, item_count, (uint32_t)i);
    for (size_t i = 0; i < item_count; i++) {
        while (at < line_count && memcmp(lines[at].target, items[i].id, HASH_SIZE) < 0) at++;
        items[i].first_word = at;
        while (at < line_count && memcmp(lines[at].target, items[i].id, HASH_SIZE) == 0) at++;
        items[i].word_count = at - items[i].first_word;
        lines_take(items, &items[i], lines + items[i].first_word, now);
    }
}

/* ---- Chains ---- */

size_t report_keys(const struct report_item *item, const struct report_line *lines, enum report_say say,
                   uint8_t (*out)[KEY_SIZE]) {
    size_t count = 0;
    if (say == REPORT_CONFIRM && item->state != REPORT_REVOKED) memcpy(out[count++], item->author, KEY_SIZE);
    for (size_t i = 0; i < item->word_count; i++) {
        const struct report_line *line = &lines[item->first_word + i];
        if (line->place != REPORT_COUNTS || line->say != say) continue;
        if (say == REPORT_CONFIRM && memcmp(line->author, item->author, KEY_SIZE) == 0) continue;
        memcpy(out[count++], line->author, KEY_SIZE);
    }
    return count;
}

unsigned report_chains(struct trust *t, const struct report_item *item, const struct report_line *lines,
                       enum report_say say, uint8_t (*keys)[KEY_SIZE]) {
    size_t count = report_keys(item, lines, say, keys);
    for (size_t i = 0; i < count; i++) {
        enum budget_class class = trust_class(t, (const uint8_t *)keys[i]);
        if (class == BUDGET_NEAR || class == BUDGET_FAR)
            return trust_chains(t, (const uint8_t(*)[KEY_SIZE])keys, count);
    }
    return 0; /* the reader knows none of them: nothing to search for */
}
