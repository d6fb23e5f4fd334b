/*
 * make_corpus.c: write the seeds of the fuzzers, valid encodings of every format. usage: make_corpus DIRECTORY
 *
 * The same program writes the same files. fuzz/corpus/ holds these and what the fuzzers found beyond them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carrier/pouch_html.h"
#include "core/aid.h"
#include "core/beacon.h"
#include "core/blob.h"
#include "core/channel.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/demand.h"
#include "core/freeze.h"
#include "core/invite.h"
#include "core/key_line.h"
#include "core/meet.h"
#include "core/persons.h"
#include "core/pin.h"
#include "core/pouch.h"
#include "core/report.h"
#include "core/rice.h"
#include "core/sketch.h"
#include "exchange/pfif.h"
#include "fuzz/fixed.h"
#include "fuzz/reconcile_set.h"
#include "host/gzip.h"
#include "test/carrier/pouch_sample_util.h"
#include "test/core/sample_util.h"
#include "test/exchange/pfif_sample_util.h"
#include "test/media/media_sample_util.h"
#include "test/view/names_sample_util.h"

static const char *directory;
static uint8_t buffer[4 * POUCH_SECTION_MAX];

static void put(const char *fuzzer, unsigned number, const uint8_t *bytes, size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, fuzzer);
    (void)mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/seed-%02u", directory, fuzzer, number);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void records_put(struct rng *g) {
    static struct sample_record r;
    static struct sample_community in;
    struct member author;
    for (unsigned i = 0; i < 12; i++) {
        sample_found(g, &in);
        sample_member(g, &author);
        sample_record(g, &r, &in, &author, 300);
        if (i == 0) r.record = in.record;
        if (i > 8) do
                sample_sealed(g, &r, &author);
            while (r.record.size_class > 1);
        if (i % 4 == 3) r.record.body = NULL;
        int size = record_encode(&r.record, buffer, sizeof buffer);
        CHECK(size > 0);
        put("record", i, buffer, (size_t)size);
    }
}

static void charters_put(struct rng *g) {
    static struct sample_community in;
    static char line[INVITE_CHARS_MAX + 1];
    for (unsigned i = 0; i < 6; i++) {
        sample_found(g, &in);
        put("charter", i, in.compact, in.compact_size);
        buffer[0] = 0;
        int length = invite_encode(&in.record, NULL, 0, line, sizeof line);
        CHECK(length > 0);
        memcpy(buffer + 1, line, (size_t)length);
        put("invite", 2 * i, buffer, 1 + (size_t)length);
        struct writer w;
        writer_init(&w, buffer, sizeof buffer);
        writer_u8(&w, 1);
        writer_u8(&w, 1);
        writer_u8(&w, 1);
        writer_varint(&w, in.compact_size);
        writer_bytes(&w, in.compact, in.compact_size);
        put("invite", 2 * i + 1, buffer, w.at);
    }
}

static void media_put(void) {
    static uint8_t bytes[SAMPLE_SIZE_MAX];
    for (unsigned i = 0; media_samples[i].name; i++) put("strip", i, bytes, media_samples[i].make(bytes));
}

/* A query and a list, as somebody looks for the list's first. */
static void names_put(struct rng *g) {
    for (unsigned i = 0; i < SAMPLE_KINDS; i++) {
        struct sample_person p;
        size_t used = 0;
        sample_person(g, &p);
        used += sample_query(g, &p, (enum sample_kind)i, (char *)buffer);
        for (unsigned k = 0; k < 6; k++) {
            buffer[used++] = '\n';
            used += sample_entry(g, &p, (char *)buffer + used);
            sample_person(g, &p);
        }
        put("names", i, buffer, used);
    }
}

static void texts_put(struct rng *g) {
    static char room[200];
    static const uint8_t salt[RECORD_SALT_SIZE];
    struct text text;
    for (unsigned i = 0; i < 8; i++) {
        sample_text_fill(g, &text, room, i == 7 ? 0 : sizeof room, i == 7 ? 1 : i);
        int size = text_body(&text, salt, buffer, sizeof buffer);
        CHECK(size > 0);
        buffer[RECORD_SALT_SIZE - 1] = i == 7 ? 1 : (uint8_t)i;
        put("text", i, buffer + RECORD_SALT_SIZE - 1, (size_t)size - RECORD_SALT_SIZE + 1);
    }
}

