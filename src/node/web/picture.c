/*
 * Serving attachments chunk by chunk from the store, verified when they came in.
 */
#include "node/web/picture.h"

#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "node/web/answer.h"
#include "node/web/route.h"

const char *picture_type(const uint8_t *data, size_t size) {
    if (size >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0) return "image/png";
    if (size >= 3 && memcmp(data, "\xff\xd8\xff", 3) == 0) return "image/jpeg";
    if (size >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0) return "image/webp";
    if (size >= 6 && (memcmp(data, "GIF87a", 6) == 0 || memcmp(data, "GIF89a", 6) == 0)) return "image/gif";
    return NULL;
}

enum picture_state picture_state_of(struct request *r, const struct attachment *a) {
    struct store *store = web_home(r->web)->store;
    uint64_t size = 0;
    uint32_t held = 0;
    if (store_blob_get(store, a->blob, &size, &held) < 0 || size != a->size_bytes || held < blob_chunk_count(size))
        return PICTURE_ABSENT;
    if (size > PICTURE_SHOWN_MAX) return PICTURE_FILE;
    struct store_chunk *chunk = malloc(sizeof *chunk);
    enum picture_state state = PICTURE_FILE;
    if (chunk != NULL && store_chunk_get(store, a->blob, 0, chunk) >= 0 &&
        picture_type(chunk->data, chunk->data_size) != NULL) {
        state = PICTURE_SHOWN;
    }
    free(chunk);
    return state;
}

struct stream {
    struct home *home;
    uint8_t blob[HASH_SIZE];
    uint64_t size;
    struct store_chunk chunk;
    int64_t index; /* of the chunk; -1 before the first */
};

static ssize_t stream_read(void *context, uint64_t at, char *out, size_t max) {
    struct stream *s = context;
    if (at >= s->size) return MHD_CONTENT_READER_END_OF_STREAM;
    int64_t index = (int64_t)(at / BLOB_CHUNK_SIZE);
    size_t offset = (size_t)(at % BLOB_CHUNK_SIZE);
    if (index != s->index) {
        home_enter(s->home);
        int err = store_chunk_get(s->home->store, s->blob, (uint32_t)index, &s->chunk);
        home_leave(s->home);
        if (err < 0) return MHD_CONTENT_READER_END_WITH_ERROR; /* dropped meanwhile */
        s->index = index;
    }
    if (offset >= s->chunk.data_size) return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t size = s->chunk.data_size - offset;
    if (size > max) size = max;
    memcpy(out, s->chunk.data + offset, size);
    return (ssize_t)size;
}

/* Find the attachment of this blob in a message that may be shown. */
static int attachment_find(struct request *r, struct attachment *out) {
    struct store *store = web_home(r->web)->store;
    struct store_record record;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct text *text = malloc(sizeof *text);
    struct store_community *group = malloc(sizeof *group);
    int err = room != NULL && text != NULL && group != NULL ? store_get(store, r->ids[1], room, &record) : ERR_MEMORY;
    if (err >= 0 && (record.retracted || record.record.body == NULL || record.record.kind != KIND_TEXT))
        err = ERR_NOT_FOUND;
    if (err >= 0 && when_is_ahead(record.record.created, r->when.now)) err = ERR_NOT_FOUND;
    if (err >= 0) err = request_community(r, record.record.community, group);
    if (err >= 0) err = text_decode(text, &record.record);
    if (err >= 0) {
        err = ERR_NOT_FOUND;
        for (size_t i = 0; i < text->attachment_count; i++) {
            if (memcmp(text->attachments[i].blob, r->ids[0], HASH_SIZE) != 0) continue;
            *out = text->attachments[i];
            err = 0;
            break;
        }
    }
    free(group);
    free(text);
    free(room);
    return err;
}

enum MHD_Result page_blob(struct request *r) {
    struct attachment attachment;
    int err = attachment_find(r, &attachment);
    if (err < 0) return answer_error(r, err);
    enum picture_state state = picture_state_of(r, &attachment);
    if (state == PICTURE_ABSENT) return answer_error(r, ERR_NOT_FOUND);
    struct stream *s = calloc(1, sizeof *s);
    if (s == NULL) return answer_error(r, ERR_MEMORY);
    s->home = web_home(r->web);
    memcpy(s->blob, attachment.blob, HASH_SIZE);
    s->size = attachment.size_bytes;
    s->index = -1;
    const char *type = "application/octet-stream";
    if (state == PICTURE_SHOWN && store_chunk_get(s->home->store, s->blob, 0, &s->chunk) >= 0) {
        s->index = 0;
        const char *found = picture_type(s->chunk.data, s->chunk.data_size);
        if (found != NULL) type = found;
    }
    struct MHD_Response *response = MHD_create_response_from_callback(s->size, BLOB_CHUNK_SIZE, stream_read, s, free);
    if (response == NULL) {
        free(s);
        return answer_error(r, ERR_MEMORY);
    }
    return answer_file(r, response, attachment.size_bytes, type, attachment.name, state == PICTURE_SHOWN);
}
