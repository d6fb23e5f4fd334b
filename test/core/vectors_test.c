/*
 * The core against the known answers that a second implementation made from doc/protocol.md alone (test/vectors):
 * varints, base32, records, charters, invitations, persons, and the hash and the signature against their RFCs. Both
 * ways: encoding gives the same bytes, decoding the same values, verifying accepts; what must be refused is refused by
 * exactly that error. vectors_pouch_test.c has blobs and the pouch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base32.h"
#include "core/bytes.h"
#include "core/charter.h"
#include "core/crypto.h"
#include "core/invite.h"
#include "core/person.h"
#include "core/record.h"
#include "core/text.h"
#include "core/when.h"
#include "test/core/vectors_util.h"

static uint8_t room[2 * RECORD_SIZE_MAX];

/* ---- Varints and base32 ---- */

static void test_varint(void **state) {
    (void)state;
    const json_t *all = vec_load("varint");
    size_t i;
    json_t *v;
    struct reader r;
    struct writer w;
    json_array_foreach(vec_array(all, "positive"), i, v) {
        const uint64_t value = strtoull(vec_text(v, "value"), NULL, 10);
        const struct vec bytes = vec_bytes(v, "bytes");
        reader_init(&r, bytes.data, bytes.size);
        vec_expect(reader_varint(&r, VARINT_MAX) == value && reader_end(&r) == 0, vec_text(v, "value"), "read");
        writer_init(&w, room, sizeof room);
        writer_varint(&w, value);
        vec_expect_bytes(room, w.at, bytes, vec_text(v, "value"), "written");
        vec_expect(varint_size(value) == bytes.size, vec_text(v, "value"), "size");
    }
    json_array_foreach(vec_array(all, "zigzag"), i, v) {
        const int64_t value = strtoll(vec_text(v, "value"), NULL, 10);
        const struct vec bytes = vec_bytes(v, "bytes");
        reader_init(&r, bytes.data, bytes.size);
        vec_expect(reader_zigzag(&r) == value && reader_end(&r) == 0, vec_text(v, "value"), "zigzag read");
        writer_init(&w, room, sizeof room);
        writer_zigzag(&w, value);
        vec_expect_bytes(room, w.at, bytes, vec_text(v, "value"), "zigzag written");
    }
    json_array_foreach(vec_array(all, "negative"), i, v) {
        const struct vec bytes = vec_bytes(v, "bytes");
        reader_init(&r, bytes.data, bytes.size);
        (void)reader_varint(&r, VARINT_MAX);
        vec_expect_err(reader_end(&r), vec_text(v, "error"), vec_text(v, "name"), "varint");
    }
    vec_done(400);
}

static void test_base32(void **state) {
    (void)state;
    const json_t *all = vec_load("base32");
    size_t i;
    json_t *v;
    char text[128];
    json_array_foreach(vec_array(all, "positive"), i, v) {
        const struct vec bytes = vec_bytes(v, "bytes");
        const char *wanted = vec_text(v, "text");
        base32_encode(text, bytes.data, bytes.size);
        vec_expect(strcmp(text, wanted) == 0 && base32_length(bytes.size) == strlen(wanted), wanted, "encoded");
        const int size = base32_decode(room, sizeof room, wanted, strlen(wanted));
        if (vec_expect(size >= 0, wanted, "decodes")) vec_expect_bytes(room, (size_t)size, bytes, wanted, "decoded");
        for (char *c = text; *c != '\0'; c++)
            if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
        vec_expect_int(base32_decode(room, sizeof room, text, strlen(text)), (int64_t)bytes.size, wanted, "upper case");
    }
    json_array_foreach(vec_array(all, "negative"), i, v) {
        const char *bad = vec_text(v, "text");
        vec_expect_err(base32_decode(room, sizeof room, bad, strlen(bad)), vec_text(v, "error"), vec_text(v, "name"),
                       "base32");
    }
    vec_done(100);
}

/* ---- Hash and signature, from their RFCs ---- */

