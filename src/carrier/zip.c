/*
 * zip.c: write zip members; find a stored one again.
 */
#include "carrier/zip.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"

#define LOCAL_SIZE 30
#define CENTRAL_SIZE 46
#define END_SIZE 22
#define LOCAL_MAGIC 0x04034b50u
#define CENTRAL_MAGIC 0x02014b50u
#define END_MAGIC 0x06054b50u
#define VERSION_STORED 10
#define VERSION_DEFLATED 20
#define DEFLATED 8
#define FLAG_UTF8 0x0800u

static void crc_table_make(uint32_t crc_table[256]) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (unsigned bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
        crc_table[i] = value;
    }
}

/* CRC-32 as in zip, gzip and Ethernet, by a table of 256 words. */
static uint32_t crc_update(const uint32_t crc_table[256], uint32_t crc, const uint8_t *data, size_t size) {
    crc = ~crc;
    for (size_t i = 0; i < size; i++) crc = crc_table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
    return ~crc;
}

static void dos_set(struct zip_writer *z, uint64_t seconds) {
    /* Civil date of a day number, by the 400-year cycle of the Gregorian calendar, counted from 0000-03-01. */
    uint64_t days = seconds / 86400 + 719468, cycle = days / 146097, in_cycle = days % 146097;
    uint64_t year = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    uint64_t in_year = in_cycle - (365 * year + year / 4 - year / 100), shifted = (5 * in_year + 2) / 153;
    uint64_t day = in_year - (153 * shifted + 2) / 5 + 1, month = shifted < 10 ? shifted + 3 : shifted - 9;
    year += cycle * 400 + (month <= 2);
    uint64_t second = seconds % 86400;
    if (year < 1980 || year > 2107) year = 1980;
    z->dos_date = (uint16_t)((year - 1980) << 9 | month << 5 | day);
    z->dos_time = (uint16_t)(second / 3600 << 11 | second / 60 % 60 << 5 | second % 60 / 2);
}

void zip_init(struct zip_writer *z, zip_write_at write_at, void *context, uint64_t seconds) {
    memset(z, 0, sizeof *z - sizeof z->buffer);
    z->write_at = write_at;
    z->context = context;
    crc_table_make(z->crc_table);
    dos_set(z, seconds);
}

static int flush(struct zip_writer *z) {
    int err = z->write_at(z->context, z->buffer, z->fill, z->at - z->fill);
    z->fill = 0;
    return err;
}

static int put(struct zip_writer *z, const uint8_t *data, size_t size) {
    while (size > 0) {
        size_t part = ZIP_BUFFER - z->fill < size ? ZIP_BUFFER - z->fill : size;
        memcpy(z->buffer + z->fill, data, part);
        z->fill += part;
        z->at += part;
        data += part;
        size -= part;
        int err = z->fill == ZIP_BUFFER ? flush(z) : 0;
        if (err) return err;
    }
    return 0;
}

static void put_u16(struct writer *w, uint32_t value) {
    writer_u8(w, (uint8_t)(value & 0xff));
    writer_u8(w, (uint8_t)(value >> 8 & 0xff));
}

/* What local header and directory entry have in common: from "version needed" to "extra length". */
static void put_common(struct writer *w, const struct zip_writer *z, const struct zip_member *m) {
    put_u16(w, m->deflated ? VERSION_DEFLATED : VERSION_STORED);
    put_u16(w, FLAG_UTF8);
    put_u16(w, m->deflated ? DEFLATED : 0);
    put_u16(w, z->dos_time);
    put_u16(w, z->dos_date);
    writer_u32(w, m->crc);
    writer_u32(w, m->size);
    writer_u32(w, m->plain_size);
    put_u16(w, (uint32_t)strlen(m->name));
    put_u16(w, 0);
}

static size_t local_header(const struct zip_writer *z, const struct zip_member *m, uint8_t out[LOCAL_SIZE]) {
    struct writer w;
    writer_init(&w, out, LOCAL_SIZE);
    writer_u32(&w, LOCAL_MAGIC);
    put_common(&w, z, m);
    CHECK(!w.err && w.at == LOCAL_SIZE);
    return w.at;
}

/* Close the member that is being written: its size and checksum go in front of it. */
static int member_end(struct zip_writer *z) {
    uint8_t header[LOCAL_SIZE];
    if (z->count == 0) return 0;
    struct zip_member *m = &z->members[z->count - 1];
    int err = flush(z);
    if (err) return err;
    m->size = (uint32_t)(z->at - m->offset - LOCAL_SIZE - strlen(m->name));
    if (!m->deflated) m->plain_size = m->size;
    return z->write_at(z->context, header, local_header(z, m, header), m->offset);
}

