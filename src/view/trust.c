/*
 * trust.c: vouches as a graph, its chains as a flow.
 */
#include "view/trust.h"

#include <string.h>

#include "core/check.h"

#define NONE UINT32_MAX

#define FREE UINT32_MAX

/* What a key is while chains are counted. next[] is whom a key in a chain goes on to, before[] whom it came from. */
enum { ROLE_OUT, ROLE_FIRST, ROLE_BETWEEN, ROLE_END };

/* A place of the search: key × 2 + side. */
enum { SIDE_IN, SIDE_OUT };

/* ---- Order, without the C library ---- */

typedef int (*order)(const void *context, uint32_t a, uint32_t b);

static void sift(uint32_t *items, size_t at, size_t count, order compare, const void *context) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare(context, items[child], items[child + 1]) < 0) child++;
        if (compare(context, items[at], items[child]) >= 0) return;
        uint32_t swap = items[at];
        items[at] = items[child];
        items[child] = swap;
    }
}

static void sort(uint32_t *items, size_t count, order compare, const void *context) {
    for (size_t at = count / 2; at-- > 0;) sift(items, at, count, compare, context);
    for (size_t left = count; left-- > 1;) {
        uint32_t swap = items[0];
        items[0] = items[left];
        items[left] = swap;
        sift(items, 0, left, compare, context);
    }
}

