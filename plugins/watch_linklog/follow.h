/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_FOLLOW_H
#define LINKLOG_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "changes.h"
#include "tail.h"

/**
 * follow - which files have to be read so that no line of a log is lost over its rotations.
 *
 * The path may hold the marks %Y %m %d %H (a folder for each day). Several files can be open at
 * once, the oldest first: a renamed one is read on for an hour, because its writer may not have
 * turned to the new one yet. What happened while nobody looked is found by identity:
 *  - renamed: the inode under another name of the rotation; files born between that one and the
 *    current one are read in their order;
 *  - copied and truncated (or replaced by a longer one): the content no longer begins as it did;
 *    what was not read yet is looked for in a copy that does;
 *  - compressed: the part whose text begins as the file did, read on at the same offset;
 *  - days that went by: the path of each day since.
 * What cannot be found is said to be lost, with the number of bytes where that is known.
 *
 * A log may be a pair of files that its writer fills in turn, emptying the one it turns to.
 *
 * inotify tells when something changed; on file systems that several machines share it does not
 * see the others, and the owner must look at intervals (follow_polls).
 */

enum { FOLLOW_FILES_MAX = 24, FOLLOW_STATE_BYTES = 8 * 1024, FOLLOW_PROGRESS_BYTES = 128 };

struct follow_rules {
    const char *path;  /* absolute; may hold marks; borrowed */
    const char *pair;  /* the other file of a pair; NULL: none; borrowed */
    bool from_begin;   /* the first look ever starts at the file's begin, not at its end */
    size_t record_max; /* for tail_open */
    const struct line_rules *lines; /* borrowed */
};

struct follow_sink {
    void *ctx;
    /* Bytes of @path were not read and never will be; -1: nobody knows how many, but @least or
     * more. @why: "truncated", "gone", "days", or how a compressed part ended (gz_end_name). */
    void (*lost)(void *ctx, const char *path, int64_t bytes, int64_t least, const char *why);
    /* @t gets no more lines: what is held of its last record is all of it. */
    void (*ended)(void *ctx, struct tail *t);
};

/** What was known before a restart; NULL: nothing. */
struct follow_saved {
    const char *state;    /* of follow_state */
    const char *progress; /* of follow_progress */
};

struct follow;

/** Opens again what was being read. @wall_ms, @boot_ms: now. follow_look is due next. 0 or -ENOMEM.
 */
int follow_new(const struct follow_rules *rules, const struct follow_sink *sink,
    const struct follow_saved *saved, int64_t wall_ms, int64_t boot_ms, struct follow **ret_follow);
struct follow *follow_free(struct follow *f);

/** inotify's descriptor, -1 if there is none. */
int follow_fd(const struct follow *f);
/** Whether changes may go unseen by inotify. */
bool follow_polls(const struct follow *f);

/** Takes all waiting events; CHANGE_MOVED asks for follow_look. Never waits. */
enum change follow_drain(struct follow *f);

/** Looks at names: opens what is new, closes what has been silent long enough. */
void follow_look(struct follow *f, int64_t wall_ms, int64_t boot_ms);

/** Whether there is more to find than the last look could take: once what is open is read, or in a
 * second, look again. */
bool follow_wants_look(const struct follow *f);

/** Looks at the content of file @i, which may be replaced: then an older copy may be put before
 * it and @i is that one. Returns it, ready to be read. */
struct tail *follow_ready(struct follow *f, size_t i, int64_t boot_ms);

/** Open files, the oldest first. */
size_t follow_count(const struct follow *f);
struct tail *follow_tail(const struct follow *f, size_t i);

/** Why the path (of a pair: each of both) names no file that can be read: an errno; 0 if it does.
 */
int follow_absent(const struct follow *f);
/** When any of the files was written to last, as of the last look, ms since 1970; 0: never seen. */
int64_t follow_written_ms(const struct follow *f);
/** The path now, marks filled in. */
const char *follow_path(const struct follow *f);

/** Writes what must be known after a restart, at most FOLLOW_STATE_BYTES with the NUL byte. */
void follow_state(struct follow *f, char *out, size_t room);

/** Writes what the progress of @t begins with and returns its length; its offset, a blank and the
 * number of events made follow. Together with the last state that is what must be known, as long as
 * nothing but @t->at and @t->done has changed since. With any other state it means nothing. */
size_t follow_progress(
    const struct follow *f, const struct tail *t, char out[static FOLLOW_PROGRESS_BYTES]);

#endif
