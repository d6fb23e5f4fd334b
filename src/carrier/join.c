/*
 * join.c: take an invitation into a store, in one transaction.
 */
#include "carrier/join.h"

#include "carrier/admit.h"

int join_store(struct store *store, const struct charter *charter, const struct record *charter_record,
               const struct invite_message *message, struct when when) {
    bool wanted = message->bytes && admit_record(charter, &message->record, when) == 0;
    int err = store_begin(store);
    if (err) return err;
    int put = store_community_put(store, charter_record, true);
    if (put >= 0 && wanted) put = store_put(store, &message->record, message->bytes, message->size, when.now);
    err = put < 0 ? put : store_commit(store);
    if (err) {
        store_rollback(store);
        return err;
    }
    return wanted && store_has(store, message->record.id) == STORE_HELD;
}
