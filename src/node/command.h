/*
 * command.h: what the command_*.c files share. Outsiders use commands.h.
 */
#ifndef NODE_COMMAND_H
#define NODE_COMMAND_H

#include "node/commands.h"

#define HEX_SIZE (2 * HASH_SIZE + 1)

struct command_call {
    struct home *home;
    const struct request *req;
    struct output *out;
    uint64_t now;
};

/* Say what an error means, with the store's own sentence if it came from there. Return COMMAND_FAILED. Not within
 * home_enter. */
int command_failed(const struct command_call *call, int err);

/* Write the first size bytes (at most HASH_SIZE) of an id or a key as lower-case hex with a final zero. */
void command_hex(char out[HEX_SIZE], const uint8_t *bytes, size_t size);

/* Return a new JSON string of an id or a key. */
json_t *command_hex_json(const uint8_t id[HASH_SIZE]);

/* Return an argument, or "" if there are fewer. */
const char *command_argument(const struct command_call *call, unsigned index);

/* Let time do its work on the store (store_tick), a bounded part of it; for commands that write. */
void command_tidy(const struct command_call *call);

/* Have search catch up with what was stored, telling how far it is. ERR_INTERRUPTED, those of the store. */
MUST_CHECK int command_index(const struct command_call *call);

/* After much was stored and told: let the telling go out, then have search catch up and time do its work, unless a node
 * does that anyway. */
void command_finish(const struct command_call *call);

/* What a clock shows, and whether it is trusted: in words, and as the object "clock". */
void command_clock_print(const struct command_call *call, struct when when);
json_t *command_clock_json(struct when when);

int command_id(const struct command_call *call);
int command_status(const struct command_call *call);
int command_clock(const struct command_call *call);
int command_clock_confirm(const struct command_call *call);
int command_community_new(const struct command_call *call);
int command_community_list(const struct command_call *call);
int command_invite(const struct command_call *call);
int command_member_list(const struct command_call *call);
int command_member_admit(const struct command_call *call);
int command_member_remove(const struct command_call *call);
int command_member_propose(const struct command_call *call);
int command_member_consent(const struct command_call *call);
int command_join(const struct command_call *call);
int command_post(const struct command_call *call);
int command_correct(const struct command_call *call);
int command_retract(const struct command_call *call);
int command_pin(const struct command_call *call);
int command_unpin(const struct command_call *call);
int command_list(const struct command_call *call);
int command_show(const struct command_call *call);
int command_thread(const struct command_call *call);
int command_search(const struct command_call *call);
int command_save(const struct command_call *call);
int command_import(const struct command_call *call);
int command_pouch_pack(const struct command_call *call);
int command_pouch_open(const struct command_call *call);
int command_sync(const struct command_call *call);
int command_check(const struct command_call *call);
int command_need(const struct command_call *call);
int command_offer(const struct command_call *call);
int command_take(const struct command_call *call);
int command_accept(const struct command_call *call);
int command_refuse(const struct command_call *call);
int command_back(const struct command_call *call);
int command_done(const struct command_call *call);
int command_reopen(const struct command_call *call);
int command_aid(const struct command_call *call);
int command_demand(const struct command_call *call);
int command_reword(const struct command_call *call);
int command_support(const struct command_call *call);
int command_decide(const struct command_call *call);
int command_tally(const struct command_call *call);
int command_roll(const struct command_call *call);
int command_demands(const struct command_call *call);
int command_report(const struct command_call *call);
int command_report_add(const struct command_call *call);
int command_report_answer(const struct command_call *call);
int command_confirm(const struct command_call *call);
int command_deny(const struct command_call *call);
int command_reports(const struct command_call *call);
int command_aloud(const struct command_call *call);
int command_export(const struct command_call *call);
int command_key(const struct command_call *call);
int command_meet(const struct command_call *call);
int command_met(const struct command_call *call);
int command_name(const struct command_call *call);
int command_people(const struct command_call *call);
int command_person_add(const struct command_call *call);
int command_person_note(const struct command_call *call);
int command_person_renew(const struct command_call *call);
int command_person_link(const struct command_call *call);
int command_person_unlink(const struct command_call *call);
int command_person_list(const struct command_call *call);
int command_person_show(const struct command_call *call);
int command_person_find(const struct command_call *call);
int command_person_slip(const struct command_call *call);
int command_person_import(const struct command_call *call);
int command_person_export(const struct command_call *call);
int command_person_apart(const struct command_call *call);
int command_vouch(const struct command_call *call);
int command_letter(const struct command_call *call);
int command_letters(const struct command_call *call);
int command_card(const struct command_call *call);
int command_freeze(const struct command_call *call);
int command_unfreeze(const struct command_call *call);
int command_freezes(const struct command_call *call);

#endif
