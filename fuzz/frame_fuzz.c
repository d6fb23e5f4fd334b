/*
 * Fuzz a frame's header with its sections. What is accepted is written as the same header, its checksum aside; the
 * checksum that the writer makes is accepted, and no longer after a bit of the sections has changed.
 */
#include <string.h>

#include "core/check.h"
#include "core/pouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t sections[2 * POUCH_SECTION_MAX];
    uint8_t header[POUCH_HEADER_SIZE];
    struct pouch_frame frame, again;
    if (size < POUCH_HEADER_SIZE) return 0;
    if (pouch_frame_decode(&frame, data) != 0) return 0;
    size_t sections_size = (size_t)frame.packed_size + frame.raw_size;
    CHECK(sections_size <= sizeof sections && frame.plain_size <= POUCH_SECTION_MAX);
    if (size - POUCH_HEADER_SIZE < sections_size) return 0;
    memcpy(sections, data + POUCH_HEADER_SIZE, sections_size);
    pouch_frame_encode(header, &frame, sections);
    CHECK(memcmp(header, data, 24) == 0);
    bool fits = pouch_frame_check(data, &frame, sections) == 0;
    CHECK(fits == (memcmp(header, data, POUCH_HEADER_SIZE) == 0));
    CHECK(pouch_frame_decode(&again, header) == 0);
    CHECK(again.type == frame.type && again.codec == frame.codec && again.packed_size == frame.packed_size &&
          again.plain_size == frame.plain_size && again.raw_size == frame.raw_size);
    CHECK(pouch_frame_check(header, &again, sections) == 0);
    if (sections_size > 0) {
        sections[sections_size / 2] ^= 1;
        CHECK(pouch_frame_check(header, &again, sections) == ERR_CHECKSUM);
    }
    return 0;
}
