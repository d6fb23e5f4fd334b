/*
 * Fuzz the body of a pin: the first byte gives the number of references and their type, the rest is the content. What
 * is accepted is a pin of one message or the end of pins.
 */
#include <string.h>

#include "core/check.h"
#include "core/pin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t body[RECORD_SIZE_MAX];
    struct record r = {.form = RECORD_FORM_PLAIN, .kind = KIND_PIN, .body = body};
    if (size == 0 || size - 1 > RECORD_BODY_MAX - RECORD_SALT_SIZE) return 0;
    r.ref_count = data[0] % (RECORD_REFS_MAX + 1);
    for (unsigned i = 0; i < r.ref_count; i++) r.refs[i].type = data[0] & 0x80 ? REF_REPLY : REF_TARGET;
    memcpy(body + RECORD_SALT_SIZE, data + 1, size - 1);
    r.body_size = RECORD_SALT_SIZE + size - 1;
    int type = pin_decode(&r);
    CHECK(pin_check(&r) == (type < 0 ? type : 0));
    if (type < 0) return 0;
    CHECK((type == PIN_SET && r.ref_count == 1) || (type == PIN_END && r.ref_count > 0));
    CHECK(!(data[0] & 0x80));
    return 0;
}
