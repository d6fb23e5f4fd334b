/*
 * media_sample_util.h: small files of every format that strip.h reads, each with SAMPLE_SECRET wherever a camera or a
 * program would write place, device, name or time, and SAMPLE_MEDIA where pixels or samples stand.
 */
#ifndef TEST_MEDIA_SAMPLE_UTIL_H
#define TEST_MEDIA_SAMPLE_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_SECRET "SECRET43.2N76.9E"
#define SAMPLE_MEDIA "pixels and samples"
#define SAMPLE_SIZE_MAX 8192

struct media_sample {
    const char *name;
    size_t (*make)(uint8_t out[SAMPLE_SIZE_MAX]);
};

/* Ends with a name of NULL. */
extern const struct media_sample media_samples[];

#endif
