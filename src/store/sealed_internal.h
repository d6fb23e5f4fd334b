/*
 * sealed_internal.h: what the files of the sealed VFS share. sealed_box.c knows keys, boxes and the head of a file;
 * sealed_main.c the pages; sealed_journal.c the WAL; sealed_table.c which box of each page is the last one;
 * sealed_vfs.c opens and registers.
 */
#ifndef STORE_SEALED_INTERNAL_H
#define STORE_SEALED_INTERNAL_H

#include "store/sealed_vfs.h"

#define SEALED_PAGE 4096 /* a page, sealed or not */
#define SEALED_TEXT (SEALED_PAGE - SEALED_RESERVED)
#define SEALED_NONCE 24
#define SEALED_TAG 16
#define SEALED_BOX (SEALED_NONCE + SEALED_TAG) /* what a box is larger than its text: nonce ‖ tag ‖ ciphertext */
#define SEALED_SALT 32
#define SEALED_HEAD 4096
#define SEALED_FIRST_COPY SEALED_HEAD            /* where page 1 lies once more: without it nothing else is found */
#define SEALED_PAGES (SEALED_HEAD + SEALED_PAGE) /* where the pages begin */
#define SEALED_HEAD_COPY 128
#define SEALED_HEAD_SECOND 2048 /* where the second copy lies */

#define JOURNAL_HEAD 1024       /* bytes before the first frame */
#define JOURNAL_HEAD_SECOND 512 /* where the second copy lies */
#define JOURNAL_ID 16
#define WAL_HEAD 32 /* SQLite's: header, frame header, frame */
#define WAL_FRAME_HEAD 24
#define WAL_FRAME (WAL_FRAME_HEAD + SEALED_PAGE)
#define FRAME_TEXT \
    (WAL_FRAME_HEAD + SEALED_RESERVED + 4) /* frame header, the page's reserved bytes, first unsynced \
                                            */
#define FRAME_BOX (SEALED_BOX + FRAME_TEXT)
#define FRAME (FRAME_BOX + SEALED_PAGE)
#define FRAMES_TOGETHER 16 /* frames that are written at once */

_Static_assert(SEALED_BOX == SEALED_RESERVED, "nonce and tag fill the reserved bytes");

/* In locked memory. */
struct sealed_keys {
    uint8_t page[KEY_SIZE], journal[KEY_SIZE], table[KEY_SIZE], check[KEY_SIZE];
};

/* Which box of each page was written last: the first 8 bytes of its nonce. On disk it is a base and what changed since,
 * in one of two files. */
struct sealed_table {
    uint64_t *stamps; /* by page - 1; 0: none */
    uint32_t count, room;
    uint32_t *changed; /* pages, since it was written */
    size_t changed_count, changed_room;
    uint64_t generation;         /* counts the times it was written; 0: never */
    uint8_t journal[JOURNAL_ID]; /* the journal that pages were copied from last */
    uint32_t journal_frames;     /* how many frames it had at least */
    bool loaded, dirty;
    unsigned which;               /* of the two files */
    uint64_t end, base;           /* where that one ends; how large its first part is */
    uint8_t last_tag[SEALED_TAG]; /* of its last part */
    sqlite3_file *file;           /* that one, or NULL */
    char path[2][4096 + 16];
};

struct sealed_db {
    sqlite3_vfs *under;
    sqlite3_file *real; /* the main file */
    struct sealed_keys *keys;
    uint8_t salt[SEALED_SALT];
    uint8_t nonces[64][SEALED_NONCE];
    unsigned nonces_left;
    struct sealed_table table;
    struct sealed_journal *journal; /* the open one, or NULL */
    bool copying;                   /* a checkpoint is copying frames into the main file */
    bool copied;                    /* what was read last from the journal is a sealed page */
    bool create, salvage;
    struct sealed_faults faults;
    uint8_t room[SEALED_PAGE];
};

struct sealed_main {
    sqlite3_file base;
    struct sealed_db *db;
    sqlite3_file *real;
};

