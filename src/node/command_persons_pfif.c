/*
 * command_persons_pfif.c: the register of people into PFIF files and out of them (node/persons_pfif.h).
 *
 * What is read is written as records of this device's person, each entry and note once: its id in the file is kept, and
 * looked for before another one is written. A piece of the file is read, signed and stored under one home_enter, so
 * that the author's sequence stays where it was left.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto.h"
#include "host/file.h"
#include "node/command_persons.h"
#include "node/compose.h"
#include "node/lookup.h"
#include "node/persons_apart.h"
#include "node/persons_pfif.h"
#include "node/render.h"

#define PIECE_BYTES (64 * 1024)
#define BATCH_RECORDS 256
#define BATCH_ROOM (2 * 1024 * 1024)
#define REFUSALS_SHOWN_MAX 1000
#define LINKS_MAX 100000 /* of one file, whose other entry may come later in it */

/* ---- Which ids are known ---- */

struct known {
    bool used;
    uint8_t outside[HASH_SIZE]; /* digest of the id outside */
    uint8_t id[HASH_SIZE];      /* of the record */
};

struct ids {
    struct known *list; /* open addressing, never more than half full */
    size_t count, room;
};

static const uint8_t no_entry[HASH_SIZE]; /* of one that has expired */

static struct known *ids_place(const struct ids *ids, const uint8_t outside[HASH_SIZE]) {
    uint64_t at;
    memcpy(&at, outside, sizeof at);
    for (size_t i = (size_t)at & (ids->room - 1);; i = (i + 1) & (ids->room - 1))
        if (!ids->list[i].used || memcmp(ids->list[i].outside, outside, HASH_SIZE) == 0) return &ids->list[i];
}

static int ids_grow(struct ids *ids) {
    struct ids more = {.room = ids->room ? 2 * ids->room : 1024, .count = ids->count};
    if (2 * ids->count < ids->room) return 0;
    more.list = calloc(more.room, sizeof *more.list);
    if (!more.list) return ERR_MEMORY;
    for (size_t i = 0; i < ids->room; i++)
        if (ids->list[i].used) *ids_place(&more, ids->list[i].outside) = ids->list[i];
    free(ids->list);
    *ids = more;
    return 0;
}

static int ids_put(struct ids *ids, const uint8_t outside[HASH_SIZE], const uint8_t id[HASH_SIZE]) {
    int err = ids_grow(ids);
    if (err) return err;
    struct known *place = ids_place(ids, outside);
    if (place->used) return 0;
    place->used = true;
    memcpy(place->outside, outside, HASH_SIZE);
    memcpy(place->id, id, HASH_SIZE);
    ids->count++;
    return 0;
}

/* An entry and a note may have the same id outside. */
static void outside_digest(uint8_t out[HASH_SIZE], char kind, const char *id) {
    uint8_t bytes[PFIF_ID_MAX + 1];
    size_t size = strlen(id);
    bytes[0] = (uint8_t)kind;
    memcpy(bytes + 1, id, size);
    crypto_digest(out, bytes, size + 1);
}

static void pair_digest(uint8_t out[HASH_SIZE], const uint8_t one[HASH_SIZE], const uint8_t other[HASH_SIZE]) {
    uint8_t bytes[1 + 2 * HASH_SIZE] = {'l'};
    bool turned = memcmp(one, other, HASH_SIZE) > 0;
    memcpy(bytes + 1, turned ? other : one, HASH_SIZE);
    memcpy(bytes + 1 + HASH_SIZE, turned ? one : other, HASH_SIZE);
    crypto_digest(out, bytes, sizeof bytes);
}

/* ---- Reading a file ---- */

struct pending {
    uint8_t one[HASH_SIZE], other[HASH_SIZE]; /* an entry; the digest of the id that another one has outside */
    char *why;                                /* or NULL */
    size_t why_size;
};

struct intake {
    const struct command_call *call;
    char file[RENDER_TITLE_SIZE];
    uint8_t community[HASH_SIZE];
    struct ids ids;
    struct persons_pfif taken;
    struct composer composer; /* open while a piece is read */
    struct composed batch[BATCH_RECORDS];
    struct person_apart aparts[BATCH_RECORDS]; /* their texts are ours */
    size_t batch_count, apart_count, room_used;
    uint8_t *room;
    struct pending *links;
    size_t link_count, link_room;
    uint64_t entries, notes, linked, known, expired, orphans, apart, refusals;
};

