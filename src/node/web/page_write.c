/*
 * Writing: a message, a reply, taking back. Without files it happens at once; files are read into the store on a
 * thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/utf8.h"
#include "node/attach.h"
#include "node/compose.h"
#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/job.h"
#include "node/web/message.h"
#include "node/web/page.h"
#include "node/web/route.h"
#include "node/web/write_form.h"

/* Fields at most as wide as the page; ids are fixed: one such form a page. */
void write_form(struct request *r, struct html *h, const char *action, bool open, const char *text) {
    page_form(r, h, action, r->operator_);
    html_add(h,
             "<label for=\"text\">%t</label><textarea id=\"text\" name=\"text\" rows=\"4\" dir=\"auto\" "
             "maxlength=\"15000\"%t>",
             T("Text"), r->operator_ ? "" : " required");
    html_raw(h, "\n");
    html_string(h, text != NULL ? text : "");
    html_raw(h, "</textarea>");
    html_add(h,
             "<label for=\"urgency\">%t</label><select id=\"urgency\" name=\"urgency\"><option value=\"1\">%t</option>"
             "<option value=\"2\">%t</option><option value=\"3\">%t</option></select>",
             T("How urgent is it?"), T("normal"), T("important"), T("urgent: somebody's life or freedom is at stake"));
    if (r->operator_) {
        html_add(h, "<label for=\"file\">%t</label><input type=\"file\" id=\"file\" name=\"file\" multiple>",
                 T("Photos and files"));
        html_add(
            h, "<p class=\"soft\">%t</p>",
            T("Place, device, names and time are taken out of photos, films and sounds before they go. Other files "
              "go as they are."));
    }
    html_add(h, "<p class=\"soft\">%t</p><button>%t</button></form>",
             open ? T("Anyone can read it, the police too. Don't name people who could be harmed.")
                  : T("Members of the group can read it, and who takes a member's unlocked device."),
             T("Send"));
}

static bool is_closed(const struct request *r) {
    uint64_t size_max = BLOB_SIZE_MAX;
    return compose_file_max(web_home(r->web), r->group, &size_max) == 0 && size_max < BLOB_SIZE_MAX;
}

/* Show the form again with what was written. */
static enum MHD_Result write_again(struct request *r, unsigned status, const char *sentence) {
    struct html h;
    page_begin(r, &h, PAGE_GROUPS, T("Write a message"));
    html_add(&h, "<h1>%t</h1><p class=\"warn\" role=\"alert\">%t</p>", T("Write a message"),
             lang_text(r->lang, sentence));
    write_form(r, &h, r->path, !is_closed(r), request_field(r, "text"));
    page_end(r, &h);
    return answer_page(r, status, &h);
}

/* What is wrong with the form, or NULL. */
static const char *form_fault(const struct request *r, unsigned *status) {
    const char *text = request_field(r, "text");
    *status = MHD_HTTP_BAD_REQUEST;
    if (r->err == ERR_USAGE || !body_token_is_good(r)) {
        *status = MHD_HTTP_FORBIDDEN;
        return form_foreign;
    }
    if (r->err == ERR_LIMIT || strlen(text) > RECORD_BODY_MAX) {
        *status = MHD_HTTP_CONTENT_TOO_LARGE;
        return WORDS_LATER("That is too large. A message holds about 15,000 letters.");
    }
    if (r->err != 0) return err_text(r->err);
    if (!utf8_is_text((const uint8_t *)text, strlen(text), true)) return err_text(ERR_TEXT);
    if (strspn(text, " \n\t") == strlen(text) && r->file_count == 0) return WORDS_LATER("There is no text to send.");
    return NULL;
}

static enum urgency urgency_read(const struct request *r) {
    const char *value = request_field(r, "urgency");
    if (strcmp(value, "3") == 0) return URGENCY_URGENT;
    if (strcmp(value, "2") == 0) return URGENCY_IMPORTANT;
    return URGENCY_NORMAL;
}

/* Sign and store, in r->group. */
static int write_store(struct request *r, const struct attachment *attachments, size_t count) {
    const char *text = request_field(r, "text");
    struct compose_text in = {
        .community = r->group,
        .text = text,
        .size = strlen(text),
        .urgency = urgency_read(r),
        .guest = !r->operator_,
        .reply = r->path[1] == 'm' ? r->ids[0] : NULL,
        .attachment_count = (uint8_t)count,
        .attachments = attachments,
    };
    return compose_text(web_home(r->web), &in, r->job_id);
}

/* A job: files into the store, then the message. Lets others to the store every few chunks. */
static void write_files(struct request *r) {
    struct attachment *attachments = calloc(r->file_count, sizeof *attachments);
    struct home *home = web_home(r->web);
    uint64_t size_max = 0;
    home_enter(home);
    int err = attachments == NULL ? ERR_MEMORY : compose_file_max(home, r->group, &size_max);
    home_leave(home);
    for (size_t i = 0; i < r->file_count && err == 0; i++) {
        /* A guest's original stays on the guest's phone. */
        struct attach_in in = {.fd = r->files[i].fd,
                               .name = r->files[i].name,
                               .number = (unsigned)i + 1,
                               .keep_original = r->operator_,
                               .size_max = size_max};
        enum attach_way way;
        bool heif;
        err = attach_file(home, &in, &attachments[i], &way, &heif);
    }
    if (err == 0) {
        home_enter(home);
        err = write_store(r, attachments, r->file_count);
        home_leave(home);
    }
    r->job_err = err;
    free(attachments);
}

