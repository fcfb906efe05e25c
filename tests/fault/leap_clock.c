/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * leap_clock.so, preloaded: the clocks of a process that count a suspend (of the wall and since the
 * boot) leap forwards by the seconds that the file LEAP_CLOCK_FILE says, from when it is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long leap_s(void)
{
    const char *path = getenv("LEAP_CLOCK_FILE");
    char text[24] = "";
    if (path == NULL || access(path, F_OK) != 0)
        return 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    long long s = fgets(text, sizeof text, file) != NULL ? strtoll(text, NULL, 10) : 0;
    fclose(file);
    return s;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int r = (int)syscall(SYS_clock_gettime, clock, ret);
    if (r != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME))
        return r;
    ret->tv_sec += leap_s();
    return 0;
}