/* Store what was signed. */
static void aparts_free(struct intake *in) {
    for (size_t i = 0; i < in->apart_count; i++) free((void *)(uintptr_t)in->aparts[i].text);
    in->apart_count = 0;
}

static int batch_put(struct intake *in) {
    struct home *home = in->call->home;
    if (in->batch_count == 0) return 0;
    int err = store_begin(home->store);
    if (err) return err;
    err = compose_put_within(home, in->batch, in->batch_count, in->call->now);
    if (!err) err = persons_apart_put(home->store, in->aparts, in->apart_count);
    if (!err) err = store_commit(home->store);
    if (err) store_rollback(home->store);
    aparts_free(in);
    in->batch_count = in->room_used = 0;
    return err;
}

/* Sign an entry, a note or a link; what was set apart goes with it. */
static int record_sign_one(struct intake *in, const struct person_entry *e, const struct person_note *n,
                           const struct person_link *l, uint8_t id[HASH_SIZE]) {
    uint8_t salt[RECORD_SALT_SIZE];
    int err = in->batch_count == BATCH_RECORDS || BATCH_ROOM - in->room_used < RECORD_SIZE_MAX ? batch_put(in) : 0;
    if (err) return err;
    struct composed *one = &in->batch[in->batch_count];
    struct author *a = &in->composer.author;
    uint8_t *room = in->room + in->room_used;
    uint64_t now = in->call->now;
    randombytes_buf(salt, sizeof salt);
    int size = e   ? person_entry_make(a, e, URGENCY_NORMAL, now, salt, room, &one->record)
               : n ? person_note_make(a, n, URGENCY_NORMAL, now, salt, room, &one->record)
                   : person_link_make(a, l, now, salt, room, &one->record);
    if (size < 0) return size;
    one->bytes = room;
    one->size = (size_t)size;
    one->guest = false;
    memcpy(id, one->record.id, HASH_SIZE);
    in->batch_count++;
    in->room_used += (size_t)size;
    if (l || in->taken.apart_size == 0) return 0;
    struct person_apart *apart = &in->aparts[in->apart_count];
    char *text = malloc(in->taken.apart_size + 1);
    if (!text) return ERR_MEMORY;
    memcpy(text, in->taken.apart, in->taken.apart_size + 1);
    apart->text = text;
    memcpy(apart->id, id, HASH_SIZE);
    in->apart_count++;
    in->apart++;
    return 0;
}

/* What was wrong with one; what is wrong with the store ends the reading. */
static bool is_of_input(int err) {
    return err == ERR_FIELD || err == ERR_TEXT || err == ERR_LIMIT || err == ERR_TIME;
}

static void refuse(struct intake *in, const char *id, int err) {
    char safe[4 * PFIF_ID_MAX + 1];
    render_safe(safe, sizeof safe, id);
    if (in->refusals++ < REFUSALS_SHOWN_MAX)
        output_note(in->call->out, "%s: %s: %s", in->file, safe, output_text(in->call->out, err_text(err)));
}

static int person_take(void *context, const struct pfif_person *person) {
    struct intake *in = context;
    const char *outside_id = person->text[PFIF_PERSON_RECORD_ID];
    uint8_t outside[HASH_SIZE], id[HASH_SIZE];
    outside_digest(outside, 'p', outside_id);
    if (in->ids.room > 0 && ids_place(&in->ids, outside)->used) return in->known++, 0;
    bool named = persons_pfif_entry(&in->taken, person, in->call->now);
    const struct person_entry *e = &in->taken.entry;
    if (person->placeholder || (e->until && e->until <= in->call->now)) {
        in->expired++;
        return ids_put(&in->ids, outside, no_entry);
    }
    int err = named ? record_sign_one(in, e, NULL, NULL, id) : ERR_FIELD;
    if (is_of_input(err)) return refuse(in, outside_id, err), 0;
    if (!err) err = ids_put(&in->ids, outside, id);
    in->entries += !err;
    return err;
}

