/*
 * Pouches as files. Shows that what was packed comes out complete; that a cut or damaged file loses the damaged frames'
 * content and nothing else, counted by a naive reader of frames; that what is no pouch changes nothing; that a frame
 * can't unpack to more than it says; and that the most useful goes first and fits a limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "core/pouch.h"
#include "host/compress.h"
#include "test/carrier/pouch_sample_util.h"

#define FRAMES_MAX 200

static const struct pouch_open how = {.when = {.now = SAMPLE_NOW}, .threads = 2};

/* What a naive reader finds in a file: where whole frames lie, and how many records, as which urgencies, each holds. */
struct seen_frame {
    size_t at, end, records;
    unsigned urgency_low, urgency_high;
    bool chunk;
};
static struct seen_frame frames[FRAMES_MAX];
static size_t frame_count;

static void frame_look(const uint8_t *bytes, const struct pouch_frame *frame, struct seen_frame *out) {
    static struct pouch_records it;
    static uint8_t plain[POUCH_SECTION_MAX], room[POUCH_ROOM];
    struct record r;
    struct unpacker *unpacker = unpacker_new();
    int refused;
    out->chunk = frame->type == POUCH_CHUNK;
    out->urgency_low = 3;
    if (frame->codec == POUCH_STORED)
        memcpy(plain, bytes, frame->plain_size);
    else
        assert_int_equal(unpacker_unpack(unpacker, plain, frame->plain_size, bytes, frame->packed_size), 0);
    unpacker_free(unpacker);
    if (out->chunk) return;
    assert_int_equal(pouch_records_begin(&it, plain, frame->plain_size, bytes + frame->packed_size, frame->raw_size),
                     0);
    while (pouch_records_next(&it, room, &r, &refused) > 0) {
        out->records++;
        if (r.urgency < out->urgency_low) out->urgency_low = r.urgency;
        if (r.urgency > out->urgency_high) out->urgency_high = r.urgency;
    }
}

static void frames_find(const uint8_t *file, size_t size) {
    frame_count = 0;
    for (size_t at = 0; at + POUCH_HEADER_SIZE <= size; at++) {
        struct pouch_frame frame;
        if (pouch_frame_decode(&frame, file + at) != 0) continue;
        size_t whole = POUCH_HEADER_SIZE + (size_t)frame.packed_size + frame.raw_size;
        if (whole > size - at || pouch_frame_check(file + at, &frame, file + at + POUCH_HEADER_SIZE) != 0) continue;
        assert_true(frame_count < FRAMES_MAX);
        struct seen_frame *f = &frames[frame_count++];
        *f = (struct seen_frame){.at = at, .end = at + whole};
        frame_look(file + at + POUCH_HEADER_SIZE, &frame, f);
        at += whole - 1;
    }
}

/* A source store, packed; the file's bytes are in memory. */
static struct store *source;
static struct pouch_packed packed;
static uint8_t *whole;
static size_t whole_size;

static void file_read(int fd) {
    whole_size = (size_t)lseek(fd, 0, SEEK_END);
    whole = malloc(whole_size);
    assert_non_null(whole);
    assert_int_equal(pread(fd, whole, whole_size, 0), whole_size);
}

static void source_make(const char *name, size_t records, size_t content_max, size_t blobs) {
    struct rng g;
    int fd;
    rng_begin(&g, name);
    assert_int_equal(store_memory_open(&source), 0);
    pouch_sample_fill(&g, source, records, content_max, blobs);
    assert_int_equal(pouch_sample_pack(source, 0, &packed, &fd), 0);
    file_read(fd);
    close(fd);
    frames_find(whole, whole_size);
}

static void source_free(void) {
    store_close(source);
    free(whole);
    source = NULL;
    whole = NULL;
}

/* Open bytes as a pouch in a store. */
static int open_into(struct store *store, const uint8_t *bytes, size_t size, struct pouch_opened *out) {
    struct pouch_access access = {.store = store};
    int fd = pouch_sample_file(bytes, size);
    int err = pouch_file_open(&access, fd, &how, out);
    close(fd);
    return err;
}

static int is_in_source(void *context, const struct store_record *r) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record have;
    ++*(uint64_t *)context;
    assert_int_equal(record_verify(&r->record), 0);
    assert_int_equal(store_get(source, r->record.id, room, &have), 0);
    if (r->record.body) assert_memory_equal(r->bytes, have.bytes, r->size);
    return 0;
}

