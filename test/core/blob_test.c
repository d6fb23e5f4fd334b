/*
 * Blobs. Shows that tree and proofs agree with a recursive twin written after RFC 9162, section 2.1, for every small
 * number of chunks and some large ones, and that a chunk, proof, index, size or id that is not the right one is
 * refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/blob.h"
#include "core/crypto.h"
#include "test/property_util.h"

static uint8_t nodes[2 * BLOB_CHUNKS_MAX + 20][HASH_SIZE];
static uint8_t leaves[BLOB_CHUNKS_MAX][HASH_SIZE];

/* The largest power of two below n. */
static uint32_t split(uint32_t n) {
    uint32_t k = 1;
    while (2 * k < n) k *= 2;
    return k;
}

/* MTH(D[n]), section 2.1.1. */
static void root_twin(uint8_t out[HASH_SIZE], uint8_t (*d)[HASH_SIZE], uint32_t n) {
    uint8_t pair[2 * HASH_SIZE];
    if (n == 1) {
        memcpy(out, d[0], HASH_SIZE);
        return;
    }
    root_twin(pair, d, split(n));
    root_twin(pair + HASH_SIZE, d + split(n), n - split(n));
    crypto_digest_keyed(out, (const uint8_t *)"longear node   1", 16, pair, sizeof pair);
}

/* PATH(m, D[n]), section 2.1.3.1. Return its length. */
static unsigned path_twin(uint8_t *out, uint32_t m, uint8_t (*d)[HASH_SIZE], uint32_t n) {
    if (n == 1) return 0;
    uint32_t k = split(n);
    unsigned length = m < k ? path_twin(out, m, d, k) : path_twin(out, m - k, d + k, n - k);
    if (m < k)
        root_twin(out + length * HASH_SIZE, d + k, n - k);
    else
        root_twin(out + length * HASH_SIZE, d, k);
    return length + 1;
}

static void id_twin(uint8_t out[HASH_SIZE], uint32_t count, uint64_t size_bytes) {
    uint8_t message[8 + HASH_SIZE];
    for (unsigned i = 0; i < 8; i++) message[i] = (uint8_t)(size_bytes >> (8 * i) & 0xff);
    root_twin(message + 8, leaves, count);
    crypto_digest_keyed(out, (const uint8_t *)"longear blob   1", 16, message, sizeof message);
}

static void compare(uint32_t count, uint64_t size_bytes, uint32_t step) {
    uint8_t have[HASH_SIZE], want[HASH_SIZE], proof[BLOB_PROOF_MAX], path[BLOB_PROOF_MAX];
    assert_int_equal(blob_chunk_count(size_bytes), count);
    assert_true(blob_tree_size(count) <= sizeof nodes / HASH_SIZE);
    memcpy(nodes, leaves, (size_t)count * HASH_SIZE);
    blob_tree(have, nodes, count, size_bytes);
    id_twin(want, count, size_bytes);
    assert_memory_equal(have, want, HASH_SIZE);
    for (uint32_t i = 0; i < count; i += step) {
        unsigned length = blob_proof(proof, nodes, count, i);
        assert_int_equal(length, path_twin(path, i, leaves, count));
        assert_int_equal(length, blob_proof_length(count, i));
        assert_memory_equal(proof, path, (size_t)length * HASH_SIZE);
    }
}

static void test_tree_agrees_with_its_twin(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "blob tree");
    rng_bytes(&g, leaves[0], sizeof leaves);
    for (uint32_t count = 1; count <= 130; count++) {
        compare(count, (uint64_t)count * BLOB_CHUNK_SIZE, 1);
        compare(count, (uint64_t)(count - 1) * BLOB_CHUNK_SIZE + 1, count);
    }
    for (unsigned i = 0; i < 4; i++) {
        uint32_t count = 131 + (uint32_t)rng_below(&g, BLOB_CHUNKS_MAX - 131);
        compare(count, (uint64_t)count * BLOB_CHUNK_SIZE - rng_below(&g, BLOB_CHUNK_SIZE), count / 3);
    }
    compare(BLOB_CHUNKS_MAX, BLOB_SIZE_MAX, 5461);
}

