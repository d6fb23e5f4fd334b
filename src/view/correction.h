/*
 * correction.h: which words of a message count, when its author has corrected it.
 *
 * A correction is a text that names an earlier text by the same author in the same community as what it takes the place
 * of (REF_CORRECTS). Of several, the one with the highest sequence number counts: an author's own sequence is the order
 * in which they wrote, which no clock is; of two with one number (a fork) that with the lower id. A correction of a
 * correction counts for nothing: whoever writes one names the first message, so that no chain has to be here whole.
 *
 * A function of what is here: any order, any doubles give the same. Left out before: what was taken back, is set apart
 * by a freeze, or lies ahead of now.
 */
#ifndef VIEW_CORRECTION_H
#define VIEW_CORRECTION_H

#include "core/text.h"

/* Tell whether c takes the place of the message first, of which both have their bodies. */
bool correction_counts(const struct record *first, const struct record *c);

/* Tell whether of two that count a comes before b. */
bool correction_is_before(const struct record *a, const struct record *b);

/* Put a correction's words, place and ground in the place of the first message's. Its files are added to those of the
 * first, as far as TEXT_ATTACHMENTS_MAX goes: only a retraction takes files away. *first borrows from both then. */
void correction_apply(struct text *first, const struct text *correction);

#endif
