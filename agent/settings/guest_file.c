/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "settings/guest.h"

/* KIND_NAME.so in @plugin_dir itself, or where libtool leaves it in a build tree. NULL: absent. */
static char *locate(const char *plugin_dir, const char *kind, const char *name)
{
    struct text path = {0};
    text_addf(&path, "%s/%s_%s.so", plugin_dir, kind, name);
    char *found = realpath(text_get(&path), NULL);
    if (found == NULL) {
        text_clear(&path);
        text_addf(&path, "%s/%s_%s/.libs/%s_%s.so", plugin_dir, kind, name, kind, name);
        found = realpath(text_get(&path), NULL);
    }
    text_deinit(&path);
    return found;
}

static bool is_safe(const struct stat *st, uid_t owner)
{
    bool may_others_write = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (st->st_uid != 0 && st->st_uid != owner)
        return false;
    // In a sticky folder of root's others cannot replace what is not theirs.
    return !may_others_write ||
           (S_ISDIR(st->st_mode) && st->st_uid == 0 && (st->st_mode & S_ISVTX) != 0);
}

/* Each folder from / down and the file itself; @path is real: no links, no dots. */
static bool check_components(const char *path, uid_t owner, struct text *ret_why)
{
    size_t length = strlen(path);
    for (size_t end = 1; end <= length; end++) {
        struct stat st;
        if (end != 1 && end != length && path[end] != '/')
            continue;
        char *part = alloc_bytes(path, end);
        bool is_good = lstat(part, &st) == 0 && is_safe(&st, owner) &&
                       (end == length ? S_ISREG(st.st_mode) : S_ISDIR(st.st_mode));
        if (!is_good)
            text_add(ret_why, part);
        free(part);
        if (!is_good)
            return false;
    }
    return true;
}

int guest_find_file(const char *plugin_dir, const char *kind, const char *name, uid_t owner,
    char **ret_path, struct text *ret_why)
{
    char *path = locate(plugin_dir, kind, name);
    if (path == NULL) {
        text_addf(ret_why, "%s/%s_%s.so", plugin_dir, kind, name);
        return GUEST_E_ABSENT;
    }
    if (!check_components(path, owner, ret_why)) {
        free(path);
        return GUEST_E_UNSAFE;
    }
    *ret_path = path;
    return 0;
}
