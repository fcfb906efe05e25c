/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_BYTES_MAX = 2048, SLOTS = 64, MINUTE_MS = 60 * 1000 };

/* Formats are string literals, so their addresses are their identity. */
struct repeat {
    const char *format;
    mono_ms since;
    unsigned written;
    unsigned held;
};

static enum log_level shown_up_to = LOG_LEVEL_INFO;
static log_sink_fn sink_fn;
static struct repeat repeats[SLOTS];

static const char *const area_names[LOG_AREAS] = {"base", "settings", "wire", "loop", "watch",
    "judge", "record", "notify", "expose", "main", "worker", "ctl"};

void log_set_level(enum log_level level)
{
    shown_up_to = level;
}

int log_is_on(enum log_level level)
{
    return level <= shown_up_to;
}

void log_set_sink(log_sink_fn sink)
{
    sink_fn = sink;
}

/* Writes @in with control characters as \xNN; cut at what @out holds. */
static void escape(char *out, size_t size, const char *in)
{
    size_t used = 0;
    for (; *in != '\0' && used + 5 < size; in++) {
        unsigned char c = (unsigned char)*in;
        if (c < 0x20 || c == 0x7f)
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
        else
            out[used++] = *in;
    }
    out[used] = '\0';
}

static void put(enum log_level level, enum log_area area, const char *line)
{
    if (sink_fn != NULL) {
        sink_fn(level, area, line);
        return;
    }
    static const int priority[] = {3, 4, 6, 7}; /* syslog.h: err, warning, info, debug */
    char out[LINE_BYTES_MAX + 64];
    int n = getenv("JOURNAL_STREAM") != NULL
                ? snprintf(out, sizeof out, "<%d>%s: %s\n", priority[level], area_names[area], line)
                : snprintf(out, sizeof out, "%s: %s\n", area_names[area], line);
    if (n <= 0)
        return;
    size_t length = (size_t)n < sizeof out ? (size_t)n : sizeof out - 1;
    // Nothing is left to tell it to when standard error itself fails.
    if (write(STDERR_FILENO, out, length) < 0)
        return;
}

/* Whether this one is written; a summary of those held back goes first. */
static bool passes(enum log_level level, enum log_area area, const char *format)
{
    struct repeat *slot = &repeats[((uintptr_t)format >> 3) % SLOTS];
    mono_ms now = clock_boot();

    if (slot->format != format || now - slot->since >= MINUTE_MS) {
        if (slot->format != NULL && slot->held > 0) {
            char summary[160];
            snprintf(summary, sizeof summary, "held back %u more lines like \"%.80s\"", slot->held,
                slot->format);
            put(level, area, summary);
        }
        *slot = (struct repeat){.format = format, .since = now};
    }
    if (slot->written >= LOG_BURST) {
        slot->held++;
        return false;
    }
    slot->written++;
    return true;
}

void log_write(enum log_level level, enum log_area area, const char *format, ...)
{
    if (level > shown_up_to || (level < LOG_LEVEL_DEBUG && !passes(level, area, format)))
        return;

    char raw[LINE_BYTES_MAX / 2];
    char line[LINE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    escape(line, sizeof line, raw);
    put(level, area, line);
}
