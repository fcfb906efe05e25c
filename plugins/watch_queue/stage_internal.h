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

/** Takes in what statx says of a file of the kind NAME_DATA or NAME_TEMPORARY. @is_closed: an event
 * said that its writer has done. */
void stage_take_file(struct folder *folder, const char *name, uint64_t key, const struct statx *st,
    int64_t wall_ms, bool is_closed);

/** @f leaves the sums; it is not removed from the table. */
void stage_forget_file(struct stage *s, const struct file *f);

/** The stage's own folder, or one inside. NULL: no memory. */
struct folder *stage_add_folder(struct stage *s, const char *path, uint64_t key, unsigned level);
/** @folder is out of the list already. */
void stage_free_folder(struct stage *s, struct folder *folder);

/** Closes what a pass has open. */
void stage_pass_close(struct stage *s);

#endif
