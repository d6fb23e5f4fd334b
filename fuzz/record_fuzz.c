/*
 * Fuzz the decoders of records and stubs. Whatever is accepted encodes to the very bytes it came from, keeps its id
 * when its body goes, and can be asked for everything.
 */
#include <string.h>

#include "core/check.h"
#include "core/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct record *r) {
    size_t content_size;
    const uint8_t *content = record_content(r, &content_size);
    CHECK((content != NULL) == (r->body != NULL && r->form == RECORD_FORM_PLAIN));
    CHECK(!content || content_size + RECORD_SALT_SIZE == r->body_size);
    (void)record_ref(r, REF_BLOB);
    int err = record_verify(r);
    CHECK(err == 0 || err == ERR_SIGNATURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t bytes[RECORD_SIZE_MAX];
    struct record record, stub;
    if (record_decode(&record, data, size) == 0) {
        CHECK(size <= RECORD_SIZE_MAX);
        use(&record);
        CHECK(record_encode(&record, bytes, sizeof bytes) == (int)size && memcmp(bytes, data, size) == 0);
        record.body = NULL;
        int stub_size = record_encode(&record, bytes, sizeof bytes);
        CHECK(stub_size > 0 && record_decode_stub(&stub, bytes, (size_t)stub_size) == 0);
        CHECK(memcmp(stub.id, record.id, HASH_SIZE) == 0 && stub.body_size == record.body_size);
    }
    if (record_decode_stub(&stub, data, size) == 0) {
        CHECK(!stub.body);
        use(&stub);
        CHECK(record_encode(&stub, bytes, sizeof bytes) == (int)size && memcmp(bytes, data, size) == 0);
    }
    return 0;
}
