/*
 * Other programs, run without a shell. Shows that arguments arrive as they are, that status, output and complaint come
 * back, that a flood is read to its end and cut, that one that hangs, or closes its streams and hangs, is ended in
 * time, that a missing one is told, and that messages come in English.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/exec.h"

static struct exec e;

static void test_arguments(void **state) {
    (void)state;
    const char *const argv[] = {"printf", "%s|", "a b", "$(id)", "\"'`\\;", "", "-\n", NULL};
    assert_int_equal(exec_run(&e, argv, 10000), 0);
    assert_int_equal(e.status, 0);
    assert_string_equal(e.out, "a b|$(id)|\"'`\\;||-\n|");
    assert_string_equal(e.err, "");
}

static void test_status(void **state) {
    (void)state;
    const char *const fails[] = {"sh", "-c", "echo out; echo complaint >&2; exit 7", NULL};
    const char *const dies[] = {"sh", "-c", "kill -9 $$", NULL};
    const char *const asks[] = {"sh", "-c", "read x && exit 1; exit 0", NULL};
    assert_int_equal(exec_run(&e, fails, 10000), 0);
    assert_int_equal(e.status, 7);
    assert_string_equal(e.out, "out\n");
    assert_string_equal(e.err, "complaint\n");
    assert_int_equal(exec_run(&e, dies, 10000), 0);
    assert_int_equal(e.status, 128 + 9);
    assert_int_equal(exec_run(&e, asks, 10000), 0);
    assert_int_equal(e.status, 0); /* standard input is empty */
}

static void test_flood(void **state) {
    (void)state;
    const char *const argv[] = {"sh", "-c", "yes | head -c 1000000; yes x | head -c 100000 >&2", NULL};
    assert_int_equal(exec_run(&e, argv, 20000), 0);
    assert_int_equal(e.status, 0);
    assert_int_equal(strlen(e.out), EXEC_OUT_MAX - 1);
    assert_int_equal(strlen(e.err), EXEC_ERR_MAX - 1);
}

static void test_hanging(void **state) {
    (void)state;
    const char *const sleeps[] = {"sleep", "60", NULL};
    const char *const hides[] = {"sh", "-c", "exec >&- 2>&-; exec sleep 60", NULL};
    time_t begin = time(NULL);
    assert_int_equal(exec_run(&e, sleeps, 200), ERR_INTERRUPTED);
    assert_int_equal(exec_run(&e, hides, 200), ERR_INTERRUPTED);
    assert_true(time(NULL) - begin < 20);
}

static void test_missing(void **state) {
    (void)state;
    const char *const none[] = {"no-such-program-anywhere", NULL};
    const char *const folder[] = {"/tmp", NULL};
    assert_int_equal(exec_run(&e, none, 10000), ERR_NOT_FOUND);
    assert_int_equal(exec_run(&e, folder, 10000), ERR_NOT_FOUND);
}

static void test_language(void **state) {
    (void)state;
    const char *const argv[] = {"sh", "-c", "echo $LC_ALL-$LANG-$LC_MESSAGES-$KEPT", NULL};
    setenv("LANG", "kk_KZ.UTF-8", 1);
    setenv("LC_MESSAGES", "ru_RU.UTF-8", 1);
    setenv("KEPT", "yes", 1);
    assert_int_equal(exec_run(&e, argv, 10000), 0);
    assert_string_equal(e.out, "C.UTF-8---yes\n");
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments), cmocka_unit_test(test_status),  cmocka_unit_test(test_flood),
        cmocka_unit_test(test_hanging),   cmocka_unit_test(test_missing), cmocka_unit_test(test_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
