/*
 * strip_tool.c: strip files for tests in other languages. usage: strip_tool FILE OUT; prints the error's name and exits
 * 1 if it cannot be.
 */
#include <stdio.h>
#include <stdlib.h>

#include "media/strip.h"

int main(int count, char **arguments) {
    FILE *f = count == 3 ? fopen(arguments[1], "rb") : NULL;
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) return 2;
    size_t size = (size_t)ftell(f);
    uint8_t *bytes = malloc(size + 1);
    rewind(f);
    if (bytes == NULL || fread(bytes, 1, size, f) != size) return 2;
    fclose(f);
    int err = strip_media(bytes, &size);
    if (err) {
        puts(err_name(err));
        free(bytes);
        return 1;
    }
    f = fopen(arguments[2], "wb");
    if (f == NULL || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) return 2;
    free(bytes);
    return 0;
}
