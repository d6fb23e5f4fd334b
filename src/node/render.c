/*
 * render.c: show records.
 */
#include "node/render.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "core/aid.h"
#include "core/demand.h"
#include "core/freeze.h"
#include "core/letter.h"
#include "core/person.h"
#include "core/persons.h"
#include "core/pin.h"
#include "core/report.h"
#include "core/text.h"
#include "core/utf8.h"
#include "core/vouch.h"
#include "node/aid_words.h"
#include "node/report_words.h"
#include "view/correction.h"

#define HEX_SIZE (2 * HASH_SIZE + 1)

static const char *const urgencies[] = {"bulk", "normal", "important", "urgent"};

const char *render_urgency(unsigned urgency) {
    return urgency < sizeof urgencies / sizeof *urgencies ? urgencies[urgency] : "normal";
}

int render_urgency_parse(const char *name) {
    for (size_t i = 0; i < sizeof urgencies / sizeof *urgencies; i++)
        if (strcmp(urgencies[i], name) == 0) return (int)i;
    return -1;
}

/* Characters that turn the direction of the text that follows, or that no terminal should be sent. */
static bool is_harmful(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x200e || c == 0x200f || c == 0x61c || c == 0x2028 || c == 0x2029;
}

static void safe_copy(char *out, size_t size, const char *text, size_t length) {
    static const char dots[] = "…";
    size_t at = 0;
    while (length > 0) {
        uint32_t c;
        size_t n = utf8_decode(&c, (const uint8_t *)text, length);
        bool keep = n > 0 && !is_harmful(c);
        const char *put = n == 0 ? "?" : c == '\n' || c == '\t' ? " " : keep ? text : "";
        size_t put_size = keep ? n : strlen(put);
        if (n == 0) n = 1;
        if (at + put_size + sizeof dots > size) {
            memcpy(out + at, dots, sizeof dots);
            return;
        }
        memcpy(out + at, put, put_size);
        at += put_size;
        text += n;
        length -= n;
    }
    out[at] = '\0';
}

void render_safe(char *out, size_t size, const char *text) {
    safe_copy(out, size, text, strlen(text));
}

void render_excerpt(char *out, size_t size, const struct store_record *r) {
    struct text text;
    out[0] = '\0';
    if (!r->retracted && r->record.body && r->record.kind == KIND_TEXT && text_decode(&text, &r->record) == 0)
        safe_copy(out, size, text.text ? text.text : "", text.size);
}

void render_time(char out[RENDER_TIME_SIZE], uint64_t seconds) {
    struct tm local;
    time_t t = (time_t)seconds;
    if (!localtime_r(&t, &local) || strftime(out, RENDER_TIME_SIZE, "%Y-%m-%d %H:%M", &local) == 0) out[0] = '\0';
}

void render_size(char out[RENDER_SIZE_SIZE], uint64_t bytes) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    unsigned unit = 0;
    uint64_t tenths = bytes * 10;
    while (tenths >= 10000 && unit + 1 < sizeof units / sizeof *units) {
        tenths = (tenths + 500) / 1000;
        unit++;
    }
    if (unit == 0 || tenths >= 1000)
        snprintf(out, RENDER_SIZE_SIZE, "%llu %s", (unsigned long long)(tenths / 10), units[unit]);
    else
        snprintf(out, RENDER_SIZE_SIZE, "%llu.%llu %s", (unsigned long long)(tenths / 10),
                 (unsigned long long)(tenths % 10), units[unit]);
}

/* ---- JSON ---- */

static json_t *hex_json(const uint8_t *bytes) {
    char hex[HEX_SIZE];
    return json_string(sodium_bin2hex(hex, sizeof hex, bytes, HASH_SIZE));
}

static json_t *attachments_json(const struct text *text) {
    json_t *list = json_array();
    for (unsigned i = 0; i < text->attachment_count; i++) {
        const struct attachment *a = &text->attachments[i];
        json_t *one = json_object();
        json_object_set_new(one, "blob", hex_json(a->blob));
        json_object_set_new(one, "name", json_string(a->name));
        json_object_set_new(one, "media", json_string(a->media));
        json_object_set_new(one, "size", json_integer((json_int_t)a->size_bytes));
        if (!sodium_is_zero(a->original, HASH_SIZE)) json_object_set_new(one, "original", hex_json(a->original));
        json_array_append_new(list, one);
    }
    return list;
}

