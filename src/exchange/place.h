/*
 * place.h: a point on the earth, as exchanged: WGS 84, in whole hundred-thousandths of a degree (1.1 m at most), so
 * that nothing finer than that goes out, and no two programs round it differently.
 */
#ifndef EXCHANGE_PLACE_H
#define EXCHANGE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#define PLACE_LATITUDE_MAX 9000000
#define PLACE_LONGITUDE_MAX 18000000
#define PLACE_TEXT_SIZE 11 /* "-180.00000" and its zero */

struct place {
    int32_t latitude, longitude; /* degrees north and east, times 100,000 */
};

/* Tell whether a point is on the earth: latitude within 90 degrees, longitude within 180. */
bool place_is_valid(struct place point);

/* Write a coordinate in degrees, in decimals without zeros at the end: "43.25", "-0.00001", "0". */
void place_write(char out[PLACE_TEXT_SIZE], int32_t coordinate);

#endif
