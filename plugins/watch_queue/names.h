/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_NAMES_H
#define HM_WATCH_QUEUE_NAMES_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * names - patterns of file names (fnmatch(3): * ? []), asked a million times: the usual "*.csv"
 * and ".*" are comparisons of one end.
 */
struct names {
    struct names_pattern {
        const char *text;  /* borrowed */
        const char *begin; /* "text*": the text, by its length; else NULL */
        const char *end;   /* "*text": the text; else NULL */
        size_t length;
    } * list;
    size_t count;
};

/** Reads the list option @option of @host, or @usual (NULL-terminated, may be NULL) if it is not
 * given. 0 or -ENOMEM. */
int names_read(
    struct names *n, const struct hm_host *host, const char *option, const char *const *usual);
void names_deinit(struct names *n);

/** Whether one of the patterns matches all of @name. */
bool names_match(const struct names *n, const char *name);

#endif
