/*
 * Every path of the site.
 */
#include "node/web/route.h"

const struct route routes[] = {
    {.path = "/", .kind = ROUTE_PAGE, .handle = page_start},
    {.path = "/plain", .kind = ROUTE_PAGE, .handle = page_index},
    {.path = "/app", .kind = ROUTE_PAGE, .handle = page_app},
    {.path = "/g/#", .kind = ROUTE_PAGE, .handle = page_group},
    {.path = "/g/#/write", .kind = ROUTE_FILES, .handle = page_group_write},
    {.path = "/g/#/aid", .kind = ROUTE_PAGE, .handle = page_aid},
    {.path = "/g/#/aid", .kind = ROUTE_FORM, .handle = page_aid_post},
    {.path = "/g/#/reports", .kind = ROUTE_PAGE, .handle = page_reports},
    {.path = "/g/#/demands", .kind = ROUTE_PAGE, .handle = page_demands},
    {.path = "/g/#/wall", .kind = ROUTE_PAGE, .handle = page_wall},
    {.path = "/g/#/admit", .kind = ROUTE_FORM, .operator_only = true, .handle = page_admit},
    {.path = "/g/#/join", .kind = ROUTE_FORM, .operator_only = true, .handle = page_group_join},
    {.path = "/g/#/invite", .kind = ROUTE_PAGE, .handle = page_invite},
    {.path = "/m/#", .kind = ROUTE_PAGE, .handle = page_message},
    {.path = "/m/#/reply", .kind = ROUTE_FILES, .handle = page_message_reply},
    {.path = "/m/#/retract", .kind = ROUTE_PAGE, .operator_only = true, .handle = page_retract},
    {.path = "/m/#/retract", .kind = ROUTE_FORM, .operator_only = true, .handle = page_message_retract},
    {.path = "/b/#/#", .kind = ROUTE_PAGE, .handle = page_blob},
    {.path = "/search", .kind = ROUTE_PAGE, .handle = page_search},
    {.path = "/parcel", .kind = ROUTE_PAGE, .handle = page_parcel},
    {.path = "/parcel/longear-*", .kind = ROUTE_PAGE, .handle = page_parcel_get},
    {.path = "/parcel/get", .kind = ROUTE_PAGE, .handle = page_parcel_get},
    {.path = "/parcel/open", .kind = ROUTE_PARCEL, .handle = page_parcel_open},
    {.path = "/new", .kind = ROUTE_PAGE, .operator_only = true, .handle = page_new},
    {.path = "/new", .kind = ROUTE_FORM, .operator_only = true, .handle = page_new_post},
    {.path = "/join", .kind = ROUTE_PAGE, .operator_only = true, .handle = page_join},
    {.path = "/join", .kind = ROUTE_FORM, .operator_only = true, .handle = page_join_post},
    {.path = "/about", .kind = ROUTE_PAGE, .handle = page_about},
    {.path = "/about/clock", .kind = ROUTE_FORM, .operator_only = true, .handle = page_clock},
    {.path = "/wipe", .kind = ROUTE_PAGE, .operator_only = true, .handle = page_wipe},
    {.path = "/wipe", .kind = ROUTE_FORM, .operator_only = true, .handle = page_wipe_post},
    {.path = "/poster", .kind = ROUTE_PAGE, .operator_only = true, .handle = page_poster},
    {.path = "/style.css", .kind = ROUTE_PAGE, .handle = page_style},
    {.path = "/icon.svg", .kind = ROUTE_PAGE, .handle = page_icon},
};
const size_t route_count = sizeof routes / sizeof routes[0];
