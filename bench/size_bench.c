/*
 * size_bench.c: the size of the program, stripped.
 */
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bench/bench_util.h"

#define TARGET_BYTES (1 << 20)

extern char **environ;

int main(void) {
    char stripped[300];
    struct stat info;
    pid_t pid;
    int status;
    snprintf(stripped, sizeof stripped, "%s/longear", bench_directory());
    const char *argv[] = {"strip", "-o", stripped, bench_program(), NULL};
    if (posix_spawnp(&pid, "strip", NULL, NULL, (char *const *)argv, environ) != 0 || waitpid(pid, &status, 0) != pid ||
        status != 0 || stat(stripped, &info) != 0)
        bench_die("strip", ERR_IO);
    bench_report(&(struct bench_result){"program_stripped", 1, (double)info.st_size, "B", 0, 0, TARGET_BYTES,
                                        info.st_size <= TARGET_BYTES});
    return 0;
}
