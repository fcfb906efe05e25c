/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_RECORD_FOLDER_H
#define HM_TESTS_RECORD_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/record.h"
#include "unit.h"

/** A folder of a test's own with a ledger's path in it; removed with what it holds. */
struct folder {
    char path[256];
    char ledger[300];
};

static inline void folder_make(struct folder *f)
{
    const char *top = getenv("TMPDIR");
    snprintf(f->path, sizeof f->path, "%s/hm-record-XXXXXX", top == NULL ? "/tmp" : top);
    assert_non_null(mkdtemp(f->path));
    snprintf(f->ledger, sizeof f->ledger, "%s/ledger.db", f->path);
}

static inline void folder_remove(struct folder *f)
{
    DIR *dir = opendir(f->path);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", f->path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(f->path);
}

/** An instant; boot and wall go together. */
static inline struct moment moment_at(int64_t second)
{
    return (struct moment){.wall = INT64_C(1776000000000) + second * 1000, .boot = second * 1000};
}

static inline struct record *open_ledger(const char *path)
{
    struct record *r = NULL;
    assert_int_equal(record_open(path, &r), 0);
    return r;
}

static inline bool count_row(void *arg, uint64_t seq UNUSED, struct moment at UNUSED,
    const char *kind UNUSED, const char *body UNUSED)
{
    ++*(uint64_t *)arg;
    return true;
}
static inline uint64_t count_rows(struct record *r)
{
    uint64_t count = 0;
    assert_int_equal(record_each_row(r, 0, count_row, &count), 0);
    return count;
}

#endif
