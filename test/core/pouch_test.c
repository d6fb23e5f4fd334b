/*
 * Frames of a pouch. Shows that a frame gives back exactly the list of records that was put in, whatever their mixture;
 * that a frame cut short gives the records before the cut; that no damage yields a record that is not canonical; and
 * which error each fault gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/blob.h"
#include "core/pouch.h"
#include "test/core/sample_util.h"

#define RECORDS_MAX 40
#define COMMUNITIES 5
#define AUTHORS 3

static struct sample_community communities[COMMUNITIES];
static struct pouch_community listed[COMMUNITIES];
static struct member authors[AUTHORS];
static struct sample_record made[RECORDS_MAX];
static struct record records[RECORDS_MAX];
static uint8_t wanted[RECORDS_MAX][RECORD_SIZE_MAX];
static size_t wanted_size[RECORDS_MAX], count;
static uint8_t plain[POUCH_SECTION_MAX], raw[POUCH_SECTION_MAX], room[POUCH_ROOM], bytes[RECORD_SIZE_MAX];
static size_t plain_size, raw_size;
static struct pouch_records it;

static void communities_make(struct rng *g) {
    for (unsigned i = 0; i < COMMUNITIES; i++) {
        sample_found(g, &communities[i]);
        listed[i] =
            (struct pouch_community){communities[i].compact, communities[i].compact_size, &communities[i].charter};
    }
    for (unsigned i = 0; i < AUTHORS; i++) sample_member(g, &authors[i]);
}

static void record_list(size_t i) {
    records[i] = made[i].record;
    int size = record_encode(&records[i], wanted[i], sizeof wanted[i]);
    assert_true(size > 0);
    wanted_size[i] = (size_t)size;
}

/*
 * Make a mixture: communities and authors in random runs, chains with a next record, a fork, a gap, a step back, or a
 * wrong prev; stubs; references.
 */
static void mixture_make(struct rng *g, size_t n, size_t content_max) {
    size_t c = 0, a = 0;
    count = n;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || rng_one_in(g, 4)) c = (size_t)rng_below(g, COMMUNITIES);
        if (i == 0 || rng_one_in(g, 4)) a = (size_t)rng_below(g, AUTHORS);
        sample_record(g, &made[i], &communities[c], &authors[a], content_max);
        struct record *r = &made[i].record;
        const struct record *before = i > 0 ? &made[i - 1].record : NULL;
        if (before && memcmp(before->author, r->author, KEY_SIZE) == 0 && !rng_one_in(g, 4)) {
            uint64_t step = rng_below(g, 8);
            r->seq = step == 0   ? before->seq
                     : step == 1 ? before->seq + 2
                     : step == 2 ? before->seq / 2
                                 : before->seq + 1;
            if (r->seq > RECORD_SEQ_MAX) r->seq = RECORD_SEQ_MAX;
            memcpy(r->prev, before->id, PREV_SIZE);
            if (rng_one_in(g, 6)) r->prev[15] ^= 1;
            if (r->seq == 0) memset(r->prev, 0, PREV_SIZE);
            int err = record_sign(r, authors[a].secret);
            assert_int_equal(err, 0);
        }
        record_list(i);
    }
    for (size_t i = 0; i < n; i++) {
        if (!rng_one_in(g, 5)) continue;
        made[i].record.body = NULL;
        record_list(i);
    }
}

static void frame_make(void) {
    struct writer p, r;
    writer_init(&p, plain, sizeof plain);
    writer_init(&r, raw, sizeof raw);
    assert_int_equal(pouch_records_encode(listed, COMMUNITIES, records, count, &p, &r), 0);
    plain_size = p.at;
    raw_size = r.at;
}

/* Read all records of the frame and compare them with the list, as far as they go. Return how many there were; *end is
 * what ended it. */
static size_t frame_compare(int *end) {
    struct record r;
    size_t n = 0;
    int refused;
    *end = pouch_records_begin(&it, plain, plain_size, raw, raw_size);
    while (*end == 0) {
        int size = pouch_records_next(&it, room, &r, &refused);
        *end = size;
        if (size <= 0) return n;
        *end = 0;
        assert_int_equal(refused, 0);
        assert_true(n < count);
        assert_int_equal(size, wanted_size[n]);
        assert_memory_equal(room, wanted[n], wanted_size[n]);
        assert_memory_equal(r.id, records[n].id, HASH_SIZE);
        assert_int_equal(r.body != NULL, records[n].body != NULL);
        assert_int_equal(record_verify(&r), 0);
        assert_memory_equal(it.charters[it.community].community, r.community, HASH_SIZE);
        n++;
    }
    return n;
}

