/*
 * strip_ogg.c: Ogg (RFC 3533) with Opus (RFC 7845) or Vorbis. The second packet of a stream is its comments: no maker,
 * none of them, and zeros as long as they were. Streams get the numbers 1, 2 … instead of random ones, which some
 * programs make of the time; every page gets its checksum anew, after the old one was found right.
 */
#include <string.h>

#include "media/strip_internal.h"

#define PAGE_HEAD 27
#define CONTINUED 1
#define FIRST 2

struct stream {
    uint32_t serial;
    uint32_t packet;  /* which one is under way: 0 the head, 1 the comments */
    uint32_t in_size; /* bytes of it so far */
    bool vorbis;
};

static void crc_table(uint32_t table[256]) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t sum = i << 24;
        for (int bit = 0; bit < 8; bit++) sum = (sum & 0x7fffffff) << 1 ^ (sum >> 31 ? 0x04c11db7 : 0);
        table[i] = sum;
    }
}

static uint32_t crc(const uint32_t table[256], const uint8_t *bytes, size_t size) {
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++) sum = (sum & 0xffffff) << 8 ^ table[sum >> 24 ^ bytes[i]];
    return sum;
}

/* Write over a part of the comments: the name of the packet, no maker, no comment, Vorbis' last bit. */
static int comments_clean(const struct stream *s, uint8_t *part, size_t size) {
    static const uint8_t bare[2][16] = {{'O', 'p', 'u', 's', 'T', 'a', 'g', 's'},
                                        {3, 'v', 'o', 'r', 'b', 'i', 's', 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    size_t name = s->vorbis ? 7 : 8;
    for (size_t i = 0; i < size; i++) {
        size_t at = s->in_size + i;
        if (at < name && part[i] != bare[s->vorbis][at]) return ERR_FIELD;
        part[i] = at < sizeof *bare ? bare[s->vorbis][at] : 0;
    }
    return 0;
}

/* Go through the packets of a page. */
static int page_clean(struct stream *s, uint8_t *page, size_t segments) {
    uint8_t *at = page + PAGE_HEAD + segments;
    for (size_t i = 0; i < segments && s->packet < 2;) {
        size_t size = 0;
        bool ends = false;
        while (i < segments && !ends) {
            size += page[PAGE_HEAD + i];
            ends = page[PAGE_HEAD + i++] < 255;
        }
        if (s->packet == 1) {
            int err = comments_clean(s, at, size);
            if (err) return err;
        }
        at += size;
        s->in_size += (uint32_t)size;
        if (!ends) continue;
        if (s->packet == 1 && s->in_size < 16) return ERR_FIELD;
        s->packet++;
        s->in_size = 0;
    }
    return 0;
}

static int stream_begin(struct stream *s, const uint8_t *data, size_t size, uint32_t serial) {
    *s = (struct stream){.serial = serial};
    s->vorbis = size >= 7 && memcmp(data, "\x01vorbis", 7) == 0;
    return s->vorbis || (size >= 8 && memcmp(data, "OpusHead", 8) == 0) ? 0 : ERR_UNSUPPORTED;
}

int strip_ogg(uint8_t *bytes, size_t *size) {
    struct stream streams[STRIP_TRACKS_MAX];
    uint32_t count = 0, table[256];
    crc_table(table);
    for (size_t at = 0; at < *size;) {
        uint8_t *page = bytes + at;
        size_t left = *size - at, whole, segments;
        if (memcmp(page, "OggS", left < 5 ? left : 5) != 0) { /* what hangs behind the last page goes */
            *size = at;
            break;
        }
        if (left < PAGE_HEAD) return ERR_TRUNCATED;
        segments = page[26];
        whole = PAGE_HEAD + segments;
        if (left < whole) return ERR_TRUNCATED;
        for (size_t i = 0; i < segments; i++) whole += page[PAGE_HEAD + i];
        if (left < whole) return ERR_TRUNCATED;
        uint32_t sum = strip_le32(page + 22), serial = strip_le32(page + 14), n = count;
        strip_put_le32(page + 22, 0);
        if (crc(table, page, whole) != sum) return ERR_CHECKSUM;
        if (page[5] & FIRST) {
            if (count == STRIP_TRACKS_MAX) return ERR_LIMIT;
            int err =
                stream_begin(&streams[count++], page + PAGE_HEAD + segments, whole - PAGE_HEAD - segments, serial);
            if (err) return err;
        }
        for (n = count; n > 0 && streams[n - 1].serial != serial;) n--; /* the last that began so */
        if (n == 0) return ERR_FIELD;
        int err = page_clean(&streams[n - 1], page, segments);
        if (err) return err;
        strip_put_le32(page + 14, n);
        strip_put_le32(page + 22, crc(table, page, whole));
        at += whole;
    }
    for (uint32_t i = 0; i < count; i++)
        if (streams[i].packet < 2) return ERR_TRUNCATED;
    return count > 0 ? 0 : ERR_FIELD;
}
