/*
 * names.c: the different words of all names, in order; one pass over them a word of the query, then one over the names.
 *
 * Neighbours in order share their beginnings, so a pass computes the rows of the edit distance for a beginning once,
 * and leaves out all words that begin so that nothing cheap can follow. What each word costs against each word of the
 * query is then a byte, and a name is the sum of a few of those: it is paired up properly only if the sum of its
 * cheapest pairs beats the hits that there are.
 */
#include "view/names.h"

#include <stdbool.h>
#include <string.h>

#include "core/check.h"
#include "view/name_key.h"

#define LANES 8            /* words of the query and pairs of its neighbours: bytes of a uint64_t */
#define JOINED 0x80000000u /* in a name: not a word but the two words before it as one */

#define EDIT 4u
#define EDIT_VOWEL 3u
#define EDIT_NEAR 3u
#define EDIT_ALIKE 2u
#define EDIT_FAINT 2u
#define COST_INITIAL 3u
#define COST_ENDING 1u
#define COST_JOINED 1u
#define COST_LACKING 4u /* a word of the query without partner */
#define COST_MORE 1u    /* a word of the name without partner */

/* ---- Memory ---- */

/* A word of a name while they are sorted: its first eight letters as a number, where it stands, whose it is. */
struct token {
    uint64_t head;
    uint32_t at, place; /* size is the difference to the next token's at */
};

static size_t up(size_t size) {
    return (size + 7) & ~(size_t)7;
}

#define TOKENS_MAX (2 * NAME_WORDS_MAX - 1)

/* Somebody's "Нур Султан" is another's "Нурсултан": a short word and its neighbour are a word, too. */
static bool is_joinable(const struct name_word *a, const struct name_word *b) {
    unsigned shorter = a->size < b->size ? a->size : b->size;
    return shorter <= 4 && a->size + b->size <= 12 && !name_word_is_initial(a->letters, a->size) &&
           !name_word_is_initial(b->letters, b->size);
}

/* List the words of a name, each pair as one behind its second word; return how many. */
static unsigned name_tokens(struct name_word out[TOKENS_MAX], bool joined[TOKENS_MAX], const struct names_text *text) {
    struct name_key key;
    unsigned count = 0;
    name_key(&key, text->text, text->size);
    for (unsigned i = 0; i < key.count; i++) {
        joined[count] = false;
        out[count++] = key.words[i];
        if (i == 0 || !is_joinable(&key.words[i - 1], &key.words[i])) continue;
        joined[count] = true;
        out[count] = key.words[i - 1];
        name_word_join(&out[count++], &key.words[i]);
    }
    return count;
}

size_t names_memory(struct names *out, const struct names_text *texts, size_t count) {
    size_t tokens = 0, letters = 0;
    for (size_t i = 0; i < count && count <= NAMES_MAX; i++) {
        struct name_word words[TOKENS_MAX];
        bool joined[TOKENS_MAX];
        unsigned words_count = name_tokens(words, joined, &texts[i]);
        tokens += words_count;
        for (unsigned k = 0; k < words_count; k++) letters += words[k].size;
    }
    *out = (struct names){.count = count, .token_count = tokens, .letter_count = letters};
    return 2 * (tokens + 1) * sizeof(struct token) + up((count + 1) * 4) + 3 * up((tokens + 1) * 4) + up(tokens) +
           2 * up(letters);
}

/* ---- Building ---- */

static int word_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size) {
    int c = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return c != 0 ? c : a_size < b_size ? -1 : a_size > b_size;
}

struct words {
    const uint8_t *letters;
    const uint32_t *ends; /* of token i */
};

static size_t token_size(const struct words *w, const struct token *t) {
    return w->ends[t->place] - t->at;
}

static bool token_follows(const struct words *w, const struct token *a, const struct token *b) {
    if (a->head != b->head) return a->head > b->head;
    return word_compare(w->letters + a->at, token_size(w, a), w->letters + b->at, token_size(w, b)) > 0;
}

/* Sort by merging, from the bottom up. Return which of both arrays holds the result. */
static struct token *tokens_sort(const struct words *w, struct token *from, struct token *to, size_t count) {
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t begin = 0; begin < count; begin += 2 * run) {
            size_t middle = begin + run < count ? begin + run : count;
            size_t end = middle + run < count ? middle + run : count;
            size_t a = begin, b = middle;
            for (size_t i = begin; i < end; i++)
                to[i] = a < middle && (b == end || !token_follows(w, &from[a], &from[b])) ? from[a++] : from[b++];
        }
        struct token *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static uint64_t head_of(const struct name_word *w) {
    uint64_t head = 0;
    for (unsigned i = 0; i < 8; i++) head = head << 8 | (i < w->size ? w->letters[i] : 0);
    return head;
}

