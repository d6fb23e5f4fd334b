/*
 * command_member.c: who belongs to a closed group, and who coordinates it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closed/closed.h"
#include "core/crypto.h"
#include "node/command.h"
#include "node/lookup.h"
#include "node/render.h"

/* Find a closed group by the first argument. */
static int group_find(const struct command_call *call, struct charter *out) {
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY), ERR_MEMORY;
    int err = lookup_community(call, command_argument(call, 0), c);
    if (!err && c->charter.access == CHARTER_OPEN) {
        output_say(call->out, "anyone reads and writes in an open group: it has no members");
        err = ERR_USAGE;
    }
    if (!err) *out = c->charter;
    free(c);
    return err;
}

static int member_failed(const struct command_call *call, int err) {
    switch (err) {
    case ERR_CHARTER:
        output_say(call->out,
                   "you do not coordinate this group, or two rival changes of its coordinators have frozen it, or the "
                   "one you mean coordinates it too: longear member list %s",
                   command_argument(call, 0));
        return COMMAND_FAILED;
    case ERR_NOT_FOUND: output_say(call->out, "this key is no member of the group"); return COMMAND_FAILED;
    case ERR_COMMUNITY:
        output_say(call->out, "this request is for a group that is not here, or that you have not joined");
        return COMMAND_FAILED;
    default: return command_failed(call, err);
    }
}

/* ---- Looking ---- */

static const char *status_word(const struct members_entry *e) {
    switch (e->status) {
    case MEMBERS_MEMBER: return e->coordinates ? "coordinator" : "member";
    case MEMBERS_REMOVED: return "removed";
    case MEMBERS_PENDING: return "pending";
    default: return "none";
    }
}

static const char *standing_word(enum closed_standing standing) {
    switch (standing) {
    case CLOSED_ASKED: return "asked";
    case CLOSED_MEMBER: return "member";
    case CLOSED_PENDING: return "pending";
    case CLOSED_REMOVED: return "removed";
    default: return "none";
    }
}

static const char *status_text(const struct output *out, const struct members_entry *e) {
    switch (e->status) {
    case MEMBERS_MEMBER: return e->coordinates ? output_text(out, "coordinator") : output_text(out, "member");
    case MEMBERS_REMOVED: return output_text(out, "removed");
    case MEMBERS_PENDING: return output_text(out, "admitted by somebody who was not entitled to");
    default: return "";
    }
}

static void entries_tell(const struct command_call *call, const struct closed_view *v, const uint8_t own[KEY_SIZE]) {
    char handle[HANDLE_SIZE], hex[HEX_SIZE];
    for (size_t i = 0; v->members && i < v->members->entry_count; i++) {
        const struct members_entry *e = &v->members->entries[i];
        bool me = memcmp(e->key, own, KEY_SIZE) == 0;
        person_handle(handle, e->key);
        command_hex(hex, e->key, KEY_SIZE);
        output_json(call->out, json_pack("{s:o,s:s,s:s,s:b}", "key", command_hex_json(e->key), "handle", handle,
                                         "status", status_word(e), "self", me));
        if (me)
            output_print(call->out, "%.16s  ~%s  %s, you\n", hex, handle, status_text(call->out, e));
        else
            output_print(call->out, "%.16s  ~%s  %s\n", hex, handle, status_text(call->out, e));
    }
}

static void proposals_tell(const struct command_call *call, const struct closed_view *v) {
    char hex[HEX_SIZE];
    for (unsigned i = 0; i < v->proposal_count; i++) {
        const struct closed_proposal *p = &v->proposals[i];
        json_t *keys = json_array();
        for (unsigned k = 0; k < p->coordinator_count; k++)
            json_array_append_new(keys, command_hex_json(p->coordinators + (size_t)k * KEY_SIZE));
        output_json(call->out, json_pack("{s:o,s:o,s:i,s:b,s:o}", "proposal", command_hex_json(p->id), "author",
                                         command_hex_json(p->author), "consents", (int)p->consents, "consented",
                                         p->consented, "coordinators", keys));
        command_hex(hex, p->id, HASH_SIZE);
        output_print(call->out,
                     "other coordinators are proposed (%d), %d agree so far:  longear member consent %s %.8s\n",
                     (int)p->coordinator_count, (int)p->consents, command_argument(call, 0), hex);
    }
}

