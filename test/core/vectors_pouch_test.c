/*
 * Blobs and the frames of a pouch against the known answers of test/vectors: trees, every proof, frames of records and
 * of chunks both ways, and what a reader refuses, by exactly that error. Whole files with damage between frames go
 * through the scanner that `pouch open` uses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carrier/pouch_scan.h"
#include "core/blob.h"
#include "core/pouch.h"
#include "test/core/vectors_util.h"

#define RECORDS_MAX 64
static uint8_t rooms[RECORDS_MAX][POUCH_ROOM];
static struct record records[RECORDS_MAX];
static uint8_t plain_room[POUCH_SECTION_MAX], raw_room[POUCH_SECTION_MAX];
static struct pouch_records it;

/* ---- Blobs ---- */

static struct vec join(const json_t *list) {
    struct vec out = {0};
    uint8_t all[BLOB_PROOF_MAX + HASH_SIZE];
    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct vec part = vec_bytes_of(json_array_get(list, i));
        assert_true(out.size + part.size <= sizeof all);
        memcpy(all + out.size, part.data, part.size);
        out.size += part.size;
    }
    return vec_copy(all, out.size);
}

static void expect_blob(const json_t *v) {
    char name[64];
    const struct vec data = vec_bytes(v, "data"), id = vec_bytes(v, "id"), root = vec_bytes(v, "root");
    const json_t *leaves = vec_array(v, "leaves"), *proofs = vec_array(v, "proofs");
    const uint64_t size = (uint64_t)vec_int(v, "size");
    (void)snprintf(name, sizeof name, "blob of %zu bytes", data.size);
    const uint32_t count = blob_chunk_count(size);
    if (!vec_expect_int(count, (int64_t)json_array_size(leaves), name, "chunks")) return;
    uint8_t(*nodes)[HASH_SIZE] = calloc(blob_tree_size(count), HASH_SIZE);
    assert_non_null(nodes);
    for (uint32_t i = 0; i < count; i++) {
        blob_leaf(nodes[i], data.data + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(size, i));
        vec_expect_bytes(nodes[i], HASH_SIZE, vec_bytes_of(json_array_get(leaves, i)), name, "leaf");
    }
    uint8_t own_id[HASH_SIZE], own_proof[BLOB_PROOF_MAX];
    blob_tree(own_id, nodes, count, size);
    vec_expect_bytes(own_id, HASH_SIZE, id, name, "id");
    vec_expect_bytes(nodes[blob_tree_size(count) - 1], HASH_SIZE, root, name, "root");
    for (uint32_t i = 0; i < count; i++) {
        const struct vec proof = join(json_array_get(proofs, i));
        const struct vec chunk = vec_copy(data.data + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(size, i));
        const unsigned length = blob_proof(own_proof, nodes, count, i);
        vec_expect_bytes(own_proof, (size_t)length * HASH_SIZE, proof, name, "proof");
        vec_expect_int(blob_proof_length(count, i), length, name, "proof's length");
        vec_expect_err(blob_check(id.data, size, i, proof.data, proof.size, chunk.data, chunk.size), NULL, name,
                       "blob_check");
    }
    free(nodes);
}

static void test_blobs(void **state) {
    (void)state;
    const json_t *all = vec_load("blob"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "positive"), i, v) expect_blob(v);
    json_array_foreach(vec_array(all, "negative"), i, v) {
        const struct vec chunk = vec_bytes(v, "bytes"), proof = join(vec_array(v, "proof"));
        const int err = blob_check(vec_bytes(v, "id").data, (uint64_t)vec_int(v, "size"), (uint32_t)vec_int(v, "index"),
                                   proof.data, proof.size, chunk.data, chunk.size);
        vec_expect_err(err, vec_text(v, "error"), vec_text(v, "name"), "blob_check");
    }
    vec_done(150);
}

/* ---- Frames ---- */

