/*
 * stamp.c: hash what is signed, count zero bits.
 */
#include "core/stamp.h"

#include <string.h>

#include "core/check.h"
#include "core/crypto.h"

#define DOMAIN_SIZE 16

static const uint8_t domain[DOMAIN_SIZE] = {'l', 'o', 'n', 'g', 'e', 'a', 'r', ' ',
                                            's', 't', 'a', 'm', 'p', ' ', '0', '1'};

unsigned stamp_bits(const struct record *r) {
    uint8_t message[DOMAIN_SIZE + RECORD_HEADER_MAX + SIGNATURE_SIZE + HASH_SIZE], hash[HASH_SIZE];
    struct record stub = *r;
    unsigned bits = 0;
    stub.body = NULL;
    memcpy(message, domain, DOMAIN_SIZE);
    int size = record_encode(&stub, message + DOMAIN_SIZE, sizeof message - DOMAIN_SIZE);
    if (size < SIGNATURE_SIZE + HASH_SIZE) return 0;
    size_t header_end = DOMAIN_SIZE + (size_t)size - SIGNATURE_SIZE - HASH_SIZE;
    memcpy(message + header_end, r->body_hash, HASH_SIZE); /* in place of the signature */
    crypto_digest(hash, message, header_end + HASH_SIZE);
    while (bits < 8 * HASH_SIZE && !(hash[bits / 8] >> (7 - bits % 8) & 1)) bits++;
    return bits;
}

bool stamp_make(struct record *r, uint8_t *body, unsigned bits, uint32_t tries) {
    CHECK(r->form == RECORD_FORM_PLAIN && r->body == body && r->body_size >= RECORD_SALT_SIZE);
    for (uint32_t i = 0; i <= tries; i++) {
        crypto_digest(r->body_hash, body, r->body_size);
        if (stamp_bits(r) >= bits) return true;
        for (unsigned k = 0; i < tries && k < RECORD_SALT_SIZE; k++) {
            body[k] = (uint8_t)((body[k] + 1) & 0xff);
            if (body[k] != 0) break;
        }
    }
    return false;
}
