/*
 * Fuzz a beacon: what is accepted has the one size and is written as the same bytes, but for flags that this version
 * doesn't know.
 */
#include <string.h>

#include "core/beacon.h"
#include "core/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct beacon beacon;
    uint8_t again[BEACON_SIZE];
    int err = beacon_decode(&beacon, data, size);
    CHECK((size > 0 && data[0] != BEACON_VERSION) == (err == ERR_VERSION));
    if (err) return 0;
    CHECK(size == BEACON_SIZE && beacon.port != 0);
    beacon_encode(again, &beacon);
    CHECK(again[0] == data[0] && again[1] == (data[1] & 1) && memcmp(again + 2, data + 2, BEACON_SIZE - 2) == 0);
    return 0;
}
