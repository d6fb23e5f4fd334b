/*
 * cage_test.c: from inside the cage what is forbidden is tried, each thing in a process of its own: files outside,
 * programs, traces, other sockets, calls into the kernel. What a node needs still works there, so that a refusal is the
 * cage's. With sanitizers there is no cage, and the tests say so.
 */
#include "host/cage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define DONE 0
#define REFUSED 1
#define OTHER 2
#define KILLED (128 + SIGSYS)

static char home[] = "/tmp/longear-cage-XXXXXX";
static char outside[sizeof home + 8];

static bool instrumented(void) {
#ifdef CAGE_INSTRUMENTED
    print_message("there is no cage in a program with sanitizers\n");
    return true;
#else
    return false;
#endif
}

static int put_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    ssize_t put = write(fd, text, strlen(text));
    return close(fd) == 0 && put == (ssize_t)strlen(text) ? 0 : -1;
}

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(home)) return -1;
    snprintf(outside, sizeof outside, "%s.out", home);
    return put_file(outside, "secret");
}

static int tear_down(void **state) {
    (void)state;
    char command[2 * sizeof outside + 16];
    snprintf(command, sizeof command, "rm -rf %s %s", home, outside);
    return system(command);
}

enum part { FILES = 1, CALLS = 2, ALL = 3 };

