/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_CHANGES_H
#define LINKLOG_CHANGES_H

#include <stdbool.h>

/**
 * changes - inotify: when a followed file grew, and when a name may mean another file.
 *
 * Names are watched through folders: the deepest one on the way to the file that exists, and the
 * one in which the folders of each day appear.
 */

enum { CHANGES_PATHS = 2, CHANGES_FOLDERS = 2 * CHANGES_PATHS };

struct changes {
    int fd; /* -1: this system gives none; look at intervals instead */
    int folder_watch[CHANGES_FOLDERS];
    char events[8192]; /* as they come */
    bool is_shared;    /* one of the folders is where others make changes that are not seen */
};

enum change { CHANGE_NONE = 0, CHANGE_GROWN = 1, CHANGE_MOVED = 2 };

void changes_init(struct changes *c);
void changes_deinit(struct changes *c);

/** Watches the names on the way to the @of-th path, below CHANGES_PATHS, which is @path now;
 * @pattern is the same with its marks. */
void changes_watch_names(struct changes *c, unsigned of, const char *path, const char *pattern);

/** Watches the open file @file_fd. Returns the watch, -1 if it cannot be. */
int changes_watch_file(struct changes *c, int file_fd);
void changes_unwatch_file(struct changes *c, int watch);

/** Takes all waiting events. Never waits. */
enum change changes_drain(struct changes *c);

/** Whether @fd is on a file system whose changes by other machines inotify does not see. */
bool changes_unseen(int fd);

#endif
