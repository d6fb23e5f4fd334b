/*
 * salvage.c: save what can be read of a damaged store.
 */
#include <stdio.h>
#include <string.h>

#include "cli/alone.h"
#include "cli/secret.h"
#include "node/commands.h"

static int failed(struct output *out, int err, const char *path, const char *why) {
    if (err != ERR_BUSY) return alone_failed(out, err, path, why);
    output_say(out, "a node or another command is at work on this home already: %s", path);
    return COMMAND_FAILED;
}

/* The parts are named by the store, in English; here by messages of the catalogue. */
static void parts_text(struct output *out, const char *parts, char *text, size_t room) {
    static const char *const names[] = {"messages", "attachments", "groups", "settings", "the search index", "lists"};
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strstr(parts, names[i])) continue;
        int wrote = snprintf(text + at, room - at, "%s%s", at ? ", " : "", output_text(out, names[i]));
        if (wrote > 0 && (size_t)wrote < room - at) at += (size_t)wrote;
    }
}

static void result_tell(struct output *out, const struct home_salvaged *s) {
    const struct store_salvaged *of = &s->of;
    char parts[4 * STORE_PARTS_SIZE];
    parts_text(out, of->parts, parts, sizeof parts);
    output_json(out, json_pack("{s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:s}", "damaged", 1, "parts", of->parts, "records",
                               (json_int_t)of->records, "communities", (json_int_t)of->communities, "chunks",
                               (json_int_t)of->chunks, "gaps", (json_int_t)of->gaps, "withheld",
                               (json_int_t)of->withheld, "aside", s->aside));
    output_print(out, "Damaged: %s\n", parts);
    output_print(out, "Saved: messages %llu, groups %llu, pieces of attachments %llu\n",
                 (unsigned long long)of->records, (unsigned long long)of->communities, (unsigned long long)of->chunks);
    output_print(out, "Places that could not be read: %llu\n", (unsigned long long)of->gaps);
    if (out->json) return;
    if (of->gaps == 0)
        output_note(out, "Nothing is lost: what is damaged was made anew from the rest.");
    else
        output_note(out, "What is missing comes back from other points, if they have it: longear sync");
    output_note(out,
                "The damaged file lies in %s; copy it before anybody tries more. When it is of no more use: longear "
                "salvage --drop",
                s->aside);
    output_note(out, "A disk that damages one page damages more: pack a parcel and keep it elsewhere.");
}

int alone_salvage(const struct args *args, const char *path, struct output *out) {
    char why[HOME_WHY_SIZE] = "";
    struct secret secret = {args, out, why};
    const struct home_access access = secret_access(&secret);
    struct home_salvaged done;
    if (args->memory) {
        output_say(out, "these options do not go together");
        return COMMAND_USAGE;
    }
    if (request_option(&args->request, "drop")) {
        int err = home_salvage_drop(path, &access, why);
        if (err) return failed(out, err, path, why);
        output_json(out, json_pack("{s:b}", "dropped", 1));
        output_print(out, "The damaged file was overwritten and removed.\n");
        return COMMAND_DONE;
    }
    int err = home_salvage(path, &access, &done, why);
    if (err) return failed(out, err, path, why);
    if (done.of.parts[0]) {
        result_tell(out, &done);
    } else {
        output_json(out, json_pack("{s:b}", "damaged", 0));
        output_print(out, "Nothing is damaged; nothing was changed.\n");
    }
    return COMMAND_DONE;
}