/* Pins, and their ends: a byte with the references, then the content. */
static void pins_put(void) {
    static const uint8_t pins[][7] = {{1, 1, 1, PIN_SET}, {3, 1, 1, PIN_END}, {1, 1, 1, PIN_SET, 0x80, 1, 0}};
    for (unsigned i = 0; i < 3; i++) put("pin", i, pins[i], i < 2 ? 4 : 7);
}

/* What is said of an entry, and entries: a byte with kind and references, then the content. */
static void aids_put(struct rng *g) {
    static const uint8_t salt[RECORD_SALT_SIZE], key[KEY_SIZE] = {9}, id[HASH_SIZE];
    static uint8_t room[RECORD_SIZE_MAX], box[200];
    struct sample_community in;
    struct record r;
    sample_found(g, &in);
    struct author author = {.charter = &in.charter};
    sample_member(g, &author.member);
    struct aid aid = {.type = AID_NEED, .what = AID_FOOD, .helpers = 3, .amount = 40, .until = SAMPLE_TIME};
    aid.text = "hot meals";
    aid.size = strlen(aid.text);
    strcpy(aid.unit, "people");
    strcpy(aid.district, "Almaly");
    strcpy(aid.place, "the school");
    for (unsigned i = 0; i < 5; i++) {
        struct aid_act act = {.type = AID_TAKE, .target = id, .key = key, .note = "soon", .note_size = 4};
        if (i == 2)
            act = (struct aid_act){.type = AID_ACCEPT, .target = id, .take = id, .sealed = box, .sealed_size = 200};
        if (i == 3) act = (struct aid_act){.type = AID_DONE, .target = id};
        int size = i == 0 || i == 4 ? aid_make(&author, &aid, 2, SAMPLE_TIME, salt, room, &r)
                                    : aid_act_make(&author, &act, 2, SAMPLE_TIME, salt, room, &r);
        CHECK(size > 0);
        buffer[0] = (uint8_t)((r.kind == KIND_AID_ACT) | r.ref_count << 1);
        memcpy(buffer + 1, r.body + RECORD_SALT_SIZE, r.body_size - RECORD_SALT_SIZE);
        put("aid", i, buffer, 1 + r.body_size - RECORD_SALT_SIZE);
        aid = (struct aid){.type = AID_OFFER, .what = AID_OTHER, .helpers = 1, .guest = true};
        strcpy(aid.word, "soup");
    }
}

/* Entries, notes, links: a byte with kind and references, then the content. */
static void persons_put(struct rng *g) {
    static const uint8_t salt[RECORD_SALT_SIZE], one[HASH_SIZE] = {1}, other[HASH_SIZE] = {2};
    static uint8_t room[RECORD_SIZE_MAX];
    struct sample_community in;
    struct record r;
    sample_found_closed(g, &in);
    struct author author = {.charter = &in.charter};
    sample_member(g, &author.member);
    const struct person_text word = {"Nurlan", 6}, country = {"KZ", 2};
    for (unsigned i = 0; i < 5; i++) {
        struct person_entry e = {.text = {[PERSON_NAME] = word}, .self = i == 1};
        struct person_note n = {.target = one, .status = PERSON_SAFE, .ground = PERSON_SAW, .self = i == 3};
        const struct person_link l = {.one = one, .other = other, .type = PERSON_LINK, .why = word};
        if (i == 0) {
            e = (struct person_entry){.sex = PERSON_MALE, .has_age = true, .age_from = 5, .age_to = 9, .minor = true};
            e.birth_year = 2000;
            e.said_at = e.until = SAMPLE_TIME;
            for (unsigned k = 0; k < PERSON_ENTRY_TEXTS; k++) e.text[k] = k == PERSON_COUNTRY ? country : word;
        }
        if (i == 2) {
            n.when = n.held_since = n.said_at = SAMPLE_TIME;
            n.reached = 1;
            n.renews = true;
            for (unsigned k = 0; k < PERSON_NOTE_TEXTS; k++) n.text[k] = word;
        }
        int size = i < 2   ? person_entry_make(&author, &e, 1, SAMPLE_TIME, salt, room, &r)
                   : i < 4 ? person_note_make(&author, &n, 1, SAMPLE_TIME, salt, room, &r)
                           : person_link_make(&author, &l, SAMPLE_TIME, salt, room, &r);
        CHECK(size > 0);
        buffer[0] = (uint8_t)((r.kind - KIND_PERSON) / 2 + 3 * r.ref_count);
        memcpy(buffer + 1, r.body + RECORD_SALT_SIZE, r.body_size - RECORD_SALT_SIZE);
        put("persons", i, buffer, 1 + r.body_size - RECORD_SALT_SIZE);
    }
}

