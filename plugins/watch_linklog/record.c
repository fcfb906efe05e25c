/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char caused_by[] = "Caused by: ";

int record_init(struct record *r, size_t max)
{
    *r = (struct record){.max = max};
    r->text = calloc(1, max + 1 + RECORD_SLACK);
    return r->text != NULL ? 0 : -ENOMEM;
}

void record_deinit(struct record *r)
{
    free(r->text);
    *r = (struct record){0};
}

void record_clear(struct record *r)
{
    r->length = r->first_length = 0;
    r->lines = 0;
    r->cut = 0;
    r->begin = r->end = 0;
    r->text[0] = r->cause[0] = '\0';
}

/* The longest part of @text, at most @room bytes, that does not end inside a character. */
static size_t clip(const char *text, size_t length, size_t room)
{
    if (length <= room)
        return length;
    while (room > 0 && ((unsigned char)text[room] & 0xC0) == 0x80)
        room--;
    return room;
}

static void note_cause(struct record *r, const char *line, size_t length)
{
    size_t skip = sizeof caused_by - 1;
    if (length <= skip || memcmp(line, caused_by, skip) != 0)
        return;
    size_t n = clip(line + skip, length - skip, sizeof r->cause - 1);
    memcpy(r->cause, line + skip, n);
    r->cause[n] = '\0';
}

void record_add(
    struct record *r, const char *line, size_t length, uint64_t cut, int64_t begin, int64_t end)
{
    bool is_first = r->lines == 0;
    if (is_first)
        r->begin = begin;
    r->end = end;
    r->cut += cut;
    r->lines++;
    note_cause(r, line, length);

    size_t room = r->max - r->length;
    if (!is_first) {
        if (room <= 1) {
            r->cut += length;
            return;
        }
        r->text[r->length++] = '\n';
        room--;
    }
    size_t n = clip(line, length, room);
    memcpy(r->text + r->length, line, n);
    r->length += n;
    r->text[r->length] = '\0';
    r->cut += length - n;
    if (is_first)
        r->first_length = n;
}

size_t record_summary(const struct record *r, char *out, size_t room)
{
    char mark[48] = "";
    if (r->cut > 0)
        snprintf(mark, sizeof mark, " [truncated %" PRIu64 "]", r->cut);
    size_t mark_length = strlen(mark);
    size_t n = clip(r->text, r->first_length, room - 1 - mark_length);

    memcpy(out, r->text, n);
    memcpy(out + n, mark, mark_length + 1);
    return n + mark_length;
}

static uint64_t hash_more(uint64_t hash, const char *bytes, size_t length)
{
    if (hash == 0)
        hash = 14695981039346656037ull;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211ull;
    return hash;
}

/* Length of a class name such as java.sql.SQLException at the start of a line; 0 if none. */
static size_t class_length(const char *line, size_t length)
{
    size_t n = 0, dots = 0;

    for (; n < length; n++) {
        char c = line[n];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '.' && n > 0)
            dots++;
        else if (!is_letter && c != '_' && c != '$' && !(n > 0 && c >= '0' && c <= '9'))
            break;
    }
    return dots > 0 && (n == length || line[n] == ':') ? n : 0;
}

uint64_t record_fingerprint(const struct record *r)
{
    uint64_t hash = 0;
    bool wants_frame = false;

    for (const char *line = r->text, *end = r->text + r->length; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop != NULL ? stop : end) - line);
        size_t skip = sizeof caused_by - 1;
        bool is_cause = length > skip && memcmp(line, caused_by, skip) == 0;
        size_t name =
            is_cause ? class_length(line + skip, length - skip) : class_length(line, length);

        if (name > 0) {
            hash = hash_more(hash, is_cause ? line + skip : line, name);
            wants_frame = true;
        } else if (wants_frame && length > 4 && memcmp(line, "\tat ", 4) == 0) {
            const char *open = memchr(line, '(', length);
            hash = hash_more(hash, line, open != NULL ? (size_t)(open - line) : length);
            wants_frame = false;
        }
        line += length + 1;
    }
    return hash;
}
