/*
 * phone_meet.c: making sure of somebody's key: lines that are shown and read, and words that two people compare.
 */
#include <string.h>

#include "core/crypto.h"
#include "core/key_line.h"
#include "phone/phone_internal.h"

/* A name as one zero-terminated line; what is wrong with its bytes, the core says. */
static int name_copy(char out[MEET_NAME_MAX + 1], const char *name, size_t size) {
    if (size > MEET_NAME_MAX) return ERR_LIMIT;
    if (size > 0 && memchr(name, 0, size)) return ERR_TEXT;
    memset(out, 0, MEET_NAME_MAX + 1);
    if (size > 0) memcpy(out, name, size);
    return 0;
}

static int member_of(struct phone *p, const uint8_t community[HASH_SIZE], const struct member **out) {
    int group = phone_group_find(p, community);
    if (group < 0) return group;
    if (!phone_group_key(p, group)) return ERR_KEY;
    *out = &p->groups[group].author.member;
    return 0;
}

static void person_write(struct out *o, const uint8_t key[KEY_SIZE], const char *name) {
    char handle[HANDLE_SIZE];
    person_handle(handle, key);
    json_hex_of(o, "author", key, KEY_SIZE);
    json_text_of(o, "handle", handle);
    json_text_of(o, "name", name);
}

int phone_key_line(struct phone *p, const uint8_t community[HASH_SIZE], const char *name, size_t size) {
    char own[MEET_NAME_MAX + 1], line[KEY_LINE_CHARS_MAX + 1];
    const struct member *member = NULL;
    struct out *o = phone_begin(p);
    int err = name_copy(own, name, size);
    if (!err) err = member_of(p, community, &member);
    if (err) return err;
    int length = key_line_encode(community, member, own, line);
    if (length < 0) return length;
    out_bytes(o, line, (size_t)length);
    return out_end(o);
}

int phone_key_line_read(struct phone *p, const char *line, size_t size) {
    struct key_line read;
    struct out *o = phone_begin(p);
    int err = key_line_decode(&read, line, size);
    if (err) return err;
    int group = phone_group_find(p, read.community);
    if (group < 0) return group;
    const uint8_t *own = phone_group_key(p, group);
    if (own && memcmp(own, read.key, KEY_SIZE) == 0) return ERR_EXISTS;
    json_open(o, '{');
    json_hex_of(o, "community", read.community, HASH_SIZE);
    person_write(o, read.key, read.name);
    json_close(o, '}');
    return out_end(o);
}

int phone_meet_begin(struct phone *p, const uint8_t community[HASH_SIZE], int second, const char *name, size_t size,
                     const uint8_t random[PHONE_RANDOM_SIZE]) {
    char own[MEET_NAME_MAX + 1];
    const struct member *member = NULL;
    phone_meet_end(p);
    phone_begin(p);
    int err = name_copy(own, name, size);
    if (!err) err = member_of(p, community, &member);
    if (!err) err = meet_begin(&p->meet, second ? MEET_SECOND : MEET_FIRST, community, member, own, random);
    p->meets = !err;
    return err;
}

int phone_meet_send(struct phone *p) {
    uint8_t message[MEET_MESSAGE_MAX];
    struct out *o = phone_begin(p);
    if (!p->meets) return ERR_USAGE;
    out_bytes(o, message, meet_send(&p->meet, message));
    return out_end(o);
}

int phone_meet_take(struct phone *p, const uint8_t *bytes, size_t size) {
    phone_begin(p);
    return p->meets ? meet_recv(&p->meet, bytes, size) : ERR_USAGE;
}

int phone_meet_status(struct phone *p) {
    uint8_t words[MEET_WORDS_SIZE];
    char latin[MEET_WORDS_TEXT], cyrillic[MEET_WORDS_TEXT];
    bool sends = false;
    struct out *o = phone_begin(p);
    if (!p->meets) return ERR_USAGE;
    json_open(o, '{');
    json_number_of(o, "turn", meet_turn(&p->meet, &sends));
    json_bool_of(o, "sends", sends);
    json_bool_of(o, "done", p->meet.state == MEET_DONE);
    if (p->meet.state == MEET_DONE) {
        meet_words(&p->meet, words);
        meet_words_text(latin, words, false);
        meet_words_text(cyrillic, words, true);
        json_text_of(o, "latin", latin);
        json_text_of(o, "cyrillic", cyrillic);
        json_hex_of(o, "community", p->meet.community, HASH_SIZE);
        person_write(o, p->meet.other_key, p->meet.other_name);
    }
    json_close(o, '}');
    return out_end(o);
}

void phone_meet_end(struct phone *p) {
    if (p->meets) meet_end(&p->meet);
    p->meets = false;
}
