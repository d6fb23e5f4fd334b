/*
 * compress.c: zstd (RFC 8878) with the dictionary messages-1. The dictionary is digested once a packer and once a
 * process.
 */
#include "host/compress.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "host/dictionary.h"

struct packer {
    ZSTD_CCtx *context;
    ZSTD_CDict *dictionary;
};

struct unpacker {
    ZSTD_DCtx *context;
};

static ZSTD_DDict *unpack_dictionary;
static pthread_once_t unpack_once = PTHREAD_ONCE_INIT;

static void unpack_dictionary_make(void) {
    unpack_dictionary = ZSTD_createDDict(dictionary_messages_1, dictionary_messages_1_size);
}

struct packer *packer_new(int level) {
    struct packer *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->context = ZSTD_createCCtx();
    p->dictionary = ZSTD_createCDict(dictionary_messages_1, dictionary_messages_1_size, level);
    if (!p->context || !p->dictionary) {
        packer_free(p);
        return NULL;
    }
    return p;
}

void packer_free(struct packer *p) {
    if (!p) return;
    ZSTD_freeCCtx(p->context);
    ZSTD_freeCDict(p->dictionary);
    free(p);
}

size_t packer_bound(size_t size) {
    return ZSTD_compressBound(size);
}

int packer_pack(struct packer *p, uint8_t *out, size_t out_size, const uint8_t *data, size_t size) {
    size_t packed = ZSTD_compress_usingCDict(p->context, out, out_size, data, size, p->dictionary);
    return ZSTD_isError(packed) ? ERR_SPACE : (int)packed;
}

struct unpacker *unpacker_new(void) {
    pthread_once(&unpack_once, unpack_dictionary_make);
    struct unpacker *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    u->context = ZSTD_createDCtx();
    if (!u->context || !unpack_dictionary) {
        unpacker_free(u);
        return NULL;
    }
    return u;
}

void unpacker_free(struct unpacker *u) {
    if (!u) return;
    ZSTD_freeDCtx(u->context);
    free(u);
}

int unpacker_unpack(struct unpacker *u, uint8_t *out, size_t plain_size, const uint8_t *data, size_t size) {
    /* One pass into a buffer of known size uses no window of its own, so nothing is allotted by what the frame claims.
     */
    static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    /* The library also reads skippable frames and the formats of before 0.8, whose decoders nobody tests any more. */
    if (size < sizeof magic || memcmp(data, magic, sizeof magic) != 0 ||
        ZSTD_findFrameCompressedSize(data, size) != size)
        return ERR_FIELD;
    size_t plain = ZSTD_decompress_usingDDict(u->context, out, plain_size, data, size, unpack_dictionary);
    return ZSTD_isError(plain) || plain != plain_size ? ERR_FIELD : 0;
}
