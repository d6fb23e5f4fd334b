/*
 * args.c: getopt_long over the tables, twice: the global options up to the subcommand, then everything after it.
 */
#include "cli/args.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/value.h"
#include "node/address.h"
#include "node/render.h"

#define OPTION_BASE 1000

struct parse {
    struct args *out;
    char *why;
    uint64_t now;
    const struct args_option *known[16 + ARGS_OPTIONS_MAX];
    struct option longs[16 + ARGS_OPTIONS_MAX + 1];
    unsigned known_count;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct parse *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(p->why, ARGS_WHY_SIZE, lang_text(p->out->lang, format), args);
    va_end(args);
    return ERR_USAGE;
}

const struct args_command *args_find(const char *name) {
    for (size_t i = 0; i < args_command_count; i++)
        if (strcmp(args_commands[i].name, name) == 0) return &args_commands[i];
    return NULL;
}

bool args_is_group(const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; i < args_command_count; i++)
        if (strncmp(args_commands[i].name, word, length) == 0 && args_commands[i].name[length] == ' ') return true;
    return false;
}

static void known_add(struct parse *p, const struct args_option *option) {
    for (unsigned i = 0; i < p->known_count; i++)
        if (strcmp(p->known[i]->name, option->name) == 0)
            return; /* the subcommand's own meaning of a name comes first */
    p->longs[p->known_count] = (struct option){option->name,
                                               option->kind == ARGS_FLAG       ? no_argument
                                               : option->kind == ARGS_OPTIONAL ? optional_argument
                                                                               : required_argument,
                                               NULL, OPTION_BASE + (int)p->known_count};
    p->known[p->known_count++] = option;
    p->longs[p->known_count] = (struct option){0};
}

static void known_set(struct parse *p, const struct args_command *command) {
    p->known_count = 0;
    for (unsigned i = 0; command && i < ARGS_OPTIONS_MAX && command->options[i].name; i++)
        known_add(p, &command->options[i]);
    for (size_t i = 0; i < args_global_count; i++) known_add(p, &args_globals[i]);
}

static int language_set(struct parse *p, const char *value) {
    for (int i = 0; i < LANG_COUNT; i++) {
        if (strcmp(lang_code((enum lang)i), value) == 0) {
            p->out->lang = (enum lang)i;
            return 0;
        }
    }
    return refuse(p, "--lang takes en, ru or kk; not \"%s\"", value);
}

/* Take a global option. Return 1 if it is none. */
static int global_take(struct parse *p, const struct args_option *option, const char *value) {
    struct args *out = p->out;
    if (option < args_globals || option >= args_globals + args_global_count) return 1;
    if (strcmp(option->name, "home") == 0)
        out->home = value;
    else if (strcmp(option->name, "passphrase-file") == 0)
        out->passphrase_file = value;
    else if (strcmp(option->name, "key-file") == 0)
        out->key_file = value;
    else if (strcmp(option->name, "memory") == 0)
        out->memory = true;
    else if (strcmp(option->name, "json") == 0)
        out->json = true;
    else if (strcmp(option->name, "progress") == 0)
        out->progress = true;
    else if (strcmp(option->name, "help") == 0)
        out->help = true;
    else if (strcmp(option->name, "version") == 0)
        out->version = true;
    else
        return language_set(p, value);
    if (option->kind != ARGS_FLAG && *value == '\0') return refuse(p, "--%s is empty", option->name);
    return 0;
}

static int value_check(struct parse *p, const struct args_option *option, const char *value, uint64_t *number) {
    struct address_parts parts;
    switch (option->kind) {
    case ARGS_FLAG:
    case ARGS_TEXT:
    case ARGS_OPTIONAL:
    case ARGS_LANGUAGE: return 0;
    case ARGS_NUMBER:
        return value_number(value, VALUE_NUMBER_MAX, number)
                   ? refuse(p, "--%s takes a number; not \"%s\"", option->name, value)
                   : 0;
    case ARGS_DAYS:
        return value_number(value, 3650, number) || *number == 0
                   ? refuse(p, "--%s takes a number of days, 1 to 3650; not \"%s\"", option->name, value)
                   : 0;
    case ARGS_TIME:
        return value_time(value, p->now, number) ? refuse(p,
                                                          "--%s takes a time: 2026-11-20, 2026-11-20T12:00Z, seconds "
                                                          "of Unix time, or an age as 30m, 3h, 2d, 1w; not \"%s\"",
                                                          option->name, value)
                                                 : 0;
    case ARGS_SIZE:
        return value_size(value, number)
                   ? refuse(p, "--%s takes a number of bytes, or one with K, M or G as 10M; not \"%s\"", option->name,
                            value)
                   : 0;
    case ARGS_ADDRESS:
        return value_address(value) ? refuse(p, "--%s takes ADDR:PORT, like 127.0.0.1:8480 or [::1]:8480; not \"%s\"",
                                             option->name, value)
                                    : 0;
    case ARGS_HOST:
        return address_split(&parts, value) ? refuse(p,
                                                     "--%s takes HOST:PORT, like 192.168.1.5:7427 or "
                                                     "[fe80::1%%eth0]:7427; not \"%s\"",
                                                     option->name, value)
                                            : 0;
    case ARGS_URGENCY:
        return render_urgency_parse(value) < 0
                   ? refuse(p, "--%s is one of bulk, normal, important, urgent; not \"%s\"", option->name, value)
                   : 0;
    }
    return 0;
}