/* Give the sorted tokens their numbers and keep each word once. */
static void words_set(struct names *n, const struct words *w, const struct token *tokens, size_t count) {
    size_t used = 0;
    n->word_count = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *letters = w->letters + tokens[i].at;
        size_t size = token_size(w, &tokens[i]), last = 0, common = 0;
        if (n->word_count > 0) {
            last = used - n->at[n->word_count - 1];
            const uint8_t *before = n->letters + used - last;
            while (common < size && common < last && before[common] == letters[common]) common++;
        }
        if (common < size || last != size) {
            n->common[n->word_count] = (uint8_t)common;
            n->at[n->word_count++] = (uint32_t)used;
            memcpy(n->letters + used, letters, size);
            used += size;
        }
        n->words[tokens[i].place] |= (uint32_t)n->word_count - 1; /* JOINED may stand there */
    }
    n->at[n->word_count] = (uint32_t)used;
}

int names_build(struct names *n, const struct names_text *texts, void *memory) {
    if (n->count > NAMES_MAX) return ERR_LIMIT;
    const size_t most = n->token_count;
    size_t token_count = 0, used = 0;
    uint8_t *room = memory;
    struct token *tokens = memory, *other = tokens + most + 1;
    n->costs = memory; /* when the tokens are sorted */
    room += 2 * (most + 1) * sizeof(struct token);
    n->first = (uint32_t *)(void *)room, room += up((n->count + 1) * 4);
    n->words = (uint32_t *)(void *)room, room += up((most + 1) * 4);
    n->at = (uint32_t *)(void *)room, room += up((most + 1) * 4);
    uint32_t *ends = (uint32_t *)(void *)room;
    room += up((most + 1) * 4);
    n->common = room, room += up(most);
    n->letters = room, room += up(n->letter_count);
    uint8_t *letters = room;

    for (size_t i = 0; i < n->count; i++) {
        struct name_word words[TOKENS_MAX];
        bool joined[TOKENS_MAX];
        unsigned words_count = name_tokens(words, joined, &texts[i]);
        n->first[i] = (uint32_t)token_count;
        for (unsigned k = 0; k < words_count; k++) {
            const struct name_word *w = &words[k];
            CHECK(token_count < most && used + w->size <= n->letter_count);
            tokens[token_count] = (struct token){head_of(w), (uint32_t)used, (uint32_t)token_count};
            n->words[token_count] = joined[k] ? JOINED : 0;
            memcpy(letters + used, w->letters, w->size);
            used += w->size;
            ends[token_count++] = (uint32_t)used;
        }
    }
    n->first[n->count] = (uint32_t)token_count;
    struct words w = {letters, ends};
    words_set(n, &w, tokens_sort(&w, tokens, other, token_count), token_count);
    return 0;
}

/* ---- What an edit costs ---- */

#define SOUNDS 27 /* a to z; the last is all else */

static unsigned sound_of(uint8_t letter) {
    return letter >= 'a' && letter <= 'z' ? letter - 'a' : SOUNDS - 1;
}

static bool is_vowel(uint8_t letter) {
    return letter == 'a' || letter == 'e' || letter == 'i' || letter == 'o' || letter == 'u';
}

static uint8_t edit_alone(uint8_t letter) {
    return letter == 'i' || letter == 'h' ? EDIT_FAINT : is_vowel(letter) ? EDIT_VOWEL : EDIT;
}

struct prices {
    uint8_t other[SOUNDS][SOUNDS];
};

static void prices_lower(struct prices *p, const char *pairs, uint8_t price) {
    for (; pairs[0]; pairs += 2) {
        unsigned a = sound_of((uint8_t)pairs[0]), b = sound_of((uint8_t)pairs[1]);
        if (a == b || p->other[a][b] <= price) continue;
        p->other[a][b] = p->other[b][a] = price;
    }
}

static char key_at(const char *row, size_t i) {
    size_t size = strlen(row);
    if (i >= size) return ' ';
    return row[i];
}

