/* SPDX-License-Identifier: BSD-2-Clause */
#include "dated.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PATTERN_PATH_MAX = 1024 };

bool dated_valid(const char *pattern)
{
    if (pattern[0] != '/' || strlen(pattern) >= PATTERN_PATH_MAX ||
        strpbrk(pattern, "\r\n") != NULL)
        return false;
    for (const char *p = pattern; (p = strchr(p, '%')) != NULL; p += 2)
        if (p[1] == '\0' || strchr("YmdH%", p[1]) == NULL)
            return false;
    const char *name = strrchr(pattern, '/');
    return name[1] != '\0';
}

void dated_path(const char *pattern, int64_t wall_ms, char *out, size_t room)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm = {0};
    size_t length = 0;

    localtime_r(&seconds, &tm);
    for (const char *p = pattern; *p != '\0' && length + 5 < room; p++) {
        char mark = *p == '%' ? *++p : '\0';
        if (mark == 'Y')
            length += (size_t)snprintf(out + length, room - length, "%04d", tm.tm_year + 1900);
        else if (mark == 'm' || mark == 'd' || mark == 'H')
            length += (size_t)snprintf(out + length, room - length, "%02d",
                mark == 'm'   ? tm.tm_mon + 1
                : mark == 'd' ? tm.tm_mday
                              : tm.tm_hour);
        else
            out[length++] = *p;
    }
    out[length] = '\0';
}

bool dated_same_folder(const char *a, const char *b)
{
    const char *p = strrchr(a, '/'), *q = strrchr(b, '/');
    return p != NULL && q != NULL && p - a == q - b && memcmp(a, b, (size_t)(p - a)) == 0;
}
