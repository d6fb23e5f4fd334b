/*
 * original.h: originals of photos, films and sounds, which stay with their author: in the store, as small settings that
 * nothing ever sends, each part sealed under a key of the person's own, so that they go when that key goes. Their names
 * there are made with the key too: nobody without it can look for the hash that a message tells.
 */
#ifndef NODE_ORIGINAL_H
#define NODE_ORIGINAL_H

#include "node/home.h"

/*
 * Keep the original of what is sent; hash receives what the message tells of it, its BLAKE2b-256. One that is kept
 * already is kept once. Takes the home (home_enter) by itself, part by part. Errors: those of the store.
 */
MUST_CHECK int original_keep(struct home *home, const uint8_t *bytes, size_t size, uint8_t hash[HASH_SIZE]);

/*
 * Write one to a file; *size receives its size. Takes the home by itself. Errors: ERR_NOT_FOUND, ERR_SEAL (damaged, or
 * another person's), as file_write, those of the store. After an error the file holds some of it.
 */
MUST_CHECK int original_write(struct home *home, const uint8_t hash[HASH_SIZE], int fd, uint64_t *size);

#endif
