/*
 * limits.h: every limit of the wire formats and of the core, in one place.
 *
 * A limit here is part of the protocol (doc/protocol.md repeats it) unless its comment says that it is local.
 * Sizes are bytes, times are seconds of Unix time in UTC, days are whole UTC days since 1970-01-01.
 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include <stdint.h>

/* Keys, hashes, signatures (Ed25519, BLAKE2b-256). */
#define HASH_SIZE 32
#define KEY_SIZE 32
#define SEED_SIZE 32
#define SECRET_SIZE 64
#define SIGNATURE_SIZE 64
#define PREV_SIZE 16

/* Keys, hashes and seals of a channel (X25519, BLAKE2b-512, ChaCha20-Poly1305). A seal is a tag behind the ciphertext.
 */
#define HASH_LONG_SIZE 64
#define NONCE_SIZE 12
#define SEAL_SIZE 16

/* A varint is at most 9 bytes and its value below 2^63. */
#define VARINT_SIZE_MAX 9
#define VARINT_MAX INT64_MAX

/* A record: header, signature and body together. */
#define RECORD_SIZE_MAX 32768
#define RECORD_REFS_MAX 16
#define RECORD_REF_SIZE (1 + HASH_SIZE)
#define RECORD_SALT_SIZE 8
#define RECORD_KIND_MAX INT32_MAX
#define RECORD_SEQ_MAX UINT32_MAX
/* form, kind, community, author, seq, prev, created, expiry, urgency, reference count, references, body length */
#define RECORD_HEADER_MAX \
    (1 + 5 + HASH_SIZE + KEY_SIZE + 5 + PREV_SIZE + 5 + 3 + 1 + 1 + RECORD_REFS_MAX * RECORD_REF_SIZE + 3)
#define RECORD_BODY_MAX (RECORD_SIZE_MAX - RECORD_HEADER_MAX - SIGNATURE_SIZE)

/* Time. A record lives at most ten years; one from further ahead than the slack waits. */
#define DAY_SECONDS 86400
#define TIME_MAX ((INT64_C(1) << 33) - 1)
#define KEEP_DAYS_MAX 3660
#define TIME_AHEAD_SLACK 600
#define EXPIRY_GRACE_DAYS 1
#define RETRACTED_BODY_SECONDS (72 * 3600)

/* A charter. */
#define CHARTER_NONCE_SIZE 16
#define CHARTER_TITLE_MAX 120
#define CHARTER_LANG_MAX 8
#define CHARTER_COORDINATORS_MAX 16
#define CHARTER_KEEP_DAYS_MAX 3650
#define CHARTER_LIFE_DAYS 3650
#define CHARTER_BODY_MAX 1024
/* author, created, signature, body: what remains of a charter when all that is fixed is left out */
#define CHARTER_COMPACT_MAX (KEY_SIZE + 5 + SIGNATURE_SIZE + CHARTER_BODY_MAX)

/* An invitation: its bytes before base32, and its characters: with a message in it, what one QR code holds. */
#define INVITE_CHECK_SIZE 5
#define INVITE_BYTES_MAX 2600
#define INVITE_CHARS_MAX (8 + (INVITE_BYTES_MAX * 8 + 4) / 5)

/* A text message. */
#define TEXT_ATTACHMENTS_MAX 8
#define TEXT_NAME_MAX 100
#define TEXT_MEDIA_MAX 60
#define TEXT_PLACE_MAX 120

/* A blob: chunks under a binary hash tree. */
#define BLOB_CHUNK_SIZE 32768
#define BLOB_CHUNKS_MAX 16384
#define BLOB_SIZE_MAX ((uint64_t)BLOB_CHUNK_SIZE * BLOB_CHUNKS_MAX)
#define BLOB_DEPTH_MAX 14
#define BLOB_PROOF_MAX (BLOB_DEPTH_MAX * HASH_SIZE)