static void test_rfcs(void **state) {
    (void)state;
    const json_t *all = vec_load("sanity");
    size_t i;
    json_t *v;
    json_array_foreach(vec_array(all, "ed25519"), i, v) {
        uint8_t key[KEY_SIZE], secret[SECRET_SIZE], signature[SIGNATURE_SIZE];
        const struct vec message = vec_bytes(v, "message");
        crypto_keypair(key, secret, vec_bytes(v, "seed").data);
        crypto_sign_make(signature, message.data, message.size, secret);
        vec_expect_bytes(key, sizeof key, vec_bytes(v, "key"), "RFC 8032", "key");
        vec_expect_bytes(signature, sizeof signature, vec_bytes(v, "signature"), "RFC 8032", "signature");
        vec_expect_err(crypto_sign_check(signature, message.data, message.size, key), NULL, "RFC 8032", "check");
    }
    /* The digests of 32 bytes are computed here and take their place among the others in the RFC's grand hash. */
    const json_t *blake2b = json_object_get(all, "blake2b");
    size_t joined = 0, own = 0;
    json_array_foreach(vec_array(blake2b, "digests"), i, v) {
        const struct vec digest = vec_bytes(v, "digest"), input = vec_bytes(v, "input");
        assert_true(joined + digest.size <= sizeof room);
        memcpy(room + joined, digest.data, digest.size);
        if (digest.size == HASH_SIZE) {
            own++;
            if (vec_text_or_null(v, "key") == NULL)
                crypto_digest(room + joined, input.data, input.size);
            else
                crypto_digest_keyed(room + joined, vec_bytes(v, "key").data, vec_bytes(v, "key").size, input.data,
                                    input.size);
        }
        joined += digest.size;
    }
    assert_int_equal(own, 12);
    uint8_t grand[HASH_SIZE];
    crypto_digest(grand, room, joined);
    vec_expect_bytes(grand, sizeof grand, vec_bytes(blake2b, "grand"), "RFC 7693, appendix E", "grand hash");
    vec_done(10);
}

/* ---- Records ---- */

static int decode(struct record *out, struct vec bytes, bool stub) {
    return stub ? record_decode_stub(out, bytes.data, bytes.size) : record_decode(out, bytes.data, bytes.size);
}

/* Everything that a known answer says of a record. */
static void expect_values(const struct record *r, const json_t *v) {
    const char *name = vec_text(v, "name");
    vec_expect_int(r->form, vec_int(v, "form"), name, "form");
    vec_expect_int(r->expiry_day, vec_int(v, "expiry"), name, "expiry");
    vec_expect_int(r->urgency, vec_int(v, "urgency"), name, "urgency");
    vec_expect_bytes(r->body_hash, HASH_SIZE, vec_bytes(v, "body_hash"), name, "body hash");
    vec_expect_bytes(r->signature, SIGNATURE_SIZE, vec_bytes(v, "signature"), name, "signature");
    vec_expect_bytes(r->id, HASH_SIZE, vec_bytes(v, "id"), name, "id");
    vec_expect_int((int64_t)r->body_size, (int64_t)vec_bytes(v, "body").size, name, "body size");
    vec_expect_bytes(r->author, KEY_SIZE, vec_bytes(v, r->form == RECORD_FORM_SEALED ? "shelf" : "author"), name,
                     "author");
    if (r->form == RECORD_FORM_SEALED) {
        vec_expect_int(r->size_class, vec_int(v, "class"), name, "class");
        return;
    }
    vec_expect_int(r->kind, vec_int(v, "kind"), name, "kind");
    vec_expect((r->kind & KIND_CRITICAL) == vec_bool(v, "critical"), name, "critical");
    vec_expect_bytes(r->community, HASH_SIZE, vec_bytes(v, "community"), name, "community");
    vec_expect_int((int64_t)r->seq, vec_int(v, "seq"), name, "seq");
    if (r->seq > 0) vec_expect_bytes(r->prev, PREV_SIZE, vec_bytes(v, "prev"), name, "prev");
    vec_expect_int((int64_t)r->created, vec_int(v, "created"), name, "created");
    const json_t *refs = vec_array(v, "refs");
    vec_expect_int(r->ref_count, (int64_t)json_array_size(refs), name, "references");
    for (size_t i = 0; i < r->ref_count && i < json_array_size(refs); i++) {
        vec_expect_int(r->refs[i].type, vec_int(json_array_get(refs, i), "type"), name, "reference type");
        vec_expect_bytes(r->refs[i].id, HASH_SIZE, vec_bytes(json_array_get(refs, i), "id"), name, "reference");
    }
}