static void test_mixtures_come_back(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "mixtures");
    for (unsigned i = 0; i < 120; i++) {
        int end;
        if (i % 10 == 0) communities_make(&g);
        mixture_make(&g, (size_t)rng_below(&g, RECORDS_MAX + 1), i % 20 == 0 ? 5000 : 120);
        frame_make();
        assert_int_equal(frame_compare(&end), count);
        assert_int_equal(end, 0);
    }
}

/* A chain by one author costs 64 bytes of signature and 8 of salt in raw, and few in plain: what it is all for. */
static void test_a_chain_is_small(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "chain");
    communities_make(&g);
    count = 20;
    for (size_t i = 0; i < count; i++) {
        do sample_record(&g, &made[i], &communities[0], &authors[0], 20);
        while (made[i].record.kind != KIND_TEXT || made[i].record.ref_count > 0);
        struct record *r = &made[i].record;
        r->seq = i;
        memset(r->prev, 0, PREV_SIZE);
        if (i > 0) memcpy(r->prev, made[i - 1].record.id, PREV_SIZE);
        r->created = SAMPLE_TIME + 60 * i;
        r->expiry_day = (uint32_t)(r->created / DAY_SECONDS) + communities[0].charter.keep_days;
        assert_int_equal(record_sign(r, authors[0].secret), 0);
        record_list(i);
    }
    frame_make();
    int end;
    assert_int_equal(frame_compare(&end), count);
    assert_int_equal(end, 0);
    size_t raw_first = raw_size, plain_first = plain_size, contents = 0;
    for (size_t i = 1; i < count; i++) contents += records[i].body_size - RECORD_SALT_SIZE;
    count = 1;
    frame_make();
    assert_int_equal(raw_first - raw_size, 19 * (SIGNATURE_SIZE + RECORD_SALT_SIZE));
    assert_true(plain_first - plain_size - contents <= 19 * 7 + 2);
}

/* Cut anywhere, a section yields a beginning of the list and an error. */
static void test_cut_short(void **state) {
    (void)state;
    struct rng g;
    size_t most = 0;
    rng_begin(&g, "cut short");
    communities_make(&g);
    mixture_make(&g, 12, 40);
    frame_make();
    size_t plain_whole = plain_size, raw_whole = raw_size;
    for (raw_size = 0; raw_size < raw_whole; raw_size += 1 + (size_t)rng_below(&g, 40)) {
        int end;
        size_t n = frame_compare(&end);
        assert_int_equal(end, ERR_TRUNCATED);
        most = n > most ? n : most;
    }
    assert_true(most == count - 1);
    raw_size = raw_whole;
    for (plain_size = 0; plain_size < plain_whole; plain_size++) {
        struct record r;
        int refused, got = pouch_records_begin(&it, plain, plain_size, raw, raw_size);
        while (got == 0 && (got = pouch_records_next(&it, room, &r, &refused)) > 0) got = 0;
        assert_true(got < 0);
    }
    plain_size = plain_whole;
    raw[raw_size++] = 0;
    int end;
    assert_int_equal(frame_compare(&end), count);
    assert_int_equal(end, ERR_TRAILING);
}

/* Damaged sections: what comes out is canonical, and either the record that was put in or one whose signature does not
 * fit. */