static int link_note(struct intake *in, const uint8_t entry[HASH_SIZE], const char *other) {
    const struct person_text *text = &in->taken.note.text[PERSON_NOTE_TEXT];
    if (!other || in->link_count == LINKS_MAX) return 0;
    if (in->link_count == in->link_room) {
        size_t room = in->link_room ? 2 * in->link_room : 64;
        struct pending *more = realloc(in->links, room * sizeof *more);
        if (!more) return ERR_MEMORY;
        in->links = more;
        in->link_room = room;
    }
    struct pending *link = &in->links[in->link_count];
    link->why_size = text->size <= PERSON_WHY_MAX ? text->size : 0; /* the note has a longer one */
    link->why = link->why_size > 0 ? malloc(link->why_size) : NULL;
    if (link->why_size > 0 && !link->why) return ERR_MEMORY;
    if (link->why) memcpy(link->why, text->at, link->why_size);
    memcpy(link->one, entry, HASH_SIZE);
    outside_digest(link->other, 'p', other);
    in->link_count++;
    return 0;
}

/* Whether a note says nothing but that two entries are about one person: then it becomes a link alone. */
static bool is_link_only(const struct persons_pfif *taken, const struct pfif_note *note) {
    return note->text[PFIF_LINKED_PERSON_RECORD_ID] && taken->note.status == PERSON_INFORMATION &&
           !note->text[PFIF_STATUS] && !note->text[PFIF_LAST_KNOWN_LOCATION] && taken->apart_size == 0 &&
           taken->note.text[PERSON_NOTE_TEXT].size <= PERSON_WHY_MAX;
}

static int note_take(void *context, const struct pfif_note *note) {
    struct intake *in = context;
    const char *outside_id = note->text[PFIF_NOTE_RECORD_ID];
    uint8_t outside[HASH_SIZE], about[HASH_SIZE], entry[HASH_SIZE], id[HASH_SIZE];
    outside_digest(outside, 'n', outside_id);
    outside_digest(about, 'p', note->text[PFIF_PERSON_RECORD_ID]);
    if (in->ids.room > 0 && ids_place(&in->ids, outside)->used) return in->known++, 0;
    if (in->ids.room == 0 || !ids_place(&in->ids, about)->used) return in->orphans++, 0;
    memcpy(entry, ids_place(&in->ids, about)->id, HASH_SIZE);
    if (memcmp(entry, no_entry, HASH_SIZE) == 0) return in->expired++, 0;
    (void)persons_pfif_note(&in->taken, note);
    in->taken.note.target = entry;
    if (is_link_only(&in->taken, note)) return link_note(in, entry, note->text[PFIF_LINKED_PERSON_RECORD_ID]);
    int err = record_sign_one(in, NULL, &in->taken.note, NULL, id);
    if (is_of_input(err)) return refuse(in, outside_id, err), 0;
    if (!err) err = ids_put(&in->ids, outside, id);
    if (!err) err = link_note(in, entry, note->text[PFIF_LINKED_PERSON_RECORD_ID]);
    in->notes += !err;
    return err;
}

static void refused(void *context, const struct pfif_refusal *refusal) {
    struct intake *in = context;
    char name[4 * PFIF_LINE_MAX + 1];
    render_safe(name, sizeof name, refusal->name ? refusal->name : "");
    if (in->refusals++ >= REFUSALS_SHOWN_MAX) return;
    output_note(in->call->out, "%s:%llu: %s%s%s", in->file, (unsigned long long)refusal->line, name,
                name[0] ? ": " : "", output_text(in->call->out, pfif_reason_text(refusal->reason)));
}

/* ---- What the register has already ---- */

static int id_know(struct intake *in, char kind, const struct person_text *outside, const uint8_t id[HASH_SIZE]) {
    char text[PFIF_ID_MAX + 1];
    uint8_t digest[HASH_SIZE];
    persons_pfif_id(text, outside, id);
    outside_digest(digest, kind, text);
    return ids_put(&in->ids, digest, id);
}

