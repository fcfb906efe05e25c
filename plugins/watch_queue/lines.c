/* SPDX-License-Identifier: BSD-2-Clause */
#include "lines.h"

#include <string.h>

static bool has_text(const char *bytes, size_t length)
{
    while (length > 0 && (bytes[length - 1] == '\r' || bytes[length - 1] == 0x1a))
        length--;
    return length > 0;
}

/* Whether an odd number of quotation marks is in there. */
static bool turns_quotes(const char *bytes, size_t length)
{
    bool turns = false;
    const char *end = bytes + length;
    while ((bytes = memchr(bytes, '"', (size_t)(end - bytes))) != NULL) {
        turns = !turns;
        bytes++;
    }
    return turns;
}

void lines_take(struct lines *l, enum lines_form form, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    while (bytes < end) {
        const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t n = (size_t)((line_end == NULL ? end : line_end) - bytes);
        l->has_text |= has_text(bytes, n);
        l->is_quoted ^= form == LINES_CSV && turns_quotes(bytes, n);
        if (line_end == NULL)
            return;
        if (!l->is_quoted) {
            l->ended += l->has_text;
            l->has_text = false;
        }
        bytes = line_end + 1;
    }
}

uint64_t lines_count(const struct lines *l, uint64_t skip)
{
    uint64_t count = l->ended + l->has_text;
    return count > skip ? count - skip : 0;
}
