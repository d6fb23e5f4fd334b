/*
 * phone_read.c: messages as the page shows them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "phone/phone_internal.h"
#include "query/message.h"
#include "store/freezes.h"
#include "view/correction.h"

#define QUOTE_CHARACTERS 120
#define REPLIES_MAX 30

static bool is_shown(const struct store_record *r) {
    return r->record.form == RECORD_FORM_PLAIN && r->record.kind == KIND_TEXT && r->record.body && !r->retracted;
}

void phone_read_refused(struct out *o, const uint64_t refused[POUCH_REFUSALS_MAX]) {
    json_open(o, '{');
    for (int i = 1; i < POUCH_REFUSALS_MAX; i++)
        if (refused[i]) json_number_of(o, phone_error_name(-i), refused[i]);
    json_close(o, '}');
}

static void handle_write(struct out *o, const uint8_t author[KEY_SIZE]) {
    char handle[HANDLE_SIZE];
    person_handle(handle, author);
    json_hex_of(o, "author", author, KEY_SIZE);
    json_text_of(o, "handle", handle);
}

/* The front of a text, cut between characters. */
static void front_write(struct out *o, const struct text *text) {
    size_t at = 0, characters = 0;
    while (at < text->size && characters < QUOTE_CHARACTERS) {
        at++;
        while (at < text->size && ((unsigned char)text->text[at] & 0xc0) == 0x80) at++;
        characters++;
    }
    json_name(o, "text");
    json_text(o, text->text, at);
}

static int quote_write(struct phone *p, const uint8_t *reply) {
    struct out *o = &p->out;
    struct store_record found;
    struct text text;
    json_name(o, "quote");
    int err = reply ? store_get(p->store, reply, p->other, &found) : ERR_NOT_FOUND;
    if (err && err != ERR_NOT_FOUND) return err;
    if (err || !is_shown(&found) || text_decode(&text, &found.record)) {
        json_nothing(o);
        return 0;
    }
    json_open(o, '{');
    json_hex_of(o, "id", reply, HASH_SIZE);
    handle_write(o, found.record.author);
    front_write(o, &text);
    json_close(o, '}');
    return 0;
}

static int reply_visit(void *context, const struct store_record *r) {
    unsigned *count = context;
    *count += is_shown(r) && !record_ref(&r->record, REF_CORRECTS);
    return *count == REPLIES_MAX;
}

static int replies_write(struct phone *p, const uint8_t id[HASH_SIZE]) {
    unsigned count = 0;
    int err = store_replies(p->store, id, p->when.now, 0, reply_visit, &count);
    json_number_of(&p->out, "replies", count);
    return err < 0 ? err : 0;
}

static void forwarded_write(struct out *o, const struct text *text) {
    struct record record;
    struct text its;
    json_name(o, "forwarded");
    if (!text->forwarded) {
        json_nothing(o);
        return;
    }
    text_forwarded(text, &record, &its);
    json_open(o, '{');
    json_hex_of(o, "id", record.id, HASH_SIZE);
    handle_write(o, record.author);
    json_number_of(o, "created", record.created);
    json_name(o, "text");
    json_text(o, its.text, its.size);
    json_text_of(o, "place", its.place);
    json_number_of(o, "ground", its.ground);
    json_bool_of(o, "valid", record_verify(&record) == 0);
    json_close(o, '}');
}

static int attachment_write(struct phone *p, const struct attachment *a) {
    static const uint8_t zeros[HASH_SIZE];
    struct out *o = &p->out;
    uint64_t size_bytes = 0;
    uint32_t held = 0;
    int err = store_blob_get(p->store, a->blob, &size_bytes, &held);
    if (err && err != ERR_NOT_FOUND) return err;
    if (size_bytes != a->size_bytes) held = 0; /* its author told another size: it never becomes whole as that */
    json_open(o, '{');
    json_hex_of(o, "blob", a->blob, HASH_SIZE);
    json_number_of(o, "size", a->size_bytes);
    json_text_of(o, "media", a->media);
    json_text_of(o, "name", a->name);
    json_hex_of(o, "original", memcmp(a->original, zeros, HASH_SIZE) == 0 ? NULL : a->original, HASH_SIZE);
    json_number_of(o, "held", held);
    json_number_of(o, "chunks", blob_chunk_count(a->size_bytes));
    json_close(o, '}');
    return 0;
}