/* Reports and words: a byte with kind and references, then the content. */
static void reports_put(struct rng *g) {
    static const uint8_t salt[RECORD_SALT_SIZE], one[HASH_SIZE] = {1}, other[HASH_SIZE] = {2};
    static uint8_t room[RECORD_SIZE_MAX];
    struct sample_community in;
    struct record r;
    sample_found(g, &in);
    struct author author = {.charter = &in.charter};
    sample_member(g, &author.member);
    for (unsigned i = 0; i < 6; i++) {
        struct report report = {.type = (uint8_t)(1 + i), .what = REPORT_CHECKPOINT, .ground = REPORT_SAW};
        struct report_word word = {
            .say = (uint8_t)(i - 2), .ground = REPORT_TOLD, .target = one, .text = "no", .size = 2};
        if (i == 1) {
            report =
                (struct report){.type = REPORT_WARNING, .what = REPORT_OTHER, .ground = REPORT_TOLD, .guest = true};
            report.has_point = true;
            report.latitude = 43238;
            report.longitude = 76945;
            report.when = report.until = SAMPLE_TIME;
            report.text = "men with shields";
            report.size = strlen(report.text);
            report.message = one;
            report.corrects = other;
            strcpy(report.word, "column");
            strcpy(report.district, "Almaly");
            strcpy(report.place, "the square");
        }
        if (i == 2) strcpy(report.whom, "the prosecutor");
        if (i == 5) word.about = other;
        int size = i < 3 ? report_make(&author, &report, 1, SAMPLE_TIME, salt, room, &r)
                         : report_word_make(&author, &word, 1, SAMPLE_TIME, salt, room, &r);
        CHECK(size > 0);
        buffer[0] = (uint8_t)((r.kind == KIND_REPORT_WORD) | r.ref_count << 1);
        memcpy(buffer + 1, r.body + RECORD_SALT_SIZE, r.body_size - RECORD_SALT_SIZE);
        put("report", i, buffer, 1 + r.body_size - RECORD_SALT_SIZE);
    }
}

/* Wordings, acts, tallies and a roll: a byte with kind and references, then the content. */
static void demands_put(struct rng *g) {
    static const uint8_t salt[RECORD_SALT_SIZE], id[HASH_SIZE], keys[2][KEY_SIZE] = {{1}, {2}};
    static uint8_t room[RECORD_SIZE_MAX];
    struct sample_community in;
    struct record r;
    sample_found(g, &in);
    struct author author = {.charter = &in.charter};
    sample_member(g, &author.member);
    const struct demand demand = {.text = "Free the arrested", .size = 17, .of = id, .guest = true};
    const struct demand_act put_it = {.type = DEMAND_PUT, .target = id, .object = id},
                            number = {
                                .type = DEMAND_NUMBER, .target = id, .number = 300, .note = "at last", .note_size = 7};
    const struct demand_tally tally = {.way = DEMAND_HANDS,
                                       .target = id,
                                       .object = id,
                                       .in_favour = 312,
                                       .against = 4,
                                       .abstained = 1,
                                       .present = 330,
                                       .when = SAMPLE_TIME,
                                       .place = "the square",
                                       .photo = id,
                                       .note = "three counted",
                                       .note_size = 13};
    const struct demand_roll roll = {.title = "the assembly", .count = 2, .keys = keys[0]};
    for (unsigned i = 0; i < 5; i++) {
        int size = i == 0   ? demand_make(&author, &demand, SAMPLE_TIME, salt, room, &r)
                   : i == 1 ? demand_act_make(&author, &put_it, SAMPLE_TIME, salt, room, &r)
                   : i == 2 ? demand_act_make(&author, &number, SAMPLE_TIME, salt, room, &r)
                   : i == 3 ? demand_tally_make(&author, &tally, SAMPLE_TIME, salt, room, &r)
                            : demand_roll_make(&author, &roll, SAMPLE_TIME, salt, room, &r);
        CHECK(size > 0);
        buffer[0] = (uint8_t)((r.kind - KIND_DEMAND) / 2 | r.ref_count << 2);
        memcpy(buffer + 1, r.body + RECORD_SALT_SIZE, r.body_size - RECORD_SALT_SIZE);
        put("demand", i, buffer, 1 + r.body_size - RECORD_SALT_SIZE);
    }
}

