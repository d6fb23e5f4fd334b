/*
 * SipHash, elements, sketches, odd sketches and Rice codes against the known answers of test/vectors, made by a second
 * implementation that knows none of the short cuts: both kernels, pieces that extend each other, what decodes, to which
 * set, and what does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/odd.h"
#include "core/rice.h"
#include "core/siphash.h"
#include "core/sketch.h"
#include "host/cpu.h"
#include "test/core/vectors_util.h"

#define NUMBERS_MAX 1024
static struct sketch_work work;

/* 16 hex digits. */
static uint64_t number_of(const char *text) {
    assert_int_equal(strlen(text), 16);
    return strtoull(text, NULL, 16);
}

static uint64_t number(const json_t *v, const char *key) {
    return number_of(vec_text(v, key));
}

static size_t numbers(uint64_t *out, const json_t *v, const char *key) {
    const json_t *list = vec_array(v, key);
    assert_true(json_array_size(list) <= NUMBERS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) out[i] = number_of(json_string_value(json_array_get(list, i)));
    return json_array_size(list);
}

static void expect_number(uint64_t got, uint64_t wanted, const char *name, const char *what) {
    vec_expect(got == wanted, name, what);
}

static void test_siphash(void **state) {
    (void)state;
    const json_t *all = vec_load("sketch"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "siphash"), i, v) {
        const struct vec key = vec_bytes(v, "key"), data = vec_bytes(v, "data");
        assert_int_equal(key.size, SIPHASH_KEY_SIZE);
        expect_number(siphash24(key.data, data.data, data.size), number(v, "hash"), "siphash", "hash");
        if (data.size == 32) expect_number(siphash24_32(key.data, data.data), number(v, "hash"), "siphash", "32 bytes");
    }
    vec_done(64 + 9);
}

static void test_elements(void **state) {
    (void)state;
    const json_t *all = vec_load("sketch"), *v, *part;
    size_t i, j;
    json_array_foreach(vec_array(all, "elements"), i, v) {
        const uint64_t hash = number(v, "hash");
        expect_number(sketch_element(hash), number(v, "element"), vec_text(v, "hash"), "element");
        json_array_foreach(vec_array(v, "parts"), j, part) vec_expect_int(
            sketch_part(hash, (uint32_t)vec_int(part, "parts")), vec_int(part, "part"), vec_text(v, "hash"), "part");
    }
    vec_done(16 * 7);
}

static void expect_sketch(const struct sketch_kernel *kernel, const json_t *v) {
    const char *name = vec_text(v, "name");
    uint64_t set[NUMBERS_MAX], sums[SKETCH_CAPACITY_MAX] = {0}, out[SKETCH_CAPACITY_MAX];
    const size_t n = numbers(set, v, "set");
    const json_t *piece;
    size_t i, capacity = 0;
    json_array_foreach(vec_array(v, "pieces"), i, piece) {
        const size_t first = (size_t)vec_int(piece, "first"), count = (size_t)vec_int(piece, "count");
        uint8_t bytes[SKETCH_CAPACITY_MAX * SKETCH_SYNDROME_SIZE];
        struct writer w;
        assert_int_equal(first, capacity);
        sketch_add(kernel, sums + first, first, count, set, n);
        capacity += count;
        writer_init(&w, bytes, sizeof bytes);
        sketch_write(&w, sums + first, count);
        vec_expect_bytes(bytes, w.at, vec_bytes(piece, "bytes"), name, "syndromes");
        if (capacity < n) continue;
        vec_expect_int(sketch_decode(kernel, sums, capacity, out, &work), (int64_t)n, name, "elements found");
        vec_expect(memcmp(out, set, n * sizeof *set) == 0, name, "elements");
    }
}

