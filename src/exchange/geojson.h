/*
 * geojson.h: points with properties for maps, as GeoJSON (RFC 7946): one collection of features. Written only.
 */
#ifndef EXCHANGE_GEOJSON_H
#define EXCHANGE_GEOJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "exchange/place.h"
#include "exchange/sink.h"

#define GEOJSON_PROPERTIES_MAX 32

enum geojson_type { GEOJSON_TEXT, GEOJSON_NUMBER, GEOJSON_TRUTH };

struct geojson_property {
    const char *name; /* zero-terminated UTF-8, not empty, once in a feature */
    enum geojson_type type;
    const char *text; /* of GEOJSON_TEXT, zero-terminated UTF-8; NULL is written as null */
    int64_t number;   /* of GEOJSON_NUMBER, within ±(2^53 - 1); of GEOJSON_TRUTH, 0 or not */
};

struct geojson_feature {
    const char *id; /* or NULL */
    bool has_point; /* else its geometry is null */
    struct place point;
    const struct geojson_property *properties;
    size_t property_count;
};

struct geojson {
    struct sink *sink;
    bool any;
};

/* Begin a collection. o must live until geojson_end, and is ended by whoever began it. */
void geojson_begin(struct geojson *g, struct sink *o);

/*
 * Write a feature: coordinates are longitude, then latitude, with five decimals at most. Errors: ERR_FIELD (the point
 * is not on the earth, a name is missing, empty or doubled), ERR_LIMIT (too many properties, a number that JSON readers
 * round): then nothing of it was written. Else what the sink's callback returned.
 */
MUST_CHECK int geojson_write(struct geojson *g, const struct geojson_feature *feature);

void geojson_end(struct geojson *g);

#endif