static int ids_read(struct intake *in) {
    struct store *store = in->call->home->store;
    struct person_board board;
    struct store_record found;
    struct person_entry e;
    struct person_note n;
    int err = person_board_read(&board, store, in->community, in->call->now, false);
    for (size_t i = 0; i < board.item_count && !err; i++) {
        err = store_get_num(store, board.items[i].num, in->room, &found);
        if (!err && person_entry_decode(&e, &found.record) == 0)
            err = id_know(in, 'p', &e.text[PERSON_OUTSIDE], found.record.id);
    }
    for (size_t i = 0; i < board.step_count && !err; i++) {
        err = store_get_num(store, board.steps[i].num, in->room, &found);
        if (!err && person_note_decode(&n, &found.record) == 0)
            err = id_know(in, 'n', &n.text[PERSON_NOTE_OUTSIDE], found.record.id);
    }
    for (size_t i = 0; i < board.tie_count && !err; i++) {
        uint8_t pair[HASH_SIZE];
        pair_digest(pair, board.ties[i].one, board.ties[i].other);
        err = ids_put(&in->ids, pair, board.ties[i].id); /* whatever is said of the pair here */
    }
    person_board_free(&board);
    return err;
}

/* ---- The whole ---- */

/* Read some bytes of the file, or its end, and store what they bring. */
static int piece_read(struct intake *in, struct pfif_reader *reader, const uint8_t *bytes, size_t size) {
    home_enter(in->call->home);
    int err = compose_open(in->call->home, in->community, false, &in->composer);
    if (!err) {
        in->composer.author.charter = &in->composer.charter;
        err = size > 0 ? pfif_reader_feed(reader, bytes, size) : pfif_reader_end(reader);
        int put = batch_put(in); /* what came before an end that is damaged stays */
        if (!err || put) err = put ? put : err;
        compose_close(&in->composer);
    }
    home_leave(in->call->home);
    return err;
}

/* Link what the file said is one person, unless something is said of the two here already. */
static int link_put(struct intake *in, const struct pending *link) {
    uint8_t id[HASH_SIZE], pair[HASH_SIZE], other[HASH_SIZE];
    const struct known *found = ids_place(&in->ids, link->other);
    bool is_there = found->used && memcmp(found->id, no_entry, HASH_SIZE) != 0;
    if (!is_there || memcmp(link->one, found->id, HASH_SIZE) == 0) return 0;
    memcpy(other, found->id, HASH_SIZE);
    pair_digest(pair, link->one, other);
    if (ids_place(&in->ids, pair)->used) return in->known++, 0;
    const struct person_link l = {
        .one = link->one, .other = other, .type = PERSON_LINK, .why = {link->why, link->why_size}};
    int err = record_sign_one(in, NULL, NULL, &l, id);
    if (!err) err = ids_put(&in->ids, pair, id);
    in->linked += !err;
    return err;
}

static int links_put(struct intake *in) {
    if (in->link_count == 0) return 0;
    home_enter(in->call->home);
    int err = compose_open(in->call->home, in->community, false, &in->composer);
    if (!err) {
        in->composer.author.charter = &in->composer.charter;
        for (size_t i = 0; i < in->link_count && !err; i++) err = link_put(in, &in->links[i]);
        if (!err) err = batch_put(in);
        compose_close(&in->composer);
    }
    home_leave(in->call->home);
    return err;
}

static int file_read_all(struct intake *in, struct pfif_reader *reader) {
    struct stat info;
    int fd = in->call->req->files[0], err = 0;
    uint8_t *bytes = malloc(PIECE_BYTES);
    uint64_t done = 0, total = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    if (!bytes) return ERR_MEMORY;
    for (bool last = false; !last && !err;) {
        ssize_t got = read(fd, bytes, PIECE_BYTES);
        if (got < 0 && errno == EINTR && !output_stopped(in->call->out)) continue;
        if (got < 0) err = output_stopped(in->call->out) ? ERR_INTERRUPTED : ERR_IO;
        last = got == 0;
        if (!err) err = piece_read(in, reader, bytes, got > 0 ? (size_t)got : 0);
        done += got > 0 ? (uint64_t)got : 0;
        if (!err && output_progress(in->call->out, done, total)) err = ERR_INTERRUPTED;
    }
    free(bytes);
    return err;
}

