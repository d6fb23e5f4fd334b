/*
 * budget.c: sums by queue in one table, levels by bisection over all lanes and links at once, and a running sum of each
 * queue while its records come past in order of rank.
 *
 * Shares are of demands, not of what fits: a queue that is beyond its level is charged the whole level, whatever sizes
 * its records have. That wastes less than a record an author, and makes every level fall only as more is counted, which
 * is why the answer doesn't depend on the order of arrival.
 */
#include "core/budget.h"

#include "core/check.h"

#define PAIRS (BUDGET_LANES * BUDGET_LINKS)
#define TAGS (UINT64_C(1) << 32)
#define POOL_MAX (UINT64_C(1) << 56)

_Static_assert((BUDGET_LINKS & (BUDGET_LINKS - 1)) == 0 && BUDGET_LINKS <= 512, "a link is nine bits of a queue");
_Static_assert(BUDGET_ENTRIES_MIN / 4 > (BUDGET_LANES - BUDGET_LANE_NEAR) * BUDGET_LINKS, "shared queues always fit");

enum budget_lane budget_lane_of(enum budget_class class, bool joined, bool guest, bool stamped) {
    if (class == BUDGET_OWN) return BUDGET_LANE_OWN;
    if (!joined) return BUDGET_LANE_CARRIED;
    if (class == BUDGET_NEAR) return BUDGET_LANE_NEAR;
    if (class == BUDGET_FAR) return BUDGET_LANE_FAR;
    if (guest) return BUDGET_LANE_GUEST;
    return stamped ? BUDGET_LANE_STAMPED : BUDGET_LANE_STRANGER;
}

/* ---- The table ---- */

static bool is_bounded(uint64_t queue) {
    return budget_queue_lane(queue) > BUDGET_LANE_OWN;
}

static unsigned pair_of(uint64_t queue) {
    return (unsigned)budget_queue_lane(queue) * BUDGET_LINKS + budget_queue_link(queue);
}

/* The queue that authors of one link share for whom there is no room. */
static uint64_t shared(uint64_t queue) {
    return queue | (TAGS - 1);
}