static void expect_answer(const struct sketch_kernel *kernel, const json_t *v) {
    const char *name = vec_text(v, "name"), *error = vec_text_or_null(v, "error");
    const struct vec bytes = vec_bytes(v, "bytes");
    const size_t capacity = (size_t)vec_int(v, "capacity");
    uint64_t sums[SKETCH_CAPACITY_MAX], again[SKETCH_CAPACITY_MAX] = {0}, out[SKETCH_CAPACITY_MAX];
    struct reader r;
    assert_true(capacity <= SKETCH_CAPACITY_MAX);
    reader_init(&r, bytes.data, bytes.size);
    vec_expect_err(sketch_read(&r, sums, capacity), NULL, name, "sketch_read");
    vec_expect_err(reader_end(&r), NULL, name, "the end");
    const int found = sketch_decode(kernel, sums, capacity, out, &work);
    if (!vec_expect_err(found, error, name, "sketch_decode") || error) return;
    vec_expect_int(found, vec_int(v, "found"), name, "elements found");
    sketch_add(kernel, again, 0, capacity, out, (size_t)found);
    vec_expect(memcmp(again, sums, capacity * sizeof *sums) == 0, name, "the sketch of what was found");
}

static void test_sketches(void **state) {
    (void)state;
    const struct sketch_kernel *kernels[2] = {gf40_bitslice(), cpu_sketch_kernel()};
    const json_t *all = vec_load("sketch"), *v;
    size_t i;
    for (unsigned k = 0; k < 2; k++) {
        json_array_foreach(vec_array(all, "sketches"), i, v) expect_sketch(kernels[k], v);
        json_array_foreach(vec_array(all, "answers"), i, v) expect_answer(kernels[k], v);
    }
    vec_done(250);
}

static void test_odd(void **state) {
    (void)state;
    const json_t *all = vec_load("sketch"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "odd"), i, v) {
        char name[32];
        const unsigned levels = (unsigned)vec_int(v, "levels");
        const struct vec hashes = vec_bytes(v, "hashes");
        uint64_t odd[ODD_LEVELS_MAX] = {0}, wanted[NUMBERS_MAX];
        assert_int_equal(numbers(wanted, v, "odd"), levels);
        (void)snprintf(name, sizeof name, "%u levels", levels);
        for (size_t at = 0; at + 8 <= hashes.size; at += 8) {
            uint64_t hash = 0;
            for (unsigned b = 0; b < 8; b++) hash |= (uint64_t)hashes.data[at + b] << (8 * b);
            odd_toggle(odd, levels, hash);
        }
        for (unsigned l = 0; l < levels; l++) expect_number(odd[l], wanted[l], name, "level");
    }
    vec_done(28);
}

static int read_all(uint64_t *values, struct vec bytes, size_t most, uint64_t universe) {
    struct reader r;
    reader_init(&r, bytes.data, bytes.size);
    const int count = rice_read_gaps(&r, values, most, universe);
    const int end = count < 0 ? count : reader_end(&r);
    return end ? end : count;
}

static void expect_read(const json_t *v, const char *name) {
    uint64_t values[NUMBERS_MAX], got[NUMBERS_MAX];
    const size_t count = numbers(values, v, "values");
    vec_expect_int(read_all(got, vec_bytes(v, "bytes"), count, number(v, "universe")), (int64_t)count, name, "count");
    vec_expect(memcmp(values, got, count * sizeof *values) == 0, name, "numbers");
}

static void test_rice(void **state) {
    (void)state;
    const json_t *all = json_object_get(vec_load("sketch"), "rice"), *v;
    size_t i;
    uint64_t values[NUMBERS_MAX];
    uint8_t bytes[8192];
    json_array_foreach(vec_array(all, "positive"), i, v) {
        struct writer w;
        const char *name = vec_text(v, "name");
        const size_t count = numbers(values, v, "values");
        writer_init(&w, bytes, sizeof bytes);
        rice_write_gaps(&w, values, count, number(v, "universe"));
        vec_expect_bytes(bytes, w.at, vec_bytes(v, "bytes"), name, "bytes");
        vec_expect_int((int64_t)rice_size(values, count, number(v, "universe")), (int64_t)w.at, name, "size");
        expect_read(v, name);
    }
    json_array_foreach(vec_array(all, "choices"), i, v) expect_read(v, "choice");
    json_array_foreach(vec_array(all, "negative"), i, v)
        vec_expect_err(read_all(values, vec_bytes(v, "bytes"), (size_t)vec_int(v, "most"), number(v, "universe")),
                       vec_text(v, "error"), vec_text(v, "name"), "rice_read_gaps");
    vec_done(9 * 4 + 32 + 14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siphash), cmocka_unit_test(test_elements), cmocka_unit_test(test_sketches),
        cmocka_unit_test(test_odd),     cmocka_unit_test(test_rice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