static int intake_say(struct intake *in, const struct pfif_counts *counts) {
    const struct command_call *call = in->call;
    uint64_t lost = counts->persons_refused + counts->notes_refused + in->orphans;
    output_json(call->out,
                json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "entries", (json_int_t)in->entries, "notes",
                          (json_int_t)in->notes, "links", (json_int_t)in->linked, "known", (json_int_t)in->known,
                          "expired", (json_int_t)in->expired, "orphans", (json_int_t)in->orphans, "apart",
                          (json_int_t)in->apart, "refused", (json_int_t)in->refusals));
    output_print(call->out, "Entries: %llu, notes: %llu, links: %llu. Here already: %llu, expired: %llu.\n",
                 (unsigned long long)in->entries, (unsigned long long)in->notes, (unsigned long long)in->linked,
                 (unsigned long long)in->known, (unsigned long long)in->expired);
    if (in->refusals > 0 || in->orphans > 0)
        output_note(call->out, "Refused, fields included: %llu. Notes about somebody who is not in the register: %llu.",
                    (unsigned long long)in->refusals, (unsigned long long)in->orphans);
    if (in->apart > 0)
        output_note(call->out,
                    "Of %llu, addresses, telephone numbers and the like were set apart: they stay on this device. "
                    "To see them, or to let them go: longear person apart",
                    (unsigned long long)in->apart);
    return lost > 0 || in->refusals > 0 ? COMMAND_FAILED : COMMAND_DONE;
}

static int intake_run(struct intake *in) {
    struct pfif_reader *reader = NULL;
    const struct pfif_calls calls = {
        .person = person_take, .note = note_take, .refused = refused, .context = in, .now = in->call->now};
    int status = COMMAND_FAILED, err = pfif_reader_open(&reader, &calls);
    home_enter(in->call->home);
    if (!err) err = store_freezes_refresh(in->call->home->store);
    if (!err) err = persons_apart_sweep(in->call->home->store);
    if (!err) err = ids_read(in);
    home_leave(in->call->home);
    if (!err) err = file_read_all(in, reader);
    bool damaged = err == ERR_FIELD; /* was told as a refusal */
    if (!err || damaged) {
        int linked = links_put(in);
        err = linked ? linked : 0;
    }
    if (err)
        (void)person_failed(in->call, err);
    else
        status = intake_say(in, pfif_reader_counts(reader));
    pfif_reader_free(reader);
    return damaged ? COMMAND_FAILED : status;
}

int command_person_import(const struct command_call *call) {
    int status = COMMAND_FAILED;
    struct store_community *c = malloc(sizeof *c);
    struct intake *in = calloc(1, sizeof *in);
    if (in) in->room = malloc(BATCH_ROOM);
    if (!c || !in || !in->room) {
        status = command_failed(call, ERR_MEMORY);
    } else if (call->req->file_count != 1) {
        output_say(call->out, "a file is missing");
        status = COMMAND_USAGE;
    } else if (!lookup_community(call, command_argument(call, 0), c)) {
        in->call = call;
        memcpy(in->community, c->charter.community, HASH_SIZE);
        render_safe(in->file, sizeof in->file, command_argument(call, 1));
        status = c->charter.access == CHARTER_OPEN ? person_failed(call, ERR_CHARTER) : intake_run(in);
        command_finish(call);
    }
    if (in) {
        aparts_free(in);
        for (size_t i = 0; i < in->link_count; i++) free(in->links[i].why);
        free(in->room);
        free(in->links);
        free(in->ids.list);
    }
    free(in);
    free(c);
    return status;
}

/* ---- What was set apart ---- */

static int apart_show(const struct command_call *call, const uint8_t id[HASH_SIZE], bool drop, size_t *count) {
    static char text[PERSONS_APART_TEXT_MAX + 1], safe[4 * PERSONS_APART_TEXT_MAX + 1];
    int size = persons_apart_get(call->home->store, id, text);
    if (size <= 0) return size;
    (*count)++;
    if (drop) return persons_apart_drop(call->home->store, id);
    output_json(call->out, json_pack("{s:o,s:s}", "record", command_hex_json(id), "apart", text));
    for (char *line = text; *line;) {
        size_t end = strcspn(line, "\n");
        bool more = line[end] != '\0';
        line[end] = '\0';
        render_safe(safe, sizeof safe, line);
        output_print(call->out, "%s\n", safe);
        line += end + more;
    }
    sodium_memzero(text, sizeof text);
    sodium_memzero(safe, sizeof safe);
    return 0;
}

