/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

wall_ms clock_wall(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

mono_ms clock_boot(void)
{
    return read_us(CLOCK_BOOTTIME) / 1000;
}

struct moment clock_now(void)
{
    return (struct moment){.wall = clock_wall(), .boot = clock_boot()};
}

int64_t clock_tick_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}
