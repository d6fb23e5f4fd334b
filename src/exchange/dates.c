/*
 * dates.c: the days of the calendar are counted as Howard Hinnant shows it ("chrono-compatible low-level date
 * algorithms"): years begin in March, 400 of them are 146,097 days.
 */
#include "exchange/dates.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/limits.h"

#define OFFSET_MAX (14 * 60)

static bool is_leap(unsigned year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Return how many days a date lies behind 0000-03-01. */
static uint64_t days_of(unsigned year, unsigned month, unsigned day) {
    const unsigned shifted = year - (month <= 2), era = shifted / 400, of_era = shifted % 400;
    const unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return (uint64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

/* Read count digits into *value and move *at behind them; false if there are fewer. */
static bool number(const char **at, unsigned count, unsigned *value) {
    *value = 0;
    for (unsigned i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9') return false;
        *value = *value * 10 + (unsigned)(**at - '0');
    }
    return true;
}

static bool sign(const char **at, char expected) {
    if (**at != expected) return false;
    (*at)++;
    return true;
}

static bool day_read(const char **at, unsigned *year, unsigned *month, unsigned *day) {
    return number(at, 4, year) && sign(at, '-') && number(at, 2, month) && sign(at, '-') && number(at, 2, day) &&
           *year > 0 && *month >= 1 && *month <= 12 && *day >= 1 && *day <= days_in(*year, *month);
}

int dates_read(uint64_t *seconds, const char *text) {
    unsigned year, month, day, hour, minute, second;
    if (!day_read(&text, &year, &month, &day) || !sign(&text, 'T') || !number(&text, 2, &hour) || !sign(&text, ':') ||
        !number(&text, 2, &minute) || !sign(&text, ':') || !number(&text, 2, &second) || hour > 23 || minute > 59 ||
        second > 59)
        return ERR_FIELD;
    if (*text == '.') {
        const size_t digits = strspn(text + 1, "0123456789");
        if (digits == 0) return ERR_FIELD;
        text += 1 + digits;
    }
    if (strcmp(text, "Z") != 0) return ERR_FIELD;
    if (year < 1980 || year > 2099) return ERR_TIME;
    *seconds = (days_of(year, month, day) - days_of(1970, 1, 1)) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    CHECK(*seconds >= DATES_FIRST && *seconds <= DATES_LAST);
    return 0;
}

bool dates_is_day(const char *text) {
    static const char rest[] = "-01-01";
    char whole[11];
    const size_t size = strlen(text);
    unsigned year, month, day;
    if (size != 4 && size != 7 && size != 10) return false;
    memcpy(whole, text, size);
    memcpy(whole + size, rest + (size - 4), sizeof whole - size);
    const char *at = whole;
    return day_read(&at, &year, &month, &day);
}

/* Write the time without its zone; return where the zone goes. */
static char *write_local(char out[DATES_TEXT_SIZE], uint64_t seconds) {
    const uint64_t days = seconds / DAY_SECONDS + days_of(1970, 1, 1);
    const unsigned era = (unsigned)(days / 146097), of_era = (unsigned)(days % 146097);
    const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted = (5 * of_year + 2) / 153, day = of_year - (153 * shifted + 2) / 5 + 1;
    const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
    const unsigned year = year_of_era + era * 400 + (month <= 2), second = (unsigned)(seconds % DAY_SECONDS);
    const int size = snprintf(out, DATES_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u", year, month, day, second / 3600,
                              second / 60 % 60, second % 60);
    CHECK(size == 19);
    return out + size;
}

void dates_write(char out[DATES_TEXT_SIZE], uint64_t seconds) {
    memcpy(write_local(out, seconds < DATES_LAST ? seconds : DATES_LAST), "Z", 2);
}

void dates_write_offset(char out[DATES_TEXT_SIZE], uint64_t seconds, int minutes) {
    CHECK(minutes >= -OFFSET_MAX && minutes <= OFFSET_MAX);
    const unsigned ahead = (unsigned)(minutes < 0 ? -minutes : minutes);
    if (seconds < (uint64_t)OFFSET_MAX * 60) seconds = (uint64_t)OFFSET_MAX * 60;
    if (seconds > DATES_LAST) seconds = DATES_LAST;
    char *zone = write_local(out, minutes < 0 ? seconds - ahead * UINT64_C(60) : seconds + ahead * UINT64_C(60));
    snprintf(zone, DATES_TEXT_SIZE - 19, "%c%02u:%02u", minutes > 0 ? '+' : '-', ahead / 60 % 100, ahead % 60);
}
