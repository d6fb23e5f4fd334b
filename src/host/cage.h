/*
 * cage.h: what a node may still do of what its user may: so little that whoever takes it over by a bug finds no program
 * to start, no file but the home's and nobody to trace. Each part stands alone: where the system lacks one, the others
 * hold, and the node says so. In this order, before there are other threads, but for the last, which takes in all
 * threads that there are. Why so: doc/decisions/cage.md.
 *
 * A program made with -DCAGE_INSTRUMENTED (sanitizers, coverage) stays traceable and has no limits, folders or filter:
 * its runtime reads and writes files, traces itself and makes calls of its own. -DCAGE_NO_CALLS leaves out the filter,
 * where libseccomp is not there: a phone's system has one of its own around every app.
 */
#ifndef HOST_CAGE_H
#define HOST_CAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/*
 * The limits, and why:
 *
 * resource        | limit                 | why
 * RLIMIT_CORE     | 0                     | a crash must not write keys to the disk
 * RLIMIT_NOFILE   | CAGE_DESCRIPTORS      | 384 connections of pages with an upload each, 64 contacts and 16 dials, 16
 *                 |                       | commands with their files, discovery, the store: below 1,100; a leak ends
 *                 |                       | here and not in the system's table. More than the hard limit isn't asked
 * for RLIMIT_DATA     | CAGE_DATA_BYTES       | the budgets of contacts, intake, comparisons, jobs and stacks of
 * threads come |                       | to less than half of it; what exceeds it gets ERR_MEMORY, and no neighbour of
 *                 |                       | the node on this machine is swapped out. A home in memory has twice as much
 * RLIMIT_MEMLOCK  | the hard limit        | keys are locked in memory; the soft limit is often 64 KiB
 * RLIMIT_AS       | none                  | the C library reserves 64 MiB for a thread's heap and touches little of it:
 *                 |                       | RLIMIT_DATA counts what can be touched
 * RLIMIT_NPROC    | none                  | it counts the user's other programs too. The filter allows no process at
 * all; |                       | threads are bounded where they are made (doc/architecture.md) RLIMIT_FSIZE    | none
 * | a store may fill the disk that its budget gives it
 */
#define CAGE_DESCRIPTORS 2048
#define CAGE_DATA_BYTES (UINT64_C(2) << 30)

/* How a node is confined; told by `longear status`. */
struct cage {
    int landlock; /* the kernel's version of it that holds; 0: none */
    bool seccomp;
    bool root; /* user number 0, though without its powers */
};

/* Give up what no command needs: core dumps, being traced or looked into by other programs of the same user, and,
 * if privileges is true, all privileges that a program on the disk could give. */
void cage_process(bool privileges);

/*
 * Become another user, for good: the one called name, or, if it is NULL, the owner of folder or of the nearest folder
 * above that exists. Only root can; others stay who they are and get 0 if name is theirs or NULL. Return 0 (as root
 * still, if root owns the folder), ERR_NOT_FOUND (no such user), ERR_READ_ONLY (it is not allowed). HOME and USER
 * become the user's if name is given.
 */
MUST_CHECK int cage_user(const char *name, const char *folder);

/* Give up root's powers, one by one and for good; of them the right to listen at a port below 1024 stays if asked.
 * Return whether there is none left. */
bool cage_powers(bool low_port);

/* Set the limits of the table. */
void cage_limits(uint64_t data_bytes);

enum cage_right {
    CAGE_READ,          /* files and what is beneath a folder */
    CAGE_WRITE,         /* and make, change, rename and remove them */
    CAGE_REMOVE_FOLDER, /* remove empty folders beneath this one, nothing else */
};
struct cage_place {
    const char *path; /* what does not exist is left out */
    enum cage_right right;
};

/* From now on this thread, and those that it begins, open no file but beneath these places and those that the C library
 * reads for names of hosts and zones of time. Return the version of Landlock that holds it, or 0. */
int cage_files(const struct cage_place *places, size_t count);

/*
 * From now on no thread makes other system calls than those of the list: the others get "not implemented"; those that
 * only an intruder makes (start a program, trace, mount, load code into the kernel) end the process. No new sockets but
 * IPv4, IPv6 and the one that tells of networks; no memory that is executable and new. Return whether it holds.
 */
bool cage_calls(void);

/* Tell what the system could do, without doing it. */
bool cage_is_whole_here(void);

#endif
