/*
 * import_batch.c: parse and sign.
 */
#include "node/import_batch.h"

#include <jansson.h>
#include <string.h>

#include "core/check.h"
#include "core/when.h"
#include "node/lookup.h"
#include "node/render.h"

void import_batch_clear(struct import_batch *b) {
    b->count = b->error_count = b->signed_count = 0;
    b->waiting = b->bytes = 0;
    b->err = 0;
    b->last = b->stale = false;
    b->text_size = 0;
}

bool import_batch_is_full(const struct import_batch *b) {
    return b->count == IMPORT_BATCH_RECORDS || b->error_count == IMPORT_BATCH_ERRORS - IMPORT_BATCH_RECORDS / 2 ||
           b->text_size >= IMPORT_BATCH_TEXT;
}

void import_batch_refuse(struct import_batch *b, uint64_t line, int err, const char *words) {
    CHECK(b->error_count < IMPORT_BATCH_ERRORS);
    b->errors[b->error_count++] = (struct import_error){.line = line, .err = err, .words = words};
}

static const char *urgency_read(struct import_item *item, const json_t *value) {
    int urgency = json_is_string(value) ? render_urgency_parse(json_string_value(value)) : -1;
    if (urgency < 0) return "\"urgency\" is one of bulk, normal, important, urgent";
    item->urgency = (uint8_t)urgency;
    return NULL;
}

static const char *reply_read(struct import_item *item, const json_t *value) {
    if (!json_is_string(value) || lookup_hex(json_string_value(value), item->reply) != 2 * HASH_SIZE)
        return "\"reply\" is the id of a message, 64 hex digits";
    item->has_reply = true;
    return NULL;
}

/* Read the fields of a line's object. Return NULL, or what is wrong. */
static const char *fields_read(struct import_item *item, const json_t *object) {
    const char *wrong = NULL;
    const json_t *created = json_object_get(object, "created"), *urgency = json_object_get(object, "urgency"),
                 *reply = json_object_get(object, "reply");
    item->urgency = URGENCY_NORMAL;
    if (!json_is_string(json_object_get(object, "text"))) return "\"text\" is missing, or is no string";
    if (created) {
        json_int_t seconds = json_is_integer(created) ? json_integer_value(created) : -1;
        if (seconds < 1 || seconds > TIME_MAX) return "\"created\" is a whole number of seconds of Unix time";
        item->created = (uint64_t)seconds;
    }
    if (urgency) wrong = urgency_read(item, urgency);
    if (!wrong && reply) wrong = reply_read(item, reply);
    return wrong;
}

void import_batch_add(struct import_batch *b, uint64_t line, const char *text, size_t size) {
    struct import_item *item = &b->items[b->count];
    CHECK(!import_batch_is_full(b));
    memset(item, 0, sizeof *item);
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const char *wrong = json_is_object(object) ? fields_read(item, object) : "this is no JSON object";
    if (wrong) {
        import_batch_refuse(b, line, ERR_FIELD, wrong);
    } else {
        const json_t *string = json_object_get(object, "text");
        size_t length = json_string_length(string);
        if (length == 0) {
            import_batch_refuse(b, line, ERR_FIELD, "the text is empty");
        } else if (length > RECORD_BODY_MAX) {
            import_batch_refuse(b, line, ERR_LIMIT,
                                "a message has at most 32768 bytes, its signature and the rest included");
        } else {
            item->line = line;
            item->at = b->text_size;
            item->size = length;
            memcpy(b->text + b->text_size, json_string_value(string), length);
            b->text_size += length;
            b->count++;
        }
    }
    json_decref(object);
}

void import_batch_sign(struct import_batch *b, struct composer *c, uint64_t now) {
    uint32_t kept = 0;
    size_t at = 0;
    b->waiting = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const struct import_item *item = &b->items[i];
        struct composed *out = &b->composed[kept];
        const struct compose_text in = {.text = b->text + item->at,
                                        .size = item->size,
                                        .urgency = (enum urgency)item->urgency,
                                        .created = item->created,
                                        .reply = item->has_reply ? item->reply : NULL};
        CHECK(at + RECORD_SIZE_MAX <= sizeof b->room);
        int size = compose_sign(c, &in, now, b->room + at, &out->record);
        if (size < 0) {
            import_batch_refuse(
                b, item->line, size,
                size == ERR_LIMIT ? "a message has at most 32768 bytes, its signature and the rest included" : NULL);
            continue;
        }
        out->bytes = b->room + at;
        out->size = (size_t)size;
        at += (size_t)size;
        b->waiting += when_is_ahead(out->record.created, now);
        b->items[kept++] = *item;
    }
    b->count = b->signed_count = kept;
    b->stale = false;
}
