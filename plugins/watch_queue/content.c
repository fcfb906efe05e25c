/* SPDX-License-Identifier: BSD-2-Clause */
#include "content.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "facts.h"
#include "stage_internal.h"

/* Not announced. */
#define BYTES_UNKNOWN UINT64_MAX

static bool is_found(const struct stage_settings *set)
{
    return set->record_bytes > 0 || set->count_lines != LINES_NONE;
}

static bool are_records_announced(const struct stage_settings *set)
{
    return set->name_records != NULL || set->trailer_records != NULL || set->pair_records != NULL;
}

bool content_asks_records(const struct stage_settings *set)
{
    return is_found(set) || are_records_announced(set);
}

bool content_is_compared(const struct stage_settings *set)
{
    return set->pair_bytes != NULL || (is_found(set) && are_records_announced(set));
}

/* ---- the pair file ---- */

size_t content_pair_stem(const struct stage_settings *set, const char *name)
{
    const char *point = set->pair_replaces ? strrchr(name, '.') : NULL;
    return point == NULL || point == name ? strlen(name) : (size_t)(point - name);
}

/* @ret has PATH_MAX bytes. */
static bool pair_path(char *ret, const struct folder *folder, const char *name)
{
    const struct stage_settings *set = &folder->stage->set;
    int n = snprintf(ret, PATH_MAX, "%s/%.*s%s", folder->path, (int)content_pair_stem(set, name),
        name, set->pair);
    return n > 0 && n < PATH_MAX;
}

static bool is_line_whole(const char *path, const char *pattern)
{
    uint64_t number;
    bool is_whole = false;
    return pattern == NULL || (facts_line(path, pattern, &number, &is_whole) && is_whole);
}

bool content_has_pair(
    const struct folder *folder, const char *name, int64_t wall_ms, bool is_closed)
{
    const struct stage_settings *set = &folder->stage->set;
    char path[PATH_MAX];
    struct statx st;
    if (!pair_path(path, folder, name) ||
        statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STAGE_STATX, &st) < 0)
        return false;
    bool is_asked = set->pair_records != NULL || set->pair_bytes != NULL;
    return !is_asked || is_closed || wall_ms - stage_ms(&st.stx_ctime) >= set->settle_ms ||
           (is_line_whole(path, set->pair_records) && is_line_whole(path, set->pair_bytes));
}

static uint64_t pair_number(const struct folder *folder, const char *name, const char *pattern)
{
    char path[PATH_MAX];
    uint64_t number;
    bool is_whole;
    return pattern != NULL && pair_path(path, folder, name) &&
                   facts_line(path, pattern, &number, &is_whole)
               ? number
               : BYTES_UNKNOWN;
}

/* ---- records ---- */

uint32_t content_by_size(const struct stage_settings *set, uint64_t size)
{
    if (set->record_bytes == 0 || size / set->record_bytes >= FILE_RECORDS_UNKNOWN)
        return FILE_RECORDS_UNKNOWN;
    return (uint32_t)(size / set->record_bytes);
}

static uint32_t announced_records(const struct folder *folder, const char *name)
{
    const struct stage_settings *set = &folder->stage->set;
    uint32_t records = FILE_RECORDS_UNKNOWN;
    char path[PATH_MAX];
    if (set->pair_records != NULL) {
        uint64_t number = pair_number(folder, name, set->pair_records);
        return number < records ? (uint32_t)number : records;
    }
    if (set->name_records != NULL)
        return facts_number(set->name_records, name, false, &records) ? records
                                                                      : FILE_RECORDS_UNKNOWN;
    if (set->trailer_records == NULL)
        return FILE_RECORDS_UNKNOWN;
    stage_path_of(path, folder, name);
    return facts_trailer(path, set->trailer_records, &records) ? records : FILE_RECORDS_UNKNOWN;
}

static void note(
    const struct folder *folder, const char *name, uint64_t announced, uint64_t found, bool bytes)
{
    struct stage_mismatch *m = &folder->stage->mismatch;
    snprintf(m->name, sizeof m->name, "%s", name);
    m->announced = announced;
    m->found = found;
    m->is_bytes = bytes;
}

void content_compare(const struct folder *folder, const char *name, struct file *file)
{
    const struct stage_settings *set = &folder->stage->set;
    uint32_t records = announced_records(folder, name);
    uint64_t bytes = pair_number(folder, name, set->pair_bytes);
    // The pair may be taken away first: what it announced stands.
    if (file->differs && records == FILE_RECORDS_UNKNOWN && bytes == BYTES_UNKNOWN)
        return;
    bool records_differ = is_found(set) && records != FILE_RECORDS_UNKNOWN &&
                          file->records != FILE_RECORDS_UNKNOWN && records != file->records;
    bool bytes_differ = bytes != BYTES_UNKNOWN && bytes != file->size;
    if (!is_found(set))
        file->records = are_records_announced(set) ? records : 0;
    file->differs = records_differ || bytes_differ;
    if (records_differ)
        note(folder, name, records, file->records, false);
    else if (bytes_differ)
        note(folder, name, bytes, file->size, true);
}
