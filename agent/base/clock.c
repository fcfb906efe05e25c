/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/fdio.h"

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

int clock_boot_id(char ret_id[CLOCK_BOOT_ID_BYTES])
{
    char buffer[64];
    int r = fdio_read_small("/proc/sys/kernel/random/boot_id", buffer, sizeof buffer);
    if (r < 0)
        return r;
    if (strcspn(buffer, "\n") != CLOCK_BOOT_ID_BYTES - 1)
        return fault(-EINVAL);
    memcpy(ret_id, buffer, CLOCK_BOOT_ID_BYTES - 1);
    ret_id[CLOCK_BOOT_ID_BYTES - 1] = '\0';
    return 0;
}
