/*
 * command_persons.c: write in the register of people (core/persons.h): entries, notes, links.
 */
#include "node/command_persons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/compose.h"
#include "node/lookup.h"
#include "node/persons_words.h"
#include "node/render.h"

int person_failed(const struct command_call *call, int err) {
    if (err == ERR_CHARTER)
        output_say(call->out, "an open group takes in only what you say about yourself (--self), without places, and "
                              "nothing about children; a closed one has a register");
    else if (err == ERR_LIMIT)
        output_say(
            call->out,
            "that is too long: a name has at most %d bytes, a place %d, a district %d, a description or the text "
            "of a note %d",
            PERSON_NAME_MAX, PERSON_PLACE_MAX, PERSON_HOME_MAX, PERSON_TEXT_MAX);
    else if (err == ERR_KIND)
        output_say(call->out, "%s is no entry of the register: longear person list shows them",
                   command_argument(call, 0));
    else if (err == ERR_NOT_FOUND)
        output_say(call->out, "the entry is not here, or was taken back");
    else
        return command_failed(call, err);
    return COMMAND_FAILED;
}

int person_lookup(const struct command_call *call, unsigned argument, uint8_t id[HASH_SIZE],
                  uint8_t community[HASH_SIZE]) {
    struct store_record found;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) return command_failed(call, ERR_MEMORY), ERR_MEMORY;
    if (lookup_record(call, command_argument(call, argument), id)) {
        free(room);
        return ERR_NOT_FOUND;
    }
    home_enter(call->home);
    int err = store_get(call->home->store, id, room, &found);
    home_leave(call->home);
    if (!err && found.record.kind != KIND_PERSON) err = ERR_KIND;
    if (!err && (found.retracted || !found.record.body)) err = ERR_NOT_FOUND;
    if (!err) memcpy(community, found.record.community, HASH_SIZE);
    free(room);
    return err ? (person_failed(call, err), err) : 0;
}

bool person_has_contact(const char *text, size_t size) {
    unsigned digits = 0;
    for (size_t i = 0; i < size; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9', between = text[i] && strchr(" -()", text[i]);
        digits = digit ? digits + 1 : between ? digits : 0;
        if (digits >= 7 || (text[i] == '@' && i > 0 && text[i - 1] > ' ')) return true;
    }
    return false;
}

/* What compose_made makes a record of. */
struct writing {
    const struct person_entry *entry; /* or */
    const struct person_note *note;   /* or */
    const struct person_link *link;
    uint64_t now;
};

static int writing_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                        uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct writing *w = context;
    if (w->entry) return person_entry_make(a, w->entry, URGENCY_NORMAL, w->now, salt, room, out);
    if (w->note) return person_note_make(a, w->note, URGENCY_NORMAL, w->now, salt, room, out);
    return person_link_make(a, w->link, w->now, salt, room, out);
}

static int record_write(const struct command_call *call, const uint8_t community[HASH_SIZE], struct writing *w) {
    struct record record;
    char hex[HEX_SIZE];
    w->now = call->now;
    home_enter(call->home);
    int err = compose_made(call->home, community, false, writing_make, w, &record);
    home_leave(call->home);
    if (err) return person_failed(call, err);
    command_hex(hex, record.id, HASH_SIZE);
    output_json(call->out, json_pack("{s:s}", "record", hex));
    output_print(call->out, "%s\n", hex);
    return COMMAND_DONE;
}

static void text_option(const struct command_call *call, const char *name, struct person_text *out) {
    const char *value = request_option(call->req, name);
    if (value) *out = (struct person_text){value, strlen(value)};
}

/* Tell people that what everybody in the group reads looks like what should not stand there. */
static void contact_warn(const struct command_call *call, const struct person_text *text) {
    if (!call->out->json && text->size > 0 && person_has_contact(text->at, text->size))
        output_note(call->out, "There may be a telephone number or an address in it, which everybody in the group "
                               "reads. Better keep it to yourself, or send it by: longear letter");
}

/* ---- Entries ---- */

/* Read "30" or "25-35". */
static bool age_read(const char *text, struct person_entry *e) {
    char *end;
    unsigned long from = strtoul(text, &end, 10), to = from;
    if (end == text) return false;
    if (*end == '-') {
        text = end + 1;
        to = strtoul(text, &end, 10);
    }
    if (end == text || *end || from > to || to > PERSON_AGE_MAX) return false;
    e->has_age = true;
    e->age_from = (uint8_t)from;
    e->age_to = (uint8_t)to;
    return true;
}

