/*
 * poster.c: write the poster into a file or to standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/alone.h"
#include "host/file.h"
#include "node/commands.h"
#include "node/hotspot.h"
#include "node/poster.h"
#include "node/web/app.h"
#include "node/web/html.h"

#define ADDRESS_MAX 200

static int save(const char *path, const char *page, size_t size, struct output *out) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int err = fd < 0 ? ERR_IO : file_write(fd, (const uint8_t *)page, size);
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && err == 0) err = ERR_IO;
    if (err != 0) {
        output_say(out, "%s: %s", path, strerror(why));
        return COMMAND_FAILED;
    }
    output_json(out, json_pack("{s:s,s:I}", "file", path, "bytes", (json_int_t)size));
    output_print(out, "%s: print it from a browser, on A4.\n", path);
    return COMMAND_DONE;
}

/* The check words of the app that this program serves; NULL if there is none. */
static const char *app_words(void) {
    static char path[PATH_MAX], why[HOME_WHY_SIZE];
    static struct app app;
    if (!app_find(path, sizeof path) || app_read(&app, path, why) != 0) return NULL;
    const char *words = app.words[0] != '\0' ? app.words : NULL;
    free(app.bytes); /* only the words are wanted, which stay */
    app.bytes = NULL;
    return words;
}

/* What isn't said on the command line is taken from the running hotspot. False if something said can't be used. */
static bool fill(const struct request *r, struct poster *p, struct output *out) {
    static struct hotspot_note note;
    static struct exec exec;
    static char password[HOTSPOT_PASSWORD_SIZE], url[HOTSPOT_URL_SIZE];
    bool noted = hotspot_note_get(&note);
    *p = (struct poster){.name = request_option(r, "name"),
                         .password = request_option(r, "password"),
                         .address = request_option(r, "address")};
    if (p->name != NULL && !hotspot_name_is_good(p->name)) {
        output_say(out, "the name of a Wi-Fi has 1 to 32 bytes, without line ends; a Cyrillic letter takes two");
        return false;
    }
    if (p->password != NULL && !hotspot_password_is_good(p->password)) {
        output_say(out, "a Wi-Fi password has 8 to 63 Latin letters, digits or signs");
        return false;
    }
    if (p->address != NULL && (strncmp(p->address, "http://", 7) != 0 || strlen(p->address) > ADDRESS_MAX)) {
        output_say(out, "an address looks like http://10.42.0.1/; not \"%s\"", p->address);
        return false;
    }
    if (p->name == NULL && p->password == NULL && noted && !note.open) {
        hotspot_password_get(&exec, password);
        if (password[0] == '\0') {
            output_say(out,
                       "the Wi-Fi \"%s\" has a password that only the administrator can see: give it with "
                       "--password, or use sudo",
                       note.name);
            return false;
        }
        p->password = password;
    }
    p->words = app_words();
    hotspot_url(url, false, HOTSPOT_PORT_DEFAULT);
    if (p->name == NULL) p->name = noted ? note.name : HOTSPOT_NAME_DEFAULT;
    if (p->address == NULL) p->address = noted ? note.url : url;
    return true;
}

int alone_poster(const struct args *args, const char *path, struct output *out) {
    const struct request *r = &args->request;
    const char *file = r->argument_count > 0 ? r->arguments[0] : "-";
    struct poster p;
    struct html h;
    char *page = NULL;
    size_t size = 0;
    (void)path;
    if (!fill(r, &p, out)) return COMMAND_USAGE;
    poster_begin(&h);
    poster_end(&h, &p);
    int err = html_take(&h, &page, &size);
    html_free(&h);
    if (err != 0) {
        output_say(out, "%s", output_text(out, err_text(err)));
        return COMMAND_FAILED;
    }
    int status = COMMAND_DONE;
    if (strcmp(file, "-") == 0)
        output_write(out, OUTPUT_RESULT, page, size);
    else
        status = save(file, page, size, out);
    free(page);
    return status;
}
