/*
 * compress.h: zstd with the dictionary messages-1, for the packed sections of a pouch.
 */
#ifndef HOST_COMPRESS_H
#define HOST_COMPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Level 9 costs a third more time than 3 and packs text a few per cent smaller; a pouch is packed once and read often.
 */
#define COMPRESS_LEVEL 9

struct packer;
struct unpacker;

/* Make a packer; one thread at a time. NULL when memory runs out. packer_free(NULL) is fine. */
struct packer *packer_new(int level);
void packer_free(struct packer *p);

/* Pack size bytes into out. Return the size, or ERR_SPACE if out is too small. */
MUST_CHECK int packer_pack(struct packer *p, uint8_t *out, size_t out_size, const uint8_t *data, size_t size);

/* Return how much room packer_pack needs at most for size bytes. */
size_t packer_bound(size_t size);

/* Make an unpacker; one thread at a time. */
struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);

/*
 * Unpack exactly one zstd frame of size bytes into exactly plain_size bytes of out. Allots nothing that the data ask
 * for: a frame whose contents are larger, or that wants a larger window, is ERR_FIELD, as is every other fault.
 */
MUST_CHECK int unpacker_unpack(struct unpacker *u, uint8_t *out, size_t plain_size, const uint8_t *data, size_t size);

#endif
