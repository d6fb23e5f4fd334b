/*
 * blob.h: photos, videos and documents as chunks under a binary hash tree, so that they arrive from many hands in any
 * order and every chunk is verified alone.
 *
 *   chunk = BLOB_CHUNK_SIZE bytes, the last one shorter, never empty
 *   leaf  = BLAKE2b-256(key "longear leaf   1", chunk)
 *   node  = BLAKE2b-256(key "longear node   1", left ‖ right); a node without a right neighbour moves up unchanged
 *   id    = BLAKE2b-256(key "longear blob   1", size as 8 little-endian bytes ‖ root)
 *
 * The shape is that of RFC 9162, section 2.1; a proof lists the neighbours on the way up, lowest first.
 */
#ifndef CORE_BLOB_H
#define CORE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

/* Return how many chunks a blob of this size has; 0 if the size is 0 or over BLOB_SIZE_MAX. */
uint32_t blob_chunk_count(uint64_t size_bytes);

/* Return the size of chunk index, which is below the count. */
uint32_t blob_chunk_size(uint64_t size_bytes, uint32_t index);

/* Return how many hashes the proof of a chunk has. */
unsigned blob_proof_length(uint32_t count, uint32_t index);

/* Compute the leaf of a chunk. */
void blob_leaf(uint8_t out[HASH_SIZE], const uint8_t *chunk, size_t size);

/*
 * Build the tree over count leaves, which the caller has put at the front of nodes, an array of blob_tree_size(count)
 * hashes, levels from the leaves upwards. Write the blob's id.
 */
size_t blob_tree_size(uint32_t count);
void blob_tree(uint8_t id[HASH_SIZE], uint8_t (*nodes)[HASH_SIZE], uint32_t count, uint64_t size_bytes);

/* Copy the proof of chunk index out of a built tree. Return its length in hashes. */
unsigned blob_proof(uint8_t out[BLOB_PROOF_MAX], uint8_t (*nodes)[HASH_SIZE], uint32_t count, uint32_t index);

/*
 * Check a chunk against the blob's id. Errors: ERR_LIMIT (size or index out of range), ERR_FIELD (the chunk's size or
 * the proof's length is not what the blob's size asks for), ERR_HASH.
 */
MUST_CHECK int blob_check(const uint8_t id[HASH_SIZE], uint64_t size_bytes, uint32_t index, const uint8_t *proof,
                          size_t proof_size, const uint8_t *chunk, size_t chunk_size);

#endif
