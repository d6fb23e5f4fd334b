/*
 * names_tool.c: search by names as another build would be asked. usage: names_tool NAMES <QUERIES
 *
 * NAMES is a file of one name a line. Prints for each line of the standard input the ten nearest as "id:cost:percent"
 * with spaces between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/names.h"

#define LINES_MAX 100000

static char *lines[LINES_MAX];
static struct names_text texts[LINES_MAX];

static ssize_t line_read(char **line, FILE *from) {
    size_t room = 0;
    ssize_t size = getline(line, &room, from);
    return size > 0 && (*line)[size - 1] == '\n' ? size - 1 : size;
}

int main(int argc, char **argv) {
    struct names n;
    size_t count = 0;
    ssize_t size;
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) return 2;
    for (; count < LINES_MAX && (size = line_read(&lines[count], file)) >= 0; count++)
        texts[count] = (struct names_text){lines[count], (size_t)size};
    fclose(file);
    void *memory = malloc(names_memory(&n, texts, count));
    if (!memory || names_build(&n, texts, memory) != 0) return 1;
    char *query = NULL;
    for (; (size = line_read(&query, stdin)) >= 0; free(query), query = NULL) {
        struct names_hit hits[10];
        size_t found = names_search(&n, query, (size_t)size, hits, 10);
        for (size_t i = 0; i < found; i++)
            printf("%s%u:%u:%u", i > 0 ? " " : "", hits[i].id, hits[i].cost, hits[i].percent);
        putchar('\n');
    }
    free(query);
    free(memory);
    for (size_t i = 0; i <= count && i < LINES_MAX; i++) free(lines[i]);
    return 0;
}