static void prices_key(struct prices *p, char a, char b) {
    const char pair[] = {a, b, 0};
    if (a != ' ' && b != ' ') prices_lower(p, pair, EDIT_NEAR);
}

/* Rows of a keyboard as sounds; a space where a key has none. Each key touches the next and two of the row below. */
static void prices_keyboard(struct prices *p, const char *const rows[3]) {
    for (unsigned r = 0; r < 3; r++)
        for (size_t i = 0; rows[r][i]; i++) {
            const char key = rows[r][i];
            prices_key(p, key, key_at(rows[r], i + 1));
            if (r == 2) continue;
            prices_key(p, key, key_at(rows[r + 1], i));
            if (i > 0) prices_key(p, key, key_at(rows[r + 1], i - 1));
        }
}

static void prices_set(struct prices *p) {
    static const char *const qwerty[3] = {"kuertiuiop", "asdfghjkl", "zqkvbnm"};
    static const char *const russian[3] = {"i ukengxxzh", "fivaproldje", " csmit b"};
    for (unsigned a = 0; a < SOUNDS; a++)
        for (unsigned b = 0; b < SOUNDS; b++) p->other[a][b] = EDIT;
    prices_lower(p, "aeaiaoaueieoeuioiuou", EDIT_VOWEL);
    prices_lower(p, "aoeiouuvijxcxjkgkhghbpdtzsvfsx", EDIT_ALIKE);
    prices_keyboard(p, qwerty);
    prices_keyboard(p, russian);
}

/* ---- One word of the query against all words ---- */

static unsigned limit_of(unsigned size) {
    return 2 * size < NAMES_CLASH ? 2 * size : NAMES_CLASH - 1;
}

/* A row of distances: from the first d letters of a word to each beginning of the query's word. */
#define ROW (NAME_LETTERS_MAX + 1)

struct lane {
    const struct name_word *word;
    uint8_t alone[NAME_LETTERS_MAX];
    uint8_t other[SOUNDS][NAME_LETTERS_MAX];        /* prices of each sound against each letter of the word */
    uint8_t rows[NAME_LETTERS_MAX + 1][ROW], least; /* of the last row */
    unsigned limit;
};

static void lane_set(struct lane *l, const struct prices *p, const struct name_word *word) {
    l->word = word;
    l->limit = limit_of(word->size);
    l->rows[0][0] = 0;
    for (unsigned j = 0; j < word->size; j++) {
        l->alone[j] = edit_alone(word->letters[j]);
        l->rows[0][j + 1] = (uint8_t)(l->rows[0][j] + l->alone[j]);
        for (unsigned s = 0; s < SOUNDS; s++) {
            unsigned own = sound_of(word->letters[j]);
            l->other[s][j] = s == own && s != SOUNDS - 1 ? 0 : p->other[s][own];
        }
    }
}

/* Compute row d + 1 from the two before it, for a word's letters up to letters[d]. */
static void row_next(struct lane *l, const uint8_t *letters, unsigned d) {
    const uint8_t *before = l->rows[d], *own = l->word->letters, *price = l->other[sound_of(letters[d])];
    uint8_t *row = l->rows[d + 1], alone = edit_alone(letters[d]), least;
    const bool exact = sound_of(letters[d]) == SOUNDS - 1;
    least = row[0] = (uint8_t)(before[0] + alone);
    for (unsigned j = 0; j < l->word->size; j++) {
        unsigned best = before[j] + (exact && letters[d] == own[j] ? 0u : price[j]);
        unsigned more = before[j + 1] + alone, less = row[j] + l->alone[j];
        if (more < best) best = more;
        if (less < best) best = less;
        if (d > 0 && j > 0 && letters[d] == own[j - 1] && letters[d - 1] == own[j]) {
            unsigned swapped = l->rows[d - 1][j - 1] + EDIT;
            if (swapped < best) best = swapped;
        }
        row[j + 1] = (uint8_t)best;
        if (best < least) least = (uint8_t)best;
    }
    l->least = least;
}

static void cost_lower(struct names *n, size_t word, unsigned lane, unsigned cost) {
    uint8_t *byte = (uint8_t *)&n->costs[word] + lane;
    if (cost < *byte) *byte = (uint8_t)cost;
}

