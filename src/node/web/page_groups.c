/*
 * The list of groups, and one group with its newest messages.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/pinned.h"
#include "node/web/answer.h"
#include "node/web/message.h"
#include "node/web/page.h"
#include "node/web/page_members.h"
#include "node/web/page_network.h"
#include "node/web/route.h"
#include "node/web/write_form.h"

#define GROUP_MESSAGES 50
#define PINNED_SHOWN 5
#define INDEX_GROUPS_MAX 500

struct index {
    struct request *r;
    struct html *h;
    size_t shown, joined, carried;
};

static void group_line(struct index *at, const struct store_community *group) {
    static const words_forms messages = {WORDS_LATER("%s message"), WORDS_LATER("%s messages"),
                                         WORDS_LATER("%s messages|5")};
    struct request *r = at->r;
    char number[WORDS_SIZE];
    words_number(number, r->lang, group->records);
    html_add(at->h, "<li><a href=\"/g/%x\"><strong lang=\"%t\">", group->charter.community, group->charter.lang);
    page_bdi(at->h, group->charter.title, strlen(group->charter.title));
    html_raw(at->h, "</strong><span class=\"soft\">");
    html_say(at->h, words_form(r->lang, messages, group->records), number);
    if (group->newest > 0) {
        char ago[WORDS_SIZE];
        words_ago(ago, r->lang, group->newest, r->when.now);
        html_add(at->h, " · %t: %t", T("the newest"), ago);
    }
    html_raw(at->h, "</span></a></li>\n");
}

/* store_visit_community: joined ones come first. */
static int index_visit(void *context, const struct store_community *group) {
    struct index *at = context;
    struct request *r = at->r;
    if (!r->operator_ && !charter_is_public(&group->charter)) return 0;
    if (at->shown++ == INDEX_GROUPS_MAX) return 1;
    if (group->joined && at->joined++ == 0) html_raw(at->h, "<ul class=\"list groups\">\n");
    if (!group->joined && at->carried++ == 0) {
        if (at->joined > 0) html_raw(at->h, "</ul>");
        html_add(at->h, "<h2>%t</h2><p class=\"soft\">%t</p><ul class=\"list groups\">\n", T("Carried"),
                 T("They came in a parcel. This point keeps them and passes them on."));
    }
    group_line(at, group);
    return 0;
}

enum MHD_Result page_index(struct request *r) {
    struct html h;
    struct index at = {.r = r, .h = &h};
    page_begin(r, &h, PAGE_GROUPS, NULL);
    html_add(&h, "<h1>%t</h1>", T("Groups"));
    if (app_is_here(r))
        html_add(&h, "<p class=\"row\"><a class=\"button\" href=\"/app\">%t</a></p>", T("Open the app"));
    int err = store_community_each(web_home(r->web)->store, r->when.now, index_visit, &at);
    if (err < 0) {
        html_free(&h);
        return answer_error(r, err);
    }
    if (at.joined + at.carried > 0) {
        html_raw(&h, "</ul>");
    } else {
        html_add(&h, "<p>%t</p>", T("There is no group here yet."));
        if (r->operator_)
            html_add(&h, "<p>%t</p>",
                     T("Start one, join one by its invitation, or open a parcel that somebody brought."));
    }
    if (r->operator_) {
        html_add(&h,
                 "<p class=\"row\"><a class=\"button main\" href=\"/new\">%t</a> <a class=\"button\" "
                 "href=\"/join\">%t</a></p>",
                 T("New group"), T("Join by invitation"));
    }
    page_network_line(r, &h);
    page_end(r, &h);
    return answer_page(r, MHD_HTTP_OK, &h);
}

/* ---- One group ---- */

/* Read a place in the list, "<created>-<64 hex>". */
static bool place_read(const char *text, uint64_t *created, uint8_t id[HASH_SIZE]) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 12 || text[digits] != '-' || strlen(text + digits + 1) != 2 * HASH_SIZE) return false;
    *created = strtoull(text, NULL, 10);
    return request_hex(text + digits + 1, id);
}

static int messages_read(struct request *r, struct messages *m, bool *from_newest) {
    uint8_t id[HASH_SIZE];
    uint64_t created = 0;
    struct store_query query = {
        .community = r->ids[0], .now = r->when.now, .newest_first = true, .limit = GROUP_MESSAGES + 1};
    *m = (struct messages){.max = GROUP_MESSAGES, .excerpt = MESSAGE_EXCERPT_BYTES};
    const char *before = request_query(r, "before", 100);
    const char *after = request_query(r, "after", 100);
    *from_newest = true;
    if (place_read(before, &created, id)) {
        query.after_id = id;
        query.after_created = created;
        *from_newest = false;
    } else if (place_read(after, &created, id)) {
        query.after_id = id;
        query.after_created = created;
        query.newest_first = false;
        *from_newest = false;
    }
    int err = store_list(web_home(r->web)->store, &query, messages_visit, m);
    if (m->err != 0) err = m->err;
    if (err < 0) return err;
    if (!query.newest_first) {
        messages_reverse(m);
        struct messages old = *m;
        m->first = old.last;
        m->last = old.first;
        if (!m->more) *from_newest = true; /* nothing newer is left */
        m->more = true;                    /* where we came from */
    }
    return 0;
}

static void place_link(struct html *h, const uint8_t group[HASH_SIZE], const char *way, uint64_t created,
                       const uint8_t id[HASH_SIZE], const char *name) {
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)created);
    html_add(h, "<a href=\"/g/%x?%t=%t-%x\">%t</a>", group, way, number, id, name);
}