struct sealed_frame {
    uint64_t stamp;
    uint32_t page;
};

struct sealed_journal {
    sqlite3_file base;
    struct sealed_db *db;
    sqlite3_file *real;
    uint8_t id[JOURNAL_ID];
    bool known;                  /* id is that of the file */
    struct sealed_frame *frames; /* by number - 1 */
    uint32_t count, room;        /* known ones */
    uint32_t unsynced, last;     /* the first frame that no sync has reached; the last that was written */
    uint32_t pending;            /* the frame whose header came, or 0 */
    uint8_t pending_head[WAL_FRAME_HEAD];
    uint32_t batch_first, batch_count;
    uint8_t *batch;
};

/* sealed_box.c */
void sealed_number_write(uint8_t *out, uint64_t number, unsigned bytes);
uint64_t sealed_number_read(const uint8_t *in, unsigned bytes);
/* Write nonce ‖ tag at box and the ciphertext of size bytes at out; in and out may be the same. */
void sealed_seal(struct sealed_db *db, uint8_t box[SEALED_BOX], uint8_t *out, const uint8_t *in, size_t size,
                 const uint8_t *ad, size_t ad_size, const uint8_t key[KEY_SIZE]);
/* Return false if it does not fit; what stood at out is then gone. */
bool sealed_unseal(const uint8_t box[SEALED_BOX], uint8_t *out, const uint8_t *in, size_t size, const uint8_t *ad,
                   size_t ad_size, const uint8_t key[KEY_SIZE]);
/* Seal a page: out is SEALED_PAGE bytes. Its box is at the end. */
void sealed_page_seal(struct sealed_db *db, uint8_t *out, const uint8_t *page, uint32_t number);
/* Open a page in place; the reserved bytes become 0. */
bool sealed_page_unseal(const struct sealed_db *db, uint8_t *page, uint32_t number);
/* The stamp of a sealed page; never 0. */
uint64_t sealed_stamp(const uint8_t *sealed);
/* Make a new file's head: SEALED_HEAD bytes, and the keys. */
void sealed_head_make(struct sealed_db *db, const uint8_t key[KEY_SIZE], uint8_t out[SEALED_HEAD]);
/* Read one: salt and keys. Return 0, ERR_WRONG_KEY, ERR_VERSION, ERR_DAMAGED. */
int sealed_head_read(struct sealed_db *db, const uint8_t key[KEY_SIZE], const uint8_t in[SEALED_HEAD]);
/* Tell whether one of its copies is whole. */
bool sealed_head_is(const uint8_t in[SEALED_HEAD]);

/* sealed_table.c: return SQLite's codes */
void sealed_table_begin(struct sealed_db *db, const char *path);
int sealed_table_load(struct sealed_db *db);
int sealed_table_set(struct sealed_db *db, uint32_t page, uint64_t stamp);
void sealed_table_cut(struct sealed_db *db, uint32_t count);
/* Write what changed, durably if sync is true. */
int sealed_table_flush(struct sealed_db *db, bool sync);
/* Forget all. */
void sealed_table_end(struct sealed_db *db);

/* sealed_main.c, sealed_journal.c */
extern const sqlite3_io_methods sealed_main_methods, sealed_journal_methods;
#define SEALED_FCNTL_DB 0x4c45 /* argument: struct sealed_db ** */
/* Read a page whole, checked: SQLITE_OK, SQLITE_IOERR_SHORT_READ (zeros; it was never written), or an error. */
int sealed_page_read(struct sealed_db *db, uint32_t number, uint8_t *out);
/* Read every frame that is known. Return how many can't be. */
int64_t sealed_journal_check(struct sealed_journal *j);
int sealed_fault_add(struct sealed_db *db, enum sealed_what what, uint64_t number);
int sealed_read_all(sqlite3_file *file, void *out, size_t size, uint64_t offset);

/* sealed_vfs.c */
void sealed_db_free(struct sealed_db *db);

#endif
