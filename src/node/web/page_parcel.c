/*
 * Parcels: what is carried by hand. Packing and opening happen on threads (job.h), through files without a name in the
 * home folder.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/standing.h"
#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/job.h"
#include "node/web/page.h"
#include "node/web/route.h"

#define PARCEL_GROUPS_MAX 200

static const struct {
    const char *value, *name;
    uint64_t bytes;
} sizes[] = {{"all", WORDS_LATER("everything"), 0},
             {"100", WORDS_LATER("at most 100 MB"), 100000000},
             {"10", WORDS_LATER("at most 10 MB"), 10000000},
             {"1", WORDS_LATER("at most 1 MB"), 1000000}};
#define SIZES (sizeof sizes / sizeof sizes[0])

struct choice {
    struct request *r;
    struct html *h;
    size_t count;
    bool one; /* only the group of the query is chosen */
    uint8_t chosen[HASH_SIZE];
};

static int choice_visit(void *context, const struct store_community *group) {
    struct choice *at = context;
    struct request *r = at->r;
    char number[WORDS_SIZE];
    if (!r->operator_ && !charter_is_public(&group->charter)) return 0;
    if (at->count++ == PARCEL_GROUPS_MAX) return 1;
    bool checked = !at->one || memcmp(at->chosen, group->charter.community, HASH_SIZE) == 0;
    words_number(number, r->lang, group->records);
    html_add(at->h, "<label class=\"pick\"><input type=\"checkbox\" name=\"g\" value=\"%x\"%t><span>",
             group->charter.community, checked ? " checked" : "");
    page_bdi(at->h, group->charter.title, strlen(group->charter.title));
    html_add(at->h, " <span class=\"soft\">· %t</span></span></label>", number);
    return 0;
}

static int take_write(struct request *r, struct html *h) {
    struct choice at = {.r = r, .h = h};
    char day[WORDS_SIZE];
    at.one = request_query_id(r, "g", at.chosen);
    words_day(day, r->when.now);
    html_add(h, "<h2>%t</h2><p>%t</p>", T("Take a parcel along"),
             T("A file with messages. Carry it on the phone or a stick to another point and open it there."));
    html_add(h, "<form action=\"/parcel/longear-%t.zip\"><fieldset><legend>%t</legend>", day, T("Which groups?"));
    int err = store_community_each(web_home(r->web)->store, r->when.now, choice_visit, &at);
    if (at.count == 0) html_add(h, "<p>%t</p>", T("There is no group here yet."));
    html_raw(h, "</fieldset>");
    if (at.count > 0) {
        html_add(h, "<label for=\"size\">%t</label><select id=\"size\" name=\"size\">", T("How large?"));
        for (size_t i = 0; i < SIZES; i++)
            html_add(h, "<option value=\"%t\">%t</option>", sizes[i].value, lang_text(r->lang, sizes[i].name));
        html_add(h, "</select><p class=\"soft\">%t</p><button>%t</button>",
                 T("The most urgent and newest go in first."), T("Take the parcel"));
    }
    html_raw(h, "</form>");
    return err < 0 ? err : 0;
}

static void open_write(struct request *r, struct html *h) {
    char size[WORDS_SIZE];
    html_add(h, "<h2>%t</h2><p>%t</p>", T("Open a parcel"),
             T("Choose the file that somebody brought. Every message in it is checked; only what is genuine is kept."));
    page_form(r, h, "/parcel/open", true);
    words_size(size, r->lang, r->operator_ ? WEB_PARCEL_MAX : WEB_PARCEL_GUEST_MAX);
    html_add(h,
             "<label for=\"file\">%t</label><input type=\"file\" id=\"file\" name=\"file\" required><p class=\"soft\">",
             T("The parcel's file"));
    html_say(h, T("At most %s."), size);
    html_add(h, "</p><button>%t</button></form>", T("Open the parcel"));
}

enum MHD_Result page_parcel(struct request *r) {
    struct html h;
    page_begin(r, &h, PAGE_PARCEL, T("Parcel"));
    html_add(&h, "<h1>%t</h1>", T("Parcel"));
    int err = take_write(r, &h);
    open_write(r, &h);
    html_add(&h, "<p class=\"soft\">%t</p>",
             T("Whoever holds a parcel can read what is in open groups. It does not say who packed it; that you carry "
               "one can be seen."));
    page_end(r, &h);
    if (err == 0) return answer_page(r, MHD_HTTP_OK, &h);
    html_free(&h);
    return answer_error(r, err);
}

/* ---- Packing ---- */

struct wanted {
    struct request *r;
    uint8_t (*ids)[HASH_SIZE];
    size_t count;
};

static enum MHD_Result wanted_note(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    struct wanted *w = context;
    (void)kind;
    if (strcmp(name, "g") != 0 || value == NULL || strlen(value) != 2 * HASH_SIZE || w->count == PARCEL_GROUPS_MAX)
        return MHD_YES;
    if (request_hex(value, w->ids[w->count])) w->count++;
    return MHD_YES;
}

/* Keep of the ids those that the reader may see. */
static int wanted_read(struct request *r) {
    struct wanted w = {.r = r, .ids = calloc(PARCEL_GROUPS_MAX, HASH_SIZE)};
    struct store_community *group = malloc(sizeof *group);
    size_t kept = 0;
    if (w.ids == NULL || group == NULL) {
        free(group);
        free(w.ids);
        return ERR_MEMORY;
    }
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, wanted_note, &w);
    for (size_t i = 0; i < w.count; i++) {
        if (request_community(r, w.ids[i], group) < 0) continue;
        memmove(w.ids[kept++], w.ids[i], HASH_SIZE);
    }
    free(group);
    r->pack_groups = w.ids;
    r->pack = (struct pouch_pack){
        .communities = (const uint8_t(*)[HASH_SIZE])w.ids, .community_count = kept, .pool = true, .now = r->when.now};
    const char *size = request_query(r, "size", 8);
    for (size_t i = 0; i < SIZES; i++) {
        if (strcmp(size, sizes[i].value) == 0) r->pack.max_bytes = sizes[i].bytes;
    }
    if (!r->operator_ && (r->pack.max_bytes == 0 || r->pack.max_bytes > WEB_PACK_GUEST_MAX))
        r->pack.max_bytes = WEB_PACK_GUEST_MAX;
    return kept > 0 ? 0 : ERR_FIELD;
}

