/*
 * The zstd dictionaries that are compiled into the program. The Makefile makes one array of every file
 * src/core/dictionary/NAME.zdict; its name here is dictionary_NAME with '-' and '.' as '_'. A dictionary never
 * changes once records or pouches name it: a better one is a new file with the next number.
 */
#ifndef HOST_DICTIONARY_H
#define HOST_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

/* src/core/dictionary/messages-1.zdict: short messages in Kazakh, Russian and English. */
extern const uint8_t dictionary_messages_1[];
extern const size_t dictionary_messages_1_size;

#endif
