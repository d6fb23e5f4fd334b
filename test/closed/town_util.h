/*
 * town_util.h: several devices in one closed community, each with a store of its own, whose sealed records are carried
 * from one to another in any order.
 */
#ifndef TEST_CLOSED_TOWN_UTIL_H
#define TEST_CLOSED_TOWN_UTIL_H

#include "closed/closed_internal.h"
#include "test/property_util.h"

#define DEVICES 6
#define START UINT64_C(1790000000)
#define TEXTS_MAX 400

struct device {
    struct store *store;
    struct closed *closed;
    struct rng *g;
    uint8_t seed[SEED_SIZE];
    bool admitted;
};

/* A message, who wrote it, and which removals the writer knew. */
struct written {
    unsigned by;
    unsigned knew_removed; /* bits: devices that were no members for the writer */
    unsigned members;      /* bits: devices that were */
    bool letter;           /* to one of them */
    unsigned to;
    uint8_t id[HASH_SIZE];
};

struct town {
    struct rng g;
    struct device devices[DEVICES];
    struct charter charter;
    struct record charter_record;
    uint8_t body[CHARTER_BODY_MAX];
    struct written texts[TEXTS_MAX];
    unsigned text_count;
    unsigned admissions[DEVICES]; /* how often each was let in */
    uint64_t now;
};

extern struct town town;

/* What was written last. */
extern uint8_t written[RECORD_SIZE_MAX];
extern struct record written_record;
extern size_t written_size;

/* Found the community on device 0; the others know nothing of it. */
void town_begin(const char *name, uint32_t keep_days, uint8_t history);
void town_end(void);
struct when when(void);

/* Everything that is kept is kept: forget what is in memory. */
void device_restart(struct device *d);
void key_of(unsigned device, uint8_t key[KEY_SIZE]);

/* Open what has come to a device. */
void open_all(unsigned i);

/* Carry sealed records from one to another, in any order; some, if not all. */
void carry(unsigned from, unsigned to, bool all);
void carry_everything(void);

enum closed_standing standing(unsigned i);

/* Who is a member, or was removed, for a device: bits. */
unsigned members_by(unsigned device, bool removed);

/* Write a message, or a letter to one device, and note it among town.texts. Errors as closed_ready and closed_put. */
int write_text(unsigned device, const char *words);
int write_letter(unsigned device, unsigned to, const char *words);
bool reads(unsigned device, const struct written *w);

int admit(unsigned coordinator, unsigned who);
int remove_member(unsigned coordinator, unsigned who);

#endif
