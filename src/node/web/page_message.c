/*
 * One message with its replies, and the search.
 */
#include <stdlib.h>
#include <string.h>

#include "node/web/answer.h"
#include "node/web/message.h"
#include "node/web/page.h"
#include "node/web/route.h"
#include "node/web/write_form.h"

#define MESSAGE_REPLIES_SHOWN 100
#define SEARCH_SHOWN 50

/* Read the message of the path if the reader may see it. */
static int message_read(struct request *r, struct messages *m, struct store_community *group) {
    struct store_record record;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    *m = (struct messages){.max = 1, .versions = true};
    int err = room == NULL ? ERR_MEMORY : store_get(web_home(r->web)->store, r->ids[0], room, &record);
    if (err >= 0 && when_is_ahead(record.record.created, r->when.now)) err = ERR_NOT_FOUND;
    if (err >= 0) err = request_community(r, record.record.community, group);
    if (err >= 0) (void)messages_visit(m, &record);
    if (err >= 0 && m->err != 0) err = m->err;
    if (err >= 0 && m->count == 0) err = record.retracted || record.record.body == NULL ? ERR_EXPIRED : ERR_NOT_FOUND;
    free(room);
    return err;
}

struct replying {
    struct messages *messages;
    const uint8_t *community;
};

/* A reply from another group, which the reader may not see, is none here. */
static int reply_visit(void *context, const struct store_record *record) {
    const struct replying *f = context;
    bool same = memcmp(record->record.community, f->community, HASH_SIZE) == 0;
    return same ? messages_visit(f->messages, record) : 0;
}

static int replies_read(struct request *r, const struct store_community *group, struct messages *replies) {
    *replies = (struct messages){.max = MESSAGE_REPLIES_SHOWN, .excerpt = MESSAGE_EXCERPT_BYTES};
    struct replying f = {.messages = replies, .community = group->charter.community};
    int err = store_replies(web_home(r->web)->store, r->ids[0], r->when.now, 0, reply_visit, &f);
    return replies->err != 0 ? replies->err : err < 0 ? err : 0;
}

static void message_page(struct request *r, struct html *h, struct messages *m, struct messages *replies,
                         const struct store_community *group) {
    page_begin(r, h, PAGE_GROUPS, group->charter.title);
    html_add(h, "<h1>%t</h1><p class=\"acts\"><a href=\"/g/%x\">%t:&nbsp;", T("Message"), group->charter.community,
             T("Group"));
    page_bdi(h, group->charter.title, strlen(group->charter.title));
    html_raw(h, "</a></p>");
    message_write(r, h, &m->list[0], true, NULL);
    if (m->list[0].how.own)
        html_add(h, "<p class=\"acts\"><a href=\"/m/%x/retract\">%t</a></p>", r->ids[0], T("Take it back"));
    html_add(h, "<h2 id=\"replies\">%t</h2>", T("Replies"));
    if (replies->count == 0) html_add(h, "<p class=\"soft\">%t</p>", T("There are none here yet."));
    for (size_t i = 0; i < replies->count; i++) replies->list[i].is_reply = false; /* to what, stands above */
    messages_write(r, h, replies);
    if (replies->more) html_add(h, "<p class=\"soft\">%t</p>", T("There are more; the oldest are shown."));
    if (!group->joined || group->newer_rules) {
        html_add(h, "<p class=\"note\">%t</p>",
                 T("This point only carries this group: it can be read here and passed on."));
    } else {
        char path[PAGE_PATH_SIZE];
        html_add(h, "<h2>%t</h2>", T("Reply"));
        page_path(path, 'm', r->ids[0], "/reply");
        write_form(r, h, path, charter_is_public(&group->charter), NULL);
    }
    page_end(r, h);
}

enum MHD_Result page_message(struct request *r) {
    struct store_community *group = malloc(sizeof *group);
    struct messages m = {0};
    struct messages replies = {0};
    struct html h;
    int err = group == NULL ? ERR_MEMORY : message_read(r, &m, group);
    if (err >= 0) err = replies_read(r, group, &replies);
    if (err >= 0) {
        messages_complete(r, &m);
        messages_complete(r, &replies);
        message_page(r, &h, &m, &replies, group);
    }
    messages_free(&m);
    messages_free(&replies);
    free(group);
    if (err == ERR_EXPIRED) return answer_sentence(r, MHD_HTTP_GONE, WORDS_LATER("Its author took this message back."));
    if (err < 0) return answer_error(r, err);
    return answer_page(r, MHD_HTTP_OK, &h);
}