/* Lower the costs of a lane to what a word of it costs, and extra. */
static void lane_run(struct names *n, struct lane *l, unsigned lane, unsigned extra) {
    unsigned rows = 0;   /* that hold for the word at hand, beside row 0 */
    unsigned dead = ROW; /* no word that shares so many letters with the last can be cheap */
    for (size_t w = 0; w < n->word_count; w++) {
        unsigned common = n->common[w];
        if (common >= dead) continue;
        dead = ROW;
        if (common < rows) rows = common;
        const uint8_t *letters = n->letters + n->at[w];
        unsigned size = n->at[w + 1] - n->at[w];
        while (rows < size && dead == ROW) {
            row_next(l, letters, rows++);
            if (l->least > l->limit) dead = rows; /* no edit is dearer than EDIT, so a swap is no way around this row */
        }
        if (dead != ROW) continue;
        unsigned cost = l->rows[size][l->word->size];
        if (cost <= l->limit) cost_lower(n, w, lane, cost + extra);
    }
}

/* ---- Initials ---- */

static bool begins(const uint8_t *letters, size_t size, const uint8_t *with, size_t with_size) {
    return size >= with_size && memcmp(letters, with, with_size) == 0;
}

static void lane_initials(struct names *n, const struct name_word *q, unsigned lane) {
    const bool initial = name_word_is_initial(q->letters, q->size);
    for (size_t w = 0; w < n->word_count; w++) {
        const uint8_t *letters = n->letters + n->at[w];
        size_t size = n->at[w + 1] - n->at[w];
        if (initial && begins(letters, size, q->letters, q->size))
            cost_lower(n, w, lane, size == q->size ? 0 : COST_INITIAL);
        if (name_word_is_initial(letters, size) && begins(q->letters, q->size, letters, size))
            cost_lower(n, w, lane, COST_INITIAL);
    }
}

/* ---- Patronymics ---- */

static bool ends(const struct name_word *w, const char *with) {
    size_t size = strlen(with);
    return w->size > size + 1 && memcmp(w->letters + w->size - size, with, size) == 0;
}

/* Make of a patronymic the same in the other language. */
static bool ending_change(struct name_word *out, const struct name_word *w) {
    static const char endings[][2][6] = {
        {"ovic", "uli"}, {"evic", "uli"}, {"ovna", "kizi"}, {"evna", "kizi"}, {"uli", "ovic"}, {"kizi", "ovna"},
    };
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t from = strlen(endings[i][0]), to = strlen(endings[i][1]);
        if (!ends(w, endings[i][0]) || w->size - from + to > NAME_LETTERS_MAX) continue;
        *out = *w;
        out->size = (uint8_t)(w->size - from + to);
        memcpy(out->letters + w->size - from, endings[i][1], to);
        return true;
    }
    return false;
}

/* ---- Names ---- */

struct query {
    struct name_key key;
    unsigned pairs; /* lane key.count + i: words i and i + 1 as one; 0 or key.count - 1, as far as lanes go */
    struct name_word joined[NAME_WORDS_MAX];
};

static void query_run(struct names *n, struct query *q) {
    struct prices prices;
    struct lane lane;
    struct name_word other;
    prices_set(&prices);
    memset(n->costs, NAMES_CLASH, n->word_count * sizeof *n->costs);
    for (unsigned i = 0; i < q->key.count; i++) {
        const struct name_word *w = &q->key.words[i];
        if (!name_word_is_initial(w->letters, w->size)) {
            lane_set(&lane, &prices, w);
            lane_run(n, &lane, i, 0);
        }
        lane_initials(n, w, i);
        if (ending_change(&other, w)) {
            lane_set(&lane, &prices, &other);
            lane_run(n, &lane, i, COST_ENDING);
        }
    }
    q->pairs = 0;
    for (unsigned i = 0; i + 1 < q->key.count && q->key.count + i < LANES; i++) {
        const struct name_word *a = &q->key.words[i], *b = a + 1;
        q->pairs++;
        if (name_word_is_initial(a->letters, a->size) || name_word_is_initial(b->letters, b->size) ||
            a->size + b->size > NAME_LETTERS_MAX)
            continue;
        other = *a;
        name_word_join(&other, b);
        lane_set(&lane, &prices, &other);
        lane_run(n, &lane, q->key.count + i, COST_JOINED);
    }
}

/* What a name costs: each of its words, and each with the one after it as one, or NULL. */
struct name_costs {
    unsigned count;
    const uint8_t *words[NAME_WORDS_MAX], *joined[NAME_WORDS_MAX];
};