static void expect_text(const struct record *r, const json_t *v) {
    const json_t *wanted = json_object_get(v, "text");
    if (wanted == NULL) return;
    const char *name = vec_text(v, "name");
    struct text text;
    if (!vec_expect_err(text_decode(&text, r), NULL, name, "text_decode")) return;
    vec_expect(text.guest == vec_bool(wanted, "guest"), name, "guest");
    const json_t *place = json_object_get(wanted, "place"), *ground = json_object_get(wanted, "ground");
    vec_expect(strcmp(text.place, place ? json_string_value(place) : "") == 0, name, "place");
    vec_expect_int(text.ground, ground ? json_integer_value(ground) : 0, name, "ground");
    vec_expect((json_object_get(wanted, "forwarded") != NULL) == (text.forwarded != NULL), name, "forwarded");
    if (text.forwarded) {
        struct record forwarded;
        struct text its;
        text_forwarded(&text, &forwarded, &its);
        vec_expect_bytes(forwarded.id, HASH_SIZE, vec_bytes(wanted, "forwarded"), name, "the id of what is passed on");
    }
    if (json_object_get(wanted, "originals") != NULL)
        for (unsigned i = 0; i < text.attachment_count; i++)
            vec_expect(memcmp(text.attachments[i].original, vec_bytes(wanted, "originals").data + i * HASH_SIZE,
                              HASH_SIZE) == 0,
                       name, "an original");
    if (json_object_get(wanted, "size") != NULL)
        vec_expect_int((int64_t)text.size, vec_int(wanted, "size"), name, "text size");
    else {
        const char *words = vec_text(wanted, "text");
        const struct vec bytes = {.data = vec_copy((const uint8_t *)words, strlen(words)).data, .size = strlen(words)};
        vec_expect_bytes((const uint8_t *)text.text, text.size, bytes, name, "text");
        const json_t *list = vec_array(wanted, "attachments");
        vec_expect_int(text.attachment_count, (int64_t)json_array_size(list), name, "attachments");
        for (size_t i = 0; i < text.attachment_count && i < json_array_size(list); i++) {
            const json_t *a = json_array_get(list, i);
            vec_expect_int((int64_t)text.attachments[i].size_bytes, vec_int(a, "size"), name, "attachment's size");
            vec_expect(strcmp(text.attachments[i].media, vec_text(a, "media")) == 0, name, "attachment's media type");
            vec_expect(strcmp(text.attachments[i].name, vec_text(a, "name")) == 0, name, "attachment's name");
        }
    }
    if (vec_bool(wanted, "unknown_fields") || r->body_size > RECORD_BODY_MAX)
        return; /* what text_body does not write */
    const int size = text_body(&text, r->body, room, sizeof room);
    if (vec_expect_err(size, NULL, name, "text_body"))
        vec_expect_bytes(room, (size_t)size, vec_bytes(v, "body"), name, "text_body's bytes");
}

