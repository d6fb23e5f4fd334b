/*
 * invite.h: an invitation: one line of text that brings a community's charter.
 *
 *   line  = "longear:" ‖ base32(bytes ‖ check)
 *   bytes = version (1, = 1) ‖ fields: 1 charter in its compact form
 *   check = the first 5 bytes of BLAKE2b-256("longear invite 1" ‖ bytes)
 *
 * Case does not matter and white space is passed over, so the line survives a QR code in upper case and a messenger
 * that wraps it.
 */
#ifndef CORE_INVITE_H
#define CORE_INVITE_H

#include "core/charter.h"

/* Write the invitation to the community of a charter's record. Return its length without the final zero. Errors:
 * ERR_SPACE, ERR_CHARTER. */
MUST_CHECK int invite_encode(const struct record *charter_record, char *out, size_t size);

/*
 * Read an invitation of length characters. room is memory that *record then borrows its body from. Errors:
 * ERR_NOT_INVITE (does not begin with "longear:"), ERR_CHECKSUM, ERR_VERSION, ERR_LIMIT, ERR_UNSUPPORTED (a field that
 * this version must know and does not), as charter_expand.
 */
MUST_CHECK int invite_decode(struct charter *out, struct record *record, uint8_t room[INVITE_BYTES_MAX],
                             const char *text, size_t length);

#endif