static void test_damage(void **state) {
    (void)state;
    static uint8_t plain_whole[POUCH_SECTION_MAX], raw_whole[POUCH_SECTION_MAX];
    struct rng g;
    size_t genuine = 0, forged = 0, refusals = 0, plain_fill = 0, raw_fill = 0;
    rng_begin(&g, "frame damage");
    for (unsigned i = 0; i < 2000; i++) {
        if (i % 100 == 0) {
            communities_make(&g);
            mixture_make(&g, 10, 30);
            frame_make();
            memcpy(plain_whole, plain, plain_fill = plain_size);
            memcpy(raw_whole, raw, raw_fill = raw_size);
        }
        memcpy(plain, plain_whole, plain_fill);
        memcpy(raw, raw_whole, raw_fill);
        bool in_plain = rng_one_in(&g, 2);
        plain_size = in_plain ? rng_mutate(&g, plain, plain_fill, sizeof plain) : plain_fill;
        raw_size = in_plain ? raw_fill : rng_mutate(&g, raw, raw_fill, sizeof raw);
        struct record r;
        int refused, size = pouch_records_begin(&it, plain, plain_size, raw, raw_size);
        while (size == 0 && (size = pouch_records_next(&it, room, &r, &refused)) > 0) {
            int bytes_size = size;
            size = 0;
            refusals += refused != 0;
            if (refused) continue;
            assert_int_equal(record_encode(&r, bytes, sizeof bytes), bytes_size);
            assert_memory_equal(bytes, room, (size_t)bytes_size);
            bool known = false;
            for (size_t j = 0; j < count && !known; j++) known = memcmp(records[j].id, r.id, HASH_SIZE) == 0;
            assert_int_equal(record_verify(&r), known ? 0 : ERR_SIGNATURE);
            genuine += known;
            forged += !known;
        }
    }
    assert_true(genuine > 2000 && forged > 500 && refusals > 50);
}

/* A charter that is not valid costs its own records and no others. */
static void test_a_bad_charter(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "bad charter");
    communities_make(&g);
    mixture_make(&g, RECORDS_MAX, 30);
    frame_make();
    raw[communities[0].compact_size + KEY_SIZE + 10] ^= 4; /* created or signature of the second */
    assert_int_equal(pouch_records_begin(&it, plain, plain_size, raw, raw_size), 0);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        struct record r;
        int refused, size = pouch_records_next(&it, room, &r, &refused);
        assert_true(size > 0);
        if (memcmp(records[i].community, communities[1].charter.community, HASH_SIZE) == 0) {
            assert_true(refused == ERR_SIGNATURE);
            bad++;
            continue;
        }
        assert_int_equal(refused, 0);
        assert_int_equal(size, wanted_size[i]);
        assert_memory_equal(room, wanted[i], wanted_size[i]);
    }
    assert_true(bad > 0 && bad < count);
    struct record r;
    int refused;
    assert_int_equal(pouch_records_next(&it, room, &r, &refused), 0);
}

/* A frame that says to hold one charter of no bytes, and has no raw section: the charter is not valid. */
static void test_a_charter_of_nothing(void **state) {
    (void)state;
    static const uint8_t empty[] = {1, 0, 0, 0};
    struct record r;
    int refused;
    assert_int_equal(pouch_records_begin(&it, empty, sizeof empty, NULL, 0), 0);
    assert_int_equal(it.community_err[0], ERR_TRUNCATED);
    assert_int_equal(pouch_records_next(&it, room, &r, &refused), 0);
}

/* Limits of writing: communities, records, room, a record of a community that is not listed. */
static void test_writer_limits(void **state) {
    (void)state;
    struct rng g;
    struct writer p, r;
    rng_begin(&g, "writer limits");
    communities_make(&g);
    mixture_make(&g, 3, 30);
    writer_init(&p, plain, sizeof plain);
    writer_init(&r, raw, sizeof raw);
    assert_int_equal(pouch_records_encode(listed, 0, records, 0, &p, &r), ERR_LIMIT);
    assert_int_equal(pouch_records_encode(listed, POUCH_FRAME_COMMUNITIES_MAX + 1, records, 0, &p, &r), ERR_LIMIT);
    assert_int_equal(pouch_records_encode(listed, 1, records, POUCH_FRAME_RECORDS_MAX + 1, &p, &r), ERR_LIMIT);
    sample_found(&g, &communities[0]);
    memcpy(records[1].community, communities[0].charter.community, HASH_SIZE);
    struct pouch_community others = {communities[1].compact, communities[1].compact_size, &communities[1].charter};
    assert_int_equal(pouch_records_encode(&others, 1, records + 1, 1, &p, &r), ERR_COMMUNITY);
    mixture_make(&g, 3, 30);
    for (unsigned i = 0; i < COMMUNITIES; i++) listed[i].charter = &communities[i].charter;
    listed[0].compact_size = communities[0].compact_size;
    frame_make();
    writer_init(&p, plain, plain_size - 1);
    writer_init(&r, raw, sizeof raw);
    assert_int_equal(pouch_records_encode(listed, COMMUNITIES, records, count, &p, &r), ERR_SPACE);
    writer_init(&p, plain, sizeof plain);
    writer_init(&r, raw, raw_size - 1);
    assert_int_equal(pouch_records_encode(listed, COMMUNITIES, records, count, &p, &r), ERR_SPACE);
}