/* Make records of two authors and all the communities, some in chains, some stubs, one a fork. */
static size_t chain_make(struct rng *g, struct sample_record *records, size_t count, const struct sample_community *in,
                         size_t communities) {
    struct member author;
    for (size_t i = 0; i < count; i++) {
        struct record *r = &records[i].record;
        const struct sample_community *c = &in[i * communities / count];
        if (i % 4 == 0) sample_member(g, &author);
        sample_record(g, &records[i], c, &author, 150);
        const struct record *before = i > 0 ? &records[i - 1].record : NULL;
        if (i % 4 != 0 && memcmp(before->community, r->community, HASH_SIZE) == 0 && before->seq < RECORD_SEQ_MAX) {
            r->seq = before->seq + 1;
            memcpy(r->prev, before->id, PREV_SIZE);
            if (i % 4 == 3) r->prev[0] ^= 1;
            int err = record_sign(r, author.secret);
            CHECK(err == 0);
        }
    }
    for (size_t i = 0; i < count; i++)
        if (i % 5 == 4) records[i].record.body = NULL;
    return count;
}

static void beacons_put(void) {
    for (unsigned i = 0; i < 2; i++) {
        struct beacon beacon = {.token = "a token", .port = LAN_PORT, .ask = i == 0};
        beacon_encode(buffer, &beacon);
        put("beacon", i, buffer, BEACON_SIZE);
    }
}

static void frames_put(struct rng *g, unsigned number, bool fixed) {
    static struct sample_community in[FIXED_CHARTERS];
    static struct sample_record made[24];
    static struct record records[24];
    static uint8_t plain[POUCH_SECTION_MAX], raw[POUCH_SECTION_MAX];
    struct pouch_community communities[FIXED_CHARTERS];
    struct writer plain_out, raw_out;
    size_t charters_size = 0;
    for (unsigned i = 0; i < FIXED_CHARTERS; i++) {
        sample_found(g, &in[i]);
        if (fixed) {
            fixed_charter(i, &in[i].charter, &in[i].record, in[i].body);
            int size = charter_compact(&in[i].record, in[i].compact, sizeof in[i].compact);
            CHECK(size > 0);
            in[i].compact_size = (size_t)size;
        }
        communities[i] = (struct pouch_community){in[i].compact, in[i].compact_size, &in[i].charter};
        charters_size += in[i].compact_size;
    }
    size_t count = chain_make(g, made, 1 + number * 3, in, FIXED_CHARTERS);
    for (size_t i = 0; i < count; i++) records[i] = made[i].record;
    writer_init(&plain_out, plain, sizeof plain);
    writer_init(&raw_out, raw, sizeof raw);
    int err = pouch_records_encode(communities, FIXED_CHARTERS, records, count, &plain_out, &raw_out);
    CHECK(err == 0);
    buffer[0] = fixed;
    for (unsigned i = 0; i < 3; i++) buffer[1 + i] = (uint8_t)(plain_out.at >> (8 * i) & 0xff);
    memcpy(buffer + 4, plain, plain_out.at);
    size_t skip = fixed ? charters_size : 0;
    memcpy(buffer + 4 + plain_out.at, raw + skip, raw_out.at - skip);
    put("pouch_records", 2 * number + fixed, buffer, 4 + plain_out.at + raw_out.at - skip);
    struct pouch_frame frame = {.type = POUCH_RECORDS, .codec = POUCH_STORED};
    frame.packed_size = frame.plain_size = (uint32_t)plain_out.at;
    frame.raw_size = (uint32_t)raw_out.at;
    memcpy(buffer + POUCH_HEADER_SIZE, plain, plain_out.at);
    memcpy(buffer + POUCH_HEADER_SIZE + plain_out.at, raw, raw_out.at);
    pouch_frame_encode(buffer, &frame, buffer + POUCH_HEADER_SIZE);
    if (number < 3) put("frame", 2 * number + fixed, buffer, POUCH_HEADER_SIZE + plain_out.at + raw_out.at);
}

