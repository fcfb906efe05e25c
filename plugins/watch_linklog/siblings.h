/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_SIBLINGS_H
#define LINKLOG_SIBLINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * siblings - what a log rotation leaves beside a log: app.log.1, app.log-20260415,
 * app-20260415.log, and each of them with .gz behind it.
 *
 * Only names that differ by digits, '.', '-' and '_' count. A compressed part is left out while the
 * plain one of its name is there: it may still be being made.
 */

enum { SIBLINGS_MAX = 256 };

struct sibling {
    char *path;
    uint64_t device, inode;
    int64_t born_ns; /* 0: not known */
    int64_t modified_ns;
    int64_t size;
    bool is_gz; /* by its name */
};

struct siblings {
    bool is_settled;     /* looked at twice in a row it was the same: no rename was in between */
    struct sibling *all; /* the oldest first: by birth, compressed ones by their last change */
    size_t count;
};

/** Whether @name is a rotated part of the log @base; both without folder. */
bool sibling_name(const char *base, const char *name);

/**
 * Those of @path that are regular files, at most SIBLINGS_MAX; @path itself is not among them. A
 * folder in which names move while it is read may be read without some of them: it is read again
 * until it stands still.
 */
void siblings_find(const char *path, struct siblings *ret_siblings);
void siblings_deinit(struct siblings *s);

#endif
