/*
 * cage_calls.c: the list of system calls, by libseccomp, which knows their numbers on every processor and leaves out
 * those that one has not. The list is generous with variants: which one is made changes with the C library.
 */
#include "host/cage.h"

#if defined(CAGE_NO_CALLS) || defined(CAGE_INSTRUMENTED)

bool cage_calls(void) {
    return false;
}

#else

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define SET_VMA 0x53564d41 /* PR_SET_VMA: the C library names its memory */

static const char *const allowed[] = {
    /* files */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek",
    "_llseek", "open", "openat", "close", "close_range", "stat", "fstat", "lstat", "newfstatat", "stat64", "fstat64",
    "lstat64", "fstatat64", "statx", "statfs", "fstatfs", "statfs64", "fstatfs64", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents", "getdents64", "getcwd", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
    "rename", "renameat", "renameat2", "truncate", "ftruncate", "truncate64", "ftruncate64", "fallocate", "fsync",
    "fdatasync", "sync_file_range", "sync_file_range2", "fadvise64", "fadvise64_64", "arm_fadvise64_64", "flock",
    "fcntl", "fcntl64", "dup", "dup2", "dup3", "pipe", "pipe2", "chmod", "fchmod", "fchmodat", "umask", "utimensat",
    "utimensat_time64", "sendfile", "sendfile64", "memfd_create",
    /* waiting */
    "eventfd", "eventfd2", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
    "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "timerfd_settime64", "timerfd_gettime64", "pause",
    /* threads */
    "futex", "futex_time64", "futex_waitv", "set_robust_list", "get_robust_list", "set_tid_address", "rseq",
    "membarrier", "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "getcpu", "getpriority",
    "exit", "exit_group", "arch_prctl", "get_thread_area", "set_tls",
    /* memory */
    "munmap", "mremap", "madvise", "brk", "mlock", "mlock2", "munlock", "msync", "mincore", "getrandom",
    /* time and who we are; the two of adjustment tell whether the clock is kept right, and change nothing without
     * powers that are given up */
    "adjtimex", "clock_adjtime", "clock_adjtime64", "clock_gettime", "clock_gettime64", "clock_getres",
    "clock_getres_time64", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "times",
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups",
    "getuid32", "geteuid32", "getgid32", "getegid32", "uname", "sysinfo", "getrusage", "getrlimit", "ugetrlimit",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigtimedwait", "rt_sigtimedwait_time64",
    "rt_sigpending", "rt_sigsuspend", "sigaltstack", "restart_syscall",
    /* the network; which sockets: below */
    "bind", "listen", "accept", "accept4", "connect", "getsockname", "getpeername", "getsockopt", "setsockopt", "send",
    "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64", "shutdown"};

/* Nobody but an intruder makes these: the process ends before they have an effect. io_uring is not among them, as newer
 * libraries try it and go without. */
static const char *const deadly[] = {"execve",
                                     "execveat",
                                     "fork",
                                     "vfork",
                                     "ptrace",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "process_madvise",
                                     "pidfd_getfd",
                                     "kcmp",
                                     "bpf",
                                     "perf_event_open",
                                     "userfaultfd",
                                     "keyctl",
                                     "add_key",
                                     "request_key",
                                     "mount",
                                     "umount",
                                     "umount2",
                                     "move_mount",
                                     "open_tree",
                                     "fsopen",
                                     "fsconfig",
                                     "fsmount",
                                     "fspick",
                                     "mount_setattr",
                                     "pivot_root",
                                     "chroot",
                                     "unshare",
                                     "setns",
                                     "open_by_handle_at",
                                     "init_module",
                                     "finit_module",
                                     "delete_module",
                                     "kexec_load",
                                     "kexec_file_load",
                                     "reboot",
                                     "swapon",
                                     "swapoff",
                                     "acct",
                                     "quotactl",
                                     "personality",
                                     "modify_ldt",
                                     "iopl",
                                     "ioperm",
                                     "settimeofday",
                                     "clock_settime",
                                     "clock_settime64",
                                     "adjtimex",
                                     "clock_adjtime",
                                     "stime",
                                     "sethostname",
                                     "setdomainname",
                                     "syslog",
                                     "vhangup",
                                     "lookup_dcookie",
                                     "nfsservctl",
                                     "mbind",
                                     "move_pages",
                                     "migrate_pages",
                                     "remap_file_pages"};

