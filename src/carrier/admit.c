/*
 * admit.c: the judgement on a record that came from outside.
 */
#include "carrier/admit.h"

#include "core/text.h"

int admit_trusted(const struct charter *charter, const struct record *r, struct when when) {
    bool open = charter && (charter_is_public(charter) || charter == &charter_pool);
    int err = open ? charter_admit(charter, r) : ERR_COMMUNITY;
    if (!err && when_is_expired(r->expiry_day, when)) err = ERR_EXPIRED;
    bool far = r->form == RECORD_FORM_SEALED && when_is_far(r->expiry_day, when);
    return !err && far ? ERR_FAR : err;
}

int admit_record(const struct charter *charter, const struct record *r, struct when when) {
    int err = admit_trusted(charter, r, when);
    if (!err) err = record_verify(r);
    return err ? err : text_forwarded_verify(r);
}

enum budget_class admit_class(const struct charter *charter, const struct record *r) {
    return charter && charter_is_coordinator(charter, r->author) ? BUDGET_NEAR : BUDGET_STRANGER;
}

bool admit_is_refusal(int err) {
    return err == ERR_COMMUNITY || err == ERR_CHARTER || err == ERR_LIMIT || err == ERR_EXISTS;
}

bool admit_is_blame(int err) {
    switch (err) {
    case 0:
    case ERR_EXPIRED: /* its clock is another, */
    case ERR_FAR:     /* or not confirmed */
    case ERR_VERSION: /* forms and */
    case ERR_UNSUPPORTED: /* rules of a later version */ return false;
    default: return true;
    }
}
