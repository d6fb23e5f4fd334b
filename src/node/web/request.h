/*
 * request.h: one request from its headers to its answer, and what of the web server the pages need. Internal to this
 * folder.
 *
 * The server calls in stages: request_begin judges the headers (who asks, which route, how much body), request_body
 * takes the body piece by piece (fields in memory, files in unlinked files of the home folder), then the route's
 * handler answers. A handler that has long work starts a job (job.h) and is called a second time when it is done.
 */
#ifndef NODE_WEB_REQUEST_H
#define NODE_WEB_REQUEST_H

#include <microhttpd.h>

#include "carrier/lan_address.h"
#include "carrier/pouch_file.h"
#include "core/text.h"
#include "lang/lang.h"
#include "node/home.h"
#include "node/web/guard.h"
#include "node/web/web.h"

#define REQUEST_PATH_MAX 256
#define REQUEST_FIELDS_MAX 12
#define REQUEST_FIELD_NAME_MAX 15
#define REQUEST_QUERY_MAX 200 /* bytes of a search */

/* A TCP connection. */
struct link {
    struct link *next, *before;
    struct guard_address address;
    struct lan_key key; /* what counts as one address for contacts */
    int fd;
    uint64_t deadline_ms; /* on the server's clock; 0 for none */
};

struct request_field {
    char name[REQUEST_FIELD_NAME_MAX + 1];
    char *value; /* zero-terminated */
    size_t size;
};

struct request_file {
    int fd;
    uint64_t size;
    char name[TEXT_NAME_MAX + 1];
};

enum job_state { JOB_NONE, JOB_RUNNING, JOB_DONE };

struct request {
    struct web *web;
    struct MHD_Connection *connection;
    struct link *link;
    struct session_request *session; /* of the session endpoint, which is no route; owned */
    struct meet_request *meet;       /* of the meeting point, which is none either; owned */
    const struct route *route;       /* NULL if no route fits */
    uint8_t ids[2][HASH_SIZE];       /* of the path */
    enum lang lang;
    bool operator_, lang_chosen, post, head, known_path;
    bool foreign;     /* a GET or HEAD under a name that isn't this point's */
    bool parcel_slot; /* holds one of the guests' places for uploads */
    bool answered;
    bool changed; /* something new was stored: the node hears of it once the home is free */
    struct when when;
    struct guard_for from;
    char path[REQUEST_PATH_MAX];
    unsigned refused; /* an HTTP status if the headers were refused, with its sentence */
    const char *sentence;
    /* the body */
    struct MHD_PostProcessor *processor;
    int err; /* of the body: 0, ERR_LIMIT, ERR_FIELD, ERR_MEMORY, ERR_FULL, ERR_IO, ERR_USAGE (no good token) */
    uint64_t body_size;
    size_t fields_size, field_count, file_count;
    struct request_field fields[REQUEST_FIELDS_MAX];
    struct request_file files[TEXT_ATTACHMENTS_MAX];
    /* long work */
    enum job_state job;
    int job_err;
    int job_fd; /* -1, or a file that the job made */
    uint8_t job_id[HASH_SIZE];
    uint8_t group[HASH_SIZE]; /* to write in */
    struct pouch_pack pack;
    uint8_t (*pack_groups)[HASH_SIZE]; /* owned */
    struct pouch_packed packed;
    struct pouch_opened opened;
};

enum route_kind {
    ROUTE_PAGE,   /* GET and HEAD */
    ROUTE_FORM,   /* POST of a form without files */
    ROUTE_FILES,  /* POST of a form, from the operator with files */
    ROUTE_PARCEL, /* POST of a form with one large file */
};

struct route {
    const char *path; /* '#' stands for 64 hex digits, a final '*' for anything */
    enum route_kind kind;
    bool operator_only;
    bool plain; /* no page: needs no language, may be kept */
    enum MHD_Result (*handle)(struct request *r);
};

extern const struct route routes[];
extern const size_t route_count;

/* Make a request from its headers. NULL without memory. */
struct request *request_new(struct web *web, struct MHD_Connection *connection, const char *url, const char *method);
void request_free(struct request *r);

/* Take a piece of the body; what goes wrong is noted in r->err and the rest is passed over. */
void request_body(struct request *r, const char *data, size_t size);

/* Call the route's handler with the home taken, or answer with what was refused. */
enum MHD_Result request_handle(struct request *r);

/* Return a form's field, "" if it is not there; its line ends are single line feeds. */
const char *request_field(const struct request *r, const char *name);

/* Return a value of the query, "" if it is not there or longer than max bytes. */
const char *request_query(const struct request *r, const char *name, size_t max);

/* Read a query value of 64 hex digits. */
bool request_query_id(const struct request *r, const char *name, uint8_t out[HASH_SIZE]);
bool request_hex(const char *text, uint8_t out[HASH_SIZE]);

/* The msgid for a form without a good token. */
extern const char form_foreign[];

/* Make a form's token for the one who asks. */
void request_token(const struct request *r, const char *action, char out[GUARD_TOKEN_SIZE]);

/* The text in the reader's language. */
const char *request_text(const struct request *r, const char *msgid) __attribute__((format_arg(2)));

/* Get a community that the one who asks may see, or ERR_NOT_FOUND. The caller holds home_enter. */
MUST_CHECK int request_community(struct request *r, const uint8_t id[HASH_SIZE], struct store_community *out);

/* ---- What the pages need of the server (web.c) ---- */

struct home *web_home(struct web *web);
const uint8_t *web_secret(const struct web *web);
/* Tell whether the one who asks may write (or else: search, have a parcel packed) now. The operator always may. */
bool web_may_write(struct web *web, const struct request *r);
bool web_may_work(struct web *web, const struct request *r);
const struct web_options *web_options_of(const struct web *web);
struct jobs *web_jobs(struct web *web);
const char *web_style(const struct web *web);     /* lives as long as web */
const char *web_style_tag(const struct web *web); /* changes with the style sheet */
uint64_t web_clock_ms(void);                      /* a clock that nobody sets */
void web_changed(struct web *web);
struct leaflet *web_leaflet(struct web *web);
const struct app *web_app(const struct web *web);
/* Where the plain page begins for the one who asks; and whether there is an app to go to. */
const char *request_home(const struct request *r);
bool app_is_here(const struct request *r);
struct meetings *web_meetings(struct web *web);
struct sessions *web_sessions(struct web *web); /* NULL: no contacts here */
/* Remember that a text was sent to this path, and tell whether the same one sent it within the last WEB_REPEAT_SECONDS.
 */
void web_note_sent(struct web *web, const struct request *r, const char *text);
bool web_was_sent(const struct web *web, const struct request *r, const char *text);
bool web_is_local(const struct web *web, const struct guard_address *address); /* from where the operator asks */
bool web_parcel_slot_take(struct web *web, const struct guard_address *address);
void web_parcel_slot_give(struct web *web, const struct request *r);

/* Give the connection time for this many bytes; job: for as long as a job runs. */
void web_link_time(struct web *web, struct link *link, uint64_t bytes);
void web_link_wait(struct link *link);

#endif
