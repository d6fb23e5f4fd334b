/*
 * Fuzz meetings and key lines. The first byte chooses: a line as it comes; or what one side hears, in pieces of a
 * length byte and so many bytes, the own messages being made in between. What was accepted once is the only thing: a
 * meeting that failed stays so, and one of random bytes is never done, since nobody has signed.
 */
#include <string.h>

#include "core/check.h"
#include "core/key_line.h"
#include "core/meet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line_try(const char *text, size_t length) {
    struct key_line line;
    if (key_line_decode(&line, text, length) != 0) return;
    CHECK(key_line_is(text, length) && strlen(line.name) <= MEET_NAME_MAX);
}

static void meet_try(enum meet_role role, const uint8_t *data, size_t size) {
    static const uint8_t seed[SEED_SIZE] = {1}, community[HASH_SIZE] = {2}, secret[KEY_SIZE] = {3};
    uint8_t out[MEET_MESSAGE_MAX];
    struct member member;
    struct meet m;
    bool failed = false;
    person_member(&member, seed, community);
    CHECK(meet_begin(&m, role, community, &member, "n", secret) == 0);
    while (size > 0) {
        size_t length = data[0] < size - 1 ? data[0] : size - 1;
        CHECK(meet_send(&m, out) <= sizeof out);
        int err = meet_recv(&m, data + 1, length);
        CHECK(!failed || err == ERR_USAGE);
        failed = failed || err != 0;
        data += 1 + length;
        size -= 1 + length;
    }
    CHECK(m.state != MEET_DONE && failed == (m.state == MEET_FAILED));
    meet_end(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    if (data[0] % 4 >= 2)
        line_try((const char *)data + 1, size - 1);
    else
        meet_try(data[0] % 4 == 0 ? MEET_FIRST : MEET_SECOND, data + 1, size - 1);
    return 0;
}
