/*
 * The operator's way to destroy the home: one page that says what it does, one button on it.
 */
#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/page.h"
#include "node/web/route.h"

/* What can be promised of this home's key. */
static const char *promise(const struct request *r) {
    switch (web_home(r->web)->protection) {
    case HOME_IN_MEMORY: return "Everything is in memory alone and leaves nothing on the disk.";
    case HOME_UNPROTECTED:
        return "The key lies beside the messages without a passphrase: flash memory may keep old blocks of it.";
    case HOME_PASSPHRASE:
    case HOME_KEY_FILE_ONLY:
    case HOME_BOTH: break;
    }
    return "The key is sealed: what flash memory may keep of it opens with your passphrase or key file only.";
}

enum MHD_Result page_wipe(struct request *r) {
    struct html h;
    page_begin(r, &h, PAGE_ABOUT, T("Destroy everything on this device"));
    html_add(&h, "<h1>%t</h1><p>%t</p><p>%t</p>", T("Destroy everything on this device"),
             T("The key goes at once, then the person and all messages here. It cannot be undone. What was passed on "
               "stays with those who have it."),
             request_text(r, promise(r)));
    page_form(r, &h, "/wipe", false);
    html_add(&h, "<button>%t</button></form><p class=\"acts\"><a href=\"/about\">%t</a></p>", T("Destroy it now"),
             T("Leave it"));
    page_end(r, &h);
    return answer_page(r, MHD_HTTP_OK, &h);
}

enum MHD_Result page_wipe_post(struct request *r) {
    if (r->err != 0 || !body_token_is_good(r)) return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    home_wipe_and_exit(web_home(r->web));
    return answer_sentence(r, MHD_HTTP_OK, "The key is gone. This point ends now.");
}