/* The last chunks of blobs that end soon after a chunk's border, so that the seeds stay small. */
/* A key line, and what either side of a meeting hears; the harness's own keys are others, so that it fails late. */
static void meetings_put(struct rng *g) {
    static char line[KEY_LINE_CHARS_MAX + 1];
    uint8_t heard[2][2 * (1 + MEET_MESSAGE_MAX)], community[HASH_SIZE] = {2}, secret[KEY_SIZE];
    size_t sizes[2] = {0, 0};
    struct meet sides[2];
    struct member members[2];
    for (unsigned i = 0; i < 2; i++) {
        sample_member(g, &members[i]);
        rng_bytes(g, secret, sizeof secret);
        CHECK(meet_begin(&sides[i], i ? MEET_SECOND : MEET_FIRST, community, &members[i], "name", secret) == 0);
    }
    for (unsigned n = 0; n < 4; n++) {
        unsigned to = n % 2 == 0;
        uint8_t *at = heard[to] + sizes[to];
        size_t size = meet_send(&sides[!to], at + 1);
        CHECK(size > 0 && size < 256 && meet_recv(&sides[to], at + 1, size) == 0);
        at[0] = (uint8_t)size;
        sizes[to] += 1 + size;
    }
    for (unsigned i = 0; i < 2; i++) {
        buffer[0] = (uint8_t)i;
        memcpy(buffer + 1, heard[i], sizes[i]);
        put("meet", i, buffer, 1 + sizes[i]);
        int length = key_line_encode(community, &members[i], i ? "name" : "", line);
        CHECK(length > 0);
        buffer[0] = 2;
        memcpy(buffer + 1, line, (size_t)length);
        put("meet", 2 + i, buffer, 1 + (size_t)length);
    }
}

static void chunks_put(struct rng *g) {
    static const uint32_t counts[] = {1, 2, 3, 5, 6, 9, 13, 16384};
    static uint8_t nodes[40000][HASH_SIZE], proof[BLOB_PROOF_MAX], chunk[64];
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint32_t count = counts[i];
        size_t last_size = 1 + (size_t)rng_below(g, sizeof chunk);
        struct pouch_chunk c = {.index = count - 1, .proof = proof, .data = chunk, .data_size = last_size};
        c.size_bytes = (uint64_t)(count - 1) * BLOB_CHUNK_SIZE + last_size;
        CHECK(blob_tree_size(count) <= sizeof nodes / HASH_SIZE);
        rng_bytes(g, nodes[0], (size_t)count * HASH_SIZE);
        rng_bytes(g, chunk, last_size);
        blob_leaf(nodes[count - 1], chunk, last_size);
        blob_tree(c.blob, nodes, count, c.size_bytes);
        c.proof_size = (size_t)blob_proof(proof, nodes, count, c.index) * HASH_SIZE;
        struct writer plain, raw;
        writer_init(&plain, buffer + 3, sizeof buffer - 3);
        writer_init(&raw, buffer + 3 + 1024, sizeof buffer - 3 - 1024);
        int err = pouch_chunk_encode(&c, &plain, &raw);
        CHECK(err == 0 && plain.at < 1024);
        buffer[0] = i % 2;
        buffer[1] = (uint8_t)(plain.at & 0xff);
        buffer[2] = (uint8_t)(plain.at >> 8);
        memmove(buffer + 3 + plain.at, buffer + 3 + 1024, raw.at);
        put("chunk", i, buffer, 3 + plain.at + raw.at);
    }
}

static void files_put(struct rng *g) {
    for (unsigned i = 0; i < 6; i++) {
        struct store *store;
        struct pouch_packed packed;
        int fd, err = store_memory_open(&store);
        CHECK(err == 0);
        pouch_sample_fill(g, store, i * 3, 100, 0);
        err = pouch_sample_pack(store, 0, &packed, &fd);
        CHECK(err == 0 && packed.bytes < sizeof buffer);
        buffer[0] = (uint8_t)(i % 4);
        ssize_t got = pread(fd, buffer + 1, sizeof buffer - 1, 0);
        CHECK(got > 0);
        put("pouch_file", i, buffer, 1 + (size_t)got);
        close(fd);
        store_close(store);
    }
}

