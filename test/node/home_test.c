/*
 * home.h: homes of the version before (readable keys) are sealed when they are opened, also if that was cut short at
 * any place; an init that was cut short is begun anew; a wipe's first step leaves nothing that opens; a home in memory
 * makes no file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/crypto.h"
#include "node/home.h"
#include "node/home_internal.h"

static char base[] = "/tmp/longear-home-XXXXXX", path[PATH_MAX], why[HOME_WHY_SIZE];

static const uint8_t old_seed[SEED_SIZE] = "the seed that lay in the open", old_guest[SEED_SIZE] = "the guests' seed";

static void old_key_write(const char *file, const char *name, const uint8_t seed[SEED_SIZE]) {
    uint8_t bytes[200] = "longear key 1\n", digest[HASH_SIZE];
    size_t at = 14, size = strlen(name);
    memcpy(bytes + at, seed, SEED_SIZE);
    at += SEED_SIZE;
    bytes[at++] = (uint8_t)size;
    memcpy(bytes + at, name, size);
    at += size;
    crypto_digest(digest, bytes, at);
    memcpy(bytes + at, digest, 8);
    assert_int_equal(home_file_put(path, file, bytes, at + 8, why), 0);
}

static void old_home_make(void) {
    char file[PATH_MAX];
    struct store *store;
    assert_int_equal(mkdir(path, 0700), 0);
    old_key_write(HOME_PERSON_FILE, "Aliya", old_seed);
    old_key_write(HOME_GUEST_FILE, "", old_guest);
    assert_int_equal(home_file(file, path, "store.db"), 0);
    assert_int_equal(store_sqlite_open(&store, file, true, NULL, why), 0);
    assert_int_equal(store_meta_set(store, "kept", (const uint8_t *)"from before", 11), 0);
    store_close(store);
}

static bool file_holds(const char *name, const void *what, size_t size) {
    static uint8_t bytes[1 << 20];
    int got = home_file_get(path, name, bytes, sizeof bytes, why);
    assert_true(got >= 0);
    return memmem(bytes, (size_t)got, what, size) != NULL;
}

static void old_home_look(void) {
    struct home *home;
    uint8_t kept[32];
    assert_int_equal(home_open(&home, path, why), 0);
    assert_string_equal(home->name, "Aliya");
    assert_memory_equal(home->seed, old_seed, SEED_SIZE);
    assert_memory_equal(home->guest_seed, old_guest, SEED_SIZE);
    assert_int_equal(home->protection, HOME_UNPROTECTED);
    assert_int_equal(store_meta_get(home->store, "kept", kept, sizeof kept), 11);
    assert_memory_equal(kept, "from before", 11);
    home_close(home);
    assert_false(file_holds(HOME_PERSON_FILE, "Aliya", 5));
    assert_false(file_holds(HOME_PERSON_FILE, old_seed, SEED_SIZE));
    assert_false(file_holds(HOME_GUEST_FILE, old_guest, SEED_SIZE));
    assert_false(file_holds("store.db", "SQLite", 6));
    assert_false(file_holds("store.db", "from before", 11));
    assert_false(home_file_exists(path, "store.db.old"));
    assert_false(home_file_exists(path, "store.db.new"));
}

static void test_sealed_on_opening(void **state) {
    struct home *home;
    (void)state;
    old_home_make();
    old_home_look();
    old_home_look();                                    /* and again, when there is nothing to do any more */
    old_key_write(HOME_PERSON_FILE, "Aliya", old_seed); /* as a kill before the last file was sealed leaves it */
    old_home_look();
    old_key_write(HOME_GUEST_FILE, "", old_guest); /* before either */
    old_key_write(HOME_PERSON_FILE, "Aliya", old_seed);
    old_home_look();
    assert_int_equal(home_open(&home, path, why), 0);
    assert_int_equal(home_wipe(home), 0);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_init_cut_short(void **state) {
    struct home *home;
    const uint8_t begun = 0;
    char file[PATH_MAX];
    (void)state;
    /* All was written but home.key. */
    assert_int_equal(home_init(path, "A", why), 0);
    assert_int_equal(home_file_put(path, HOME_BEGUN_FILE, &begun, 1, why), 0);
    assert_int_equal(home_file(file, path, HOME_KEY_FILE), 0);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(home_open(&home, path, why), ERR_NO_HOME);
    assert_int_equal(home_init(path, "B", why), 0);
    assert_false(home_file_exists(path, HOME_BEGUN_FILE));
    assert_int_equal(home_open(&home, path, why), 0);
    assert_string_equal(home->name, "B");
    home_close(home);
    /* All was written: it is a home, which no later init takes for one that was begun. */
    assert_int_equal(home_file_put(path, HOME_BEGUN_FILE, &begun, 1, why), 0);
    assert_int_equal(home_init(path, "C", why), ERR_EXISTS);
    assert_int_equal(home_open(&home, path, why), 0);
    assert_string_equal(home->name, "B");
    assert_false(home_file_exists(path, HOME_BEGUN_FILE));
    home_close(home);
    /* Messages without their key are nobody's to overwrite but wipe's. */
    assert_int_equal(unlink(file), 0);
    assert_int_equal(home_file_wipe(path, HOME_PERSON_FILE), 0);
    assert_int_equal(home_init(path, "D", why), ERR_EXISTS);
    assert_int_equal(home_wipe_closed(path, why), 0);
}