static void pages_write(struct request *r, struct html *h, const struct messages *m, bool from_newest) {
    if (m->visited == 0 || (from_newest && !m->more)) return;
    html_add(h, "<nav class=\"pages\" aria-label=\"%t\">", T("Newer and older messages"));
    if (m->more) place_link(h, r->ids[0], "before", m->last.created, m->last.id, T("Older messages"));
    if (!from_newest) place_link(h, r->ids[0], "after", m->first.created, m->first.id, T("Newer messages"));
    html_raw(h, "</nav>");
}

static void group_head(struct request *r, struct html *h, const struct store_community *group) {
    html_add(h, "<h1 lang=\"%t\">", group->charter.lang);
    page_bdi(h, group->charter.title, strlen(group->charter.title));
    html_add(h, "</h1><p class=\"soft\">%t</p>",
             charter_is_public(&group->charter) ? T("An open group: anyone can read and write here, the police too.")
                                                : T("A closed group: only its members read and write here."));
}

/* What is not needed every time, folded away so that the messages come first. */
static void group_more(struct request *r, struct html *h, const struct store_community *group) {
    const uint8_t *id = group->charter.community;
    html_add(h, "<details><summary>%t</summary>", T("Search, invite, take along"));
    html_add(h,
             "<form class=\"row\" action=\"/search\" role=\"search\"><div class=\"grow\"><label for=\"q\">%t</label>"
             "<input type=\"search\" id=\"q\" name=\"q\" maxlength=\"200\"></div>",
             T("Search in this group"));
    html_add(h, "<input type=\"hidden\" name=\"g\" value=\"%x\"><button class=\"plain\">%t</button></form>", id,
             T("Search"));
    html_add(h, "<p class=\"acts\"><a href=\"/g/%x/invite\">%t</a><a href=\"/parcel?g=%x\">%t</a></p></details>", id,
             T("Invite others"), id, T("Take it along as a parcel"));
}

static void group_write(struct request *r, struct html *h, const struct store_community *group, bool open) {
    char path[PAGE_PATH_SIZE];
    if (!group->joined) {
        html_add(h, "<p class=\"note\">%t</p>",
                 T("This point only carries this group: it can be read here and passed on."));
        if (!r->operator_) return;
        page_path(path, 'g', group->charter.community, "/join");
        page_form(r, h, path, false);
        html_add(h, "<button>%t</button></form>", T("Join this group"));
        return;
    }
    if (group->newer_rules) {
        html_add(h, "<p class=\"warn\">%t</p>", lang_text(r->lang, err_text(ERR_KIND)));
        return;
    }
    if (!charter_is_public(&group->charter) && !page_members(r, h, &group->charter)) return;
    html_add(h, "<details%t><summary>%t</summary>", open ? " open" : "", T("Write a message"));
    page_path(path, 'g', group->charter.community, "/write");
    write_form(r, h, path, charter_is_public(&group->charter), NULL);
    html_raw(h, "</details>");
}

/* What coordinators point out to all, before the rest; each message once. */
static int pinned_gather(struct request *r, const struct charter *charter, struct messages *m) {
    struct home *home = web_home(r->web);
    struct store_record found;
    struct pins pins = {0};
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? store_freezes_refresh(home->store) : ERR_MEMORY;
    if (!err) err = pinned_read(&pins, home, charter, r->when.now);
    *m = (struct messages){.max = PINNED_SHOWN, .excerpt = MESSAGE_EXCERPT_BYTES};
    for (size_t i = 0; !err && i < pins.count; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= memcmp(pins.list[k].targets[0], pins.list[i].targets[0], HASH_SIZE) == 0;
        if (again || store_get(home->store, pins.list[i].targets[0], room, &found) != 0) continue;
        if (messages_visit(m, &found) != 0) break;
    }
    if (!err) err = m->err;
    pins_free(&pins);
    free(room);
    if (err) return err;
    messages_complete(r, m);
    for (size_t i = 0; i < m->count; i++) m->list[i].pinned = true;
    return 0;
}

/* The ways to what the records come to. */
static void views_write(struct request *r, struct html *h, const uint8_t community[HASH_SIZE]) {
    html_add(h, "<p class=\"acts\"><a href=\"/g/%x/aid\">%t</a> <a href=\"/g/%x/reports\">%t</a> ", community,
             T("Help: needed and offered"), community, T("Reports and warnings"));
    html_add(h, "<a href=\"/g/%x/demands\">%t</a> <a href=\"/g/%x/wall\">%t</a></p>", community, T("What is demanded"),
             community, T("For the wall"));
}

enum MHD_Result page_group(struct request *r) {
    struct store_community *group = malloc(sizeof *group);
    struct messages m = {0}, pinned = {0};
    struct html h;
    bool from_newest = true;
    int err = group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    if (err >= 0) err = messages_read(r, &m, &from_newest);
    if (err >= 0 && from_newest) err = pinned_gather(r, &group->charter, &pinned);
    if (err < 0) {
        messages_free(&pinned);
        messages_free(&m);
        free(group);
        return answer_error(r, err);
    }
    messages_complete(r, &m);
    page_begin(r, &h, PAGE_GROUPS, group->charter.title);
    group_head(r, &h, group);
    views_write(r, &h, group->charter.community);
    group_write(r, &h, group, m.visited == 0);
    group_more(r, &h, group);
    if (pinned.count > 0) {
        html_add(&h, "<h2>%t</h2>", T("Pinned by coordinators"));
        messages_write(r, &h, &pinned);
    }
    html_add(&h, "<h2>%t</h2>", from_newest ? T("Newest messages") : T("Messages"));
    if (m.count == 0) html_add(&h, "<p>%t</p>", T("Nobody has written here yet."));
    messages_write(r, &h, &m);
    pages_write(r, &h, &m, from_newest);
    page_end(r, &h);
    messages_free(&pinned);
    messages_free(&m);
    free(group);
    return answer_page(r, MHD_HTTP_OK, &h);
}
