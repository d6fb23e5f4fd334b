/*
 * Fuzz a whole pouch file, as it comes from anybody: mode (1) ‖ file. With bit 0 of the mode the harness puts the right
 * checksum into every frame's header that it finds, which a fuzzer would not; with bit 2 the file stands in a saved
 * page. Nothing may crash, hang or take more memory than a few frames; every record that gets into the store verifies
 * and was counted.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "carrier/pouch_file.h"
#include "carrier/pouch_html.h"
#include "core/check.h"
#include "core/pouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int verify(void *context, const struct store_record *r) {
    uint64_t *count = context;
    CHECK(record_verify(&r->record) == 0);
    ++*count;
    return 0;
}

static void checksums_set(uint8_t *file, size_t size) {
    struct pouch_frame frame;
    for (size_t at = 0; at + POUCH_HEADER_SIZE <= size; at++) {
        if (pouch_frame_decode(&frame, file + at) != 0) continue;
        size_t sections = (size_t)frame.packed_size + frame.raw_size;
        if (size - at - POUCH_HEADER_SIZE < sections) continue;
        pouch_frame_encode(file + at, &frame, file + at + POUCH_HEADER_SIZE);
        at += POUCH_HEADER_SIZE + sections - 1;
    }
}

/* Put the file into a page, as base64; the caller frees it. */
static uint8_t *page_of(const uint8_t *file, size_t *size) {
    size_t mark = sizeof POUCH_HTML_MARK - 1, room = sodium_base64_ENCODED_LEN(*size, sodium_base64_VARIANT_ORIGINAL);
    char *page = malloc(mark + room);
    CHECK(page != NULL);
    memcpy(page, POUCH_HTML_MARK, mark);
    CHECK(sodium_bin2base64(page + mark, room, file, *size, sodium_base64_VARIANT_ORIGINAL) != NULL);
    *size = strlen(page);
    return (uint8_t *)page;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct store *store;
    struct pouch_opened opened;
    struct store_stats stats;
    if (size == 0) return 0;
    int fd = memfd_create("pouch", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)size - 1) == 0);
    if (size > 1) {
        uint8_t *file = malloc(size - 1);
        CHECK(file != NULL);
        memcpy(file, data + 1, size - 1);
        if (data[0] & 1) checksums_set(file, size - 1);
        if (data[0] & 4) {
            size_t page_size = size - 1;
            uint8_t *page = page_of(file, &page_size);
            CHECK(pwrite(fd, page, page_size, 0) == (ssize_t)page_size);
            free(page);
        } else {
            CHECK(pwrite(fd, file, size - 1, 0) == (ssize_t)size - 1);
        }
        free(file);
    }
    CHECK(store_memory_open(&store) == 0);
    struct pouch_access access = {.store = store};
    struct pouch_open how = {.when = {.now = UINT64_C(1661384000), .confirmed = data[0] & 2}, .threads = 1};
    int err = pouch_file_open(&access, fd, &how, &opened);
    CHECK(err == 0 || err == ERR_NOT_POUCH);
    CHECK((err == ERR_NOT_POUCH) == (opened.frames == 0));
    CHECK(store_stats(store, how.when.now, &stats) == 0 && stats.records == opened.accepted &&
          stats.chunks == opened.chunks);
    struct store_query query = {.now = UINT64_MAX, .retracted = true};
    uint64_t count = 0;
    CHECK(store_list(store, &query, verify, &count) == 0 && count == opened.accepted);
    store_close(store);
    close(fd);
    return 0;
}
