/*
 * stream.h: three reliable, ordered streams of bytes over frames that may be lost, doubled or swapped.
 *
 * The content of a frame (what the channel decrypts) is a row of parts:
 *
 *   0x01 ack      largest varint ‖ run varint ‖ m (1) ‖ m × (gap varint ‖ run varint)
 *   0x02 ping     nothing; asks for an ack
 *   0x10+s data   offset varint ‖ length varint, not 0 ‖ bytes of stream s
 *   0x20+s credit the first offset of stream s that may not be sent yet, varint
 *
 * Frames are numbered by the channel's counter, and acks name counters, never offsets (as RFC 9000, section 13; loss
 * and timers after RFC 9002): a row of run + 1 counters that ends with largest, then further rows downwards, each after
 * gap + 1 counters that are not named and again of run + 1. A frame holds at most one ack, and one that holds nothing
 * else asks for none.
 *
 * Streams differ by precedence alone: bulk goes into what the others leave free, and of these two control begins one
 * frame and urgent the next, so that neither a comparison nor a flood of warnings stops the other. Pure: times are
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

/* One direction of one stream: the byte at offset base + i lies at data[start + i]. */
struct stream_buffer {
    uint8_t *data;
    size_t size, start;
    uint64_t base;
};

/* Counters [to - count, to), and in how many acks they were named since the row grew last. */
struct stream_row {
    uint64_t to;
    uint32_t count, told;
};

/* Bytes [from, to) of a buffer, counted from its base; lists of them ascend and never touch. */
struct stream_span {
    uint32_t from, to;
};

struct stream_out {
    struct stream_buffer buffer;
    uint64_t written; /* end of what the session wrote */
    uint64_t sent;    /* end of what was sent once */
    uint64_t credit;  /* the peer's: may not be sent at or beyond */
    unsigned acked_count, lost_count;
    struct stream_span acked[STREAM_RANGES_MAX]; /* beyond a gap */
    struct stream_span lost[STREAM_RANGES_MAX];  /* to send again */
};

struct stream_in {
    struct stream_buffer buffer;
    uint64_t contiguous;     /* end of what can be read */
    uint64_t credit;         /* told to the peer */
    uint64_t credit_counter; /* by this frame */
    bool credit_lost;        /* which was lost */
    unsigned ahead_count;
    struct stream_span ahead[STREAM_RANGES_MAX]; /* received beyond a gap */
};

enum stream_flight_state {
    STREAM_FLIGHT_DONE, /* acked */
    STREAM_FLIGHT_OUT,  /* neither acked nor given up */
    STREAM_FLIGHT_LOST  /* taken for lost; kept for a while, for its ack may be late */
};

/* A frame that asked for an ack. Offsets and times are their low 32 bits: they lie near to the present ones. */
struct stream_flight {
    uint64_t counter;
    uint32_t sent_ms;
    uint32_t heard; /* the largest counter that its ack named */
    uint32_t from[STREAM_COUNT];
    uint16_t length[STREAM_COUNT]; /* 0: no such part */
    uint8_t stream[STREAM_COUNT];
    uint8_t state;   /* enum stream_flight_state */
    uint8_t carries; /* bit s: a credit of stream s; and the bits below */
};
#define STREAM_CARRIES_PING 0x40
#define STREAM_CARRIES_ACK 0x80 /* of all rows */

/* All is private to stream.c but the counts. */
struct streams {
    struct stream_out out[STREAM_COUNT];
    struct stream_in in[STREAM_COUNT];
    /* a ring, counters ascending */
    struct stream_flight flights[STREAM_FLIGHTS_MAX];
    unsigned flight_first, flight_count, flight_out;
    /* counters received, for acks: rows, the latest first */
    struct stream_row heard[STREAM_HEARD_MAX];
    unsigned heard_count;
    unsigned heard_unacked; /* frames that ask for an ack since the last one was sent, and their size */
    size_t heard_size;
    bool ack_now;
    uint64_t ack_deadline_ms;
    bool ping;        /* is to be sent */
    bool probe;       /* one frame may be sent although the peer is silent */
    bool urgent_turn; /* the urgent stream goes before control in the next frame */
    /* round-trip time, RFC 9002, in milliseconds; 0 srtt: none measured */
    uint64_t srtt_ms, rttvar_ms, latest_ms, retry_ms;
    unsigned backoff;      /* probe timeouts in a row */
    uint64_t counter_next; /* above all that were sent */
    uint64_t acked_next;   /* above all that were acked */
    uint64_t reorder;      /* a frame is lost when one so far above it was acked */
    uint64_t patience_ms;  /* how late an ack came for a frame that was taken for lost */
    uint64_t loss_ms;      /* when to look for losses by time */
    uint64_t last_ask_ms;
    /* counts for status and measurements */
    uint64_t resent_bytes, round_trips, round_mark;
    bool round_marked;
    uint8_t memory[STREAM_MEMORY];
};
_Static_assert(sizeof(struct streams) <= STREAM_SIZE_MAX, "the streams of a contact have their share of its memory");

/*
 * Begin. retry_ms > 0: how long to wait for an ack before any round trip was measured (a carrier's guess: 1,000 on a
 * LAN, some seconds by radio); later no less than an eighth of it is waited. s must not be moved afterwards.
 */
void streams_init(struct streams *s, uint32_t retry_ms);

/* Return how many bytes may be written to a stream now, whatever the peer's credit. Room comes back in steps of a
 * quarter of the buffer, and all of it as soon as all is acked. */
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
 * Take the content of a frame with this counter (the channel has refused doubles; they would do no harm). Errors, after
 * which the session must end: as reader_end, ERR_FIELD (unknown part, a second ack, empty data, data beyond the credit,
 * an ack of what was not sent), ERR_LIMIT (too many rows). Bytes that came before are kept, whatever comes for the same
 * place later. What can't be kept because of too many gaps is dropped and not acked, which is no error.
 */
MUST_CHECK int streams_recv(struct streams *s, uint64_t counter, const uint8_t *content, size_t size, uint64_t now_ms);

/*
 * Write the content of the next frame into out (max >= STREAM_CONTENT_MIN), numbered counter: above those of all frames
 * before, at most VARINT_MAX. Return its size; 0 if there is nothing to say now, and then the counter was not used.
 * What was returned counts as sent.
 */
size_t streams_send(struct streams *s, uint64_t counter, uint8_t *out, size_t max, uint64_t now_ms);

/* Return when streams_expire has to be called: a time, or UINT64_MAX for never. */
uint64_t streams_deadline(const struct streams *s);

/* Do what is due: acks, and what is taken for lost is sent again. */
void streams_expire(struct streams *s, uint64_t now_ms);

/* The peer has heard nothing of what is under way: send all of it again, at once. */
void streams_unheard(struct streams *s);

/* Ask the peer for an ack with the next frame (a keep-alive). */
void streams_ping(struct streams *s);

/* Tell whether all that was written has been acked. */
bool streams_settled(const struct streams *s);

#endif
