/*
 * crash_vfs_util.h: an SQLite VFS whose disk is in memory and knows what a power cut leaves: what was synced, and of
 * the rest anything.
 *
 * Files are kept as what is synced and the writes since, in order. The disk after a power cut is made from these,
 * sector by sector (512 bytes): each has what a random number of the writes to it have left, from none to all of them,
 * so that writes are lost, torn and reordered across sectors; a cut of a file's end, a new name and a removed name are
 * there or not unless they were synced. Bytes that no write touched keep their value (what SQLite calls powersafe
 * overwrite, and assumes of every disk).
 */
#ifndef TEST_STORE_CRASH_VFS_UTIL_H
#define TEST_STORE_CRASH_VFS_UTIL_H

#include <stdbool.h>
#include <stdint.h>

/* Called before every write, sync, cut and removal: the moments at which the power may go. */
typedef void (*crash_moment)(void *context);

/* Register the VFS under name with an empty disk. */
void crash_vfs_begin(const char *name, crash_moment moment, void *context);
void crash_vfs_end(void);

/* How much of what was not synced is there after the cut: nothing, everything, or a random part of it. */
enum crash_left { CRASH_NOTHING, CRASH_EVERYTHING, CRASH_SOME };

/* Write the disk as a power cut would leave it now into a folder that exists; files of it that are not there are
 * removed. */
void crash_vfs_cut(const char *folder, enum crash_left left, uint64_t *seed);

#endif
