/*
 * beacon.c: version (1) ‖ flags (1) ‖ port (2, little-endian) ‖ token (8). Flags: bit 0 asks for an answer; the others
 * are written as zero and not read.
 */
#include "core/beacon.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"

#define FLAG_ASK 1

void beacon_encode(uint8_t out[BEACON_SIZE], const struct beacon *beacon) {
    struct writer w;
    CHECK(beacon->port != 0);
    writer_init(&w, out, BEACON_SIZE);
    writer_u8(&w, BEACON_VERSION);
    writer_u8(&w, beacon->ask ? FLAG_ASK : 0);
    writer_u8(&w, (uint8_t)(beacon->port & 0xff));
    writer_u8(&w, (uint8_t)(beacon->port >> 8));
    writer_bytes(&w, beacon->token, BEACON_TOKEN_SIZE);
    CHECK(w.err == 0 && w.at == BEACON_SIZE);
}

int beacon_decode(struct beacon *out, const uint8_t *data, size_t size) {
    struct reader r;
    reader_init(&r, data, size);
    uint8_t version = reader_u8(&r);
    if (!r.err && version != BEACON_VERSION) return ERR_VERSION;
    out->ask = (reader_u8(&r) & FLAG_ASK) != 0;
    unsigned low = reader_u8(&r), high = reader_u8(&r);
    out->port = (uint16_t)(low | high << 8);
    reader_copy(&r, out->token, BEACON_TOKEN_SIZE);
    int err = reader_end(&r);
    return err ? err : out->port == 0 ? ERR_FIELD : 0;
}
