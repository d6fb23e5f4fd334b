/*
 * Fuzz a chunk's frame: mode (1) ‖ plain size (2, little-endian) ‖ plain ‖ raw. With bit 0 of the mode the harness
 * writes the blob's id for the chunk and proof as they are, which a fuzzer would not find. What is accepted is written
 * as the same bytes.
 */
#include <string.h>

#include "core/blob.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/pouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fold the proof up to the root as RFC 9162, section 2.1.3.2 does, and write the id it leads to. */
static void id_write(uint8_t *plain, size_t plain_size, const uint8_t *chunk, size_t chunk_size) {
    uint8_t hash[HASH_SIZE], pair[2 * HASH_SIZE], sized[8 + HASH_SIZE];
    struct reader in;
    if (plain_size < HASH_SIZE) return;
    reader_init(&in, plain + HASH_SIZE, plain_size - HASH_SIZE);
    uint64_t size_bytes = reader_varint(&in, VARINT_MAX), node = reader_varint(&in, VARINT_MAX);
    uint64_t last = (size_bytes - (size_bytes > 0)) / BLOB_CHUNK_SIZE;
    blob_leaf(hash, chunk, chunk_size);
    for (; reader_left(&in) >= HASH_SIZE && last > 0; node /= 2, last /= 2) {
        if (node == last && node % 2 == 0) continue;
        const uint8_t *other = reader_bytes(&in, HASH_SIZE);
        memcpy(pair + (node % 2 ? 0 : HASH_SIZE), other, HASH_SIZE);
        memcpy(pair + (node % 2 ? HASH_SIZE : 0), hash, HASH_SIZE);
        crypto_digest_keyed(hash, (const uint8_t *)"longear node   1", 16, pair, sizeof pair);
    }
    for (unsigned i = 0; i < 8; i++) sized[i] = (uint8_t)(size_bytes >> (8 * i) & 0xff);
    memcpy(sized + 8, hash, HASH_SIZE);
    crypto_digest_keyed(plain, (const uint8_t *)"longear blob   1", 16, sized, sizeof sized);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t plain[65536], plain_again[65536], raw_again[BLOB_CHUNK_SIZE];
    struct pouch_chunk chunk;
    struct writer plain_out, raw_out;
    if (size < 3) return 0;
    size_t plain_size = (size_t)data[1] | (size_t)data[2] << 8;
    if (plain_size > size - 3) plain_size = size - 3;
    memcpy(plain, data + 3, plain_size);
    const uint8_t *raw = data + 3 + plain_size;
    size_t raw_size = size - 3 - plain_size;
    if (data[0] & 1) id_write(plain, plain_size, raw, raw_size);
    if (pouch_chunk_decode(&chunk, plain, plain_size, raw, raw_size) != 0) return 0;
    CHECK(chunk.data_size <= BLOB_CHUNK_SIZE && chunk.proof_size <= BLOB_PROOF_MAX);
    writer_init(&plain_out, plain_again, sizeof plain_again);
    writer_init(&raw_out, raw_again, sizeof raw_again);
    CHECK(pouch_chunk_encode(&chunk, &plain_out, &raw_out) == 0);
    CHECK(plain_out.at == plain_size && memcmp(plain_again, plain, plain_size) == 0);
    CHECK(raw_out.at == raw_size && (raw_size == 0 || memcmp(raw_again, raw, raw_size) == 0));
    return 0;
}
