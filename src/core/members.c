/*
 * members.c: the fold of the records about a membership. Indexes into the caller's array stand for records.
 */
#include "core/members.h"

#include <string.h>

#include "core/check.h"

#define NONE UINT16_MAX
#define CHARTER_LINK UINT32_MAX

/* What the fold knows of one record. */
struct node {
    uint16_t heads[MEMBERS_HEADS_MAX];
    uint16_t base;    /* of a term, of a consent: the record that its subject names, NONE if it is not here */
    uint16_t level;   /* the highest link of the chain that is itself or in its past, plus one; 0: the charter */
    uint16_t seen_at; /* the lowest link that has it in its past, plus one; NONE: none */
    bool may_act, complete, visited, accepted, valid, named;
};

struct fold {
    const struct charter *charter;
    const struct members_op *ops;
    size_t count;
    struct node *nodes;
    uint16_t *by_id, *by_subject, *order, *stack; /* count each; order: every record behind its heads */
    uint32_t *marks;                              /* the walk that came here last */
    uint32_t walk;
    size_t ordered;
    uint16_t *chain; /* the terms of the chain after the charter */
    size_t links;
    struct members_entry *entries;
    size_t entry_max;
};

static size_t align(size_t size) {
    return (size + 15) & ~(size_t)15;
}

static size_t entries_max(size_t count) {
    return count + CHARTER_COORDINATORS_MAX * (count + 1);
}

size_t members_memory(size_t count) {
    return align(count * sizeof(struct node)) + 5 * align(count * sizeof(uint16_t)) + align(count * sizeof(uint32_t)) +
           align(entries_max(count) * sizeof(struct members_entry));
}

static void *take(uint8_t **at, size_t size) {
    void *got = *at;
    *at += align(size);
    return got;
}

static void memory_divide(struct fold *f, void *memory) {
    uint8_t *at = memory;
    f->nodes = take(&at, f->count * sizeof *f->nodes);
    f->by_id = take(&at, f->count * sizeof *f->by_id);
    f->by_subject = take(&at, f->count * sizeof *f->by_subject);
    f->order = take(&at, f->count * sizeof *f->order);
    f->stack = take(&at, f->count * sizeof *f->stack);
    f->chain = take(&at, f->count * sizeof *f->chain);
    f->marks = take(&at, f->count * sizeof *f->marks);
    f->entry_max = entries_max(f->count);
    f->entries = take(&at, f->entry_max * sizeof *f->entries);
    memset(f->nodes, 0, f->count * sizeof *f->nodes);
    memset(f->marks, 0, f->count * sizeof *f->marks);
}

/* ---- Sorting ---- */

typedef int (*compare)(const struct fold *f, uint16_t a, uint16_t b);

static int compare_ids(const struct fold *f, uint16_t a, uint16_t b) {
    return memcmp(f->ops[a].id, f->ops[b].id, HASH_SIZE);
}

static int compare_subjects(const struct fold *f, uint16_t a, uint16_t b) {
    int order = memcmp(f->ops[a].subject, f->ops[b].subject, HASH_SIZE);
    return order != 0 ? order : compare_ids(f, a, b);
}

static void sift(const struct fold *f, uint16_t *a, size_t at, size_t count, compare cmp) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && cmp(f, a[child], a[child + 1]) < 0) child++;
        if (cmp(f, a[at], a[child]) >= 0) return;
        uint16_t t = a[at];
        a[at] = a[child];
        a[child] = t;
    }
}

/* Heapsort: no recursion, no memory. */
static void sort(const struct fold *f, uint16_t *a, size_t count, compare cmp) {
    for (size_t i = 0; i < count; i++) a[i] = (uint16_t)i;
    for (size_t i = count / 2; i-- > 0;) sift(f, a, i, count, cmp);
    for (size_t i = count; i-- > 1;) {
        uint16_t t = a[0];
        a[0] = a[i];
        a[i] = t;
        sift(f, a, 0, i, cmp);
    }
}