/* Make the record anew out of the known answer's values and the key's seed. */
static void expect_signing(const struct record *decoded, const json_t *v) {
    const char *name = vec_text(v, "name");
    const struct vec body = vec_bytes(v, "body");
    struct record r = *decoded;
    uint8_t secret[SECRET_SIZE];
    memset(r.signature, 0, sizeof r.signature);
    memset(r.body_hash, 0, sizeof r.body_hash);
    memset(r.id, 0, sizeof r.id);
    r.body = body.data;
    r.body_size = body.size;
    crypto_keypair(r.author, secret, vec_bytes(v, "seed").data);
    if (!vec_expect_err(record_sign(&r, secret), NULL, name, "record_sign")) return;
    vec_expect_bytes(r.signature, SIGNATURE_SIZE, vec_bytes(v, "signature"), name, "own signature");
    vec_expect_bytes(r.id, HASH_SIZE, vec_bytes(v, "id"), name, "own id");
    const int size = record_encode(&r, room, sizeof room);
    if (vec_expect_err(size, NULL, name, "record_encode"))
        vec_expect_bytes(room, (size_t)size, vec_bytes(v, "record"), name, "own bytes");
}

static void test_records(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("record"), "positive");
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) {
        const char *name = vec_text(v, "name");
        const struct vec bytes = vec_bytes(v, "record"), stub_bytes = vec_bytes(v, "stub"),
                         header = vec_bytes(v, "header");
        const struct vec message = vec_bytes(v, "signed_message");
        struct record r, stub;
        if (!vec_expect_err(decode(&r, bytes, false), NULL, name, "record_decode")) continue;
        expect_values(&r, v);
        vec_expect(memcmp(bytes.data, header.data, header.size) == 0, name, "header");
        vec_expect_err(crypto_sign_check(r.signature, message.data, message.size, r.author), NULL, name,
                       "signed message");
        vec_expect_err(record_verify(&r), NULL, name, "record_verify");
        int size = record_encode(&r, room, sizeof room);
        if (vec_expect_err(size, NULL, name, "record_encode"))
            vec_expect_bytes(room, (size_t)size, bytes, name, "encoded");
        expect_text(&r, v);
        expect_signing(&r, v);
        if (!vec_expect_err(decode(&stub, stub_bytes, true), NULL, name, "record_decode_stub")) continue;
        expect_values(&stub, v);
        vec_expect(stub.body == NULL, name, "a stub's body");
        vec_expect_err(record_verify(&stub), NULL, name, "record_verify of the stub");
        size = record_encode(&stub, room, sizeof room);
        if (vec_expect_err(size, NULL, name, "stub encoded"))
            vec_expect_bytes(room, (size_t)size, stub_bytes, name, "stub encoded");
    }
    vec_done(1000);
}

/* The first error on the way of a record into a community; what a reader that knows only the record can see, if charter
 * is NULL. */
static int first_error(struct vec bytes, bool stub, const char *step) {
    struct record r;
    struct charter charter;
    struct text text;
    int err = decode(&r, bytes, stub);
    if (err < 0 || strcmp(step, "decode") == 0) return err;
    if (strcmp(step, "charter") == 0) return charter_decode(&charter, &r);
    err = record_verify(&r);
    if (err < 0 || strcmp(step, "verify") == 0) return err;
    assert_string_equal(step, "content");
    if (r.kind == KIND_TEXT) return text_decode(&text, &r);
    memset(&charter, 0, sizeof charter);
    memcpy(charter.community, r.community, HASH_SIZE);
    charter.keep_days = CHARTER_KEEP_DAYS_MAX;
    return charter_admit(&charter, &r);
}

static void expect_refused(const json_t *v, const char *key, bool stub) {
    const char *name = vec_text(v, "name"), *step = vec_text(v, "step"), *error = vec_text(v, "error");
    const struct vec bytes = vec_bytes(v, key);
    if (vec_bool(v, "every_prefix")) {
        for (size_t size = 0; size < bytes.size; size++)
            vec_expect_err(first_error(vec_copy(bytes.data, size), stub, step), error, name, "a beginning of it");
        return;
    }
    if (strcmp(step, "verify") == 0 || strcmp(step, "content") == 0)
        vec_expect_err(first_error(bytes, stub, "decode"), NULL, name, "decoded");
    vec_expect_err(first_error(bytes, stub, step), error, name, step);
}