static void ground_json(json_t *o, const struct text *text) {
    if (text->place[0]) json_object_set_new(o, "place", json_string(text->place));
    if (text->ground) json_object_set_new(o, "ground", json_string(text->ground == TEXT_GROUND_SAW ? "saw" : "told"));
}

static json_t *forwarded_json(const struct text *text) {
    char handle[HANDLE_SIZE];
    struct record record;
    struct text its;
    json_t *o = json_object();
    text_forwarded(text, &record, &its);
    person_handle(handle, record.author);
    json_object_set_new(o, "record", hex_json(record.id));
    json_object_set_new(o, "author", hex_json(record.author));
    json_object_set_new(o, "handle", json_string(handle));
    json_object_set_new(o, "created", json_integer((json_int_t)record.created));
    bool valid = record_verify(&record) == 0;
    json_object_set_new(o, "valid", json_boolean(valid));
    if (!valid) return o; /* nothing forged is shown */
    json_object_set_new(o, "text", json_stringn(its.text ? its.text : "", its.size));
    ground_json(o, &its);
    return o;
}

static void kind_json(json_t *o, const struct record *r) {
    if (r->kind == KIND_TEXT)
        json_object_set_new(o, "kind", json_string("text"));
    else if (r->kind == KIND_RETRACTION)
        json_object_set_new(o, "kind", json_string("retraction"));
    else if (r->kind == KIND_VOUCH)
        json_object_set_new(o, "kind", json_string("vouch"));
    else if (r->kind == KIND_LETTER)
        json_object_set_new(o, "kind", json_string("letter"));
    else if (r->kind == KIND_AID || r->kind == KIND_AID_ACT)
        json_object_set_new(o, "kind", json_string(r->kind == KIND_AID ? "aid" : "aid_act"));
    else if (r->kind == KIND_PIN)
        json_object_set_new(o, "kind", json_string("pin"));
    else if (person_is_kind(r->kind))
        json_object_set_new(o, "kind",
                            json_string(r->kind == KIND_PERSON        ? "person"
                                        : r->kind == KIND_PERSON_NOTE ? "person_note"
                                                                      : "person_link"));
    else if (demand_is_kind(r->kind))
        json_object_set_new(o, "kind",
                            json_string(r->kind == KIND_DEMAND       ? "demand"
                                        : r->kind == KIND_DEMAND_ACT ? "demand_act"
                                        : r->kind == KIND_TALLY      ? "tally"
                                                                     : "roll"));
    else if (report_is_kind(r->kind))
        json_object_set_new(o, "kind", json_string(r->kind == KIND_REPORT ? "report" : "report_word"));
    else if (freeze_is_kind(r->kind))
        json_object_set_new(o, "kind",
                            json_string(r->kind == KIND_CARD     ? "card"
                                        : r->kind == KIND_FREEZE ? "freeze"
                                                                 : "lift"));
    else
        json_object_set_new(o, "kind", json_integer(r->kind));
}

