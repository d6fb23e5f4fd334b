/*
 * sketch.h: PinSketch, the set sketch of BCH codes (Dodis, Ostrovsky, Reyzin, Smith: "Fuzzy extractors", 2008, section
 * 6.3) over GF(2^40).
 *
 * A sketch of capacity c is the c sums of the 1st, 3rd, 5th, ... (2c - 1)th powers of a set's elements. The sum (^) of
 * two sets' sketches is the sketch of what lies in one of them only, and up to c such elements can be found from it. A
 * longer sketch begins with the shorter ones, so one that was too short is extended by the syndromes that it lacks.
 * All memory is the caller's. doc/protocol.md, "Sketches".
 */
#ifndef CORE_SKETCH_H
#define CORE_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/gf40.h"
#include "core/limits.h"
#include "core/sketch_kernel.h"

/* A syndrome's bytes on the wire. */
#define SKETCH_SYNDROME_SIZE 5

/*
 * Return the element of a salted 64-bit hash of an id: its low 40 bits, 1 for 0. The part it belongs to, of 1 to 2^24
 * parts, comes from the other 24 bits.
 */
uint64_t sketch_element(uint64_t hash);
uint32_t sketch_part(uint64_t hash, uint32_t parts);

/*
 * Add n elements to count syndromes, the first of which is number `first` of the sketch (0 for all of it; to extend a
 * sketch of c syndromes by m: syndromes + c, c, m). Adding an element twice takes it away again. Borrows the elements.
 */
void sketch_add(const struct sketch_kernel *kernel, uint64_t *syndromes, size_t first, size_t count,
                const uint64_t *elements, size_t n);

/* a ^= b, syndrome by syndrome. */
void sketch_xor(uint64_t *a, const uint64_t *b, size_t count);

/* What decoding needs besides; nothing in it outlives a call, so one for a thread is enough. About 110 KiB. */
struct sketch_work {
    uint64_t polynomial[SKETCH_CAPACITY_MAX];
    uint64_t factors[2][SKETCH_CAPACITY_MAX];
    uint64_t frobenius[GF40_BITS][SKETCH_CAPACITY_MAX]; /* x^(2^i) modulo the polynomial */
    union {
        struct {
            uint64_t sums[2 * SKETCH_CAPACITY_MAX];
            uint64_t current[SKETCH_CAPACITY_MAX + 1], previous[SKETCH_CAPACITY_MAX + 1],
                saved[SKETCH_CAPACITY_MAX + 1];
        } massey;
        uint64_t even[SKETCH_CAPACITY_MAX / 2][SKETCH_CAPACITY_MAX]; /* the even powers above its degree modulo it */
        struct {
            uint64_t trace[SKETCH_CAPACITY_MAX], a[SKETCH_CAPACITY_MAX + 1], b[SKETCH_CAPACITY_MAX];
        } split;
    } u;
};

/*
 * Find the set whose sketch this is, if it has at most `capacity` elements (capacity <= SKETCH_CAPACITY_MAX syndromes,
 * each below 2^40). out has room for capacity elements and receives them in ascending order.
 *
 * Return how many there are, or ERR_LIMIT if no set of at most `capacity` elements has this sketch: then there are
 * more. What is found always has exactly this sketch (it is checked that the polynomial has as many different roots as
 * its degree, none of them 0), but a sketch of more than `capacity` elements may by chance be that of a smaller set,
 * too: about once in capacity! times. So for small capacities something else must prove the result. Time is bounded by
 * the capacity alone.
 */
MUST_CHECK int sketch_decode(const struct sketch_kernel *kernel, const uint64_t *syndromes, size_t capacity,
                             uint64_t *out, struct sketch_work *work);

/* Write count syndromes, 5 bytes each, little-endian; read them: 0, or the reader's error. */
void sketch_write(struct writer *w, const uint64_t *syndromes, size_t count);
MUST_CHECK int sketch_read(struct reader *r, uint64_t *syndromes, size_t count);

#endif