/* One way to read the query and the name. */
struct reading {
    unsigned lane_count, word_count;
    unsigned lanes[NAME_WORDS_MAX];
    bool lane_joined[NAME_WORDS_MAX], word_joined[NAME_WORDS_MAX];
    const uint8_t *words[NAME_WORDS_MAX];
};

/* Two words as one without a partner are as dear as they are apart, so that they are one for a partner's sake only. */
static unsigned pair_cost(const struct reading *r, unsigned i, unsigned j) {
    if (i >= r->lane_count) return r->word_joined[j] ? 2 * COST_MORE : COST_MORE;
    if (j >= r->word_count) return r->lane_joined[i] ? 2 * COST_LACKING : COST_LACKING;
    unsigned cost = r->words[j][r->lanes[i]];
    if ((r->lane_joined[i] || r->word_joined[j]) && cost == NAMES_CLASH) return 2 * NAMES_CLASH;
    if (r->lane_joined[i] && r->word_joined[j]) return 2 * NAMES_CLASH;
    return r->word_joined[j] ? cost + COST_JOINED : cost;
}

/* Pair the words of the query with those of the name in the cheapest way. */
static unsigned pairing(const struct reading *r) {
    const unsigned side = r->lane_count > r->word_count ? r->lane_count : r->word_count;
    uint16_t best[1u << NAME_WORDS_MAX], costs[NAME_WORDS_MAX][NAME_WORDS_MAX];
    CHECK(side <= NAME_WORDS_MAX);
    for (unsigned i = 0; i < side; i++)
        for (unsigned j = 0; j < side; j++) costs[i][j] = (uint16_t)pair_cost(r, i, j);
    best[0] = 0;
    for (unsigned taken = 1; taken < 1u << side; taken++) {
        unsigned i = 0; /* the word of the query that comes last */
        for (unsigned bits = taken; bits & (bits - 1); bits &= bits - 1) i++;
        best[taken] = UINT16_MAX;
        for (unsigned j = 0; j < side; j++) {
            if (!(taken >> j & 1)) continue;
            unsigned cost = best[taken ^ 1u << j] + costs[i][j];
            if (cost < best[taken]) best[taken] = (uint16_t)cost;
        }
    }
    return best[(1u << side) - 1];
}

#define APART NAME_WORDS_MAX

/* Read the query with words lane and lane + 1 as one, the name with word and word + 1; APART: none. */
static unsigned reading_cost(const struct query *q, const struct name_costs *name, unsigned lane, unsigned word) {
    struct reading r = {.lane_count = 0};
    for (unsigned i = 0; i < q->key.count; i++) {
        r.lane_joined[r.lane_count] = i == lane;
        r.lanes[r.lane_count++] = i == lane ? q->key.count + i : i;
        i += i == lane;
    }
    for (unsigned j = 0; j < name->count; j++) {
        r.word_joined[r.word_count] = j == word;
        r.words[r.word_count++] = j == word ? name->joined[j] : name->words[j];
        j += j == word;
    }
    return pairing(&r);
}

/* The cheapest reading; false: only words apart. */
static unsigned name_cost(const struct query *q, const struct name_costs *name, bool lanes_joined, bool words_joined) {
    unsigned best = UINT32_MAX;
    for (unsigned lane = lanes_joined ? 0 : APART; lane <= APART; lane++) {
        if (lane >= q->pairs && lane != APART) continue;
        for (unsigned word = words_joined ? 0 : APART; word <= APART; word++) {
            if (word != APART && (word >= name->count || !name->joined[word])) continue;
            unsigned cost = reading_cost(q, name, lane, word);
            if (cost < best) best = cost;
        }
    }
    return best;
}

static void name_costs_set(struct name_costs *out, const struct names *n, size_t id) {
    out->count = 0;
    for (uint32_t k = n->first[id]; k < n->first[id + 1]; k++) {
        const uint8_t *costs = (const uint8_t *)&n->costs[n->words[k] & ~JOINED];
        if (n->words[k] & JOINED) {
            out->joined[out->count - 2] = costs;
            continue;
        }
        out->joined[out->count] = NULL;
        out->words[out->count++] = costs;
    }
}

/* The least that one word of the query costs, all readings taken together: half of what it costs with a neighbour. */
struct bound {
    uint8_t lanes[LANES];
    bool near, lanes_joined, words_joined;
};

