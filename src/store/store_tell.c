/*
 * store_tell.c: sentences of a store that need a format.
 */
#include <stdarg.h>
#include <stdio.h>

#include "store/store_ops.h"

int store_tell(struct store *s, int err, const char *format, ...) {
    char sentence[STORE_WHY_SIZE];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(sentence, sizeof sentence, format,
                    list); /* NOLINT(clang-analyzer-valist.Uninitialized): started above */
    va_end(list);
    return store_say(s, err, sentence);
}