int command_person_apart(const struct command_call *call) {
    uint8_t id[HASH_SIZE], community[HASH_SIZE];
    struct person_board board = {.item_count = 0};
    bool drop = request_option(call->req, "drop") != NULL;
    size_t count = 0;
    if (person_lookup(call, 0, id, community)) return COMMAND_FAILED;
    home_enter(call->home);
    int err = store_freezes_refresh(call->home->store);
    if (!err) err = person_board_read(&board, call->home->store, community, call->now, false);
    const struct person_item *item = err ? NULL : person_board_item(&board, id);
    if (!err) err = apart_show(call, id, drop, &count);
    for (size_t i = 0; item && i < item->step_count && !err; i++)
        err = apart_show(call, board.steps[item->first_step + i].id, drop, &count);
    if (!err && drop) err = persons_apart_sweep(call->home->store);
    home_leave(call->home);
    person_board_free(&board);
    if (err) return person_failed(call, err);
    if (count == 0 && !call->out->json) output_note(call->out, "Nothing was set apart of this entry here.");
    if (drop) output_json(call->out, json_pack("{s:I}", "dropped", (json_int_t)count));
    return COMMAND_DONE;
}

/* ---- Writing a file ---- */

struct export {
    const struct command_call *call;
    struct person_board board;
    struct persons_pfif_out out;
    struct pfif_writer *writer;
    uint8_t *room;
    size_t next_tie; /* the first whose lower id is not below the entry's */
    bool all;
    uint64_t entries, notes, links, placeholders, left;
};

static int bytes_write(void *context, const char *bytes, size_t size) {
    const struct command_call *call = context;
    return file_write(call->req->files[0], (const uint8_t *)bytes, size);
}

/* Whether a note may leave the group: what nobody may show as such is no news (THREATS.md, rule 3). */
static bool note_may_go(const struct export *x, const struct person_item *item, const struct person_step *s) {
    if (s->place == PERSON_NOT_SELF) return false;
    return s->status != PERSON_DEAD || item->state == PERSON_DEAD || x->all;
}

static int note_export(struct export *x, const struct person_step *s, const char *person) {
    char author[HANDLE_SIZE];
    struct store_record found;
    struct person_note n;
    int err = store_get_num(x->call->home->store, s->num, x->room, &found);
    if (!err) err = person_note_decode(&n, &found.record);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    person_handle(author, found.record.author);
    persons_pfif_put_note(&x->out, &n, &found.record, author, person);
    err = pfif_write_note(x->writer, &x->out.note);
    if (err == ERR_FIELD) return x->left++, 0;
    x->notes += !err;
    return err;
}

/* A link as a note that says nothing else. */
static int link_export(struct export *x, const struct person_tie *tie, const char *person) {
    char author[HANDLE_SIZE], other[PFIF_ID_MAX + 1];
    struct store_record found;
    struct person_entry e;
    struct person_link l;
    struct person_note n = {.status = PERSON_INFORMATION, .ground = PERSON_TOLD};
    const struct person_item *item = person_board_item(&x->board, tie->other);
    if (!item || item->state == PERSON_EXPIRED || (item->minor && !x->all)) return 0;
    int err = store_get_num(x->call->home->store, item->num, x->room, &found);
    if (!err) err = person_entry_decode(&e, &found.record);
    if (!err) persons_pfif_id(other, &e.text[PERSON_OUTSIDE], item->id);
    if (!err) err = store_get_num(x->call->home->store, tie->num, x->room, &found);
    if (!err) err = person_link_decode(&l, &found.record);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    person_handle(author, found.record.author);
    n.text[PERSON_NOTE_TEXT] = l.why;
    persons_pfif_put_note(&x->out, &n, &found.record, author, person);
    x->out.note.text[PFIF_LINKED_PERSON_RECORD_ID] = other;
    err = pfif_write_note(x->writer, &x->out.note);
    x->links += !err;
    return err;
}