/* A pouch: one file, frames that stand alone. */
#define POUCH_MAGIC_SIZE 8
#define POUCH_HEADER_SIZE 32
#define POUCH_SECTION_MAX (256 * 1024)
#define POUCH_FRAME_MAX (POUCH_HEADER_SIZE + 2 * POUCH_SECTION_MAX)
#define POUCH_FRAME_COMMUNITIES_MAX 16
#define POUCH_FRAME_AUTHORS_MAX 1024
#define POUCH_FRAME_RECORDS_MAX 4096
/* How much plain text a writer gathers before it closes a frame (a writer's choice, not a limit of the format). */
#define POUCH_FRAME_FILL (64 * 1024)
#define POUCH_FILE_MAX UINT64_C(4293918720) /* 4 GiB less 1 MiB: no zip64, and it fits a FAT32 stick */

/* A handshake (the Noise Protocol Framework bounds its messages so), and what it takes as frames. */
#define NOISE_MESSAGE_MAX 65535
#define CHANNEL_FIRST_SIZE (1 + KEY_SIZE)
#define CHANNEL_SECOND_SIZE (1 + KEY_SIZE + SEAL_SIZE)

/* A box that commits to its key (core/seal.h): nonce, commitment, and with the tag all that it has beside its content.
 */
#define BOX_NONCE_SIZE 24
#define BOX_OVERHEAD (BOX_NONCE_SIZE + HASH_SIZE + SEAL_SIZE)

/* Closed communities (core/shelf.h, core/members.h, core/epoch.h). A shelf's key is good for a week of whole days since
 * 1970-01-01. What one sealed record can hold, the community's id of a record in it left out. */
#define SHELF_WEEK_DAYS 7
#define SHELF_HEAD_MAX (1 + 3) /* type, size */
#define SHELF_CONTENT_MAX (32512 - BOX_OVERHEAD - SHELF_HEAD_MAX)
#define SHELF_RECORD_MAX (SHELF_CONTENT_MAX + HASH_SIZE)
#define LETTER_TEXT_MAX 30000 /* of a letter to one person (core/letter.h) */
/* A need or an offer (core/aid.h): bytes of its text, its own word for what it is about, its unit, its district and
 * public place; how much, how many helpers; bytes that are sealed to one helper; of a note with an act. */
#define AID_TEXT_MAX 4000
#define AID_WORD_MAX 60
#define AID_UNIT_MAX 30
#define AID_DISTRICT_MAX 80
#define AID_PLACE_MAX 120
#define AID_AMOUNT_MAX 1000000
#define AID_HELPERS_MAX 50
#define AID_SEALED_MAX 500
#define AID_NOTE_MAX 1000
#define AID_ANSWERS_MAX 500 /* of an entry's author to takes, that count */
#define AID_OPEN_TAKES 3    /* of one key that count at a time, so that nobody collects addresses */
/* Reports (core/report.h): bytes of a text, of a word for what it is, of a district, a landmark, of whom one asked, of
 * a text with a word on a report; a point in thousandths of a degree. */
#define REPORT_TEXT_MAX 4000
#define REPORT_WORD_MAX 60
#define REPORT_DISTRICT_MAX 80
#define REPORT_PLACE_MAX 120
#define REPORT_WHOM_MAX 120
#define REPORT_SAID_MAX 2000
#define REPORT_LATITUDE_MAX 90000
#define REPORT_LONGITUDE_MAX 180000
/* The register of people (core/persons.h, view/persons.h): bytes of a name, of other names, of each part of where
 * somebody lives, of a description or a note's text, of a source or who says it, of an id of another register, of a
 * place, of a reason for a link; years; days that an entry is shown unless somebody renews it. */
#define PERSON_NAME_MAX 200
#define PERSON_NAMES_MAX 1000
#define PERSON_HOME_MAX 80
#define PERSON_TEXT_MAX 4000
#define PERSON_SOURCE_MAX 200
#define PERSON_OUTSIDE_MAX 255
#define PERSON_PLACE_MAX 120
#define PERSON_WHY_MAX 500
#define PERSON_AGE_MAX 130
#define PERSON_YEAR_MIN 1880
#define PERSON_YEAR_MAX 2200
#define PERSON_ADULT_YEARS 18
#define PERSON_DAYS 40
#define MEMBERS_MAX 700      /* with one epoch record a change */
#define MEMBERS_OPS_MAX 4096 /* what is written about the membership of one community, ever */
#define DEMAND_TEXT_MAX 2000
#define DEMAND_NOTE_MAX 1000
#define DEMAND_NUMBER_MAX 9999
#define DEMAND_COUNT_MAX 100000000 /* of hands or papers */
#define DEMAND_PLACE_MAX 120
#define DEMAND_ROLL_TITLE_MAX 80
#define DEMAND_ROLL_MAX 500    /* keys in a roll */
#define DEMAND_MERGES_MAX 64   /* demands that one goes into, one after another */
#define DEMAND_TELLERS_MAX 256 /* of one demand, that are compared */
#define MEMBERS_MAX 700        /* with one epoch record a change */
#define MEMBERS_OPS_MAX 4096   /* what is written about the membership of one community, ever */
/* A file in a closed community (core/piece.h): bytes of a piece, pieces of a file; files whose pieces are gathered and
 * have not come together (local). */