/* Check that every record in the store is one of the source, to the byte. Return how many there are. */
static uint64_t count_records(struct store *store) {
    struct store_query query = {.now = UINT64_MAX, .retracted = true};
    uint64_t count = 0;
    assert_int_equal(store_list(store, &query, is_in_source, &count), 0);
    return count;
}

static int is_in_other(void *context, const struct store_record *r) {
    int has = store_has(context, r->record.id);
    if (r->retracted)
        assert_int_equal(has, STORE_STUB);
    else
        assert_int_equal(has, r->record.body ? STORE_HELD : STORE_STUB);
    return 0;
}

/* Pack and open: the other store holds the same records, retracted ones as stubs, the same communities and blobs; a
 * second time nothing is new. */
static void test_complete(void **state) {
    (void)state;
    struct pouch_opened opened;
    struct store *other;
    struct store_stats here, there;
    source_make("complete", 400, 900, 5);
    assert_true(frame_count > 5);
    assert_int_equal(store_memory_open(&other), 0);
    assert_int_equal(open_into(other, whole, whole_size, &opened), 0);
    assert_int_equal(store_stats(source, SAMPLE_NOW, &here), 0);
    assert_int_equal(store_stats(other, SAMPLE_NOW, &there), 0);
    assert_int_equal(opened.accepted, here.records);
    assert_int_equal(opened.accepted, packed.records);
    assert_int_equal(opened.rejected + opened.known + opened.damaged, 0);
    assert_false(opened.truncated);
    assert_int_equal(opened.frames, frame_count);
    assert_int_equal(opened.bytes, whole_size);
    assert_int_equal(opened.chunks, here.chunks);
    assert_int_equal(opened.blobs, 5);
    assert_int_equal(packed.blobs, 5);
    assert_int_equal(there.communities, here.communities);
    assert_int_equal(count_records(other), here.records);
    struct store_query query = {.now = UINT64_MAX, .retracted = true};
    assert_int_equal(store_list(source, &query, is_in_other, other), 0);
    assert_int_equal(open_into(other, whole, whole_size, &opened), 0);
    assert_int_equal(opened.accepted, 0);
    assert_int_equal(opened.known, packed.records);
    assert_int_equal(opened.chunks, 0);
    store_close(other);
    source_free();
}

/* Open bytes in an empty store and compare what was accepted with the sum over those frames for which the predicate
 * holds. */
static void assert_yields(const uint8_t *bytes, size_t size, size_t hurt_from, size_t hurt_to,
                          struct pouch_opened *opened) {
    struct store *other;
    uint64_t want = 0, chunks = 0, whole_frames = 0;
    for (size_t i = 0; i < frame_count; i++) {
        if (frames[i].at < hurt_to && frames[i].end > hurt_from) continue;
        want += frames[i].records;
        chunks += frames[i].chunk;
        whole_frames++;
    }
    assert_int_equal(store_memory_open(&other), 0);
    assert_int_equal(open_into(other, bytes, size, opened), whole_frames > 0 ? 0 : ERR_NOT_POUCH);
    assert_int_equal(opened->frames, whole_frames);
    assert_int_equal(opened->accepted, want);
    assert_int_equal(opened->chunks, chunks);
    assert_int_equal(count_records(other), want);
    store_close(other);
}

static void test_cut_anywhere(void **state) {
    (void)state;
    struct rng g;
    struct pouch_opened opened;
    source_make("cut", 150, 1500, 2);
    rng_begin(&g, "cuts");
    for (size_t i = 0; i < frame_count; i++) {
        const size_t cuts[] = {frames[i].at, frames[i].at + 1, frames[i].at + 31, frames[i].at + 32, frames[i].end - 1};
        for (size_t k = 0; k < 5; k++) {
            assert_yields(whole, cuts[k], cuts[k], whole_size, &opened);
            assert_true(opened.truncated || opened.frames == 0);
        }
    }
    for (unsigned i = 0; i < 30; i++) {
        size_t cut = (size_t)rng_below(&g, whole_size);
        assert_yields(whole, cut, cut, whole_size, &opened);
        if (opened.frames > 0) assert_true(opened.truncated);
    }
    assert_yields(whole, whole_size, whole_size, whole_size, &opened);
    assert_false(opened.truncated);
    /* The member alone, taken out of its zip, is a pouch too. */
    size_t begin = frames[0].at, end = frames[frame_count - 1].end;
    struct store *other;
    assert_int_equal(store_memory_open(&other), 0);
    assert_int_equal(open_into(other, whole + begin, end - begin, &opened), 0);
    assert_int_equal(opened.accepted, packed.records);
    assert_false(opened.truncated);
    assert_int_equal(opened.damaged, 0);
    store_close(other);
    source_free();
}