/* Read the frame at the front of bytes: its header, whether all of it is there, its check. */
static int frame_read(struct pouch_frame *frame, struct vec bytes) {
    if (bytes.size < POUCH_HEADER_SIZE) return ERR_TRUNCATED;
    const int err = pouch_frame_decode(frame, bytes.data);
    if (err) return err;
    if (bytes.size - POUCH_HEADER_SIZE < (size_t)frame->packed_size + frame->raw_size) return ERR_TRUNCATED;
    return pouch_frame_check(bytes.data, frame, bytes.data + POUCH_HEADER_SIZE);
}

/* The sections of a stored frame, copied so that each ends where its memory ends. */
static bool sections_read(struct vec *plain, struct vec *raw, const json_t *v) {
    struct pouch_frame frame;
    const struct vec bytes = vec_bytes(v, "frame");
    if (!vec_expect_err(frame_read(&frame, bytes), NULL, vec_text(v, "name"), "frame")) return false;
    assert_int_equal(frame.codec, POUCH_STORED);
    *plain = vec_copy(bytes.data + POUCH_HEADER_SIZE, frame.packed_size);
    *raw = vec_copy(bytes.data + POUCH_HEADER_SIZE + frame.packed_size, frame.raw_size);
    return true;
}

static void expect_frame_written(const json_t *v, uint8_t type, struct vec plain, struct vec raw) {
    const struct vec wanted = vec_bytes(v, "frame");
    const struct pouch_frame frame = {.type = type,
                                      .codec = POUCH_STORED,
                                      .packed_size = (uint32_t)plain.size,
                                      .plain_size = (uint32_t)plain.size,
                                      .raw_size = (uint32_t)raw.size};
    uint8_t header[POUCH_HEADER_SIZE];
    pouch_frame_encode(header, &frame, wanted.data + POUCH_HEADER_SIZE);
    vec_expect_bytes(header, sizeof header, (struct vec){wanted.data, POUCH_HEADER_SIZE}, vec_text(v, "name"),
                     "frame's header");
}

/* Write the frame anew from its charters and the records that were read. */
static void expect_records_written(const json_t *v, size_t count, struct vec plain, struct vec raw) {
    const char *name = vec_text(v, "name");
    const json_t *charters = vec_array(v, "charters");
    struct pouch_community communities[POUCH_FRAME_COMMUNITIES_MAX];
    struct writer plain_out, raw_out;
    for (size_t i = 0; i < json_array_size(charters); i++) {
        const struct vec compact = vec_bytes(json_array_get(charters, i), "compact");
        communities[i] = (struct pouch_community){compact.data, compact.size, &it.charters[i]};
    }
    writer_init(&plain_out, plain_room, sizeof plain_room);
    writer_init(&raw_out, raw_room, sizeof raw_room);
    if (!vec_expect_err(
            pouch_records_encode(communities, json_array_size(charters), records, count, &plain_out, &raw_out), NULL,
            name, "pouch_records_encode"))
        return;
    vec_expect_bytes(plain_room, plain_out.at, plain, name, "plain");
    vec_expect_bytes(raw_room, raw_out.at, raw, name, "raw");
}

