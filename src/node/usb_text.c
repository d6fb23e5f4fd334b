/*
 * usb_text.c: what became of a stick, in words and as JSON.
 */
#include "node/usb.h"

#include <stdio.h>
#include <string.h>

#include "lang/lang.h"
#include "node/web/words.h"

static const char *problem_of(const struct usb_result *r) {
    if (r->err == ERR_INTERRUPTED)
        return WORDS_LATER("The copying was stopped. The parcel on the stick was not changed.");
    if (r->writing && r->err == ERR_FULL)
        return WORDS_LATER("No parcel was written: the stick, or this device, is full.");
    if (r->writing && r->err == ERR_READ_ONLY)
        return WORDS_LATER("No parcel was written: the stick cannot be written on.");
    if (r->writing) return WORDS_LATER("No parcel was written: the stick was taken out too early, or is damaged.");
    if (r->err == ERR_FULL) return WORDS_LATER("Not everything was taken in: this device is full.");
    if (r->err) return WORDS_LATER("The stick could not be read: it was taken out too early, or is damaged.");
    return NULL;
}

const char *usb_sentence(const struct usb_one *one, unsigned index, uint64_t *number) {
    const struct usb_result *r = &one->result;
    const struct {
        bool wanted;
        const char *text;
        uint64_t number;
    } all[] = {
        {one->state == USB_WAITS, WORDS_LATER("It waits until another stick is done. Do not take it out."), UINT64_MAX},
        {one->state == USB_WORKING, WORDS_LATER("Messages are being copied. Do not take it out."), UINT64_MAX},
        {one->state == USB_DONE, WORDS_LATER("It can be taken out."), UINT64_MAX},
        {one->state == USB_DONE && r->accepted > 0, WORDS_LATER("New messages from it: %s"), r->accepted},
        {one->state == USB_DONE && r->written > 0, WORDS_LATER("Messages in the parcel written to it: %s"), r->written},
        {one->state == USB_DONE && r->left_out > 0, WORDS_LATER("Messages that had no room on it: %s"), r->left_out},
        {one->state == USB_DONE && !r->err && r->written == 0,
         WORDS_LATER("It held everything already; nothing was written."), UINT64_MAX},
        {one->state == USB_DONE && r->bad > 0, WORDS_LATER("Damaged parcels, or files that are none: %s"), r->bad},
        {one->state == USB_DONE && r->missed, WORDS_LATER("It holds too many parcels; not all were opened."),
         UINT64_MAX},
        {one->state == USB_DONE && r->err != 0, problem_of(r), UINT64_MAX},
    };
    unsigned seen = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].wanted || seen++ != index) continue;
        *number = all[i].number;
        return all[i].text;
    }
    return NULL;
}

void usb_print(struct output *out, const struct usb_one *one) {
    char line[512];
    uint64_t number;
    const char *text;
    for (unsigned i = 0; (text = usb_sentence(one, i, &number)) != NULL; i++) {
        const char *words = output_text(out, text), *gap = strstr(words, "%s");
        int before = gap ? (int)(gap - words) : (int)strlen(words);
        int size = snprintf(line, sizeof line, "%s: %.*s", one->label, before, words);
        if (gap && size > 0 && (size_t)size < sizeof line)
            (void)snprintf(line + size, sizeof line - (size_t)size, "%llu%s", (unsigned long long)number, gap + 2);
        output_print(out, "%s\n", line);
    }
}

json_t *usb_json(const struct usb_one *one) {
    static const char *const states[] = {"waits", "working", "done"};
    const struct usb_result *r = &one->result;
    json_t *o = json_pack("{s:s,s:s}", "stick", one->label, "state", states[one->state]);
    if (!o || one->state != USB_DONE) return o;
    json_object_set_new(o, "error", r->err ? json_string(err_text(r->err)) : json_null());
    json_object_set_new(o, "parcels", json_integer((json_int_t)r->parcels));
    json_object_set_new(o, "bad", json_integer((json_int_t)r->bad));
    json_object_set_new(o, "accepted", json_integer((json_int_t)r->accepted));
    json_object_set_new(o, "written", json_integer((json_int_t)r->written));
    json_object_set_new(o, "left_out", json_integer((json_int_t)r->left_out));
    json_object_set_new(o, "file", r->name[0] ? json_string(r->name) : json_null());
    return o;
}
