/*
 * run.c: from argv to an exit status.
 */
#include "cli/run.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/alone.h"
#include "cli/args.h"
#include "cli/files.h"
#include "cli/help.h"
#include "cli/secret.h"
#include "cli/terminal.h"
#include "host/cage.h"
#include "host/entropy.h"
#include "node/commands.h"
#include "node/control.h"
#include "node/home.h"

#define VERSION "0.1.0"
static enum lang lang_of_environment(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return lang_from_locale(value);
    }
    return LANG_EN;
}

static uint64_t clock_now(void) {
    const char *fixed = getenv("LONGEAR_NOW"); /* for tests, as in home.h */
    time_t now = fixed && *fixed ? (time_t)strtoll(fixed, NULL, 10) : time(NULL);
    return now > 0 ? (uint64_t)now : 0;
}

/* A home in memory is its node's alone. */
static int run_in_memory(const struct args *args, const char *path, struct output *out) {
    int status = control_call(path, &args->request, out);
    if (status == ERR_NOT_FOUND) output_say(out, "no node keeps a home in memory here: longear up --memory");
    if (status == ERR_LIMIT) output_say(out, "%s", output_text(out, err_text(ERR_LIMIT)));
    return status >= 0 ? status : COMMAND_FAILED;
}

/* Own the home and do the work, or have it done by the node that owns it. */
static int run_at_home(const struct args *args, const char *path, struct output *out) {
    char why[HOME_WHY_SIZE] = "";
    struct secret secret = {args, out, why};
    const struct home_access access = secret_access(&secret);
    struct home *home = NULL;
    if (args->memory) return run_in_memory(args, path, out);
    int err = home_open_with(&home, path, &access, why);
    for (int i = 0; err == ERR_BUSY && i < ALONE_BUSY_WAITS; i++) {
        int status = control_call(path, &args->request, out);
        if (status >= 0) return status;
        if (status != ERR_NOT_FOUND) {
            if (status == ERR_LIMIT) output_say(out, "%s", output_text(out, err_text(ERR_LIMIT)));
            return COMMAND_FAILED;
        }
        if (!alone_wait(out)) break;
        err = home_open_with(&home, path, &access, why);
    }
    if (err) return alone_failed(out, err, path, why);
    int status = command_run(home, &args->request, out);
    home_close(home);
    return status;
}

static int run_with_files(struct args *args, const char *path, struct output *out) {
    struct files files;
    int status = COMMAND_FAILED;
    if (files_begin(&files, &args->request, out) == 0) status = run_at_home(args, path, out);
    return files_end(&files, &args->request, status == COMMAND_DONE, out) ? COMMAND_FAILED : status;
}

static int run_help(const struct args *args, struct output *out) {
    char topic[64];
    const char *name = args->topic;
    if (!args->help && args->request.argument_count > 0) {
        const char *second = args->request.argument_count > 1 ? args->request.arguments[1] : NULL;
        snprintf(topic, sizeof topic, "%s%s%s", args->request.arguments[0], second ? " " : "", second ? second : "");
        name = topic;
    }
    if (help_print(out, name) == 0) return COMMAND_DONE;
    output_say(out, "there is no subcommand \"%s\"; see: longear help", name);
    return COMMAND_USAGE;
}

/* A home in memory is called after the folder that it has not. */
static bool memory_path(char path[PATH_MAX]) {
    char folder[PATH_MAX];
    memcpy(folder, path, sizeof folder);
    return (size_t)snprintf(path, PATH_MAX, HOME_MEMORY "%s", folder) < PATH_MAX;
}

static int run_command(struct args *args, struct output *out) {
    static const struct {
        const char *name;
        int (*run)(const struct args *args, const char *path, struct output *out);
    } alone[] = {{"init", alone_init},       {"up", alone_up},
                 {"wipe", alone_wipe},       {"passphrase", alone_passphrase},
                 {"hotspot", alone_hotspot}, {"poster", alone_poster},
                 {"salvage", alone_salvage}};
    char path[PATH_MAX];
    if (args->home) {
        if ((size_t)snprintf(path, sizeof path, "%s", args->home) >= sizeof path) {
            output_say(out, "--home: %s", output_text(out, err_text(ERR_LIMIT)));
            return COMMAND_FAILED;
        }
    } else if (home_default(path)) {
        output_say(out, "there is no place for a home: give --home DIR, or set the variable HOME");
        return COMMAND_FAILED;
    }
    char *whole = realpath(path, NULL); /* what is said of a home does not depend on the folder one stands in */
    if (whole && strlen(whole) < sizeof path) memcpy(path, whole, strlen(whole) + 1);
    free(whole);
    if (args->memory && !memory_path(path)) {
        output_say(out, "--home: %s", output_text(out, err_text(ERR_LIMIT)));
        return COMMAND_FAILED;
    }
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (strcmp(args->command->name, alone[i].name) == 0) return alone[i].run(args, path, out);
    return run_with_files(args, path, out);
}

int run(int argc, char **argv) {
    static struct args args;
    static char why[ARGS_WHY_SIZE];
    struct terminal terminal;
    int status;
    unsetenv("POSIXLY_CORRECT"); /* options may follow arguments */
    args.lang = lang_of_environment();
    int err = args_parse(&args, argc, argv, clock_now(), why);
    terminal_init(&terminal, args.lang, args.json);
    struct output *out = &terminal.output;
    args.request.out_terminal = isatty(STDOUT_FILENO);
    args.request.width = terminal_width();
    if (err) {
        output_say(out, "%s", why);
        help_usage(out, args.command);
        status = COMMAND_USAGE;
    } else if (args.version) {
        output_json(out, json_pack("{s:s}", "version", VERSION));
        output_print(out, "longear %s\n", VERSION);
        status = COMMAND_DONE;
    } else if (args.help || strcmp(args.command->name, "help") == 0) {
        status = run_help(&args, out);
    } else if (entropy_check() || sodium_init() < 0) {
        output_say(out, "%s", output_text(out, err_text(ERR_ENTROPY)));
        status = COMMAND_FAILED;
    } else {
        terminal_signals();
        /* These two start other programs, which may need to be more than we are. */
        cage_process(strcmp(args.command->name, "hotspot") != 0 && strcmp(args.command->name, "poster") != 0);
        status = run_command(&args, out);
    }
    return terminal_end(&terminal) && status == COMMAND_DONE ? COMMAND_FAILED : status;
}
