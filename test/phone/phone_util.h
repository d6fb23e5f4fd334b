/*
 * phone_util.h: peers of src/phone for tests, and the carrier between them.
 */
#ifndef TEST_PHONE_PHONE_UTIL_H
#define TEST_PHONE_PHONE_UTIL_H

#include "phone/phone.h"

#define PHONE_NOW 1800000000.0

/* Make a peer with a person of this number and a clock. */
struct phone *phone_make(unsigned number);

/* Go on by so many milliseconds. */
void phone_wait(struct phone *p, double ms);

/* The output as text, zero-terminated, until the next call; as 32 bytes. */
const char *phone_text(const struct phone *p);
void phone_id(const struct phone *p, uint8_t out[HASH_SIZE]);

/* Bytes that differ with every call. */
const uint8_t *phone_random(void);

/* Read the hex number behind the first "name":" of the output. */
void phone_hex(const struct phone *p, const char *name, uint8_t out[HASH_SIZE]);

/* Found a group; write a text in it. */
void phone_group(struct phone *p, const char *title, uint8_t community[HASH_SIZE]);
void phone_say(struct phone *p, const uint8_t community[HASH_SIZE], const char *text, uint8_t urgency,
               uint8_t id[HASH_SIZE]);

/* Have b join what a invites to. */
void phone_bring(struct phone *a, struct phone *b, const uint8_t community[HASH_SIZE]);

/* Count how often a text stands in the output. */
unsigned phone_count(const struct phone *p, const char *text);

/* Pass a parcel of all of a on to b; return the result of phone_parcel_next at the end. */
int phone_carry(struct phone *a, struct phone *b, int zip, int trusted);
int phone_read(struct phone *b, const uint8_t *bytes, size_t size, int trusted);

#endif