/* The largest record there can be goes through a frame. */
static void test_largest_record(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "largest in a frame");
    communities_make(&g);
    do sample_record(&g, &made[0], &communities[0], &authors[0], 300);
    while (made[0].record.kind == KIND_TEXT || made[0].record.body_size < 128);
    record_list(0);
    made[0].record.body_size += RECORD_SIZE_MAX - wanted_size[0] - 1;
    assert_int_equal(record_sign(&made[0].record, authors[0].secret), 0);
    record_list(0);
    assert_int_equal(wanted_size[0], RECORD_SIZE_MAX);
    count = 1;
    frame_make();
    int end;
    assert_int_equal(frame_compare(&end), 1);
    assert_int_equal(end, 0);
}

/* Metas by hand: the sections of a frame with one community and two records, to be wrong on purpose. */
struct meta {
    uint8_t flags;
    uint64_t kind, community;
    int64_t seq, created, expiry;
    uint64_t content_size;
    uint8_t refs;
};
#define TIMES .created = (int64_t)SAMPLE_TIME
#define NEXT .flags = 1, .kind = 2

static const struct {
    const char *why;
    int first, second; /* 0: a record comes out */
    struct meta metas[2];
} faults[] = {
    {"as it should be", 0, 0, {{.kind = 2, TIMES}, {NEXT}}},
    {"the first is the same", ERR_FIELD, 0, {{.flags = 1, .kind = 2, TIMES}, {NEXT}}},
    {"bit 6", ERR_VERSION, 0, {{.flags = 0x40, .kind = 2, TIMES}, {NEXT}}},
    {"bit 7", ERR_VERSION, 0, {{.flags = 0x80, .kind = 2, TIMES}, {NEXT}}},
    {"prev of seq 0", ERR_FIELD, 0, {{.flags = 2, .kind = 2, TIMES}, {NEXT}}},
    {"no prev of seq 1", ERR_FIELD, 0, {{.kind = 2, .seq = 1, TIMES}, {NEXT}}},
    {"no prev over a gap", 0, ERR_FIELD, {{.kind = 2, TIMES}, {NEXT, .seq = 1}}},
    {"a fork without prev", 0, ERR_FIELD, {{.flags = 2, .kind = 2, .seq = 5, TIMES}, {NEXT, .seq = -1}}},
    {"seq -1", ERR_LIMIT, 0, {{.kind = 2, .seq = -1, TIMES}, {NEXT}}},
    {"last seq", 0, ERR_LIMIT, {{.flags = 2, .kind = 2, .seq = UINT32_MAX, TIMES}, {NEXT}}},
    {"seq 2^32", ERR_LIMIT, 0, {{.flags = 2, .kind = 2, .seq = INT64_C(1) << 32, TIMES}, {NEXT}}},
    {"the least step of seq", ERR_LIMIT, 0, {{.flags = 2, .kind = 2, .seq = -(INT64_C(1) << 62), TIMES}, {NEXT}}},
    {"the largest step of seq", ERR_LIMIT, 0, {{.flags = 2, .kind = 2, .seq = (INT64_C(1) << 62) - 1, TIMES}, {NEXT}}},
    {"before 1970", ERR_LIMIT, 0, {{.kind = 2, .created = -1}, {NEXT}}},
    {"after the last time", 0, ERR_LIMIT, {{.kind = 2, .created = TIME_MAX}, {NEXT, .created = 1}}},
    {"the largest step of time", ERR_LIMIT, 0, {{.kind = 2, .created = (INT64_C(1) << 62) - 1}, {NEXT}}},
    {"dead before it was born", 0, ERR_TIME, {{.kind = 2, TIMES, .expiry = -30}, {NEXT, .expiry = -31}}},
    {"expiry before 1970", ERR_LIMIT, 0, {{.kind = 2, TIMES, .expiry = -30000}, {NEXT}}},
    {"the least step of expiry", ERR_LIMIT, 0, {{.kind = 2, TIMES, .expiry = -(INT64_C(1) << 62)}, {NEXT}}},
    {"expiry 2^32", ERR_LIMIT, 0, {{.kind = 2, TIMES, .expiry = INT64_C(1) << 32}, {NEXT}}},
    {"kind 2^31", ERR_LIMIT, 0, {{.kind = UINT64_C(1) << 31, TIMES}, {NEXT}}},
    {"a charter", ERR_FIELD, 0, {{.kind = 1, TIMES}, {NEXT}}},
    {"the second community of one", ERR_LIMIT, 0, {{.kind = 2, .community = 1, TIMES}, {NEXT}}},
    {"references, but none", ERR_LIMIT, 0, {{.flags = 0x20, .kind = 2, TIMES}, {NEXT}}},
    {"17 references", ERR_LIMIT, 0, {{.flags = 0x20, .kind = 2, .refs = 17, TIMES}, {NEXT}}},
    {"16 references", 0, 0, {{.flags = 0x20, .kind = 2, .refs = 16, TIMES}, {NEXT}}},
    {"a content that is not there", ERR_TRUNCATED, 0, {{.kind = 2, .content_size = 1, TIMES}, {NEXT}}},
    {"a content of 32761",
     ERR_LIMIT,
     0,
     {{.kind = 2, .content_size = RECORD_SIZE_MAX - RECORD_SALT_SIZE + 1, TIMES}, {NEXT}}},
    {"a stub with a content", 0, 0, {{.flags = 4, .kind = 2, .content_size = 100, TIMES}, {NEXT}}},
    {"a stub too large", ERR_LIMIT, 0, {{.flags = 4, .kind = 2, .content_size = 32760, TIMES}, {NEXT}}},
};

