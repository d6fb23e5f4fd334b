/*
 * cage_files.c: Landlock. The declarations are our own, for systems whose headers are older than their kernel; the
 * kernel is asked which version it has, and what an older one does not know is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/cage.h"

/* The same on every processor (since Linux 5.13). */
#define CALL_CREATE_RULESET 444
#define CALL_ADD_RULE 445
#define CALL_RESTRICT_SELF 446
#define CREATE_VERSION 1
#define RULE_PATH_BENEATH 1

enum {
    FILE_EXECUTE = 1 << 0,
    FILE_WRITE = 1 << 1,
    FILE_READ = 1 << 2,
    DIR_READ = 1 << 3,
    DIR_REMOVE_DIR = 1 << 4,
    DIR_REMOVE_FILE = 1 << 5,
    DIR_MAKE_DIR = 1 << 7,
    DIR_MAKE_FILE = 1 << 8,
    DIR_MAKE_SOCKET = 1 << 9,
    FIRST_ALL = (1 << 13) - 1, /* of version 1 */
    DIR_REFER = 1 << 13,       /* version 2 */
    FILE_TRUNCATE = 1 << 14,   /* version 3 */
    FILE_IOCTL = 1 << 15,      /* version 5, of devices */
};
#define OF_FILES (FILE_EXECUTE | FILE_WRITE | FILE_READ | FILE_TRUNCATE | FILE_IOCTL)
#define SCOPE_ABSTRACT_SOCKET 1 /* version 6 */
#define SCOPE_SIGNAL 2

struct ruleset {
    uint64_t files, net, scoped;
};
struct rule {
    uint64_t access;
    int32_t parent;
} __attribute__((packed));

/* What the C library reads for names of hosts, for local time and for the number of processors, and what the store and
 * the clock ask of the system. Reading only. */
static const char *const system_files[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/services",
    "/etc/localtime",
    "/run/systemd/resolve",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/dev/random",
    "/sys/devices/system/cpu",
    "/sys/class/rtc/rtc0/hctosys",
    "/sys/class/net",
};
/* Files of /proc come and go with the kernel's memory; what is held open stays the same. */
static const char *const process_folders[] = {"/proc/self", "/proc/sys/kernel/random"};

static int version_get(void) {
    long version = syscall(CALL_CREATE_RULESET, NULL, (size_t)0, CREATE_VERSION);
    return version > 0 ? (int)version : 0;
}

static uint64_t handled(int version) {
    uint64_t all = FIRST_ALL;
    if (version >= 2) all |= DIR_REFER;
    if (version >= 3) all |= FILE_TRUNCATE;
    if (version >= 5) all |= FILE_IOCTL;
    return all;
}

static uint64_t access_of(enum cage_right right) {
    switch (right) {
    case CAGE_READ: return FILE_READ | DIR_READ;
    case CAGE_REMOVE_FOLDER: return DIR_REMOVE_DIR;
    case CAGE_WRITE: break;
    }
    return FILE_READ | FILE_WRITE | FILE_TRUNCATE | DIR_READ | DIR_REMOVE_DIR | DIR_REMOVE_FILE | DIR_MAKE_DIR |
           DIR_MAKE_FILE | DIR_MAKE_SOCKET;
}

/* Allow it. What is not there needs no rule. */
static bool place_add(int set, const char *path, uint64_t access, bool hold) {
    struct stat info;
    struct rule rule = {.access = access, .parent = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent < 0) return true;
    if (fstat(rule.parent, &info) == 0 && !S_ISDIR(info.st_mode)) rule.access &= OF_FILES;
    bool done = rule.access == 0 || syscall(CALL_ADD_RULE, set, RULE_PATH_BENEATH, &rule, 0) == 0;
    if (!hold) close(rule.parent);
    return done;
}

int cage_files(const struct cage_place *places, size_t count) {
#ifdef CAGE_INSTRUMENTED
    (void)places;
    (void)count;
    return 0;
#endif
    int version = version_get();
    if (version == 0) return 0;
    const uint64_t all = handled(version);
    const struct ruleset rules = {.files = all, .scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL};
    int set = (int)syscall(CALL_CREATE_RULESET, &rules, version >= 6 ? sizeof rules : sizeof rules.files, 0);
    if (set < 0) return 0;
    bool done = true;
    for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
        done = place_add(set, system_files[i], access_of(CAGE_READ) & all, false) && done;
    for (size_t i = 0; i < sizeof process_folders / sizeof *process_folders; i++)
        done = place_add(set, process_folders[i], access_of(CAGE_READ) & all, true) && done;
    done = place_add(set, "/dev/null", (FILE_READ | FILE_WRITE | FILE_TRUNCATE) & all, false) && done;
    for (size_t i = 0; i < count; i++)
        done = place_add(set, places[i].path, access_of(places[i].right) & all, false) && done;
    done = done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(CALL_RESTRICT_SELF, set, 0) == 0;
    close(set);
    return done ? version : 0;
}

bool cage_is_whole_here(void) {
#if defined(CAGE_INSTRUMENTED)
    return true; /* a program for tests */
#elif defined(CAGE_NO_CALLS)
    return false;
#else
    /* SECCOMP_SET_MODE_FILTER with no filter fails with EFAULT where filters are known. */
    return version_get() > 0 && prctl(PR_SET_SECCOMP, 2, NULL, 0, 0) != 0 && errno == EFAULT;
#endif
}
