/*
 * Fuzz reading Rice codes: bits of the universe (1) ‖ codes. What is accepted is ascending and below the universe, and
 * written again it is no longer than it was and is read as the same numbers.
 */
#include <string.h>

#include "core/check.h"
#include "core/rice.h"

#define COUNT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint64_t values[COUNT_MAX], again[COUNT_MAX];
    static uint8_t bytes[16384];
    struct reader r;
    struct writer w;
    if (size < 1) return 0;
    /* 1 to 2^62; odd ones in between, too. */
    uint64_t universe = UINT64_C(1) << (data[0] % 63);
    if (data[0] >= 128) universe -= universe / 3;
    reader_init(&r, data + 1, size - 1);
    const int count = rice_read_gaps(&r, values, COUNT_MAX, universe);
    if (count < 0) return 0;
    const size_t read = r.at;
    for (int i = 0; i < count; i++) CHECK(values[i] < universe && (i == 0 || values[i - 1] < values[i]));
    const size_t shortest = rice_size(values, (size_t)count, universe);
    CHECK(shortest <= read);
    if (shortest > sizeof bytes) return 0;
    writer_init(&w, bytes, sizeof bytes);
    rice_write_gaps(&w, values, (size_t)count, universe);
    CHECK(w.err == 0 && w.at == shortest);
    reader_init(&r, bytes, w.at);
    CHECK(rice_read_gaps(&r, again, (size_t)count, universe) == count && reader_end(&r) == 0);
    CHECK(memcmp(values, again, (size_t)count * sizeof *values) == 0);
    return 0;
}