static void expect_records(const json_t *v) {
    const char *name = vec_text(v, "name");
    const json_t *wanted = vec_array(v, "records"), *charters = vec_array(v, "charters");
    struct vec plain, raw;
    bool all_good = true;
    if (!sections_read(&plain, &raw, v)) return;
    vec_expect_bytes(plain.data, plain.size, vec_bytes(v, "plain"), name, "plain section");
    vec_expect_bytes(raw.data, raw.size, vec_bytes(v, "raw"), name, "raw section");
    expect_frame_written(v, POUCH_RECORDS, plain, raw);
    if (!vec_expect_err(pouch_records_begin(&it, plain.data, plain.size, raw.data, raw.size), NULL, name,
                        "pouch_records_begin"))
        return;
    vec_expect_int(it.community_count, (int64_t)json_array_size(charters), name, "charters");
    for (size_t i = 0; i < json_array_size(charters); i++)
        vec_expect_err(it.community_err[i], vec_text_or_null(json_array_get(charters, i), "error"), name, "charter");
    assert_true(json_array_size(wanted) <= RECORDS_MAX);
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *w = json_array_get(wanted, i);
        int refused;
        const int size = pouch_records_next(&it, rooms[i], &records[i], &refused);
        const char *error = vec_text_or_null(w, "error");
        if (!vec_expect_err(refused, error, name, "refused")) return;
        if (error != NULL) {
            all_good = false;
            continue;
        }
        if (!vec_expect_err(size, NULL, name, "pouch_records_next")) return;
        vec_expect_bytes(rooms[i], (size_t)size, vec_bytes(w, "bytes"), name, "record");
        vec_expect_bytes(records[i].id, HASH_SIZE, vec_bytes(w, "id"), name, "record's id");
        vec_expect((records[i].body == NULL) == vec_is_stub(w), name, "stub");
        vec_expect_err(record_verify(&records[i]), NULL, name, "record_verify");
    }
    uint8_t *spare = malloc(POUCH_ROOM);
    struct record none;
    int refused;
    assert_non_null(spare);
    vec_expect_int(pouch_records_next(&it, spare, &none, &refused), 0, name, "the end");
    free(spare);
    if (all_good && vec_bool(v, "shortest")) expect_records_written(v, json_array_size(wanted), plain, raw);
}

static void test_record_frames(void **state) {
    (void)state;
    const json_t *all = vec_load("pouch"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "records"), i, v) expect_records(v);
    vec_done(200);
}

/* A bad frame ends with its error after the records before the fault. */
static void test_record_frames_refused(void **state) {
    (void)state;
    const json_t *all = vec_load("pouch"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "record_negative"), i, v) {
        struct vec plain, raw;
        int64_t before = 0;
        int refused = 0;
        if (!sections_read(&plain, &raw, v)) continue;
        int err = pouch_records_begin(&it, plain.data, plain.size, raw.data, raw.size);
        while (!err) {
            const int size = pouch_records_next(&it, rooms[0], &records[0], &refused);
            if (size <= 0) {
                err = size;
                break;
            }
            before++;
        }
        vec_expect_err(err, vec_text(v, "error"), vec_text(v, "name"), "records of a frame");
        vec_expect_int(before, vec_int(v, "records_before"), vec_text(v, "name"), "records before the error");
    }
    vec_done(100);
}

static void expect_chunk(const json_t *v) {
    const char *name = vec_text(v, "name");
    struct vec plain, raw;
    struct pouch_chunk chunk;
    struct writer plain_out, raw_out;
    if (!sections_read(&plain, &raw, v)) return;
    expect_frame_written(v, POUCH_CHUNK, plain, raw);
    if (!vec_expect_err(pouch_chunk_decode(&chunk, plain.data, plain.size, raw.data, raw.size), NULL, name,
                        "pouch_chunk_decode"))
        return;
    vec_expect_bytes(chunk.blob, HASH_SIZE, vec_bytes(v, "id"), name, "blob");
    vec_expect_int((int64_t)chunk.size_bytes, vec_int(v, "size"), name, "size");
    vec_expect_int(chunk.index, vec_int(v, "index"), name, "index");
    vec_expect_bytes(chunk.proof, chunk.proof_size, join(vec_array(v, "proof")), name, "proof");
    vec_expect_bytes(chunk.data, chunk.data_size, vec_bytes(v, "chunk"), name, "chunk");
    writer_init(&plain_out, plain_room, sizeof plain_room);
    writer_init(&raw_out, raw_room, sizeof raw_room);
    if (!vec_expect_err(pouch_chunk_encode(&chunk, &plain_out, &raw_out), NULL, name, "pouch_chunk_encode")) return;
    vec_expect_bytes(plain_room, plain_out.at, plain, name, "plain");
    vec_expect_bytes(raw_room, raw_out.at, raw, name, "raw");
}