#define PIECE_SIZE 32000
#define PIECES_MAX 256
#define PIECE_FILE_MAX (PIECE_SIZE * PIECES_MAX)
#define CLOSED_BASKETS_MAX 512
/* The line that asks for admission: version, community, key, prekey, drop, signature; its characters. */
#define REQUEST_BYTES (1 + HASH_SIZE + 3 * KEY_SIZE + SIGNATURE_SIZE)
#define REQUEST_CHARS_MAX (13 + ((REQUEST_BYTES + INVITE_CHECK_SIZE) * 8 + 4) / 5)
/* What a member's device keeps of a closed community: shelf secrets, keys of epochs, own prekeys (local, but what a
 * welcome can hold). */
#define CLOSED_SHELVES_MAX 64
#define CLOSED_EPOCHS_MAX 400
#define CLOSED_PREKEYS_MAX 16
/* Two people who stand together (core/key_line.h, core/meet.h): what one calls oneself; the key line: version,
 * community, key, length, name, signature; the messages; the bytes that become words. */
#define MEET_NAME_MAX 63
#define KEY_LINE_BYTES_MAX (1 + HASH_SIZE + KEY_SIZE + 1 + MEET_NAME_MAX + SIGNATURE_SIZE)
#define KEY_LINE_CHARS_MAX (12 + ((KEY_LINE_BYTES_MAX + INVITE_CHECK_SIZE) * 8 + 4) / 5)
#define MEET_CARD_SIZE (KEY_SIZE + SIGNATURE_SIZE + 1 + MEET_NAME_MAX)
#define MEET_MESSAGE_MAX (1 + KEY_SIZE + MEET_CARD_SIZE + SEAL_SIZE)
#define MEET_WORDS 3
/* Cards and freezes (core/card.h, core/freeze.h): the line's bytes: version, purpose, community, key, seed; its
 * characters; commitments of one record; people who freeze a key unless the charter says otherwise, and the most that
 * it may say; freezes and lifts of one key that are looked at (local). */
#define CARD_BYTES (2 + HASH_SIZE + KEY_SIZE + SEED_SIZE)
#define CARD_CHARS_MAX (13 + ((CARD_BYTES + INVITE_CHECK_SIZE) * 8 + 4) / 5)
#define CARD_COMMITMENTS_MAX 16
#define FREEZE_NEED 2
#define FREEZE_NEED_MAX 16
#define FREEZE_OF_ONE_MAX 1024
/* A vouch (core/vouch.h): days that it is good for; how many of one author count in a period; what a reader looks at
 * (local). */
#define VOUCH_DAYS 90
#define VOUCH_PERIOD_DAYS 30
#define VOUCH_PERIOD_MAX 20
#define TRUST_VOUCHES_MAX 65536
#define TRUST_MET_MAX 1024
/* A search by names (view/name_key.h, view/names.h): bytes that are looked at, words and their sounds, people (local).
 */
#define NAME_BYTES_MAX 512
#define NAME_WORDS_MAX 5
#define NAME_LETTERS_MAX 24
#define NAMES_MAX 262144
#define EPOCH_PREFIX_SIZE 8
#define SHELF_ID_SIZE 8
#define EPOCH_SHELVES_MAX 16 /* shelf secrets that come with an epoch */
#define EPOCH_ENTRY_SIZE (EPOCH_PREFIX_SIZE + KEY_SIZE)

/*
 * A frame of a channel, from its type to its tag. A link that carries less than CHANNEL_FRAME_MIN is none for us. The
 * counter of a frame stays below CHANNEL_COUNTER_MAX; every 2^CHANNEL_EPOCH_BITS frames the key changes; a frame
 * CHANNEL_WINDOW behind the newest is too old.
 */
