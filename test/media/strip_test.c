/*
 * strip_test.c: THREATS.md, "the later prosecutor": what leaves with a photo, a film or a sound is what is needed to
 * show it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/strip.h"
#include "test/media/media_sample_util.h"

static bool holds(const uint8_t *bytes, size_t size, const char *what) {
    return memmem(bytes, size, what, strlen(what)) != NULL;
}

/* Strip a copy in memory of its own size, so that a step beyond it is noticed. */
static int strip_copy(const uint8_t *bytes, size_t size, uint8_t **out, size_t *out_size) {
    *out = malloc(size > 0 ? size : 1);
    assert_non_null(*out);
    memcpy(*out, bytes, size);
    *out_size = size;
    return strip_media(*out, out_size);
}

/* What was stripped may be stripped again, and nothing changes. */
static void assert_settled(const uint8_t *bytes, size_t size) {
    uint8_t *again;
    size_t again_size;
    assert_int_equal(strip_copy(bytes, size, &again, &again_size), 0);
    assert_int_equal(again_size, size);
    assert_memory_equal(again, bytes, size);
    free(again);
}

/* Every sample says its secret at every place that its format has for one; none of it is left, nor the first four
 * letters, as long as makers' names are; pixels and samples are as they were. */
static void later_prosecutor_finds_nothing(void **state) {
    uint8_t *bytes = malloc(SAMPLE_SIZE_MAX), *out;
    (void)state;
    for (const struct media_sample *s = media_samples; s->name; s++) {
        size_t size = s->make(bytes), out_size;
        assert_true(holds(bytes, size, SAMPLE_SECRET));
        int err = strip_copy(bytes, size, &out, &out_size);
        if (err) fail_msg("%s: %s", s->name, err_name(err));
        if (holds(out, out_size, "SECR")) fail_msg("%s: something is left", s->name);
        bool amr = strcmp(s->name, "amr") == 0;
        if (!holds(out, out_size, amr ? "pixels and s" : SAMPLE_MEDIA)) fail_msg("%s: the media is gone", s->name);
        assert_settled(out, out_size);
        free(out);
    }
    free(bytes);
}

/* To the byte, written out by hand: what is left of the JPEG, the WebP and the comments of the Opus sample. */
static void what_is_left(void **state) {
    static const char jpeg_head[] = "\xff\xd8"
                                    "\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
                                    "\xff\xe1\0\x22"
                                    "Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
                                    "\xff\xdb\0\x43";
    static const char jpeg_end[] = SAMPLE_MEDIA "\xff\0\xff\xd0\xff\xd9";
    uint8_t bytes[SAMPLE_SIZE_MAX];
    size_t size = media_samples[0].make(bytes);
    (void)state;
    assert_int_equal(strip_media(bytes, &size), 0);
    assert_memory_equal(bytes, jpeg_head, sizeof jpeg_head - 1);
    assert_memory_equal(bytes + size - (sizeof jpeg_end - 1), jpeg_end, sizeof jpeg_end - 1);
    size = media_samples[2].make(bytes);
    assert_int_equal(strip_media(bytes, &size), 0);
    assert_int_equal(bytes[20], 0x1a); /* turned, with transparency, moving */
    assert_int_equal(bytes[4] | bytes[5] << 8, size - 8);
    size = media_samples[7].make(bytes);
    assert_int_equal(strip_media(bytes, &size), 0);
    assert_memory_equal(bytes + 47 + 28, "OpusTags\0\0\0\0\0\0\0\0\0\0\0", 19);
    assert_memory_equal(bytes + 14, "\1\0\0", 4);
}

