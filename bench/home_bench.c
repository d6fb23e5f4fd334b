/*
 * home_bench.c: how long it takes until the key of a home with 100,000 records is gone, beside that of an empty one,
 * and until all of it is; how long a passphrase takes to open a home.
 */
#include <sodium.h>
#include <string.h>

#include "bench/bench_util.h"

#define RECORDS 100000
#define RUNS 5
#define KEY_GONE_SECONDS 0.5
#define UNLOCK_SECONDS 1.0

static double key_wipe(const char *path) {
    double taken[RUNS];
    for (size_t i = 0; i < RUNS; i++) {
        double began = bench_now();
        int err = home_wipe_key(path, NULL);
        taken[i] = bench_now() - began;
        if (err) bench_die(path, err);
    }
    return bench_median(taken, RUNS);
}

static int passphrase(void *context, uint8_t *out, bool ask) {
    (void)ask;
    memcpy(out, context, strlen(context));
    return (int)strlen(context);
}

static void unlock(void) {
    static char words[] = "five random words of it";
    const struct keyring_secret secret = {.passphrase = (const uint8_t *)words, .passphrase_size = strlen(words)};
    const struct home_access access = {.passphrase = passphrase, .context = words};
    char path[300], why[HOME_WHY_SIZE] = "";
    double taken[RUNS], open[RUNS];
    struct home *home;
    uint32_t memory_kib = 0;
    snprintf(path, sizeof path, "%s/sealed", bench_directory());
    int err = home_init_sealed(path, "bench", &secret, NULL, why);
    for (size_t i = 0; i < RUNS && !err; i++) {
        double began = bench_now();
        err = home_open_with(&home, path, &access, why);
        taken[i] = bench_now() - began;
        if (err) break;
        memory_kib = home->keyring.cost.memory_kib;
        home_close(home);
    }
    if (err) bench_die(why, err);
    snprintf(path, sizeof path, "%s/unsealed", bench_directory());
    err = home_init(path, "bench", why);
    for (size_t i = 0; i < RUNS && !err; i++) {
        double began = bench_now();
        err = home_open(&home, path, why);
        open[i] = bench_now() - began;
        if (!err) home_close(home);
    }
    if (err) bench_die(why, err);
    double value = bench_median(taken, RUNS);
    bench_report(&(struct bench_result){"unlock_by_passphrase", memory_kib, value, "s", bench_median(open, RUNS), 0,
                                        UNLOCK_SECONDS, value <= UNLOCK_SECONDS});
}

int main(void) {
    char full[300], empty[300], why[HOME_WHY_SIZE] = "";
    uint8_t community[HASH_SIZE];
    const struct bench_fill fill = {.records = RECORDS, .authors = 100, .text_size = 200, .seconds_apart = 1};
    snprintf(full, sizeof full, "%s/full", bench_directory());
    snprintf(empty, sizeof empty, "%s/empty", bench_directory());
    bench_home(empty, "Empty", community);
    bench_home(full, "Full", community);
    bench_home_fill(full, community, &fill);
    double one = key_wipe(empty), all = key_wipe(full), began = bench_now();
    bench_report(
        &(struct bench_result){"wipe_key_gone", RECORDS, all, "s", one, 0, KEY_GONE_SECONDS, all <= KEY_GONE_SECONDS});
    int err = home_wipe_closed(full, why);
    if (err) bench_die(why, err);
    bench_report(&(struct bench_result){"wipe_all_gone", RECORDS, bench_now() - began, "s", 0, 0, 0, true});
    unlock();
    return 0;
}