/* The place of a queue, or the free one where it would stand. */
static struct budget_entry *place(const struct budget *b, uint64_t queue) {
    size_t at = (size_t)((queue * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (b->room - 1);
    while (b->entries[at].queue != 0 && b->entries[at].queue != queue) at = (at + 1) & (b->room - 1);
    return &b->entries[at];
}

/* The entry that a queue is counted in; NULL if it was not counted. */
static struct budget_entry *entry_of(const struct budget *b, uint64_t queue) {
    struct budget_entry *e = place(b, queue);
    if (e->queue == 0) e = place(b, shared(queue));
    return e->queue != 0 ? e : NULL;
}

void budget_begin(struct budget *b, uint64_t pool_bytes, struct budget_entry *entries, size_t room) {
    CHECK(room >= BUDGET_ENTRIES_MIN && (room & (room - 1)) == 0);
    b->pool_bytes = pool_bytes < POOL_MAX ? pool_bytes : POOL_MAX;
    b->entries = entries;
    b->room = room;
    b->count = 0;
    b->own = 0;
    for (size_t i = 0; i < room; i++) entries[i] = (struct budget_entry){0};
}

static uint64_t add(uint64_t a, uint64_t more) {
    return more > POOL_MAX || a > POOL_MAX - more ? POOL_MAX : a + more;
}

void budget_count(struct budget *b, uint64_t queue, uint64_t bytes, bool urgent) {
    if (!is_bounded(queue)) {
        b->own = add(b->own, bytes);
        return;
    }
    struct budget_entry *e = place(b, queue);
    if (e->queue == 0 && b->count >= b->room / 4 * 3) {
        queue = shared(queue);
        e = place(b, queue);
    }
    if (e->queue == 0) {
        CHECK(b->count + 1 < b->room);
        e->queue = queue;
        b->count++;
    }
    e->all = add(e->all, bytes);
    if (urgent) e->urgent = add(e->urgent, bytes);
}

/* ---- Levels ---- */

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* One that shares with others: what it asks for, its weight, and the most it gets; UINT64_MAX: all that it asks for. */
struct sharer {
    uint64_t asks, weight, gets;
};

/* Share a capacity: each gets what it asks for up to its weight times one level, the highest that the capacity allows.
 */
static void share(struct sharer *s, unsigned count, uint64_t capacity) {
    uint64_t sum = 0, low = 0, high = capacity;
    for (unsigned i = 0; i < count; i++) {
        sum = add(sum, s[i].asks);
        s[i].gets = UINT64_MAX;
    }
    if (sum <= capacity) return;
    while (low < high) {
        uint64_t level = low + (high - low + 1) / 2;
        sum = 0;
        for (unsigned i = 0; i < count; i++) sum = add(sum, least(s[i].asks, s[i].weight * level));
        if (sum <= capacity)
            low = level;
        else
            high = level - 1;
    }
    for (unsigned i = 0; i < count; i++) s[i].gets = s[i].weight * low;
}

/* What the lanes, or the links of one lane, may have: capacities by lane. */
static void lanes_share(const struct budget *b, const uint64_t asks[BUDGET_LANES], uint64_t gets[BUDGET_LANES]) {
    uint64_t rest = b->pool_bytes / BUDGET_REST_PART;
    if (b->own < b->pool_bytes - rest) rest = b->pool_bytes - b->own;
    struct sharer groups[] = {{asks[BUDGET_LANE_NEAR], BUDGET_WEIGHT_NEAR, 0},
                              {asks[BUDGET_LANE_FAR], BUDGET_WEIGHT_FAR, 0},
                              {asks[BUDGET_LANE_GUEST], BUDGET_WEIGHT_GUEST, 0},
                              {asks[BUDGET_LANE_CARRIED], BUDGET_WEIGHT_CARRIED, 0},
                              {asks[BUDGET_LANE_SEALED], BUDGET_WEIGHT_SEALED, 0},
                              {add(asks[BUDGET_LANE_STAMPED], asks[BUDGET_LANE_STRANGER]), BUDGET_WEIGHT_STRANGERS, 0}};
    struct sharer strangers[] = {{asks[BUDGET_LANE_STAMPED], BUDGET_WEIGHT_STAMPED, 0},
                                 {asks[BUDGET_LANE_STRANGER], BUDGET_WEIGHT_PLAIN, 0}};
    share(groups, sizeof groups / sizeof *groups, rest);
    share(strangers, 2, groups[5].gets);
    gets[BUDGET_LANE_NEAR] = groups[0].gets;
    gets[BUDGET_LANE_FAR] = groups[1].gets;
    gets[BUDGET_LANE_GUEST] = groups[2].gets;
    gets[BUDGET_LANE_CARRIED] = groups[3].gets;
    gets[BUDGET_LANE_SEALED] = groups[4].gets;
    gets[BUDGET_LANE_STAMPED] = strangers[0].gets;
    gets[BUDGET_LANE_STRANGER] = strangers[1].gets;
}

/* What is looked for by bisection, of each lane and link: the greatest number whose sum fits. */
struct search {
    uint64_t low[PAIRS], high[PAIRS], sum[PAIRS], capacity[PAIRS];
    bool open;
};

/* The numbers to try next. */
static uint64_t search_try(const struct search *s, unsigned pair) {
    return s->low[pair] + (s->high[pair] - s->low[pair] + 1) / 2;
}

static void search_step(struct search *s) {
    s->open = false;
    for (unsigned i = 0; i < PAIRS; i++) {
        if (s->low[i] < s->high[i]) {
            uint64_t tried = search_try(s, i);
            if (s->sum[i] <= s->capacity[i])
                s->low[i] = tried;
            else
                s->high[i] = tried - 1;
        }
        s->sum[i] = 0;
        s->open = s->open || s->low[i] < s->high[i];
    }
}

/* Find the levels in bytes: s->high is where each begins, 0 for those that are not bounded. */
static void levels_search(const struct budget *b, struct search *s) {
    s->open = true;
    while (s->open) {
        for (size_t i = 0; i < b->room; i++) {
            const struct budget_entry *e = &b->entries[i];
            unsigned pair = e->queue ? pair_of(e->queue) : 0;
            if (e->queue && s->low[pair] < s->high[pair])
                s->sum[pair] = add(s->sum[pair], least(e->all, search_try(s, pair)));
        }
        search_step(s);
    }
}

/* Where the level would be below the floor: find how many tags have room for it. */
static void tags_search(const struct budget *b, struct search *s) {
    s->open = true;
    while (s->open) {
        for (size_t i = 0; i < b->room; i++) {
            const struct budget_entry *e = &b->entries[i];
            unsigned pair = e->queue ? pair_of(e->queue) : 0;
            if (e->queue && s->low[pair] < s->high[pair] && (e->queue & (TAGS - 1)) < search_try(s, pair))
                s->sum[pair] = add(s->sum[pair], least(e->all, BUDGET_FLOOR));
        }
        search_step(s);
    }
}

/* Give each link of each lane its capacity; UINT64_MAX: all that it asks for. */
static void links_share(struct budget *b, struct search *s) {
    struct sharer links[BUDGET_LINKS];
    uint64_t asks[BUDGET_LANES] = {0}, gets[BUDGET_LANES] = {0};
    for (unsigned i = 0; i < PAIRS; i++) s->sum[i] = 0;
    for (size_t i = 0; i < b->room; i++) {
        const struct budget_entry *e = &b->entries[i];
        if (e->queue) s->sum[pair_of(e->queue)] = add(s->sum[pair_of(e->queue)], e->all);
    }
    for (unsigned i = 0; i < PAIRS; i++) asks[i / BUDGET_LINKS] = add(asks[i / BUDGET_LINKS], s->sum[i]);
    lanes_share(b, asks, gets);
    for (unsigned lane = BUDGET_LANE_NEAR; lane < BUDGET_LANES; lane++) {
        for (unsigned i = 0; i < BUDGET_LINKS; i++)
            links[i] = (struct sharer){.asks = s->sum[lane * BUDGET_LINKS + i], .weight = 1};
        share(links, BUDGET_LINKS, gets[lane]);
        for (unsigned i = 0; i < BUDGET_LINKS; i++) s->capacity[lane * BUDGET_LINKS + i] = links[i].gets;
    }
}

void budget_share(struct budget *b) {
    struct search s = {.open = false};
    bool low[PAIRS];
    links_share(b, &s);
    for (unsigned i = 0; i < PAIRS; i++) {
        bool all = i < BUDGET_LANE_NEAR * BUDGET_LINKS || s.sum[i] <= s.capacity[i];
        b->levels[i] = (struct budget_level){.bytes = all ? UINT64_MAX : 0, .tag_bound = TAGS};
        s.high[i] = all ? 0 : s.capacity[i];
        s.sum[i] = 0;
    }
    levels_search(b, &s);
    for (unsigned i = 0; i < PAIRS; i++) {
        bool all = b->levels[i].bytes == UINT64_MAX;
        low[i] = !all && s.low[i] < BUDGET_FLOOR;
        if (!all) b->levels[i].bytes = low[i] ? BUDGET_FLOOR : s.low[i];
        s.low[i] = 0;
        s.high[i] = low[i] ? TAGS : 0;
    }
    tags_search(b, &s);
    for (unsigned i = 0; i < PAIRS; i++)
        if (low[i]) b->levels[i].tag_bound = s.low[i];
}

/* ---- What is kept ---- */

/* The level of an entry in bytes. */
static uint64_t level_of(const struct budget *b, const struct budget_entry *e) {
    const struct budget_level *level = &b->levels[pair_of(e->queue)];
    return (e->queue & (TAGS - 1)) < level->tag_bound ? level->bytes : 0;
}

bool budget_keep(struct budget *b, uint64_t queue, uint64_t bytes, bool urgent) {
    struct budget_entry *e = is_bounded(queue) ? entry_of(b, queue) : NULL;
    uint64_t level = e ? level_of(b, e) : UINT64_MAX, quarter = level / BUDGET_URGENT_PART;
    if (level == UINT64_MAX) return true;
    if (urgent) {
        e->urgent_passed = add(e->urgent_passed, bytes);
        if (e->urgent_passed <= quarter) return true;
    }
    e->passed = add(e->passed, bytes);
    return e->passed <= level - least(e->urgent, quarter);
}
