/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_LOG_H
#define HM_BASE_LOG_H

#include <stdarg.h>

/**
 * log - one event, one line, on standard error.
 *
 * A line begins with its area, then the subject, what happened, and what follows; lower case,
 * no full stop, values that a person wrote are quoted. Under systemd (JOURNAL_STREAM is set)
 * each line begins with "<N>", the syslog priority, as sd-daemon(3) describes. Control
 * characters in arguments are written as \xNN, so that one event stays one line (a matched
 * log line may hold anything).
 *
 * error: someone must act. warn: degraded, mended by itself or soon an error. info: what an
 * operator wants to see once. debug: per reading or delivery, only with -v.
 *
 * The same format from the same area is written at most LOG_BURST times a minute; the rest are
 * counted and a summary line follows.
 */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_area {
    LOG_BASE,
    LOG_SETTINGS,
    LOG_WIRE,
    LOG_LOOP,
    LOG_WATCH,
    LOG_JUDGE,
    LOG_RECORD,
    LOG_NOTIFY,
    LOG_EXPOSE,
    LOG_MAIN,
    LOG_WORKER,
    LOG_CTL,
    LOG_AREAS
};

enum { LOG_BURST = 20 }; /* lines of one format a minute: enough to see a pattern */

/** Lines above @level are not written; the default is info. */
void log_set_level(enum log_level level);

/** Whether a line of @level would be written. */
int log_is_on(enum log_level level);

/** Where lines go instead of standard error; NULL restores it. @line has no newline. */
typedef void (*log_sink_fn)(enum log_level level, enum log_area area, const char *line);
void log_set_sink(log_sink_fn sink);

void log_write(enum log_level level, enum log_area area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(area, ...) log_write(LOG_LEVEL_ERROR, area, __VA_ARGS__)
#define log_warn(area, ...) log_write(LOG_LEVEL_WARN, area, __VA_ARGS__)
#define log_info(area, ...) log_write(LOG_LEVEL_INFO, area, __VA_ARGS__)
#define log_debug(area, ...)                               \
    do {                                                   \
        if (log_is_on(LOG_LEVEL_DEBUG))                    \
            log_write(LOG_LEVEL_DEBUG, area, __VA_ARGS__); \
    } while (0)

#endif
