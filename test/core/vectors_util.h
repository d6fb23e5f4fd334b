/*
 * vectors_util.h: the known answers of test/vectors for the C tests: loading, bytes, comparing.
 *
 * A comparison that fails prints the name of the known answer and is counted, so that one run shows all that differ; a
 * test ends with vec_done. All memory that these functions hand out is freed by vec_done and lies alone, so that a
 * sanitizer sees every read beyond it.
 */
#ifndef TEST_CORE_VECTORS_UTIL_H
#define TEST_CORE_VECTORS_UTIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vec {
    uint8_t *data;
    size_t size;
};

/* Load test/vectors/NAME.json, relative to the repository's root, where tests are run. Ends the test if it cannot. */
json_t *vec_load(const char *name);

/* Values of an object by key; a missing or wrong one ends the test. vec_bytes knows hex and lists of parts, see the
 * "about" of the files. */
struct vec vec_bytes(const json_t *object, const char *key);
struct vec vec_bytes_of(const json_t *value);
struct vec vec_copy(const uint8_t *data, size_t size);
int64_t vec_int(const json_t *object, const char *key);
const char *vec_text(const json_t *object, const char *key);
const char *vec_text_or_null(const json_t *object, const char *key); /* null, or no such key: NULL */
bool vec_bool(const json_t *object, const char *key);                /* no such key: false */
const json_t *vec_array(const json_t *object, const char *key);
/* "stub" or "record" in the key "form". */
bool vec_is_stub(const json_t *object);

/* Compare, and print and count a difference. Return whether it fits. */
bool vec_expect(bool fits, const char *name, const char *what);
bool vec_expect_int(int64_t got, int64_t wanted, const char *name, const char *what);
bool vec_expect_bytes(const uint8_t *got, size_t got_size, struct vec wanted, const char *name, const char *what);
/* wanted is the name of an error, or NULL for success. */
bool vec_expect_err(int got, const char *wanted, const char *name, const char *what);

/* Free everything; fail the test if anything differed, or if fewer than count_min comparisons were made. */
void vec_done(size_t count_min);

#endif
