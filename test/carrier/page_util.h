/*
 * page_util.h: a page as the HTTP carrier sees it, for tests: a store in memory and one session as the initiator, which
 * takes bodies and makes bodies.
 */
#ifndef TEST_CARRIER_PAGE_UTIL_H
#define TEST_CARRIER_PAGE_UTIL_H

#include "carrier/session_store.h"
#include "test/core/sample_util.h"

struct page {
    struct store *store;
    struct session_store *view_store;
    struct session_view *view;
    struct session *session;
    uint64_t now; /* Unix seconds */
    int err;      /* why its session is over */
    unsigned came;
    uint8_t record[RECORD_SIZE_MAX];
};

/* Make one with a community, and no session yet; and end it. A failure fails the test. */
void page_open(struct page *p, const struct record *charter_record, uint64_t now);
void page_close(struct page *p);

/* Begin a contact anew. */
void page_begin_contact(struct page *p);

/* Write a record of an author in its store. */
void page_write(struct page *p, const struct sample_community *community, const struct member *author, struct rng *rng,
                unsigned count, size_t size_max);

/* Make a body of what it has to say: at most room bytes. Return its size. */
size_t page_say(struct page *p, uint8_t *out, size_t room);

/* Take an answer's body, and store what it brings. */
void page_hear(struct page *p, const uint8_t *body, size_t size);

bool page_is_settled(const struct page *p);
uint64_t page_records(struct page *p);

#endif
