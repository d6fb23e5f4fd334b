/*
 * attach.h: what goes along with a message: photos, films and sounds without place, device, names and times
 * (media/strip.h), anything else as it is.
 */
#ifndef NODE_ATTACH_H
#define NODE_ATTACH_H

#include "core/text.h"
#include "node/home.h"

struct attach_in {
    int fd;
    const char *name;   /* of the file, its folders may stand before it */
    unsigned number;    /* which attachment of its message, from 1: neutral names differ by it */
    bool as_it_is;      /* the person wants all of it to go */
    bool keep_original; /* with its author */
    uint64_t size_max;  /* compose_file_max, or 0: BLOB_SIZE_MAX */
};

/* How it goes. */
enum attach_way {
    ATTACH_AS_IT_IS = 0, /* all of it, its name too */
    ATTACH_STRIPPED,     /* without what tells, which is more than nothing; or under another name */
    ATTACH_BARE,         /* it told nothing */
};

/*
 * Read a file into the store as a blob; *out is the whole attachment. A name that a camera gave, which holds digits, is
 * not passed on. Errors: ERR_UNSUPPORTED (a photo, film or sound in a format that is not read here: *heif says that it
 * is HEIC or AVIF), ERR_DAMAGED (one that is broken), ERR_LIMIT (empty or over size_max), ERR_IO, ERR_MEMORY,
 * those of the store. Nothing of a file that is refused is stored. Takes the home (home_enter) by itself.
 */
MUST_CHECK int attach_file(struct home *home, const struct attach_in *in, struct attachment *out, enum attach_way *way,
                           bool *heif);

#endif