static void metas_write(const struct sample_community *in, const struct meta metas[2]) {
    static const uint8_t filler[16 * HASH_SIZE + 200] = {9};
    struct writer p, r;
    writer_init(&p, plain, sizeof plain);
    writer_init(&r, raw, sizeof raw);
    writer_varint(&p, 1);
    writer_varint(&p, in->compact_size);
    writer_bytes(&r, in->compact, in->compact_size);
    writer_varint(&p, 2);
    writer_varint(&p, 0);
    for (unsigned i = 0; i < 2; i++) {
        const struct meta *m = &metas[i];
        writer_u8(&p, m->flags);
        writer_varint(&p, m->kind);
        if (!(m->flags & 1)) writer_varint(&p, m->community);
        writer_zigzag(&p, m->seq);
        writer_zigzag(&p, m->created);
        writer_zigzag(&p, m->expiry);
        if (m->flags & 0x20) writer_u8(&p, m->refs);
        for (unsigned k = 0; k < m->refs; k++) writer_u8(&p, 1);
        writer_varint(&p, m->content_size);
        if (!(m->flags & 1)) writer_bytes(&r, filler, KEY_SIZE);
        if (m->flags & 2) writer_bytes(&r, filler, PREV_SIZE);
        writer_bytes(&r, filler, (size_t)m->refs * HASH_SIZE);
        writer_bytes(&r, filler, m->flags & 4 ? HASH_SIZE : RECORD_SALT_SIZE);
        writer_bytes(&r, filler, SIGNATURE_SIZE);
    }
    assert_int_equal(p.err, 0);
    assert_int_equal(r.err, 0);
    plain_size = p.at;
    raw_size = r.at;
}

