/*
 * persons.c: the register of people of a community, read out of a store.
 */
#include "query/persons.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "query/numbers.h"
#include "store/freezes.h"
#include "view/names.h"

/* ---- Reading ---- */

/* Return the list with room for more of it, or NULL: memory is out, and the list is as it was. */
static void *grown(void *list, size_t *room, size_t count, size_t more, size_t each) {
    if (count + more <= *room) return list;
    size_t wanted = *room ? 2 * *room : 256;
    while (wanted < count + more) wanted *= 2;
    void *larger = realloc(list, wanted * each);
    if (larger) *room = wanted;
    return larger;
}

static int name_take(struct person_board *b, const uint8_t id[HASH_SIZE], const char *text, size_t size) {
    if (size == 0) return 0;
    struct person_name *names = grown(b->names, &b->name_room, b->name_count, 1, sizeof *names);
    if (names) b->names = names;
    char *letters = grown(b->letters, &b->letter_room, b->letter_count, size, 1);
    if (letters) b->letters = letters;
    if (!names || !letters) return ERR_MEMORY;
    struct person_name *name = &b->names[b->name_count++];
    *name = (struct person_name){.at = b->letter_count, .size = size};
    memcpy(name->id, id, HASH_SIZE);
    memcpy(b->letters + b->letter_count, text, size);
    b->letter_count += size;
    return 0;
}

/* The name, and each line of the others. */
static int names_take(struct person_board *b, const uint8_t id[HASH_SIZE], const struct person_entry *e) {
    const struct person_text *others = &e->text[PERSON_OTHER_NAMES];
    int err = name_take(b, id, e->text[PERSON_NAME].at, e->text[PERSON_NAME].size);
    for (size_t at = 0, end; at < others->size && !err; at = end + 1) {
        for (end = at; end < others->size && others->at[end] != '\n';) end++;
        err = name_take(b, id, others->at + at, end - at);
    }
    return err;
}

static int item_take(struct person_board *b, const struct store_record *from, bool with_names) {
    const struct record *r = &from->record;
    struct person_entry e;
    if (person_entry_decode(&e, r)) return 0;
    struct person_item *items = grown(b->items, &b->item_room, b->item_count, 1, sizeof *items);
    if (items) b->items = items;
    int err = !items ? ERR_MEMORY : with_names ? names_take(b, r->id, &e) : 0;
    if (err) return err;
    struct person_item *item = &b->items[b->item_count++];
    memset(item, 0, sizeof *item);
    item->num = from->num;
    item->created = r->created;
    item->until = e.until;
    item->self = e.self;
    item->minor = person_is_minor(&e, r->created);
    memcpy(item->id, r->id, HASH_SIZE);
    memcpy(item->author, r->author, KEY_SIZE);
    return 0;
}

/* Whose words a note brings. */
static void voice_read(struct person_step *step, const struct person_note *n, uint64_t created) {
    const struct person_text *by = &n->text[PERSON_NOTE_BY];
    uint8_t digest[HASH_SIZE];
    if (!n->said_at && by->size == 0 && n->text[PERSON_NOTE_OUTSIDE].size == 0) return;
    crypto_digest(digest, (const uint8_t *)(by->at ? by->at : ""), by->size);
    memcpy(step->voice, digest, PERSON_VOICE_SIZE);
    step->said_at = n->said_at ? n->said_at : created;
}

static int step_take(struct person_board *b, const struct store_record *from) {
    const struct record *r = &from->record;
    struct person_note n;
    if (person_note_decode(&n, r)) return 0;
    struct person_step *steps = grown(b->steps, &b->step_room, b->step_count, 1, sizeof *steps);
    if (!steps) return ERR_MEMORY;
    b->steps = steps;
    struct person_step *step = &b->steps[b->step_count++];
    memset(step, 0, sizeof *step);
    step->num = from->num;
    step->seq = r->seq;
    step->created = r->created;
    step->status = n.status;
    step->ground = n.ground;
    step->self = n.self;
    step->renews = n.renews;
    memcpy(step->id, r->id, HASH_SIZE);
    memcpy(step->author, r->author, KEY_SIZE);
    memcpy(step->target, n.target, HASH_SIZE);
    voice_read(step, &n, r->created);
    return 0;
}