static int option_take(struct parse *p, const struct args_option *option, const char *value) {
    struct request *r = &p->out->request;
    uint64_t number = 0;
    int err = global_take(p, option, value);
    if (err <= 0) return err;
    if (r->option_count == REQUEST_OPTIONS_MAX) return refuse(p, "there are more than %d options", REQUEST_OPTIONS_MAX);
    err = value_check(p, option, value, &number);
    if (err) return err;
    struct request_option *to = &r->options[r->option_count];
    to->name = option->name;
    to->value = value ? value : "";
    if (option->kind == ARGS_NUMBER || option->kind == ARGS_DAYS || option->kind == ARGS_TIME ||
        option->kind == ARGS_SIZE) {
        char *digits = p->out->digits[r->option_count];
        snprintf(digits, ARGS_DIGITS, "%llu", (unsigned long long)number);
        to->value = digits;
    }
    r->option_count++;
    return 0;
}

/* Parse options out of argv, whose first word is skipped. In "+" mode stop at the first that is none. optind tells
 * where. */
static int options_parse(struct parse *p, int argc, char **argv, const char *mode) {
    int got, err = 0;
    opterr = 0;
    optind = 0; /* glibc and musl: begin anew */
    while (!err && (got = getopt_long(argc, argv, mode, p->longs, NULL)) != -1) {
        if (got >= OPTION_BASE)
            err = option_take(p, p->known[got - OPTION_BASE], optarg);
        else if (got == ':')
            err = refuse(p, "%s needs a value", argv[optind - 1]);
        else if (got == 'h')
            p->out->help = true;
        else if (optopt >= OPTION_BASE)
            err = refuse(p, "%s takes no value", argv[optind - 1]);
        else if (optopt)
            err = refuse(p, "there is no option -%c (a text that begins with - goes after --)", optopt);
        else
            err = refuse(p, "there is no option %s, or it is cut too short", argv[optind - 1]);
    }
    return err;
}

static int arguments_take(struct parse *p, int argc, char **argv, int from) {
    struct args *out = p->out;
    const struct args_command *c = out->command;
    unsigned count = (unsigned)(argc - from);
    if (out->help) return 0;
    if (count < c->arguments_min || count > c->arguments_max) {
        if (c->arguments_max == 0) return refuse(p, "%s takes no argument; not \"%s\"", c->name, argv[from]);
        return refuse(p,
                      count < c->arguments_min ? "an argument is missing; expected: longear %s %s"
                                               : "there are too many arguments; expected: longear %s %s",
                      c->name, c->arguments);
    }
    for (unsigned i = 0; i < count; i++) out->request.arguments[i] = argv[from + (int)i];
    out->request.argument_count = count;
    return 0;
}

/* Find the subcommand at argv[at], whose name may have a second word behind it. Moves *at behind it. */
static int command_take(struct parse *p, int argc, char **argv, int *at) {
    char name[64];
    const char *word = argv[*at];
    int next = *at + 1, err = 0;
    if (args_is_group(word)) {
        if (!args_find(word)) { /* options may stand between the two words */
            err = options_parse(p, argc - *at, argv + *at, "+:h");
            next = *at + optind;
        }
        if (!err && next < argc && snprintf(name, sizeof name, "%s %s", word, argv[next]) < (int)sizeof name)
            p->out->command = args_find(name);
        if (p->out->command) {
            *at = next + 1;
            return 0;
        }
        p->out->topic = word;
        if (err || (p->out->help && !args_find(word))) return err;
    }
    p->out->command = args_find(word);
    *at += 1;
    if (p->out->command) return 0;
    if (!args_is_group(word)) return refuse(p, "there is no subcommand \"%s\"; see: longear help", word);
    return next < argc ? refuse(p, "there is no subcommand \"%s %s\"; see: longear help %s", word, argv[next], word)
                       : refuse(p, "%s needs another word; see: longear help %s", word, word);
}

int args_parse(struct args *out, int argc, char **argv, uint64_t now, char why[ARGS_WHY_SIZE]) {
    struct parse p = {.out = out, .why = why, .now = now};
    why[0] = '\0';
    known_set(&p, NULL);
    int err = options_parse(&p, argc, argv, "+:h");
    int at = optind;
    if (!err && at < argc) err = command_take(&p, argc, argv, &at);
    if (!err && out->command) {
        known_set(&p, out->command);
        err = options_parse(&p, argc - at + 1, argv + at - 1, ":h");
        if (!err) err = arguments_take(&p, argc, argv, at - 1 + optind);
        out->request.command = out->command->name;
        if (out->help) out->topic = out->command->name;
    }
    if (!err && !out->command && !out->help && !out->version)
        err = refuse(&p, "a subcommand is missing; see: longear help");
    if (out->progress && out->request.option_count < REQUEST_OPTIONS_MAX)
        out->request.options[out->request.option_count++] = (struct request_option){"progress", ""};
    out->request.json = out->json;
    out->request.lang = out->lang;
    return err;
}
