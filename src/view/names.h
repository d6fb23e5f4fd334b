/*
 * names.h: people found by name in a register ("is my brother on a list?"), whatever the alphabet, the order of the
 * words and a few errors of typing.
 *
 *     struct names names;
 *     void *memory = malloc(names_memory(&names, texts, count));
 *     names_build(&names, texts, memory);
 *     size_t found = names_search(&names, query, strlen(query), hits, 10);
 *     hits[0].id is the place of the nearest name in texts[]
 *
 * The words of the query and those of a name (view/name_key.h) are paired in the cheapest way, in any order, as many as
 * the shorter of both has. A pair costs what it takes to make one word of the other, at most NAMES_CLASH:
 *   - 4 for a sound too many, too few, another one, or two neighbours swapped;
 *   - 3 for a vowel too many, for another vowel, for a neighbour on the keyboard (Russian or QWERTY); for an initial
 *     against a word that begins with it;
 *   - 2 for an i or an h too many and for sounds that are often taken for each other: a-o e-i o-u u-v i-j x-c x-j k-g
 *     k-h g-h b-p d-t z-s v-f s-x;
 *   - 1 for "-ұлы" where the other has "-ович", "-қызы" where it has "-овна";
 *   - what costs more than 2 a sound of the query's word, or more than 15, is a clash: two different words.
 *
 * One pair of neighbours in the query may stand for a single word of the name, and one pair in the name for a single
 * word of the query if it is short (4 sounds or less in one of both, 12 together): 1 more. A word of the query without
 * partner (the list has no patronymic) costs 4, one of the name 1.
 *
 * A hit has a word that does not clash with one of the query, neither of both an initial (unless the query is initials
 * only). Names alike in cost come in the order of the list. The result is exact: no name with a smaller cost is missed.
 * All is integers, so every device gives the same answer.
 */
#ifndef VIEW_NAMES_H
#define VIEW_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct names_text {
    const char *text; /* borrowed while names_build runs */
    size_t size;
};

struct names {
    size_t count, word_count;
    size_t token_count, letter_count; /* words of all names and their letters; the rest lies in the caller's memory */
    uint32_t *first;                  /* words of name i: words[first[i]] … words[first[i + 1] - 1] */
    uint32_t *words;                  /* with two short neighbours also as one, marked, behind them */
    uint32_t *at;                     /* letters of word w, in order: letters[at[w]] … letters[at[w + 1] - 1] */
    uint8_t *letters;
    uint8_t *common; /* how many letters at its beginning a word shares with the one before it */
    uint64_t *costs; /* of one search: a byte for each word of the query */
};

#define NAMES_CLASH 16

struct names_hit {
    uint32_t id;     /* place in the list */
    uint16_t cost;   /* 0: the same key; about 4 for each error */
    uint8_t percent; /* the same for the eye: 100 for cost 0, 0 for a cost of NAMES_CLASH for each word of the query */
};

/* Return how many bytes of memory the index of these names needs, about 190 a name of three words, and note in *out
 * what was measured. */
size_t names_memory(struct names *out, const struct names_text *texts, size_t count);

/* Build the index of the same names. memory is names_memory bytes, aligned as malloc aligns, and belongs to *n from
 * then on. Errors: ERR_LIMIT (more than NAMES_MAX). */
MUST_CHECK int names_build(struct names *n, const struct names_text *texts, void *memory);

/*
 * Find the `most` nearest hits, nearest first. Return how many there are, 0 if the query has no letter. Writes into the
 * index's memory: one search at a time.
 */
size_t names_search(struct names *n, const char *query, size_t size, struct names_hit *hits, size_t most);

#endif