static void test_sizes(void **state) {
    (void)state;
    assert_int_equal(blob_chunk_count(0), 0);
    assert_int_equal(blob_chunk_count(1), 1);
    assert_int_equal(blob_chunk_count(32768), 1);
    assert_int_equal(blob_chunk_count(32769), 2);
    assert_int_equal(blob_chunk_count(BLOB_SIZE_MAX), BLOB_CHUNKS_MAX);
    assert_int_equal(blob_chunk_count(BLOB_SIZE_MAX + 1), 0);
    assert_int_equal(blob_chunk_count(UINT64_MAX), 0);
    assert_int_equal(blob_chunk_size(1, 0), 1);
    assert_int_equal(blob_chunk_size(32768, 0), 32768);
    assert_int_equal(blob_chunk_size(32769, 0), 32768);
    assert_int_equal(blob_chunk_size(32769, 1), 1);
    assert_int_equal(blob_chunk_size(BLOB_SIZE_MAX, BLOB_CHUNKS_MAX - 1), 32768);
}

/* A real blob of up to 9 chunks: every chunk verifies with its own proof, and with nothing that is not exactly right.
 */
static void test_chunks(void **state) {
    (void)state;
    static uint8_t data[9 * BLOB_CHUNK_SIZE];
    struct rng g;
    rng_begin(&g, "blob chunks");
    rng_bytes(&g, data, sizeof data);
    for (uint32_t count = 1; count <= 9; count++) {
        uint64_t size = (uint64_t)count * BLOB_CHUNK_SIZE - (count % 2 ? 0 : 1 + rng_below(&g, BLOB_CHUNK_SIZE - 1));
        uint8_t id[HASH_SIZE], proof[BLOB_PROOF_MAX + HASH_SIZE];
        for (uint32_t i = 0; i < count; i++)
            blob_leaf(nodes[i], data + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(size, i));
        blob_tree(id, nodes, count, size);
        for (uint32_t i = 0; i < count; i++) {
            uint8_t *chunk = data + (size_t)i * BLOB_CHUNK_SIZE;
            uint32_t chunk_size = blob_chunk_size(size, i);
            size_t proof_size = (size_t)blob_proof(proof, nodes, count, i) * HASH_SIZE;
            assert_int_equal(blob_check(id, size, i, proof, proof_size, chunk, chunk_size), 0);
            assert_int_equal(blob_check(id, size, i, proof, proof_size, chunk, chunk_size - 1), ERR_FIELD);
            assert_int_equal(blob_check(id, size, i, proof, proof_size + HASH_SIZE, chunk, chunk_size), ERR_FIELD);
            if (proof_size > 0)
                assert_int_equal(blob_check(id, size, i, proof, proof_size - 1, chunk, chunk_size), ERR_FIELD);
            assert_int_equal(blob_check(id, size, count, proof, proof_size, chunk, chunk_size), ERR_LIMIT);
            assert_int_equal(blob_check(id, 0, 0, proof, proof_size, chunk, chunk_size), ERR_LIMIT);
            assert_int_equal(blob_check(id, BLOB_SIZE_MAX + 1, i, proof, proof_size, chunk, chunk_size), ERR_LIMIT);
            for (uint32_t j = 0; j < count; j++)
                if (j != i) assert_true(blob_check(id, size, j, proof, proof_size, chunk, chunk_size) < 0);
            size_t bit = (size_t)rng_below(&g, 8 * (size_t)chunk_size);
            chunk[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(blob_check(id, size, i, proof, proof_size, chunk, chunk_size), ERR_HASH);
            chunk[bit / 8] ^= (uint8_t)(1u << bit % 8);
            for (size_t at = 0; at < proof_size; at += 7) {
                proof[at] ^= 0x10;
                assert_int_equal(blob_check(id, size, i, proof, proof_size, chunk, chunk_size), ERR_HASH);
                proof[at] ^= 0x10;
            }
            id[i] ^= 1;
            assert_int_equal(blob_check(id, size, i, proof, proof_size, chunk, chunk_size), ERR_HASH);
            id[i] ^= 1;
        }
        /* The first chunk of a blob that says to be a byte longer, or shorter, than it is. */
        size_t proof_size = (size_t)blob_proof(proof, nodes, count, 0) * HASH_SIZE;
        assert_true(blob_check(id, size + 1, 0, proof, proof_size, data, blob_chunk_size(size, 0)) < 0);
        assert_true(blob_check(id, size - 1, 0, proof, proof_size, data, blob_chunk_size(size, 0)) < 0);
    }
}

/* Two inner nodes side by side are no chunk: a blob can't be passed off as another one. */
static void test_nodes_are_no_leaves(void **state) {
    (void)state;
    uint8_t pair[2 * HASH_SIZE] = {1, 2, 3}, node[HASH_SIZE], leaf[HASH_SIZE];
    crypto_digest_keyed(node, (const uint8_t *)"longear node   1", 16, pair, sizeof pair);
    blob_leaf(leaf, pair, sizeof pair);
    assert_memory_not_equal(node, leaf, HASH_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_agrees_with_its_twin),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_nodes_are_no_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
