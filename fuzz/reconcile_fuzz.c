/*
 * Fuzz one side of reconciliation; the bytes are its peer: a choice of role and set (reconcile_set.h), then messages of
 * a size (u16) and so many bytes. Whatever comes, this side stays within its room and its work, offers only what it
 * has, and no element twice in one naming.
 */
#include "core/check.h"
#include "core/reconcile_internal.h"
#include "fuzz/reconcile_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Say all that there is to say. Return false after an error. */
static bool speak(struct reconcile *r) {
    uint8_t out[RECONCILE_MESSAGE_MAX];
    for (unsigned i = 0; i < 1000; i++) {
        const int said = reconcile_send(r, out, i % 2 ? sizeof out : RECONCILE_MESSAGE_MIN);
        if (said <= 0) return said == 0;
        CHECK((size_t)said <= sizeof out && (!reconcile_is_done(r) || reconcile_send(r, out, sizeof out) == 0));
    }
    __builtin_trap(); /* it never ends */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fixed_set set;
    static struct reconcile r;
    struct reader in;
    uint64_t item;
    reader_init(&in, data, size);
    fixed_reconcile(&r, &set, reader_u8(&in), 20);
    while (!in.err && speak(&r)) {
        const unsigned low = reader_u8(&in);
        const size_t length = low | (size_t)reader_u8(&in) << 8;
        const uint8_t *message = reader_bytes(&in, length);
        if (!message || reconcile_recv(&r, message, length) != 0) break;
    }
    CHECK(r.work <= r.config.work_max && reconcile_lacked(&r) >= r.heap_count);
    while (reconcile_next(&r, &item) == 1) CHECK(item >= 20 && item < 20 + set.count);
    return 0;
}