static void test_faults(void **state) {
    (void)state;
    static struct sample_community in;
    struct rng g;
    rng_begin(&g, "frame faults");
    do sample_found(&g, &in);
    while (in.charter.keep_days != CHARTER_KEEP_DAYS_MAX);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct meta metas[2];
        memcpy(metas, faults[i].metas, sizeof metas);
        /* The table counts expiry from a keep of 30 days. */
        for (unsigned k = 0; k < 2; k++)
            if (metas[k].expiry > -1000 && metas[k].expiry < 1000) metas[k].expiry += 30 - CHARTER_KEEP_DAYS_MAX;
        metas_write(&in, metas);
        assert_int_equal(pouch_records_begin(&it, plain, plain_size, raw, raw_size), 0);
        struct record r;
        int refused, got = pouch_records_next(&it, room, &r, &refused);
        if (got < 0 ? got != faults[i].first : faults[i].first != 0) fail_msg("%s: %s", faults[i].why, err_name(got));
        if (got < 0) continue;
        got = pouch_records_next(&it, room, &r, &refused);
        if (got < 0 ? got != faults[i].second : faults[i].second != 0)
            fail_msg("%s, the second: %s", faults[i].why, err_name(got));
        if (got > 0) assert_int_equal(pouch_records_next(&it, room, &r, &refused), 0);
    }
}

