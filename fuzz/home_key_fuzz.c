/*
 * Fuzz home.key: the bytes as they come, or, if the first one is odd, with the check that a fuzzer would not find. What
 * is accepted is written as the same bytes, asks for no more than the bounds, and opens with no key.
 */
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "node/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t wrapping[KEY_SIZE] = {1};
    uint8_t bytes[2 * KEYRING_FILE_SIZE], again[KEYRING_FILE_SIZE], digest[HASH_SIZE], key[KEY_SIZE];
    struct keyring k;
    if (size == 0 || size - 1 > sizeof bytes) return 0;
    const size_t file = size - 1;
    memcpy(bytes, data + 1, file);
    if ((data[0] & 1) && file == KEYRING_FILE_SIZE) {
        crypto_digest(digest, bytes, file - 8);
        memcpy(bytes + file - 8, digest, 8);
    }
    if (keyring_decode(&k, bytes, file) != 0) return 0;
    CHECK(file == KEYRING_FILE_SIZE);
    CHECK(k.cost.ops <= KEYRING_OPS_MAX && k.cost.memory_kib <= KEYRING_MEMORY_KIB_MAX);
    keyring_encode(&k, again);
    CHECK(memcmp(again, bytes, file) == 0);
    CHECK(keyring_open(&k, wrapping, key) == ERR_PASSPHRASE);
    return 0;
}