/* Who asked that it be set apart (core/freeze.h), or null. */
static void apart_write(struct phone *p, const struct record *r) {
    struct out *o = &p->out;
    struct store_apart apart;
    json_name(o, "apart");
    if (!store_is_apart(p->store, r, &apart)) {
        json_nothing(o);
        return;
    }
    json_open(o, '{');
    json_name(o, "askers");
    json_open(o, '[');
    for (unsigned i = 0; i < apart.asker_count; i++) {
        json_open(o, '{');
        handle_write(o, apart.askers[i]);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_bool_of(o, "answered", apart.answered);
    json_close(o, '}');
}

/* Have the words that count: of the correction, if there is one, in *text; what it was before is written. */
static int correction_write(struct phone *p, const struct store_record *r, struct text *text) {
    struct out *o = &p->out;
    struct store_record found;
    struct text instead;
    int corrected = message_correction(p->store, &r->record, p->when.now, p->instead, &found);
    json_name(o, "corrected");
    if (corrected <= 0 || text_decode(&instead, &found.record)) {
        json_nothing(o);
        return corrected < 0 ? corrected : 0;
    }
    json_open(o, '{');
    json_number_of(o, "created", found.record.created);
    json_name(o, "was");
    json_text(o, text->text, text->size);
    json_close(o, '}');
    correction_apply(text, &instead);
    return 0;
}

int phone_read_message(struct phone *p, const struct store_record *r) {
    struct out *o = &p->out;
    struct text text;
    const uint8_t *reply = record_ref(&r->record, REF_REPLY);
    int err = text_decode(&text, &r->record);
    if (err) return err;
    json_open(o, '{');
    json_hex_of(o, "id", r->record.id, HASH_SIZE);
    json_number_of(o, "num", (uint64_t)r->num);
    json_hex_of(o, "community", r->record.community, HASH_SIZE);
    handle_write(o, r->record.author);
    json_bool_of(o, "own", phone_group_is_own(p, &r->record));
    json_bool_of(o, "guest", text.guest);
    apart_write(p, &r->record);
    json_number_of(o, "created", r->record.created);
    json_number_of(o, "seen", r->seen);
    json_number_of(o, "urgency", r->record.urgency);
    err = correction_write(p, r, &text);
    json_name(o, "text");
    json_text(o, text.text, text.size);
    json_text_of(o, "place", text.place);
    json_number_of(o, "ground", text.ground);
    json_hex_of(o, "reply", reply, HASH_SIZE);
    if (!err) err = quote_write(p, reply);
    if (!err) err = replies_write(p, r->record.id);
    forwarded_write(o, &text);
    json_name(o, "attachments");
    json_open(o, '[');
    for (unsigned i = 0; i < text.attachment_count && !err; i++) err = attachment_write(p, &text.attachments[i]);
    json_close(o, ']');
    json_close(o, '}');
    return err;
}

/* ---- Lists ---- */

struct listing {
    struct phone *phone;
    uint32_t limit, count;
    bool more;
    bool versions; /* corrections stand by themselves, too */
    int err;
};

static int list_visit(void *context, const struct store_record *r) {
    struct listing *l = context;
    if (!is_shown(r)) return 0;
    int inside = l->versions ? 0 : message_is_inside(l->phone->store, &r->record, NULL);
    if (inside) {
        l->err = inside < 0 ? inside : 0;
        return inside < 0;
    }
    if (l->count == l->limit) {
        l->more = true;
        return 1;
    }
    l->err = phone_read_message(l->phone, r);
    l->count++;
    return l->err != 0;
}

static void listing_begin(struct listing *l, struct phone *p, uint32_t limit) {
    struct out *o = phone_begin(p);
    *l = (struct listing){.phone = p, .limit = limit > PHONE_LIST_MAX ? PHONE_LIST_MAX : limit};
    json_open(o, '{');
    json_name(o, "messages");
    json_open(o, '[');
}

static int listing_end(struct listing *l, int err) {
    struct out *o = &l->phone->out;
    json_close(o, ']');
    json_bool_of(o, "more", l->more);
    json_close(o, '}');
    if (err >= 0) err = l->err;
    if (err) out_begin(o);
    return err ? err : out_end(o);
}

int phone_list(struct phone *p, const uint8_t community[HASH_SIZE], const uint8_t *before, uint32_t limit) {
    struct store_query query = {.community = community, .now = p->when.now, .newest_first = true};
    struct store_record found;
    struct listing l;
    listing_begin(&l, p, limit);
    int err = store_freezes_refresh(p->store);
    if (!err && before) err = store_get(p->store, before, p->room, &found);
    if (!err && before) {
        query.after_id = before;
        query.after_created = found.record.created;
    }
    if (!err) err = store_list(p->store, &query, list_visit, &l);
    return listing_end(&l, err);
}

int phone_message(struct phone *p, const uint8_t id[HASH_SIZE]) {
    struct store_record found;
    struct out *o = phone_begin(p);
    int err = store_freezes_refresh(p->store);
    if (!err) err = store_get(p->store, id, p->room, &found);
    if (!err && !is_shown(&found)) err = ERR_NOT_FOUND;
    if (!err) err = phone_read_message(p, &found);
    if (err) out_begin(o);
    return err ? err : out_end(o);
}

static int last_visit(void *context, const struct store_record *r) {
    struct listing *l = context;
    int inside = is_shown(r) ? message_is_inside(l->phone->store, &r->record, NULL) : 1;
    if (inside > 0) return 0;
    l->err = inside;
    if (inside) return 1;
    l->count++;
    l->err = phone_read_message(l->phone, r);
    return 1;
}

int phone_read_last(struct phone *p, const uint8_t community[HASH_SIZE]) {
    const struct store_query query = {.community = community, .now = p->when.now, .newest_first = true};
    struct listing l = {.phone = p};
    int err = store_freezes_refresh(p->store);
    if (!err) err = store_list(p->store, &query, last_visit, &l);
    if (err < 0) return err;
    if (l.count == 0) json_nothing(&p->out);
    return l.err;
}

int phone_search(struct phone *p, const uint8_t *community, const char *query, size_t size, uint32_t limit) {
    char words[STORE_QUERY_MAX + 1];
    struct listing l;
    phone_begin(p);
    if (size > STORE_QUERY_MAX) return ERR_LIMIT;
    memcpy(words, query, size);
    words[size] = '\0'; /* a zero within ends it */
    int err = store_index(p->store, UINT32_MAX);
    if (err >= 0) err = store_freezes_refresh(p->store);
    listing_begin(&l, p, limit);
    l.versions = true; /* they may be what has the words */
    if (err >= 0) err = store_search(p->store, community, words, p->when.now, 0, list_visit, &l);
    return listing_end(&l, err);
}

int phone_blob(struct phone *p, const uint8_t blob[HASH_SIZE]) {
    struct out *o = phone_begin(p);
    uint64_t size_bytes;
    uint32_t held;
    int err = store_blob_get(p->store, blob, &size_bytes, &held);
    if (err) return err;
    uint32_t count = blob_chunk_count(size_bytes);
    if (held < count) return ERR_NOT_FOUND;
    for (uint32_t i = 0; i < count && !err; i++) {
        err = store_chunk_get(p->store, blob, i, &p->chunk);
        if (!err) out_bytes(o, p->chunk.data, p->chunk.data_size);
    }
    if (err) out_begin(o);
    return err ? err : out_end(o);
}