#define CHANNEL_FRAME_MIN 200
#define CHANNEL_FRAME_MAX 16384
#define CHANNEL_WINDOW 1024
#define CHANNEL_EPOCH_BITS 16
#define CHANNEL_COUNTER_MAX (UINT64_C(1) << 40)
/* type, counter; and with the tag all that a frame has beside its content (a padded frame has one more). */
#define CHANNEL_HEAD_MAX (1 + 6)
#define CHANNEL_OVERHEAD (CHANNEL_HEAD_MAX + SEAL_SIZE)

/* Streams over frames (core/stream.h). Local but for the rows of an ack, the smallest frame and the rooms. */
#define STREAM_RANGES_MAX 64 /* gaps a direction of a stream, each kind */
#define STREAM_FLIGHTS_MAX 192
#define STREAM_FLYING_MAX 128  /* of them neither acked nor given up: at most half as many gaps */
#define STREAM_HEARD_MAX 64    /* rows remembered */
#define STREAM_ACK_ROWS_MAX 63 /* rows of an ack after the first */
#define STREAM_ROW_TOLD_MAX 4  /* acks that name a row */
#define STREAM_CONTENT_MIN 64
#define STREAM_PART_MIN 16 /* a range is not split for less at the end of a frame */
#define STREAM_SIZE_MAX (180 * 1024)
/* An ack goes out after so many frames that ask for one, or so many bytes; else when it was delayed by a quarter of the
 * round trip, at most 25 ms, or, if that is more, by an eighth, at most 500 ms. */
#define STREAM_ACK_FRAMES 8
#define STREAM_ACK_BYTES (12 * 1024)
#define STREAM_ACK_DELAY_MS 25
#define STREAM_ACK_DELAY_MS_MAX 500
/* A frame is lost when one so many counters above it was acked; more after a wrong guess. */
#define STREAM_REORDER 3
#define STREAM_SLOW_MS 1500 /* a carrier whose first guess is so long has dear frames that keep their order */
#define STREAM_REORDER_MAX 128
/* Timeouts in a row after which one frame a timeout goes out; how often the wait doubles (more often, and a lossy link
 * would do nothing but wait), and the longest. */
#define STREAM_PROBE_AFTER 2
#define STREAM_BACKOFF_MAX 4
#define STREAM_PROBE_MS_MAX 60000
/* Room a direction, and credit at the beginning: control, urgent, bulk. Each holds the largest message of its stream.
 */
#define STREAM_CONTROL_ROOM (8 * 1024)
#define STREAM_URGENT_ROOM (34 * 1024)
#define STREAM_BULK_ROOM (40 * 1024)
#define STREAM_MEMORY (2 * (STREAM_CONTROL_ROOM + STREAM_URGENT_ROOM + STREAM_BULK_ROOM))

/* Discovery on a LAN (core/beacon.h, carrier/discovery.h). Version, size and port are the protocol's, the rest is
 * local. */
#define LAN_PORT 7427       /* TCP, unless another is given; a beacon says which */
#define DISCOVERY_PORT 7427 /* UDP, always */
#define BEACON_TOKEN_SIZE 8
#define BEACON_SIZE (1 + 1 + 2 + BEACON_TOKEN_SIZE)
#define DISCOVERY_INTERFACES_MAX 16
#define DISCOVERY_ADDRESSES_MAX 16 /* of one interface that are looked at */
#define DISCOVERY_HEARD_MAX 256
#define DISCOVERY_HEARD_OF_ONE_MAX 16        /* tokens from one address: so many nodes on one host */
#define DISCOVERY_HEARD_MS 150000            /* a token lives so long after its last beacon */
#define DISCOVERY_PERIOD_MS 30000            /* between beacons, +-25 % */
#define DISCOVERY_ROTATE_MS (10 * 60 * 1000) /* a token is used for 70 to 100 % of this */
#define DISCOVERY_ANSWER_JITTER_MS 20
#define DISCOVERY_ANSWER_BURST 10 /* answers that may follow each other; then DISCOVERY_ANSWERS_A_SECOND */
#define DISCOVERY_ANSWERS_A_SECOND 2
#define DISCOVERY_SAY_BURST 64 /* new peers told to the caller, of one interface; then DISCOVERY_SAYS_A_SECOND */
#define DISCOVERY_SAYS_A_SECOND 16
#define DISCOVERY_READ_BURST 4000 /* datagrams of one socket; then DISCOVERY_READS_A_SECOND */
#define DISCOVERY_READS_A_SECOND 20000

