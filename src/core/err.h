/*
 * err.h: the one list of errors, each with a text.
 *
 * A function that can fail returns 0 or a count, or one of these values, all negative. The text is English and is at
 * the same time the key under which the catalogues hold its translations.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

/* X(name, value, text) */
#define ERR_LIST(X) \
    /* bytes that came from outside */ \
    X(TRUNCATED, -1, "the data ends too early") \
    X(TRAILING, -2, "there are bytes after the end") \
    X(VARINT, -3, "a number is not in its shortest form") \
    X(VERSION, -4, "made by a later version; update to read it") \
    X(LIMIT, -5, "larger than the format allows") \
    X(FIELD, -6, "a field is missing, doubled, out of order or out of range") \
    X(TEXT, -7, "a text is not valid UTF-8 or holds control characters") \
    X(TIME, -8, "a time or an expiry day is out of range") \
    X(SIGNATURE, -9, "the signature does not fit") \
    X(COMMUNITY, -10, "belongs to another group") \
    X(CHARTER, -11, "breaks the rules of its group") \
    X(CHECKSUM, -12, "the checksum does not fit: a character or a byte was changed") \
    X(NOT_INVITE, -13, "this is no invitation (it must begin with \"longear:\")") \
    X(NOT_POUCH, -14, "this is no parcel") \
    X(HASH, -15, "the content does not fit its hash") \
    X(UNSUPPORTED, -16, "this version cannot handle it yet") \
    X(EXPIRED, -17, "its time is over") \
    X(FAR, -18, "it would have to be kept for longer than anything lives here") \
    X(KIND, -19, "a rule of this group is newer than this program: update before you write here") \
    X(SEAL, -20, "could not be decrypted") \
    X(NOT_KEY, -21, "this is no key line (it must begin with \"longear-key:\")") \
    X(NOT_CARD, -22, "this is no card (it must begin with \"longear-card:\")") \
    X(POINT, -23, "a point is not on the earth") \
    /* the caller's side */ \
    X(SPACE, -30, "the buffer is too small") \
    X(MEMORY, -31, "out of memory") \
    X(NOT_FOUND, -32, "not found") \
    X(AMBIGUOUS, -33, "more than one fits") \
    X(EXISTS, -34, "exists already") \
    X(USAGE, -35, "wrong usage") \
    X(INTERRUPTED, -36, "interrupted") \
    X(ENTROPY, -37, "the system gives no random numbers") \
    X(KEY, -38, "there is no person here yet") \
    /* the store and the system */ \
    X(IO, -50, "reading or writing failed") \
    X(FULL, -51, "the disk is full") \
    X(READ_ONLY, -52, "the folder or the file cannot be written") \
    X(BUSY, -53, "in use by another process") \
    X(DAMAGED, -54, "the database is damaged") \
    X(NEWER, -55, "the database was made by a later version of the program") \
    X(NO_HOME, -56, "there is no person on this device yet: run `longear init --name NAME` first") \
    X(NET, -57, "the network address cannot be used") \
    /* a contact */ \
    X(END, -58, "the contact is over") \
    X(LINK, -59, "the connection broke") \
    X(SILENT, -61, "the other side does not answer") \
    /* what is sealed on the disk */ \
    X(WRONG_KEY, -63, "the key does not fit this database") \
    X(PASSPHRASE, -39, "the passphrase, or the key file, is not the right one") \
    X(SEALED, -40, "this home is sealed: it needs its passphrase or its key file")

enum err {
    ERR_OK = 0,
#define ERR_ENUM(name, value, text) ERR_##name = (value),
    ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Return the text of an error, never NULL; a value that is none of the list gives "unknown error". The pointer is
 * static. */
const char *err_text(int err);

/* Return the name of an error for machines ("SIGNATURE", "VARINT"), never NULL. The pointer is static. */
const char *err_name(int err);

#endif
