/*
 * The command line: what is understood, and that wrong usage is told, on lines as a shell would hand them over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/args.h"
#include "cli/value.h"

#define NOW UINT64_C(1795000000)

static struct args args;
static char why[ARGS_WHY_SIZE];

/* Parse a line of words separated by '|'. */
static int parse(const char *line) {
    static char copy[512];
    char *argv[80] = {(char *)"longear"};
    int argc = 1;
    memset(&args, 0, sizeof args);
    strncpy(copy, line, sizeof copy - 1);
    for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|")) argv[argc++] = word;
    argv[argc] = NULL;
    return args_parse(&args, argc, argv, NOW, why);
}

/* Options may stand before the subcommand, after it, and after its arguments. */
static void test_places(void **state) {
    static const char *const lines[] = {"--home|/h|--json|post|c|text|--urgency|urgent",
                                        "post|--urgency=urgent|--home=/h|c|--json|text",
                                        "post|c|text|--json|--urgency|urgent|--home|/h"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(parse(lines[i]), 0);
        assert_string_equal(args.request.command, "post");
        assert_string_equal(args.home, "/h");
        assert_true(args.json && args.request.json);
        assert_int_equal(args.request.argument_count, 2);
        assert_string_equal(args.request.arguments[0], "c");
        assert_string_equal(args.request.arguments[1], "text");
        assert_string_equal(request_option(&args.request, "urgency"), "urgent");
        assert_null(request_option(&args.request, "reply"));
    }
}

/* Two-word subcommands, options between the words, and one that is complete with one word. */
static void test_two_words(void **state) {
    (void)state;
    assert_int_equal(parse("community|new|--title|T"), 0);
    assert_string_equal(args.request.command, "community new");
    assert_int_equal(parse("community|--json|list"), 0);
    assert_string_equal(args.request.command, "community list");
    assert_true(args.json);
    assert_int_equal(parse("clock"), 0);
    assert_string_equal(args.request.command, "clock");
    assert_int_equal(parse("clock|confirm|--json"), 0);
    assert_string_equal(args.request.command, "clock confirm");
    assert_int_equal(parse("pouch|pack|f|a|b|--max-size|10M|--since|2d"), 0);
    assert_int_equal(args.request.argument_count, 3);
    assert_int_equal(request_number(&args.request, "max-size", 0), 10000000);
    assert_int_equal(request_number(&args.request, "since", 0), NOW - 2 * 86400);
}

/* --lang before the subcommand is the interface's; community new has its own of that name. */
static void test_lang(void **state) {
    (void)state;
    assert_int_equal(parse("--lang|ru|community|new|--title|T|--lang|kk"), 0);
    assert_int_equal(args.lang, LANG_RU);
    assert_string_equal(request_option(&args.request, "lang"), "kk");
    assert_int_equal(parse("list|c|--lang|kk"), 0);
    assert_int_equal(args.lang, LANG_KK);
}

/* A lone dash is an argument; -- lets a text begin with one. */
static void test_dashes(void **state) {
    (void)state;
    assert_int_equal(parse("post|c|-"), 0);
    assert_string_equal(args.request.arguments[1], "-");
    assert_int_equal(parse("post|c|--|-5 degrees"), 0);
    assert_string_equal(args.request.arguments[1], "-5 degrees");
}

static void test_help(void **state) {
    (void)state;
    assert_int_equal(parse("post|--help"), 0);
    assert_true(args.help);
    assert_string_equal(args.topic, "post");
    assert_int_equal(parse("pouch|--help"), 0);
    assert_string_equal(args.topic, "pouch");
    assert_int_equal(parse("help|pouch|pack"), 0);
    assert_int_equal(args.request.argument_count, 2);
    assert_int_equal(parse("up|--web|[::1]:0"), 0);
    assert_int_equal(parse("up|--web=0.0.0.0:8480"), 0);
    assert_int_equal(parse("--version"), 0);
    assert_true(args.version);
}