/* Parcels as pages: those that the harness makes of a file (mode bit 2), and whole ones as the program writes them. */
static void pages_put(void) {
    static const char app[] = "<!doctype html>\n<script>1<2</script>\n" POUCH_HTML_APP_END;
    const struct gzip unpacked = {.plain = (uint8_t *)(uintptr_t)app, .plain_size = sizeof app - 1};
    struct rng g;
    rng_begin(&g, "pages");
    for (unsigned i = 0; i < 6; i++) {
        struct store *store;
        struct pouch_packed packed;
        int fd = pouch_sample_file(NULL, 0), err = store_memory_open(&store);
        CHECK(err == 0);
        pouch_sample_fill(&g, store, i * 3, 100, 0);
        struct pouch_access access = {.store = store};
        const struct pouch_pack what = {.now = SAMPLE_NOW, .app = i % 2 ? &unpacked : NULL, .page = i % 2};
        err = pouch_file_pack(&access, fd, &what, &packed);
        CHECK(err == 0 && packed.bytes < sizeof buffer);
        buffer[0] = (uint8_t)(what.page ? i % 4 : 4 + i % 4);
        ssize_t got = pread(fd, buffer + 1, sizeof buffer - 1, 0);
        CHECK(got > 0);
        put("pouch_file", 6 + i, buffer, 1 + (size_t)got);
        close(fd);
        store_close(store);
    }
}

/* Messages and frames as both sides of fuzz/noise_fuzz.c and fuzz/channel_fuzz.c make them. */
static void handshakes_put(struct rng *g) {
    struct noise n;
    static const uint8_t prologue[] = "fuzz", theirs[KEY_SIZE] = {2};
    for (unsigned i = 0; i < 8; i++) {
        int size;
        buffer[0] = (uint8_t)i;
        if (i & 4) {
            size = 2 * (int)(1 + rng_below(g, 60));
            rng_bytes(g, buffer + 1, (size_t)size / 2);
            memset(buffer + 1 + size / 2, 0, (size_t)size / 2);
            if (i & 2) buffer[1 + size / 2] = 1;
        } else if (i & 2) {
            channel_handshake(&n, true, theirs);
            size = channel_handshake_write(&n, buffer + 1, sizeof buffer - 1);
        } else {
            noise_init(&n, true, prologue, sizeof prologue, theirs);
            size = noise_write(&n, (const uint8_t *)"payload", 7, buffer + 1, sizeof buffer - 1);
        }
        CHECK(size > 0);
        put("noise", i, buffer, 1 + (size_t)size);
    }
}

static void channels_put(struct rng *g) {
    struct writer w;
    static uint8_t frame[600]; /* and keys, zeros at first */
    for (unsigned i = 0; i < 12; i++) {
        writer_init(&w, buffer, sizeof buffer);
        writer_u8(&w, (uint8_t)(i % 3));
        struct channel c;
        channel_init(&c, frame, frame + KEY_SIZE);
        for (unsigned n = 0; n < 40; n++) {
            if (i % 3 == 0) { /* frames of a channel that nobody has the keys of */
                int size = channel_seal(&c, n % 2, frame, 200, frame, n);
                CHECK(size > 0);
                writer_u8(&w, (uint8_t)size);
                writer_u8(&w, 0);
                writer_bytes(&w, frame, (size_t)size);
            } else if (i % 3 == 1) { /* heads around the counters at which something changes, and a pad */
                static const uint64_t around[] = {0, 128, 1024, 16384, 65536, 131072};
                const uint64_t at = around[rng_below(g, 6)] + rng_below(g, 4);
                writer_u8(&w, (uint8_t)(1 + varint_size(at) + (n % 8 == 7 ? 16 : 0)));
                writer_u8(&w, 4);
                writer_u8(&w, n % 3 ? CHANNEL_DATA : CHANNEL_PADDED);
                writer_varint(&w, at);
                writer_u32(&w, n % 5 ? 0x80 : 0x81);
            } else {
                writer_u8(&w, (uint8_t)rng_below(g, 256));
                writer_u8(&w, (uint8_t)rng_below(g, 256));
            }
        }
        CHECK(w.err == 0);
        put("channel", i, buffer, w.at);
    }
}

static void sketches_put(struct rng *g) {
    for (unsigned i = 0; i < 12; i++) {
        uint64_t set[16], syndromes[SKETCH_CAPACITY_MAX] = {0};
        const size_t n = i < 8 ? i : 16, capacity = i < 10 ? n + i % 3 : n - 1;
        struct writer w;
        for (size_t j = 0; j < n; j++) set[j] = sketch_element(rng_u64(g));
        sketch_add(gf40_bitslice(), syndromes, 0, capacity, set, n);
        writer_init(&w, buffer, sizeof buffer);
        writer_u8(&w, (uint8_t)(i & 1));
        sketch_write(&w, syndromes, capacity);
        put("sketch", i, buffer, w.at);
    }
}