/* Overwritten, inserted or lost bytes anywhere: all frames that they do not touch are read, wherever they now lie. */
static void test_damage_anywhere(void **state) {
    (void)state;
    struct rng g;
    struct pouch_opened opened;
    source_make("damage", 150, 1500, 2);
    rng_begin(&g, "damages");
    uint8_t *hurt = malloc(whole_size + 4096);
    assert_non_null(hurt);
    for (unsigned i = 0; i < 40; i++) {
        size_t at = (size_t)rng_below(&g, whole_size), length = 1 + (size_t)rng_below(&g, rng_one_in(&g, 2) ? 4 : 4096),
               size = whole_size;
        if (length > whole_size - at) length = whole_size - at;
        memcpy(hurt, whole, whole_size);
        if (i % 3 == 0) { /* overwrite; one bit at least is another */
            rng_bytes(&g, hurt + at, length);
            hurt[at] = (uint8_t)(whole[at] ^ 1);
            if (length > 1) hurt[at + length - 1] = (uint8_t)(whole[at + length - 1] ^ 0x80);
            assert_yields(hurt, size, at, at + length, &opened);
        } else if (i % 3 == 1) { /* lose */
            memmove(hurt + at, hurt + at + length, whole_size - at - length);
            assert_yields(hurt, size - length, at, at + length, &opened);
        } else { /* insert: what ends before or begins behind it is whole */
            memmove(hurt + at + length, hurt + at, whole_size - at);
            rng_bytes(&g, hurt + at, length);
            hurt[at] = 0;
            assert_yields(hurt, size + length, at, at + (at < whole_size), &opened);
        }
        if (at > frames[0].at && at < frames[frame_count - 1].end && opened.frames < frame_count)
            assert_true(opened.damaged > 0 || opened.truncated);
    }
    free(hurt);
    source_free();
}

static void test_what_is_none(void **state) {
    (void)state;
    static uint8_t noise[300000];
    static const char text[] = "PK\3\4 and nothing behind it", magic[] = "\x8c"
                                                                         "leP\r\n\x1a\n";
    struct rng g;
    rng_begin(&g, "noise");
    rng_bytes(&g, noise, sizeof noise);
    const struct {
        const void *bytes;
        size_t size;
    } cases[] = {{"", 0}, {noise, 1}, {noise, sizeof noise}, {text, sizeof text}, {magic, 8}, {magic, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pouch_opened opened;
        struct store *store;
        struct store_stats stats;
        assert_int_equal(store_memory_open(&store), 0);
        assert_int_equal(open_into(store, cases[i].bytes, cases[i].size, &opened), ERR_NOT_POUCH);
        assert_int_equal(store_stats(store, SAMPLE_NOW, &stats), 0);
        assert_int_equal(stats.records + stats.communities + stats.chunks + stats.ghosts, 0);
        store_close(store);
    }
}

/* Write a frame of these sections in front of the whole pouch's frames. Return the size. */
static size_t bomb_make(uint8_t *out, const uint8_t *bytes, size_t size, uint32_t plain_size) {
    struct pouch_frame frame = {
        .type = POUCH_RECORDS, .codec = POUCH_ZSTD, .packed_size = (uint32_t)size, .plain_size = plain_size};
    memcpy(out + POUCH_HEADER_SIZE, bytes, size);
    pouch_frame_encode(out, &frame, out + POUCH_HEADER_SIZE);
    size_t rest = frames[frame_count - 1].end - frames[0].at;
    memcpy(out + POUCH_HEADER_SIZE + size, whole + frames[0].at, rest);
    return POUCH_HEADER_SIZE + size + rest;
}

/* A frame whose packed section lies about its size or asks for a huge window costs itself and nothing else, and no
 * memory. */
static void test_bombs(void **state) {
    (void)state;
    static uint8_t zeros[1u << 24], packed_zeros[65536], file[1u << 20];
    static const uint8_t huge_content[] = {0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x03, 0, 0};
    static const uint8_t huge_window[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x03, 0xff, 0xff, 0x00};
    static const uint8_t legacy[] = {0x27, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0xc0, 0, 0};
    static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0};
    size_t zipped = ZSTD_compress(packed_zeros, sizeof packed_zeros, zeros, sizeof zeros, 19);
    assert_false(ZSTD_isError(zipped));
    source_make("bombs", 20, 200, 0);
    const struct {
        const uint8_t *bytes;
        size_t size;
        uint32_t plain_size;
    } cases[] = {{packed_zeros, zipped, POUCH_SECTION_MAX},
                 {packed_zeros, zipped, 1},
                 {packed_zeros, zipped, 0},
                 {packed_zeros, zipped / 2, POUCH_SECTION_MAX},
                 {huge_content, sizeof huge_content, POUCH_SECTION_MAX},
                 {huge_window, sizeof huge_window, POUCH_SECTION_MAX},
                 {legacy, sizeof legacy, 1},
                 {skippable, sizeof skippable, 1},
                 {zeros, 100, 100},
                 {zeros, 0, 100}};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pouch_opened opened;
        struct store *other;
        size_t size = bomb_make(file, cases[i].bytes, cases[i].size, cases[i].plain_size);
        assert_int_equal(store_memory_open(&other), 0);
        assert_int_equal(open_into(other, file, size, &opened), 0);
        assert_int_equal(opened.accepted, packed.records);
        assert_int_equal(opened.refused[-ERR_FIELD], 1);
        store_close(other);
    }
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
    source_free();
}

