/*
 * cap.c: everything is checked first, so that what is written is a whole message or none.
 */
#include "exchange/cap.h"

#include <stdio.h>
#include <string.h>

#include "core/utf8.h"
#include "exchange/dates.h"

#define OFFSET_MAX (14 * 60)

static const char *const statuses[] = {"Actual", "Exercise", "Test"};
static const char *const messages[] = {"Alert", "Update", "Cancel"};
static const char *const categories[] = {"Geo",    "Met", "Safety",    "Security", "Rescue", "Fire",
                                         "Health", "Env", "Transport", "Infra",    "CBRNE",  "Other"};
static const char *const urgencies[] = {"Immediate", "Expected", "Future", "Past", "Unknown"};
static const char *const severities[] = {"Extreme", "Severe", "Moderate", "Minor", "Unknown"};
static const char *const certainties[] = {"Observed", "Likely", "Possible", "Unlikely", "Unknown"};

/* ---- Rules ---- */

static int text_check(const char *text) {
    return utf8_is_text((const uint8_t *)text, strlen(text), true) ? 0 : ERR_TEXT;
}

static int mandatory_check(const char *text) {
    return text && text[0] ? text_check(text) : ERR_FIELD;
}

static int optional_check(const char *text) {
    return text ? text_check(text) : 0;
}

/* An identifier or a sender. */
static int name_check(const char *text) {
    int err = mandatory_check(text);
    if (err) return err;
    return strpbrk(text, " \t\n,<&") ? ERR_FIELD : 0;
}

/* Letters, then groups of letters and digits with hyphens between, of eight at most each (xs:language). */
static int language_check(const char *text) {
    size_t group = 0;
    bool first = true;
    if (!text) return ERR_FIELD;
    for (; *text; text++) {
        const bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
        const bool digit = *text >= '0' && *text <= '9';
        if (*text == '-' && group > 0) {
            group = 0;
            first = false;
        } else if ((letter || (digit && !first)) && group < 8)
            group++;
        else
            return ERR_FIELD;
    }
    return group > 0 ? 0 : ERR_FIELD;
}

static int time_check(uint64_t seconds) {
    return seconds >= DATES_FIRST && seconds <= DATES_LAST ? 0 : ERR_TIME;
}

static int times_check(const struct cap_alert *a) {
    int err = time_check(a->sent);
    if (!err && a->effective) err = time_check(a->effective);
    if (!err && a->expires) err = time_check(a->expires);
    if (err || a->offset_minutes < -OFFSET_MAX || a->offset_minutes > OFFSET_MAX) return ERR_TIME;
    return a->expires && (a->expires <= a->sent || a->expires <= a->effective) ? ERR_TIME : 0;
}

static int references_check(const struct cap_alert *a) {
    if (a->reference_count > CAP_REFERENCES_MAX) return ERR_LIMIT;
    if ((a->message == CAP_ALERT) != (a->reference_count == 0)) return ERR_FIELD;
    for (size_t i = 0; i < a->reference_count; i++) {
        const struct cap_reference *r = &a->references[i];
        int err = name_check(r->sender);
        if (!err) err = name_check(r->identifier);
        if (!err) err = time_check(r->sent);
        if (err) return err;
    }
    return 0;
}

static int areas_check(const struct cap_alert *a) {
    if (a->area_count > CAP_AREAS_MAX) return ERR_LIMIT;
    for (size_t i = 0; i < a->area_count; i++) {
        const struct cap_area *area = &a->areas[i];
        int err = mandatory_check(area->description);
        if (err) return err;
        if (area->has_point && !place_is_valid(area->point)) return ERR_FIELD;
        if (area->radius_m > CAP_RADIUS_MAX_M) return ERR_LIMIT;
    }
    return 0;
}