static void bound_set(struct bound *b, const struct query *q, const struct name_costs *name) {
    *b = (struct bound){.near = false};
    for (unsigned lane = 0; lane < q->key.count + q->pairs; lane++) {
        const bool both = lane >= q->key.count;
        unsigned apart = NAMES_CLASH, joined = NAMES_CLASH;
        for (unsigned j = 0; j < name->count; j++) {
            if (name->words[j][lane] < apart) apart = name->words[j][lane];
            if (!both && name->joined[j] && name->joined[j][lane] < joined) joined = name->joined[j][lane];
        }
        b->near |= apart < NAMES_CLASH || joined < NAMES_CLASH;
        b->lanes_joined |= both && apart < NAMES_CLASH;
        b->words_joined |= joined < NAMES_CLASH;
        b->lanes[lane] = (uint8_t)(joined < apart ? joined : apart);
    }
}

static bool is_initial(const struct names *n, const uint8_t *costs) {
    size_t w = (size_t)((const uint64_t *)(const void *)costs - n->costs);
    return name_word_is_initial(n->letters + n->at[w], n->at[w + 1] - n->at[w]);
}

/* Tell whether a word of the name is near one of the query and neither an initial, unless the query is initials. */
static bool is_near(const struct names *n, const struct query *q, const struct name_costs *name) {
    bool all = true;
    for (unsigned i = 0; i < q->key.count; i++)
        all = all && name_word_is_initial(q->key.words[i].letters, q->key.words[i].size);
    if (all) return true;
    for (unsigned lane = 0; lane < q->key.count + q->pairs; lane++) {
        const bool both = lane >= q->key.count;
        if (!both && name_word_is_initial(q->key.words[lane].letters, q->key.words[lane].size)) continue;
        for (unsigned j = 0; j < name->count; j++) {
            if (name->words[j][lane] < NAMES_CLASH && !is_initial(n, name->words[j])) return true;
            if (!both && name->joined[j] && name->joined[j][lane] < NAMES_CLASH) return true;
        }
    }
    return false;
}

/* What a name costs, or UINT32_MAX if it is no hit or does not cost less than `most`. */
static unsigned name_try(const struct names *n, const struct query *q, const struct name_costs *name, unsigned most) {
    struct bound b;
    unsigned least = 0;
    bound_set(&b, q, name);
    if (!b.near) return UINT32_MAX;
    for (unsigned i = 0; i < q->key.count; i++) {
        unsigned cost = b.lanes[i];
        if (i < q->pairs && b.lanes[q->key.count + i] / 2 < cost) cost = b.lanes[q->key.count + i] / 2;
        if (i > 0 && i <= q->pairs && b.lanes[q->key.count + i - 1] / 2 < cost)
            cost = b.lanes[q->key.count + i - 1] / 2;
        if ((name->count < q->key.count || b.words_joined) && cost > COST_LACKING) cost = COST_LACKING;
        least += cost;
    }
    if (name->count > q->key.count && !b.words_joined) least += (name->count - q->key.count) * COST_MORE;
    if (least >= most || !is_near(n, q, name)) return UINT32_MAX;
    unsigned cost = name_cost(q, name, b.lanes_joined, b.words_joined);
    return cost < most ? cost : UINT32_MAX;
}

static void hit_put(struct names_hit *hits, size_t *count, size_t most, struct names_hit hit) {
    size_t at = *count < most ? (*count)++ : most - 1;
    for (; at > 0 && hits[at - 1].cost > hit.cost; at--) hits[at] = hits[at - 1];
    hits[at] = hit;
}

size_t names_search(struct names *n, const char *query, size_t size, struct names_hit *hits, size_t most) {
    struct query q;
    size_t found = 0;
    name_key(&q.key, query, size);
    const unsigned full = q.key.count * NAMES_CLASH;
    if (most == 0 || q.key.count == 0) return 0;
    query_run(n, &q);
    for (size_t id = 0; id < n->count; id++) {
        struct name_costs name;
        name_costs_set(&name, n, id);
        unsigned cost = name_try(n, &q, &name, found == most ? hits[most - 1].cost : UINT32_MAX);
        if (cost == UINT32_MAX) continue;
        unsigned percent = cost >= full ? 0 : 100 - (100 * cost + full - 1) / full;
        hit_put(hits, &found, most, (struct names_hit){(uint32_t)id, (uint16_t)cost, (uint8_t)percent});
    }
    return found;
}
