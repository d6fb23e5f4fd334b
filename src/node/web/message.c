/*
 * The store lends records to a callback; a page needs them after it, so what is shown is copied, and long texts only as
 * far as they are shown.
 */
#include "node/web/message.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/page.h"
#include "node/web/picture.h"
#include "query/message.h"
#include "view/correction.h"

/* Where to cut a text of size bytes: at most max bytes, a few lines, at a whole character. */
static size_t excerpt_size(const char *text, size_t size, size_t max, unsigned lines) {
    size_t at = 0;
    for (; at < size && at < max; at++) {
        if (text[at] == '\n' && --lines == 0) return at;
    }
    if (at < size) {
        while (at > 0 && ((uint8_t)text[at] & 0xc0) == 0x80) at--;
    }
    return at;
}

static char *copy(const void *data, size_t size) {
    char *out = malloc(size + 1);
    if (out == NULL) return NULL;
    if (size > 0) memcpy(out, data, size);
    out[size] = '\0';
    return out;
}

static int forwarded_copy(struct message *m, const struct text *text) {
    struct record record;
    struct text its;
    m->forwarded.any = text->forwarded != NULL;
    if (text->forwarded == NULL) return 0;
    text_forwarded(text, &record, &its);
    if (record_verify(&record) != 0) return 0; /* nothing forged is shown */
    memcpy(m->forwarded.author, record.author, KEY_SIZE);
    memcpy(m->forwarded.place, its.place, sizeof its.place);
    m->forwarded.created = record.created;
    m->forwarded.ground = its.ground;
    m->forwarded.size = its.size;
    m->forwarded.text = copy(its.text, its.size);
    return m->forwarded.text == NULL ? ERR_MEMORY : 0;
}

static int message_copy(struct message *m, const struct store_record *record, const struct text *text, size_t excerpt) {
    const struct record *from = &record->record;
    const uint8_t *reply = record_ref(from, REF_REPLY);
    memset(m, 0, sizeof *m);
    memcpy(m->id, from->id, HASH_SIZE);
    memcpy(m->community, from->community, HASH_SIZE);
    memcpy(m->author, from->author, KEY_SIZE);
    if (reply != NULL) memcpy(m->reply, reply, HASH_SIZE);
    m->is_reply = reply != NULL;
    m->created = from->created;
    m->seq = from->seq;
    m->seen = record->seen;
    m->urgency = from->urgency;
    m->guest = text->guest;
    m->size = excerpt == 0 ? text->size : excerpt_size(text->text, text->size, excerpt, MESSAGE_EXCERPT_LINES);
    m->cut = m->size < text->size;
    m->ground = text->ground;
    memcpy(m->place, text->place, sizeof m->place);
    m->text = copy(text->text, m->size);
    if (m->text == NULL) return ERR_MEMORY;
    if (forwarded_copy(m, text) != 0) {
        free(m->text);
        return ERR_MEMORY;
    }
    if (text->attachment_count == 0) return 0;
    m->attachments = malloc(text->attachment_count * sizeof *m->attachments);
    if (m->attachments == NULL) {
        free(m->forwarded.text);
        free(m->text);
        return ERR_MEMORY;
    }
    memcpy(m->attachments, text->attachments, text->attachment_count * sizeof *m->attachments);
    m->attachment_count = text->attachment_count;
    return 0;
}

static void message_free(struct message *m) {
    free(m->text);
    free(m->attachments);
    free(m->forwarded.text);
    free(m->quote);
    free(m->first);
}

int messages_visit(void *context, const struct store_record *record) {
    struct messages *m = context;
    struct text *text;
    if (m->visited == m->max) {
        m->more = true;
        return 1;
    }
    if (m->visited++ == 0) {
        m->first.created = record->record.created;
        memcpy(m->first.id, record->record.id, HASH_SIZE);
    }
    m->last.created = record->record.created;
    memcpy(m->last.id, record->record.id, HASH_SIZE);
    if (record->record.kind != KIND_TEXT || record->record.body == NULL || record->retracted) return 0;
    if (m->list == NULL) m->list = calloc(m->max, sizeof *m->list);
    text = malloc(sizeof *text);
    if (m->list == NULL || text == NULL) {
        free(text);
        m->err = ERR_MEMORY;
        return 1;
    }
    if (text_decode(text, &record->record) == 0) {
        m->err = message_copy(&m->list[m->count], record, text, m->excerpt);
        if (m->err == 0) m->count++;
    }
    free(text);
    return m->err == 0 ? 0 : 1;
}

