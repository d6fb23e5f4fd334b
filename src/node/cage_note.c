/*
 * cage_note.c: sentences for the parts of the cage that are not there.
 */
#include "node/cage_note.h"

size_t cage_notes(const struct cage *cage, const char *out[CAGE_NOTES_MAX]) {
    size_t count = 0;
#ifndef CAGE_INSTRUMENTED
    if (cage->landlock == 0)
        out[count++] =
            "This system cannot confine the node to its folder (no Landlock): a fault in it could reach your "
            "other files.";
    if (!cage->seccomp)
        out[count++] = "This system cannot limit the node's system calls (no seccomp): a fault in it could start other "
                       "programs.";
#endif
    (void)cage;
    (void)out;
    return count;
}

json_t *cage_json(const struct cage *cage) {
    return json_pack("{s:i,s:b,s:b}", "landlock", cage->landlock, "seccomp", cage->seccomp, "root", cage->root);
}