static enum MHD_Result write_done(struct request *r, int err) {
    static const char foreign[] =
        WORDS_LATER("Place, device and time cannot be taken out of this kind of photo, film or "
                    "sound here. Please send it as JPEG, PNG, MP4, WebM, Ogg or WAV.");
    static const char broken[] =
        WORDS_LATER("This photo, film or sound is damaged or cut off, so what it tells of place, "
                    "device and time cannot be taken out. It was not sent.");
    char path[PAGE_PATH_SIZE];
    if (r->file_count > 0 && (err == ERR_UNSUPPORTED || err == ERR_DAMAGED))
        return write_again(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, err == ERR_DAMAGED ? broken : foreign);
    if (r->file_count > 0 && err == ERR_LIMIT && is_closed(r))
        return write_again(r, MHD_HTTP_CONTENT_TOO_LARGE,
                           WORDS_LATER("In a closed group a file has at most 8 MB. It was not sent."));
    if (err == ERR_TEXT || err == ERR_FIELD || err == ERR_BUSY)
        return write_again(r, MHD_HTTP_BAD_REQUEST, err_text(err));
    if (err != 0) return answer_error(r, err);
    r->changed = true;
    web_note_sent(r->web, r, request_field(r, "text"));
    page_path(path, r->path[1], r->ids[0], r->path[1] == 'm' ? "#replies" : "");
    return answer_see(r, path);
}

static enum MHD_Result write_to(struct request *r, const uint8_t community[HASH_SIZE]) {
    static const char often[] = WORDS_LATER("Guests write a lot here just now. Please send it again in a minute.");
    unsigned status = 0;
    memcpy(r->group, community, HASH_SIZE);
    const char *fault = form_fault(r, &status);
    if (fault != NULL) return write_again(r, status, fault);
    /* A slow phone's second tap on the button: the message is there already. */
    if (r->file_count == 0 && web_was_sent(r->web, r, request_field(r, "text"))) return write_done(r, 0);
    if (!web_may_write(r->web, r)) {
        return write_again(r, MHD_HTTP_TOO_MANY_REQUESTS, often);
    }
    if (r->file_count == 0) return write_done(r, write_store(r, NULL, 0));
    int err = job_start(web_jobs(r->web), r, write_files);
    return err == 0 ? MHD_YES
                    : write_again(r, MHD_HTTP_SERVICE_UNAVAILABLE,
                                  WORDS_LATER("This point is busy. Please try again in a minute."));
}

enum MHD_Result page_group_write(struct request *r) {
    if (r->job == JOB_DONE) return write_done(r, r->job_err);
    struct store_community *group = malloc(sizeof *group);
    int err = group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    free(group);
    return err < 0 ? answer_error(r, err) : write_to(r, r->ids[0]);
}

/* Get the group of the path's message. */
static int message_group(struct request *r, uint8_t community[HASH_SIZE]) {
    struct store_record record;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct store_community *group = malloc(sizeof *group);
    int err = room == NULL || group == NULL ? ERR_MEMORY : store_get(web_home(r->web)->store, r->ids[0], room, &record);
    if (err >= 0 && (record.retracted || when_is_ahead(record.record.created, r->when.now))) err = ERR_NOT_FOUND;
    if (err >= 0) {
        memcpy(community, record.record.community, HASH_SIZE);
        err = request_community(r, community, group);
    }
    free(group);
    free(room);
    return err;
}

enum MHD_Result page_message_reply(struct request *r) {
    uint8_t community[HASH_SIZE];
    if (r->job == JOB_DONE) return write_done(r, r->job_err);
    int err = message_group(r, community);
    return err < 0 ? answer_error(r, err) : write_to(r, community);
}

/* ---- Taking back ---- */

enum MHD_Result page_retract(struct request *r) {
    struct html h;
    uint8_t community[HASH_SIZE];
    char path[PAGE_PATH_SIZE];
    int err = message_group(r, community);
    if (err < 0) return answer_error(r, err);
    page_begin(r, &h, PAGE_GROUPS, T("Take it back"));
    html_add(
        &h, "<h1>%t</h1><p>%t</p>", T("Take it back"),
        T("The message disappears here at once and elsewhere when the news arrives. Who has copied it may keep it."));
    page_path(path, 'm', r->ids[0], "/retract");
    page_form(r, &h, path, false);
    html_add(&h, "<button>%t</button></form><p class=\"acts\"><a href=\"/m/%x\">%t</a></p>", T("Take it back"),
             r->ids[0], T("Leave it"));
    page_end(r, &h);
    return answer_page(r, MHD_HTTP_OK, &h);
}

enum MHD_Result page_message_retract(struct request *r) {
    uint8_t community[HASH_SIZE];
    uint8_t id[HASH_SIZE];
    char path[PAGE_PATH_SIZE];
    if (r->err != 0 || !body_token_is_good(r)) return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    int err = message_group(r, community);
    if (err >= 0) err = compose_retraction(web_home(r->web), r->ids[0], id);
    if (err < 0) return answer_error(r, err);
    r->changed = true;
    page_path(path, 'g', community, "");
    return answer_see(r, path);
}