/* The links of an entry to those with higher ids: of each author who says so. */
static int links_export(struct export *x, const struct person_item *item, const char *person) {
    const struct person_board *b = &x->board;
    int err = 0;
    while (x->next_tie < b->tie_count && memcmp(b->ties[x->next_tie].one, item->id, HASH_SIZE) < 0) x->next_tie++;
    for (size_t i = x->next_tie; i < b->tie_count && !err; i++) {
        const struct person_tie *tie = &b->ties[i];
        if (memcmp(tie->one, item->id, HASH_SIZE) != 0) break;
        if (tie->linked && tie->counts && tie->type == PERSON_LINK) err = link_export(x, tie, person);
    }
    return err;
}

static int entry_export(struct export *x, const struct person_item *item) {
    char author[HANDLE_SIZE], person[PFIF_ID_MAX + 1];
    struct store_record found;
    struct person_entry e;
    int err = store_get_num(x->call->home->store, item->num, x->room, &found);
    if (!err) err = person_entry_decode(&e, &found.record);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    bool expired = item->state == PERSON_EXPIRED;
    if (item->minor && !x->all) return x->left++, 0; /* THREATS.md, rule 4: in no public export */
    person_handle(author, found.record.author);
    persons_pfif_id(person, &e.text[PERSON_OUTSIDE], found.record.id);
    if (expired)
        persons_pfif_placeholder(&x->out, &e, &found.record, item->expiry);
    else
        persons_pfif_person(&x->out, &e, &found.record, author, item->expiry);
    err = pfif_write_person(x->writer, &x->out.person);
    if (err == ERR_FIELD) return x->left++, 0;
    x->entries += !err && !expired;
    x->placeholders += !err && expired;
    for (size_t i = 0; i < item->step_count && !err && !expired; i++) {
        const struct person_step *s = &x->board.steps[item->first_step + i];
        if (note_may_go(x, item, s))
            err = note_export(x, s, person);
        else
            x->left++;
    }
    return err || expired ? err : links_export(x, item, person);
}

static int export_run(struct export *x, const uint8_t community[HASH_SIZE]) {
    struct home *home = x->call->home;
    x->room = malloc(RECORD_SIZE_MAX);
    int err = x->room ? pfif_writer_open(&x->writer, bytes_write, (void *)(uintptr_t)x->call) : ERR_MEMORY;
    home_enter(home);
    if (!err) err = store_freezes_refresh(home->store);
    if (!err) err = person_board_read(&x->board, home->store, community, x->call->now, false);
    for (size_t i = 0; i < x->board.item_count && !err; i++) err = entry_export(x, &x->board.items[i]);
    home_leave(home);
    if (!err) err = pfif_writer_end(x->writer);
    return err;
}

int command_person_export(const struct command_call *call) {
    struct store_community *c = malloc(sizeof *c);
    struct export *x = calloc(1, sizeof *x);
    int status = COMMAND_FAILED;
    if (!c || !x) {
        status = command_failed(call, ERR_MEMORY);
    } else if (call->req->file_count != 1) {
        output_say(call->out, "a file is missing");
        status = COMMAND_USAGE;
    } else if (!lookup_community(call, command_argument(call, 0), c)) {
        x->call = call;
        x->all = request_option(call->req, "all") != NULL;
        int err = export_run(x, c->charter.community);
        status = err ? person_failed(call, err) : COMMAND_DONE;
        if (!err) {
            output_json(call->out, json_pack("{s:I,s:I,s:I,s:I,s:I}", "entries", (json_int_t)x->entries, "notes",
                                             (json_int_t)x->notes, "links", (json_int_t)x->links, "expired",
                                             (json_int_t)x->placeholders, "left_out", (json_int_t)x->left));
            output_print(call->out, "Entries: %llu, notes: %llu, links: %llu, expired: %llu, left out: %llu.\n",
                         (unsigned long long)x->entries, (unsigned long long)x->notes, (unsigned long long)x->links,
                         (unsigned long long)x->placeholders, (unsigned long long)x->left);
            output_note(call->out, "The file is open to whoever gets it. Think of whom it could harm.");
        }
        pfif_writer_free(x->writer);
        person_board_free(&x->board);
        free(x->room);
    }
    free(x);
    free(c);
    return status;
}
