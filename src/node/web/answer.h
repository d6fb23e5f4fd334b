/*
 * answer.h: responses, with the headers that every one of them carries.
 */
#ifndef NODE_WEB_ANSWER_H
#define NODE_WEB_ANSWER_H

#include "node/web/html.h"
#include "node/web/request.h"

/* Send a finished page, which is freed. An error of the buffer becomes a page of its own. */
enum MHD_Result answer_page(struct request *r, unsigned status, struct html *h);

/* The same for a page with its style inside, and its own alone: neither script nor anything to load. */
enum MHD_Result answer_sheet(struct request *r, struct html *h);

/* Send a page with one sentence (a msgid) under a heading for the status. */
enum MHD_Result answer_sentence(struct request *r, unsigned status, const char *sentence);

/* Send the page for an error of the core, the store or compose: its text, and the status that fits. */
enum MHD_Result answer_error(struct request *r, int err);

/* Send the browser on to a path of this site (303). */
enum MHD_Result answer_see(struct request *r, const char *path);

/* Send a style sheet or a picture of the program's own. */
enum MHD_Result answer_own(struct request *r, const char *type, const char *text);

/* Send the app, which is under gzip and stays as it is as long as the server; data NULL: the browser has it already. */
enum MHD_Result answer_app(struct request *r, const uint8_t *data, size_t size, const char *tag);

/*
 * Queue a response that the caller has made, with its content type, for a file of a person: as a download unless
 * inline_picture. Takes the response over; name is any text.
 */
enum MHD_Result answer_file(struct request *r, struct MHD_Response *response, uint64_t size, const char *type,
                            const char *name, bool inline_picture);

#endif
