/*
 * correction.c: which words of a message count.
 */
#include "view/correction.h"

#include <string.h>

bool correction_counts(const struct record *first, const struct record *c) {
    const uint8_t *id = record_ref(c, REF_CORRECTS);
    return id && memcmp(id, first->id, HASH_SIZE) == 0 && c->kind == KIND_TEXT && first->kind == KIND_TEXT &&
           !record_ref(first, REF_CORRECTS) && memcmp(c->author, first->author, KEY_SIZE) == 0 &&
           memcmp(c->community, first->community, HASH_SIZE) == 0;
}

bool correction_is_before(const struct record *a, const struct record *b) {
    return a->seq != b->seq ? a->seq < b->seq : memcmp(a->id, b->id, HASH_SIZE) > 0;
}

static bool has_file(const struct text *text, const uint8_t blob[HASH_SIZE]) {
    for (unsigned i = 0; i < text->attachment_count; i++)
        if (memcmp(text->attachments[i].blob, blob, HASH_SIZE) == 0) return true;
    return false;
}

void correction_apply(struct text *first, const struct text *correction) {
    first->text = correction->text;
    first->size = correction->size;
    memcpy(first->place, correction->place, sizeof first->place);
    first->ground = correction->ground;
    for (unsigned i = 0; i < correction->attachment_count; i++)
        if (first->attachment_count < TEXT_ATTACHMENTS_MAX && !has_file(first, correction->attachments[i].blob))
            first->attachments[first->attachment_count++] = correction->attachments[i];
}
