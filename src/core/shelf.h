/*
 * shelf.h: the outside of what closed communities write, and how it is opened.
 *
 * Members share a *shelf secret*. From it and the week they derive an Ed25519 key, the *shelf*, and sign sealed records
 * with it: a carrier can check them and count by shelf, and learns neither community, author, kind nor time. From the
 * same secret comes the *register key*, which seals what is written about the membership, so that who joins later can
 * read how it came about. Everything else is sealed by the key of an epoch (core/epoch.h).
 *
 *   shelf's seed   = H(secret; "longear shelf  1" ‖ week, u32 little-endian)      week = day / 7, day since 1970-01-01
 *   register key   = H(secret; "longear register")
 *   body           = box (core/seal.h) of  type (1) ‖ size varint ‖ content ‖ zeros   the header up to here as ad
 *
 *   content of type 1, a record   the author's own signed record, form 1, canonical, its community's id left out
 *   content of type 2, a letter   the same, wrapped for one person (seal_to)
 */
#ifndef CORE_SHELF_H
#define CORE_SHELF_H

#include "core/person.h"
#include "core/record.h"

#define SHELF_RECORD 1
#define SHELF_LETTER 2

static inline uint32_t shelf_week(uint32_t day) {
    return day / SHELF_WEEK_DAYS;
}

/* Derive the key pair of a week's shelf. The caller wipes it. */
void shelf_derive(struct member *out, const uint8_t secret[KEY_SIZE], uint32_t week);

/* Derive what names a shelf secret among its members: the first 8 bytes of H(secret; "longear shelf id"). */
void shelf_id(uint8_t out[SHELF_ID_SIZE], const uint8_t secret[KEY_SIZE]);

/* Derive the register key. The caller wipes it. */
void shelf_register_key(uint8_t out[KEY_SIZE], const uint8_t secret[KEY_SIZE]);

/*
 * Seal content into a record of the smallest size class that holds it, in room and *out, whose body borrows from room.
 * Return the size of the canonical bytes at the front of room. Errors: ERR_LIMIT (more than SHELF_CONTENT_MAX), as
 * record_encode.
 */
MUST_CHECK int shelf_seal(uint8_t type, const uint8_t *content, size_t size, const struct member *shelf,
                          const uint8_t key[KEY_SIZE], const uint8_t nonce[BOX_NONCE_SIZE], uint32_t expiry_day,
                          uint8_t urgency, uint8_t room[RECORD_SIZE_MAX], struct record *out);

/*
 * Open a sealed record, whose signature was checked, with a key. Return the size of the content, which *content borrows
 * from room, and its type. Errors: ERR_SEAL (another key), ERR_FIELD (an unknown type, content that does not fit,
 * padding that is not zeros).
 */
MUST_CHECK int shelf_open(const struct record *outer, const uint8_t key[KEY_SIZE], uint8_t room[RECORD_SIZE_MAX],
                          uint8_t *type, const uint8_t **content);

/*
 * Write a record of form 1, given by its canonical bytes, without its community's id; or rebuild the canonical bytes
 * from that and decode them; the author's signature is the caller's to check. shelf_pack returns a size and has room
 * for `size` bytes; *out of shelf_unpack borrows from room. Errors of shelf_pack: ERR_FIELD (another form, a stub),
 * ERR_LIMIT; of shelf_unpack: as record_decode, ERR_FIELD (a charter).
 */
MUST_CHECK int shelf_pack(const struct record *r, const uint8_t *bytes, size_t size, uint8_t *out);
MUST_CHECK int shelf_unpack(const uint8_t *content, size_t size, const uint8_t community[HASH_SIZE],
                            uint8_t room[RECORD_SIZE_MAX], struct record *out);

#endif
