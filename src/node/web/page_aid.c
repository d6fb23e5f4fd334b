/*
 * page_aid.c: needs and offers of a group, and a form for another one. Taking on and accepting need a person of one's
 * own, whose key others can tell from all guests': the command has them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "node/aid_words.h"
#include "node/compose.h"
#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/page.h"
#include "node/web/route.h"
#include "query/aid.h"
#include "store/freezes.h"

#define AID_SHOWN 200

/* ---- The form ---- */

static void choices_write(struct request *r, struct html *h, const char *chosen) {
    for (unsigned i = 1; i <= AID_WHAT_MAX; i++)
        html_add(h, "<option value=\"%t\"%t>%t</option>", aid_what_name(i),
                 strcmp(chosen, aid_what_name(i)) == 0 ? " selected" : "", lang_text(r->lang, aid_what_words(i)));
}

static void line_field(struct request *r, struct html *h, const char *name, const char *label, unsigned max) {
    char digits[16];
    snprintf(digits, sizeof digits, "%u", max);
    html_add(h,
             "<label for=\"%t\">%t</label><input type=\"text\" id=\"%t\" name=\"%t\" dir=\"auto\" maxlength=\"%t\" "
             "value=\"%t\">",
             name, label, name, name, digits, request_field(r, name));
}

static void form_write(struct request *r, struct html *h, const struct charter *charter, const char *fault) {
    char path[PAGE_PATH_SIZE];
    bool offer = strcmp(request_field(r, "type"), "offer") == 0;
    page_path(path, 'g', charter->community, "/aid");
    html_add(h, "<details%t><summary>%t</summary>", fault ? " open" : "", T("Ask for help, or offer it"));
    if (fault) html_add(h, "<p class=\"warn\" role=\"alert\">%t</p>", lang_text(r->lang, fault));
    page_form(r, h, path, false);
    html_add(h,
             "<label for=\"type\">%t</label><select id=\"type\" name=\"type\"><option value=\"need\">%t</option>"
             "<option value=\"offer\"%t>%t</option></select>",
             T("What is it?"), T("I need help"), offer ? " selected" : "", T("I can help"));
    html_add(h, "<label for=\"kind\">%t</label><select id=\"kind\" name=\"kind\">", T("With what?"));
    choices_write(r, h, request_field(r, "kind"));
    html_add(h,
             "</select><label for=\"text\">%t</label><textarea id=\"text\" name=\"text\" rows=\"3\" dir=\"auto\" "
             "maxlength=\"2000\" required>",
             T("Text"));
    html_raw(h, "\n");
    html_string(h, request_field(r, "text"));
    html_raw(h, "</textarea>");
    line_field(r, h, "district", T("District"), 40);
    line_field(r, h, "place", T("A public place to hand over"), 60);
    html_add(h,
             "<label for=\"urgency\">%t</label><select id=\"urgency\" name=\"urgency\"><option value=\"1\">%t</option>"
             "<option value=\"2\">%t</option><option value=\"3\">%t</option></select>",
             T("How urgent is it?"), T("normal"), T("important"), T("urgent: somebody's life or freedom is at stake"));
    html_add(h, "<p class=\"soft\">%t</p><button>%t</button></form></details>",
             charter_is_public(charter)
                 ? T("Anyone can read it, the police too: no home address, no telephone number, no names.")
                 : T("Members of the group can read it, and who takes a member's unlocked device."),
             T("Send"));
}

/* ---- The list ---- */

static int by_need(const void *a, const void *b) {
    const struct aid_item *x = *(const struct aid_item *const *)a, *y = *(const struct aid_item *const *)b;
    if (x->urgency != y->urgency) return x->urgency > y->urgency ? -1 : 1;
    if (x->state != y->state) return x->state < y->state ? -1 : 1;
    return record_order(x->created, x->id, y->created, y->id);
}

static void line_write(struct html *h, const char *label, const char *text) {
    if (text[0] == '\0') return;
    html_add(h, "<p class=\"soft\">%t: ", label);
    page_bdi(h, text, strlen(text));
    html_raw(h, "</p>");
}

