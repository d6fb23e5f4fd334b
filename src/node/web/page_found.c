/*
 * How a group begins on a device: founding it, joining by an invitation, and the invitation for others.
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/join.h"
#include "core/utf8.h"
#include "node/compose.h"
#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/page.h"
#include "node/web/qr.h"
#include "node/web/route.h"

static void fault_write(struct request *r, struct html *h, const char *fault) {
    if (fault != NULL) html_add(h, "<p class=\"warn\" role=\"alert\">%t</p>", lang_text(r->lang, fault));
}

/* ---- A new group ---- */

static enum MHD_Result new_page(struct request *r, unsigned status, const char *fault) {
    static const struct {
        enum lang lang;
        const char *name;
    } all[] = {{LANG_KK, "Қазақша"}, {LANG_RU, "Русский"}, {LANG_EN, "English"}};
    struct html h;
    page_begin(r, &h, PAGE_GROUPS, T("New group"));
    html_add(&h, "<h1>%t</h1>", T("New group"));
    fault_write(r, &h, fault);
    page_form(r, &h, "/new", false);
    html_add(&h,
             "<label for=\"title\">%t</label><input type=\"text\" id=\"title\" name=\"title\" dir=\"auto\" "
             "maxlength=\"60\" required value=\"%t\">",
             T("Its title"), request_field(r, "title"));
    html_add(&h, "<label for=\"lang\">%t</label><select id=\"lang\" name=\"lang\">", T("Its language"));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        html_add(&h, "<option value=\"%t\"%t>%t</option>", lang_code(all[i].lang),
                 all[i].lang == r->lang ? " selected" : "", all[i].name);
    }
    html_add(&h,
             "</select><label><input type=\"checkbox\" name=\"closed\" value=\"1\"> %t</label><p class=\"soft\">%t</p>"
             "<button>%t</button></form>",
             T("Closed: only members whom you admit read and write"),
             T("Otherwise it is open: anyone can read and write there, the police too."), T("Start the group"));
    page_end(r, &h);
    return answer_page(r, status, &h);
}

enum MHD_Result page_new(struct request *r) {
    return new_page(r, MHD_HTTP_OK, NULL);
}

enum MHD_Result page_new_post(struct request *r) {
    uint8_t id[HASH_SIZE];
    char path[PAGE_PATH_SIZE];
    const char *title = request_field(r, "title");
    size_t size = strlen(title);
    struct compose_community in = {
        .title = title, .lang = request_field(r, "lang"), .closed = *request_field(r, "closed") != '\0'};
    if (r->err != 0 || !body_token_is_good(r)) return new_page(r, MHD_HTTP_FORBIDDEN, form_foreign);
    if (strspn(title, " ") == size) return new_page(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("A group needs a title."));
    if (size > CHARTER_TITLE_MAX) return new_page(r, MHD_HTTP_BAD_REQUEST, WORDS_LATER("The title is too long."));
    if (!utf8_is_text((const uint8_t *)title, size, false))
        return new_page(r, MHD_HTTP_BAD_REQUEST, err_text(ERR_TEXT));
    int err = compose_community(web_home(r->web), &in, id);
    if (err < 0) return answer_error(r, err);
    r->changed = true;
    page_path(path, 'g', id, "");
    return answer_see(r, path);
}

/* ---- Joining ---- */

static enum MHD_Result join_page(struct request *r, unsigned status, const char *fault) {
    struct html h;
    page_begin(r, &h, PAGE_GROUPS, T("Join by invitation"));
    html_add(&h, "<h1>%t</h1>", T("Join by invitation"));
    fault_write(r, &h, fault);
    page_form(r, &h, "/join", false);
    html_add(&h,
             "<label for=\"line\">%t</label><textarea id=\"line\" name=\"line\" rows=\"5\" dir=\"ltr\" required "
             "maxlength=\"4000\">\n%t</textarea>",
             T("The line that begins with longear:"), request_field(r, "line"));
    html_add(&h, "<button>%t</button></form>", T("Join"));
    page_end(r, &h);
    return answer_page(r, status, &h);
}

enum MHD_Result page_join(struct request *r) {
    return join_page(r, MHD_HTTP_OK, NULL);
}

enum MHD_Result page_join_post(struct request *r) {
    char path[PAGE_PATH_SIZE];
    const char *line = request_field(r, "line");
    struct record record;
    struct invite_message message;
    if (r->err != 0 || !body_token_is_good(r)) return join_page(r, MHD_HTTP_FORBIDDEN, form_foreign);
    uint8_t *room = malloc(INVITE_BYTES_MAX);
    struct charter *charter = malloc(sizeof *charter);
    line += strspn(line, " \n\t");
    int err = room == NULL || charter == NULL ? ERR_MEMORY
                                              : invite_decode(charter, &record, &message, room, line, strlen(line));
    const char *fault = err < 0 ? err_text(err) : NULL;
    if (err >= 0) {
        struct home *home = web_home(r->web);
        err = join_store(home->store, charter, &record, &message, home_when(home));
        page_path(path, 'g', charter->community, "");
    }
    free(charter);
    free(room);
    if (fault != NULL) return join_page(r, MHD_HTTP_BAD_REQUEST, fault);
    if (err < 0) return answer_error(r, err);
    r->changed = true;
    return answer_see(r, path);
}

/* Rebuild the charter's record that the store keeps in its compact form. */
static int charter_record(const struct store_community *group, struct record *record) {
    struct charter *charter = malloc(sizeof *charter);
    if (charter == NULL) return ERR_MEMORY;
    int err = charter_expand(charter, record, group->compact, group->compact_size);
    free(charter);
    return err;
}

enum MHD_Result page_group_join(struct request *r) {
    char path[PAGE_PATH_SIZE];
    struct record record;
    if (r->err != 0 || !body_token_is_good(r)) return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    struct store_community *group = malloc(sizeof *group);
    int err = group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    if (err >= 0) err = charter_record(group, &record);
    if (err >= 0) err = store_community_put(web_home(r->web)->store, &record, true);
    free(group);
    if (err < 0) return answer_error(r, err);
    r->changed = true;
    page_path(path, 'g', r->ids[0], "");
    return answer_see(r, path);
}

/* ---- The invitation ---- */

enum MHD_Result page_invite(struct request *r) {
    struct html h;
    struct record record;
    char *line = malloc(INVITE_CHARS_MAX + 1);
    struct store_community *group = malloc(sizeof *group);
    int err = line == NULL || group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    if (err >= 0) err = charter_record(group, &record);
    if (err >= 0) err = invite_encode(&record, NULL, 0, line, INVITE_CHARS_MAX + 1);
    if (err >= 0) {
        page_begin(r, &h, PAGE_GROUPS, T("Invitation"));
        html_add(&h, "<h1>%t: ", T("Invitation"));
        page_bdi(&h, group->charter.title, strlen(group->charter.title));
        html_add(&h, "</h1><p>%t</p>",
                 T("Whoever has this line or picture can join the group, on any device, without a network."));
        (void)qr_write(&h, line, T("Invitation as a QR code"));
        html_add(&h, "<code class=\"line\" dir=\"ltr\">%t</code><p class=\"acts\"><a href=\"/g/%x\">%t</a></p>", line,
                 r->ids[0], T("To the group"));
        page_end(r, &h);
    }
    free(group);
    free(line);
    return err < 0 ? answer_error(r, err) : answer_page(r, MHD_HTTP_OK, &h);
}
