/*
 * write_form.h: the form to write a message, at first and again when what was sent could not be taken.
 */
#ifndef NODE_WEB_WRITE_FORM_H
#define NODE_WEB_WRITE_FORM_H

#include "node/web/html.h"
#include "node/web/request.h"

/* Write the form that posts to action; text is what it holds already, or NULL. */
void write_form(struct request *r, struct html *h, const char *action, bool open, const char *text);

#endif