static void test_records_refused(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("record"), "negative");
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) expect_refused(v, "bytes", vec_is_stub(v));
    vec_done(500);
}

/* Whichever bit of a record or a stub is flipped, it does not decode or does not verify. */
static void test_any_flipped_bit_is_refused(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("record"), "flips");
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) {
        const struct vec bytes = vec_bytes(v, "bytes");
        vec_expect_err(first_error(bytes, vec_is_stub(v), "verify"), NULL, "unchanged", "verify");
        for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
            bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            vec_expect(first_error(bytes, vec_is_stub(v), "verify") < 0, "flipped", "accepted");
            bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
    }
    vec_done(3000);
}

static void test_admission(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("record"), "admission");
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) {
        const char *name = vec_text(v, "name");
        const struct vec compact = vec_bytes(v, "charter");
        struct charter charter;
        struct record founding, r;
        vec_expect_err(charter_expand(&charter, &founding, compact.data, compact.size), NULL, name, "charter_expand");
        vec_expect_err(decode(&r, vec_bytes(v, "bytes"), vec_is_stub(v)), NULL, name, "decoded");
        int err = charter_admit(&charter, &r);
        if (err == 0) err = record_verify(&r);
        vec_expect_err(err, vec_text_or_null(v, "error"), name, "admission");
    }
    vec_done(30);
}

static void test_time_and_order(void **state) {
    (void)state;
    const json_t *all = vec_load("record"), *time = json_object_get(all, "time");
    size_t i;
    json_t *v;
    json_array_foreach(vec_array(time, "ahead"), i, v) {
        struct record r;
        vec_expect_err(decode(&r, vec_bytes(v, "record"), false), NULL, "a year ahead", "decoded");
        vec_expect_err(record_verify(&r), NULL, "a year ahead", "verified");
        vec_expect(when_is_ahead(r.created, (uint64_t)vec_int(v, "clock")) == vec_bool(v, "waits"), "a year ahead",
                   "waits");
    }
    json_array_foreach(vec_array(time, "expiry"), i, v) {
        const struct when when = {.now = (uint64_t)vec_int(v, "clock"), .confirmed = vec_bool(v, "confirmed")};
        vec_expect(when_is_expired((uint32_t)vec_int(v, "expiry"), when) == vec_bool(v, "expired"), "expiry",
                   "expired");
    }
    const json_t *order = vec_array(all, "order");
    for (i = 1; i < json_array_size(order); i++) {
        const json_t *a = json_array_get(order, i - 1), *b = json_array_get(order, i);
        const uint64_t created_a = (uint64_t)vec_int(a, "created"), created_b = (uint64_t)vec_int(b, "created");
        const struct vec id_a = vec_bytes(a, "id"), id_b = vec_bytes(b, "id");
        vec_expect(record_order(created_a, id_a.data, created_b, id_b.data) < 0, "order", "before");
        vec_expect(record_order(created_b, id_b.data, created_a, id_a.data) > 0, "order", "after");
        vec_expect(record_order(created_a, id_a.data, created_a, id_a.data) == 0, "order", "itself");
    }
    vec_done(20);
}

/* ---- Charters, invitations, persons ---- */

static void expect_charter(const struct charter *c, const json_t *v) {
    const char *name = vec_text(v, "name");
    const json_t *keys = vec_array(v, "coordinators");
    vec_expect_bytes(c->community, HASH_SIZE, vec_bytes(v, "id"), name, "community");
    vec_expect_bytes(c->author, KEY_SIZE, vec_bytes(v, "author"), name, "author");
    vec_expect_bytes(c->nonce, CHARTER_NONCE_SIZE, vec_bytes(v, "nonce"), name, "nonce");
    vec_expect_int((int64_t)c->created, vec_int(v, "created"), name, "created");
    vec_expect(strcmp(c->title, vec_text(v, "title")) == 0, name, "title");
    vec_expect(strcmp(c->lang, vec_text(v, "lang")) == 0, name, "language");
    vec_expect(c->access == CHARTER_OPEN && c->write == CHARTER_WRITE_ANYONE, name, "access");
    vec_expect_int(c->keep_days, vec_int(v, "keep"), name, "keep");
    for (size_t i = 0; i < json_array_size(keys); i++)
        vec_expect(charter_is_coordinator(c, vec_bytes_of(json_array_get(keys, i)).data), name, "coordinator");
}

