/*
 * cap.h: a warning as other systems read it: the Common Alerting Protocol, version 1.2 (OASIS Standard, 1 July 2010).
 * Written only; for the public only.
 */
#ifndef EXCHANGE_CAP_H
#define EXCHANGE_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "exchange/place.h"
#include "exchange/sink.h"

#define CAP_NAMESPACE "urn:oasis:names:tc:emergency:cap:1.2"
#define CAP_REFERENCES_MAX 16
#define CAP_AREAS_MAX 8
#define CAP_RADIUS_MAX_M 1000000

/* The values are the standard's words, in its order (section 3.2). */
enum cap_status { CAP_ACTUAL, CAP_EXERCISE, CAP_TEST };
enum cap_message { CAP_ALERT, CAP_UPDATE, CAP_CANCEL };
enum cap_category {
    CAP_GEO,
    CAP_MET,
    CAP_SAFETY,
    CAP_SECURITY,
    CAP_RESCUE,
    CAP_FIRE,
    CAP_HEALTH,
    CAP_ENV,
    CAP_TRANSPORT,
    CAP_INFRA,
    CAP_CBRNE,
    CAP_OTHER
};
enum cap_urgency { CAP_IMMEDIATE, CAP_EXPECTED, CAP_FUTURE, CAP_PAST, CAP_URGENCY_UNKNOWN };
enum cap_severity { CAP_EXTREME, CAP_SEVERE, CAP_MODERATE, CAP_MINOR, CAP_SEVERITY_UNKNOWN };
enum cap_certainty { CAP_OBSERVED, CAP_LIKELY, CAP_POSSIBLE, CAP_UNLIKELY, CAP_CERTAINTY_UNKNOWN };

/* An earlier message, as it was sent. */
struct cap_reference {
    const char *sender, *identifier;
    uint64_t sent;
};

/* Where: in words, and a circle if there is a point. */
struct cap_area {
    const char *description;
    bool has_point;
    struct place point;
    uint32_t radius_m; /* up to CAP_RADIUS_MAX_M; 0 is the point alone */
};

/*
 * A message. Texts are zero-terminated UTF-8; those that may be NULL say so. identifier and sender are unique in the
 * world and hold no space, comma, '<' or '&', since other messages name them in a list.
 */
struct cap_alert {
    const char *identifier, *sender;
    uint64_t sent;
    int offset_minutes; /* of the clocks where it is read: 300 for +05:00; 0 is written as -00:00 */
    enum cap_status status;
    enum cap_message message;
    const struct cap_reference *references; /* of an update or a cancel, one at least; of an alert, none */
    size_t reference_count;

    const char *language; /* RFC 3066: "kk", "ru-KZ" */
    enum cap_category category;
    const char *event;
    enum cap_urgency urgency;
    enum cap_severity severity;
    enum cap_certainty certainty;
    uint64_t effective, expires;                            /* 0 for none; expires lies behind sent and effective */
    const char *headline, *description, *instruction, *web; /* NULL for none */
    const struct cap_area *areas;
    size_t area_count;
};

/*
 * Write a message as a document of its own: the standard's element order, UTF-8, times with a numeric offset and never
 * a Z. Errors: ERR_FIELD (a mandatory text is missing or empty, an identifier is not of its form, references don't fit
 * the message's type), ERR_TIME (a time or an offset out of range, expires before sent or effective), ERR_LIMIT (too
 * many of something, a radius too large), ERR_TEXT (a text is not UTF-8, or holds control characters): then nothing was
 * written. Else what the sink's callback returned.
 */
MUST_CHECK int cap_write(struct sink *o, const struct cap_alert *alert);

#endif
