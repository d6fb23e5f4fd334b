/*
 * siphash.h: SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012), 64 bits.
 *
 * A keyed hash for short ids and hash tables: who does not know the key cannot choose inputs that collide.
 */
#ifndef CORE_SIPHASH_H
#define CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE 16

/* Return the hash of size bytes; the 8 bytes of the paper's output are taken as a little-endian number. data may be
 * NULL if size is 0. */
uint64_t siphash24(const uint8_t key[SIPHASH_KEY_SIZE], const uint8_t *data, size_t size);

/* The same for exactly 32 bytes, a record's id; faster. */
uint64_t siphash24_32(const uint8_t key[SIPHASH_KEY_SIZE], const uint8_t data[32]);

#endif
