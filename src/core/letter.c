/*
 * letter.c: a letter to one member.
 */
#include "core/letter.h"

#include <string.h>

#include "core/fields.h"
#include "core/utf8.h"

enum { TAG_TO = 1, TAG_TEXT };

/* What else stands beside the text: salt, both fields' heads, the recipient, one reference, the signature. */
_Static_assert(LETTER_TEXT_MAX + RECORD_SALT_SIZE + 2 + KEY_SIZE + 4 + RECORD_HEADER_MAX -
                       (RECORD_REFS_MAX - 1) * RECORD_REF_SIZE + SIGNATURE_SIZE <=
                   SHELF_RECORD_MAX - KEY_SIZE - BOX_OVERHEAD,
               "the longest letter fits a letter box on a shelf");

static int text_is_valid(const char *text, size_t size) {
    if (size == 0) return ERR_FIELD;
    if (size > LETTER_TEXT_MAX) return ERR_LIMIT;
    return utf8_is_text((const uint8_t *)text, size, true) ? 0 : ERR_TEXT;
}

static int head_check(const struct record *r) {
    if (r->kind != KIND_LETTER || r->ref_count > 1) return ERR_FIELD;
    return r->ref_count == 0 || r->refs[0].type == REF_REPLY ? 0 : ERR_FIELD;
}

int letter_decode(struct letter *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    bool has_to = false;
    int got, err = head_check(r);
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (err || !content) return err ? err : ERR_FIELD;
    out->reply = record_ref(r, REF_REPLY);
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        switch (f.tag) {
        case TAG_TO:
            if (f.size != KEY_SIZE) return ERR_FIELD;
            memcpy(out->to, f.value, KEY_SIZE);
            has_to = true;
            break;
        case TAG_TEXT:
            out->text = (const char *)f.value;
            out->size = f.size;
            err = text_is_valid(out->text, f.size);
            if (err) return err;
            break;
        default:
            if (f.tag < FIELDS_OPTIONAL) return ERR_UNSUPPORTED;
        }
    }
    if (got < 0) return got;
    return has_to && out->text && memcmp(out->to, r->author, KEY_SIZE) != 0 ? 0 : ERR_FIELD;
}

int letter_check(const struct record *r) {
    struct letter letter;
    return r->body ? letter_decode(&letter, r) : head_check(r);
}

int letter_make(struct author *a, const struct letter *letter, uint64_t created, const uint8_t salt[RECORD_SALT_SIZE],
                uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[2 + KEY_SIZE + 4 + LETTER_TEXT_MAX];
    struct record_ref reply = {.type = REF_REPLY};
    struct writer w;
    if (a->charter->access == CHARTER_OPEN) return ERR_CHARTER;
    if (memcmp(letter->to, a->member.key, KEY_SIZE) == 0) return ERR_FIELD;
    int err = text_is_valid(letter->text, letter->size);
    if (err) return err;
    if (letter->reply) memcpy(reply.id, letter->reply, HASH_SIZE);
    writer_init(&w, content, sizeof content);
    fields_put(&w, TAG_TO, letter->to, KEY_SIZE);
    fields_put(&w, TAG_TEXT, (const uint8_t *)letter->text, letter->size);
    if (w.err) return w.err;
    struct author_other other = {.kind = KIND_LETTER,
                                 .refs = &reply,
                                 .ref_count = letter->reply != NULL,
                                 .urgency = URGENCY_NORMAL,
                                 .content = content,
                                 .content_size = w.at};
    const uint64_t next = a->next;
    uint8_t last[HASH_SIZE];
    memcpy(last, a->last, HASH_SIZE);
    int size = author_other(a, &other, created, salt, room, out);
    a->next = next;
    memcpy(a->last, last, HASH_SIZE);
    return size;
}
