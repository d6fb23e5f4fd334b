/*
 * command_aid.h: what the commands about needs and offers share.
 */
#ifndef NODE_COMMAND_AID_H
#define NODE_COMMAND_AID_H

#include "query/aid.h"
#include "store/freezes.h"

enum aid_secret {
    AID_SECRET_TEXT, /* of an entry: what its author seals to whom they accept */
    AID_SECRET_KEY   /* of an own take: the secret half of its key */
};

/* The name of a setting of the store. */
void aid_setting(char out[STORE_NAME_MAX + 1], enum aid_secret which, const uint8_t id[HASH_SIZE]);

#endif
