/*
 * lines.h against files of every shape: with and without a last line end, with lines at, below and over the limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/lines.h"

static struct lines lines;

static int file_of(const char *bytes, size_t size) {
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fflush(f);
    int fd = dup(fileno(f));
    fclose(f);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void test_short(void **state) {
    const char *text;
    size_t size;
    (void)state;
    int fd = file_of("one\n\ntwo\nthree", 14);
    lines_init(&lines, fd, NULL, NULL);
    static const char *const expected[] = {"one", "", "two", "three"};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(lines_next(&lines, &text, &size), 1);
        assert_int_equal(size, strlen(expected[i]));
        assert_memory_equal(text, expected[i], size);
        assert_int_equal(lines.number, i + 1);
    }
    assert_int_equal(lines_next(&lines, &text, &size), 0);
    assert_int_equal(lines_next(&lines, &text, &size), 0);
    close(fd);
}

/* A line over the limit is refused once, with its number, and the next one is found; one at the limit passes. */
static void test_long(void **state) {
    const char *text;
    size_t size, total = 3 * (size_t)LINES_LINE_MAX + 100, at = 0;
    char *bytes = malloc(total);
    (void)state;
    memset(bytes, 'a', total);
    memcpy(bytes, "first\n", 6);
    at = 6 + LINES_LINE_MAX;
    bytes[at++] = '\n'; /* line 2: exactly the limit */
    at += LINES_LINE_MAX + 1;
    bytes[at++] = '\n'; /* line 3: one more */
    memcpy(bytes + at, "last\n", 5);
    int fd = file_of(bytes, at + 5);
    lines_init(&lines, fd, NULL, NULL);
    assert_int_equal(lines_next(&lines, &text, &size), 1);
    assert_int_equal(lines_next(&lines, &text, &size), 1);
    assert_int_equal(size, LINES_LINE_MAX);
    assert_int_equal(lines_next(&lines, &text, &size), ERR_LIMIT);
    assert_int_equal(lines.number, 3);
    assert_int_equal(lines_next(&lines, &text, &size), 1);
    assert_int_equal(lines.number, 4);
    assert_memory_equal(text, "last", 4);
    assert_int_equal(lines_next(&lines, &text, &size), 0);
    close(fd);
    /* The last line is too long and has no end. */
    fd = file_of(bytes, 0);
    close(fd);
    memset(bytes, 'a', total);
    fd = file_of(bytes, total);
    lines_init(&lines, fd, NULL, NULL);
    assert_int_equal(lines_next(&lines, &text, &size), ERR_LIMIT);
    assert_int_equal(lines_next(&lines, &text, &size), 0);
    close(fd);
    free(bytes);
}

static bool count_down(void *context) {
    unsigned *left = context;
    return (*left)-- == 0;
}

/* A pipe that says nothing keeps nobody who is asked to stop; what came before is given. */
static void test_waiting(void **state) {
    const char *text;
    size_t size;
    unsigned left = 1;
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "one\nhalf", 8), 8);
    lines_init(&lines, ends[0], count_down, &left);
    assert_int_equal(lines_next(&lines, &text, &size), 1);
    assert_int_equal(lines_next(&lines, &text, &size), ERR_INTERRUPTED);
    close(ends[1]);
    assert_int_equal(lines_next(&lines, &text, &size), 1);
    assert_memory_equal(text, "half", 4);
    close(ends[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_short), cmocka_unit_test(test_long),
                                       cmocka_unit_test(test_waiting)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
