/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fast_clock.so, preloaded: the wall clock of a process goes FAST_CLOCK_SCALE times as fast since
 * FAST_CLOCK_FROM_MS (ms since 1970), so that hours pass in milliseconds. Other clocks and the
 * times of files stay as they are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t number(const char *name, int64_t preset)
{
    const char *text = getenv(name);
    return text != NULL ? strtoll(text, NULL, 10) : preset;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int r = (int)syscall(SYS_clock_gettime, clock, ret);
    if (r != 0 || clock != CLOCK_REALTIME)
        return r;
    int64_t from_ms = number("FAST_CLOCK_FROM_MS", 0), scale = number("FAST_CLOCK_SCALE", 1);
    int64_t ms = ret->tv_sec * 1000LL + ret->tv_nsec / 1000000;
    ms = from_ms + (ms - from_ms) * scale;
    ret->tv_sec = ms / 1000;
    ret->tv_nsec = ms % 1000 * 1000000;
    return 0;
}