/* Try it in a child within the parts of the cage. Return what the child told, or 128 and the signal that ended it. */
static int within(enum part parts, int (*try)(void)) {
    pid_t child = fork();
    if (child == 0) {
        const struct cage_place places[] = {{home, CAGE_WRITE}};
        cage_process(true);
        if (!cage_powers(false)) _exit(OTHER);
        cage_limits(CAGE_DATA_BYTES);
        if ((parts & FILES) && cage_files(places, 1) == 0) _exit(OTHER);
        if ((parts & CALLS) && !cage_calls()) _exit(OTHER);
        _exit(try());
    }
    int status = 0;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int verdict(long got) {
    if (got >= 0) return DONE;
    return errno == EACCES || errno == EPERM || errno == ENOSYS || errno == EAFNOSUPPORT || errno == EXDEV ? REFUSED
                                                                                                           : OTHER;
}

/* ---- Files ---- */

static int try_passwd(void) {
    return verdict(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}
static int try_outside_read(void) {
    return verdict(open(outside, O_RDONLY | O_CLOEXEC));
}
static int try_outside_write(void) {
    return verdict(open(outside, O_WRONLY | O_CLOEXEC));
}
static int try_outside_truncate(void) {
    return verdict(truncate(outside, 0));
}
static int try_outside_unlink(void) {
    return verdict(unlink(outside));
}
static int try_outside_make(void) {
    return verdict(open("/tmp/longear-cage-made", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
static int try_outside_list(void) {
    DIR *folder = opendir("/etc");
    return verdict(folder ? 0 : -1);
}
static int try_link_out(void) {
    char path[sizeof home + 8];
    snprintf(path, sizeof path, "%s/in", home);
    if (verdict(symlink(outside, path)) == DONE) return DONE; /* a link to a file that others would open */
    return REFUSED;
}
static int try_move_out(void) {
    char path[sizeof home + 8];
    snprintf(path, sizeof path, "%s/gone", home);
    if (put_file(path, "x") != 0) return OTHER;
    return verdict(rename(path, "/tmp/longear-cage-gone"));
}
static int try_other_process(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)getppid());
    return verdict(open(path, O_RDONLY | O_CLOEXEC));
}
static int try_proc_root(void) {
    return verdict(open("/proc/self/root/etc/passwd", O_RDONLY | O_CLOEXEC));
}

/* What a node does with files, all of it. */
static int try_home(void) {
    char path[sizeof home + 8], other[sizeof home + 8];
    snprintf(path, sizeof path, "%s/a", home);
    snprintf(other, sizeof other, "%s/b", home);
    if (put_file(path, "words") != 0 || truncate(path, 2) != 0 || rename(path, other) != 0 || unlink(other) != 0)
        return OTHER;
    int hidden = open(home, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (hidden < 0 || ftruncate(hidden, 4096) != 0) return OTHER;
    DIR *folder = opendir(home);
    if (!folder) return OTHER;
    int mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    char line[16];
    if (mounts < 0 || read(mounts, line, sizeof line) <= 0) return OTHER;
    return open("/dev/urandom", O_RDONLY | O_CLOEXEC) >= 0 ? DONE : OTHER;
}

static void test_files(void **state) {
    static const struct {
        const char *name;
        int (*try)(void);
    } cases[] = {{"read /etc/passwd", try_passwd},     {"read a file beside the home", try_outside_read},
                 {"write it", try_outside_write},      {"cut it", try_outside_truncate},
                 {"remove it", try_outside_unlink},    {"make one", try_outside_make},
                 {"list a folder", try_outside_list},  {"lay a link", try_link_out},
                 {"carry a file out", try_move_out},   {"read another's environment", try_other_process},
                 {"go by /proc's root", try_proc_root}};
    struct stat info;
    (void)state;
    if (instrumented()) return;
    if (within(FILES, try_home) == OTHER) {
        print_message("this kernel has no Landlock\n");
        skip();
    }
    assert_int_equal(within(FILES, try_home), DONE);
    assert_int_equal(within(ALL, try_home), DONE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = within(FILES, cases[i].try);
        if (got != REFUSED) print_message("%s: %d\n", cases[i].name, got);
        assert_int_equal(got, REFUSED);
    }
    assert_int_equal(stat(outside, &info), 0);
    assert_int_equal(info.st_size, strlen("secret"));
}

/* ---- Calls ---- */

static int try_exec(void) {
    char *const argv[] = {(char[]){"true"}, NULL};
    return verdict(execve("/bin/true", argv, NULL));
}
static int try_execat(void) {
    char *const argv[] = {(char[]){"true"}, NULL};
    return verdict(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0));
}
static int try_fork(void) {
    return verdict(fork());
}
static int try_clone3(void) {
    return verdict(syscall(SYS_clone3, NULL, (size_t)0));
}
static int try_ptrace(void) {
    return verdict(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}
static int try_peek(void) {
    return verdict(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}
static int try_bpf(void) {
    return verdict(syscall(SYS_bpf, 0, NULL, 0));
}
static int try_keyctl(void) {
    return verdict(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}
static int try_mount(void) {
    return verdict(mount("none", home, "tmpfs", 0, NULL));
}
static int try_userfaultfd(void) {
    return verdict(syscall(SYS_userfaultfd, 0));
}
static int try_unshare(void) {
    return verdict(syscall(SYS_unshare, 0x10000000));
}
static int try_perf(void) {
    return verdict(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
}
static int try_module(void) {
    return verdict(syscall(SYS_finit_module, -1, "", 0));
}
static int try_uring(void) {
    uint64_t params[15] = {0};
    return verdict(syscall(SYS_io_uring_setup, 1, params));
}
static int try_kill(void) {
    return verdict(kill(getppid(), 0));
}
static int try_limits(void) {
    static const struct rlimit core = {0, 0};
    return verdict(setrlimit(RLIMIT_CORE, &core));
}
static int try_dumpable(void) {
    return verdict(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}
static int try_code(void) {
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return verdict(at == MAP_FAILED ? -1 : 0);
}
static int try_code_later(void) {
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? OTHER : verdict(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}
static int try_terminal(void) {
    char c = 'x';
    return verdict(syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI: type for the user */, &c));
}
static int try_unknown(void) {
    return verdict(syscall(9999));
}
static int try_unix(void) {
    return verdict(socket(AF_UNIX, SOCK_STREAM, 0));
}
static int try_packet(void) {
    return verdict(socket(AF_PACKET, SOCK_RAW, 0));
}
static int try_raw(void) {
    return verdict(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}
static int try_alg(void) {
    return verdict(socket(AF_ALG, SOCK_SEQPACKET, 0));
}
static int try_vsock(void) {
    return verdict(socket(40, SOCK_STREAM, 0));
}
static int try_netlink(void) {
    return verdict(socket(AF_NETLINK, SOCK_RAW, 12 /* netfilter */));
}

static void *thread_main(void *argument) {
    return argument;
}

/* What a node does besides. */
static int try_needed(void) {
    pthread_t thread;
    int fds[2];
    void *got = NULL;
    char byte = 'x';
    if (pthread_create(&thread, NULL, thread_main, &byte) != 0 || pthread_join(thread, &got) != 0 || got != &byte)
        return OTHER;
    const int sockets[] = {socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), socket(AF_INET6, SOCK_DGRAM, 0),
                           socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0)};
    if (sockets[0] < 0 || (sockets[1] < 0 && errno != EAFNOSUPPORT) || sockets[2] < 0) return OTHER;
    if (pipe(fds) != 0 || write(fds[1], &byte, 1) != 1 || read(fds[0], &byte, 1) != 1) return OTHER;
    void *room = malloc(64 << 20);
    if (!room) return OTHER;
    memset(room, 1, 64 << 20);
    free(room);
    return DONE;
}

static const struct call {
    const char *name;
    int (*try)(void);
    int expected;
} calls[] = {{"start a program", try_exec, KILLED},
             {"start one by its descriptor", try_execat, KILLED},
             {"a process", try_fork, KILLED},
             {"clone3", try_clone3, REFUSED},
             {"trace", try_ptrace, KILLED},
             {"look into another", try_peek, KILLED},
             {"bpf", try_bpf, KILLED},
             {"keys of the kernel", try_keyctl, KILLED},
             {"mount", try_mount, KILLED},
             {"userfaultfd", try_userfaultfd, KILLED},
             {"namespaces", try_unshare, KILLED},
             {"perf", try_perf, KILLED},
             {"a module", try_module, KILLED},
             {"io_uring", try_uring, REFUSED},
             {"a signal to another", try_kill, REFUSED},
             {"set a limit", try_limits, REFUSED},
             {"become traceable", try_dumpable, REFUSED},
             {"memory with code", try_code, REFUSED},
             {"memory that becomes code", try_code_later, REFUSED},
             {"type for the user", try_terminal, REFUSED},
             {"an unknown call", try_unknown, REFUSED},
             {"a local socket", try_unix, REFUSED},
             {"packets", try_packet, REFUSED},
             {"raw packets", try_raw, REFUSED},
             {"the kernel's ciphers", try_alg, REFUSED},
             {"a machine's host", try_vsock, REFUSED},
             {"the firewall", try_netlink, REFUSED}};

static void test_calls(void **state) {
    (void)state;
    if (instrumented()) return;
    assert_int_equal(within(CALLS, try_needed), DONE);
    assert_int_equal(within(ALL, try_needed), DONE);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int got = within(CALLS, calls[i].try);
        if (got != calls[i].expected) print_message("%s: %d\n", calls[i].name, got);
        assert_int_equal(got, calls[i].expected);
    }
}

/* A thread that was there before is in the filter, too. */
static int pipe_ends[2];
static void *late_main(void *argument) {
    char byte;
    (void)argument;
    while (read(pipe_ends[0], &byte, 1) != 1) continue;
    _exit(verdict(socket(AF_PACKET, SOCK_RAW, 0)));
}
static void test_threads_before(void **state) {
    int status = 0;
    (void)state;
    if (instrumented()) return;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        if (pipe(pipe_ends) != 0 || pthread_create(&thread, NULL, late_main, NULL) != 0 || !cage_calls() ||
            write(pipe_ends[1], "x", 1) != 1)
            _exit(OTHER);
        pthread_join(thread, NULL);
        _exit(OTHER);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), REFUSED);
}

/* ---- The process ---- */

static int try_process(void) {
    struct rlimit core, files;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 10;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 11;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0) return 12;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max > CAGE_DESCRIPTORS) return 13;
    return DONE;
}
/* More memory than the limit is an error of malloc, not the end of the machine. */
static int try_memory(void) {
    size_t had = 0;
    for (; had < 64; had++) {
        char *more = malloc(64 << 20);
        if (!more) break;
        more[0] = 1;
    }
    return had < 32 ? REFUSED : DONE;
}
static int try_root_again(void) {
    return setuid(0) == 0 && getuid() == 0 && verdict(chown(outside, 1, 1)) == DONE ? DONE : REFUSED;
}
static void test_process(void **state) {
    (void)state;
    if (instrumented()) return;
    assert_int_equal(within(0, try_process), DONE);
    assert_int_equal(within(0, try_memory), REFUSED);
    assert_int_equal(within(0, try_root_again), REFUSED);
}

/* Another process of the same user cannot read its memory; it could if it were as usual. */
static int memory_of(bool caged) {
    int ready[2], status = 0;
    char path[64], byte;
    assert_int_equal(pipe(ready), 0);
    pid_t reader = fork();
    if (reader == 0) {
        if (geteuid() == 0 && (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0))
            _exit(OTHER);
        /* Whoever changed its user is not dumpable: the victim says what it wants to be. */
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
        pid_t victim = fork();
        if (victim == 0) {
            if (caged) cage_process(true);
            (void)!write(ready[1], "x", 1);
            pause();
            _exit(0);
        }
        if (read(ready[0], &byte, 1) != 1) _exit(OTHER);
        snprintf(path, sizeof path, "/proc/%d/mem", (int)victim);
        int got = verdict(open(path, O_RDONLY | O_CLOEXEC));
        kill(victim, SIGKILL);
        waitpid(victim, NULL, 0);
        _exit(got);
    }
    assert_int_equal(waitpid(reader, &status, 0), reader);
    close(ready[0]);
    close(ready[1]);
    return WEXITSTATUS(status);
}
static void test_memory_is_unreadable(void **state) {
    (void)state;
    if (instrumented()) return;
    assert_int_equal(memory_of(false), DONE);
    assert_int_equal(memory_of(true), REFUSED);
}

/* No core dump, whatever the system would do with one. */
static int try_crash(void) {
    abort();
}
static void test_no_core(void **state) {
    (void)state;
    if (instrumented()) return;
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
        cage_process(true);
        _exit(try_crash());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_false(WCOREDUMP(status));
}

/* ---- The user ---- */

static int user_child(const char *name, const char *folder) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int err = cage_user(name, folder);
        if (err) _exit(100);
        _exit(geteuid() == 65534 && setuid(0) != 0 ? 1 : geteuid() == 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}
static void test_user(void **state) {
    char theirs[sizeof home + 8], below[sizeof home + 32];
    (void)state;
    if (geteuid() != 0) skip();
    snprintf(theirs, sizeof theirs, "%s/theirs", home);
    snprintf(below, sizeof below, "%s/not/yet", theirs);
    assert_int_equal(mkdir(theirs, 0700), 0);
    assert_int_equal(chown(theirs, 65534, 65534), 0);
    assert_int_equal(user_child(NULL, theirs), 1); /* the owner's */
    assert_int_equal(user_child(NULL, below), 1);  /* and of what they will own */
    assert_int_equal(user_child(NULL, home), 0);   /* root's stays root's */
    assert_int_equal(user_child("nobody", home), 1);
    assert_int_equal(user_child("nobody-of-this-name", home), 100);
    assert_int_equal(user_child("root", home), 100);
    assert_int_equal(rmdir(theirs), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),   cmocka_unit_test(test_calls),
        cmocka_unit_test(test_process), cmocka_unit_test(test_threads_before),
        cmocka_unit_test(test_no_core), cmocka_unit_test(test_memory_is_unreadable),
        cmocka_unit_test(test_user),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
