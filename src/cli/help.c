/*
 * help.c: print args.h's tables.
 */
#include "cli/help.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"

#define SUMMARY_COLUMN 22

/* Results in words are not printed in JSON, but help is help. */
__attribute__((format(printf, 2, 3))) static void print(struct output *out, const char *format, ...) {
    char line[2048];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (size > 0) output_write(out, OUTPUT_RESULT, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
}

static void options_print(struct output *out, const struct args_option *options, size_t count) {
    char left[64];
    for (size_t i = 0; i < count && options[i].name; i++) {
        bool optional = options[i].kind == ARGS_OPTIONAL;
        snprintf(left, sizeof left, "--%s%s%s%s", options[i].name,
                 optional           ? "[="
                 : options[i].value ? " "
                                    : "",
                 options[i].value ? options[i].value : "", optional ? "]" : "");
        if (strlen(left) < SUMMARY_COLUMN)
            print(out, "  %-*s %s\n", SUMMARY_COLUMN, left, output_text(out, options[i].help));
        else
            print(out, "  %s\n  %-*s %s\n", left, SUMMARY_COLUMN, "", output_text(out, options[i].help));
    }
}

static void command_print(struct output *out, const struct args_command *c) {
    bool any = c->options[0].name != NULL;
    print(out, "longear %s%s%s%s\n\n", c->name, *c->arguments ? " " : "", c->arguments, any ? " [--…]" : "");
    print(out, "%s.\n", output_text(out, c->summary));
    if (c->more) print(out, "%s\n", output_text(out, c->more));
    if (any) {
        print(out, "\n");
        options_print(out, c->options, ARGS_OPTIONS_MAX);
    }
    print(out, "\n%s\n", output_text(out, "Options of every subcommand: longear help"));
}

static bool group_print(struct output *out, const char *word) {
    size_t length = strlen(word);
    bool any = false;
    for (size_t i = 0; i < args_command_count; i++) {
        const struct args_command *c = &args_commands[i];
        if (strncmp(c->name, word, length) == 0 && (c->name[length] == ' ' || c->name[length] == '\0')) {
            if (any) print(out, "\n");
            command_print(out, c);
            any = true;
        }
    }
    return any;
}

static void overview_print(struct output *out) {
    print(out, "%s\n\n", output_text(out, "Usage: longear [--home DIR] SUBCOMMAND …"));
    for (size_t i = 0; i < args_command_count; i++)
        print(out, "  %-*s %s\n", SUMMARY_COLUMN, args_commands[i].name, output_text(out, args_commands[i].summary));
    print(out, "\n");
    options_print(out, args_globals, args_global_count);
    print(out, "\n%s\n",
          output_text(out, "A group is named by its title or by the beginning of its id, a message by the beginning of "
                           "its id (4 digits or more).\nThe exit status is 0 when the work is done, 1 when it failed, "
                           "2 when the command was used wrongly. More: longear help SUBCOMMAND"));
}

int help_print(struct output *out, const char *topic) {
    if (!topic) {
        overview_print(out);
        return 0;
    }
    const struct args_command *c = args_find(topic);
    if (c && !args_is_group(topic)) {
        command_print(out, c);
        return 0;
    }
    return group_print(out, topic) ? 0 : ERR_NOT_FOUND;
}

void help_usage(struct output *out, const struct args_command *command) {
    if (command)
        output_note(out, "usage: longear %s %s — more: longear help %s", command->name, command->arguments,
                    command->name);
}
