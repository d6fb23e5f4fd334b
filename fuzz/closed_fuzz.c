/*
 * Fuzz what a member of a closed community reads: records about the membership, epochs, welcomes, letters, vouches and
 * pieces of files, whose signature another member may have made over anything; the content of a shelf; boxes and
 * letters; the line of one who asks to join. Checking and reading agree, and of what was read everything can be asked.
 *
 *   input   0 ‖ a request's line | 1 ‖ a shelf's content | 2 ‖ a box | 3 ‖ kind u8 ‖ n references u8 ‖ n × type u8 ‖
 *           n × first byte of the id ‖ the content of a record
 */
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/epoch.h"
#include "core/join_request.h"
#include "core/letter.h"
#include "core/piece.h"
#include "core/record.h"
#include "core/seal.h"
#include "core/shelf.h"
#include "core/vouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[KEY_SIZE] = {1, 2, 3};

static void line(const char *text, size_t length) {
    struct join_request r;
    int err = join_request_decode(&r, text, length);
    CHECK(err == ERR_NOT_INVITE || join_request_is(text, length));
}

static void shelf(const uint8_t *content, size_t size) {
    static uint8_t room[RECORD_SIZE_MAX], packed[RECORD_SIZE_MAX];
    struct record r;
    if (shelf_unpack(content, size, key, room, &r)) return;
    CHECK(memcmp(r.community, key, HASH_SIZE) == 0);
    int got = shelf_pack(&r, room, size + HASH_SIZE, packed);
    CHECK(got == ERR_LIMIT || (got == (int)size && memcmp(packed, content, size) == 0));
}

static void box(const uint8_t *bytes, size_t size) {
    static uint8_t out[RECORD_SIZE_MAX];
    if (size > sizeof out) return;
    int got = seal_open(out, bytes, size, key, sizeof key, key);
    CHECK(got == ERR_SEAL || (size_t)got + BOX_OVERHEAD == size);
    got = seal_open_to(out, bytes, size, key);
    CHECK(got == ERR_SEAL || (size_t)got + KEY_SIZE + BOX_OVERHEAD == size);
}

static void epoch(const struct record *r) {
    struct epoch e;
    uint8_t epoch_key[KEY_SIZE], secrets[EPOCH_SHELVES_MAX * KEY_SIZE];
    if (epoch_decode(&e, r)) return;
    CHECK(e.count <= MEMBERS_MAX && e.entries + e.count * EPOCH_ENTRY_SIZE <= r->body + r->body_size);
    for (size_t i = 0; i < e.count && i < 3; i++) {
        uint8_t me[KEY_SIZE] = {0};
        memcpy(me, e.entries + i * EPOCH_ENTRY_SIZE, EPOCH_PREFIX_SIZE);
        CHECK(epoch_names(&e, me));
        int err = epoch_open(&e, me, key, epoch_key);
        CHECK(err == 0 || err == ERR_SEAL);
    }
    (void)epoch_key_fits(&e, key);
    CHECK(e.box + e.box_size <= r->body + r->body_size);
    CHECK(epoch_shelves(&e, key, secrets) == ERR_SEAL);
}

static void letter(struct record *r) {
    struct letter l;
    int err = letter_decode(&l, r);
    CHECK(letter_check(r) == err);
    if (err) return;
    CHECK(l.size > 0 && l.size <= LETTER_TEXT_MAX && memcmp(l.to, r->author, KEY_SIZE) != 0);
    CHECK((const uint8_t *)l.text > r->body && (const uint8_t *)l.text + l.size <= r->body + r->body_size);
    struct record stub = *r;
    stub.body = NULL;
    CHECK(letter_check(&stub) == 0 && letter_decode(&l, &stub) == ERR_FIELD);
}

static void piece(struct record *r) {
    struct piece p;
    int err = piece_decode(&p, r);
    CHECK(piece_check(r) == err);
    if (err) return;
    CHECK(p.size_bytes > 0 && p.size_bytes <= PIECE_FILE_MAX && p.index < piece_count(p.size_bytes));
    CHECK(p.bytes > r->body && p.bytes + piece_size(p.size_bytes, p.index) <= r->body + r->body_size);
    struct record stub = *r;
    stub.body = NULL;
    CHECK(piece_check(&stub) == 0 && piece_decode(&p, &stub) == ERR_FIELD);
}

static void record(const uint8_t *data, size_t size) {
    static uint8_t body[RECORD_BODY_MAX];
    static struct register_act act;
    struct welcome welcome;
    uint8_t prekey[KEY_SIZE];
    struct record r = {.form = RECORD_FORM_PLAIN, .urgency = URGENCY_NORMAL, .created = 1641384000};
    struct reader in;
    reader_init(&in, data, size);
    r.kind = reader_u8(&in);
    r.ref_count = (uint8_t)(reader_u8(&in) % (RECORD_REFS_MAX + 1));
    for (unsigned i = 0; i < r.ref_count; i++) r.refs[i].type = (uint8_t)(1 + reader_u8(&in) % REF_TYPE_MAX);
    for (unsigned i = 0; i < r.ref_count; i++) r.refs[i].id[0] = reader_u8(&in);
    if (in.err || reader_left(&in) > RECORD_BODY_MAX - RECORD_SALT_SIZE) return;
    r.expiry_day = (uint32_t)(r.created / DAY_SECONDS) + 90;
    r.body = body;
    r.body_size = RECORD_SALT_SIZE + reader_left(&in);
    memcpy(body + RECORD_SALT_SIZE, data + in.at, reader_left(&in));

    bool is_act = register_act_decode(&act, &r) == 0, is_prekey = register_prekey_decode(prekey, &r) == 0;
    bool checks = register_check(&r) == 0;
    if (checks && (r.kind == KIND_TERM || r.kind == KIND_CONSENT || r.kind == KIND_ADMIT || r.kind == KIND_REMOVE))
        CHECK(is_act);
    if (checks && (r.kind == KIND_PREKEY || r.kind == KIND_LACK)) CHECK(is_prekey);
    if (r.kind == KIND_EPOCH) epoch(&r);
    if (r.kind == KIND_WELCOME && welcome_decode(&welcome, &r) == 0) {
        CHECK(welcome.shelves + welcome.shelf_count * KEY_SIZE <= body + r.body_size);
        CHECK(welcome.key_count == 0 ||
              welcome.keys + welcome.key_count * (HASH_SIZE + KEY_SIZE) <= body + r.body_size);
    }
    if (r.kind == KIND_LETTER) letter(&r);
    if (r.kind == KIND_PIECE) piece(&r);
    if (r.kind == KIND_VOUCH && vouch_decode(prekey, &r) == 0) {
        r.body = NULL;
        CHECK(vouch_decode(prekey, &r) == ERR_FIELD);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    if (data[0] == 0) line((const char *)data + 1, size - 1);
    if (data[0] == 1) shelf(data + 1, size - 1);
    if (data[0] == 2) box(data + 1, size - 1);
    if (data[0] == 3) record(data + 1, size - 1);
    return 0;
}