/* Contacts over TCP (carrier/lan.h). The prefix of a frame is the protocol's, the rest is local. */
#define LAN_PREFIX_SIZE 2 /* the size of the frame behind it, little-endian; never 0 nor over CHANNEL_FRAME_MAX */
#define LAN_CONTACTS_MAX 64
#define LAN_CONTACTS_OF_ONE 8 /* from one address, or one IPv6 /64 */
#define LAN_DIALLING_MAX 16
#define LAN_CONTACT_MEMORY (256 * 1024)
#define LAN_ALIVE_MS 20000 /* longer than the keep-alive: of a contact that is one, something comes within it */
#define LAN_HANDSHAKE_MS 10000
#define LAN_CONTACT_MS_MAX (6 * 3600 * 1000) /* then a settled one is begun anew */
#define LAN_CONNECT_BURST 32                 /* connections of one address; then LAN_CONNECTS_A_SECOND */
#define LAN_CONNECTS_A_SECOND 2
#define LAN_HOLD_OFF_MS 10000 /* after a broken rule; doubled with every further one up to LAN_HOLD_OFF_MS_MAX */
#define LAN_HOLD_OFF_MS_MAX (3600 * 1000)
#define LAN_ADDRESSES_MAX 1024 /* that are remembered */

/* Contacts over HTTP (carrier/http_contacts.h). Bodies, waiting and groups are the protocol's, the rest is local. */
#define HTTP_ID_SIZE 16
#define HTTP_BODY_MAX (1024 * 1024)  /* of a request: frames, each with its prefix */
#define HTTP_ANSWER_MAX (256 * 1024) /* of a response */
#define HTTP_WAIT_SECONDS_MAX 25     /* that an answer may wait */
#define HTTP_GROUPS_MAX 64           /* that are told of */
#define HTTP_CONTACTS_MAX 128
#define HTTP_CONTACTS_OF_ONE 4 /* from one address: several tabs */
#define HTTP_CONTACT_MEMORY (256 * 1024)
#define HTTP_CONTACT_MS (5 * 60 * 1000) /* without a request */
#define HTTP_HANDSHAKE_MS 30000
#define HTTP_BYTES_IN_MAX (UINT64_C(256) << 20) /* that one contact brings; then it ends, and the page begins anew */
#define HTTP_RECORDS_IN_MAX 20000
#define HTTP_WORK_MAX (UINT64_C(1) << 30)
#define HTTP_DROPS_BURST 512 /* frames of a contact that cannot be opened; then HTTP_DROPS_A_SECOND are looked at */
#define HTTP_DROPS_A_SECOND 64
#define HTTP_BLAMED_MAX 64 /* contacts that are remembered as ended for broken rules */

#define CONTACTS_MAX (LAN_CONTACTS_MAX + HTTP_CONTACTS_MAX)

/* Whom a node dials (node/dial_plan.h). Local. */
#define PEERS_NAMED_MAX 16          /* addresses that the person gave */
#define PEERS_NAMED_ADDRESSES_MAX 8 /* that one of them may have */
#define PEERS_HEARD_MAX 128         /* nodes that discovery has told of */
#define PEERS_HEARD_MS (15 * 60 * 1000)
#define PEERS_DIALLED_MAX 16 /* contacts that this node began, with nodes that were heard */
#define PEERS_DIALS_MAX 8    /* dials in PEERS_DIALS_MS */
#define PEERS_DIALS_MS 1000
#define PEERS_PAUSE_MS 1000 /* after a failure; doubled with every further one up to PEERS_PAUSE_MS_MAX */
#define PEERS_PAUSE_MS_MAX 60000
#define PEERS_LASTED_SECONDS 10 /* a contact that lasted so long makes the pause short again */
#define PEERS_WAIT_MS 3000      /* for a node that is to dial us */
#define PEERS_LOOK_MS 15000     /* how often to look whether a node is still in contact */