static uint16_t find(const struct fold *f, const uint8_t id[HASH_SIZE]) {
    size_t lo = 0, hi = f->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = memcmp(f->ops[f->by_id[mid]].id, id, HASH_SIZE);
        if (order == 0) return f->by_id[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NONE;
}

/* ---- Who coordinates what ---- */

static bool listed(const uint8_t *keys, size_t count, const uint8_t key[KEY_SIZE]) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(keys + i * KEY_SIZE, key, KEY_SIZE) == 0) return true;
    return false;
}

/* Tell whether key coordinates a link, counted from the charter as 0. */
static bool link_lists(const struct fold *f, size_t link, const uint8_t key[KEY_SIZE]) {
    if (link == 0) return charter_is_coordinator(f->charter, key);
    const struct members_op *term = &f->ops[f->chain[link - 1]];
    return listed(term->coordinators, term->coordinator_count, key);
}

static void potential_mark(struct fold *f, const uint8_t *keys, size_t key_count) {
    for (size_t i = 0; i < f->count; i++)
        if (!f->nodes[i].may_act && listed(keys, key_count, f->ops[i].author)) f->nodes[i].may_act = true;
}

/* Mark the records by keys that coordinate the charter or a term that such a key proposed. */
static void potential_find(struct fold *f) {
    potential_mark(f, f->charter->coordinators[0], f->charter->coordinator_count);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < f->count; i++) {
            struct node *n = &f->nodes[i];
            if (f->ops[i].type != MEMBERS_TERM || !n->may_act || n->visited) continue;
            n->visited = more = true;
            potential_mark(f, f->ops[i].coordinators, f->ops[i].coordinator_count);
        }
    }
    for (size_t i = 0; i < f->count; i++) f->nodes[i].visited = false;
}

/* ---- The graph ---- */

static bool is_act(const struct fold *f, size_t i) {
    return f->nodes[i].may_act && f->ops[i].type != MEMBERS_CONSENT;
}

static bool leads_on(const struct fold *f, uint16_t head) {
    return head != NONE && is_act(f, head);
}

static void heads_resolve(struct fold *f) {
    for (size_t i = 0; i < f->count; i++) {
        const struct members_op *op = &f->ops[i];
        struct node *n = &f->nodes[i];
        CHECK(op->head_count <= MEMBERS_HEADS_MAX);
        for (unsigned h = 0; h < op->head_count; h++) n->heads[h] = find(f, op->heads[h].id);
        bool named = op->type == MEMBERS_TERM || op->type == MEMBERS_CONSENT;
        n->base = named ? find(f, op->subject) : NONE;
        n->seen_at = NONE;
    }
}

/* Order all acts behind their heads, by a walk in depth; ids are hashes, so there is no cycle. */
static void order_find(struct fold *f) {
    for (size_t root = 0; root < f->count; root++) {
        if (!is_act(f, root) || f->nodes[root].visited) continue;
        size_t depth = 0;
        f->stack[depth++] = (uint16_t)root;
        f->nodes[root].visited = true;
        while (depth > 0) {
            uint16_t at = f->stack[depth - 1];
            struct node *n = &f->nodes[at];
            unsigned h = 0;
            while (h < f->ops[at].head_count && (!leads_on(f, n->heads[h]) || f->nodes[n->heads[h]].visited)) h++;
            if (h < f->ops[at].head_count) {
                f->nodes[n->heads[h]].visited = true;
                f->stack[depth++] = n->heads[h];
            } else {
                f->order[f->ordered++] = at;
                depth--;
            }
        }
    }
    for (size_t i = 0; i < f->ordered; i++) {
        struct node *n = &f->nodes[f->order[i]];
        n->complete = true;
        for (unsigned h = 0; h < f->ops[f->order[i]].head_count; h++)
            n->complete = n->complete && leads_on(f, n->heads[h]) && f->nodes[n->heads[h]].complete;
    }
}