static void item_write(struct request *r, struct html *h, const struct aid_item *item, const struct aid *aid) {
    const char *level = item->urgency == URGENCY_URGENT      ? " urgent"
                        : item->urgency == URGENCY_IMPORTANT ? " important"
                                                             : "";
    html_add(h, "<article class=\"card%t\" id=\"a%x\"><p class=\"head\"><strong>%t: %t</strong> ", level, item->id,
             item->type == AID_NEED ? T("needed") : T("offered"), lang_text(r->lang, aid_what_words(item->what)));
    if (aid->word[0]) page_bdi(h, aid->word, strlen(aid->word));
    if (aid->amount) {
        char number[WORDS_SIZE];
        words_number(number, r->lang, aid->amount);
        html_add(h, " · %t ", number);
        page_bdi(h, aid->unit, strlen(aid->unit));
    }
    if (item->urgency == URGENCY_URGENT) html_add(h, " <span class=\"mark level\">%t</span>", T("Urgent"));
    if (item->urgency == URGENCY_IMPORTANT) html_add(h, " <span class=\"mark level\">%t</span>", T("Important"));
    html_add(h, " <span class=\"mark\">%t</span></p>", lang_text(r->lang, aid_state_words(item->state)));
    if (aid->size > 0) {
        html_raw(h, "<p class=\"text\" dir=\"auto\">");
        html_text(h, aid->text, aid->size);
        html_raw(h, "</p>");
    }
    line_write(h, T("District"), aid->district);
    line_write(h, T("Hand over at"), aid->place);
    if (item->helpers > 1) {
        char number[WORDS_SIZE];
        snprintf(number, sizeof number, "%u / %u", item->in_charge + item->done, item->helpers);
        line_write(h, T("Helpers"), number);
    }
    html_raw(h, "<p class=\"soft\">");
    page_author(h, item->author);
    html_raw(h, " ");
    page_time(r, h, item->created);
    if (aid->guest) html_add(h, " <span class=\"mark\">%t</span>", T("written as a guest of a point"));
    if (aid->until) {
        char when[WORDS_SIZE];
        words_time(when, aid->until);
        html_add(h, " · %t %t", T("until"), when);
    }
    html_raw(h, "</p></article>\n");
}

static int items_write(struct request *r, struct html *h, const uint8_t community[HASH_SIZE]) {
    struct store *store = web_home(r->web)->store;
    struct aid_board board = {0};
    struct store_record found;
    struct aid aid;
    size_t count = 0, shown = 0;
    const struct aid_item **order = NULL;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? store_freezes_refresh(store) : ERR_MEMORY;
    if (!err) err = aid_board_read(&board, store, community, r->when.now);
    if (!err) order = malloc((board.item_count + 1) * sizeof *order);
    if (!err && !order) err = ERR_MEMORY;
    for (size_t i = 0; !err && i < board.item_count; i++)
        if (board.items[i].state < AID_CLOSED) order[count++] = &board.items[i];
    if (!err && count > 0) qsort(order, count, sizeof *order, by_need);
    for (size_t i = 0; !err && i < count && shown < AID_SHOWN; i++)
        if (store_get_num(store, order[i]->num, room, &found) == 0 && aid_decode(&aid, &found.record) == 0) {
            item_write(r, h, order[i], &aid);
            shown++;
        }
    if (!err && shown == 0) html_add(h, "<p>%t</p>", T("Nothing is needed or offered."));
    if (!err && shown < count) {
        char number[WORDS_SIZE];
        words_number(number, r->lang, count - shown);
        html_raw(h, "<p class=\"note\">");
        html_say(h, T("Not shown here: %s more."), number);
        html_raw(h, "</p>");
    }
    aid_board_free(&board);
    free(order);
    free(room);
    return err;
}

