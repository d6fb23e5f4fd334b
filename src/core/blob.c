/*
 * blob.c: the hash tree of a blob, level by level.
 */
#include "core/blob.h"

#include <string.h>

#include "core/check.h"
#include "core/crypto.h"

#define DOMAIN_SIZE 16
static const uint8_t domain_leaf[DOMAIN_SIZE] = "longear leaf   1";
static const uint8_t domain_node[DOMAIN_SIZE] = "longear node   1";
static const uint8_t domain_blob[DOMAIN_SIZE] = "longear blob   1";

uint32_t blob_chunk_count(uint64_t size_bytes) {
    if (size_bytes == 0 || size_bytes > BLOB_SIZE_MAX) return 0;
    return (uint32_t)((size_bytes + BLOB_CHUNK_SIZE - 1) / BLOB_CHUNK_SIZE);
}

uint32_t blob_chunk_size(uint64_t size_bytes, uint32_t index) {
    uint64_t start = (uint64_t)index * BLOB_CHUNK_SIZE;
    CHECK(start < size_bytes);
    return size_bytes - start < BLOB_CHUNK_SIZE ? (uint32_t)(size_bytes - start) : BLOB_CHUNK_SIZE;
}

unsigned blob_proof_length(uint32_t count, uint32_t index) {
    unsigned length = 0;
    for (; count > 1; count = (count + 1) / 2, index /= 2) length += (index ^ 1) < count;
    return length;
}

void blob_leaf(uint8_t out[HASH_SIZE], const uint8_t *chunk, size_t size) {
    crypto_digest_keyed(out, domain_leaf, DOMAIN_SIZE, chunk, size);
}

static void node_make(uint8_t out[HASH_SIZE], const uint8_t left[HASH_SIZE], const uint8_t right[HASH_SIZE]) {
    uint8_t pair[2 * HASH_SIZE];
    memcpy(pair, left, HASH_SIZE);
    memcpy(pair + HASH_SIZE, right, HASH_SIZE);
    crypto_digest_keyed(out, domain_node, DOMAIN_SIZE, pair, sizeof pair);
}

static void id_make(uint8_t out[HASH_SIZE], uint64_t size_bytes, const uint8_t root[HASH_SIZE]) {
    uint8_t message[8 + HASH_SIZE];
    for (unsigned i = 0; i < 8; i++) message[i] = (uint8_t)(size_bytes >> (8 * i) & 0xff);
    memcpy(message + 8, root, HASH_SIZE);
    crypto_digest_keyed(out, domain_blob, DOMAIN_SIZE, message, sizeof message);
}

size_t blob_tree_size(uint32_t count) {
    size_t size = count;
    for (; count > 1; size += count) count = (count + 1) / 2;
    return size;
}

void blob_tree(uint8_t id[HASH_SIZE], uint8_t (*nodes)[HASH_SIZE], uint32_t count, uint64_t size_bytes) {
    CHECK(count == blob_chunk_count(size_bytes) && count > 0);
    uint8_t(*level)[HASH_SIZE] = nodes;
    while (count > 1) {
        uint8_t(*above)[HASH_SIZE] = level + count;
        for (uint32_t i = 0; i + 1 < count; i += 2) node_make(above[i / 2], level[i], level[i + 1]);
        if (count % 2) memcpy(above[count / 2], level[count - 1], HASH_SIZE);
        count = (count + 1) / 2;
        level = above;
    }
    id_make(id, size_bytes, level[0]);
}

unsigned blob_proof(uint8_t out[BLOB_PROOF_MAX], uint8_t (*nodes)[HASH_SIZE], uint32_t count, uint32_t index) {
    unsigned length = 0;
    CHECK(index < count && count <= BLOB_CHUNKS_MAX);
    for (; count > 1; count = (count + 1) / 2, index /= 2) {
        if ((index ^ 1) < count) memcpy(out + HASH_SIZE * length++, nodes[index ^ 1], HASH_SIZE);
        nodes += count;
    }
    return length;
}

int blob_check(const uint8_t id[HASH_SIZE], uint64_t size_bytes, uint32_t index, const uint8_t *proof,
               size_t proof_size, const uint8_t *chunk, size_t chunk_size) {
    uint8_t hash[HASH_SIZE], computed[HASH_SIZE];
    uint32_t count = blob_chunk_count(size_bytes);
    if (count == 0 || index >= count) return ERR_LIMIT;
    if (chunk_size != blob_chunk_size(size_bytes, index) ||
        proof_size != blob_proof_length(count, index) * (size_t)HASH_SIZE)
        return ERR_FIELD;
    blob_leaf(hash, chunk, chunk_size);
    for (; count > 1; count = (count + 1) / 2, index /= 2) {
        if ((index ^ 1) >= count) continue;
        if (index & 1)
            node_make(hash, proof, hash);
        else
            node_make(hash, hash, proof);
        proof += HASH_SIZE;
    }
    id_make(computed, size_bytes, hash);
    return memcmp(computed, id, HASH_SIZE) == 0 ? 0 : ERR_HASH;
}