/* A file full of headers that promise large sections costs no more than a bounded multiple of its size. */
static void test_decoys_are_cheap(void **state) {
    (void)state;
    static uint8_t file[4u << 20];
    struct pouch_frame frame = {
        .type = 1, .codec = 1, .packed_size = POUCH_SECTION_MAX, .plain_size = 1, .raw_size = POUCH_SECTION_MAX};
    uint8_t header[POUCH_HEADER_SIZE];
    static uint8_t sections[2 * POUCH_SECTION_MAX];
    struct pouch_opened opened;
    struct store *store;
    pouch_frame_encode(header, &frame, sections);
    for (size_t at = 0; at + sizeof header <= sizeof file; at += sizeof header)
        memcpy(file + at, header, sizeof header);
    assert_int_equal(store_memory_open(&store), 0);
    clock_t begin = clock();
    assert_int_equal(open_into(store, file, sizeof file, &opened), ERR_NOT_POUCH);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 5);
    store_close(store);
}

/* Frames go from urgent to bulk; after the records come the chunks. */
static void test_urgent_first(void **state) {
    (void)state;
    source_make("order", 400, 900, 2);
    unsigned low = 3;
    bool chunks = false;
    size_t records = 0;
    for (size_t i = 0; i < frame_count; i++) {
        assert_true(frames[i].chunk || !chunks);
        chunks |= frames[i].chunk;
        records += frames[i].records;
        if (frames[i].records == 0) continue;
        assert_true(frames[i].urgency_high <= low);
        low = frames[i].urgency_low;
    }
    assert_true(chunks && low == 0);
    assert_int_equal(records, packed.records);
    source_free();
}

/* Whatever the limit, the file keeps to it, tells what it left out, opens without a fault, and holds the more urgent
 * first. */
static void test_max_size(void **state) {
    (void)state;
    struct rng g;
    source_make("max size", 300, 900, 3);
    rng_begin(&g, "max sizes");
    uint64_t total = packed.records, full = whole_size, last = 0;
    for (unsigned i = 0; i <= 30; i++) {
        struct pouch_opened opened;
        struct store *other;
        int fd;
        uint64_t limit = i == 30 ? full : full * i / 30;
        free(whole);
        whole = NULL;
        int err = pouch_sample_pack(source, limit ? limit : 1, &packed, &fd);
        if (err == ERR_SPACE) {
            assert_true(limit < 4000);
            close(fd);
            continue;
        }
        assert_int_equal(err, 0);
        file_read(fd);
        close(fd);
        assert_true(whole_size <= limit);
        assert_int_equal(packed.bytes, whole_size);
        assert_int_equal(packed.records + packed.left_out, total);
        assert_true(packed.records >= last);
        last = packed.records;
        assert_int_equal(store_memory_open(&other), 0);
        assert_int_equal(open_into(other, whole, whole_size, &opened), 0);
        assert_int_equal(opened.accepted, packed.records);
        assert_int_equal(opened.damaged, 0);
        assert_false(opened.truncated);
        store_close(other);
        frames_find(whole, whole_size);
        for (size_t k = 1; k < frame_count; k++)
            if (frames[k].records > 0 && frames[k - 1].records > 0)
                assert_true(frames[k].urgency_high <= frames[k - 1].urgency_low);
    }
    assert_int_equal(last, total);
    source_free();
}