static int tie_take(struct person_board *b, const struct store_record *from) {
    const struct record *r = &from->record;
    struct person_link l;
    if (person_link_decode(&l, r)) return 0;
    struct person_tie *ties = grown(b->ties, &b->tie_room, b->tie_count, 1, sizeof *ties);
    if (!ties) return ERR_MEMORY;
    b->ties = ties;
    struct person_tie *tie = &b->ties[b->tie_count++];
    bool turned = memcmp(l.one, l.other, HASH_SIZE) > 0;
    memset(tie, 0, sizeof *tie);
    tie->num = from->num;
    tie->seq = r->seq;
    tie->type = l.type;
    memcpy(tie->id, r->id, HASH_SIZE);
    memcpy(tie->author, r->author, KEY_SIZE);
    memcpy(tie->one, turned ? l.other : l.one, HASH_SIZE);
    memcpy(tie->other, turned ? l.one : l.other, HASH_SIZE);
    return 0;
}

static int records_read(struct person_board *b, const struct numbers *nums, struct store *s, bool with_names) {
    struct store_record found;
    struct store_apart apart;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < nums->count && !err; i++) {
        err = store_get_num(s, nums->list[i], room, &found);
        if (err || store_is_apart(s, &found.record, &apart)) continue;
        err = found.record.kind == KIND_PERSON        ? item_take(b, &found, with_names)
              : found.record.kind == KIND_PERSON_NOTE ? step_take(b, &found)
                                                      : tie_take(b, &found);
    }
    free(room);
    return err;
}

static int by_item(const void *a, const void *b) {
    return person_item_order(a, b);
}
static int by_step(const void *a, const void *b) {
    return person_step_order(a, b);
}
static int by_tie(const void *a, const void *b) {
    return person_tie_order(a, b);
}

int person_board_read(struct person_board *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now,
                      bool with_names) {
    static const uint32_t kinds[2][2] = {{KIND_PERSON, KIND_PERSON_NOTE}, {KIND_PERSON_LINK, KIND_PERSON_LINK}};
    int err = 0;
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < 2 && !err; i++) {
        struct numbers nums;
        err = numbers_gather(&nums, s, community, now, kinds[i][0], kinds[i][1]);
        if (!err) err = records_read(out, &nums, s, with_names);
        numbers_free(&nums);
    }
    if (err) return err;
    if (out->item_count > 0) qsort(out->items, out->item_count, sizeof *out->items, by_item);
    if (out->step_count > 0) qsort(out->steps, out->step_count, sizeof *out->steps, by_step);
    if (out->tie_count > 0) qsort(out->ties, out->tie_count, sizeof *out->ties, by_tie);
    person_fold(out->items, out->item_count, out->steps, out->step_count, out->ties, out->tie_count, now);
    return 0;
}

void person_board_free(struct person_board *b) {
    free(b->items);
    free(b->steps);
    free(b->ties);
    free(b->names);
    free(b->letters);
    memset(b, 0, sizeof *b);
}

const struct person_item *person_board_item(const struct person_board *b, const uint8_t id[HASH_SIZE]) {
    struct person_item key;
    if (b->item_count == 0) return NULL;
    memcpy(key.id, id, HASH_SIZE);
    return bsearch(&key, b->items, b->item_count, sizeof *b->items, by_item);
}

/* ---- Search ---- */

/* Keep the first hit of each entry that is shown. */
static int hits_take(const struct person_board *b, const struct names_hit *hits, size_t count, size_t *places,
                     uint8_t *percents, size_t most) {
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < most; i++) {
        const struct person_item *item = person_board_item(b, b->names[hits[i].id].id);
        if (!item || item->state == PERSON_EXPIRED) continue;
        size_t place = (size_t)(item - b->items), seen = 0;
        while (seen < kept && places[seen] != place) seen++;
        if (seen < kept) continue;
        places[kept] = place;
        percents[kept++] = hits[i].percent;
    }
    return (int)kept;
}

int person_board_find(const struct person_board *b, const char *query, size_t *places, uint8_t *percents, size_t most) {
    struct names names;
    if (b->name_count > NAMES_MAX) return ERR_LIMIT;
    struct names_text *texts = malloc((b->name_count + 1) * sizeof *texts);
    struct names_hit *hits = malloc((b->name_count + 1) * sizeof *hits);
    void *memory = NULL;
    int err = texts && hits ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < b->name_count && !err; i++)
        texts[i] = (struct names_text){b->letters + b->names[i].at, b->names[i].size};
    if (!err) memory = malloc(names_memory(&names, texts, b->name_count) + 1);
    if (!memory) err = ERR_MEMORY;
    if (!err) err = names_build(&names, texts, memory);
    /* Several names of one entry, and placeholders, take places: so ask for more than are wanted. */
    size_t wanted = 8 * most + 100 < b->name_count ? 8 * most + 100 : b->name_count;
    if (!err)
        err = hits_take(b, hits, names_search(&names, query, strlen(query), hits, wanted), places, percents, most);
    free(memory);
    free(hits);
    free(texts);
    return err;
}
