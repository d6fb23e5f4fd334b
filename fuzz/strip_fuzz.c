/*
 * Fuzz the taking out of metadata: any bytes as a picture, a film or a sound. What comes out is no longer than what
 * went in, of the same format, and taking out again changes nothing. Pages of Ogg get the checksum that they need, or
 * nothing would ever come behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "media/strip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void page_sum(uint8_t *page, size_t size) {
    uint32_t sum = 0;
    memset(page + 22, 0, 4);
    for (size_t i = 0; i < size; i++) {
        sum ^= (uint32_t)page[i] << 24;
        for (int bit = 0; bit < 8; bit++) sum = (sum & 0x7fffffff) << 1 ^ (sum >> 31 ? 0x04c11db7 : 0);
    }
    for (int i = 0; i < 4; i++) page[22 + i] = (uint8_t)(sum >> 8 * i & 0xff);
}

static void ogg_sums(uint8_t *bytes, size_t size) {
    for (size_t at = 0, whole; size - at >= 27 && memcmp(bytes + at, "OggS", 4) == 0; at += whole) {
        size_t segments = bytes[at + 26];
        whole = 27 + segments;
        if (whole > size - at) return;
        for (size_t i = 0; i < segments; i++) whole += bytes[at + 27 + i];
        if (whole > size - at) return;
        page_sum(bytes + at, whole);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(size + 1), *again;
    size_t left = size, settled;
    CHECK(bytes);
    memcpy(bytes, data, size);
    bytes = realloc(bytes, size > 0 ? size : 1); /* a byte beyond is noticed */
    CHECK(bytes);
    enum strip_form form = strip_form_of(bytes, size);
    if (form == STRIP_OGG) ogg_sums(bytes, size);
    if (strip_media(bytes, &left) == 0) {
        CHECK(left <= size && left > 0 && strip_form_of(bytes, left) == form);
        again = malloc(left);
        CHECK(again);
        memcpy(again, bytes, left);
        settled = left;
        CHECK(strip_media(again, &settled) == 0);
        CHECK(settled == left && memcmp(again, bytes, left) == 0);
        free(again);
    }
    free(bytes);
    return 0;
}
