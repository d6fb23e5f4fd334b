/*
 * document_util.c: xmllint says "FILE validates" of each that does.
 */
#include "test/exchange/document_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"

#define BATCH 50

int document_write(void *context, const char *bytes, size_t size) {
    struct document *d = context;
    if (d->room - d->size <= size) {
        d->room = 2 * d->room + size + 4096;
        d->bytes = realloc(d->bytes, d->room);
        CHECK(d->bytes);
    }
    memcpy(d->bytes + d->size, bytes, size);
    d->size += size;
    d->bytes[d->size] = 0;
    return 0;
}

void document_free(struct document *d) {
    free(d->bytes);
    memset(d, 0, sizeof *d);
}

static unsigned valid_of(const char *command) {
    char line[4096];
    unsigned valid = 0;
    FILE *told = popen(command, "r");
    CHECK(told);
    while (fgets(line, sizeof line, told)) {
        const size_t size = strlen(line);
        if (size > 11 && strcmp(line + size - 11, " validates\n") == 0)
            valid++;
        else
            fputs(line, stdout);
    }
    (void)pclose(told);
    return valid;
}

unsigned xmllint_valid(const char *option, const char *file, const struct document *documents, unsigned count) {
    const char *tmp = getenv("TMPDIR");
    char directory[200], path[256], command[16384];
    unsigned valid = 0;
    snprintf(directory, sizeof directory, "%s/xmllint.XXXXXX", tmp ? tmp : "/tmp");
    CHECK(mkdtemp(directory));
    for (unsigned from = 0; from < count; from += BATCH) {
        const unsigned until = count - from < BATCH ? count : from + BATCH;
        int fill = snprintf(command, sizeof command, "xmllint --nonet --noout %s %s", option, file);
        for (unsigned i = from; i < until; i++) {
            snprintf(path, sizeof path, "%s/%u.xml", directory, i);
            FILE *f = fopen(path, "wb");
            CHECK(f && fwrite(documents[i].bytes, 1, documents[i].size, f) == documents[i].size && fclose(f) == 0);
            fill += snprintf(command + fill, sizeof command - (size_t)fill, " %s", path);
            CHECK((size_t)fill < sizeof command);
        }
        fill += snprintf(command + fill, sizeof command - (size_t)fill, " 2>&1");
        CHECK((size_t)fill < sizeof command);
        valid += valid_of(command);
        for (unsigned i = from; i < until; i++) {
            snprintf(path, sizeof path, "%s/%u.xml", directory, i);
            (void)unlink(path);
        }
    }
    (void)rmdir(directory);
    return valid;
}
