/*
 * piece.h: a file on its way in a closed community: pieces, each a record of its own, sealed as a message is.
 *
 *   piece = one reference, of type blob: the file (core/blob.h); fields: 1 the file's size (varint, 1 to
 * PIECE_FILE_MAX), 2 which piece (varint, from 0), 3 its bytes: PIECE_SIZE of them, the last piece has what is left
 *
 * Where the chunks of a blob go in the open from whoever has them, here nothing tells of a file but what members can
 * open. Piece i holds the bytes from i * PIECE_SIZE on, so that no two pieces of a file overlap. A piece alone proves
 * nothing: the blob's id does when all are there. It bears the sequence number of its author's next record, the message
 * that it goes with, and takes none, as a letter does. In an open community none is admitted.
 */
#ifndef CORE_PIECE_H
#define CORE_PIECE_H

#include "core/author.h"

struct piece {
    const uint8_t *blob; /* HASH_SIZE bytes, borrowed from the record */
    uint32_t size_bytes; /* of the file */
    uint32_t index;
    const uint8_t *bytes; /* borrowed: piece_size(size_bytes, index) of them */
};

/* Return how many pieces a file of this size has; 0 if the size is 0 or over PIECE_FILE_MAX. */
uint32_t piece_count(uint64_t size_bytes);

/* Return the size of piece index, which is below the count. */
uint32_t piece_size(uint32_t size_bytes, uint32_t index);

/* Read a piece. Errors: ERR_FIELD (a stub, another kind, not one reference to a blob, a field that is missing or of
 * another size than it must have), ERR_LIMIT (the file's size, or the index beyond its end), ERR_UNSUPPORTED (an
 * unknown field below FIELDS_OPTIONAL), ERR_VARINT, as fields_next. */
MUST_CHECK int piece_decode(struct piece *out, const struct record *r);

/* Check a record of this kind, for admission; of a stub what its header says. Errors as piece_decode. */
MUST_CHECK int piece_check(const struct record *r);

/* Make one, of the lowest urgency: words go before files; the author stands where it stood. Return as author_text;
 * ERR_CHARTER in an open community, ERR_LIMIT as piece_decode would. */
MUST_CHECK int piece_make(struct author *a, const struct piece *piece, uint64_t created,
                          const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);

#endif
