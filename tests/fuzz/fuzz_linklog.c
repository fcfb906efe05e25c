/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines of any bytes: decoded they are UTF-8, and records hold what they say they hold. */
#include <jansson.h>
#include <string.h>

#include "charset.h"
#include "fuzz.h"
#include "record.h"

enum { ROOM = 4096, RECORD_MAX = 1024 };

static void check_utf8(const char *text, size_t length, const char *sentence)
{
    json_t *string = json_stringn(text, length);
    fuzz_holds(string != NULL, sentence);
    json_decref(string);
}

/* Each line of @bytes into one record; then what is told of it. */
static void decode_all(struct charset *c, const char *bytes, size_t size)
{
    struct record record;
    char text[ROOM], summary[256];
    fuzz_holds(record_init(&record, RECORD_MAX) == 0, "there is memory");
    for (size_t at = 0; at < size;) {
        const char *newline = memchr(bytes + at, '\n', size - at);
        size_t length = newline != NULL ? (size_t)(newline - bytes) - at : size - at, used;
        size_t n =
            charset_decode(c, bytes + at, length, newline == NULL, text, sizeof text, &used, NULL);
        fuzz_holds(n < sizeof text && used <= length, "the line stays in its room");
        check_utf8(text, n, "a decoded line is UTF-8");
        charset_normalise(text, n);
        check_utf8(text, n, "and so it is with one form of each character");
        record_add(&record, text, n, length - used, (int64_t)at, (int64_t)(at + length));
        at += length + 1;
    }
    fuzz_holds(record.length <= RECORD_MAX, "a record holds no more than it may");
    size_t n = record.lines > 0 ? record_summary(&record, summary, sizeof summary) : 0;
    fuzz_holds(n <= sizeof summary, "the summary stays in its room");
    check_utf8(summary, n, "the summary is UTF-8");
    if (record.lines > 0)
        record_fingerprint(&record);
    record_deinit(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; charset_names[i] != NULL; i++) {
        struct charset *c;
        if (charset_new(charset_names[i], &c) != 0)
            continue;
        decode_all(c, (const char *)data, size);
        charset_free(c);
    }
    return 0;
}
