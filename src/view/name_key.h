/*
 * name_key.h: how a person's name sounds, the same for its Cyrillic and its Latin spellings.
 *
 * A name becomes words of sounds. Cyrillic letters go over to Latin ones and these, whoever wrote them, through the
 * same few rules, so that what is said alike is written alike:
 *   - marks, doubled letters, the soft and the hard sign and apostrophes are left out; ә ө ұ ү қ ғ ң һ are a o u u k g
 *     n h, and i stands for и й і ы y;
 *   - x is ш (sh ş š щ shch sch, and с before х, which one alphabet writes alike), j is ж (zh ž dj дж), c is ч (ch č
 *     tch), h is х (kh), q is кс (ks x);
 *   - a Latin j is й between a vowel and a consonant or at the end, else ж; a Latin x before a o u at the beginning
 *     is х; w is в after o and at the beginning but for a and u, else у; ou is у; ý is у (the alphabet of 2018);
 *   - е ё э ye yo ie are e; я and ю are ia and iu;
 *   - what stands alone as "улы" or "кызы" belongs to the word before it.
 * Жанаөзен, Zhanaozen and Janaozen are "janaozen"; Щербаков and Shcherbakov are "xerbakov".
 *
 * Letters of other scripts become bytes above 127, a letter a byte; two letters may share one. Digits stay.
 */
#ifndef VIEW_NAME_KEY_H
#define VIEW_NAME_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"

struct name_word {
    uint8_t size; /* at least 1 */
    uint8_t letters[NAME_LETTERS_MAX];
};

struct name_key {
    unsigned count;
    struct name_word words[NAME_WORDS_MAX];
};

/*
 * Make the key of a text, which may be any bytes; ill-formed UTF-8 separates words. Of a longer text the first
 * NAME_BYTES_MAX bytes count, of a longer word the first NAME_LETTERS_MAX sounds, of more words the first
 * NAME_WORDS_MAX. A key has never more sounds than its text has bytes.
 */
void name_key(struct name_key *out, const char *text, size_t size);

/* Go on in *to with the sounds of another word, as if both were written as one. */
void name_word_join(struct name_word *to, const struct name_word *more);

/* Tell whether a word is an initial: one sound, or the two of я, ю or ц. */
bool name_word_is_initial(const uint8_t *letters, size_t size);

#endif
