/*
 * pouch.h: the frames of a pouch, the file that is carried by hand. A frame stands alone: it names the communities
 * whose records it holds by their whole charters and rebuilds every record to its canonical bytes, so that a damaged
 * file yields all the others.
 *
 *   frame  = header (32) ‖ packed section ‖ raw section
 *   header = magic (8) ‖ version (1, = 1) ‖ type (1) ‖ codec (1) ‖ 0 ‖ packed size u32 ‖ plain size u32 ‖ raw size u32
 * ‖ check (8) check  = the first 8 bytes of BLAKE2b-256(key = the header's first 24 bytes, packed ‖ raw), against
 * accidents only
 *
 * Unpacked by the codec, the packed section is the plain section: what compresses. The raw section holds what does not:
 * keys, signatures, salts, hashes, chunks.
 *
 * The core knows no compressor: the caller packs and unpacks. doc/protocol.md is the specification.
 */
#ifndef CORE_POUCH_H
#define CORE_POUCH_H

#include "core/bytes.h"
#include "core/charter.h"

#define POUCH_VERSION 1
#define POUCH_RECORDS 1
#define POUCH_CHUNK 2
#define POUCH_SEALED 3
#define POUCH_STORED 0 /* packed = plain */
#define POUCH_ZSTD 1   /* one zstd frame (RFC 8878) with the dictionary messages-1 */

extern const uint8_t pouch_magic[POUCH_MAGIC_SIZE];

struct pouch_frame {
    uint8_t type, codec;
    uint32_t packed_size, plain_size, raw_size; /* each at most POUCH_SECTION_MAX */
};

/*
 * Read a frame's header. Errors: ERR_NOT_POUCH (no magic), ERR_VERSION, ERR_LIMIT (a section is too large, or stored
 * with packed size != plain size). Unknown types and codecs are no error here: who meets one passes over the frame.
 */
MUST_CHECK int pouch_frame_decode(struct pouch_frame *out, const uint8_t header[POUCH_HEADER_SIZE]);

/* Write the header for the sections' bytes (packed and raw in one stretch) into header. */
void pouch_frame_encode(uint8_t header[POUCH_HEADER_SIZE], const struct pouch_frame *frame, const uint8_t *sections);

/* Check the sections that follow a header that pouch_frame_decode has accepted. Return 0 or ERR_CHECKSUM. */
MUST_CHECK int pouch_frame_check(const uint8_t header[POUCH_HEADER_SIZE], const struct pouch_frame *frame,
                                 const uint8_t *sections);

/* A community of a frame of records: its charter. */
struct pouch_community {
    const uint8_t *compact; /* borrowed; charter_compact's bytes */
    size_t compact_size;
    const struct charter *charter;
};

/*
 * Write the plain and the raw section of a frame of records. records are all plain, none a charter, each of one of the
 * communities, and lie together by author (any order that does so works; ordered by seq within, the frame is smallest).
 * At most POUCH_FRAME_COMMUNITIES_MAX communities and POUCH_FRAME_RECORDS_MAX records (0 brings the charters alone).
 * Return 0, ERR_SPACE if a section would overflow (the caller tries fewer records), ERR_LIMIT, ERR_COMMUNITY.
 */
MUST_CHECK int pouch_records_encode(const struct pouch_community *communities, size_t community_count,
                                    const struct record *records, size_t record_count, struct writer *plain,
                                    struct writer *raw);

/* Reads the records of a frame one by one. The caller's sections stay borrowed. */
struct pouch_records {
    struct reader meta, contents, raw;
    uint32_t left;
    uint8_t community_count;
    int community_err[POUCH_FRAME_COMMUNITIES_MAX]; /* why a charter is not valid, or 0 */
    struct charter charters[POUCH_FRAME_COMMUNITIES_MAX];
    struct record charter_records[POUCH_FRAME_COMMUNITIES_MAX];
    uint8_t community; /* of the record read last */
    struct {
        bool any;
        uint8_t author[KEY_SIZE], id[HASH_SIZE];
        uint64_t seq, created;
    } last;
};

/*
 * Begin to read the records of a frame: reads its charters and checks their signatures. Errors: as reader_end,
 * ERR_LIMIT, ERR_FIELD. A charter that is not valid is no error: its records come out with that error.
 */
MUST_CHECK int pouch_records_begin(struct pouch_records *it, const uint8_t *plain, size_t plain_size,
                                   const uint8_t *raw, size_t raw_size);

/* Room for a record while it is rebuilt: its canonical bytes are at the front. */
#define POUCH_ROOM (2 * RECORD_SIZE_MAX)

/*
 * Rebuild the next record: its canonical bytes (of a stub: header ‖ signature ‖ body hash) at the front of room,
 * decoded into *out, whose body borrows from room. Signature and rules of the community are not checked. Return the
 * size of the canonical bytes; 0 at the end, where left-over bytes have been checked; or an error that ends the frame
 * (as record_decode, reader_end). *refused is set to why this one record can't be used while the frame goes on (its
 * charter is not valid), else to 0.
 */
MUST_CHECK int pouch_records_next(struct pouch_records *it, uint8_t room[POUCH_ROOM], struct record *out, int *refused);

/*
 * Write the sections of a frame of sealed records, with their bodies, that lie together by shelf: 1 to
 * POUCH_FRAME_RECORDS_MAX (else ERR_LIMIT). Return 0, or ERR_SPACE if a section would overflow.
 */
MUST_CHECK int pouch_sealed_encode(const struct record *records, size_t record_count, struct writer *plain,
                                   struct writer *raw);

/* Reads the records of a frame of sealed ones. The caller's sections stay borrowed. */
struct pouch_sealed {
    struct reader meta, raw;
    uint32_t left, expiry_day;
    bool any;
    uint8_t shelf[KEY_SIZE];
};

/* Begin to read. Errors: as reader_end, ERR_LIMIT, ERR_FIELD (no record). */
MUST_CHECK int pouch_sealed_begin(struct pouch_sealed *it, const uint8_t *plain, size_t plain_size, const uint8_t *raw,
                                  size_t raw_size);

/* Rebuild the next record at the front of room, as pouch_records_next does. */
MUST_CHECK int pouch_sealed_next(struct pouch_sealed *it, uint8_t room[POUCH_ROOM], struct record *out);

/* A chunk of a blob, as a frame of type POUCH_CHUNK holds it. */
struct pouch_chunk {
    uint8_t blob[HASH_SIZE];
    uint64_t size_bytes;
    uint32_t index;
    const uint8_t *proof, *data; /* borrowed */
    size_t proof_size, data_size;
};

/* Write a chunk's sections: all but the data is plain. Return 0 or ERR_SPACE. */
MUST_CHECK int pouch_chunk_encode(const struct pouch_chunk *chunk, struct writer *plain, struct writer *raw);

/* Read a chunk's sections and check the chunk. Errors: as reader_end, blob_check. */
MUST_CHECK int pouch_chunk_decode(struct pouch_chunk *out, const uint8_t *plain, size_t plain_size, const uint8_t *raw,
                                  size_t raw_size);

#endif