/* Mark the past of a record, itself left out, with a new walk's number. */
static void past_mark(struct fold *f, uint16_t of) {
    size_t depth = 0;
    f->walk++;
    f->stack[depth++] = of;
    while (depth > 0) {
        uint16_t at = f->stack[--depth];
        for (unsigned h = 0; h < f->ops[at].head_count; h++) {
            uint16_t head = f->nodes[at].heads[h];
            if (!leads_on(f, head) || f->marks[head] == f->walk) continue;
            f->marks[head] = f->walk;
            f->stack[depth++] = head;
        }
    }
}

static bool in_marked(const struct fold *f, uint16_t i) {
    return f->marks[i] == f->walk;
}

/* ---- Terms ---- */

static const uint8_t *base_coordinators(const struct fold *f, uint16_t term, size_t *count) {
    uint16_t base = f->nodes[term].base;
    if (base == NONE) {
        *count = f->charter->coordinator_count;
        return f->charter->coordinators[0];
    }
    *count = f->ops[base].coordinator_count;
    return f->ops[base].coordinators;
}

/* Count the coordinators of the base who stand behind a term: the proposer and who consented. */
static size_t consents(const struct fold *f, uint16_t term) {
    size_t count, found = 0;
    const uint8_t *keys = base_coordinators(f, term, &count);
    for (size_t k = 0; k < count; k++) {
        const uint8_t *key = keys + k * KEY_SIZE;
        bool doubled = listed(keys, k, key); /* a key that is listed twice has one voice */
        bool yes = memcmp(f->ops[term].author, key, KEY_SIZE) == 0;
        for (size_t i = 0; i < f->count && !yes && !doubled; i++)
            yes = f->ops[i].type == MEMBERS_CONSENT && !f->ops[i].frozen && f->nodes[i].base == term &&
                  memcmp(f->ops[i].author, key, KEY_SIZE) == 0;
        found += yes && !doubled;
    }
    return found;
}

static size_t voices(const uint8_t *keys, size_t count) {
    size_t distinct = 0;
    for (size_t k = 0; k < count; k++) distinct += !listed(keys, k, keys + k * KEY_SIZE);
    return distinct;
}

static bool term_is_accepted(struct fold *f, uint16_t i) {
    const struct members_op *op = &f->ops[i];
    uint16_t base = f->nodes[i].base;
    size_t count;
    if (op->type != MEMBERS_TERM || op->frozen || !f->nodes[i].complete) return false;
    if (base == NONE && memcmp(op->subject, f->charter->community, HASH_SIZE) != 0) return false;
    if (base != NONE && !f->nodes[base].accepted) return false;
    const uint8_t *keys = base_coordinators(f, i, &count);
    if (!listed(keys, count, op->author) || 2 * consents(f, i) <= voices(keys, count)) return false;
    if (base == NONE) return true;
    past_mark(f, i);
    return in_marked(f, base);
}

static void terms_accept(struct fold *f) {
    /* A base stands before its term in the order: it is in its past. */
    for (size_t i = 0; i < f->ordered; i++) f->nodes[f->order[i]].accepted = term_is_accepted(f, f->order[i]);
}

static bool follows(const struct fold *f, uint16_t i, uint32_t link) {
    return f->nodes[i].accepted && (link == CHARTER_LINK ? f->nodes[i].base == NONE : f->nodes[i].base == link);
}

static void rival_put(struct fold *f, struct members_state *out, uint16_t term) {
    const uint8_t *id = f->ops[term].id;
    uint32_t kept = out->rival_count < MEMBERS_RIVALS_MAX ? out->rival_count : MEMBERS_RIVALS_MAX, at = 0;
    out->rival_count++;
    while (at < kept && memcmp(out->rivals[at], id, HASH_SIZE) < 0) at++;
    if (at == MEMBERS_RIVALS_MAX) return;
    if (kept == MEMBERS_RIVALS_MAX) kept--;
    memmove(out->rivals[at + 1], out->rivals[at], (kept - at) * HASH_SIZE);
    memcpy(out->rivals[at], id, HASH_SIZE);
}