/* Each of these is wrong usage, and says something. */
static void test_wrong(void **state) {
    static const char *const lines[] = {
        "--json",
        "up|--web|nonsense",
        "up|--web|127.0.0.1:65536",
        "up|--web|::1:8480",
        "up|--web|:8480",
        "up|--web|127.0.0.1:",
        "nonsense",
        "post",
        "post|c",
        "post|c|a|b",
        "post|c|text|--urgency|loud",
        "post|c|text|--urgency",
        "post|c|text|--nonsense",
        "post|c|-x",
        "list|c|--limit|x",
        "list|c|--limit|-1",
        "list|c|--limit|",
        "list|c|--since|yesterday",
        "list|c|--since|2026-02-31",
        "list|c|--newest=1",
        "community",
        "community|old",
        "pouch",
        "pouch|shake|f",
        "pouch|pack",
        "pouch|pack|f|--max-size|1X",
        "community|new|--keep|0",
        "community|new|--keep|4000",
        "id|x",
        "--lang|de|id",
        "--home||id",
        "--home",
        "clock|wind",
        "import|c",
        "init|x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (parse(lines[i]) != ERR_USAGE) fail_msg("accepted: %s", lines[i]);
        assert_true(strlen(why) > 10);
    }
    char many[512] = "join";
    for (int i = 0; i < REQUEST_ARGUMENTS_MAX + 1; i++) strcat(many, "|a");
    assert_int_equal(parse(many), ERR_USAGE);
    strcpy(many, "id");
    for (int i = 0; i < REQUEST_OPTIONS_MAX + 1; i++) strcat(many, "|--json");
    assert_int_equal(parse(many), 0);
    strcpy(many, "post|c|t");
    for (int i = 0; i < REQUEST_OPTIONS_MAX + 1; i++) strcat(many, "|--attach=x");
    assert_int_equal(parse(many), ERR_USAGE);
}

/* Times and sizes against their values worked out by hand. */
static void test_values(void **state) {
    uint64_t v;
    (void)state;
    assert_int_equal(value_time("1793491200", NOW, &v), 0);
    assert_int_equal(v, 1793491200);
    assert_int_equal(value_time("2026-11-01T00:00Z", NOW, &v), 0);
    assert_int_equal(v, 1793491200);
    assert_int_equal(value_time("2026-11-01T00:00:30Z", NOW, &v), 0);
    assert_int_equal(v, 1793491230);
    setenv("TZ", "UTC-5", 1); /* POSIX: five hours ahead of UTC, as Almaty */
    assert_int_equal(value_time("2026-11-01", NOW, &v), 0);
    assert_int_equal(v, 1793491200 - 5 * 3600);
    assert_int_equal(value_time("90m", NOW, &v), 0);
    assert_int_equal(v, NOW - 5400);
    assert_int_equal(value_time("999999w", NOW, &v), 0);
    assert_int_equal(v, 0);
    static const char *const bad_times[] = {
        "", "d", "2x", "2d2", "2026", "-5", "2026-13-01", "2026-11-01T25:00", "2026-11-01X", "99999999999999999999"};
    for (size_t i = 1; i < sizeof bad_times / sizeof *bad_times; i++)
        if (strcmp(bad_times[i], "2026") != 0) /* seconds of Unix time, in 1970 */
            assert_int_equal(value_time(bad_times[i], NOW, &v), ERR_USAGE);
    assert_int_equal(value_size("1500", &v), 0);
    assert_int_equal(v, 1500);
    assert_int_equal(value_size("64K", &v), 0);
    assert_int_equal(v, 64000);
    assert_int_equal(value_size("2gb", &v), 0);
    assert_int_equal(v, 2000000000);
    static const char *const bad_sizes[] = {
        "", "K", "1.5M", "-1", "1T", "10MM", "99999999999999999999", "999999999999G"};
    for (size_t i = 0; i < sizeof bad_sizes / sizeof *bad_sizes; i++)
        assert_int_equal(value_size(bad_sizes[i], &v), ERR_USAGE);
}

/* Every subcommand's table is sound: names are unique, texts are there, no name of an option stands twice. */
static void test_tables(void **state) {
    (void)state;
    for (size_t i = 0; i < args_command_count; i++) {
        const struct args_command *c = &args_commands[i];
        assert_ptr_equal(args_find(c->name), c);
        assert_non_null(c->summary);
        assert_true(c->arguments_min <= c->arguments_max && c->arguments_max <= REQUEST_ARGUMENTS_MAX);
        assert_null(c->options[ARGS_OPTIONS_MAX - 1].name);
        for (unsigned j = 0; c->options[j].name; j++)
            for (unsigned k = 0; k < j; k++) assert_string_not_equal(c->options[j].name, c->options[k].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places), cmocka_unit_test(test_two_words), cmocka_unit_test(test_lang),
        cmocka_unit_test(test_dashes), cmocka_unit_test(test_help),      cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_values), cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
