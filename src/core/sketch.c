/*
 * sketch.c: elements, wire form and decoding.
 *
 * Decoding: Berlekamp and Massey's algorithm finds the shortest linear recurrence of the power sums, whose polynomial
 * has the set's elements as roots. The polynomial has as many different roots in the field as its degree exactly if it
 * divides x^(2^40) - x. The powers x^(2^i) reckoned for that also give the trace of every multiple of x, and the
 * greatest common divisor with the trace of w * x takes apart the roots r by the trace of w * r. With w through a basis
 * of the field each pair of roots is parted once (Berlekamp 1970), with no random choice.
 */
#include "core/sketch.h"

#include <string.h>

#include "core/check.h"

uint64_t sketch_element(uint64_t hash) {
    const uint64_t element = hash & GF40_MASK;
    return element ? element : 1;
}

uint32_t sketch_part(uint64_t hash, uint32_t parts) {
    CHECK(parts > 0 && parts <= 1 << 24);
    return (uint32_t)((hash >> GF40_BITS) * parts >> 24);
}

void sketch_add(const struct sketch_kernel *kernel, uint64_t *syndromes, size_t first, size_t count,
                const uint64_t *elements, size_t n) {
    CHECK(first <= SKETCH_CAPACITY_MAX && count <= SKETCH_CAPACITY_MAX - first);
    kernel->add(syndromes, first, count, elements, n);
}

void sketch_xor(uint64_t *a, const uint64_t *b, size_t count) {
    for (size_t i = 0; i < count; i++) a[i] ^= b[i];
}

void sketch_write(struct writer *w, const uint64_t *syndromes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        writer_u32(w, (uint32_t)syndromes[i]);
        writer_u8(w, (uint8_t)(syndromes[i] >> 32));
    }
}

int sketch_read(struct reader *r, uint64_t *syndromes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t low = reader_u32(r);
        syndromes[i] = low | (uint64_t)reader_u8(r) << 32;
    }
    return r->err;
}
