/*
 * command_pouch.c: pack a parcel, open one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carrier/pouch_file.h"
#include "carrier/pouch_html.h"
#include "host/gzip.h"
#include "node/command.h"
#include "node/lookup.h"
#include "node/refusals.h"
#include "node/render.h"
#include "node/standing.h"
#include "node/web/app.h"

_Static_assert(REFUSALS_COUNT == POUCH_REFUSALS_MAX, "both are indexed by -err");

/* Whom to tell how far it is; opened is NULL while packing, as nothing is durable before the end. */
struct teller {
    struct output *out;
    const struct pouch_opened *opened;
    bool commits; /* say what is durable, as a line of JSON */
    uint64_t told;
};

static int pouch_tell(void *context, uint64_t done, uint64_t total) {
    struct teller *t = context;
    if (t->commits && t->opened && t->opened->accepted > t->told) {
        t->told = t->opened->accepted;
        output_json(t->out, json_pack("{s:I}", "committed", (json_int_t)t->told));
        output_flush(t->out);
    }
    return output_progress(t->out, done, total);
}

static struct teller teller_make(const struct command_call *call, const struct pouch_opened *opened) {
    bool commits = call->out->json && request_option(call->req, "progress") != NULL;
    return (struct teller){.out = call->out, .opened = opened, .commits = commits};
}

static struct pouch_access access_make(const struct command_call *call, struct teller *teller) {
    return (struct pouch_access){
        .store = call->home->store, .mutex = &call->home->mutex, .progress = pouch_tell, .context = teller};
}

/* ---- pack ---- */

static int packed_say(const struct command_call *call, const struct pouch_packed *p, const char *file) {
    char size[RENDER_SIZE_SIZE];
    render_size(size, p->bytes);
    output_json(call->out, json_pack("{s:I,s:I,s:I,s:I,s:I}", "records", (json_int_t)p->records, "blobs",
                                     (json_int_t)p->blobs, "bytes", (json_int_t)p->bytes, "left_out",
                                     (json_int_t)p->left_out, "sealed", (json_int_t)p->sealed));
    output_print(call->out, "%s: messages: %llu, files: %llu, %s\n", file, (unsigned long long)p->records,
                 (unsigned long long)p->blobs, size);
    if (p->sealed > 0)
        output_print(call->out, "sealed messages of closed groups, carried along: %llu\n",
                     (unsigned long long)p->sealed);
    if (p->left_out > 0)
        output_say(call->out, "messages that had no room: %llu; the most useful ones are in",
                   (unsigned long long)p->left_out);
    return COMMAND_DONE;
}

static int pack_failed(const struct command_call *call, int err, const char *file) {
    if (err == ERR_SPACE && call->req->file_count > 1)
        output_say(call->out, "--max-size is too small even for the app alone");
    else if (err == ERR_SPACE)
        output_say(call->out, "--max-size is too small even for an empty parcel");
    else if (err == ERR_FULL || err == ERR_IO)
        output_say(call->out, "%s: %s", file, output_text(call->out, err_text(err)));
    else if (err == ERR_INTERRUPTED)
        output_say(call->out, "interrupted; no parcel was made");
    else
        (void)command_failed(call, err);
    return COMMAND_FAILED;
}

/* Read a file from its beginning, at most size bytes. Return how many. */
static int file_read(int fd, uint8_t *out, size_t size) {
    size_t fill = 0;
    ssize_t got = 1;
    while (fill < size && got > 0) {
        got = pread(fd, out + fill, size - fill, (off_t)fill);
        if (got < 0) return ERR_IO;
        fill += (size_t)got;
    }
    return (int)fill;
}

/* Read the app into bytes (APP_FILE_MAX + 1) and unpack it. Return 0, or an error that was said. */
static int app_take(const struct command_call *call, uint8_t *bytes, struct gzip *app) {
    int size = bytes ? file_read(call->req->files[1], bytes, APP_FILE_MAX + 1) : ERR_MEMORY, err = size < 0 ? size : 0;
    if (size > APP_FILE_MAX) err = ERR_LIMIT;
    if (!err) err = gzip_read(app, bytes, (size_t)size, APP_PLAIN_MAX);
    if (!err && !pouch_html_is_app(app->plain, app->plain_size)) err = ERR_FIELD;
    if (err == ERR_FIELD || err == ERR_LIMIT)
        output_say(call->out, "the file for --app is not the app, whole (link.html.gz)");
    else if (err)
        (void)command_failed(call, err);
    return err;
}

/* Find the ids of the groups that are named. Return how many, or an error that was said. */
static int groups_take(const struct command_call *call, uint8_t ids[][HASH_SIZE]) {
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int count = 0, err = 0;
    for (unsigned i = 1; i < call->req->argument_count && !err; i++) {
        err = lookup_community(call, command_argument(call, i), c);
        if (!err) memcpy(ids[count++], c->charter.community, HASH_SIZE);
    }
    free(c);
    return err ? -1 : count;
}

