/*
 * Fuzz requests as they come over the socket of a home. What decodes has the same bytes again, and every string lies
 * within them.
 */
#include <string.h>

#include "core/check.h"
#include "node/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t again[REQUEST_SIZE_MAX];
    static struct request r;
    size_t sum = 0;
    if (size > REQUEST_SIZE_MAX || request_unpack(&r, data, size) != 0) return 0;
    sum += strlen(r.command);
    for (unsigned i = 0; i < r.option_count; i++) sum += strlen(r.options[i].name) + strlen(r.options[i].value);
    for (unsigned i = 0; i < r.argument_count; i++) sum += strlen(r.arguments[i]);
    CHECK(sum < size);
    CHECK(request_pack(&r, again, sizeof again) == (int)size && memcmp(again, data, size) == 0);
    return 0;
}
