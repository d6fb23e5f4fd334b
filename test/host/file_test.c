/*
 * Whole writes: what is written is there, in its place; a file that may not grow (as on a FAT32 stick, here by
 * RLIMIT_FSIZE) is told as full, not as a fault, and what fitted is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/file.h"

static int scratch(void) {
    char path[] = "/tmp/longear-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    return fd;
}

static void test_whole(void **state) {
    (void)state;
    uint8_t have[8] = {0};
    int fd = scratch();
    assert_int_equal(file_write(fd, (const uint8_t *)"abcdef", 6), 0);
    assert_int_equal(file_write_at(fd, (const uint8_t *)"XY", 2, 1), 0);
    assert_int_equal(file_write(fd, (const uint8_t *)"g", 1), 0);
    assert_int_equal(pread(fd, have, sizeof have, 0), 7);
    assert_memory_equal(have, "aXYdefg", 7);
    close(fd);
}

static void test_full(void **state) {
    (void)state;
    static const uint8_t bytes[8192];
    struct rlimit before, small;
    int fd = scratch();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 5000;
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int plain = file_write(fd, bytes, sizeof bytes), placed = file_write_at(fd, bytes, sizeof bytes, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, old);
    assert_int_equal(plain, ERR_FULL);
    assert_int_equal(placed, ERR_FULL);
    assert_int_equal(lseek(fd, 0, SEEK_END), 5000);
    close(fd);
}

static void test_errors(void **state) {
    (void)state;
    int fd = open("/dev/null", O_RDONLY);
    assert_int_equal(file_write(fd, (const uint8_t *)"a", 1), ERR_IO); /* not open for writing */
    close(fd);
    fd = open("/dev/full", O_WRONLY);
    if (fd >= 0) {
        assert_int_equal(file_write(fd, (const uint8_t *)"a", 1), ERR_FULL);
        close(fd);
    }
    assert_int_equal(file_write(-1, NULL, 0), 0); /* nothing to write */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole), cmocka_unit_test(test_full),
                                       cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
