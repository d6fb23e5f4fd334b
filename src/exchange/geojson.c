/*
 * geojson.c: RFC 7946, sections 3 and 4: longitude first, WGS 84 and no other system, a null geometry for what has no
 * place.
 */
#include "exchange/geojson.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX ((INT64_C(1) << 53) - 1)

static int feature_check(const struct geojson_feature *f) {
    if (f->has_point && !place_is_valid(f->point)) return ERR_FIELD;
    if (f->property_count > GEOJSON_PROPERTIES_MAX) return ERR_LIMIT;
    for (size_t i = 0; i < f->property_count; i++) {
        const struct geojson_property *p = &f->properties[i];
        if (!p->name || !p->name[0]) return ERR_FIELD;
        for (size_t before = 0; before < i; before++)
            if (strcmp(p->name, f->properties[before].name) == 0) return ERR_FIELD;
        if (p->type == GEOJSON_NUMBER && (p->number > NUMBER_MAX || p->number < -NUMBER_MAX)) return ERR_LIMIT;
    }
    return 0;
}

static void text_write(struct sink *o, const char *text) {
    sink_raw(o, "\"");
    sink_json(o, text);
    sink_raw(o, "\"");
}

static void value_write(struct sink *o, const struct geojson_property *p) {
    char number[24];
    switch (p->type) {
    case GEOJSON_TEXT:
        if (p->text)
            text_write(o, p->text);
        else
            sink_raw(o, "null");
        break;
    case GEOJSON_NUMBER:
        snprintf(number, sizeof number, "%" PRId64, p->number);
        sink_raw(o, number);
        break;
    case GEOJSON_TRUTH: sink_raw(o, p->number ? "true" : "false"); break;
    }
}

void geojson_begin(struct geojson *g, struct sink *o) {
    g->sink = o;
    g->any = false;
    sink_raw(o, "{\"type\":\"FeatureCollection\",\"features\":[");
}

int geojson_write(struct geojson *g, const struct geojson_feature *f) {
    char coordinate[PLACE_TEXT_SIZE];
    struct sink *o = g->sink;
    int err = feature_check(f);
    if (err) return err;
    sink_raw(o, g->any ? ",\n{\"type\":\"Feature\"," : "\n{\"type\":\"Feature\",");
    g->any = true;
    if (f->id) {
        sink_raw(o, "\"id\":");
        text_write(o, f->id);
        sink_raw(o, ",");
    }
    if (f->has_point) {
        sink_raw(o, "\"geometry\":{\"type\":\"Point\",\"coordinates\":[");
        place_write(coordinate, f->point.longitude);
        sink_raw(o, coordinate);
        sink_raw(o, ",");
        place_write(coordinate, f->point.latitude);
        sink_raw(o, coordinate);
        sink_raw(o, "]},");
    } else
        sink_raw(o, "\"geometry\":null,");
    sink_raw(o, "\"properties\":{");
    for (size_t i = 0; i < f->property_count; i++) {
        if (i > 0) sink_raw(o, ",");
        text_write(o, f->properties[i].name);
        sink_raw(o, ":");
        value_write(o, &f->properties[i]);
    }
    sink_raw(o, "}}");
    return o->err;
}

void geojson_end(struct geojson *g) {
    sink_raw(g->sink, g->any ? "\n]}\n" : "]}\n");
}