static void state_tell(const struct command_call *call, const struct closed_view *v) {
    output_json(call->out, json_pack("{s:s,s:b,s:i,s:i,s:i,s:I}", "standing", standing_word(v->standing), "coordinates",
                                     v->coordinates, "term", v->members ? (int)v->members->term : 0, "members",
                                     v->members ? (int)v->members->member_count : 0, "rivals",
                                     v->members ? (int)v->members->rival_count : 0, "waiting", (json_int_t)v->waiting));
    switch (v->standing) {
    case CLOSED_ASKED:
        output_note(call->out, "You have asked to be admitted. A coordinator takes your request with:  longear member "
                               "admit REQUEST");
        break;
    case CLOSED_PENDING:
        output_note(call->out, "Who admitted you was not entitled to any more: ask another coordinator.");
        break;
    case CLOSED_REMOVED: output_note(call->out, "You are no member any more. What came before stays with you."); break;
    default: break;
    }
    if (v->waiting > 0) {
        char number[24];
        snprintf(number, sizeof number, "%llu", (unsigned long long)v->waiting);
        output_note(call->out, "Messages whose key has not come yet: %s. They can be read as soon as it does.", number);
    }
    if (v->members && v->members->rival_count > 0)
        output_note(call->out, "Two changes of the coordinators contradict each other. Nobody is admitted or removed "
                               "until more than half of the coordinators listed here sign one proposal over both:  "
                               "longear member propose");
}

int command_member_list(const struct command_call *call) {
    struct charter charter;
    struct closed *closed;
    struct member own;
    if (group_find(call, &charter)) return COMMAND_FAILED;
    struct closed_view *v = malloc(sizeof *v);
    if (!v) return command_failed(call, ERR_MEMORY);
    home_member(call->home, &charter, false, &own);
    home_enter(call->home);
    int err = home_closed(call->home, &closed);
    if (!err) err = closed_look(closed, charter.community, v);
    if (!err) {
        /* Within the lock: what is shown is borrowed. It is written to memory, not to a terminal. */
        entries_tell(call, v, own.key);
        proposals_tell(call, v);
        state_tell(call, v);
    }
    home_leave(call->home);
    crypto_wipe(&own, sizeof own);
    free(v);
    return err ? member_failed(call, err) : COMMAND_DONE;
}

/* ---- Changing ---- */

/* Read keys of members, by a beginning of 4 digits or more. 0 or an error that was said. */
static int keys_read(const struct command_call *call, const struct charter *charter, unsigned first, uint8_t *keys,
                     size_t *count) {
    struct closed *closed;
    struct closed_view *v = malloc(sizeof *v);
    int err = v ? 0 : ERR_MEMORY;
    *count = 0;
    home_enter(call->home);
    if (!err) err = home_closed(call->home, &closed);
    if (!err) err = closed_look(closed, charter->community, v);
    for (unsigned i = first; i < call->req->argument_count && !err; i++) {
        uint8_t prefix[HASH_SIZE];
        unsigned nibbles = lookup_hex(call->req->arguments[i], prefix), found = 0;
        if (*count == CHARTER_COORDINATORS_MAX || nibbles < LOOKUP_PREFIX_MIN) {
            err = *count == CHARTER_COORDINATORS_MAX ? ERR_LIMIT : ERR_NOT_FOUND;
            break;
        }
        for (size_t k = 0; v->members && k < v->members->entry_count; k++) {
            const uint8_t *key = v->members->entries[k].key;
            if (!lookup_begins(key, prefix, nibbles)) continue;
            memcpy(keys + *count * KEY_SIZE, key, KEY_SIZE);
            found++;
        }
        err = found == 0 ? ERR_NOT_FOUND : found > 1 ? ERR_AMBIGUOUS : 0;
        (*count)++;
    }
    home_leave(call->home);
    free(v);
    if (err) (void)member_failed(call, err);
    return err;
}

static bool is_of_group(const struct command_call *call, const char *name, const uint8_t community[HASH_SIZE]) {
    struct store_community *c = malloc(sizeof *c);
    if (!c) return (void)command_failed(call, ERR_MEMORY), false;
    bool found = lookup_community(call, name, c) == 0;
    bool same = found && memcmp(c->charter.community, community, HASH_SIZE) == 0;
    if (found && !same) output_say(call->out, "this request is about another group than \"%s\"", name);
    free(c);
    return same;
}

