/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART_BYTES = 4096 };
/* What a struct file holds as a number of records is less. */
#define RECORDS_LIMIT ((uint64_t)UINT32_MAX)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool facts_number_valid(const char *pattern)
{
    const char *number = strstr(pattern, "%d");
    return number != NULL && strlen(pattern) > 2 && strstr(number + 2, "%d") == NULL;
}

bool facts_line_valid(const char *pattern)
{
    const char *number = strstr(pattern, "%d");
    return number != NULL && strstr(number + 2, "%d") == NULL;
}

/* The digits at @text, below @limit, and then @rest. Where the digits end, or NULL. */
static const char *read_number(
    const char *text, const char *rest, uint64_t limit, uint64_t *ret_number)
{
    uint64_t value = 0;
    const char *at = text;
    for (; is_digit(*at); at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (limit - 1 - digit) / 10)
            return NULL;
        value = 10 * value + digit;
    }
    if (at == text || strncmp(at, rest, strlen(rest)) != 0)
        return NULL;
    *ret_number = value;
    return at;
}

bool facts_number(const char *pattern, const char *text, bool is_line, uint32_t *ret_number)
{
    size_t before = (size_t)(strstr(pattern, "%d") - pattern);
    const char *rest = pattern + before + 2;
    uint64_t number;
    for (const char *at = text; *at != '\0'; at++) {
        bool is_cut = before == 0 && at > text && is_digit(at[-1]);
        if (!is_cut && strncmp(at, pattern, before) == 0 &&
            read_number(at + before, rest, RECORDS_LIMIT, &number) != NULL) {
            *ret_number = (uint32_t)number;
            return true;
        }
        if (is_line)
            return false;
    }
    return false;
}

/* The first or last PART_BYTES of a regular file, NUL-terminated; their number, or -1. */
static ssize_t read_part(const char *path, bool is_last, char *ret_bytes)
{
    struct stat st;
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        n = pread(fd, ret_bytes, PART_BYTES,
            is_last && st.st_size > PART_BYTES ? st.st_size - PART_BYTES : 0);
    close(fd);
    ret_bytes[n > 0 ? n : 0] = '\0';
    return n;
}

bool facts_line(const char *path, const char *pattern, uint64_t *ret_number, bool *ret_is_whole)
{
    static const char mark[] = "\xef\xbb\xbf";
    char bytes[PART_BYTES + 1];
    size_t before = (size_t)(strstr(pattern, "%d") - pattern);
    if (read_part(path, false, bytes) <= 0)
        return false;
    const char *line = strncmp(bytes, mark, strlen(mark)) == 0 ? bytes + strlen(mark) : bytes;
    for (; line != NULL; line = strchr(line, '\n'), line += line != NULL) {
        const char *end =
            strncmp(line, pattern, before) == 0
                ? read_number(line + before, pattern + before + 2, INT64_MAX, ret_number)
                : NULL;
        if (end != NULL) {
            *ret_is_whole = *end != '\0';
            return true;
        }
    }
    return false;
}

bool facts_trailer(const char *path, const char *pattern, uint32_t *ret_number)
{
    char bytes[PART_BYTES + 1];
    ssize_t n = read_part(path, true, bytes);
    while (n > 0 && strchr("\r\n\x1a", bytes[n - 1]) != NULL)
        n--;
    if (n <= 0)
        return false;
    bytes[n] = '\0';
    const char *line = memrchr(bytes, '\n', (size_t)n);
    return facts_number(pattern, line == NULL ? bytes : line + 1, true, ret_number);
}
