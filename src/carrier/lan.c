/*
 * lan.c: contacts over TCP.
 */
#include "carrier/lan.h"

#include <string.h>

int lan_start(struct lan **out, uv_loop_t *loop, const struct lan_config *config, char why[LAN_WHY_SIZE]) {
    (void)loop, (void)config;
    *out = NULL;
    if (why) why[0] = '\0';
    return ERR_UNSUPPORTED;
}

void lan_stop(struct lan *lan, void (*stopped)(void *context), void *context) {
    (void)lan, (void)stopped, (void)context;
}

int lan_dial(struct lan *lan, const struct sockaddr *address, bool is_wanted) {
    (void)lan, (void)address, (void)is_wanted;
    return ERR_UNSUPPORTED;
}

unsigned lan_contacts_with(const struct lan *lan, const struct sockaddr *address) {
    (void)lan, (void)address;
    return 0;
}

uint16_t lan_port(const struct lan *lan) {
    (void)lan;
    return 0;
}

void lan_offer_new(struct lan *lan) {
    (void)lan;
}

void lan_counts(struct lan *lan, struct lan_counts *out) {
    (void)lan;
    memset(out, 0, sizeof *out);
}

int lan_meet(const struct lan_meeting *meeting, const struct lan_config *config, struct lan_ended *out,
             char why[LAN_WHY_SIZE]) {
    (void)meeting, (void)config;
    memset(out, 0, sizeof *out);
    why[0] = '\0';
    return ERR_UNSUPPORTED;
}
