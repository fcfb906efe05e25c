/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRAILER_BYTES = 4096 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- times ---- */

static const char time_fields[] = "YmdHMS";

bool facts_time_valid(const char *format)
{
    unsigned seen = 0;
    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%')
            continue;
        const char *field = *++f == '\0' ? NULL : strchr(time_fields, *f);
        if (field == NULL || (seen >> (field - time_fields) & 1) != 0)
            return false;
        seen |= 1U << (field - time_fields);
    }
    return (seen & 7) == 7;
}

/* Reads @width digits; -1: they are not there. */
static int read_digits(const char *text, int width)
{
    int value = 0;
    for (int i = 0; i < width; i++) {
        if (!is_digit(text[i]))
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

static void set_field(struct tm *t, char field, int value)
{
    if (field == 'Y')
        t->tm_year = value - 1900;
    else if (field == 'm')
        t->tm_mon = value - 1;
    else if (field == 'd')
        t->tm_mday = value;
    else if (field == 'H')
        t->tm_hour = value;
    else if (field == 'M')
        t->tm_min = value;
    else
        t->tm_sec = value;
}

/* Whether @text begins with what @format says; then *ret_end is what follows. */
static bool read_fields(
    const char *format, const char *text, struct tm *ret_time, const char **ret_end)
{
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            if (*text++ != *format)
                return false;
            continue;
        }
        int width = *++format == 'Y' ? 4 : 2;
        int value = read_digits(text, width);
        if (value < 0)
            return false;
        set_field(ret_time, *format, value);
        text += width;
    }
    *ret_end = text;
    return true;
}

/* The 31st of April has a time too, as mktime(3) sees it: that of the 1st of May. */
static bool to_ms(const struct tm *given, int64_t *ret_ms)
{
    struct tm t = *given;
    t.tm_isdst = -1;
    time_t seconds = mktime(&t);
    if (seconds == (time_t)-1 || t.tm_mday != given->tm_mday || t.tm_mon != given->tm_mon ||
        given->tm_hour > 23 || given->tm_min > 59 || given->tm_sec > 60)
        return false;
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}

bool facts_time(const char *format, const char *name, int64_t *ret_ms)
{
    for (const char *at = name; *at != '\0'; at++) {
        struct tm t = {0};
        const char *end = at;
        bool is_cut = is_digit(*at) && at > name && is_digit(at[-1]);
        if (!is_cut && read_fields(format, at, &t, &end) &&
            !(is_digit(end[0]) && end > at && is_digit(end[-1])) && to_ms(&t, ret_ms))
            return true;
    }
    return false;
}

/* ---- numbers ---- */

bool facts_number_valid(const char *pattern)
{
    const char *number = strstr(pattern, "%d");
    return number != NULL && strlen(pattern) > 2 && strstr(number + 2, "%d") == NULL;
}

/* The digits at @text, and then @rest. */
static bool read_number(const char *text, const char *rest, uint32_t *ret_number)
{
    uint64_t value = 0;
    const char *at = text;
    for (; is_digit(*at) && value < UINT32_MAX; at++)
        value = 10 * value + (uint64_t)(*at - '0');
    if (at == text || value >= UINT32_MAX || strncmp(at, rest, strlen(rest)) != 0)
        return false;
    *ret_number = (uint32_t)value;
    return true;
}

bool facts_number(const char *pattern, const char *text, bool is_line, uint32_t *ret_number)
{
    size_t before = (size_t)(strstr(pattern, "%d") - pattern);
    const char *rest = pattern + before + 2;
    for (const char *at = text; *at != '\0'; at++) {
        bool is_cut = before == 0 && at > text && is_digit(at[-1]);
        if (!is_cut && strncmp(at, pattern, before) == 0 &&
            read_number(at + before, rest, ret_number))
            return true;
        if (is_line)
            return false;
    }
    return false;
}

bool facts_trailer(const char *path, const char *pattern, uint32_t *ret_number)
{
    char bytes[TRAILER_BYTES + 1];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0)
        return false;
    ssize_t n = -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        n = pread(
            fd, bytes, TRAILER_BYTES, st.st_size > TRAILER_BYTES ? st.st_size - TRAILER_BYTES : 0);
    close(fd);
    while (n > 0 && strchr("\r\n\x1a", bytes[n - 1]) != NULL)
        n--;
    if (n <= 0)
        return false;
    bytes[n] = '\0';
    const char *line = memrchr(bytes, '\n', (size_t)n);
    return facts_number(pattern, line == NULL ? bytes : line + 1, true, ret_number);
}