/* Return whether it goes; else it was said. */
static bool entry_read(const struct command_call *call, struct person_entry *e) {
    const char *sex = request_option(call->req, "sex"), *age = request_option(call->req, "age");
    uint64_t born = request_number(call->req, "born", 0);
    e->self = request_option(call->req, "self") != NULL;
    e->minor = request_option(call->req, "child") != NULL;
    e->text[PERSON_NAME] = (struct person_text){command_argument(call, 1), strlen(command_argument(call, 1))};
    text_option(call, "other-names", &e->text[PERSON_OTHER_NAMES]);
    text_option(call, "district", &e->text[PERSON_DISTRICT]);
    text_option(call, "town", &e->text[PERSON_TOWN]);
    text_option(call, "description", &e->text[PERSON_DESCRIPTION]);
    text_option(call, "source", &e->text[PERSON_SOURCE]);
    text_option(call, "for", &e->text[PERSON_BY]);
    e->sex = (uint8_t)(sex ? person_sex_parse(sex) : 0);
    if (sex && !e->sex)
        output_say(call->out, "the sex is female, male or other");
    else if (age && !age_read(age, e))
        output_say(call->out, "an age is a number of years, or two: 25-35");
    else if (born && (born < PERSON_YEAR_MIN || born > PERSON_YEAR_MAX))
        output_say(call->out, "the year of birth has four digits");
    else
        return e->birth_year = (uint16_t)born, true;
    return false;
}

int command_person_add(const struct command_call *call) {
    struct person_entry e = {.sex = 0};
    struct writing w = {.entry = &e};
    if (!entry_read(call, &e)) return COMMAND_USAGE;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int status = COMMAND_FAILED;
    if (!lookup_community(call, command_argument(call, 0), c)) status = record_write(call, c->charter.community, &w);
    if (status == COMMAND_DONE) {
        contact_warn(call, &e.text[PERSON_DESCRIPTION]);
        if (!call->out->json && c->charter.keep_days < PERSON_DAYS)
            output_note(call->out, "This group keeps what is written for %u days: then the entry goes, renewed or not.",
                        c->charter.keep_days);
    }
    free(c);
    return status;
}

/* ---- Notes ---- */

static int note_write(const struct command_call *call, struct person_note *n) {
    uint8_t id[HASH_SIZE], community[HASH_SIZE];
    struct writing w = {.note = n};
    if (person_lookup(call, 0, id, community)) return COMMAND_FAILED;
    n->target = id;
    return record_write(call, community, &w);
}

int command_person_note(const struct command_call *call) {
    const char *ground = request_option(call->req, "ground");
    struct person_note n = {.status = (uint8_t)person_status_parse(command_argument(call, 1)),
                            .self = request_option(call->req, "self") != NULL,
                            .renews = request_option(call->req, "renew") != NULL,
                            .when = request_number(call->req, "when", 0),
                            .held_since = request_number(call->req, "since", 0)};
    n.ground = (uint8_t)(ground ? person_ground_parse(ground) : n.self ? PERSON_SAW : PERSON_TOLD);
    text_option(call, "seen", &n.text[PERSON_NOTE_SEEN]);
    text_option(call, "held", &n.text[PERSON_NOTE_HELD]);
    text_option(call, "text", &n.text[PERSON_NOTE_TEXT]);
    bool of_self = n.status == PERSON_DETAINED || n.status == PERSON_HURT || n.status == PERSON_SAFE ||
                   n.status == PERSON_INFORMATION;
    if (!n.status)
        output_say(call->out,
                   "there is no status \"%s\"; there are: looked-for, detained, hurt, safe, dead, believed-alive, "
                   "information",
                   command_argument(call, 1));
    else if (!n.ground)
        output_say(call->out, "how you know it is: saw, told, list or paper");
    else if (n.self && (!of_self || n.ground != PERSON_SAW))
        output_say(call->out, "about yourself you can say that you are safe, hurt or detained, or give information");
    else {
        int status = note_write(call, &n);
        if (status == COMMAND_DONE) contact_warn(call, &n.text[PERSON_NOTE_TEXT]);
        return status;
    }
    return COMMAND_USAGE;
}

int command_person_renew(const struct command_call *call) {
    struct person_note n = {.status = PERSON_INFORMATION, .ground = PERSON_TOLD, .renews = true};
    return note_write(call, &n);
}

/* ---- Links ---- */

static int link_write(const struct command_call *call, enum person_link_type type) {
    uint8_t ids[2][HASH_SIZE], communities[2][HASH_SIZE];
    struct person_link l = {.one = ids[0], .other = ids[1], .type = (uint8_t)type};
    struct writing w = {.link = &l};
    for (unsigned i = 0; i < 2; i++)
        if (person_lookup(call, i, ids[i], communities[i])) return COMMAND_FAILED;
    text_option(call, "why", &l.why);
    if (memcmp(ids[0], ids[1], HASH_SIZE) == 0)
        output_say(call->out, "that is the same entry twice");
    else if (memcmp(communities[0], communities[1], HASH_SIZE) != 0)
        output_say(call->out, "the two entries are of different groups");
    else
        return record_write(call, communities[0], &w);
    return COMMAND_FAILED;
}

int command_person_link(const struct command_call *call) {
    return link_write(call, PERSON_LINK);
}

int command_person_unlink(const struct command_call *call) {
    return link_write(call, PERSON_UNLINK);
}
