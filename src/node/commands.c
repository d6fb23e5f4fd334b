/*
 * commands.c: the table of subcommands, and what they share.
 */
#include "node/commands.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/command.h"

/* What store_tick may do in one stretch, and how many of them a command waits for. */
#define TIDY_RECORDS 500
#define TIDY_STRETCHES 20
#define INDEX_STRETCH 1000
#define SETTLE_STRETCH 200

static const struct {
    const char *name;
    int (*run)(const struct command_call *call);
} table[] = {
    {"id", command_id},
    {"status", command_status},
    {"clock", command_clock},
    {"clock confirm", command_clock_confirm},
    {"community new", command_community_new},
    {"community list", command_community_list},
    {"invite", command_invite},
    {"member list", command_member_list},
    {"member admit", command_member_admit},
    {"member remove", command_member_remove},
    {"member propose", command_member_propose},
    {"member consent", command_member_consent},
    {"join", command_join},
    {"post", command_post},
    {"correct", command_correct},
    {"retract", command_retract},
    {"pin", command_pin},
    {"unpin", command_unpin},
    {"list", command_list},
    {"show", command_show},
    {"thread", command_thread},
    {"search", command_search},
    {"save", command_save},
    {"import", command_import},
    {"pouch pack", command_pouch_pack},
    {"pouch open", command_pouch_open},
    {"sync", command_sync},
    {"check", command_check},
    {"need", command_need},
    {"offer", command_offer},
    {"take", command_take},
    {"accept", command_accept},
    {"refuse", command_refuse},
    {"back", command_back},
    {"done", command_done},
    {"reopen", command_reopen},
    {"aid", command_aid},
    {"demand", command_demand},
    {"reword", command_reword},
    {"support", command_support},
    {"decide", command_decide},
    {"tally", command_tally},
    {"roll", command_roll},
    {"demands", command_demands},
    {"report", command_report},
    {"report add", command_report_add},
    {"report answer", command_report_answer},
    {"confirm", command_confirm},
    {"deny", command_deny},
    {"reports", command_reports},
    {"aloud", command_aloud},
    {"export", command_export},
    {"key", command_key},
    {"meet", command_meet},
    {"met", command_met},
    {"name", command_name},
    {"people", command_people},
    {"person add", command_person_add},
    {"person note", command_person_note},
    {"person renew", command_person_renew},
    {"person link", command_person_link},
    {"person unlink", command_person_unlink},
    {"person list", command_person_list},
    {"person show", command_person_show},
    {"person find", command_person_find},
    {"person slip", command_person_slip},
    {"person import", command_person_import},
    {"person export", command_person_export},
    {"person apart", command_person_apart},
    {"vouch", command_vouch},
    {"letter", command_letter},
    {"letters", command_letters},
    {"card", command_card},
    {"freeze", command_freeze},
    {"unfreeze", command_unfreeze},
    {"freezes", command_freezes},
};

/* Open what has come for closed groups, so that the command sees it. What goes wrong here goes wrong again where it
 * matters. */
static void settle(struct home *home) {
    for (int left = 1; left > 0;) {
        home_enter(home);
        left = home_closed_open(home, SETTLE_STRETCH);
        home_leave(home);
    }
}

int command_run(struct home *home, const struct request *req, struct output *out) {
    struct command_call call = {.home = home, .req = req, .out = out, .now = home_when(home).now};
    settle(home);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, req->command) == 0) return table[i].run(&call);
    output_say(out, "there is no command \"%s\"", req->command);
    return COMMAND_USAGE;
}

static bool is_of_the_store(int err) {
    return err == ERR_IO || err == ERR_FULL || err == ERR_READ_ONLY || err == ERR_BUSY || err == ERR_DAMAGED;
}

int command_failed(const struct command_call *call, int err) {
    char why[STORE_WHY_SIZE];
    if (is_of_the_store(err)) {
        home_enter(call->home);
        snprintf(why, sizeof why, "%s", store_why(call->home->store));
        home_leave(call->home);
        if (call->out->lang == LANG_EN) /* the store's sentences are English */
            output_say(call->out, "%s", why);
        else
            output_say(call->out, "%s (%s)", output_text(call->out, err_text(err)), why);
    } else {
        output_say(call->out, "%s", output_text(call->out, err_text(err)));
    }
    return COMMAND_FAILED;
}

void command_hex(char out[HEX_SIZE], const uint8_t *bytes, size_t size) {
    sodium_bin2hex(out, HEX_SIZE, bytes, size);
}

json_t *command_hex_json(const uint8_t id[HASH_SIZE]) {
    char hex[HEX_SIZE];
    command_hex(hex, id, HASH_SIZE);
    return json_string(hex);
}

const char *command_argument(const struct command_call *call, unsigned index) {
    return index < call->req->argument_count ? call->req->arguments[index] : "";
}

void command_tidy(const struct command_call *call) {
    for (unsigned i = 0; i < TIDY_STRETCHES; i++) {
        home_enter(call->home);
        int changed = store_tick(call->home->store, home_when(call->home), TIDY_RECORDS);
        home_leave(call->home);
        if (changed <= 0) /* an error here is met again by the command itself, if it matters to it */
            return;
    }
}

int command_index(const struct command_call *call) {
    uint64_t first = 0;
    for (;;) {
        home_enter(call->home);
        int left = store_index(call->home->store, INDEX_STRETCH);
        home_leave(call->home);
        if (left <= 0) return left;
        if (first < (uint64_t)left) first = (uint64_t)left;
        if (output_progress(call->out, first - (uint64_t)left, first)) return ERR_INTERRUPTED;
    }
}

void command_finish(const struct command_call *call) {
    output_flush(call->out);
    if (call->req->served) /* a node does both by itself */
        return;
    if (command_index(call) == 0) /* an error is met again by who searches */
        command_tidy(call);
}
