/*
 * page.h: what all pages have: the frame around the content, forms, and the page with one sentence.
 */
#ifndef NODE_WEB_PAGE_H
#define NODE_WEB_PAGE_H

#include "node/web/html.h"
#include "node/web/request.h"
#include "node/web/words.h"

/* The reader's text of a literal. */
#define T(text) request_text(r, text)

enum page_tab { PAGE_GROUPS, PAGE_SEARCH, PAGE_PARCEL, PAGE_ABOUT, PAGE_NONE };

/* Begin a page: head, name, languages, tabs, who the reader is here. title is plain text, NULL for the site's name
 * alone; h is begun by this. */
void page_begin(struct request *r, struct html *h, enum page_tab tab, const char *title);
void page_end(struct request *r, struct html *h);

/* A whole page with a heading for the status and one sentence, a msgid. */
void page_sentence(struct request *r, struct html *h, unsigned status, const char *sentence);

/* Open a form that posts to action, with its token; files makes it multipart. The caller writes "</form>". */
void page_form(struct request *r, struct html *h, const char *action, bool files);

/* A time: how long ago, and in UTC. */
void page_time(struct request *r, struct html *h, uint64_t seconds);

/* A person's text in one line: isolated, so that its direction can't disturb what is around it. */
void page_bdi(struct html *h, const char *text, size_t size);

/* A key as people see it: the handle, with the last 4 hex digits as its title. */
void page_author(struct html *h, const uint8_t key[KEY_SIZE]);

/* The path of a group or message: "/g/<64 hex>". */
#define PAGE_PATH_SIZE 96
void page_path(char out[PAGE_PATH_SIZE], char letter, const uint8_t id[HASH_SIZE], const char *after);

#endif
