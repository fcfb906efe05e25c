/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_ROTATION_H
#define HM_TESTS_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

/**
 * rotation - a writer that numbers its lines and rotates its log at random moments, and who reads.
 *
 * What the two processes share is in `struct shared`; each member has one that writes it. No part
 * that holds unread lines is removed, however slow the reader is: with real logs days lie between.
 * The one loss that a scheme cannot avoid (lines written between copy and truncation) is marked.
 */

enum scheme { SCHEME_RENAME, SCHEME_COPYTRUNCATE, SCHEME_DATED, SCHEME_PAIR, SCHEME_COMPRESS };
extern const char *const scheme_names[]; /* by enum scheme, NULL at the end */

enum { LINES_MAX = 16 * 1000 * 1000, LINE_PER_SECOND = 5000 };
enum { MARK_IN_WINDOW = 1 };

struct shared {
    volatile uint32_t written;   /* writer: lines so far, numbered from 1 */
    volatile uint32_t rotations; /* writer */
    volatile uint32_t waits;     /* writer: times it waited for the reader before removing */
    volatile bool ended;         /* writer: all is written */
    volatile uint32_t read;      /* reader: all lines up to this one came (or are marked) */
    volatile uint8_t marks[LINES_MAX + 1]; /* writer */
};

struct plan {
    enum scheme scheme;
    unsigned rotations;
    unsigned kills;
    unsigned seed;
    const char *folder;   /* absolute, empty */
    unsigned clock_scale; /* SCHEME_DATED: how much faster its clock goes */
    int64_t clock_from_ms;
};

/** The next number of a sequence that @seed names. */
unsigned next_random(unsigned *seed);

/** The clock that both see: of the day for SCHEME_DATED fast, else the real one. */
int64_t plan_wall_ms(const struct plan *p);

/** Writes until all rotations are made. Runs in a process of its own, returns its exit code. */
int writer_run(const struct plan *p, struct shared *s);

#endif