static void test_charters(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("charter"), "positive");
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) {
        const char *name = vec_text(v, "name");
        const struct vec bytes = vec_bytes(v, "record"), compact = vec_bytes(v, "compact");
        struct record r;
        struct charter c;
        if (!vec_expect_err(decode(&r, bytes, false), NULL, name, "record_decode")) continue;
        if (!vec_expect_err(charter_decode(&c, &r), NULL, name, "charter_decode")) continue;
        expect_charter(&c, v);
        vec_expect_err(record_verify(&r), NULL, name, "record_verify");
        int size = charter_compact(&r, room, sizeof room);
        if (vec_expect_err(size, NULL, name, "charter_compact"))
            vec_expect_bytes(room, (size_t)size, compact, name, "compact");
        if (!vec_expect_err(charter_expand(&c, &r, compact.data, compact.size), NULL, name, "charter_expand")) continue;
        expect_charter(&c, v);
        size = record_encode(&r, room, sizeof room);
        if (vec_expect_err(size, NULL, name, "rebuilt")) vec_expect_bytes(room, (size_t)size, bytes, name, "rebuilt");
        if (vec_bool(v, "unknown_fields")) continue;
        /* Found it anew; without field 7 nobody is named. */
        uint8_t body[CHARTER_BODY_MAX];
        struct charter own = c;
        if (!vec_bool(v, "coordinators_field")) own.coordinator_count = 0;
        if (!vec_expect_err(
                charter_found(&own, &r, body, vec_bytes(v, "founder_seed").data, vec_bytes(v, "salt").data, c.created),
                NULL, name, "charter_found"))
            continue;
        expect_charter(&own, v);
        size = record_encode(&r, room, sizeof room);
        if (vec_expect_err(size, NULL, name, "founded")) vec_expect_bytes(room, (size_t)size, bytes, name, "founded");
    }
    vec_done(100);
}

static void test_charters_refused(void **state) {
    (void)state;
    const json_t *all = vec_load("charter");
    size_t i;
    json_t *v;
    json_array_foreach(vec_array(all, "negative"), i, v) expect_refused(v, "record", false);
    json_array_foreach(vec_array(all, "compact_negative"), i, v) {
        const struct vec bytes = vec_bytes(v, "bytes");
        struct charter c;
        struct record r;
        vec_expect_err(charter_expand(&c, &r, bytes.data, bytes.size), vec_text(v, "error"), vec_text(v, "name"),
                       "charter_expand");
    }
    vec_done(80);
}

static void test_invites(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("invite"), "positive");
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) {
        const char *name = vec_text(v, "name"), *line = vec_text(v, "line");
        uint8_t kept[INVITE_BYTES_MAX];
        char own[INVITE_CHARS_MAX + 1];
        struct charter c;
        struct record r;
        const struct vec given = vec_copy((const uint8_t *)line, strlen(line));
        struct invite_message message;
        if (!vec_expect_err(invite_decode(&c, &r, &message, kept, (const char *)given.data, given.size), NULL, name,
                            "invite_decode"))
            continue;
        vec_expect_bytes(c.community, HASH_SIZE, vec_bytes(v, "community"), name, "community");
        if (json_object_get(v, "message") != NULL)
            vec_expect_bytes(message.bytes, message.size, vec_bytes(v, "message"), name, "message");
        else
            vec_expect(message.bytes == NULL, name, "no message");
        const int size = charter_compact(&r, room, sizeof room);
        if (vec_expect_err(size, NULL, name, "compact"))
            vec_expect_bytes(room, (size_t)size, vec_bytes(v, "compact"), name, "compact");
        const int length = invite_encode(&r, message.bytes, message.size, own, sizeof own);
        if (vec_expect_err(length, NULL, name, "invite_encode") && vec_bool(v, "canonical"))
            vec_expect((size_t)length == strlen(line) && strcmp(own, line) == 0, name, "encoded");
    }
    vec_done(30);
}

