/*
 * admit.h: the judgement on a record that came from outside, the same for pouches and contacts.
 */
#ifndef CARRIER_ADMIT_H
#define CARRIER_ADMIT_H

#include <stdbool.h>

#include "core/budget.h"
#include "core/charter.h"
#include "core/when.h"

/*
 * Decide whether a decoded record may be stored: the rules of its community (charter_pool for a sealed one), time, then
 * the signature, and that of a message which it forwards: a forgery that is passed on is refused as one that is told.
 * Errors: as charter_admit, ERR_EXPIRED, ERR_FAR, ERR_SIGNATURE; ERR_COMMUNITY if charter is NULL or a closed
 * community's, whose own records come out of sealed ones only.
 */
MUST_CHECK int admit_record(const struct charter *charter, const struct record *r, struct when when);

/* The same of a record whose signature was checked before. */
MUST_CHECK int admit_trusted(const struct charter *charter, const struct record *r, struct when when);

/* Return what the author of a record is to whoever knows nobody but who is named by the charter (or NULL). */
enum budget_class admit_class(const struct charter *charter, const struct record *r);

/* Who knows more: what an author is to the person. charter: the record's, or NULL. */
struct admit_classes {
    enum budget_class (*of)(void *context, const struct charter *charter, const struct record *r);
    void *context;
};

/* Ask classes, or admit_class if it is NULL or has no `of`. */
static inline enum budget_class admit_class_by(const struct admit_classes *classes, const struct charter *charter,
                                               const struct record *r) {
    return classes && classes->of ? classes->of(classes->context, charter, r) : admit_class(charter, r);
}

/* Tell whether an error of store_put speaks of the record and not of the store. */
bool admit_is_refusal(int err);

/* Tell whether who sent a record with this error has broken the rules: an honest node of this version stores none such.
 */
bool admit_is_blame(int err);

#endif
