/*
 * shim.c: lets a test in JavaScript call the core without knowing how its structs lie in memory. Linked with the core
 * into build/wasm/test.wasm, never into build/wasm/core.wasm. One input and one output buffer, one record, one charter.
 */
#include "core/channel.h"
#include "core/charter.h"
#include "core/invite.h"
#include "core/odd.h"
#include "core/pouch.h"
#include "core/record.h"
#include "core/rice.h"
#include "core/siphash.h"
#include "core/sketch.h"
#include "core/text.h"

#define INPUT_SIZE POUCH_FRAME_MAX

uint8_t *shim_input(void);
uint8_t *shim_output(void);
int shim_input_size(void);
const uint8_t *shim_id(void);
int shim_decode(int size, int stub);
int shim_verify(void);
int shim_encode(void);
int shim_content(void);
int shim_charter(void);
int shim_expand(int size);
int shim_invite(int size);
int shim_frame(int size);
int shim_frame_next(void);
int shim_frame_refused(void);
int shim_handshake(int side, int initiator);
int shim_handshake_write(int side);
int shim_handshake_read(int side, int size);
int shim_channel_begin(int side);
int shim_seal(int side, int padded, int frame_max, int size);
int shim_open(int side, int size);
int shim_siphash(int size);
int shim_sketch(int n, int first, int count);
int shim_sketch_decode(int capacity);
int shim_odd(int n, int levels);
int shim_rice(int size, int most, uint64_t universe);

static uint8_t input[INPUT_SIZE], output[POUCH_ROOM], room[INVITE_BYTES_MAX];
static struct record record;
static struct invite_message message;
static struct charter charter;
static struct text text;
static struct pouch_records records;
static int refused;

uint8_t *shim_input(void) {
    return input;
}

uint8_t *shim_output(void) {
    return output;
}

int shim_input_size(void) {
    return INPUT_SIZE;
}

/* The id of the record that was decoded last. */
const uint8_t *shim_id(void) {
    return record.id;
}

int shim_decode(int size, int stub) {
    return stub ? record_decode_stub(&record, input, (size_t)size) : record_decode(&record, input, (size_t)size);
}

int shim_verify(void) {
    return record_verify(&record);
}

/* Encode the record into the output. */
int shim_encode(void) {
    return record_encode(&record, output, RECORD_SIZE_MAX);
}

/* What section 3 of doc/protocol.md asks of a text or a retraction. */
int shim_content(void) {
    if (record.kind == KIND_TEXT) return text_decode(&text, &record);
    charter = (struct charter){.keep_days = KEEP_DAYS_MAX};
    __builtin_memcpy(charter.community, record.community, HASH_SIZE);
    return charter_admit(&charter, &record);
}

int shim_charter(void) {
    return charter_decode(&charter, &record);
}

/* A charter in its compact form. */
int shim_expand(int size) {
    return charter_expand(&charter, &record, input, (size_t)size);
}

int shim_invite(int size) {
    return invite_decode(&charter, &record, &message, room, (const char *)input, (size_t)size);
}

/* A whole stored frame of records; shim_frame_next puts its records into the output one by one. */
int shim_frame(int size) {
    struct pouch_frame frame;
    if (size < POUCH_HEADER_SIZE) return ERR_TRUNCATED;
    const int err = pouch_frame_decode(&frame, input);
    if (err) return err;
    const uint8_t *sections = input + POUCH_HEADER_SIZE;
    if ((uint32_t)size - POUCH_HEADER_SIZE < frame.packed_size + frame.raw_size) return ERR_TRUNCATED;
    if (pouch_frame_check(input, &frame, sections)) return ERR_CHECKSUM;
    if (frame.type != POUCH_RECORDS) return 0;
    return pouch_records_begin(&records, sections, frame.packed_size, sections + frame.packed_size, frame.raw_size);
}

int shim_frame_next(void) {
    return pouch_records_next(&records, output, &record, &refused);
}

int shim_frame_refused(void) {
    return refused;
}

/* ---- Two ends of a channel ---- */

static struct noise sides[2];
static struct channel channels[2];

/* Begin a handshake with the secret in the input. */
int shim_handshake(int side, int initiator) {
    channel_handshake(&sides[side], initiator != 0, input);
    return 0;
}

int shim_handshake_write(int side) {
    return channel_handshake_write(&sides[side], output, sizeof output);
}

int shim_handshake_read(int side, int size) {
    return channel_handshake_read(&sides[side], input, (size_t)size);
}

/* Write the handshake hash to the output. */
int shim_channel_begin(int side) {
    return channel_begin(&channels[side], &sides[side], output);
}

int shim_seal(int side, int padded, int frame_max, int size) {
    return channel_seal(&channels[side], padded != 0, output, (size_t)frame_max, input, (size_t)size);
}

int shim_open(int side, int size) {
    uint64_t counter;
    return channel_open(&channels[side], input, (size_t)size, output, sizeof output, &counter);
}

/* ---- Sketches; numbers are u64, as the machine has them ---- */

static uint64_t numbers[1024];
static struct sketch_work work;

/* A key and what is hashed; the output is the hash. */
int shim_siphash(int size) {
    const uint64_t hash = siphash24(input, input + SIPHASH_KEY_SIZE, (size_t)size - SIPHASH_KEY_SIZE);
    __builtin_memcpy(output, &hash, sizeof hash);
    return sizeof hash;
}

/* The elements' syndromes in their wire form. */
int shim_sketch(int n, int first, int count) {
    uint64_t syndromes[SKETCH_CAPACITY_MAX] = {0};
    struct writer w;
    __builtin_memcpy(numbers, input, (size_t)n * sizeof *numbers);
    sketch_add(gf40_bitslice(), syndromes, (size_t)first, (size_t)count, numbers, (size_t)n);
    writer_init(&w, output, sizeof output);
    sketch_write(&w, syndromes, (size_t)count);
    return (int)w.at;
}

/* What the syndromes decode to: how many, and in the output which. */
int shim_sketch_decode(int capacity) {
    uint64_t syndromes[SKETCH_CAPACITY_MAX];
    struct reader r;
    reader_init(&r, input, (size_t)capacity * SKETCH_SYNDROME_SIZE);
    if (sketch_read(&r, syndromes, (size_t)capacity)) return r.err;
    const int found = sketch_decode(gf40_bitslice(), syndromes, (size_t)capacity, numbers, &work);
    if (found > 0) __builtin_memcpy(output, numbers, (size_t)found * sizeof *numbers);
    return found;
}

int shim_odd(int n, int levels) {
    uint64_t odd[ODD_LEVELS_MAX] = {0};
    __builtin_memcpy(numbers, input, (size_t)n * sizeof *numbers);
    for (int i = 0; i < n; i++) odd_toggle(odd, (unsigned)levels, numbers[i]);
    __builtin_memcpy(output, odd, (size_t)levels * sizeof *odd);
    return levels * (int)sizeof *odd;
}

int shim_rice(int size, int most, uint64_t universe) {
    struct reader r;
    reader_init(&r, input, (size_t)size);
    const int count = rice_read_gaps(&r, numbers, (size_t)most, universe);
    const int end = count < 0 ? count : reader_end(&r);
    if (end) return end;
    __builtin_memcpy(output, numbers, (size_t)count * sizeof *numbers);
    return count;
}