/* ---- Search ---- */

static void search_form(struct request *r, struct html *h, const char *query, const uint8_t *group) {
    html_add(h,
             "<form class=\"row\" action=\"/search\" role=\"search\"><div class=\"grow\"><label for=\"q\">%t</label>"
             "<input type=\"search\" id=\"q\" name=\"q\" maxlength=\"200\" value=\"%t\"></div>",
             T("Words, or their beginnings"), query);
    if (group != NULL) html_add(h, "<input type=\"hidden\" name=\"g\" value=\"%x\">", group);
    html_add(h, "<button>%t</button></form>", T("Search"));
}

/* Write what was found, each with its group's title. */
static void found_write(struct request *r, struct html *h, const struct messages *m) {
    struct store_community *group = malloc(sizeof *group);
    for (size_t i = 0; i < m->count && group != NULL; i++) {
        if (request_community(r, m->list[i].community, group) < 0) continue;
        message_write(r, h, &m->list[i], false, group->charter.title);
    }
    free(group);
}

/* What a search gives of the groups that the reader may see. */
struct finding {
    struct request *r;
    struct messages *messages;
    struct store_community *group;
    uint8_t of[HASH_SIZE]; /* the group of the record before */
    bool any, may_see;
};

static int found_visit(void *context, const struct store_record *record) {
    struct finding *f = context;
    const uint8_t *community = record->record.community;
    if (!f->any || memcmp(f->of, community, HASH_SIZE) != 0)
        f->may_see = request_community(f->r, community, f->group) >= 0;
    f->any = true;
    memcpy(f->of, community, HASH_SIZE);
    return f->may_see ? messages_visit(f->messages, record) : 0;
}

enum MHD_Result page_search(struct request *r) {
    struct html h;
    uint8_t id[HASH_SIZE];
    struct messages m = {.max = SEARCH_SHOWN, .excerpt = MESSAGE_EXCERPT_BYTES, .versions = true};
    struct finding f = {.r = r, .messages = &m};
    struct store *store = web_home(r->web)->store;
    struct store_stats stats = {0};
    const char *query = request_query(r, "q", REQUEST_QUERY_MAX);
    if (query[0] != '\0' && !web_may_work(r->web, r)) {
        return answer_sentence(r, MHD_HTTP_TOO_MANY_REQUESTS,
                               WORDS_LATER("This point is busy. Please try again in a minute."));
    }
    struct store_community *group = calloc(1, sizeof *group);
    bool in_group = group != NULL && request_query_id(r, "g", id) && request_community(r, id, group) >= 0;
    int err = group == NULL ? ERR_MEMORY : 0;
    f.group = err == 0 ? malloc(sizeof *f.group) : NULL; /* the page names the group of the query, if there is one */
    if (f.group == NULL) err = ERR_MEMORY;
    if (err == 0 && query[0] != '\0') {
        err = store_search(store, in_group ? id : NULL, query, r->when.now, 0, found_visit, &f);
        if (m.err != 0) err = m.err;
        if (err >= 0) messages_complete(r, &m);
    }
    free(f.group);
    if (err < 0) {
        messages_free(&m);
        free(group);
        return answer_error(r, err);
    }
    page_begin(r, &h, PAGE_SEARCH, T("Search"));
    html_add(&h, "<h1>%t</h1>", T("Search"));
    if (in_group) {
        html_add(&h, "<p>%t: <a href=\"/g/%x\">", T("Group"), id);
        page_bdi(&h, group->charter.title, strlen(group->charter.title));
        html_add(&h, "</a> · <a href=\"/search?q=");
        html_url(&h, query);
        html_add(&h, "\">%t</a></p>", T("search in all groups"));
    }
    search_form(r, &h, query, in_group ? id : NULL);
    if (query[0] != '\0' && m.count == 0) html_add(&h, "<p>%t</p>", T("Nothing was found here."));
    found_write(r, &h, &m);
    if (m.more)
        html_add(&h, "<p class=\"soft\">%t</p>",
                 T("There are more; the newest are shown. One more word narrows it down."));
    if (store_stats(store, r->when.now, &stats) >= 0 && stats.unindexed > 0) {
        char number[WORDS_SIZE];
        words_number(number, r->lang, stats.unindexed);
        html_raw(&h, "<p class=\"soft\">");
        html_say(&h, T("Messages that search can't find yet: %s"), number);
        html_raw(&h, "</p>");
    }
    page_end(r, &h);
    messages_free(&m);
    free(group);
    return answer_page(r, MHD_HTTP_OK, &h);
}