/* Follow the chain to its end; `named` marks the rivals of a duel there. */
static void chain_find(struct fold *f, struct members_state *out) {
    for (uint32_t last = CHARTER_LINK;;) {
        uint16_t next = NONE;
        size_t maximal = 0;
        for (size_t i = 0; i < f->count; i++) f->nodes[i].named = follows(f, (uint16_t)i, last);
        for (size_t i = 0; i < f->count; i++) {
            if (!follows(f, (uint16_t)i, last)) continue;
            past_mark(f, (uint16_t)i);
            for (size_t k = 0; k < f->count; k++)
                if (in_marked(f, (uint16_t)k)) f->nodes[k].named = false;
        }
        for (size_t i = 0; i < f->count; i++)
            if (f->nodes[i].named) {
                next = (uint16_t)i;
                maximal++;
            }
        if (maximal == 1) {
            f->nodes[next].named = false;
            f->chain[f->links++] = next;
            last = next;
            continue;
        }
        for (size_t i = 0; i < f->count && maximal > 1; i++)
            if (f->nodes[i].named) rival_put(f, out, (uint16_t)i);
        return;
    }
}

/* ---- What counts ---- */

static void levels_find(struct fold *f) {
    for (size_t link = 0; link < f->links; link++) f->nodes[f->chain[link]].level = (uint16_t)(link + 1);
    for (size_t i = 0; i < f->ordered; i++) {
        struct node *n = &f->nodes[f->order[i]];
        for (unsigned h = 0; h < f->ops[f->order[i]].head_count; h++)
            if (leads_on(f, n->heads[h]) && f->nodes[n->heads[h]].level > n->level)
                n->level = f->nodes[n->heads[h]].level;
    }
    for (size_t link = 0; link < f->links; link++) {
        past_mark(f, f->chain[link]);
        for (size_t i = 0; i < f->count; i++)
            if (in_marked(f, (uint16_t)i) && f->nodes[i].seen_at == NONE) f->nodes[i].seen_at = (uint16_t)(link + 1);
    }
}

static void validity_find(struct fold *f, bool duel) {
    for (size_t i = 0; i < f->ordered; i++) {
        uint16_t at = f->order[i];
        const struct members_op *op = &f->ops[at];
        struct node *n = &f->nodes[at];
        n->valid = n->complete && !op->frozen && op->type != MEMBERS_TERM && link_lists(f, n->level, op->author);
        for (size_t link = (size_t)n->level + 1; link <= f->links && n->valid; link++)
            if (!link_lists(f, link, op->author)) {
                n->valid = n->seen_at <= link;
                break;
            }
    }
    if (!duel) return;
    /* Of what was done, only what one of the rivals has in its past. */
    for (size_t i = 0; i < f->count; i++) f->nodes[i].visited = false;
    for (size_t r = 0; r < f->count; r++) {
        if (!f->nodes[r].named) continue;
        past_mark(f, (uint16_t)r);
        for (size_t i = 0; i < f->count; i++)
            if (in_marked(f, (uint16_t)i)) f->nodes[i].visited = true;
    }
    for (size_t i = 0; i < f->count; i++) f->nodes[i].valid = f->nodes[i].valid && f->nodes[i].visited;
}

/* ---- Entries ---- */

static bool admits(const struct fold *f, uint16_t i) {
    return f->ops[i].type == MEMBERS_ADMIT && f->nodes[i].valid;
}

static bool removes(const struct fold *f, uint16_t i) {
    return f->ops[i].type == MEMBERS_REMOVE && f->nodes[i].valid;
}

/* What is found of one key among the acts about it. */
struct judgement {
    bool tried, admitted; /* by any act; by a valid one */
    const struct members_op *first,
        *standing; /* valid admissions, the lowest ids; standing: no removal takes it back */
};

