/*
 * Fuzz charters in their compact form. Whatever decodes, its signature aside, has the same compact form again, and its
 * rules can be written anew and read back.
 */
#include <string.h>

#include "core/charter.h"
#include "core/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t compact[CHARTER_COMPACT_MAX], body[CHARTER_BODY_MAX];
    struct charter charter, again;
    struct record record;
    int err = charter_expand(&charter, &record, data, size);
    if (err != 0 && err != ERR_SIGNATURE) return 0;
    CHECK(charter_compact(&record, compact, sizeof compact) == (int)size && memcmp(compact, data, size) == 0);
    CHECK(charter.coordinator_count > 0 && charter_is_coordinator(&charter, charter.coordinators[0]));
    CHECK(charter_admit(&charter, &record) == 0);
    int body_size = charter_body(&charter, record.body, body, sizeof body);
    CHECK(body_size > 0);
    record.body = body;
    record.body_size = (size_t)body_size;
    CHECK(charter_decode(&again, &record) == 0 && memcmp(&again, &charter, sizeof again) == 0);
    return 0;
}