static int find_blob_record(void *context, const struct store_record *r) {
    struct record *out = context;
    if (r->record.kind != KIND_TEXT || !record_ref(&r->record, REF_BLOB)) return 0;
    *out = r->record;
    return 1;
}

/* The photo of a message that was taken back does not travel on, though its chunks are still here. */
static void test_retracted_blobs_stay(void **state) {
    (void)state;
    static uint8_t bytes[RECORD_SIZE_MAX], body[RECORD_SALT_SIZE];
    static struct sample_community in;
    struct rng g;
    struct member author;
    struct record target, r;
    int fd;
    rng_begin(&g, "retracted blobs");
    assert_int_equal(store_memory_open(&source), 0);
    pouch_sample_fill(&g, source, 0, 100, 1);
    struct store_query query = {.now = UINT64_MAX};
    assert_int_equal(store_list(source, &query, find_blob_record, &target), 1);
    assert_int_equal(pouch_sample_pack(source, 0, &packed, &fd), 0);
    close(fd);
    assert_int_equal(packed.blobs, 1);
    /* The same again by an author whose secret is here, then taken back. */
    sample_found(&g, &in);
    sample_member(&g, &author);
    assert_int_equal(store_community_put(source, &in.record, true), 1);
    for (unsigned i = 0; i < 2; i++) {
        r = (struct record){
            .form = RECORD_FORM_PLAIN, .kind = i ? KIND_RETRACTION : 9, .created = SAMPLE_TIME, .ref_count = 1};
        r.expiry_day = (uint32_t)(SAMPLE_TIME / DAY_SECONDS) + 1;
        r.body = body;
        r.body_size = sizeof body;
        memcpy(r.community, in.record.id, HASH_SIZE);
        memcpy(r.author, author.key, KEY_SIZE);
        r.refs[0].type = i ? REF_TARGET : REF_BLOB;
        memcpy(r.refs[0].id, i ? target.id : record_ref(&target, REF_BLOB), HASH_SIZE);
        assert_int_equal(record_sign(&r, author.secret), 0);
        int size = record_encode(&r, bytes, sizeof bytes);
        assert_int_equal(store_put(source, &r, bytes, (size_t)size, SAMPLE_NOW), 1);
        target = r;
    }
    const uint8_t *only = in.record.id;
    struct pouch_access access = {.store = source};
    struct pouch_pack what = {
        .communities = (const uint8_t(*)[HASH_SIZE])only, .community_count = 1, .now = SAMPLE_NOW};
    fd = pouch_sample_file(NULL, 0);
    assert_int_equal(pouch_file_pack(&access, fd, &what, &packed), 0);
    close(fd);
    assert_int_equal(packed.records, 2);
    assert_int_equal(packed.blobs, 0);
    store_close(source);
}

/* unzip lists and checks the file, and what it takes out is the pouch. */
static void test_unzip_accepts_it(void **state) {
    (void)state;
    char path[4096], command[9000];
    const char *directory = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    if (system("command -v unzip >/dev/null") != 0) skip();
    source_make("unzip", 50, 300, 1);
    snprintf(path, sizeof path, "%s/pouch_file_test.XXXXXX", directory);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, whole, whole_size), whole_size);
    close(fd);
    snprintf(command, sizeof command,
             "unzip -tqq '%s' && unzip -Z1 '%s' | tr '\\n' ' ' | grep -qx 'READ-ME.txt messages.longear '", path, path);
    int tested = system(command);
    snprintf(command, sizeof command, "unzip -p '%s' messages.longear", path);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    uint8_t *member = malloc(whole_size);
    assert_non_null(member);
    size_t size = fread(member, 1, whole_size, out);
    pclose(out);
    unlink(path);
    assert_int_equal(tested, 0);
    assert_int_equal(size, frames[frame_count - 1].end - frames[0].at);
    assert_memory_equal(member, whole + frames[0].at, size);
    free(member);
    source_free();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_damage_anywhere),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_decoys_are_cheap),
        cmocka_unit_test(test_urgent_first),
        cmocka_unit_test(test_max_size),
        cmocka_unit_test(test_unzip_accepts_it),
        cmocka_unit_test(test_retracted_blobs_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
