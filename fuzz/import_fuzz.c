/*
 * Fuzz the lines of an import. Each becomes an item whose text can be signed, or an error; both are counted, and none
 * is lost.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "node/import_batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void composer_make(struct composer *c) {
    uint8_t seed[SEED_SIZE] = {1};
    memset(c, 0, sizeof *c);
    memset(c->charter.community, 7, HASH_SIZE);
    c->charter.keep_days = 365;
    c->author.charter = &c->charter;
    person_member(&c->author.member, seed, c->charter.community);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct import_batch *b;
    static struct composer c;
    uint32_t lines = 0;
    if (!b) {
        CHECK(sodium_init() >= 0);
        b = malloc(sizeof *b);
        CHECK(b);
    }
    composer_make(&c);
    import_batch_clear(b);
    while (size > 0 && !import_batch_is_full(b)) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end ? (size_t)(end - data) : size;
        char *line = malloc(length + 1); /* exactly as long as the line, so that any step beyond is seen */
        CHECK(line);
        memcpy(line, data, length);
        import_batch_add(b, ++lines, line, length);
        free(line);
        data += end ? length + 1 : length;
        size -= end ? length + 1 : length;
    }
    CHECK(b->count + b->error_count == lines);
    import_batch_sign(b, &c, 1795300000);
    CHECK(b->count + b->error_count == lines && b->signed_count == b->count && c.author.next == b->count);
    for (uint32_t i = 0; i < b->count; i++) {
        struct record r;
        CHECK(record_decode(&r, b->composed[i].bytes, b->composed[i].size) == 0 && r.seq == i);
    }
    return 0;
}
