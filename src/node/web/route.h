/*
 * route.h: the handlers of the pages, each in the file of its concept. They run with the home taken.
 */
#ifndef NODE_WEB_ROUTE_H
#define NODE_WEB_ROUTE_H

#include "node/web/request.h"

/* app.c */
enum MHD_Result page_start(struct request *r);
enum MHD_Result page_app(struct request *r);
/* page_groups.c */
enum MHD_Result page_index(struct request *r);
enum MHD_Result page_group(struct request *r);
/* page_message.c */
enum MHD_Result page_message(struct request *r);
enum MHD_Result page_search(struct request *r);
/* page_write.c */
enum MHD_Result page_group_write(struct request *r);
enum MHD_Result page_message_reply(struct request *r);
enum MHD_Result page_retract(struct request *r);
enum MHD_Result page_message_retract(struct request *r);
/* page_found.c */
enum MHD_Result page_new(struct request *r);
enum MHD_Result page_new_post(struct request *r);
enum MHD_Result page_join(struct request *r);
enum MHD_Result page_join_post(struct request *r);
enum MHD_Result page_group_join(struct request *r);
enum MHD_Result page_aid(struct request *r);
enum MHD_Result page_aid_post(struct request *r);
enum MHD_Result page_wall(struct request *r);
enum MHD_Result page_reports(struct request *r);
enum MHD_Result page_demands(struct request *r);
enum MHD_Result page_admit(struct request *r);
enum MHD_Result page_invite(struct request *r);
/* page_parcel.c */
enum MHD_Result page_parcel(struct request *r);
enum MHD_Result page_parcel_get(struct request *r);
enum MHD_Result page_parcel_open(struct request *r);
/* page_about.c */
enum MHD_Result page_about(struct request *r);
enum MHD_Result page_clock(struct request *r);
enum MHD_Result page_wipe(struct request *r);
enum MHD_Result page_wipe_post(struct request *r);
enum MHD_Result page_style(struct request *r);
enum MHD_Result page_icon(struct request *r);
/* page_poster.c */
enum MHD_Result page_poster(struct request *r);
/* picture.c */
enum MHD_Result page_blob(struct request *r);

#endif
