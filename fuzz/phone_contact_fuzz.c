/*
 * phone_contact_fuzz.c: a stranger's bytes as bodies of a contact: each begins with its size, u16 little-endian, and a
 * byte that says what the page does in between. Odd: behind a handshake with a second peer, so that bodies come in the
 * midst of a contact. Shows that a contact ends by an error or goes on, and that the peer lives on.
 */
#include <string.h>

#include "core/check.h"
#include "phone/phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct phone *peer(uint8_t number) {
    const uint8_t seed[SEED_SIZE] = {number};
    struct phone *p = phone_new();
    CHECK(p);
    phone_person(p, seed);
    phone_clock(p, 1800000000, 1, 1000);
    return p;
}

/* Pass what one side has to say on to the other. */
static void pass(struct phone *from, struct phone *to) {
    if (phone_contact_give(from, 0, 65536) == 0) (void)phone_contact_take(to, 0, phone_out(from), phone_out_size(from));
    (void)phone_contact_work(to, 0, 100);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    const uint8_t one[PHONE_RANDOM_SIZE] = {1}, two[PHONE_RANDOM_SIZE] = {2};
    struct phone *p = peer(1), *q = peer(2);
    CHECK(phone_found(p, "g", 1, "kk", 2, 30, one) == 0);
    CHECK(phone_contact(p, one) == 0 && phone_contact_called(q, two) == 0);
    for (unsigned i = 0; i < (data[0] & 7u); i++) {
        pass(p, q);
        pass(q, p);
    }
    double ms = 1000;
    for (size_t at = 1; at + 3 <= size;) {
        size_t body = data[at] | (size_t)data[at + 1] << 8, left = size - at - 3;
        uint8_t act = data[at + 2];
        at += 3;
        if (body > left) body = left;
        (void)phone_contact_take(p, 0, data + at, body);
        at += body;
        ms += act;
        phone_clock(p, 1800000000, 1, ms);
        if (act & 1) (void)phone_contact_work(p, 0, act);
        if (act & 2) (void)phone_contact_give(p, 0, 65536);
        CHECK(phone_contact_status(p, 0) == 0);
    }
    CHECK(phone_contact_reached(p, 0) == 0);
    phone_contact_close(p, 0);
    CHECK(phone_communities(p) == 0);
    phone_free(p);
    phone_free(q);
    return 0;
}