static void test_chunk_frames(void **state) {
    (void)state;
    const json_t *all = vec_load("pouch"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "chunks"), i, v) expect_chunk(v);
    json_array_foreach(vec_array(all, "chunk_negative"), i, v) {
        struct vec plain, raw;
        struct pouch_chunk chunk;
        if (sections_read(&plain, &raw, v))
            vec_expect_err(pouch_chunk_decode(&chunk, plain.data, plain.size, raw.data, raw.size), vec_text(v, "error"),
                           vec_text(v, "name"), "chunk");
    }
    vec_done(50);
}

static void test_damaged_frames(void **state) {
    (void)state;
    const json_t *all = vec_load("pouch"), *v;
    size_t i;
    struct pouch_frame frame;
    json_array_foreach(vec_array(all, "frame_negative"), i, v) {
        const struct vec bytes = vec_bytes(v, "bytes");
        const char *name = vec_text(v, "name"), *error = vec_text(v, "error");
        if (!vec_bool(v, "every_prefix")) vec_expect_err(frame_read(&frame, bytes), error, name, "frame");
        for (size_t size = 0; vec_bool(v, "every_prefix") && size < bytes.size; size++)
            vec_expect_err(frame_read(&frame, vec_copy(bytes.data, size)), error, name, "a beginning of it");
    }
    vec_done(300);
}

/* ---- Files ---- */

static void expect_file(const json_t *v, int fd) {
    const char *name = vec_text(v, "name");
    const json_t *frames = vec_array(v, "frames");
    struct pouch_frame frame;
    const uint8_t *sections;
    size_t found = 0;
    int err = 0;
    struct pouch_source source;
    assert_int_equal(pouch_source_file(&source, &fd), 0);
    struct pouch_scan *scan = pouch_scan_new(&source, &err);
    assert_non_null(scan);
    for (int got; (got = pouch_scan_next(scan, &frame, &sections)) > 0; found++) {
        const json_t *wanted = json_array_get(frames, found);
        if (!vec_expect(wanted != NULL, name, "more frames than there are")) break;
        vec_expect_int(frame.type, vec_int(wanted, "type"), name, "type");
        vec_expect_int(frame.codec, vec_int(wanted, "codec"), name, "codec");
        const int64_t size = POUCH_HEADER_SIZE + (int64_t)frame.packed_size + frame.raw_size;
        vec_expect_int(size, vec_int(wanted, "size"), name, "size");
        const json_t *ids = vec_array(wanted, "ids");
        if (json_array_size(ids) == 0) continue;
        const struct vec plain = vec_copy(sections, frame.packed_size),
                         raw = vec_copy(sections + frame.packed_size, frame.raw_size);
        vec_expect_err(pouch_records_begin(&it, plain.data, plain.size, raw.data, raw.size), NULL, name, "records");
        for (size_t i = 0; i < json_array_size(ids); i++) {
            int refused;
            vec_expect_err(pouch_records_next(&it, rooms[0], &records[0], &refused), NULL, name, "record");
            vec_expect_bytes(records[0].id, HASH_SIZE, vec_bytes_of(json_array_get(ids, i)), name, "id");
        }
    }
    vec_expect_int((int64_t)found, (int64_t)json_array_size(frames), name, "frames found");
    pouch_scan_free(scan);
}

static void test_files(void **state) {
    (void)state;
    const json_t *all = vec_load("pouch"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "files"), i, v) {
        const struct vec bytes = vec_bytes(v, "bytes");
        FILE *file = tmpfile();
        assert_non_null(file);
        assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
        assert_int_equal(fflush(file), 0);
        expect_file(v, fileno(file));
        (void)fclose(file);
    }
    vec_done(80);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blobs),
        cmocka_unit_test(test_record_frames),
        cmocka_unit_test(test_record_frames_refused),
        cmocka_unit_test(test_chunk_frames),
        cmocka_unit_test(test_damaged_frames),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
