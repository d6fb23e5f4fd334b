/*
 * page_members.c: the members of a closed group.
 */
#include "node/web/page_members.h"

#include <stdlib.h>
#include <string.h>

#include "closed/closed.h"
#include "core/crypto.h"
#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/page.h"
#include "node/web/route.h"

static void line_write(struct html *h, const char *line) {
    html_add(h, "<textarea readonly rows=\"5\" dir=\"ltr\">\n%t</textarea>", line);
}

static void asked_write(struct request *r, struct html *h, const struct charter *charter) {
    struct closed *closed;
    char line[REQUEST_CHARS_MAX + 1];
    struct home *home = web_home(r->web);
    int err = home_closed(home, &closed);
    if (!err) err = closed_request(closed, charter->community, home_when(home), line);
    if (err) {
        html_add(h, "<p class=\"warn\">%t</p>", lang_text(r->lang, err_text(err)));
        return;
    }
    html_add(h, "<p class=\"note\">%t</p>",
             T("You are not a member yet. Give this line to a coordinator of the group, from hand to hand; they admit "
               "you with it."));
    line_write(h, line);
    crypto_wipe(line, sizeof line);
}

static void members_write(struct request *r, struct html *h, const struct closed_view *v) {
    for (size_t i = 0; i < v->members->entry_count; i++) {
        const struct members_entry *e = &v->members->entries[i];
        if (e->status != MEMBERS_MEMBER && e->status != MEMBERS_PENDING) continue;
        html_raw(h, "<li>");
        page_author(h, e->key);
        if (e->coordinates) html_add(h, " · %t", T("coordinator"));
        if (e->status == MEMBERS_PENDING) html_add(h, " · %t", T("admitted by somebody who was not entitled to"));
        html_raw(h, "</li>\n");
    }
}

static void admit_write(struct request *r, struct html *h, const struct charter *charter) {
    char path[PAGE_PATH_SIZE];
    page_path(path, 'g', charter->community, "/admit");
    page_form(r, h, path, false);
    html_add(h,
             "<label for=\"request\">%t</label><textarea id=\"request\" name=\"line\" rows=\"5\" dir=\"ltr\" required "
             "maxlength=\"1000\"></textarea><button>%t</button></form>",
             T("Admit somebody: the line that begins with longear-join:"), T("Admit"));
}

bool page_members(struct request *r, struct html *h, const struct charter *charter) {
    struct closed *closed;
    struct closed_view *v = malloc(sizeof *v);
    char number[WORDS_SIZE];
    int err = v ? home_closed(web_home(r->web), &closed) : ERR_MEMORY;
    if (!err) err = closed_look(closed, charter->community, v);
    bool may_write = !err && v->standing == CLOSED_MEMBER;
    if (err) {
        html_add(h, "<p class=\"warn\">%t</p>", lang_text(r->lang, err_text(err)));
    } else if (v->standing == CLOSED_NOT || v->standing == CLOSED_ASKED) {
        asked_write(r, h, charter);
    } else if (v->standing == CLOSED_REMOVED) {
        html_add(h, "<p class=\"note\">%t</p>", T("You are no member any more. What came before stays with you."));
    } else if (v->standing == CLOSED_PENDING) {
        html_add(h, "<p class=\"note\">%t</p>",
                 T("Who admitted you was not entitled to any more: ask another coordinator."));
    }
    if (!err && v->waiting > 0) {
        words_number(number, r->lang, v->waiting);
        html_raw(h, "<p class=\"note\">");
        html_say(h, T("Messages whose key has not come yet: %s. They can be read as soon as it does."), number);
        html_raw(h, "</p>");
    }
    if (!err && v->members && v->members->rival_count > 0)
        html_add(h, "<p class=\"warn\">%t</p>",
                 T("Two changes of the coordinators contradict each other: nobody is admitted or removed until more "
                   "than half of the coordinators sign one proposal over both."));
    if (may_write) {
        html_add(h, "<details><summary>%t</summary><ul class=\"list\">", T("Members"));
        members_write(r, h, v);
        html_raw(h, "</ul>");
        if (v->coordinates && v->members->rival_count == 0) admit_write(r, h, charter);
        html_raw(h, "</details>");
    }
    free(v);
    return may_write;
}

enum MHD_Result page_admit(struct request *r) {
    struct closed *closed;
    struct join_request request;
    char path[PAGE_PATH_SIZE];
    const char *line = request_field(r, "line");
    struct home *home = web_home(r->web);
    if (r->err != 0 || !body_token_is_good(r)) return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    int err = join_request_decode(&request, line, strlen(line));
    if (err)
        return answer_sentence(r, MHD_HTTP_BAD_REQUEST,
                               WORDS_LATER("This is no whole request to join: it begins with longear-join: and must be "
                                           "copied to its last letter."));
    if (memcmp(request.community, r->ids[0], HASH_SIZE) != 0)
        return answer_sentence(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("This request is for another group."));
    err = home_closed(home, &closed);
    if (!err) err = closed_admit(closed, &request, home_when(home));
    crypto_wipe(&request, sizeof request);
    if (err == ERR_CHARTER)
        return answer_sentence(r, MHD_HTTP_FORBIDDEN,
                               WORDS_LATER("Only a coordinator of the group can admit somebody."));
    if (err) return answer_error(r, err);
    r->changed = true;
    page_path(path, 'g', r->ids[0], "");
    return answer_see(r, path);
}