static void rice_put(struct rng *g) {
    static const uint8_t universes[] = {0, 5, 10, 20, 40, 62, 148, 168};
    for (unsigned i = 0; i < 16; i++) {
        uint64_t values[64], next = 0;
        size_t count = 0;
        struct writer w;
        const uint8_t choice = universes[i % 8];
        uint64_t universe = UINT64_C(1) << (choice % 63);
        if (choice >= 128) universe -= universe / 3;
        for (; count < i * 4 && next < universe; count++) {
            values[count] = next + rng_below(g, 1 + (universe - next) / (1 + i));
            next = values[count] + 1;
        }
        writer_init(&w, buffer, sizeof buffer);
        writer_u8(&w, choice);
        rice_write_gaps(&w, values, count, universe);
        CHECK(!w.err);
        put("rice", i, buffer, w.at);
    }
}

/* What one side of a pass hears from an honest peer, for every pair of sizes, heard by the asker and by the solver. */
static void passes_put(void) {
    static struct fixed_set sets[2];
    static struct reconcile sides[2]; /* asker, solver */
    uint8_t message[RECONCILE_MESSAGE_MAX];
    for (unsigned i = 0; i < 64; i++) {
        const unsigned hears = i & 1;
        struct writer w;
        const uint8_t choice = (uint8_t)((hears ? 0 : 1) | (i >> 1 & 3) << 1 | (i >> 5 & 1) << 3);
        writer_init(&w, buffer, sizeof buffer);
        writer_u8(&w, choice);
        fixed_reconcile(&sides[hears], &sets[hears], choice, 20);
        fixed_reconcile(&sides[!hears], &sets[!hears], (uint8_t)(hears | (i >> 3 & 3) << 1), 20 - (i >> 3 & 3) * 5);
        for (unsigned idle = 0, side = 0; idle < 2; side = !side) {
            const int size = reconcile_send(&sides[side], message, sizeof message);
            CHECK(size >= 0);
            idle = size > 0 ? 0 : idle + 1;
            if (size == 0) continue;
            if (side != hears) {
                writer_u8(&w, (uint8_t)(size & 0xff));
                writer_u8(&w, (uint8_t)(size >> 8));
                writer_bytes(&w, message, (size_t)size);
            }
            const int err = reconcile_recv(&sides[!side], message, (size_t)size);
            CHECK(err == 0);
        }
        CHECK(!w.err && reconcile_is_done(&sides[0]) && reconcile_is_done(&sides[1]));
        put("reconcile", i, buffer, w.at);
    }
}

/* What the harness reads of a record: kind, references, content. */
static void freeze_put(unsigned number, const struct record *r) {
    struct writer w;
    size_t size;
    const uint8_t *content = record_content(r, &size);
    writer_init(&w, buffer, sizeof buffer);
    writer_u8(&w, 1);
    writer_u8(&w, (uint8_t)r->kind);
    writer_u8(&w, r->ref_count);
    for (unsigned i = 0; i < r->ref_count; i++) writer_u8(&w, (uint8_t)(r->refs[i].type - 1));
    for (unsigned i = 0; i < r->ref_count; i++) writer_u8(&w, r->refs[i].id[0]);
    writer_bytes(&w, content, size);
    CHECK(!w.err);
    put("freeze", number, buffer, w.at);
}

static void freezes_put(struct rng *g) {
    static uint8_t room[RECORD_SIZE_MAX];
    static struct sample_community community;
    struct card cards[2];
    struct record record;
    struct member person;
    uint8_t targets[2][HASH_SIZE] = {{1}, {2}}, salt[RECORD_SALT_SIZE] = {0};
    struct freeze_last last = {.seq = 300};
    sample_found(g, &community);
    sample_member(g, &person);
    struct author author = {.charter = &community.charter};
    sample_member(g, &author.member);
    for (unsigned i = 0; i < 2; i++) {
        cards[i].purpose = (uint8_t)(CARD_FREEZE + i);
        memcpy(cards[i].community, community.charter.community, HASH_SIZE);
        memcpy(cards[i].key, person.key, KEY_SIZE);
        rng_bytes(g, cards[i].seed, SEED_SIZE);
        int length = card_encode(&cards[i], (char *)buffer + 1);
        CHECK(length > 0);
        buffer[0] = 0;
        put("freeze", i, buffer, 1 + (size_t)length);
    }
    for (unsigned i = 0; i < 5; i++) {
        struct card_commitments list = {2, targets[0]};
        struct freeze_write w = {&author, SAMPLE_TIME, salt, person.key, NULL, room, &record, NULL, 0};
        if (i % 2) w.card = &cards[i > 2];
        if (i == 1) {
            w.terms = targets[0];
            w.term_count = 2;
        }
        int size = i == 4  ? card_record_make(&author, &list, SAMPLE_TIME, salt, room, &record)
                   : i < 2 ? freeze_make(&w, &last)
                           : freeze_lift(&w, targets[0], 2);
        CHECK(size > 0);
        freeze_put(2 + i, &record);
    }
}

