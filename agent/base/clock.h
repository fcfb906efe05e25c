/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_CLOCK_H
#define HM_BASE_CLOCK_H

#include <stdint.h>

/**
 * clock - the only reader of time.
 *
 * Durations come from CLOCK_BOOTTIME (goes on while the machine is suspended, never steps);
 * wall time is for membership in windows, for deadlines of the calendar and for print.
 * Everything else takes time as an argument.
 */

typedef int64_t wall_ms; /* milliseconds since 1970-01-01 00:00 UTC; steps when the clock is set */
typedef int64_t mono_ms; /* milliseconds of CLOCK_BOOTTIME; comparable within one boot only */
typedef int64_t span_ms; /* a length of time */

enum { CLOCK_BOOT_ID_BYTES = 37 }; /* a UUID as text and its NUL; boot.h reads it */

#define CLOCK_NEVER INT64_MAX

/** One instant on both clocks. {0} is "no such instant". */
struct moment {
    wall_ms wall;
    mono_ms boot;
};

wall_ms clock_wall(void);
mono_ms clock_boot(void);
struct moment clock_now(void);

/** CLOCK_MONOTONIC in microseconds, for measuring how long something took. */
int64_t clock_tick_us(void);

#endif
