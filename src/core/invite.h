/*
 * invite.h: an invitation: one line of text that brings a community's charter.
 *
 *   line  = "longear:" ‖ base32(bytes ‖ check)
 *   bytes = version (1, = 1) ‖ fields: 1 charter in its compact form, 128 (optional) a record of that community
 *   check = the first 5 bytes of BLAKE2b-256("longear invite 1" ‖ bytes)
 *
 * Case does not matter and white space is passed over, so the line survives a QR code in upper case and a messenger
 * that wraps it.
 */
#ifndef CORE_INVITE_H
#define CORE_INVITE_H

#include "core/charter.h"

/* A record that an invitation brings: the first message that a new member sees. */
struct invite_message {
    const uint8_t *bytes; /* canonical; NULL: none */
    size_t size;
    struct record record; /* as decoded */
};

/* Write the invitation to the community of a charter's record, with the canonical bytes of one of its records, or
 * without (NULL and 0). Return its length without the final zero. Errors: ERR_SPACE (out, or the record does not fit
 * INVITE_BYTES_MAX), ERR_CHARTER. */
MUST_CHECK int invite_encode(const struct record *charter_record, const uint8_t *message, size_t message_size,
                             char *out, size_t size);

/*
 * Read an invitation of length characters. room is memory that *record and *message then borrow from. The message
 * has been admitted by the charter and its signature checked; its time has not. Errors: ERR_NOT_INVITE (does not begin
 * with "longear:"), ERR_CHECKSUM, ERR_VERSION, ERR_LIMIT, ERR_UNSUPPORTED (a field that this version must know and does
 * not), as charter_expand; of the message as record_decode, charter_admit, ERR_SIGNATURE.
 */
MUST_CHECK int invite_decode(struct charter *out, struct record *record, struct invite_message *message,
                             uint8_t room[INVITE_BYTES_MAX], const char *text, size_t length);

#endif