static int invite_error(const char *line, size_t length) {
    uint8_t kept[INVITE_BYTES_MAX];
    struct charter c;
    struct record r;
    const struct vec given = vec_copy((const uint8_t *)line, length);
    return invite_decode(&c, &r, &(struct invite_message){0}, kept, (const char *)given.data, given.size);
}

static void test_invites_refused(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("invite"), "negative");
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) {
        const char *name = vec_text(v, "name"), *line = vec_text(v, "line"), *error = vec_text(v, "error");
        const size_t length = strlen(line);
        if (!vec_bool(v, "every_position")) {
            vec_expect_err(invite_error(line, length), error, name, "invite_decode");
            continue;
        }
        const char *alphabet = vec_text(v, "alphabet");
        for (size_t at = 0; at < length; at++) {
            struct vec changed = vec_copy((const uint8_t *)line, length);
            const char *place = at < 8 ? NULL : strchr(alphabet, line[at]);
            changed.data[at] = (uint8_t)(place == NULL ? '#' : alphabet[(size_t)(place - alphabet + 1) % 32]);
            vec_expect_err(invite_error((const char *)changed.data, length),
                           at < 8 ? vec_text(v, "error_in_prefix") : error, name, "invite_decode");
        }
    }
    vec_done(250);
}

static void expect_member(const struct member *m, const json_t *v) {
    uint8_t key[KEY_SIZE], secret[SECRET_SIZE];
    char handle[HANDLE_SIZE];
    crypto_keypair(key, secret, vec_bytes(v, "seed").data);
    vec_expect_bytes(m->key, KEY_SIZE, vec_bytes(v, "key"), "person", "key");
    vec_expect(memcmp(m->secret, secret, SECRET_SIZE) == 0, "person", "secret");
    person_handle(handle, m->key);
    vec_expect(strcmp(handle, vec_text(v, "handle")) == 0, "person", "handle");
}

static void test_persons(void **state) {
    (void)state;
    const json_t *all = vec_load("person");
    size_t i, j;
    json_t *v, *w;
    struct member m;
    json_array_foreach(vec_array(all, "positive"), i, v) {
        const struct vec seed = vec_bytes(v, "seed");
        uint8_t fingerprint[PERSON_FINGERPRINT_SIZE];
        person_fingerprint(fingerprint, seed.data);
        vec_expect_bytes(fingerprint, sizeof fingerprint, vec_bytes(v, "fingerprint"), "person", "fingerprint");
        json_array_foreach(vec_array(v, "members"), j, w) {
            person_member(&m, seed.data, vec_bytes(w, "community").data);
            expect_member(&m, w);
        }
        json_array_foreach(vec_array(v, "founders"), j, w) {
            person_founder(&m, seed.data, vec_bytes(w, "nonce").data);
            expect_member(&m, w);
        }
    }
    json_array_foreach(vec_array(all, "handles"), i, v) {
        char handle[HANDLE_SIZE];
        person_handle(handle, vec_bytes(v, "key").data);
        vec_expect(strcmp(handle, vec_text(v, "handle")) == 0, vec_text(v, "handle"), "handle");
    }
    vec_done(60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_varint),
        cmocka_unit_test(test_base32),
        cmocka_unit_test(test_rfcs),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_records_refused),
        cmocka_unit_test(test_any_flipped_bit_is_refused),
        cmocka_unit_test(test_admission),
        cmocka_unit_test(test_time_and_order),
        cmocka_unit_test(test_charters),
        cmocka_unit_test(test_charters_refused),
        cmocka_unit_test(test_invites),
        cmocka_unit_test(test_invites_refused),
        cmocka_unit_test(test_persons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
