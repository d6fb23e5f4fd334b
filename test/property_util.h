/*
 * property_util.h: random input for property tests: a seeded generator and the ways in which bytes get damaged.
 *
 * Every run uses the same seed, so that a failure comes back; LONGEAR_TEST_SEED=NUMBER chooses another. The seed is
 * printed when a generator begins, and the runner shows a test's output when it fails. Nothing here needs cmocka: the
 * fuzzers' corpora are made with it too.
 */
#ifndef TEST_PROPERTY_UTIL_H
#define TEST_PROPERTY_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

/* Begin a generator for the property of this name (each name has its own numbers) and print its seed. */
void rng_begin(struct rng *g, const char *name);

uint64_t rng_u64(struct rng *g);

/* Return a number below n, which is not 0. */
uint64_t rng_below(struct rng *g, uint64_t n);

/* Return a number of 0 to 63 bits, every length equally often; small numbers and edges are met as often as large ones.
 */
uint64_t rng_wide(struct rng *g);

bool rng_one_in(struct rng *g, unsigned n);
void rng_bytes(struct rng *g, uint8_t *out, size_t size);

/*
 * Damage size bytes, once to three times: flip a bit, set a byte, cut the end, insert, delete or double a stretch.
 * Return the new size, at most room. The result may by chance be what it was.
 */
size_t rng_mutate(struct rng *g, uint8_t *bytes, size_t size, size_t room);

#endif