static void test_head_faults(void **state) {
    (void)state;
    static const struct {
        const char *why;
        int err;
        uint8_t bytes[8];
        size_t size;
    } cases[] = {
        {"nothing", ERR_TRUNCATED, {0}, 0},
        {"no community", ERR_FIELD, {0, 0, 0}, 3},
        {"17 communities", ERR_LIMIT, {17}, 1},
        {"a charter of 1126", ERR_LIMIT, {1, 0xe6, 0x08, 0, 0}, 5},
        {"4097 records", ERR_LIMIT, {1, 0, 0x81, 0x20, 0}, 5},
        {"262145 bytes of contents", ERR_LIMIT, {1, 0, 0, 0x81, 0x80, 0x10}, 6},
        {"contents that are not there", ERR_TRUNCATED, {1, 0, 0, 1}, 4},
        {"a charter that is not there", ERR_TRUNCATED, {1, 1, 0, 0}, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int err = pouch_records_begin(&it, cases[i].bytes, cases[i].size, NULL, 0);
        if (err != cases[i].err) fail_msg("%s: %s", cases[i].why, err_name(err));
    }
}

/* A frame's header: what is written is read; every flipped bit is noticed; each limit at its edge. */
static void test_header(void **state) {
    (void)state;
    static uint8_t file[POUCH_HEADER_SIZE + 64];
    uint8_t *sections = file + POUCH_HEADER_SIZE;
    struct rng g;
    struct pouch_frame frame = {
        .type = POUCH_RECORDS, .codec = POUCH_ZSTD, .packed_size = 40, .plain_size = 900, .raw_size = 24};
    rng_begin(&g, "header");
    rng_bytes(&g, sections, 64);
    pouch_frame_encode(file, &frame, sections);
    for (size_t bit = 0; bit < 8 * sizeof file; bit++) {
        struct pouch_frame have;
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        int err = pouch_frame_decode(&have, file);
        if (!err && (size_t)have.packed_size + have.raw_size > 64) err = ERR_TRUNCATED; /* its sections are not here */
        if (!err) err = pouch_frame_check(file, &have, sections);
        assert_true(err < 0);
        if (bit < 64)
            assert_int_equal(err, ERR_NOT_POUCH);
        else if (bit < 72 || (bit >= 88 && bit < 96))
            assert_int_equal(err, ERR_VERSION);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(pouch_frame_decode(&have, file), 0);
        assert_int_equal(pouch_frame_check(file, &have, sections), 0);
        assert_int_equal(have.type, frame.type);
        assert_int_equal(have.codec, frame.codec);
        assert_int_equal(have.packed_size, frame.packed_size);
        assert_int_equal(have.plain_size, frame.plain_size);
        assert_int_equal(have.raw_size, frame.raw_size);
    }
}

static void test_header_limits(void **state) {
    (void)state;
    static const struct {
        uint32_t sizes[3];
        uint8_t codec;
        int err;
    } cases[] = {
        {{POUCH_SECTION_MAX, POUCH_SECTION_MAX, POUCH_SECTION_MAX}, POUCH_ZSTD, 0},
        {{POUCH_SECTION_MAX + 1, 1, 1}, POUCH_ZSTD, ERR_LIMIT},
        {{1, POUCH_SECTION_MAX + 1, 1}, POUCH_ZSTD, ERR_LIMIT},
        {{1, 1, POUCH_SECTION_MAX + 1}, POUCH_ZSTD, ERR_LIMIT},
        {{UINT32_MAX, 1, 1}, POUCH_ZSTD, ERR_LIMIT},
        {{5, 5, 1}, POUCH_STORED, 0},
        {{5, 6, 1}, POUCH_STORED, ERR_LIMIT},
        {{5, 6, 1}, 77, 0}, /* an unknown codec is somebody else's matter */
        {{0, 0, 0}, POUCH_STORED, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t header[POUCH_HEADER_SIZE];
        struct pouch_frame frame;
        struct writer w;
        writer_init(&w, header, sizeof header);
        writer_bytes(&w, pouch_magic, POUCH_MAGIC_SIZE);
        writer_u8(&w, POUCH_VERSION);
        writer_u8(&w, 200);
        writer_u8(&w, cases[i].codec);
        writer_u8(&w, 0);
        for (unsigned k = 0; k < 3; k++) writer_u32(&w, cases[i].sizes[k]);
        memset(header + w.at, 0, sizeof header - w.at);
        if (pouch_frame_decode(&frame, header) != cases[i].err) fail_msg("case %zu", i);
    }
}

/* Chunks: written and read, and refused when cut, longer, damaged or out of range. */
static void test_chunks(void **state) {
    (void)state;
    static uint8_t nodes[64][HASH_SIZE], data[BLOB_CHUNK_SIZE], proof[BLOB_PROOF_MAX];
    struct rng g;
    rng_begin(&g, "chunk frames");
    for (unsigned i = 0; i < 200; i++) {
        uint32_t n = 1 + (uint32_t)rng_below(&g, 30);
        struct pouch_chunk want = {.index = (uint32_t)rng_below(&g, n), .proof = proof, .data = data}, have;
        want.size_bytes = (uint64_t)(n - 1) * BLOB_CHUNK_SIZE + 1 + rng_below(&g, BLOB_CHUNK_SIZE);
        want.data_size = blob_chunk_size(want.size_bytes, want.index);
        rng_bytes(&g, nodes[0], (size_t)n * HASH_SIZE);
        rng_bytes(&g, data, want.data_size);
        blob_leaf(nodes[want.index], data, want.data_size);
        blob_tree(want.blob, nodes, n, want.size_bytes);
        want.proof_size = (size_t)blob_proof(proof, nodes, n, want.index) * HASH_SIZE;
        struct writer p, r;
        writer_init(&p, plain, sizeof plain);
        writer_init(&r, raw, sizeof raw);
        assert_int_equal(pouch_chunk_encode(&want, &p, &r), 0);
        assert_int_equal(pouch_chunk_decode(&have, plain, p.at, raw, r.at), 0);
        assert_memory_equal(have.blob, want.blob, HASH_SIZE);
        assert_true(have.size_bytes == want.size_bytes);
        assert_int_equal(have.index, want.index);
        assert_int_equal(have.proof_size, want.proof_size);
        if (want.proof_size > 0) assert_memory_equal(have.proof, proof, want.proof_size);
        assert_int_equal(have.data_size, want.data_size);
        assert_memory_equal(have.data, data, want.data_size);
        for (size_t cut = 0; cut < p.at; cut++) assert_true(pouch_chunk_decode(&have, plain, cut, raw, r.at) < 0);
        assert_int_equal(pouch_chunk_decode(&have, plain, p.at + 1, raw, r.at), ERR_FIELD);
        assert_int_equal(pouch_chunk_decode(&have, plain, p.at, raw, r.at - 1), ERR_FIELD);
        size_t bit = (size_t)rng_below(&g, 8 * p.at);
        plain[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(pouch_chunk_decode(&have, plain, p.at, raw, r.at) < 0);
        plain[bit / 8] ^= (uint8_t)(1u << bit % 8);
        raw[rng_below(&g, r.at)] ^= 0x40;
        assert_int_equal(pouch_chunk_decode(&have, plain, p.at, raw, r.at), ERR_HASH);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixtures_come_back),
        cmocka_unit_test(test_a_chain_is_small),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_a_bad_charter),
        cmocka_unit_test(test_a_charter_of_nothing),
        cmocka_unit_test(test_writer_limits),
        cmocka_unit_test(test_largest_record),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_head_faults),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_header_limits),
        cmocka_unit_test(test_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
