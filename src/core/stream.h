/*
 * stream.h: three reliable, ordered streams of bytes over frames that may be lost, doubled or swapped.
 *
 * The content of a frame (what the channel decrypts) is a row of parts:
 *
 *   0x01 ack      largest varint ‖ run varint ‖ m (1) ‖ m × (gap varint ‖ run varint)
 *   0x02 ping     nothing; asks for an ack
 *   0x10+s data   offset varint ‖ length varint ‖ bytes of stream s
 *   0x20+s credit the first offset of stream s that may not be sent yet, varint
 *
 * Frames are numbered by the channel's counter, and acks name counters, never offsets (as RFC 9000, section 13; loss and
 * timers after RFC 9002): largest, how many in a row below it arrived too, then gaps and further rows. A frame that
 * holds nothing but acks and credits asks for no ack.
 *
 * Streams differ by precedence alone: what is waiting in a lower one goes into every frame first. Pure: times are
 * milliseconds of a clock that only goes forward, given by the caller; no allocation.
 */
#ifndef CORE_STREAM_H
#define CORE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define STREAM_COUNT 3
#define STREAM_CONTROL 0 /* hellos, reconciliation, what is wanted, what was stored */
#define STREAM_URGENT 1  /* urgent and important records */
#define STREAM_BULK 2    /* other records, chunks of blobs */

/* One direction of one stream. Bytes of [base, base + filled) lie at data[start...]. */
struct stream_buffer {
    uint8_t *data;
    size_t size, start;
    uint64_t base;
};

struct stream_range {
    uint64_t from, to; /* [from, to) */
};

struct stream_out {
    struct stream_buffer buffer;
    uint64_t written; /* end of what the session wrote */
    uint64_t sent;    /* end of what was sent once */
    uint64_t credit;  /* the peer's: may not be sent at or beyond */
    unsigned acked_count, lost_count;
    struct stream_range acked[STREAM_RANGES_MAX]; /* beyond base, ascending, apart */
    struct stream_range lost[STREAM_RANGES_MAX];  /* to send again */
};

struct stream_in {
    struct stream_buffer buffer;
    uint64_t contiguous; /* end of what can be read */
    uint64_t credit;     /* told to the peer */
    bool credit_due;
    unsigned ahead_count;
    struct stream_range ahead[STREAM_RANGES_MAX]; /* received beyond a gap */
};

/* A frame that was sent and neither acked nor given up. */
struct stream_flight {
    uint64_t counter;
    uint64_t sent_ms;
    uint64_t from; /* its data: one stream's range; from == to if it held none */
    uint64_t to;
    uint8_t stream;
    bool used, asks; /* asks for an ack */
};

struct streams {
    struct stream_out out[STREAM_COUNT];
    struct stream_in in[STREAM_COUNT];
    struct stream_flight flights[STREAM_FLIGHTS_MAX];
    /* counters received, for acks: rows, the latest first */
    struct stream_range heard[STREAM_HEARD_MAX];
    unsigned heard_count, heard_unacked;
    bool ack_now;
    uint64_t ack_deadline_ms;
    bool ping;
    /* round-trip time, RFC 9002, in milliseconds; 0 srtt: none measured */
    uint64_t srtt_ms, rttvar_ms, retry_ms, backoff;
    uint64_t largest_acked;
    bool any_acked;
    uint64_t last_ask_ms;
    /* counts for status and measurements */
    uint64_t resent_bytes, round_trips, round_mark;
    uint8_t memory[STREAM_MEMORY];
};

/*
 * Begin. retry_ms: how long to wait for an ack before any round trip was measured (a carrier's guess: 1,000 on a LAN,
 * some seconds by radio).
 */
void streams_init(struct streams *s, uint32_t retry_ms);

/* Return how many bytes may be written to a stream now: free room, whatever the peer's credit. */
size_t streams_room(const struct streams *s, unsigned stream);

/* Return the place for the next bytes of a stream, streams_room() of them in one stretch; the caller fills it and calls
 * streams_wrote. The pointer holds until the next call that takes s. */
uint8_t *streams_place(struct streams *s, unsigned stream);
void streams_wrote(struct streams *s, unsigned stream, size_t size);

/* Borrow what arrived in order and was not consumed yet, in one stretch; *size receives its length. The pointer holds
 * until the next call that takes s. */
const uint8_t *streams_read(struct streams *s, unsigned stream, size_t *size);
void streams_consume(struct streams *s, unsigned stream, size_t size);

/*
 * Take the content of a frame with this counter (the channel has refused doubles). Errors, after which the session must
 * end: as reader_end, ERR_FIELD (unknown part, data beyond the credit, an ack of what was not sent), ERR_LIMIT. What
 * can't be kept because of too many gaps is dropped and not acked, which is no error.
 */
MUST_CHECK int streams_recv(struct streams *s, uint64_t counter, const uint8_t *content, size_t size, uint64_t now_ms);

/*
 * Write the content of the next frame, numbered counter, into out (max >= STREAM_CONTENT_MIN). Return its size; 0 if
 * there is nothing to say now.
 */
size_t streams_send(struct streams *s, uint64_t counter, uint8_t *out, size_t max, uint64_t now_ms);

/* Return when streams_expire has to be called: a time, or UINT64_MAX for never. */
uint64_t streams_deadline(const struct streams *s);

/* Do what is due: acks, and what is taken for lost is sent again. */
void streams_expire(struct streams *s, uint64_t now_ms);

/* Ask the peer for an ack with the next frame (a keep-alive). */
void streams_ping(struct streams *s);

/* Tell whether all that was written has been acked. */
bool streams_settled(const struct streams *s);

#endif
