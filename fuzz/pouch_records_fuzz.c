/*
 * Fuzz a frame of records: mode (1) ‖ plain size (3, little-endian) ‖ plain ‖ raw. With bit 0 of the mode the harness
 * puts two valid charters in front of raw, whose signatures a fuzzer would not find. Every record that comes out is
 * canonical; all of them, put into a frame again, come out as the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/pouch.h"
#include "fuzz/fixed.h"

#define KEPT_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t room[POUCH_ROOM], bytes[RECORD_SIZE_MAX];
static uint8_t raw[POUCH_SECTION_MAX], plain_again[POUCH_SECTION_MAX], raw_again[POUCH_SECTION_MAX];
static struct record kept[KEPT_MAX];
static uint8_t *kept_bytes[KEPT_MAX];
static size_t kept_size[KEPT_MAX], kept_count;

static void keep(const struct record *r, int size) {
    CHECK(size > 0 && record_encode(r, bytes, sizeof bytes) == size && memcmp(bytes, room, (size_t)size) == 0);
    CHECK(r->form == RECORD_FORM_PLAIN && r->kind != KIND_CHARTER);
    if (kept_count == KEPT_MAX) return;
    uint8_t *copy = malloc((size_t)size);
    CHECK(copy != NULL);
    memcpy(copy, room, (size_t)size);
    int err = r->body ? record_decode(&kept[kept_count], copy, (size_t)size)
                      : record_decode_stub(&kept[kept_count], copy, (size_t)size);
    CHECK(err == 0 && memcmp(kept[kept_count].id, r->id, HASH_SIZE) == 0);
    kept_bytes[kept_count] = copy;
    kept_size[kept_count++] = (size_t)size;
}

/* Put what was kept into a frame of the valid charters of it, and read it back. */
static void again(struct pouch_records *it) {
    static struct pouch_records twice;
    static uint8_t compact[POUCH_FRAME_COMMUNITIES_MAX][CHARTER_COMPACT_MAX];
    struct pouch_community communities[POUCH_FRAME_COMMUNITIES_MAX];
    struct writer plain_out, raw_out;
    struct record r;
    size_t count = 0;
    int refused, size;
    for (unsigned i = 0; i < it->community_count; i++) {
        if (it->community_err[i]) continue;
        size = charter_compact(&it->charter_records[i], compact[count], sizeof compact[count]);
        CHECK(size > 0);
        communities[count] = (struct pouch_community){
            .compact = compact[count], .compact_size = (size_t)size, .charter = &it->charters[i]};
        count++;
    }
    if (count == 0) {
        CHECK(kept_count == 0);
        return;
    }
    writer_init(&plain_out, plain_again, sizeof plain_again);
    writer_init(&raw_out, raw_again, sizeof raw_again);
    int err = pouch_records_encode(communities, count, kept, kept_count, &plain_out, &raw_out);
    if (err == ERR_SPACE) return; /* without the refused records between them, the others may need more room */
    CHECK(err == 0);
    CHECK(pouch_records_begin(&twice, plain_again, plain_out.at, raw_again, raw_out.at) == 0);
    for (size_t i = 0; i < kept_count; i++) {
        size = pouch_records_next(&twice, room, &r, &refused);
        CHECK(size == (int)kept_size[i] && !refused && memcmp(room, kept_bytes[i], kept_size[i]) == 0);
    }
    CHECK(pouch_records_next(&twice, room, &r, &refused) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pouch_records it;
    struct record r;
    if (size < 4) return 0;
    size_t plain_size = (size_t)data[1] | (size_t)data[2] << 8 | (size_t)data[3] << 16;
    if (plain_size > size - 4) plain_size = size - 4;
    size_t front = data[0] & 1 ? fixed_charters(raw, sizeof raw) : 0, rest = size - 4 - plain_size;
    if (plain_size > POUCH_SECTION_MAX || rest > sizeof raw - front) return 0;
    memcpy(raw + front, data + 4 + plain_size, rest);
    kept_count = 0;
    if (pouch_records_begin(&it, data + 4, plain_size, raw, front + rest) == 0) {
        int got, refused;
        while ((got = pouch_records_next(&it, room, &r, &refused)) > 0)
            if (!refused) keep(&r, got);
        again(&it);
    }
    for (size_t i = 0; i < kept_count; i++) free(kept_bytes[i]);
    return 0;
}
