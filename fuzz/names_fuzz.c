/*
 * Fuzz the search by names: lines, the first a query, the others a list. The index stays in the memory that was asked
 * for; hits come in order, each name once; a name of the list finds itself, or one that comes before it, at no cost.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "view/name_key.h"
#include "view/names.h"

#define LINES_MAX 64
#define HITS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t search_checked(struct names *n, const struct names_text *query, struct names_hit *hits) {
    size_t found = names_search(n, query->text, query->size, hits, HITS_MAX);
    CHECK(found <= HITS_MAX && found <= n->count);
    for (size_t i = 0; i < found; i++) {
        CHECK(hits[i].id < n->count && hits[i].percent <= 100 && (hits[i].percent == 100) == (hits[i].cost == 0));
        CHECK(i == 0 || hits[i - 1].cost < hits[i].cost ||
              (hits[i - 1].cost == hits[i].cost && hits[i - 1].id < hits[i].id));
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct names_text lines[LINES_MAX];
    struct names_hit hits[HITS_MAX];
    size_t count = 0;
    for (size_t at = 0; at < size && count < LINES_MAX;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        lines[count++] = (struct names_text){(const char *)data + at, length};
        at += length + 1;
    }
    if (count == 0) return 0;
    struct names n;
    void *memory = malloc(names_memory(&n, lines + 1, count - 1));
    CHECK(memory);
    CHECK(names_build(&n, lines + 1, memory) == 0);
    (void)search_checked(&n, &lines[0], hits);
    for (size_t i = 1; i < count; i += 7) {
        struct name_key key;
        name_key(&key, lines[i].text, lines[i].size);
        size_t found = search_checked(&n, &lines[i], hits);
        CHECK((found > 0) == (key.count > 0));
        CHECK(found == 0 || (hits[0].cost == 0 && hits[0].id <= i - 1));
    }
    free(memory);
    return 0;
}
