/*
 * body.h: the body of a form: fields in memory, files in unlinked files.
 */
#ifndef NODE_WEB_BODY_H
#define NODE_WEB_BODY_H

#include "node/web/request.h"

/* Get ready to take a request's body. False if it is no form. */
bool body_begin(struct request *r);

/* Tell whether the form's token, which stands before its files, is good. */
bool body_token_is_good(const struct request *r);

/*
 * Make an unlinked file in the home folder, or in memory: for a home that is there alone, and, if it stays small (the
 * files of a message), for one that is sealed. Return its descriptor, or ERR_FULL, ERR_READ_ONLY, ERR_IO.
 */
MUST_CHECK int body_file(struct home *home, bool small);

#endif