static int web_check(const char *web) {
    if (!web) return 0;
    for (const char *at = web; *at; at++)
        if (*at <= ' ' || *at > '~' || strchr("<>\"{}|\\^`", *at)) return ERR_FIELD;
    return strncmp(web, "http://", 7) == 0 || strncmp(web, "https://", 8) == 0 ? 0 : ERR_FIELD;
}

static int alert_check(const struct cap_alert *a) {
    int err = name_check(a->identifier);
    if (!err) err = name_check(a->sender);
    if (!err) err = times_check(a);
    if (!err) err = references_check(a);
    if (!err) err = language_check(a->language);
    if (!err) err = mandatory_check(a->event);
    if (!err) err = optional_check(a->headline);
    if (!err) err = optional_check(a->description);
    if (!err) err = optional_check(a->instruction);
    if (!err) err = web_check(a->web);
    if (!err) err = areas_check(a);
    return err;
}

/* ---- Writing ---- */

static void time_write(struct sink *o, unsigned indent, const char *name, uint64_t seconds, int minutes) {
    char text[DATES_TEXT_SIZE];
    if (seconds == 0) return;
    dates_write_offset(text, seconds, minutes);
    sink_element(o, indent, name, text);
}

static void references_write(struct sink *o, const struct cap_alert *a) {
    char text[DATES_TEXT_SIZE];
    if (a->reference_count == 0) return;
    sink_raw(o, "  <references>");
    for (size_t i = 0; i < a->reference_count; i++) {
        dates_write_offset(text, a->references[i].sent, a->offset_minutes);
        if (i > 0) sink_raw(o, " ");
        sink_xml(o, a->references[i].sender);
        sink_raw(o, ",");
        sink_xml(o, a->references[i].identifier);
        sink_raw(o, ",");
        sink_raw(o, text);
    }
    sink_raw(o, "</references>\n");
}

/* A circle's radius is in kilometres. */
static void area_write(struct sink *o, const struct cap_area *area) {
    char latitude[PLACE_TEXT_SIZE], longitude[PLACE_TEXT_SIZE], circle[64];
    sink_raw(o, "    <area>\n");
    sink_element(o, 6, "areaDesc", area->description);
    if (area->has_point) {
        place_write(latitude, area->point.latitude);
        place_write(longitude, area->point.longitude);
        snprintf(circle, sizeof circle, "%s,%s %u.%03u", latitude, longitude, area->radius_m / 1000,
                 area->radius_m % 1000);
        sink_element(o, 6, "circle", circle);
    }
    sink_raw(o, "    </area>\n");
}

int cap_write(struct sink *o, const struct cap_alert *a) {
    int err = alert_check(a);
    if (err) return err;
    sink_raw(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"" CAP_NAMESPACE "\">\n");
    sink_element(o, 2, "identifier", a->identifier);
    sink_element(o, 2, "sender", a->sender);
    time_write(o, 2, "sent", a->sent, a->offset_minutes);
    sink_element(o, 2, "status", statuses[a->status]);
    sink_element(o, 2, "msgType", messages[a->message]);
    sink_element(o, 2, "scope", "Public");
    references_write(o, a);
    sink_raw(o, "  <info>\n");
    sink_element(o, 4, "language", a->language);
    sink_element(o, 4, "category", categories[a->category]);
    sink_element(o, 4, "event", a->event);
    sink_element(o, 4, "urgency", urgencies[a->urgency]);
    sink_element(o, 4, "severity", severities[a->severity]);
    sink_element(o, 4, "certainty", certainties[a->certainty]);
    time_write(o, 4, "effective", a->effective, a->offset_minutes);
    time_write(o, 4, "expires", a->expires, a->offset_minutes);
    sink_element(o, 4, "headline", a->headline);
    sink_element(o, 4, "description", a->description);
    sink_element(o, 4, "instruction", a->instruction);
    sink_element(o, 4, "web", a->web);
    for (size_t i = 0; i < a->area_count; i++) area_write(o, &a->areas[i]);
    sink_raw(o, "  </info>\n</alert>\n");
    return o->err;
}