int command_member_admit(const struct command_call *call) {
    struct request_line {
        char text[2 * REQUEST_CHARS_MAX];
        size_t length;
    } line = {.length = 0};
    struct closed *closed;
    struct join_request request;
    char handle[HANDLE_SIZE];
    static const char front[] = "longear-join:";
    unsigned first = 0;
    /* Whoever names the group, too, means no harm: it stands in the request. */
    if (call->req->argument_count > 1 && strncmp(call->req->arguments[0], front, sizeof front - 1) != 0 &&
        strncmp(call->req->arguments[1], front, sizeof front - 1) == 0)
        first = 1;
    for (unsigned i = first; i < call->req->argument_count; i++) { /* a messenger may have broken it */
        size_t size = strlen(call->req->arguments[i]);
        if (size > sizeof line.text - line.length) size = sizeof line.text - line.length;
        memcpy(line.text + line.length, call->req->arguments[i], size);
        line.length += size;
    }
    int err = join_request_decode(&request, line.text, line.length);
    if (err == ERR_NOT_INVITE) {
        output_say(call->out,
                   "this is no request to join: it begins with \"longear-join:\", and who wants to join gets "
                   "it by  longear join INVITATION");
        return COMMAND_FAILED;
    }
    if (err) return command_failed(call, err);
    if (first > 0 && !is_of_group(call, command_argument(call, 0), request.community)) return COMMAND_FAILED;
    home_enter(call->home);
    err = home_closed(call->home, &closed);
    if (!err) err = closed_admit(closed, &request, home_when(call->home));
    home_leave(call->home);
    if (err) return member_failed(call, err);
    person_handle(handle, request.key);
    output_json(call->out, json_pack("{s:o,s:s}", "admitted", command_hex_json(request.key), "handle", handle));
    output_print(call->out, "~%s is admitted; they can read and write when the news has reached them.\n", handle);
    crypto_wipe(&request, sizeof request);
    return COMMAND_DONE;
}

int command_member_remove(const struct command_call *call) {
    struct charter charter;
    struct closed *closed;
    uint8_t keys[CHARTER_COORDINATORS_MAX * KEY_SIZE];
    size_t count;
    char handle[HANDLE_SIZE];
    if (group_find(call, &charter) || keys_read(call, &charter, 1, keys, &count)) return COMMAND_FAILED;
    home_enter(call->home);
    int err = home_closed(call->home, &closed);
    if (!err) err = closed_remove(closed, charter.community, keys, home_when(call->home));
    home_leave(call->home);
    if (err) return member_failed(call, err);
    person_handle(handle, keys);
    output_json(call->out, json_pack("{s:o}", "removed", command_hex_json(keys)));
    output_print(call->out,
                 "~%s is removed. They cannot read what is written by those who have heard of it; what they have read "
                 "they keep.\n",
                 handle);
    return COMMAND_DONE;
}

int command_member_propose(const struct command_call *call) {
    struct charter charter;
    struct closed *closed;
    uint8_t keys[CHARTER_COORDINATORS_MAX * KEY_SIZE], id[HASH_SIZE];
    size_t count;
    char hex[HEX_SIZE];
    if (group_find(call, &charter) || keys_read(call, &charter, 1, keys, &count)) return COMMAND_FAILED;
    home_enter(call->home);
    int err = home_closed(call->home, &closed);
    if (!err) err = closed_propose(closed, charter.community, keys, count, home_when(call->home), id);
    home_leave(call->home);
    if (err) return member_failed(call, err);
    command_hex(hex, id, HASH_SIZE);
    output_json(call->out, json_pack("{s:s}", "proposal", hex));
    output_print(call->out, "Proposed. It counts when more than half of the coordinators have agreed:\n%s\n", hex);
    return COMMAND_DONE;
}

int command_member_consent(const struct command_call *call) {
    struct charter charter;
    struct closed *closed;
    uint8_t prefix[HASH_SIZE], id[HASH_SIZE];
    unsigned nibbles = lookup_hex(command_argument(call, 1), prefix), found = 0;
    struct closed_view *v = malloc(sizeof *v);
    if (!v) return command_failed(call, ERR_MEMORY);
    if (group_find(call, &charter)) {
        free(v);
        return COMMAND_FAILED;
    }
    home_enter(call->home);
    int err = home_closed(call->home, &closed);
    if (!err) err = closed_look(closed, charter.community, v);
    for (unsigned i = 0; !err && nibbles >= LOOKUP_PREFIX_MIN && i < v->proposal_count; i++)
        if (memcmp(v->proposals[i].id, prefix, nibbles / 2) == 0) {
            memcpy(id, v->proposals[i].id, HASH_SIZE);
            found++;
        }
    if (!err && found != 1) err = found ? ERR_AMBIGUOUS : ERR_CHARTER;
    if (!err) err = closed_consent(closed, charter.community, id, home_when(call->home));
    home_leave(call->home);
    free(v);
    if (err == ERR_CHARTER) {
        output_say(call->out,
                   "there is no such proposal to agree to, or you have agreed, or you do not coordinate this "
                   "group: longear member list %s",
                   command_argument(call, 0));
        return COMMAND_FAILED;
    }
    if (err) return member_failed(call, err);
    output_json(call->out, json_pack("{s:o}", "consented", command_hex_json(id)));
    output_print(call->out, "You have agreed.\n");
    return COMMAND_DONE;
}