json_t *render_json(const struct store_record *s) {
    const struct record *r = &s->record;
    char handle[HANDLE_SIZE];
    struct text text;
    json_t *o = json_object();
    if (!o) return NULL;
    person_handle(handle, r->author);
    json_object_set_new(o, "record", hex_json(r->id));
    json_object_set_new(o, "community", hex_json(r->community));
    kind_json(o, r);
    json_object_set_new(o, "author", hex_json(r->author));
    json_object_set_new(o, "handle", json_string(handle));
    json_object_set_new(o, "created", json_integer((json_int_t)r->created));
    json_object_set_new(o, "expiry_day", json_integer(r->expiry_day));
    json_object_set_new(o, "urgency", json_string(render_urgency(r->urgency)));
    if (!s->retracted && r->body && r->kind == KIND_TEXT && text_decode(&text, r) == 0) {
        json_object_set_new(o, "text", json_stringn(text.text ? text.text : "", text.size));
        if (text.attachment_count > 0) json_object_set_new(o, "attachments", attachments_json(&text));
        if (text.guest) json_object_set_new(o, "guest", json_true());
        ground_json(o, &text);
        if (text.forwarded) json_object_set_new(o, "forwarded", forwarded_json(&text));
    }
    uint8_t key[KEY_SIZE];
    if (r->kind == KIND_VOUCH && r->body && vouch_decode(key, r) == 0) json_object_set_new(o, "knows", hex_json(key));
    struct letter letter;
    if (r->kind == KIND_LETTER && !s->retracted && letter_decode(&letter, r) == 0) {
        json_object_set_new(o, "to", hex_json(letter.to));
        json_object_set_new(o, "text", json_stringn(letter.text, letter.size));
    }
    const uint8_t *reply = record_ref(r, REF_REPLY), *target = record_ref(r, REF_TARGET),
                  *corrects = record_ref(r, REF_CORRECTS);
    if (reply) json_object_set_new(o, "reply", hex_json(reply));
    if (corrects) json_object_set_new(o, "corrects", hex_json(corrects));
    if (target) json_object_set_new(o, "target", hex_json(target));
    if (s->retracted) json_object_set_new(o, "retracted", json_true());
    if (s->pinned) json_object_set_new(o, "pinned", json_true());
    return o;
}

/* ---- for people ---- */

/* Count the columns of a word up to a blank, and its bytes. */
static size_t word_measure(const char *text, size_t size, unsigned *columns) {
    size_t at = 0;
    *columns = 0;
    while (at < size && text[at] != ' ' && text[at] != '\n' && text[at] != '\t') {
        if (((uint8_t)text[at] & 0xc0) != 0x80) (*columns)++;
        at++;
    }
    return at;
}

static void word_put(FILE *to, const char *text, size_t size) {
    while (size > 0) {
        uint32_t c;
        size_t n = utf8_decode(&c, (const uint8_t *)text, size);
        if (n == 0) return;
        if (!is_harmful(c)) fwrite(text, 1, n, to);
        text += n;
        size -= n;
    }
}

/* Write a text indented, its lines broken between words where width asks for it. */
static void text_put(FILE *to, const char *text, size_t size, unsigned width) {
    unsigned column = 0, room = width > RENDER_INDENT + 20 ? width - RENDER_INDENT : 0;
    while (size > 0 && text[size - 1] == '\n') size--;
    fprintf(to, "%*s", RENDER_INDENT, "");
    while (size > 0) {
        unsigned columns;
        size_t word = word_measure(text, size, &columns);
        if (word == 0) {
            if (*text == '\n') {
                fprintf(to, "\n%*s", RENDER_INDENT, "");
                column = 0;
            } else if (!room || column + 1 < room) {
                fputc(' ', to);
                column++;
            }
            word = 1;
        } else {
            if (room && column > 0 && column + columns > room) {
                fprintf(to, "\n%*s", RENDER_INDENT, "");
                column = 0;
            }
            word_put(to, text, word);
            column += columns;
        }
        text += word;
        size -= word;
    }
    fputc('\n', to);
}

static void attachments_put(FILE *to, const struct text *text, enum lang lang) {
    char name[RENDER_TITLE_SIZE], size[RENDER_SIZE_SIZE], hex[HEX_SIZE];
    for (unsigned i = 0; i < text->attachment_count; i++) {
        const struct attachment *a = &text->attachments[i];
        render_safe(name, sizeof name, a->name);
        render_size(size, a->size_bytes);
        sodium_bin2hex(hex, sizeof hex, a->blob, 4);
        fprintf(to, "%*s", RENDER_INDENT, "");
        fprintf(to, lang_text(lang, "attached: %s (%s, %s)"), name, a->media, size);
        fputc('\n', to);
    }
}

/* What stands beside the words: the place, what they stand on. */
static void ground_put(FILE *to, const struct text *text, enum lang lang) {
    char place[TEXT_PLACE_MAX * 4 + 1];
    render_safe(place, sizeof place, text->place);
    if (place[0]) {
        fprintf(to, "%*s", RENDER_INDENT, "");
        fprintf(to, lang_text(lang, "place: %s"), place);
        fputc('\n', to);
    }
    if (text->ground)
        fprintf(to, "%*s(%s)\n", RENDER_INDENT, "",
                text->ground == TEXT_GROUND_SAW ? lang_text(lang, "I witnessed it")
                                                : lang_text(lang, "heard from others"));
}

