/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CTL_LOG_FOUND_H
#define HM_CTL_LOG_FOUND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/**
 * log_found - what `log test` asks of the plugin, and what the lines that come back mean: no
 * process, no file.
 */

/** One run; {0} with `counts` an empty object and `unread` -1 is its begin. */
struct log_found {
    json_t *events; /* owned; all events, without what is the wire's. NULL: they are not gathered */
    json_t *counts; /* owned; events by metric */
    size_t count;
    unsigned idle;
    double unread; /* bytes, as it was said last; -1: not yet */
    bool is_done;  /* all that can be read was */
    char *blind;   /* owned; why the file cannot be read, NULL: it can */
};

/** @gather: keep the events. */
void log_found_init(struct log_found *f, bool gather);
void log_found_deinit(struct log_found *f);

/**
 * The line that opens the plugin on the saved file @path, instead of the log that @options (owned
 * from now on) name: read from its begin, at once, and without what would touch anything else.
 * @path may have any characters. Owned by the caller.
 */
json_t *log_found_open_line(json_t *options, const char *subject, int64_t deadline_ms,
    const char *language, const char *path);

/** Takes one line of the worker; it may be changed. Returns the event in it (borrowed), NULL if it
 * is none. */
json_t *log_found_take(struct log_found *f, json_t *line);

/** How an event is shown: its offset, metric and fields in one line, its text in another. */
void log_found_show(const json_t *event, struct text *out);

/** "failure 2, start 1". */
void log_found_summary(const struct log_found *f, struct text *out);

#endif