static int by_number(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

/* By author, period, sequence number, id: the order in which a budget is spent. */
static int by_budget(const void *context, uint32_t a, uint32_t b) {
    const struct trust_vouch *x = (const struct trust_vouch *)context + a, *y = (const struct trust_vouch *)context + b;
    int c = memcmp(x->author, y->author, KEY_SIZE);
    if (c == 0) c = by_number(x->day / VOUCH_PERIOD_DAYS, y->day / VOUCH_PERIOD_DAYS);
    if (c == 0) c = by_number(x->seq, y->seq);
    return c != 0 ? c : memcmp(x->id, y->id, HASH_SIZE);
}

static int by_key(const void *context, uint32_t a, uint32_t b) {
    const uint8_t *keys = context;
    return memcmp(keys + (size_t)a * KEY_SIZE, keys + (size_t)b * KEY_SIZE, KEY_SIZE);
}

/* ---- Memory ---- */

static size_t keys_max(size_t vouch_count, size_t met_count) {
    return 1 + met_count + 2 * vouch_count;
}

size_t trust_memory(size_t vouch_count, size_t met_count) {
    size_t keys = keys_max(vouch_count, met_count), edges = vouch_count + met_count;
    return (7 * keys + 1 + edges + vouch_count) * sizeof(uint32_t) + keys * (2 * KEY_SIZE + 3);
}

/* ---- Building ---- */

static uint32_t key_find(const struct trust *t, const uint8_t key[KEY_SIZE]) {
    size_t low = 0, high = t->key_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = memcmp(t->keys[middle], key, KEY_SIZE);
        if (c == 0) return (uint32_t)middle;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

/* Put those that count to the front of chosen; return how many they are. */
static size_t vouches_choose(uint32_t *chosen, const struct trust_vouch *v, size_t count, uint32_t today) {
    size_t alive = 0, kept = 0, spent = 0;
    const struct trust_vouch *last = NULL;
    for (size_t i = 0; i < count; i++)
        if (v[i].day <= today + 1 && today <= v[i].expiry_day && memcmp(v[i].author, v[i].target, KEY_SIZE) != 0)
            chosen[alive++] = (uint32_t)i;
    sort(chosen, alive, by_budget, v);
    for (size_t i = 0; i < alive; i++) {
        const struct trust_vouch *x = &v[chosen[i]];
        if (last && memcmp(last->id, x->id, HASH_SIZE) == 0) continue;
        if (!last || memcmp(last->author, x->author, KEY_SIZE) != 0 ||
            last->day / VOUCH_PERIOD_DAYS != x->day / VOUCH_PERIOD_DAYS)
            spent = 0;
        last = x;
        if (spent++ < VOUCH_PERIOD_MAX) chosen[kept++] = chosen[i];
    }
    return kept;
}

/* Make t->keys of these, sorted, each once; order is memory for as many numbers. */
static void keys_set(struct trust *t, uint8_t (*all)[KEY_SIZE], size_t count, uint32_t *numbers) {
    for (size_t i = 0; i < count; i++) numbers[i] = (uint32_t)i;
    sort(numbers, count, by_key, all);
    t->key_count = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *key = all[numbers[i]];
        if (t->key_count > 0 && memcmp(t->keys[t->key_count - 1], key, KEY_SIZE) == 0) continue;
        memcpy(t->keys[t->key_count++], key, KEY_SIZE);
    }
}

static void steps_count(struct trust *t) {
    size_t head = 0, tail = 0;
    memset(t->steps, TRUST_NO_CHAIN, t->key_count);
    t->steps[t->reader] = 0;
    t->queue[tail++] = t->reader;
    while (head < tail) {
        uint32_t u = t->queue[head++];
        if (t->steps[u] == 3) break;
        for (uint32_t e = t->first[u]; e < t->first[u + 1]; e++)
            if (t->steps[t->to[e]] == TRUST_NO_CHAIN) {
                t->steps[t->to[e]] = (uint8_t)(t->steps[u] + 1);
                t->queue[tail++] = t->to[e];
            }
    }
}

int trust_build(struct trust *out, const uint8_t reader[KEY_SIZE], const uint8_t (*met)[KEY_SIZE], size_t met_count,
                const struct trust_vouch *vouches, size_t count, uint32_t today, void *memory) {
    if (count > TRUST_VOUCHES_MAX || met_count > TRUST_MET_MAX) return ERR_LIMIT;
    size_t keys = keys_max(count, met_count), edges = count + met_count, all_count = 0;
    uint32_t *numbers = memory;
    out->first = numbers, numbers += keys + 1;
    out->to = numbers, numbers += edges;
    uint32_t *chosen = numbers;
    numbers += count;
    out->next = numbers, numbers += keys;
    out->before = numbers, numbers += keys;
    out->queue = numbers, numbers += 2 * keys;
    out->from = numbers, numbers += 2 * keys;
    uint8_t *bytes = (uint8_t *)numbers;
    out->keys = (uint8_t(*)[KEY_SIZE])bytes, bytes += keys * KEY_SIZE;
    uint8_t(*all)[KEY_SIZE] = (uint8_t(*)[KEY_SIZE])bytes;
    bytes += keys * KEY_SIZE;
    out->steps = bytes, bytes += keys;
    out->role = bytes, bytes += keys;
    out->seen = bytes;

    size_t kept = vouches_choose(chosen, vouches, count, today);
    memcpy(all[all_count++], reader, KEY_SIZE);
    for (size_t i = 0; i < met_count; i++) memcpy(all[all_count++], met[i], KEY_SIZE);
    for (size_t i = 0; i < kept; i++) {
        memcpy(all[all_count++], vouches[chosen[i]].author, KEY_SIZE);
        memcpy(all[all_count++], vouches[chosen[i]].target, KEY_SIZE);
    }
    CHECK(all_count <= keys);
    keys_set(out, all, all_count, out->queue);
    out->reader = key_find(out, reader);

    /* Edges by their beginning: count, add up, fill in. */
    uint32_t *fill = out->next;
    memset(out->first, 0, (out->key_count + 1) * sizeof *out->first);
    out->first[out->reader + 1] += (uint32_t)met_count;
    for (size_t i = 0; i < kept; i++) out->first[key_find(out, vouches[chosen[i]].author) + 1]++;
    for (size_t i = 0; i < out->key_count; i++) {
        out->first[i + 1] += out->first[i];
        fill[i] = out->first[i];
    }
    for (size_t i = 0; i < met_count; i++) out->to[fill[out->reader]++] = key_find(out, met[i]);
    for (size_t i = 0; i < kept; i++)
        out->to[fill[key_find(out, vouches[chosen[i]].author)]++] = key_find(out, vouches[chosen[i]].target);
    out->edge_count = kept + met_count;
    CHECK(out->first[out->key_count] == out->edge_count);
    steps_count(out);
    return 0;
}

enum budget_class trust_class(const struct trust *t, const uint8_t key[KEY_SIZE]) {
    uint32_t at = key_find(t, key);
    if (at == NONE || t->steps[at] == TRUST_NO_CHAIN) return BUDGET_STRANGER;
    return t->steps[at] == 0 ? BUDGET_OWN : t->steps[at] == 1 ? BUDGET_NEAR : BUDGET_FAR;
}

/* ---- Chains ---- */

static bool may_follow(const struct trust *t, uint32_t u, uint32_t v, bool between) {
    if (t->role[v] == ROLE_END) return t->role[u] == ROLE_FIRST || t->role[u] == ROLE_BETWEEN;
    return between && t->role[u] == ROLE_FIRST && t->role[v] == ROLE_BETWEEN;
}

/* The search came to a free end: turn every arc on the way to it. */
static void chain_add(struct trust *t, uint32_t place) {
    for (uint32_t from; (from = t->from[place]) != NONE; place = from) {
        uint32_t u = from / 2, v = place / 2;
        if (u == v) continue;
        if (from % 2 == SIDE_OUT) {
            t->next[u] = v;
            t->before[v] = u;
        } else { /* v went on to u, and does no more */
            if (t->next[v] == u) t->next[v] = FREE;
            if (t->before[u] == v) t->before[u] = FREE;
        }
    }
}

static void visit(struct trust *t, size_t *tail, uint32_t place, uint32_t from) {
    if (t->seen[place / 2] >> place % 2 & 1) return;
    t->seen[place / 2] |= (uint8_t)(1u << place % 2);
    t->from[place] = from;
    t->queue[(*tail)++] = place;
}

/* Look for one more chain, breadth first over keys that pass on one unit each. */
static bool chain_find(struct trust *t, bool between) {
    size_t tail = 0;
    memset(t->seen, 0, t->key_count);
    for (uint32_t v = 0; v < t->key_count; v++)
        if (t->role[v] == ROLE_FIRST && t->next[v] == FREE) visit(t, &tail, 2 * v + SIDE_OUT, NONE);
    for (size_t head = 0; head < tail; head++) {
        uint32_t place = t->queue[head], v = place / 2;
        if (place % 2 == SIDE_IN) {
            if (t->before[v] != FREE)
                visit(t, &tail, 2 * t->before[v] + SIDE_OUT, place);
            else if (t->role[v] == ROLE_END) {
                chain_add(t, place);
                return true;
            } else if (t->role[v] == ROLE_BETWEEN)
                visit(t, &tail, 2 * v + SIDE_OUT, place);
            continue;
        }
        for (uint32_t e = t->first[v]; e < t->first[v + 1]; e++)
            if (t->to[e] != t->next[v] && may_follow(t, v, t->to[e], between))
                visit(t, &tail, 2 * t->to[e] + SIDE_IN, place);
        if (t->role[v] == ROLE_BETWEEN && t->before[v] != FREE) visit(t, &tail, 2 * v + SIDE_IN, place);
    }
    return false;
}

/* Roles are set; count. */
static unsigned chains_count(struct trust *t, bool between) {
    unsigned chains = 0;
    for (uint32_t v = 0; v < t->key_count; v++) t->next[v] = t->before[v] = FREE;
    while (chain_find(t, between)) chains++;
    return chains;
}

/* Give roles to all keys, ends being marked as such: who is an end and was met is a chain and out. */
static unsigned roles_set(struct trust *t) {
    unsigned chains = 0;
    for (uint32_t v = 0; v < t->key_count; v++) {
        bool end = t->role[v] == ROLE_END, met = t->steps[v] == 1;
        if (v == t->reader || (end && met))
            t->role[v] = ROLE_OUT;
        else if (!end)
            t->role[v] = met ? ROLE_FIRST : ROLE_BETWEEN;
        if (v != t->reader && end && met) chains++;
    }
    return chains;
}

unsigned trust_chains(struct trust *t, const uint8_t (*keys)[KEY_SIZE], size_t count) {
    memset(t->role, ROLE_OUT, t->key_count);
    for (size_t i = 0; i < count; i++) {
        uint32_t at = key_find(t, keys[i]);
        if (at != NONE) t->role[at] = ROLE_END;
    }
    unsigned chains = roles_set(t);
    return chains + chains_count(t, true);
}

unsigned trust_chains_to(struct trust *t, const uint8_t key[KEY_SIZE]) {
    uint32_t target = key_find(t, key);
    unsigned own = 0;
    if (target == NONE || target == t->reader) return 0;
    memset(t->role, ROLE_OUT, t->key_count);
    for (uint32_t v = 0; v < t->key_count; v++)
        for (uint32_t e = t->first[v]; e < t->first[v + 1]; e++)
            if (t->to[e] == target) t->role[v] = ROLE_END;
    if (t->role[t->reader] == ROLE_END) own = 1;
    unsigned chains = roles_set(t);
    t->role[target] = ROLE_OUT;
    return own + chains + chains_count(t, false);
}
