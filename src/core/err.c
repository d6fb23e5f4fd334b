/*
 * err.c: texts and names of the errors, made from the one list in err.h.
 */
#include "core/err.h"

const char *err_text(int err) {
    switch (err) {
    case ERR_OK: return "done";
#define ERR_CASE(name, value, text) \
    case value: return text;
        ERR_LIST(ERR_CASE)
#undef ERR_CASE
    default: return "unknown error";
    }
}

const char *err_name(int err) {
    switch (err) {
    case ERR_OK: return "ok";
#define ERR_CASE(name, value, text) \
    case value: return #name;
        ERR_LIST(ERR_CASE)
#undef ERR_CASE
    default: return "UNKNOWN";
    }
}
