/*
 * pin.c: what coordinators point out.
 */
#include "core/pin.h"

#include <string.h>

#include "core/fields.h"

enum { TAG_TYPE = 1 };

static int head_check(const struct record *r) {
    if (r->kind != KIND_PIN || r->ref_count == 0) return ERR_FIELD;
    for (unsigned i = 0; i < r->ref_count; i++)
        if (r->refs[i].type != REF_TARGET) return ERR_FIELD;
    return 0;
}

int pin_decode(const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int type = 0, got, err = head_check(r);
    const uint8_t *content = record_content(r, &size);
    if (err || !content) return err ? err : ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        if (f.tag == TAG_TYPE) {
            if (f.size != 1 || f.value[0] < PIN_SET || f.value[0] > PIN_END) return ERR_FIELD;
            type = f.value[0];
        } else if (f.tag < FIELDS_OPTIONAL) {
            return ERR_UNSUPPORTED;
        }
    }
    if (got < 0) return got;
    return type == 0 || (type == PIN_SET && r->ref_count != 1) ? ERR_FIELD : type;
}

int pin_check(const struct record *r) {
    int type = r->body ? pin_decode(r) : head_check(r);
    return type < 0 ? type : 0;
}

int pin_make(struct author *a, enum pin_type type, const uint8_t *targets, size_t count, uint64_t created,
             const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    struct record_ref refs[RECORD_REFS_MAX];
    const uint8_t content[] = {TAG_TYPE, 1, (uint8_t)type};
    if (count == 0 || count > RECORD_REFS_MAX || (type == PIN_SET && count != 1)) return ERR_FIELD;
    for (size_t i = 0; i < count; i++) {
        refs[i].type = REF_TARGET;
        memcpy(refs[i].id, targets + i * HASH_SIZE, HASH_SIZE);
    }
    const struct author_other other = {.kind = KIND_PIN,
                                       .refs = refs,
                                       .ref_count = (unsigned)count,
                                       .urgency = URGENCY_IMPORTANT,
                                       .content = content,
                                       .content_size = sizeof content};
    return author_other(a, &other, created, salt, room, out);
}
