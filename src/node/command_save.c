/*
 * command_save.c: write a file that came with a message, chunk by chunk, each checked against the file's id once more.
 */
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/text.h"
#include "host/file.h"
#include "node/command.h"
#include "node/lookup.h"
#include "node/original.h"
#include "node/render.h"

/* Find the attachment that is meant: the only one, or number `wanted` (from 1). Return 0, or an error that was said. */
static int attachment_find(const struct command_call *call, uint64_t wanted, struct attachment *out) {
    uint8_t id[HASH_SIZE], *room = malloc(RECORD_SIZE_MAX);
    struct store_record found;
    struct text text = {0};
    int err = room ? lookup_record(call, command_argument(call, 0), id) : ERR_MEMORY;
    if (!err) {
        home_enter(call->home);
        err = store_get(call->home->store, id, room, &found);
        home_leave(call->home);
        if (err)
            (void)command_failed(call, err);
        else if (found.record.kind == KIND_TEXT && found.record.body && !found.retracted)
            err = text_decode(&text, &found.record);
    }
    free(room);
    if (err) return err;
    if (text.attachment_count == 0) {
        output_say(call->out, "no file came with this message");
        return ERR_NOT_FOUND;
    }
    if (wanted > text.attachment_count || (wanted == 0 && text.attachment_count > 1)) {
        output_say(call->out, "%u files came with this message: say which one with --number", text.attachment_count);
        return ERR_AMBIGUOUS;
    }
    *out = text.attachments[wanted > 0 ? wanted - 1 : 0];
    return 0;
}

static int chunks_write(const struct command_call *call, const struct attachment *a, int fd) {
    struct store_chunk *chunk = malloc(sizeof *chunk);
    uint32_t count = blob_chunk_count(a->size_bytes);
    int err = chunk ? 0 : ERR_MEMORY;
    for (uint32_t i = 0; i < count && !err; i++) {
        home_enter(call->home);
        err = store_chunk_get(call->home->store, a->blob, i, chunk);
        home_leave(call->home);
        if (!err)
            err = blob_check(a->blob, a->size_bytes, i, chunk->proof, chunk->proof_size, chunk->data, chunk->data_size);
        if (!err) err = file_write(fd, chunk->data, chunk->data_size);
        if (!err && output_progress(call->out, (uint64_t)i * BLOB_CHUNK_SIZE, a->size_bytes)) err = ERR_INTERRUPTED;
    }
    free(chunk);
    return err;
}

/* Write what a file was made from, if that is here. */
static int original_save(const struct command_call *call, const struct attachment *a) {
    static const uint8_t none[HASH_SIZE];
    char size[RENDER_SIZE_SIZE], file[RENDER_TITLE_SIZE], hash[HEX_SIZE];
    uint64_t size_bytes = 0;
    int err = memcmp(a->original, none, HASH_SIZE) == 0
                  ? ERR_NOT_FOUND
                  : original_write(call->home, a->original, call->req->files[0], &size_bytes);
    render_safe(file, sizeof file, command_argument(call, 1));
    if (err == ERR_NOT_FOUND) {
        output_say(call->out, "the original of this file is not here: it stays with who sent it, if they kept it");
        return COMMAND_FAILED;
    }
    if (err == ERR_FULL) {
        output_say(call->out, "%s: %s", file, output_text(call->out, err_text(err)));
        return COMMAND_FAILED;
    }
    if (err) return command_failed(call, err);
    command_hex(hash, a->original, HASH_SIZE);
    render_size(size, size_bytes);
    output_json(call->out, json_pack("{s:s,s:I}", "original", hash, "bytes", (json_int_t)size_bytes));
    output_print(call->out, "%s: %s\n", file, size);
    return COMMAND_DONE;
}

int command_save(const struct command_call *call) {
    struct attachment a;
    char size[RENDER_SIZE_SIZE], file[RENDER_TITLE_SIZE], name[RENDER_TITLE_SIZE];
    uint64_t size_bytes;
    uint32_t held = 0;
    if (call->req->file_count != 1 || attachment_find(call, request_number(call->req, "number", 0), &a))
        return COMMAND_FAILED;
    if (request_option(call->req, "original")) return original_save(call, &a);
    home_enter(call->home);
    int err = store_blob_get(call->home->store, a.blob, &size_bytes, &held);
    home_leave(call->home);
    if (err == ERR_NOT_FOUND || (!err && held < blob_chunk_count(a.size_bytes))) {
        output_say(call->out, "only %u of %u parts of this file have arrived; nothing was saved", held,
                   blob_chunk_count(a.size_bytes));
        return COMMAND_FAILED;
    }
    if (!err) err = chunks_write(call, &a, call->req->files[0]);
    render_safe(file, sizeof file, command_argument(call, 1));
    render_safe(name, sizeof name, a.name);
    if (err == ERR_FULL || err == ERR_INTERRUPTED) {
        output_say(call->out, "%s: %s", file, output_text(call->out, err_text(err)));
        return COMMAND_FAILED;
    }
    if (err) return command_failed(call, err);
    render_size(size, a.size_bytes);
    output_json(call->out,
                json_pack("{s:s,s:s,s:I}", "name", a.name, "media", a.media, "bytes", (json_int_t)a.size_bytes));
    output_print(call->out, "%s: %s, %s\n", file, name, size);
    return COMMAND_DONE;
}
