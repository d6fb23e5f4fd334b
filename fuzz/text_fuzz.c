/*
 * Fuzz the body of a text message: the first byte gives the number of blob references, the rest is the content. What is
 * accepted can be written anew and reads the same; if it holds only fields that this version knows, and no empty text,
 * it is written as the same bytes.
 */
#include <string.h>

#include "core/check.h"
#include "core/fields.h"
#include "core/text.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_plain(const uint8_t *content, size_t size) {
    struct reader in;
    struct field f = {0};
    int got;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0)
        if (f.tag > 3 || (f.tag == 1 && f.size == 0)) return false;
    CHECK(got == 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t body[RECORD_SIZE_MAX], again[RECORD_SIZE_MAX];
    struct record record = {.form = RECORD_FORM_PLAIN, .kind = KIND_TEXT, .body = body};
    struct text text, read;
    if (size == 0 || size - 1 > RECORD_BODY_MAX - RECORD_SALT_SIZE) return 0;
    record.ref_count = data[0] % (RECORD_REFS_MAX + 1);
    for (unsigned i = 0; i < record.ref_count; i++) {
        record.refs[i].type = i == 9 ? REF_REPLY : REF_BLOB;
        memset(record.refs[i].id, (int)i, HASH_SIZE);
    }
    memcpy(body + RECORD_SALT_SIZE, data + 1, size - 1);
    record.body_size = RECORD_SALT_SIZE + size - 1;
    if (text_decode(&text, &record) != 0) return 0;
    CHECK(text.size == 0 || utf8_is_text((const uint8_t *)text.text, text.size, true));
    CHECK(text.size > 0 || text.attachment_count > 0 || text.forwarded);
    int body_size = text_body(&text, body, again, sizeof again);
    CHECK(body_size > 0);
    if (is_plain(data + 1, size - 1))
        CHECK((size_t)body_size == record.body_size && memcmp(again, body, record.body_size) == 0);
    record.body = again;
    record.body_size = (size_t)body_size;
    CHECK(text_decode(&read, &record) == 0);
    CHECK(read.size == text.size && (text.size == 0 || memcmp(read.text, text.text, text.size) == 0));
    CHECK(read.guest == text.guest && read.attachment_count == text.attachment_count);
    CHECK(strcmp(read.place, text.place) == 0 && read.ground == text.ground);
    CHECK(read.forwarded_size == text.forwarded_size);
    CHECK(memcmp(read.attachments, text.attachments, sizeof read.attachments) == 0);
    return 0;
}