static void forwarded_put(FILE *to, const struct text *text, enum lang lang, unsigned width) {
    char when[RENDER_TIME_SIZE], handle[HANDLE_SIZE];
    struct record record;
    struct text its;
    text_forwarded(text, &record, &its);
    fprintf(to, "%*s", RENDER_INDENT, "");
    if (record_verify(&record) != 0) {
        fprintf(to, "(%s)\n", lang_text(lang, "passed on, but not by its author's hand: it is not shown"));
        return;
    }
    render_time(when, record.created);
    person_handle(handle, record.author);
    fprintf(to, lang_text(lang, "passed on, written by %s on %s:"), handle, when);
    fputc('\n', to);
    if (its.size > 0) text_put(to, its.text, its.size, width);
    ground_put(to, &its, lang);
}

static const char *urgency_word(unsigned urgency, enum lang lang) {
    return urgency == URGENCY_URGENT      ? lang_text(lang, "urgent")
           : urgency == URGENCY_IMPORTANT ? lang_text(lang, "important")
                                          : NULL;
}

/* Somebody's name by the reader, and what the reader has to go by. */
static void standing_put(FILE *to, const struct standing *author, enum lang lang) {
    char name[4 * MEET_NAME_MAX], number[16];
    render_safe(name, sizeof name, author->name);
    if (name[0]) fprintf(to, " %s", name);
    if (author->met) fprintf(to, " (%s)", lang_text(lang, "known in person"));
    if (author->same_name && !author->met) fprintf(to, " (%s)", lang_text(lang, "another key of that name"));
    if (author->met || author->chains == 0) return;
    snprintf(number, sizeof number, "%u", author->chains);
    fputs(" (", to);
    fprintf(to, lang_text(lang, "known in person to people you met: %s"), number);
    fputc(')', to);
}

/* Who set it apart, and why. */
static void apart_put(FILE *to, const struct store_apart *apart, enum lang lang) {
    char askers[STORE_ASKERS_MAX * (HANDLE_SIZE + 2)] = "";
    for (unsigned i = 0; i < apart->asker_count; i++) {
        char handle[HANDLE_SIZE];
        person_handle(handle, apart->askers[i]);
        size_t at = strlen(askers);
        snprintf(askers + at, sizeof askers - at, "%s%s", i ? ", " : "", handle);
    }
    fprintf(to, "%*s(", RENDER_INDENT, "");
    fprintf(to, lang_text(lang, "set apart: the phone may be in other hands, says %s"), askers);
    if (apart->answered) fprintf(to, "; %s", lang_text(lang, "answered with a card: somebody says that all is well"));
    fputs(")\n", to);
}

/* Read a message with the words that count. Return whether there are any others; *first receives those, if so. */
static bool text_read(const struct store_record *s, const struct render_beside *beside, struct text *out,
                      struct text *first) {
    struct text instead;
    if (!beside->correction || text_decode(&instead, &beside->correction->record) != 0) return false;
    *first = *out;
    correction_apply(out, &instead);
    return !s->retracted;
}

static void correction_json(json_t *o, const struct store_record *r, const struct render_beside *beside) {
    struct text text, first;
    if (r->retracted || !r->record.body || text_decode(&text, &r->record) != 0 || !text_read(r, beside, &text, &first))
        return;
    json_object_del(o, "place");
    json_object_del(o, "ground");
    json_object_set_new(o, "text", json_stringn(text.text ? text.text : "", text.size));
    if (text.attachment_count > 0) json_object_set_new(o, "attachments", attachments_json(&text));
    ground_json(o, &text);
    json_t *was = json_object();
    json_object_set_new(was, "record", hex_json(beside->correction->record.id));
    json_object_set_new(was, "created", json_integer((json_int_t)beside->correction->record.created));
    json_object_set_new(was, "was", json_stringn(first.text ? first.text : "", first.size));
    json_object_set_new(o, "corrected", was);
}

