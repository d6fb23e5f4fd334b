/*
 * cage.c: the process, its user, its powers and its limits. Files stand in cage_files.c, system calls in cage_calls.c.
 */
#include "host/cage.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From linux/securebits.h: user 0 gets no powers by its number, and none of it can be undone. */
#define SECURE_BITS 0x2f /* NOROOT, NO_SETUID_FIXUP, and both locked; KEEP_CAPS locked */

static void limit_set(unsigned which, rlim_t soft, rlim_t hard) {
    struct rlimit now, wanted;
    if (getrlimit(which, &now) != 0) return;
    wanted.rlim_max = hard < now.rlim_max ? hard : now.rlim_max;
    wanted.rlim_cur = soft < wanted.rlim_max ? soft : wanted.rlim_max;
    (void)setrlimit(which, &wanted); /* less is never refused */
}

void cage_process(bool privileges) {
    limit_set(RLIMIT_CORE, 0, 0);
#ifndef CAGE_INSTRUMENTED /* the search for leaks traces its own process */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    if (privileges) (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void cage_limits(uint64_t data_bytes) {
    limit_set(RLIMIT_NOFILE, CAGE_DESCRIPTORS, CAGE_DESCRIPTORS);
    limit_set(RLIMIT_MEMLOCK, RLIM_INFINITY, RLIM_INFINITY);
#ifndef CAGE_INSTRUMENTED
    if (data_bytes <= RLIM_INFINITY) limit_set(RLIMIT_DATA, (rlim_t)data_bytes, (rlim_t)data_bytes);
#else
    (void)data_bytes;
#endif
}

/* Get the owner of the folder, or of the nearest one above that exists. */
static bool owner_of(const char *folder, struct stat *out) {
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s", folder) >= sizeof path) return false;
    while (stat(path, out) != 0) {
        char *slash = strrchr(path, '/');
        if (errno != ENOENT || path[0] == '\0') return false;
        if (slash == path && slash[1] == '\0') return false;
        if (slash)
            slash[slash == path] = '\0';
        else
            memcpy(path, ".", 2);
    }
    return true;
}

static bool become(const char *name, uid_t user, gid_t group) {
    int err = name ? initgroups(name, group) : setgroups(0, NULL);
    if (err != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0) return false;
    return setresuid(0, 0, 0) != 0 && getuid() == user && geteuid() == user; /* there is no way back */
}

int cage_user(const char *name, const char *folder) {
    struct stat info;
    const struct passwd *entry;
    errno = 0;
    if (name) {
        entry = getpwnam(name);
        if (!entry) return ERR_NOT_FOUND;
        if (geteuid() != 0) return entry->pw_uid == geteuid() ? 0 : ERR_READ_ONLY;
        if (entry->pw_uid == 0) return ERR_READ_ONLY;
        if (setenv("HOME", entry->pw_dir, 1) != 0 || setenv("USER", name, 1) != 0 || unsetenv("XDG_DATA_HOME") != 0)
            return ERR_MEMORY;
        return become(name, entry->pw_uid, entry->pw_gid) ? 0 : ERR_READ_ONLY;
    }
    if (geteuid() != 0 || !owner_of(folder, &info) || info.st_uid == 0) return 0;
    entry = getpwuid(info.st_uid);
    if (entry) return become(entry->pw_name, entry->pw_uid, entry->pw_gid) ? 0 : ERR_READ_ONLY;
    return become(NULL, info.st_uid, info.st_gid) ? 0 : ERR_READ_ONLY;
}

bool cage_powers(bool low_port) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2], want[2] = {0};
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &head, have) != 0) return false;
    if (low_port) want[0].permitted = want[0].effective = have[0].permitted & 1U << CAP_NET_BIND_SERVICE;
    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if (i != CAP_NET_BIND_SERVICE || !low_port) (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    (void)prctl(PR_SET_SECUREBITS, SECURE_BITS, 0, 0, 0); /* who has no powers is not allowed to, and needs it not */
    return syscall(SYS_capset, &head, want) == 0;
}