void messages_free(struct messages *m) {
    for (size_t i = 0; i < m->count; i++) message_free(&m->list[i]);
    free(m->list);
    *m = (struct messages){0};
}

void messages_reverse(struct messages *m) {
    for (size_t i = 0; i < m->count / 2; i++) {
        struct message other = m->list[i];
        m->list[i] = m->list[m->count - 1 - i];
        m->list[m->count - 1 - i] = other;
    }
}

/* Those of another group, which the reader may not see, do not count. */
static int count_visit(void *context, const struct store_record *record) {
    struct message *m = context;
    if (record->record.kind == KIND_TEXT && memcmp(record->record.community, m->community, HASH_SIZE) == 0 &&
        record_ref(&record->record, REF_CORRECTS) == NULL)
        m->replies++;
    return 0;
}

static void quote_fill(struct request *r, struct message *m, uint8_t room[RECORD_SIZE_MAX]) {
    struct store_record parent;
    struct text text;
    if (store_get(web_home(r->web)->store, m->reply, room, &parent) != 0 || parent.retracted ||
        parent.record.body == NULL)
        return;
    if (when_is_ahead(parent.record.created, r->when.now) || parent.record.kind != KIND_TEXT ||
        text_decode(&text, &parent.record) != 0)
        return;
    if (memcmp(parent.record.community, m->community, HASH_SIZE) != 0) return;
    size_t size = excerpt_size(text.text, text.size, MESSAGE_QUOTE_BYTES, 2);
    m->quote = copy(text.text, size);
    m->quote_size = size;
    m->quote_cut = size < text.size;
}

/* Drop a correction that is shown elsewhere; have the words of this one that count. */
static int correction_fill(struct request *r, const struct messages *all, struct message *m,
                           uint8_t room[RECORD_SIZE_MAX]) {
    struct store *store = web_home(r->web)->store;
    struct store_record first, correction;
    struct text text, instead;
    int err = store_get(store, m->id, room, &first);
    if (err) return err;
    int inside = all->versions ? 0 : message_is_inside(store, &first.record, NULL);
    if (inside != 0) {
        m->inside = inside > 0;
        return inside < 0 ? inside : 0;
    }
    uint8_t *other = malloc(RECORD_SIZE_MAX);
    if (other == NULL) return ERR_MEMORY;
    int corrected = message_correction(store, &first.record, r->when.now, other, &correction);
    if (corrected > 0 && text_decode(&text, &first.record) == 0 && text_decode(&instead, &correction.record) == 0) {
        char *before = copy(text.text, text.size);
        size_t before_size = text.size;
        correction_apply(&text, &instead);
        message_free(m);
        err = before ? message_copy(m, &first, &text, all->excerpt) : ERR_MEMORY;
        if (err) *m = (struct message){.inside = true};
        m->first = before;
        m->first_size = before_size;
        m->corrected = correction.record.created;
    }
    free(other);
    return corrected < 0 ? corrected : err;
}

static void apart_fill(const struct store *s, struct message *m) {
    struct record r = {.form = RECORD_FORM_PLAIN, .seq = m->seq};
    memcpy(r.id, m->id, HASH_SIZE);
    memcpy(r.community, m->community, HASH_SIZE);
    memcpy(r.author, m->author, KEY_SIZE);
    (void)store_is_apart(s, &r, &m->apart);
}

void messages_complete(struct request *r, struct messages *m) {
    struct home *home = web_home(r->web);
    int err = store_freezes_refresh(home->store); /* after an error what was known of them counts */
    (void)err;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct standings *standings = NULL;
    for (size_t i = 0; i < m->count && room != NULL; i++) {
        struct message *one = &m->list[i];
        if (correction_fill(r, m, one, room) != 0) continue; /* its first words are shown */
        if (one->is_reply) quote_fill(r, one, room);
        one->replies = 0;
        apart_fill(home->store, one);
        if (store_replies(home->store, one->id, r->when.now, MESSAGE_REPLIES_COUNTED, count_visit, one) < 0)
            one->replies = 0;
        if (!r->operator_) continue;
        if (standings == NULL || memcmp(standings_community(standings), one->community, HASH_SIZE) != 0) {
            standings_free(standings);
            if (standings_load(&standings, home, one->community, r->when.now) != 0) continue; /* nothing is claimed */
        }
        standings_of(standings, one->author, &one->how);
    }
    standings_free(standings);
    free(room);
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->list[i].inside)
            message_free(&m->list[i]);
        else
            m->list[kept++] = m->list[i];
    }
    m->count = kept;
}