/* Tell whether every valid removal of the key is in the past of this admission. */
static bool stands(struct fold *f, uint16_t admission, size_t from, size_t to) {
    bool marked = false;
    for (size_t i = from; i < to; i++) {
        if (!removes(f, f->by_subject[i])) continue;
        if (!marked) past_mark(f, admission);
        marked = true;
        if (!in_marked(f, f->by_subject[i])) return false;
    }
    return true;
}

/* Judge the key of *e by the acts about it, by_subject[from] to by_subject[to - 1], ascending by id. */
static void key_judge(struct fold *f, struct members_entry *e, size_t from, size_t to) {
    struct judgement j = {0};
    for (size_t i = from; i < to; i++) {
        uint16_t at = f->by_subject[i];
        const struct members_op *op = &f->ops[at];
        if (removes(f, at) && op->has_last && (!e->has_last || op->last_seq > e->last_seq)) {
            e->has_last = true;
            e->last_seq = op->last_seq;
        }
        j.tried = j.tried || (op->type == MEMBERS_ADMIT && f->nodes[at].complete);
        if (!admits(f, at)) continue;
        j.admitted = true;
        if (!j.first) j.first = op;
        if (!j.standing && stands(f, at, from, to)) j.standing = op;
    }
    const struct members_op *admission = j.standing ? j.standing : j.first;
    if (admission) memcpy(e->prekey, admission->prekey, KEY_SIZE);
    if (j.standing)
        e->status = MEMBERS_MEMBER;
    else if (j.admitted)
        e->status = MEMBERS_REMOVED;
    else
        e->status = j.tried ? MEMBERS_PENDING : MEMBERS_NEVER;
}