static void test_key_goes_first(void **state) {
    struct home *home;
    enum keyring_mode mode;
    uint8_t before[KEYRING_FILE_SIZE], after[KEYRING_FILE_SIZE];
    (void)state;
    assert_int_equal(home_wipe_key(path, &mode), ERR_NO_HOME);
    assert_int_equal(home_init(path, "A", why), 0);
    assert_int_equal(home_file_get(path, HOME_KEY_FILE, before, sizeof before, why), KEYRING_FILE_SIZE);
    assert_int_equal(home_open(&home, path, why), 0); /* whoever has it open does not hold it up */
    assert_int_equal(home_wipe_key(path, &mode), 0);
    assert_int_equal(mode, KEYRING_OPEN);
    assert_int_equal(home_file_get(path, HOME_KEY_FILE, after, sizeof after, why), KEYRING_FILE_SIZE);
    for (size_t i = 0; i + 8 <= KEYRING_FILE_SIZE; i++) assert_memory_not_equal(before + i, after + i, 8);
    home_close(home);
    assert_int_equal(home_open(&home, path, why), ERR_DAMAGED);
    assert_int_equal(home_wipe_closed(path, why), 0);
    assert_int_equal(access(path, F_OK), -1);
    /* A home of the version before has its secret in person.key. */
    old_home_make();
    assert_int_equal(home_wipe_key(path, &mode), 0);
    assert_false(file_holds(HOME_PERSON_FILE, old_seed + 16, 13));
    assert_int_equal(home_open(&home, path, why), ERR_DAMAGED);
    assert_int_equal(home_wipe_closed(path, why), 0);
}

static void test_memory(void **state) {
    struct home *home;
    (void)state;
    assert_int_equal(home_open_memory(&home, HOME_MEMORY "/nowhere", "A"), 0);
    assert_int_equal(home->protection, HOME_IN_MEMORY);
    assert_int_equal(store_meta_set(home->store, "k", (const uint8_t *)"v", 1), 0);
    home_close(home);
    assert_int_equal(access("/nowhere", F_OK), -1);
    assert_int_equal(home_open_memory(&home, HOME_MEMORY "/nowhere", "two\nlines"), ERR_TEXT);
    assert_int_equal(home_open_memory(&home, HOME_MEMORY "/nowhere", "A"), 0);
    assert_int_equal(home_wipe(home), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sealed_on_opening),
        cmocka_unit_test(test_init_cut_short),
        cmocka_unit_test(test_key_goes_first),
        cmocka_unit_test(test_memory),
    };
    if (sodium_init() < 0 || !mkdtemp(base)) return 1;
    snprintf(path, sizeof path, "%s/home", base);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(base);
    return failed;
}
