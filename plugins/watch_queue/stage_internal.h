/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_STAGE_INTERNAL_H
#define HM_WATCH_QUEUE_STAGE_INTERNAL_H

#include <sys/stat.h>

#include "stage.h"

/** stage_internal - what the stage and its passes share. */

enum { STAGE_STATX = STATX_TYPE | STATX_MTIME | STATX_CTIME | STATX_SIZE | STATX_INO };

enum name_kind {
    NAME_OTHER, /* is not there at all */
    NAME_DATA,
    NAME_TEMPORARY, /* is being written */
    NAME_PAIR       /* says that another is complete */
};

enum name_kind stage_name_kind(const struct stage *s, const char *name);

/** What an event said is closed. */
enum stage_closed { CLOSED_NONE, CLOSED_FILE, CLOSED_PAIR };

/** Takes in what statx says of a file of the kind NAME_DATA or NAME_TEMPORARY. */
void stage_take_file(struct folder *folder, const char *name, uint64_t key, const struct statx *st,
    int64_t wall_ms, enum stage_closed closed);

/** Its records were counted, or cannot be (FILE_RECORDS_UNKNOWN). */
void stage_file_counted(
    const struct folder *folder, const char *name, uint64_t key, uint32_t records);

void stage_tell_arrival(
    const struct folder *folder, const char *name, uint64_t size, uint32_t records);

/** @f leaves the sums; it is not removed from the table. */
void stage_forget_file(struct stage *s, const struct file *f);

/** The stage's own folder, or one inside. NULL: no memory. */
struct folder *stage_add_folder(struct stage *s, const char *path, uint64_t key, unsigned level);
/** @folder is out of the list already. */
void stage_free_folder(struct stage *s, struct folder *folder);

/** @ret has PATH_MAX bytes; what is longer cannot be looked at either. */
void stage_path_of(char *ret, const struct folder *folder, const char *name);

/** Milliseconds since 1970 UTC. */
int64_t stage_ms(const struct statx_timestamp *t);

/** Microseconds of the monotonic clock. */
int64_t stage_now_us(void);

/** Closes what a pass has open. */
void stage_pass_close(struct stage *s);

#endif
