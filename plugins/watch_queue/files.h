/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_FILES_H
#define HM_WATCH_QUEUE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * files - what is known of the files of one stage, by a 64-bit hash of folder and name: a million
 * files take 64 MiB, and an event costs one look-up. The hash is seeded by chance, so that nobody
 * can choose names that meet; that two of a million meet anyway is less likely than 1 : 10^7.
 *
 * The upper bits of the key choose one of FILES_SEGMENTS small tables (open addressing, linear
 * probing, deletion by shifting back). Each grows by itself, so no single call moves a million
 * files; each knows its oldest complete file, so that asking for the oldest of all is cheap.
 */

enum file_state {
    FILE_NONE = 0, /* an empty slot */
    FILE_WRITING,  /* there, and not complete yet */
    FILE_SETTLED   /* complete: counts */
};

/** Of file.records: the number could not be found. */
#define FILE_RECORDS_UNKNOWN UINT32_MAX

struct file {
    uint64_t key;
    uint64_t time_ms : 44; /* what its age is told by, ms since 1970 UTC, at most FILE_44_BITS */
    uint64_t pass : 20;    /* the last pass that saw it, modulo 2^20 */
    uint64_t size : 44;    /* bytes; FILE_44_BITS: that or more */
    uint64_t state : 3;    /* enum file_state */
    uint64_t awaits : 1;   /* its records are to be counted still */
    uint64_t owes : 1;     /* ... and then its arrival is told */
    uint64_t differs : 1;  /* it holds something else than was announced */
    uint32_t inode;        /* the lower half: another one is another file */
    uint32_t records;      /* in it; 0 where nobody asks */
};
#define FILE_44_BITS (((uint64_t)1 << 44) - 1)
#define FILE_PASS_MASK 0xfffffU

enum {
    /* At most this many are held; what is over is counted by the pass, not remembered. */
    FILES_MAX = 2000000,
    FILES_SEGMENTS = 1024
};

struct files_segment;

/** {0} is empty and ready. Owns its segments. */
struct files {
    struct files_segment *segments; /* FILES_SEGMENTS, or NULL while nothing was put */
    size_t count;
};

void files_deinit(struct files *f);

/** The file of @key, or NULL. Valid until the next put or remove. */
struct file *files_find(const struct files *f, uint64_t key);

/** The file of @key, made (state FILE_NONE, to be set) if it is new. NULL: the table is full. */
struct file *files_put(struct files *f, uint64_t key);

/** Must stand before and after a change of time or state of @file, which is in the table. */
void files_changing(struct files *f, const struct file *file);
void files_changed(struct files *f, const struct file *file);

/** Forgets @file, which is in the table. */
void files_remove(struct files *f, struct file *file);

/** The complete file with the smallest time, or NULL; of equal ones any. Costs a look at each
 * segment, and a walk through those whose oldest left or changed since. */
const struct file *files_oldest(struct files *f);

/** Calls @fn with each file of the segment @at, 0..FILES_SEGMENTS - 1; where it returns false, the
 * file is forgotten. */
void files_sweep(
    struct files *f, size_t at, bool (*fn)(void *arg, const struct file *file), void *arg);

/** Key of @name in the folder @folder (itself such a key, or the seed). */
uint64_t files_key(uint64_t folder, const char *name);

/** Brings the place of @key near: for who looks many up and knows them beforehand. */
void files_prefetch(const struct files *f, uint64_t key);

#endif
