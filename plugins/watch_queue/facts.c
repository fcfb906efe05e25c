/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRAILER_BYTES = 4096 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

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