void render_beside_json(json_t *o, const struct store_record *r, const struct render_beside *beside) {
    standing_json(o, &beside->author);
    if (beside->correction) correction_json(o, r, beside);
    if (beside->pinned) json_object_set_new(o, "pinned_for_all", json_true());
    if (beside->apart.place == FREEZE_TRUSTED) return;
    json_t *askers = json_array();
    for (unsigned i = 0; i < beside->apart.asker_count; i++)
        json_array_append_new(askers, hex_json(beside->apart.askers[i]));
    json_object_set_new(o, "apart", askers);
    if (beside->apart.answered) json_object_set_new(o, "answered", json_true());
}

static void head_put(FILE *to, const struct store_record *s, const struct render_beside *beside, enum lang lang,
                     bool guest) {
    char when[RENDER_TIME_SIZE], handle[HANDLE_SIZE], hex[HEX_SIZE];
    const char *urgency = urgency_word(s->record.urgency, lang);
    render_time(when, s->record.created);
    person_handle(handle, s->record.author);
    sodium_bin2hex(hex, sizeof hex, s->record.id, 4);
    fprintf(to, "%s  %s", when, handle);
    standing_put(to, &beside->author, lang);
    if (guest) fprintf(to, " (%s)", lang_text(lang, "guest"));
    fprintf(to, "  %s", hex);
    if (urgency) fprintf(to, "  [%s]", urgency);
    if (s->pinned) fprintf(to, "  [%s]", lang_text(lang, "pinned"));
    if (beside->pinned) fprintf(to, "  [%s]", lang_text(lang, "pinned for all"));
    const uint8_t *reply = record_ref(&s->record, REF_REPLY), *corrects = record_ref(&s->record, REF_CORRECTS);
    if (reply || corrects) {
        sodium_bin2hex(hex, sizeof hex, corrects ? corrects : reply, 4);
        fputs("  ", to);
        fprintf(to, corrects ? lang_text(lang, "corrects %s") : lang_text(lang, "in reply to %s"), hex);
    }
    fputc('\n', to);
}

/* What is said of a record of another kind. Return false of one that this version does not know. */
static bool kind_put(FILE *to, const struct record *r, enum lang lang) {
    char handle[HANDLE_SIZE];
    uint8_t key[KEY_SIZE];
    struct freeze_act act;
    if (r->kind == KIND_VOUCH && vouch_decode(key, r) == 0) {
        person_handle(handle, key);
        fprintf(to, lang_text(lang, "(knows %s in person)"), handle);
        return true;
    }
    struct aid aid;
    if (r->kind == KIND_AID && aid_decode(&aid, r) == 0) {
        fprintf(to, "%s: %s", lang_text(lang, aid.type == AID_NEED ? "needed" : "offered"),
                lang_text(lang, aid_what_words(aid.what)));
        if (aid.size > 0) {
            fputs(". ", to);
            word_put(to, aid.text, aid.size);
        }
        return true;
    }
    struct report report;
    if (r->kind == KIND_REPORT && report_decode(&report, r) == 0) {
        fprintf(to, "%s: %s", lang_text(lang, report_type_words(report.type)),
                lang_text(lang, report_what_words(report.what)));
        if (report.size > 0) {
            fputs(". ", to);
            word_put(to, report.text, report.size);
        }
        fprintf(to, " (%s)", lang_text(lang, "who says so, who denies it: longear reports"));
        return true;
    }
    if (r->kind == KIND_REPORT_WORD) {
        fputs(lang_text(lang, "(about a report or a message: longear reports)"), to);
        return true;
    }
    if (r->kind == KIND_PIN) {
        fputs(lang_text(lang, pin_decode(r) == PIN_SET ? "(a coordinator pinned a message for all)"
                                                       : "(a coordinator ended what was pinned for all)"),
              to);
        return true;
    }
    struct demand demand;
    if (r->kind == KIND_DEMAND && demand_decode(&demand, r) == 0) {
        fprintf(to, "%s: ", lang_text(lang, demand.of ? "demanded, in other words" : "demanded"));
        word_put(to, demand.text, demand.size);
        return true;
    }
    if (demand_is_kind(r->kind)) {
        fputs(lang_text(lang, "(about a demand: longear demands)"), to);
        return true;
    }
    if (r->kind == KIND_AID_ACT) {
        fputs(lang_text(lang, "(about a need or an offer: longear aid)"), to);
        return true;
    }
    if (person_is_kind(r->kind)) {
        fputs(lang_text(lang, "(in the register of people: longear person)"), to);
        return true;
    }
    if (!freeze_is_kind(r->kind) || freeze_act_decode(&act, r) != 0) return false;
    person_handle(handle, act.key);
    if (act.type == FREEZE_CARD)
        fputs(lang_text(lang, "(made cards for the day on which the phone is in other hands)"), to);
    else if (act.type == FREEZE_ASK)
        fprintf(to, lang_text(lang, "(the phone of %s may be in other hands: asks to freeze the key)"), handle);
    else
        fprintf(to, lang_text(lang, "(says that the key of %s need not be frozen any more)"), handle);
    return true;
}

