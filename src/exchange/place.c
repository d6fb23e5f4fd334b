/*
 * place.c: no floating point: a coordinate is printed from its digits.
 */
#include "exchange/place.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"

#define ONE_DEGREE 100000u

bool place_is_valid(struct place point) {
    return point.latitude >= -PLACE_LATITUDE_MAX && point.latitude <= PLACE_LATITUDE_MAX &&
           point.longitude >= -PLACE_LONGITUDE_MAX && point.longitude <= PLACE_LONGITUDE_MAX;
}

void place_write(char out[PLACE_TEXT_SIZE], int32_t coordinate) {
    CHECK(coordinate >= -PLACE_LONGITUDE_MAX && coordinate <= PLACE_LONGITUDE_MAX);
    const uint32_t size = (uint32_t)(coordinate < 0 ? -coordinate : coordinate);
    int used = snprintf(out, PLACE_TEXT_SIZE, "%s%u.%05u", coordinate < 0 ? "-" : "", size / ONE_DEGREE % 1000,
                        size % ONE_DEGREE);
    while (out[used - 1] == '0') used--;
    if (out[used - 1] == '.') used--;
    out[used] = 0;
}