/* Find where key stands among the entries, or belongs. */
static size_t entry_place(const struct members_entry *entries, size_t count, const uint8_t key[KEY_SIZE]) {
    size_t lo = 0, hi = count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (memcmp(entries[mid].key, key, KEY_SIZE) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Tell whether every valid removal of a key is in the past of a link, 0: the charter. */
static bool link_stands(const struct fold *f, size_t link, const uint8_t key[KEY_SIZE]) {
    for (size_t i = 0; i < f->count; i++)
        if (removes(f, (uint16_t)i) && memcmp(f->ops[i].subject, key, KEY_SIZE) == 0 && f->nodes[i].seen_at > link)
            return false;
    return true;
}

/* Enter who coordinates a link: a member while it is the last one, and afterwards as if admitted by it. */
static void coordinator_enter(struct fold *f, struct members_state *out, const uint8_t key[KEY_SIZE], size_t link) {
    size_t at = entry_place(f->entries, out->entry_count, key);
    if (at == out->entry_count || memcmp(f->entries[at].key, key, KEY_SIZE) != 0) {
        CHECK(out->entry_count < f->entry_max);
        memmove(f->entries + at + 1, f->entries + at, (out->entry_count - at) * sizeof *f->entries);
        out->entry_count++;
        memset(&f->entries[at], 0, sizeof f->entries[at]);
        memcpy(f->entries[at].key, key, KEY_SIZE);
    }
    struct members_entry *e = &f->entries[at];
    e->coordinates = link == f->links;
    if (e->coordinates || link_stands(f, link, key))
        e->status = MEMBERS_MEMBER;
    else if (e->status != MEMBERS_MEMBER)
        e->status = MEMBERS_REMOVED;
}

static void entries_find(struct fold *f, struct members_state *out) {
    sort(f, f->by_subject, f->count, compare_subjects);
    for (size_t from = 0, to; from < f->count; from = to) {
        const uint8_t *subject = f->ops[f->by_subject[from]].subject;
        bool about = false;
        for (to = from; to < f->count && memcmp(f->ops[f->by_subject[to]].subject, subject, HASH_SIZE) == 0; to++) {
            uint16_t at = f->by_subject[to];
            about = about || (is_act(f, at) && f->nodes[at].complete && f->ops[at].type != MEMBERS_TERM);
        }
        if (!about) continue;
        struct members_entry *e = &f->entries[out->entry_count++];
        memset(e, 0, sizeof *e);
        memcpy(e->key, subject, KEY_SIZE);
        key_judge(f, e, from, to);
    }
    for (size_t link = 0; link <= f->links; link++) {
        const struct members_op *term = link > 0 ? &f->ops[f->chain[link - 1]] : NULL;
        size_t count = term ? term->coordinator_count : f->charter->coordinator_count;
        const uint8_t *keys = term ? term->coordinators : f->charter->coordinators[0];
        for (size_t k = 0; k < count; k++) coordinator_enter(f, out, keys + k * KEY_SIZE, link);
    }
    for (size_t i = 0; i < out->entry_count; i++) {
        struct members_entry *e = &f->entries[i];
        out->member_count += e->status == MEMBERS_MEMBER;
        if (e->status != MEMBERS_REMOVED) {
            e->has_last = false;
            e->last_seq = 0;
        }
    }
    out->entries = f->entries;
}

/* What the next act names: the acts that count as known and that no other of them leads to; the last link always. */
static void heads_find(struct fold *f, struct members_state *out) {
    for (size_t i = 0; i < f->count; i++) {
        struct node *n = &f->nodes[i];
        bool unsettled = f->ops[i].type == MEMBERS_TERM && !n->accepted;
        n->visited = is_act(f, i) && n->complete && !f->ops[i].frozen && !unsettled;
        n->named = n->visited;
        out->waiting += is_act(f, i) && !n->complete;
    }
    for (size_t i = 0; i < f->count; i++)
        for (unsigned h = 0; f->nodes[i].visited && h < f->ops[i].head_count; h++)
            f->nodes[f->nodes[i].heads[h]].named = false;
    for (size_t i = 0; i < f->count && out->head_count < MEMBERS_HEADS_MAX; i++)
        if (f->nodes[f->by_id[i]].named) memcpy(out->heads[out->head_count++], f->ops[f->by_id[i]].id, HASH_SIZE);
}

static void term_tell(const struct fold *f, struct members_state *out) {
    out->term = (uint32_t)f->links;
    const struct members_op *term = f->links > 0 ? &f->ops[f->chain[f->links - 1]] : NULL;
    memcpy(out->term_id, term ? term->id : f->charter->community, HASH_SIZE);
    out->coordinator_count = term ? term->coordinator_count : f->charter->coordinator_count;
    memcpy(out->coordinators, term ? term->coordinators : f->charter->coordinators[0],
           (size_t)out->coordinator_count * KEY_SIZE);
}

int members_fold(const struct charter *charter, const struct members_op *ops, size_t count, void *memory,
                 struct members_state *out) {
    struct fold f = {.charter = charter, .ops = ops, .count = count};
    memset(out, 0, sizeof *out);
    if (count >= NONE) return ERR_LIMIT;
    memory_divide(&f, memory);
    sort(&f, f.by_id, count, compare_ids);
    potential_find(&f);
    size_t acts = 0;
    for (size_t i = 0; i < count; i++) acts += is_act(&f, i);
    if (acts > MEMBERS_OPS_MAX) return ERR_LIMIT;
    heads_resolve(&f);
    order_find(&f);
    terms_accept(&f);
    chain_find(&f, out);
    levels_find(&f);
    validity_find(&f, out->rival_count > 0);
    term_tell(&f, out);
    entries_find(&f, out);
    heads_find(&f, out);
    return 0;
}

const struct members_entry *members_find(const struct members_state *state, const uint8_t key[KEY_SIZE]) {
    size_t at = entry_place(state->entries, state->entry_count, key);
    return at < state->entry_count && memcmp(state->entries[at].key, key, KEY_SIZE) == 0 ? &state->entries[at] : NULL;
}

bool members_may_speak(const struct members_state *state, const uint8_t key[KEY_SIZE], uint64_t seq) {
    const struct members_entry *e = members_find(state, key);
    if (!e) return false;
    if (e->status == MEMBERS_MEMBER) return true;
    return e->status == MEMBERS_REMOVED && (!e->has_last || seq <= e->last_seq);
}