static void attachments_write(struct request *r, struct html *h, const struct message *m, bool whole) {
    for (size_t i = 0; i < m->attachment_count; i++) {
        const struct attachment *a = &m->attachments[i];
        char size[WORDS_SIZE];
        words_size(size, r->lang, a->size_bytes);
        enum picture_state state = picture_state_of(r, a);
        if (whole && state == PICTURE_SHOWN) {
            html_add(h, "<a href=\"/b/%x/%x\"><img class=\"photo\" loading=\"lazy\" src=\"/b/%x/%x\" alt=\"%t\"></a>",
                     a->blob, m->id, a->blob, m->id, a->name[0] != '\0' ? a->name : T("picture"));
        }
        html_raw(h, "<p>");
        if (state == PICTURE_ABSENT) {
            html_raw(h, "<span class=\"soft\">");
        } else {
            html_add(h, "<a class=\"file\" href=\"/b/%x/%x\">", a->blob, m->id);
        }
        page_bdi(h, a->name[0] != '\0' ? a->name : T("file"), strlen(a->name[0] != '\0' ? a->name : T("file")));
        html_add(h, " · %t", size);
        if (state == PICTURE_ABSENT)
            html_add(h, " · %t</span>", T("has not arrived here yet"));
        else
            html_raw(h, "</a>");
        html_raw(h, "</p>");
    }
}

static void ground_write(struct request *r, struct html *h, const char *place, uint8_t ground) {
    if (place[0] == '\0' && ground == TEXT_GROUND_NONE) return;
    html_raw(h, "<p class=\"soft\">");
    if (place[0] != '\0') {
        html_add(h, "%t: ", T("Place"));
        page_bdi(h, place, strlen(place));
    }
    if (place[0] != '\0' && ground != TEXT_GROUND_NONE) html_raw(h, " · ");
    if (ground != TEXT_GROUND_NONE)
        html_add(h, "%t", ground == TEXT_GROUND_SAW ? T("I witnessed it") : T("heard from others"));
    html_raw(h, "</p>");
}

static void forwarded_write(struct request *r, struct html *h, const struct message *m) {
    if (!m->forwarded.any) return;
    if (m->forwarded.text == NULL) {
        html_add(h, "<p class=\"soft\">%t</p>", T("passed on, but not by its author's hand: it is not shown"));
        return;
    }
    html_add(h, "<blockquote><p class=\"soft\">%t: ", T("Passed on, written by"));
    page_author(h, m->forwarded.author);
    html_raw(h, " ");
    page_time(r, h, m->forwarded.created);
    html_raw(h, "</p><p class=\"text\" dir=\"auto\">");
    html_text(h, m->forwarded.text, m->forwarded.size);
    html_raw(h, "</p>");
    ground_write(r, h, m->forwarded.place, m->forwarded.ground);
    html_raw(h, "</blockquote>");
}

static void marks_write(struct request *r, struct html *h, const struct message *m) {
    if (m->urgency == URGENCY_URGENT) html_add(h, " <span class=\"mark level\">%t</span>", T("Urgent"));
    if (m->urgency == URGENCY_IMPORTANT) html_add(h, " <span class=\"mark level\">%t</span>", T("Important"));
    if (m->guest) html_add(h, " <span class=\"mark\">%t</span>", T("written as a guest of a point"));
    if (m->how.own) html_add(h, " <span class=\"mark\">%t</span>", T("you"));
    if (m->how.met) html_add(h, " <span class=\"mark\">%t</span>", T("known in person"));
    if (m->how.same_name && !m->how.met) html_add(h, " <span class=\"mark\">%t</span>", T("another key of that name"));
    if (!m->how.met && m->how.chains > 0) {
        char number[WORDS_SIZE];
        words_number(number, r->lang, m->how.chains);
        html_raw(h, " <span class=\"mark\">");
        html_say(h, T("known in person to people you met: %s"), number);
        html_raw(h, "</span>");
    }
}