static enum MHD_Result aid_page(struct request *r, unsigned status, const char *fault) {
    struct html h;
    struct store_community *group = malloc(sizeof *group);
    int err = group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    if (err < 0) {
        free(group);
        return answer_error(r, err);
    }
    page_begin(r, &h, PAGE_GROUPS, T("Help: needed and offered"));
    html_add(&h, "<h1>%t</h1><p class=\"acts\"><a href=\"/g/%x\">", T("Help: needed and offered"), r->ids[0]);
    page_bdi(&h, group->charter.title, strlen(group->charter.title));
    html_raw(&h, "</a></p>");
    if (group->joined && !group->newer_rules) form_write(r, &h, &group->charter, fault);
    err = items_write(r, &h, r->ids[0]);
    free(group);
    if (err < 0) {
        html_free(&h);
        return answer_error(r, err);
    }
    page_end(r, &h);
    return answer_page(r, status, &h);
}

enum MHD_Result page_aid(struct request *r) {
    if (!web_may_work(r->web, r))
        return answer_sentence(r, MHD_HTTP_TOO_MANY_REQUESTS,
                               WORDS_LATER("This point is busy. Please try again in a minute."));
    return aid_page(r, MHD_HTTP_OK, NULL);
}

/* ---- Writing ---- */

struct writing {
    struct aid aid;
    uint8_t urgency;
    uint64_t now;
};

static int writing_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                        uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct writing *w = context;
    return aid_make(a, &w->aid, w->urgency, w->now, salt, room, out);
}

static bool line_read(const struct request *r, const char *name, char *out, size_t room) {
    const char *value = request_field(r, name);
    size_t size = strlen(value);
    if (size >= room || !utf8_is_text((const uint8_t *)value, size, false)) return false;
    memcpy(out, value, size + 1);
    return true;
}

static const char *form_read(const struct request *r, struct writing *w) {
    const char *urgency = request_field(r, "urgency"), *text = request_field(r, "text");
    w->aid = (struct aid){.type = strcmp(request_field(r, "type"), "offer") == 0 ? AID_OFFER : AID_NEED,
                          .what = (uint8_t)aid_what_parse(request_field(r, "kind")),
                          .helpers = 1,
                          .guest = !r->operator_,
                          .text = text,
                          .size = strlen(text)};
    w->urgency = urgency[0] == '3' ? URGENCY_URGENT : urgency[0] == '2' ? URGENCY_IMPORTANT : URGENCY_NORMAL;
    w->now = r->when.now;
    if (w->aid.what == 0) w->aid.what = AID_OTHER;
    if (!utf8_is_text((const uint8_t *)text, w->aid.size, true)) return err_text(ERR_TEXT);
    if (strspn(text, " \n\t") == w->aid.size) return WORDS_LATER("There is no text to send.");
    if (w->aid.size > AID_TEXT_MAX || !line_read(r, "district", w->aid.district, sizeof w->aid.district) ||
        !line_read(r, "place", w->aid.place, sizeof w->aid.place))
        return WORDS_LATER("That is too large. A need or an offer holds about 2,000 letters, a place about 60.");
    return NULL;
}

enum MHD_Result page_aid_post(struct request *r) {
    struct writing w;
    struct record record;
    char path[PAGE_PATH_SIZE];
    struct store_community *group = malloc(sizeof *group);
    if (r->err != 0 || !body_token_is_good(r)) {
        free(group);
        return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    }
    int err = group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    free(group);
    if (err < 0) return answer_error(r, err);
    const char *fault = form_read(r, &w);
    if (fault != NULL) return aid_page(r, MHD_HTTP_BAD_REQUEST, fault);
    bool sent = web_was_sent(r->web, r, w.aid.text);
    if (!sent && !web_may_write(r->web, r))
        return aid_page(r, MHD_HTTP_TOO_MANY_REQUESTS,
                        WORDS_LATER("Guests write a lot here just now. Please send it again in a minute."));
    if (!sent) err = compose_made(web_home(r->web), r->ids[0], !r->operator_, writing_make, &w, &record);
    if (err < 0) return answer_error(r, err);
    if (!sent) web_note_sent(r->web, r, w.aid.text);
    r->changed = true;
    page_path(path, 'g', r->ids[0], "/aid");
    return answer_see(r, path);
}