/* What has arrived from contacts and is not stored yet (carrier/intake.h), in all: local. A contact may hand in more as
 * long as it holds less than its share of either, so what is held is at most a record of each contact more. */
#define INTAKE_RECORDS_MAX 8192
#define INTAKE_BYTES_MAX (8 * 1024 * 1024)
#define INTAKE_THREADS_MAX 8
#define INTAKE_GROUP 1024       /* records of one transaction */
#define INTAKE_GROUP_WAIT_MS 25 /* that checked records wait for others that are being checked; urgent ones never */
#define INTAKE_RECENT 8192      /* ids that are remembered with who brought them; a power of two */

/* Stamps (core/stamp.h): zero bits that count as one; how long a writer tries, and on texts of what size. */
#define STAMP_BITS 12
#define STAMP_TRIES (1 << 15) /* of 3,000 writers one is left without */
#define STAMP_BODY_MAX 4096

/* What a store holds (core/budget.h, doc/decisions/budgets.md has the reasons). All local. */
#define BUDGET_LINKS 512         /* ways in that are told apart; a power of two */
#define BUDGET_ENTRIES_MIN 16384 /* authors that are told apart, at least; a power of two */
#define BUDGET_FLOOR (16 * 1024) /* a level below this serves nobody: then fewer authors have this much each */
#define BUDGET_URGENT_PART 4     /* of an author's level, one part in so many is for urgent ones first */
#define BUDGET_REST_PART 16      /* of the pool, what others than the person have at least */
#define BUDGET_RECORD_COST 512   /* that a record is charged with beside its size: indices, search */
#define BUDGET_FRESH 2048        /* records that came last: they go last, so that they are passed on first */
#define BUDGET_CHUNK_COST (BLOB_CHUNK_SIZE + 128)
#define BUDGET_SETTLE_PART 32       /* of the pool, that comes before what had no room once is judged again */
#define BUDGET_POOL_MIN (16u << 20) /* of a node; the smallest that can be asked for */
#define BUDGET_WEIGHT_NEAR 8
#define BUDGET_WEIGHT_FAR 4
#define BUDGET_WEIGHT_GUEST 2
#define BUDGET_WEIGHT_STRANGERS 2
#define BUDGET_WEIGHT_SEALED 4
#define BUDGET_WEIGHT_CARRIED 1
#define BUDGET_WEIGHT_STAMPED 3 /* of the strangers' share, to BUDGET_WEIGHT_PLAIN of the others' */
#define BUDGET_WEIGHT_PLAIN 1

_Static_assert(STREAM_RANGES_MAX >= STREAM_FLYING_MAX / 2, "no order of one's frames makes more gaps");
_Static_assert(STREAM_HEARD_MAX <= STREAM_ACK_ROWS_MAX + 1, "all rows fit an ack");
_Static_assert(STREAM_URGENT_ROOM > RECORD_SIZE_MAX + 256, "the largest record fits");
_Static_assert(STREAM_BULK_ROOM > BLOB_CHUNK_SIZE + BLOB_PROOF_MAX + 256, "the largest chunk fits");
/* A session (core/session.h). */
#define WIRE_AUTHORS 64
#define SESSION_COMMUNITIES_MAX 128 /* of one side; what is more waits for another contact (local) */
#define SESSION_HELLO_STEP 4        /* the number of tags in a hello is padded to a multiple of it */
#define SESSION_TAG_SIZE 6
#define SESSION_STATE_SIZE 6
#define SESSION_URGENT_SIZE 2
#define SESSION_FIRST_MAX 8 /* urgent records of a community that go out before anything else */
#define SESSION_PASSES_MAX 4
#define SESSION_STATE_WORK \
    500000                      /* what telling a state counts as, in multiplications: about a millisecond (local) \
                                 */
#define SESSION_ASKS_MAX 4      /* asks for chunks that wait for an answer */
#define SESSION_ANNOUNCE_MAX 64 /* ids in one message, and announced ones that are remembered: 2 of it (local) */
#define SESSION_QUEUE_MAX 128   /* records of a stream that wait to be passed on live (local) */
#define SESSION_WAYS 64         /* ways by which those came, that take turns (local) */
#define SESSION_ITEMS_MAX 64    /* urgent items that are remembered as sent (local) */
#define SESSION_KNOWN_MAX 512   /* ids that came from the peer and are remembered (local) */
#define SESSION_SIZE_MAX (224 * 1024)

