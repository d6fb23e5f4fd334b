/* vectors_util.c: see vectors_util.h. Bytes are rebuilt from hex, from streams of BLAKE2b and from repeated units. */
#include "test/core/vectors_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/crypto.h"
#include "core/err.h"

#define ALLOCATIONS_MAX 65536
#define DIFFERENCES_SHOWN 40

static void *allocations[ALLOCATIONS_MAX];
static size_t allocation_count, differences, comparisons;
static json_t *loaded;

static uint8_t *room(size_t size) {
    assert_true(allocation_count < ALLOCATIONS_MAX);
    uint8_t *data = malloc(size > 0 ? size : 1);
    assert_non_null(data);
    allocations[allocation_count++] = data;
    return data;
}

static void vec_free(void) {
    while (allocation_count > 0) free(allocations[--allocation_count]);
    json_decref(loaded);
    loaded = NULL;
    differences = comparisons = 0;
}

json_t *vec_load(const char *name) {
    char path[256];
    json_error_t error;
    (void)snprintf(path, sizeof path, "test/vectors/%s.json", name);
    vec_free(); /* what a test left that ended by a failed assertion */
    loaded = json_load_file(path, 0, &error);
    if (loaded == NULL) fail_msg("%s (run from the root of the repository): %s, line %d", path, error.text, error.line);
    return loaded;
}

static json_t *get(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    if (value == NULL) fail_msg("a known answer has no \"%s\"", key);
    return value;
}

static uint8_t nibble(char c) {
    assert_true((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static struct vec unhex(const char *text) {
    struct vec out = {.size = strlen(text) / 2};
    assert_int_equal(strlen(text) % 2, 0);
    out.data = room(out.size);
    for (size_t i = 0; i < out.size; i++) out.data[i] = (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    return out;
}

/* H(label ‖ i u64) for i = 0, 1, …, joined; size bytes after the first skip. */
static struct vec stream(const char *label, size_t skip, size_t size) {
    struct vec out = {.data = room(size), .size = size};
    uint8_t input[256], block[HASH_SIZE];
    const size_t length = strlen(label);
    assert_true(length + 8 <= sizeof input);
    memcpy(input, label, length);
    for (size_t i = 0; i < size; i++) {
        const uint64_t number = (skip + i) / HASH_SIZE;
        if (i == 0 || (skip + i) % HASH_SIZE == 0) {
            for (unsigned b = 0; b < 8; b++) input[length + b] = (uint8_t)(number >> (8 * b));
            crypto_digest(block, input, length + 8);
        }
        out.data[i] = block[(skip + i) % HASH_SIZE];
    }
    return out;
}

static struct vec repeat(struct vec unit, size_t times) {
    struct vec out = {.data = room(unit.size * times), .size = unit.size * times};
    for (size_t i = 0; i < times; i++) memcpy(out.data + i * unit.size, unit.data, unit.size);
    return out;
}

static struct vec part(const json_t *value) {
    if (json_is_string(value)) return unhex(json_string_value(value));
    if (json_object_get(value, "repeat") != NULL)
        return repeat(vec_bytes(value, "repeat"), (size_t)vec_int(value, "times"));
    const size_t skip = json_object_get(value, "skip") != NULL ? (size_t)vec_int(value, "skip") : 0;
    return stream(vec_text(value, "stream"), skip, (size_t)vec_int(value, "size"));
}

struct vec vec_bytes_of(const json_t *value) {
    if (!json_is_array(value)) return part(value);
    struct vec parts[16], out = {0};
    assert_true(json_array_size(value) <= 16);
    for (size_t i = 0; i < json_array_size(value); i++) {
        parts[i] = part(json_array_get(value, i));
        out.size += parts[i].size;
    }
    out.data = room(out.size);
    size_t at = 0;
    for (size_t i = 0; i < json_array_size(value); at += parts[i++].size)
        memcpy(out.data + at, parts[i].data, parts[i].size);
    return out;
}

struct vec vec_bytes(const json_t *object, const char *key) {
    return vec_bytes_of(get(object, key));
}

struct vec vec_copy(const uint8_t *data, size_t size) {
    struct vec out = {.data = room(size), .size = size};
    if (size > 0) memcpy(out.data, data, size);
    return out;
}

int64_t vec_int(const json_t *object, const char *key) {
    json_t *value = get(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

const char *vec_text_or_null(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

const char *vec_text(const json_t *object, const char *key) {
    const char *text = json_string_value(get(object, key));
    if (text == NULL) fail_msg("\"%s\" of a known answer is no text", key);
    return text;
}

bool vec_bool(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

const json_t *vec_array(const json_t *object, const char *key) {
    json_t *value = get(object, key);
    assert_true(json_is_array(value));
    return value;
}

bool vec_is_stub(const json_t *object) {
    return strcmp(vec_text(object, "form"), "stub") == 0;
}

bool vec_expect(bool fits, const char *name, const char *what) {
    comparisons++;
    if (!fits && differences++ < DIFFERENCES_SHOWN) print_error("differs: %s: %s\n", name, what);
    return fits;
}

bool vec_expect_int(int64_t got, int64_t wanted, const char *name, const char *what) {
    if (got != wanted && differences < DIFFERENCES_SHOWN)
        print_error("%lld instead of %lld: ", (long long)got, (long long)wanted);
    return vec_expect(got == wanted, name, what);
}

static void print_hex(const char *what, const uint8_t *data, size_t size) {
    print_error("  %s (%zu bytes) ", what, size);
    for (size_t i = 0; i < size && i < 200; i++) print_error("%02x", data[i]);
    print_error("\n");
}

bool vec_expect_bytes(const uint8_t *got, size_t got_size, struct vec wanted, const char *name, const char *what) {
    const bool fits = got_size == wanted.size && (got_size == 0 || memcmp(got, wanted.data, got_size) == 0);
    if (!fits && differences < DIFFERENCES_SHOWN) {
        print_hex("got   ", got, got_size);
        print_hex("wanted", wanted.data, wanted.size);
    }
    return vec_expect(fits, name, what);
}

bool vec_expect_err(int got, const char *wanted, const char *name, const char *what) {
    const char *name_got = got < 0 ? err_name(got) : "success";
    const bool fits = strcmp(name_got, wanted != NULL ? wanted : "success") == 0;
    if (!fits && differences < DIFFERENCES_SHOWN)
        print_error("%s instead of %s: ", name_got, wanted != NULL ? wanted : "success");
    return vec_expect(fits, name, what);
}

void vec_done(size_t count_min) {
    const size_t different = differences, made = comparisons;
    vec_free();
    if (different > 0) fail_msg("%zu of %zu comparisons differ", different, made);
    assert_true(made >= count_min);
}
