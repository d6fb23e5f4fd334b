/*
 * checks.h: the requests by which phones and computers find out whether a Wi-Fi leads to the internet, and the answers
 * that they take for a yes.
 *
 * The table in checks.c is the whole knowledge of them. What a device does with any other answer stands in
 * doc/decisions/hotspot.md.
 */
#ifndef NODE_WEB_CHECKS_H
#define NODE_WEB_CHECKS_H

#include <stdbool.h>

enum checks_way {
    CHECKS_WINDOW, /* another answer than the expected one opens a window of the system, which shows it */
    CHECKS_APPLE,  /* the same; the window asks again in the background and offers "Done" once the answer is right */
    CHECKS_BROWSER /* another answer is opened in the real browser */
};

struct checks {
    const char *host; /* NULL: any name */
    const char *path; /* a beginning of the path; "/" for any path */
    enum checks_way way;
    unsigned status;
    const char *type, *body; /* of the expected answer; NULL: it has none */
};

/* Find the check that a request is; NULL if it is none. host may have a port behind it. */
const struct checks *checks_find(const char *host, const char *path);

/*
 * Tell whether a request is one that a device makes in the background, as opposed to a window that a person looks at.
 * user_agent may be NULL.
 */
bool checks_is_background(const struct checks *check, const char *user_agent);

#endif
