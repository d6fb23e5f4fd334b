/*
 * document_util.h: documents in memory, and what xmllint says of them: a parser and validator that is not ours.
 */
#ifndef TEST_EXCHANGE_DOCUMENT_UTIL_H
#define TEST_EXCHANGE_DOCUMENT_UTIL_H

#include <stddef.h>

struct document {
    char *bytes; /* zero-terminated; owned */
    size_t size, room;
};

/* Append what a writer writes; the callback of every writer, with the document as its context. */
int document_write(void *context, const char *bytes, size_t size);

void document_free(struct document *d);

/*
 * Tell how many of the documents are well-formed, and valid against a schema: option is "--schema" or "--relaxng", file
 * a path from the repository's root. xmllint gets no network.
 */
unsigned xmllint_valid(const char *option, const char *file, const struct document *documents, unsigned count);

#endif
