/*
 * base32.c: RFC 4648 base32.
 */
#include "core/base32.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

size_t base32_length(size_t size) {
    return (size * 8 + 4) / 5;
}

void base32_encode(char *out, const uint8_t *data, size_t size) {
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = (bits << 8 | data[i]) & 0xffff;
        for (count += 8; count >= 5; count -= 5) *out++ = alphabet[bits >> (count - 5) & 31];
    }
    if (count > 0) *out++ = alphabet[bits << (5 - count) & 31];
    *out = '\0';
}

static int value_of(char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

int base32_decode(uint8_t *out, size_t out_size, const char *text, size_t length) {
    uint32_t bits = 0;
    unsigned count = 0;
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        int value = value_of(text[i]);
        if (value < 0) return ERR_CHECKSUM;
        bits = (bits << 5 | (uint32_t)value) & 0xfff;
        count += 5;
        if (count < 8) continue;
        count -= 8;
        if (at == out_size) return ERR_SPACE;
        out[at++] = (uint8_t)(bits >> count & 0xff);
    }
    if (count >= 5 || (bits & ((1u << count) - 1)) != 0) return ERR_CHECKSUM;
    return (int)at;
}
