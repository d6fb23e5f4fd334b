/*
 * phone_parcel_fuzz.c: a stranger's bytes as a parcel for the page's peer, signatures looked at or (first byte odd)
 * not, zstd frames answered with nothing or (second bit) with zeros. Shows that reading ends in bounded steps, and that
 * what is then listed, searched and packed again is.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "phone/phone.h"

#define STEPS_MAX 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(struct phone *p, bool answers) {
    uint32_t plain_size = phone_parcel_plain_size(p);
    uint8_t *plain = answers ? calloc(1, plain_size + 1) : NULL;
    (void)phone_parcel_unpacked(p, plain, plain ? plain_size : 0);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    struct phone *p = phone_new();
    uint8_t *bytes = phone_alloc(size - 1);
    CHECK(p && bytes);
    if (size > 1) memcpy(bytes, data + 1, size - 1);
    const uint8_t seed[SEED_SIZE] = {1};
    phone_person(p, seed);
    phone_clock(p, 1800000000, data[0] >> 2 & 1, 1000);
    int got = phone_parcel_open(p, bytes, size - 1, data[0] & 1), steps = 0;
    while (got >= 0 && (got = phone_parcel_next(p, 3)) > 0) {
        if (got == PHONE_PARCEL_UNPACK) unpack(p, data[0] >> 1 & 1);
        CHECK(++steps < STEPS_MAX);
    }
    CHECK(phone_parcel_result(p) == 0);
    CHECK(phone_communities(p) == 0);
    CHECK(phone_search(p, NULL, "a", 1, 50) == 0);
    CHECK(phone_stats(p) == 0);
    CHECK(phone_parcel_make(p, NULL, 0, 0, 1) == 0);
    phone_free(p);
    return 0;
}