/* What a phone carries of the pool; then sealed records that come are noted as seen and let go (local). */
#define PHONE_SEALED_BYTES_MAX (32 * 1024 * 1024)

/* Sketches and estimates. The most syndromes of one sketch; the levels of an odd sketch. */
#define SKETCH_CAPACITY_MAX 128
#define ODD_LEVELS_MAX 12

/* Reconciliation (core/reconcile.h). */
#define RECONCILE_RANGES_MAX 64
#define RECONCILE_DIGEST_MAX 8
#define RECONCILE_DAYS_MAX 64                   /* days that one side leaves out */
#define RECONCILE_COUNT_MAX (UINT64_C(1) << 40) /* elements that a side may claim */
#define RECONCILE_ELEMENTS_MAX (1 << 24)        /* compared on one side (local) */
#define RECONCILE_PARTS_MAX 4096
#define RECONCILE_LEVELS_MAX 5 /* a sketch and its extensions */
#define RECONCILE_ROUNDS_MAX 6
#define RECONCILE_SMALL 24            /* sets up to this size are listed at once (local) */
#define RECONCILE_PIECE_MAX 1024      /* ids of a list in one message */
#define RECONCILE_UNANSWERED_MAX 4096 /* ids of a list that were sent and not answered */
#define RECONCILE_WANTS_MAX 640       /* ranks in one FOUND (local) */
#define RECONCILE_MESSAGE_MIN 1024
#define RECONCILE_MESSAGE_MAX 4096
#define RECONCILE_STEP (UINT64_C(1) << 22) /* multiplications in one call (local) */

/* Other people's formats (src/exchange; all local). An entry or a note at all its limits fits a record. */
#define PFIF_ID_MAX 255
#define PFIF_LINE_MAX 500
#define PFIF_NAMES_MAX 2000
#define PFIF_URL_MAX 2000
#define PFIF_TEXT_MAX 8192
#define PFIF_NOTES_MAX 10000        /* on one person, of one file */
#define PFIF_COUNTED_MAX 1024       /* persons whose notes are counted at once */
#define PFIF_HELD_MAX (1024 * 1024) /* notes that wait for the end of their person */
#define PFIF_DEPTH_MAX 16           /* elements within each other */
#define PFIF_TOKEN_MAX (256 * 1024) /* a tag or a comment */
#define PFIF_PARSER_MEMORY_MAX (4 * 1024 * 1024)

_Static_assert(INVITE_BYTES_MAX > 1 + 4 + CHARTER_COMPACT_MAX + INVITE_CHECK_SIZE, "every charter fits an invitation");
_Static_assert(INVITE_CHARS_MAX <= 4296, "and the line a QR code (version 40-L, letters and digits)");
_Static_assert(RECORD_BODY_MAX > 31 * 1024, "a body of 31 KiB always fits");
_Static_assert((1 << BLOB_DEPTH_MAX) == BLOB_CHUNKS_MAX, "the deepest proof reaches the last chunk");
_Static_assert(POUCH_SECTION_MAX >= 2 * RECORD_SIZE_MAX + POUCH_FRAME_FILL, "the largest record fits a frame");
_Static_assert(POUCH_SECTION_MAX > BLOB_CHUNK_SIZE + BLOB_PROOF_MAX + 64, "a chunk and its proof fit a frame");
_Static_assert(CHANNEL_COUNTER_MAX <= UINT64_C(1) << 7 * (CHANNEL_HEAD_MAX - 1), "a counter fits the head");
_Static_assert(CHANNEL_WINDOW <= 1 << CHANNEL_EPOCH_BITS, "the window reaches back into one epoch at most");
_Static_assert(CHANNEL_SECOND_SIZE <= CHANNEL_FRAME_MIN, "a handshake fits every link");

_Static_assert(HTTP_ANSWER_MAX > 2 * (LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX), "an answer holds frames");
_Static_assert(BEACON_SIZE <= 32, "a beacon is small");
_Static_assert(DISCOVERY_HEARD_MS > 3 * DISCOVERY_PERIOD_MS * 5 / 4, "three lost beacons are not the end");

#endif