static void letter_put(FILE *to, const struct letter *letter, const struct render_beside *beside, enum lang lang,
                       unsigned width) {
    const struct standing *author = &beside->author;
    char whom[HANDLE_SIZE + 4 * MEET_NAME_MAX + 1];
    fprintf(to, "%*s", RENDER_INDENT, "");
    if (author->own) {
        person_handle(whom, letter->to);
        size_t at = strlen(whom);
        if (beside->to && beside->to->name[0]) {
            whom[at++] = ' ';
            render_safe(whom + at, sizeof whom - at, beside->to->name);
        }
        fprintf(to, lang_text(lang, "(a letter to %s)"), whom);
    } else {
        fputs(lang_text(lang, "(a letter to you)"), to);
        if (!author->met && !author->name[0])
            fprintf(to, " (%s)", lang_text(lang, "you have neither met nor named whoever wrote it"));
    }
    fputc('\n', to);
    text_put(to, letter->text, letter->size, width);
}

/* Say that the words above are not the first ones; those, too, if all is to be seen. */
static void corrected_put(FILE *to, const struct text *first, const struct render_beside *beside, enum lang lang,
                          unsigned width) {
    char when[RENDER_TIME_SIZE];
    render_time(when, beside->correction->record.created);
    fprintf(to, "%*s(", RENDER_INDENT, "");
    fprintf(to, lang_text(lang, "corrected by its author on %s"), when);
    if (!beside->opened || first->size == 0) {
        fputs(")\n", to);
        return;
    }
    fprintf(to, "; %s)\n", lang_text(lang, "at first it said:"));
    text_put(to, first->text, first->size, width);
}

void render_human(FILE *to, const struct store_record *s, const struct render_beside *beside, enum lang lang,
                  unsigned width) {
    struct text text = {0};
    const struct record *r = &s->record;
    const uint8_t *target = record_ref(r, REF_TARGET);
    char hex[HEX_SIZE];
    bool readable = !s->retracted && r->body && r->kind == KIND_TEXT && text_decode(&text, r) == 0;
    head_put(to, s, beside, lang, readable && text.guest);
    if (beside->apart.place != FREEZE_TRUSTED) {
        apart_put(to, &beside->apart, lang);
        if (!beside->opened) return;
    }
    struct letter letter;
    if (r->kind == KIND_LETTER && !s->retracted && letter_decode(&letter, r) == 0) {
        letter_put(to, &letter, beside, lang, width);
        return;
    }
    if (readable) {
        struct text first;
        bool corrected = text_read(s, beside, &text, &first);
        if (text.size > 0) text_put(to, text.text, text.size, width);
        if (corrected) corrected_put(to, &first, beside, lang, width);
        ground_put(to, &text, lang);
        if (text.forwarded) forwarded_put(to, &text, lang, width);
        attachments_put(to, &text, lang);
        return;
    }
    fprintf(to, "%*s", RENDER_INDENT, "");
    if (s->retracted) {
        fputs(lang_text(lang, "(taken back by its author)"), to);
    } else if (r->kind == KIND_RETRACTION && target) {
        sodium_bin2hex(hex, sizeof hex, target, 4);
        fprintf(to, lang_text(lang, "(took back %s)"), hex);
    } else if (!r->body) {
        fputs(lang_text(lang, "(only the outside of this message is here, not its text)"), to);
    } else if (!kind_put(to, r, lang)) {
        fprintf(to, lang_text(lang, "(a message of kind %u, which this version does not know)"), r->kind);
    }
    fputc('\n', to);
}
