/*
 * coordinates.h: how a view that is read out of a store asks who coordinates the community now.
 */
#ifndef QUERY_COORDINATES_H
#define QUERY_COORDINATES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"

typedef bool (*query_coordinates)(void *context, const uint8_t key[KEY_SIZE]);

#endif
