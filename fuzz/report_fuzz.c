/*
 * Fuzz the bodies of reports and of words on them: the first byte says which, and how many references there are, the
 * rest is the content. What is accepted is within its limits and goes together.
 */
#include <string.h>

#include "core/check.h"
#include "core/report.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void report_try(const struct record *r) {
    struct report report;
    if (report_decode(&report, r) != 0) return;
    CHECK(report.type >= 1 && report.type <= REPORT_TYPE_MAX && report.what >= 1 && report.what <= REPORT_WHAT_MAX);
    CHECK(report.ground >= 1 && report.ground <= REPORT_GROUND_MAX);
    CHECK(report.when <= TIME_MAX && report.until <= TIME_MAX && (!report.until || report.when <= report.until));
    CHECK(report.type != REPORT_WARNING || report.until);
    CHECK((report.type == REPORT_ASKED) == (report.whom[0] != '\0'));
    CHECK(report.latitude >= -REPORT_LATITUDE_MAX && report.latitude <= REPORT_LATITUDE_MAX);
    CHECK(report.longitude >= -REPORT_LONGITUDE_MAX && report.longitude <= REPORT_LONGITUDE_MAX);
    CHECK(report.size <= REPORT_TEXT_MAX);
    CHECK(report.size == 0 || utf8_is_text((const uint8_t *)report.text, report.size, true));
    CHECK(utf8_length(report.place, sizeof report.place) <= REPORT_PLACE_MAX);
}

static void word_try(const struct record *r) {
    struct report_word word;
    if (report_word_decode(&word, r) != 0) return;
    CHECK(word.target && word.say >= 1 && word.say <= REPORT_SAY_MAX && word.ground <= REPORT_GROUND_MAX);
    CHECK(word.say > REPORT_DENY ? word.size > 0 : word.ground > 0);
    CHECK(word.size <= REPORT_SAID_MAX && word.when <= TIME_MAX);
    CHECK(word.size == 0 || utf8_is_text((const uint8_t *)word.text, word.size, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t body[RECORD_SIZE_MAX];
    struct record r = {.form = RECORD_FORM_PLAIN, .body = body};
    if (size == 0 || size - 1 > RECORD_BODY_MAX - RECORD_SALT_SIZE) return 0;
    r.kind = data[0] & 1 ? KIND_REPORT_WORD : KIND_REPORT;
    r.ref_count = (data[0] >> 1) % 4;
    for (unsigned i = 0; i < r.ref_count; i++) {
        bool word = r.kind == KIND_REPORT_WORD;
        r.refs[i].type = i == 0 ? REF_TARGET : i == 1 ? (word ? REF_OBJECT : REF_CORRECTS) : REF_REPLY;
        memset(r.refs[i].id, (int)i, HASH_SIZE);
    }
    memcpy(body + RECORD_SALT_SIZE, data + 1, size - 1);
    r.body_size = RECORD_SALT_SIZE + size - 1;
    (void)!report_check(&r);
    report_try(&r);
    word_try(&r);
    return 0;
}