static void actions_write(struct request *r, struct html *h, const struct message *m) {
    static const words_forms replies = {WORDS_LATER("%s reply"), WORDS_LATER("%s replies"),
                                        WORDS_LATER("%s replies|5")};
    html_add(h, "<p class=\"acts\"><a href=\"/m/%x\">%t</a>", m->id, m->cut ? T("Read on") : T("Open and reply"));
    if (m->replies > 0) {
        char number[WORDS_SIZE];
        words_number(number, r->lang, m->replies);
        html_add(h, "<a href=\"/m/%x#replies\">", m->id);
        html_say(h, words_form(r->lang, replies, m->replies), number);
        html_raw(h, m->replies == MESSAGE_REPLIES_COUNTED ? "+</a>" : "</a>");
    }
    html_raw(h, "</p>");
}

/* Who set it apart; its words follow, folded away. */
static void apart_write(struct request *r, struct html *h, const struct store_apart *apart) {
    char askers[STORE_ASKERS_MAX * (HANDLE_SIZE + 3)] = "";
    for (unsigned i = 0; i < apart->asker_count; i++) {
        char handle[HANDLE_SIZE];
        size_t at = strlen(askers);
        person_handle(handle, apart->askers[i]);
        snprintf(askers + at, sizeof askers - at, "%s~%s", i ? ", " : "", handle);
    }
    html_raw(h, "<details><summary>");
    html_say(h, T("set apart: the phone may be in other hands, says %s"), askers);
    if (apart->answered) html_add(h, "; %t", T("answered with a card: somebody says that all is well"));
    html_raw(h, "</summary>");
}

void message_write(struct request *r, struct html *h, const struct message *m, bool whole, const char *group) {
    const char *level = m->urgency == URGENCY_URGENT ? " urgent" : m->urgency == URGENCY_IMPORTANT ? " important" : "";
    html_add(h, "<article class=\"card%t\" id=\"%t%x\"><p class=\"head\">", level, m->pinned ? "p" : "m", m->id);
    page_author(h, m->author);
    html_raw(h, " ");
    if (m->how.name[0] != '\0') {
        page_bdi(h, m->how.name, strlen(m->how.name));
        html_raw(h, " ");
    }
    page_time(r, h, m->created);
    marks_write(r, h, m);
    html_raw(h, "</p>");
    const bool apart = m->apart.place != FREEZE_TRUSTED;
    if (apart) apart_write(r, h, &m->apart);
    if (group != NULL) {
        html_add(h, "<p class=\"soft\">%t: ", T("Group"));
        page_bdi(h, group, strlen(group));
        html_raw(h, "</p>");
    }
    if (m->is_reply && m->quote != NULL) {
        html_add(h, "<a class=\"quote\" href=\"/m/%x\">%t: ", m->reply, T("In reply to"));
        page_bdi(h, m->quote, m->quote_size);
        html_raw(h, m->quote_cut ? "…</a>" : "</a>");
    } else if (m->is_reply) {
        html_add(h, "<p class=\"soft\">%t</p>", T("It replies to a message that is not here."));
    }
    if (m->size > 0) {
        html_raw(h, "<p class=\"text\" dir=\"auto\">");
        html_text(h, m->text, m->size);
        html_raw(h, m->cut ? "…</p>" : "</p>");
    }
    if (m->corrected > 0) {
        html_add(h, "<details class=\"soft\"><summary>%t ", T("corrected by its author:"));
        page_time(r, h, m->corrected);
        html_add(h, "</summary><p>%t</p><p class=\"text\" dir=\"auto\">", T("at first it said:"));
        html_text(h, m->first, m->first_size);
        html_raw(h, "</p></details>");
    }
    ground_write(r, h, m->place, m->ground);
    forwarded_write(r, h, m);
    attachments_write(r, h, m, whole);
    if (apart) html_raw(h, "</details>");
    if (!whole) actions_write(r, h, m);
    html_raw(h, "</article>\n");
}

void messages_write(struct request *r, struct html *h, const struct messages *m) {
    for (size_t i = 0; i < m->count; i++) message_write(r, h, &m->list[i], false, NULL);
}
