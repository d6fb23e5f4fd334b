/*
 * command_aloud.c: what is to be read from a loudspeaker: one sentence a line, the most urgent and newest first, and
 * only what a coordinator passed (node/passed.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/command.h"
#include "node/demand_words.h"
#include "node/lookup.h"
#include "node/passed.h"
#include "node/render.h"
#include "view/aloud.h"

static void line_say(const struct command_call *call, const struct passed_item *item, const char *sentence) {
    char safe[4 * ALOUD_MAX + 1];
    render_safe(safe, sizeof safe, sentence);
    if (call->out->json) {
        json_t *o = json_pack("{s:o, s:s}", "record", command_hex_json(item->id), "sentence", sentence);
        if (item->number)
            json_object_set_new(o, "number", json_integer(item->number));
        else
            json_object_set_new(o, "urgency", json_string(render_urgency(item->urgency)));
        output_json(call->out, o);
    } else {
        output_print(call->out, "%s\n", safe);
    }
}

/* A sentence of the program's own, before what people wrote. format is translated. */
static void __attribute__((format(printf, 3, 4)))
own_say(const struct command_call *call, const struct passed_item *item, const char *format, ...) {
    char line[ALOUD_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    line_say(call, item, line);
}

static void item_say(const struct command_call *call, const struct passed_item *item) {
    enum lang lang = call->out->lang;
    char sentence[ALOUD_MAX + 1];
    size_t at = 0;
    if (item->number)
        own_say(call, item, lang_text(lang, "Demand number %u; %s."), item->number,
                lang_text(lang, demand_state_words(item->state)));
    else if (item->urgency == URGENCY_URGENT)
        own_say(call, item, "%s", lang_text(lang, "Urgent."));
    while (aloud_next(item->text, strlen(item->text), &at, sentence) > 0) line_say(call, item, sentence);
    if (item->place[0]) own_say(call, item, lang_text(lang, "Place: %s."), item->place);
}

int command_aloud(const struct command_call *call) {
    struct passed passed = {0};
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) {
        free(c);
        return COMMAND_FAILED;
    }
    home_enter(call->home);
    int err = passed_read(&passed, call->home, &c->charter, call->now);
    home_leave(call->home);
    for (size_t i = 0; !err && i < passed.count; i++) item_say(call, &passed.list[i]);
    if (!err && passed.count == 0 && !call->out->json)
        output_note(call->out,
                    "Nothing is to be read aloud: a coordinator pins messages for all (longear pin --for-all), "
                    "or gives a demand its number.");
    passed_free(&passed);
    free(c);
    return err ? command_failed(call, err) : COMMAND_DONE;
}
