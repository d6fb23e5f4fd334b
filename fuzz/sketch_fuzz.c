/*
 * Fuzz decoding a sketch: kernel (1, its low bit) ‖ syndromes of 5 bytes. Whatever is answered is a set of at most so
 * many different elements that has exactly this sketch; both kernels answer the same.
 */
#include <string.h>

#include "core/check.h"
#include "core/sketch.h"
#include "host/cpu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sketch_work work;
    const struct sketch_kernel *kernels[2] = {gf40_bitslice(), cpu_sketch_kernel()};
    uint64_t syndromes[SKETCH_CAPACITY_MAX], again[SKETCH_CAPACITY_MAX] = {0}, out[SKETCH_CAPACITY_MAX];
    uint64_t other[SKETCH_CAPACITY_MAX];
    struct reader r;
    if (size < 1 || (size - 1) / SKETCH_SYNDROME_SIZE > SKETCH_CAPACITY_MAX) return 0;
    const size_t capacity = (size - 1) / SKETCH_SYNDROME_SIZE;
    const struct sketch_kernel *kernel = kernels[data[0] & 1];
    reader_init(&r, data + 1, size - 1);
    CHECK(sketch_read(&r, syndromes, capacity) == 0);
    const int found = sketch_decode(kernel, syndromes, capacity, out, &work);
    CHECK(sketch_decode(kernels[~data[0] & 1], syndromes, capacity, other, &work) == found);
    if (found < 0) {
        CHECK(found == ERR_LIMIT);
        return 0;
    }
    CHECK((size_t)found <= capacity && memcmp(out, other, (size_t)found * sizeof *out) == 0);
    for (int i = 0; i < found; i++) CHECK(out[i] > 0 && out[i] <= GF40_MASK && (i == 0 || out[i - 1] < out[i]));
    sketch_add(kernel, again, 0, capacity, out, (size_t)found);
    CHECK(memcmp(again, syndromes, capacity * sizeof *again) == 0);
    return 0;
}