static struct pouch_access access_of(struct request *r) {
    struct home *home = web_home(r->web);
    return (struct pouch_access){
        .store = home->store, .mutex = &home->mutex, .progress = jobs_progress, .context = web_jobs(r->web)};
}

static void pack_work(struct request *r) {
    struct pouch_access access = access_of(r);
    r->job_fd = body_file(web_home(r->web), false);
    r->job_err = r->job_fd < 0 ? r->job_fd : pouch_file_pack(&access, r->job_fd, &r->pack, &r->packed);
}

static enum MHD_Result pack_done(struct request *r) {
    char name[WORDS_SIZE];
    char day[WORDS_SIZE];
    if (r->job_err < 0) return answer_error(r, r->job_err);
    off_t size = lseek(r->job_fd, 0, SEEK_END);
    if (size < 0) return answer_error(r, ERR_IO);
    struct MHD_Response *response = MHD_create_response_from_fd64((uint64_t)size, r->job_fd);
    if (response == NULL) return answer_error(r, ERR_MEMORY);
    r->job_fd = -1; /* the response's now */
    words_day(day, r->when.now);
    snprintf(name, sizeof name, "longear-%.20s.zip", day);
    return answer_file(r, response, (uint64_t)size, "application/zip", name, false);
}

enum MHD_Result page_parcel_get(struct request *r) {
    static const char busy[] = WORDS_LATER("This point is busy. Please try again in a minute.");
    if (r->job == JOB_DONE) return pack_done(r);
    /* It costs work and disk: not for pages from elsewhere. */
    const char *site = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Sec-Fetch-Site");
    if (!guard_origin_is_own(NULL, NULL, site)) return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    int err = wanted_read(r);
    if (err == ERR_FIELD) return answer_sentence(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("Choose at least one group."));
    if (err < 0) return answer_error(r, err);
    if (r->head) return answer_sentence(r, MHD_HTTP_OK, WORDS_LATER("A parcel is packed when it is fetched."));
    if (!web_may_work(r->web, r)) return answer_sentence(r, MHD_HTTP_TOO_MANY_REQUESTS, busy);
    err = job_start(web_jobs(r->web), r, pack_work);
    return err == 0 ? MHD_YES : answer_sentence(r, MHD_HTTP_SERVICE_UNAVAILABLE, busy);
}

/* ---- Opening ---- */

static void open_work(struct request *r) {
    struct pouch_access access = access_of(r);
    struct pouch_open how = {.when = r->when, .classes = {standing_class, web_home(r->web)}};
    if (lseek(r->files[0].fd, 0, SEEK_SET) != 0) {
        r->job_err = ERR_IO;
        return;
    }
    r->job_err = pouch_file_open(&access, r->files[0].fd, &how, &r->opened);
}

static void fact(struct request *r, struct html *h, const char *name, uint64_t number) {
    char digits[WORDS_SIZE];
    words_number(digits, r->lang, number);
    html_add(h, "<dt>%t</dt><dd>%t</dd>", name, digits);
}

static enum MHD_Result open_done(struct request *r) {
    struct html h;
    const struct pouch_opened *o = &r->opened;
    if (o->accepted > 0 || o->sealed > 0 || o->chunks > 0 || o->communities > 0) r->changed = true;
    if (r->job_err == ERR_NOT_POUCH)
        return answer_sentence(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("This file is no parcel. Nothing was changed."));
    if (r->job_err < 0) return answer_error(r, r->job_err);
    page_begin(r, &h, PAGE_PARCEL, T("The parcel is open"));
    html_add(&h, "<h1>%t</h1><dl>", T("The parcel is open"));
    fact(r, &h, T("New messages"), o->accepted);
    if (o->waiting > 0) fact(r, &h, T("of these waiting, because their time lies ahead"), o->waiting);
    fact(r, &h, T("Known already"), o->known);
    if (o->rejected > 0) fact(r, &h, T("Not genuine or not allowed, left out"), o->rejected);
    if (o->communities > 0) fact(r, &h, T("New groups"), o->communities);
    if (o->blobs > 0) fact(r, &h, T("New photos and files"), o->blobs);
    if (o->damaged > 0) fact(r, &h, T("Damaged places"), o->damaged);
    html_raw(&h, "</dl>");
    if (o->truncated)
        html_add(
            &h, "<p class=\"warn\">%t</p>",
            T("The file is not whole: its end is missing. What was before is kept; fetch it once more if you can."));
    html_add(&h, "<p><a class=\"button main\" href=\"%t\">%t</a></p>", request_home(r), T("To the groups"));
    page_end(r, &h);
    return answer_page(r, MHD_HTTP_OK, &h);
}

enum MHD_Result page_parcel_open(struct request *r) {
    if (r->job == JOB_DONE) return open_done(r);
    if (r->err == ERR_USAGE || !body_token_is_good(r)) return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    if (r->err != 0) return answer_error(r, r->err);
    if (r->file_count == 0) return answer_sentence(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("No file was chosen."));
    int err = job_start(web_jobs(r->web), r, open_work);
    return err == 0 ? MHD_YES : answer_error(r, ERR_BUSY);
}