/* Films keep their size to the last box that counts, and every position with it. */
static void positions_stay(void **state) {
    uint8_t before[SAMPLE_SIZE_MAX], after[SAMPLE_SIZE_MAX];
    (void)state;
    for (const struct media_sample *s = media_samples; s->name; s++) {
        if (strcmp(s->name, "mp4") != 0 && strncmp(s->name, "webm", 4) != 0) continue;
        size_t size = s->make(before), was = size;
        memcpy(after, before, size);
        assert_int_equal(strip_media(after, &size), 0);
        assert_true(size <= was);
        for (size_t at = 0; at + sizeof SAMPLE_MEDIA - 1 <= was; at++)
            if (memcmp(before + at, SAMPLE_MEDIA, sizeof SAMPLE_MEDIA - 1) == 0)
                assert_memory_equal(after + at, SAMPLE_MEDIA, sizeof SAMPLE_MEDIA - 1);
    }
}

/* A file that ends early is refused or, where only what goes was cut, the same as whole; never read beyond. */
static void cut_off(void **state) {
    uint8_t bytes[SAMPLE_SIZE_MAX], *out;
    size_t out_size;
    (void)state;
    for (const struct media_sample *s = media_samples; s->name; s++) {
        size_t size = s->make(bytes);
        for (size_t cut = 0; cut < size; cut++) {
            int err = strip_copy(bytes, cut, &out, &out_size);
            assert_true(err <= 0);
            if (!err) {
                if (holds(out, out_size, SAMPLE_SECRET)) fail_msg("%s cut at %zu: something is left", s->name, cut);
                assert_settled(out, out_size);
            }
            free(out);
        }
    }
}

/* Any byte may be any other: no step beyond the end, no endless loop, and what comes out is settled. */
static void damaged(void **state) {
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x10};
    uint8_t bytes[SAMPLE_SIZE_MAX], *out;
    size_t out_size;
    (void)state;
    for (const struct media_sample *s = media_samples; s->name; s++) {
        size_t size = s->make(bytes);
        for (size_t at = 0; at < size; at++)
            for (size_t v = 0; v < sizeof values; v++) {
                uint8_t was = bytes[at];
                bytes[at] = values[v];
                if (strip_copy(bytes, size, &out, &out_size) == 0) assert_settled(out, out_size);
                free(out);
                bytes[at] = was;
            }
    }
}

/* What is not read here is never let through as if it were clean. */
static void foreign_is_refused(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        enum strip_form form;
    } files[] = {
        {"\0\0\0\x18"
         "ftypheic....mif1heic",
         24, STRIP_HEIF},
        {"\0\0\0\x1c"
         "ftypavif",
         12, STRIP_HEIF},
        {"II*\0\x08\0\0\0\0\0", 10, STRIP_FOREIGN},
        {"ID3\4\0\0\0\0\0\0", 10, STRIP_FOREIGN},
        {"\xff\xfb\x90\x64", 4, STRIP_FOREIGN},
        {"RIFF\0\0\0\0AVI LIST", 16, STRIP_FOREIGN},
        {"fLaC\0\0\0\x22", 8, STRIP_FOREIGN},
        {"%PDF-1.4", 8, STRIP_OTHER},
        {"hello", 5, STRIP_OTHER},
        {"", 0, STRIP_OTHER},
    };
    uint8_t *out;
    size_t out_size;
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_int_equal(strip_form_of((const uint8_t *)files[i].bytes, files[i].size), files[i].form);
        assert_int_equal(strip_copy((const uint8_t *)files[i].bytes, files[i].size, &out, &out_size), ERR_UNSUPPORTED);
        free(out);
    }
}

/* A page of Ogg whose checksum does not fit was damaged: a right one would hide that. */
static void ogg_checksum(void **state) {
    uint8_t bytes[SAMPLE_SIZE_MAX];
    size_t size = media_samples[7].make(bytes);
    (void)state;
    uint8_t *media = memmem(bytes, size, SAMPLE_MEDIA, strlen(SAMPLE_MEDIA));
    assert_non_null(media);
    media[0] ^= 1;
    assert_int_equal(strip_media(bytes, &size), ERR_CHECKSUM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_prosecutor_finds_nothing),
        cmocka_unit_test(what_is_left),
        cmocka_unit_test(positions_stay),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(damaged),
        cmocka_unit_test(foreign_is_refused),
        cmocka_unit_test(ogg_checksum),
    };
    return cmocka_run_group_tests_name("media/strip", tests, NULL, NULL);
}