static int piece_put(void *context, const char *bytes, size_t size) {
    size_t *fill = context;
    if (sizeof buffer - *fill < size) return ERR_SPACE;
    memcpy(buffer + *fill, bytes, size);
    *fill += size;
    return 0;
}

/* Entries and notes as we write them, and as older versions and strangers do. */
static void people_put(struct rng *g) {
    static const char *const others[] = {
        "<?xml version='1.0' encoding='ISO-8859-1'?><p:pfif xmlns:p='http://zesty.ca/pfif/1.1'><p:person>"
        "<p:note><p:note_record_id>a/n</p:note_record_id><p:author_name>J</p:author_name>"
        "<p:source_date>2005-09-03T20:52:25Z</p:source_date><p:found>true</p:found><p:text>T</p:text></p:note>"
        "<p:person_record_id>a/1</p:person_record_id><p:source_date>2005-09-03T09:21:12Z</p:source_date>"
        "<p:first_name>K</p:first_name><p:last_name>D\xf6</p:last_name><p:home_zip>94305</p:home_zip></p:person></p:pfif>",
        "<!DOCTYPE pfif [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]><pfif>&a;&f;</pfif>",
        "<pfif xmlns='http://zesty.ca/pfif/1.4'><x:a xmlns:x='urn:x'><x:b c='d'/></x:a><!-- c --><?p i?><person>"
        "<person_record_id>a/1</person_record_id><source_date>9999-01-01T00:00:00Z</source_date>"
        "<full_name><![CDATA[<&>]]>&#1078;&amp;</full_name><sex>F</sex></person></pfif>",
        "<?xml version='1.0' encoding='windows-1251'?><pfif/>"};
    for (unsigned i = 0; i < 8; i++) {
        static struct pfif_sample sample;
        struct pfif_writer *w;
        size_t fill = 2;
        buffer[0] = (uint8_t)(i * 60);
        buffer[1] = (uint8_t)(255 - i * 30);
        if (i < 4) {
            const int size = snprintf((char *)buffer + 2, sizeof buffer - 2, "%s", others[i]);
            put("pfif", i, buffer, (size_t)size + 2);
            continue;
        }
        int err = pfif_writer_open(&w, piece_put, &fill);
        for (unsigned n = 4; n < i && !err; n++) {
            pfif_sample_person(g, &sample, n);
            err = pfif_write_person(w, &sample.person);
            pfif_sample_note(g, &sample, n + n % 2);
            if (!err) err = pfif_write_note(w, &sample.note);
        }
        if (!err) err = pfif_writer_end(w);
        CHECK(err == 0);
        pfif_writer_free(w);
        put("pfif", i, buffer, fill);
    }
}

int main(int argc, char **argv) {
    struct rng g;
    if (argc != 2) {
        fprintf(stderr, "usage: make_corpus DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    rng_begin(&g, "corpus");
    records_put(&g);
    charters_put(&g);
    meetings_put(&g);
    texts_put(&g);
    media_put();
    beacons_put();
    for (unsigned i = 0; i < 4; i++) {
        frames_put(&g, i, false);
        frames_put(&g, i, true);
    }
    chunks_put(&g);
    files_put(&g);
    pages_put();
    handshakes_put(&g);
    channels_put(&g);
    sketches_put(&g);
    rice_put(&g);
    passes_put();
    freezes_put(&g);
    names_put(&g);
    aids_put(&g);
    demands_put(&g);
    people_put(&g);
    pins_put();
    persons_put(&g);
    reports_put(&g);
    return 0;
}
