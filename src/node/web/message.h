/*
 * message.h: messages copied out of the store for a page, and their look.
 */
#ifndef NODE_WEB_MESSAGE_H
#define NODE_WEB_MESSAGE_H

#include "core/text.h"
#include "node/standing.h"
#include "node/web/html.h"
#include "node/web/request.h"
#include "store/freezes.h"

#define MESSAGE_EXCERPT_BYTES 700
#define MESSAGE_EXCERPT_LINES 14
#define MESSAGE_QUOTE_BYTES 80
#define MESSAGE_REPLIES_COUNTED 30

struct message {
    uint8_t id[HASH_SIZE], community[HASH_SIZE], author[KEY_SIZE], reply[HASH_SIZE];
    uint64_t created, seen, seq;
    uint32_t replies; /* counted up to MESSAGE_REPLIES_COUNTED */
    uint8_t urgency, attachment_count, ground;
    bool is_reply, guest, cut;
    struct store_apart apart; /* place is FREEZE_TRUSTED unless a freeze sets it apart */
    bool pinned;              /* shown before the others, among which it may stand again */
    bool inside;              /* a correction that is shown with what it corrects: left out */
    uint64_t corrected;       /* when the author corrected it; 0: not */
    char *first;              /* owned: what it said at first, or NULL */
    size_t first_size;
    struct standing how; /* how the author stands to the operator; zeros for guests */
    char *text;          /* owned; with the whole text or its beginning */
    size_t size;
    struct attachment *attachments; /* owned */
    char place[TEXT_PLACE_MAX + 1];
    struct { /* what it passes on; author's signature fits, or the text is NULL */
        bool any;
        uint8_t author[KEY_SIZE], ground;
        uint64_t created;
        char place[TEXT_PLACE_MAX + 1];
        char *text; /* owned */
        size_t size;
    } forwarded;
    char *quote; /* owned: the beginning of what it replies to, or NULL */
    size_t quote_size;
    bool quote_cut;
};

/* A list that a store_visit gathers. Zeroed at first; community NULL takes messages of all that the reader may see. */
struct messages {
    struct message *list;
    size_t count, max;
    size_t excerpt; /* bytes of text to keep; 0 for all */
    bool versions;  /* corrections stand by themselves, too */
    bool more;      /* there was at least one beyond max */
    int err;
    size_t visited; /* records of any kind */
    struct {
        uint64_t created;
        uint8_t id[HASH_SIZE];
    } first, last; /* of those visited and not beyond max */
};

/* store_visit; context is a struct messages. Records that are no texts are passed over but count as visited. */
int messages_visit(void *context, const struct store_record *record);
void messages_free(struct messages *m);
void messages_reverse(struct messages *m);

/* Fill in what needs the store again: quotes, replies, how the authors stand to the operator,
 * what is set apart. The caller holds
 * home_enter. */
void messages_complete(struct request *r, struct messages *m);

/*
 * Write one message as a card. whole: all of it, its pictures too, and no link to itself; group: the title of its
 * group, or NULL.
 */
void message_write(struct request *r, struct html *h, const struct message *m, bool whole, const char *group);
void messages_write(struct request *r, struct html *h, const struct messages *m);

#endif