static const unsigned long ioctls[] = {TCGETS,         TIOCGWINSZ,   FIONREAD,    FIONBIO,
                                       FIOCLEX,        FIONCLEX,     SIOCGIFCONF, SIOCGIFFLAGS,
                                       SIOCGIFNETMASK, SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFADDR};

struct filter {
    scmp_filter_ctx ctx;
    bool bad;
};

/* A call that this processor or this libseccomp does not have needs no rule: it is refused as all others. */
static void rule(struct filter *f, uint32_t action, const char *name, unsigned count, const struct scmp_arg_cmp *args) {
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || number < 0) return;
    int err = seccomp_rule_add_array(f->ctx, action, number, count, args);
    if (err != 0 && err != -EDOM) f->bad = true;
}

static void rule_if(struct filter *f, const char *name, struct scmp_arg_cmp only) {
    rule(f, SCMP_ACT_ALLOW, name, 1, &only);
}

static void sockets(struct filter *f) {
    const unsigned kind = 0xf; /* of a socket's type, without its flags */
    const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < 2; i++) {
        const struct scmp_arg_cmp stream[] = {SCMP_A0(SCMP_CMP_EQ, (unsigned)families[i]),
                                              SCMP_A1(SCMP_CMP_MASKED_EQ, kind, SOCK_STREAM)};
        const struct scmp_arg_cmp datagram[] = {SCMP_A0(SCMP_CMP_EQ, (unsigned)families[i]),
                                                SCMP_A1(SCMP_CMP_MASKED_EQ, kind, SOCK_DGRAM)};
        rule(f, SCMP_ACT_ALLOW, "socket", 2, stream);
        rule(f, SCMP_ACT_ALLOW, "socket", 2, datagram);
    }
    const struct scmp_arg_cmp routes[] = {SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, 0)};
    rule(f, SCMP_ACT_ALLOW, "socket", 2, routes);
    /* As if the kernel had no such family: the control socket is there already, and a new one could ask
     * another program of the user to start something. */
    const struct scmp_arg_cmp local[] = {SCMP_A0(SCMP_CMP_EQ, AF_UNIX)};
    rule(f, SCMP_ACT_ERRNO(EAFNOSUPPORT), "socket", 1, local);
}

static void arguments(struct filter *f) {
    const pid_t self = getpid();
    /* No memory that is written and then run, and no new code: all libraries are loaded. */
    rule_if(f, "mmap", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    rule_if(f, "mmap2", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    rule_if(f, "mprotect", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* Threads, no processes. clone3 hides its flags in memory: it is refused, and the C library takes clone. */
    rule_if(f, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    const struct scmp_arg_cmp process[] = {SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)};
    rule(f, SCMP_ACT_KILL_PROCESS, "clone", 1, process);
    /* Signals to itself (abort). */
    rule_if(f, "tgkill", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)self));
    rule_if(f, "kill", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)self));
    rule_if(f, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    rule_if(f, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME));
    rule_if(f, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_GET_DUMPABLE));
    rule_if(f, "prctl", SCMP_A0(SCMP_CMP_EQ, SET_VMA));
    /* Limits are looked at, not set. */
    const struct scmp_arg_cmp look[] = {SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0)};
    rule(f, SCMP_ACT_ALLOW, "prlimit64", 2, look);
    for (size_t i = 0; i < sizeof ioctls / sizeof *ioctls; i++)
        rule_if(f, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, ioctls[i]));
}

bool cage_calls(void) {
    struct filter f = {.ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS))};
    if (!f.ctx) return false;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) rule(&f, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) rule(&f, SCMP_ACT_KILL_PROCESS, deadly[i], 0, NULL);
    sockets(&f);
    arguments(&f);
    bool done = !f.bad && seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && seccomp_load(f.ctx) == 0;
    seccomp_release(f.ctx);
    return done;
}

#endif
