/*
 * home_budget.c: what a home's store may hold.
 */
#include <sys/statvfs.h>

#include "node/home.h"

#define POOL_SETTING "budget_pool"
#define MEMORY_POOL (UINT64_C(128) << 20) /* of a home in memory */

/* Half of what the store has and of what is free. */
static uint64_t pool_default(const struct home *home) {
    struct statvfs disk;
    struct store_stats stats;
    if (home->protection == HOME_IN_MEMORY) return MEMORY_POOL;
    if (statvfs(home->path, &disk) != 0 || store_stats(home->store, 0, &stats) != 0) return BUDGET_POOL_MIN;
    uint64_t all = (uint64_t)disk.f_bavail * disk.f_frsize + stats.charged;
    return all / 2 > BUDGET_POOL_MIN ? all / 2 : BUDGET_POOL_MIN;
}

void home_budget(struct home *home) {
    uint64_t pool = 0;
    int got = store_meta_get(home->store, POOL_SETTING, (uint8_t *)&pool, sizeof pool);
    if (got != (int)sizeof pool || pool < BUDGET_POOL_MIN) pool = pool_default(home);
    store_budget_set(home->store,
                     &(struct store_budget){.pool_bytes = pool, .settle_bytes = pool / BUDGET_SETTLE_PART});
}

int home_pool_set(struct home *home, uint64_t bytes) {
    uint8_t *value = bytes > 0 ? (uint8_t *)&bytes : NULL;
    int err = store_meta_set(home->store, POOL_SETTING, value, value ? sizeof bytes : 0);
    home_budget(home);
    return err;
}