int zip_member(struct zip_writer *z, const char *name) {
    uint8_t header[LOCAL_SIZE];
    CHECK(z->count < ZIP_MEMBERS_MAX && strlen(name) < ZIP_NAME_MAX);
    int err = member_end(z);
    if (err) return err;
    struct zip_member *m = &z->members[z->count++];
    memset(m, 0, sizeof *m);
    memcpy(m->name, name, strlen(name) + 1);
    m->offset = (uint32_t)z->at;
    err = put(z, header, local_header(z, m, header));
    return err ? err : put(z, (const uint8_t *)name, strlen(name));
}

int zip_write(struct zip_writer *z, const uint8_t *data, size_t size) {
    CHECK(z->count > 0);
    struct zip_member *m = &z->members[z->count - 1];
    m->crc = crc_update(z->crc_table, m->crc, data, size);
    return put(z, data, size);
}

int zip_deflated(struct zip_writer *z, const char *name, const uint8_t *data, size_t size, uint32_t plain_size,
                 uint32_t crc) {
    int err = zip_member(z, name);
    if (err) return err;
    struct zip_member *m = &z->members[z->count - 1];
    m->deflated = true;
    m->plain_size = plain_size;
    m->crc = crc;
    return put(z, data, size);
}

int zip_end(struct zip_writer *z) {
    uint8_t bytes[CENTRAL_SIZE + END_SIZE];
    struct writer w;
    int err = member_end(z);
    uint64_t directory = z->at;
    for (unsigned i = 0; i < z->count && !err; i++) {
        const struct zip_member *m = &z->members[i];
        writer_init(&w, bytes, sizeof bytes);
        writer_u32(&w, CENTRAL_MAGIC);
        put_u16(&w, m->deflated ? VERSION_DEFLATED : VERSION_STORED);
        put_common(&w, z, m);
        put_u16(&w, 0); /* comment */
        put_u16(&w, 0); /* disk */
        put_u16(&w, 0); /* internal attributes */
        writer_u32(&w, 0);
        writer_u32(&w, m->offset);
        CHECK(!w.err && w.at == CENTRAL_SIZE);
        err = put(z, bytes, w.at);
        if (!err) err = put(z, (const uint8_t *)m->name, strlen(m->name));
    }
    writer_init(&w, bytes, sizeof bytes);
    writer_u32(&w, END_MAGIC);
    put_u16(&w, 0);
    put_u16(&w, 0);
    put_u16(&w, z->count);
    put_u16(&w, z->count);
    writer_u32(&w, (uint32_t)(z->at - directory));
    writer_u32(&w, (uint32_t)directory);
    put_u16(&w, 0);
    if (!err) err = put(z, bytes, w.at);
    return err ? err : flush(z);
}

size_t zip_overhead(const char *const *names, size_t count) {
    size_t size = END_SIZE;
    for (size_t i = 0; i < count; i++) size += LOCAL_SIZE + CENTRAL_SIZE + 2 * strlen(names[i]);
    return size;
}

bool zip_find(const uint8_t *head, size_t size, const char *name, uint64_t *begin, uint64_t *length) {
    size_t name_size = strlen(name), at = 0;
    while (at + LOCAL_SIZE <= size) {
        struct reader in;
        reader_init(&in, head + at, size - at);
        if (reader_u32(&in) != LOCAL_MAGIC) return false;
        (void)reader_bytes(&in, 14);
        uint32_t stored = reader_u32(&in);
        (void)reader_u32(&in);
        size_t its_name_size = reader_u8(&in), extra_size;
        its_name_size |= (size_t)reader_u8(&in) << 8;
        extra_size = reader_u8(&in);
        extra_size |= (size_t)reader_u8(&in) << 8;
        const uint8_t *its_name = reader_bytes(&in, its_name_size);
        (void)reader_bytes(&in, extra_size);
        if (in.err) return false;
        if (its_name_size == name_size && memcmp(its_name, name, name_size) == 0) {
            *begin = at + in.at;
            *length = stored;
            return true;
        }
        if (stored > size || at + in.at + stored <= at) return false;
        at += in.at + stored;
    }
    return false;
}

bool zip_has_end(const uint8_t *tail, size_t size) {
    for (size_t i = 0; i + END_SIZE <= size; i++) {
        struct reader in;
        reader_init(&in, tail + i, 4);
        if (reader_u32(&in) == END_MAGIC) return true;
    }
    return false;
}