int command_pouch_pack(const struct command_call *call) {
    uint8_t ids[REQUEST_ARGUMENTS_MAX][HASH_SIZE];
    char file[RENDER_TITLE_SIZE];
    struct pouch_packed packed = {0};
    struct gzip app = {0};
    unsigned files = call->req->file_count;
    bool page = pouch_html_is_name(command_argument(call, 0));
    if (files < 1 || files > 2 || (page && files < 2)) return COMMAND_FAILED;
    int count = groups_take(call, ids);
    uint8_t *bytes = count >= 0 && files == 2 ? malloc(APP_FILE_MAX + 1) : NULL; /* app borrows from it */
    if (count < 0 || (files == 2 && app_take(call, bytes, &app))) {
        gzip_free(&app);
        free(bytes);
        return COMMAND_FAILED;
    }
    render_safe(file, sizeof file, command_argument(call, 0));
    command_tidy(call);
    struct teller teller = teller_make(call, NULL);
    struct pouch_access access = access_make(call, &teller);
    struct pouch_pack what = {.communities = count > 0 ? (const uint8_t(*)[HASH_SIZE])ids : NULL,
                              .community_count = (size_t)count,
                              .open_only = request_option(call->req, "window") != NULL,
                              .since = request_number(call->req, "since", 0),
                              .max_bytes = request_number(call->req, "max-size", 0),
                              .now = call->now,
                              .app = files == 2 ? &app : NULL,
                              .page = page};
    int err = pouch_file_pack(&access, call->req->files[0], &what, &packed);
    gzip_free(&app);
    free(bytes);
    return err ? pack_failed(call, err, file) : packed_say(call, &packed, file);
}

/* ---- open ---- */

static json_t *opened_json(const struct pouch_opened *o) {
    json_t *j = json_object();
    json_object_set_new(j, "accepted", json_integer((json_int_t)o->accepted));
    json_object_set_new(j, "known", json_integer((json_int_t)o->known));
    json_object_set_new(j, "rejected", json_integer((json_int_t)o->rejected));
    json_object_set_new(j, "truncated", json_boolean(o->truncated));
    json_object_set_new(j, "waiting", json_integer((json_int_t)o->waiting));
    json_object_set_new(j, "blobs", json_integer((json_int_t)o->blobs));
    json_object_set_new(j, "communities", json_integer((json_int_t)o->communities));
    json_object_set_new(j, "sealed", json_integer((json_int_t)o->sealed));
    json_object_set_new(j, "damaged", json_integer((json_int_t)o->damaged));
    json_object_set_new(j, "refused", refusals_counts_json(o->refused));
    return j;
}

static void opened_print(const struct command_call *call, const struct pouch_opened *o) {
    struct output *out = call->out;
    output_print(out, "new messages: %llu, known already: %llu, refused: %llu\n", (unsigned long long)o->accepted,
                 (unsigned long long)o->known, (unsigned long long)o->rejected);
    if (o->blobs > 0) output_print(out, "new files: %llu\n", (unsigned long long)o->blobs);
    if (o->sealed > 0)
        output_print(out, "sealed messages of closed groups, carried along: %llu\n", (unsigned long long)o->sealed);
    for (int i = 1; i < POUCH_REFUSALS_MAX; i++)
        if (o->refused[i] > 0)
            output_print(out, "  refused: %llu (%s)\n", (unsigned long long)o->refused[i],
                         output_text(out, err_text(-i)));
    if (o->waiting > 0)
        output_print(out, "of the new messages wait, their time lying ahead of this clock: %llu\n",
                     (unsigned long long)o->waiting);
    if (o->truncated)
        output_print(out, "The parcel ends too early: the rest of it was lost on its way. What was whole is here.\n");
    if (o->damaged > 0)
        output_print(out, "Damaged places in the parcel: %llu; what lay before and after them is here.\n",
                     (unsigned long long)o->damaged);
}

struct carried {
    const struct command_call *call;
    FILE *to;
};

static int carried_visit(void *context, const struct store_community *c) {
    struct carried *k = context;
    char hex[HEX_SIZE], title[RENDER_TITLE_SIZE];
    if (c->joined) return 0;
    command_hex(hex, c->charter.community, 4);
    render_safe(title, sizeof title, c->charter.title);
    fprintf(k->to, "  longear join %s    %s\n", hex, title);
    return 0;
}

/* Name the groups that came along and that the person may want to join. */
static void carried_say(const struct command_call *call) {
    char *text = NULL;
    size_t size = 0;
    struct carried k = {.call = call, .to = open_memstream(&text, &size)};
    if (!k.to) return;
    home_enter(call->home);
    int err = store_community_each(call->home->store, call->now, carried_visit, &k);
    home_leave(call->home);
    fclose(k.to);
    if (!err && size > 0) {
        output_note(call->out, "Groups that came in parcels and that you can read already; to write in one:");
        output_write(call->out, OUTPUT_WORDS, text, size);
    }
    free(text);
}

int command_pouch_open(const struct command_call *call) {
    struct pouch_opened opened = {0};
    char file[RENDER_TITLE_SIZE];
    if (call->req->file_count != 1) return COMMAND_FAILED;
    render_safe(file, sizeof file, command_argument(call, 0));
    struct teller teller = teller_make(call, &opened);
    struct pouch_access access = access_make(call, &teller);
    struct pouch_open how = {.when = home_when(call->home), .classes = {standing_class, call->home}};
    int err = pouch_file_open(&access, call->req->files[0], &how, &opened), noted = 0;
    if (err == ERR_NOT_POUCH && opened.truncated) {
        output_say(call->out, "%s: this parcel is cut off before its first message; nothing was changed", file);
        return COMMAND_FAILED;
    }
    if (err == ERR_NOT_POUCH) {
        output_say(call->out, "%s: %s; nothing was changed", file, output_text(call->out, err_text(err)));
        return COMMAND_FAILED;
    }
    if (err == ERR_INTERRUPTED)
        output_say(call->out, "interrupted; what is told below is stored");
    else if (err)
        (void)command_failed(call, err); /* before the store is used again: it has the sentence */
    if (!err || err == ERR_INTERRUPTED) {
        home_enter(call->home);
        noted = refusals_add(call->home->store, opened.refused);
        home_leave(call->home);
        if (noted) (void)command_failed(call, noted);
    }
    output_json(call->out, opened_json(&opened));
    opened_print(call, &opened);
    if (opened.communities > 0 && !call->out->json) carried_say(call);
    command_finish(call);
    return err || noted ? COMMAND_FAILED : COMMAND_DONE;
}
