/*
 * pfif_internal.h: what the reader and the writer of PFIF share.
 */
#ifndef EXCHANGE_PFIF_INTERNAL_H
#define EXCHANGE_PFIF_INTERNAL_H

#include "exchange/pfif.h"

/* Tell whether a field is one line: line feeds and tabs in it are layout. */
bool pfif_is_line(enum pfif_field field);

/* Tell whether nothing is there but what a placeholder has. */
bool pfif_is_placeholder(const struct pfif_person *person);

/* Tell which mandatory field is missing; of a note, its person's id aside. */
enum pfif_reason pfif_person_missing(const struct pfif_person *person, enum pfif_field *field);
enum pfif_reason pfif_note_missing(const struct pfif_note *note, enum pfif_field *field);

#endif
