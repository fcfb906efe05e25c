/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_TAIL_H
#define LINKLOG_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "gz.h"
#include "record.h"

/**
 * tail - one open log file: which file it is, how far it has been read, and its lines.
 *
 * A file is known by device, inode, time of birth (where the file system has it) and a hash of its
 * first bytes, at most 256. Lines are read at explicit offsets through a block that all files
 * share, so a file costs nothing between two looks. A line of any length takes one block: its
 * first `max` bytes are kept, the rest is counted.
 *
 * A compressed part of a rotation (its name ends in .gz) is read as the text that it holds: all
 * offsets and the hash are of the text, so it goes on where the plain file was. It never grows.
 */

enum { TAIL_HEAD_BYTES = 256, TAIL_BLOCK_BYTES = 128 * 1024, TAIL_BLOCK_SLACK = 192 };

struct identity {
    uint64_t device, inode;
    int64_t born_ns; /* 0: the file system does not say */
    uint32_t head_bytes;
    uint64_t head_hash; /* FNV-1a of the first head_bytes */
};

/** Whether it is the same inode; the content may have changed. */
bool identity_same_file(const struct identity *a, const struct identity *b);

/** What was read last, shared between files. */
struct block {
    const struct tail *of; /* NULL: holds nothing */
    int64_t at;            /* offset of bytes[0] */
    size_t length;
    bool is_end;  /* nothing came behind it when it was read */
    bool has_nul; /* a NUL character is in it: text may be other than its bytes */
    char bytes[TAIL_BLOCK_BYTES + TAIL_BLOCK_SLACK];
};

/** How lines look. */
struct line_rules {
    size_t unit;   /* bytes of a newline: 1, or 2 for UTF-16LE */
    size_t max;    /* bytes of a line that are kept; at most half a block */
    bool eof_mark; /* what stands behind a 0x1A byte is old: do not read on */
};

struct line {
    const char *bytes; /* in the block; without the newline */
    size_t length;
    uint64_t cut; /* bytes that are not there */
    int64_t begin, end;
};

struct tail {
    char *path; /* as it was opened, without links; it may have been renamed since */
    int fd;
    struct gz *gz; /* NULL: a plain file */
    int watch;     /* inotify watch, -1: none */
    struct identity id;
    int64_t at;     /* what stands before is done with: this is what survives a restart */
    unsigned done;  /* readings already made of the record that begins at `at` */
    int64_t next;   /* where the next line begins; behind `at` while a record is held */
    uint64_t skip;  /* of a line longer than a block: bytes behind its first `max` looked at */
    char *held;     /* those first `max` bytes; NULL until there was such a line */
    size_t partial; /* bytes behind next without a newline, as of the last look */
    int64_t size;   /* as of the last look; of a compressed part: what it says itself, or 0 */
    int64_t modified_ns;
    int64_t grown_at_ms; /* when it was last seen to change, boot clock */
    bool has_more;       /* the last turn was over before its end */
    unsigned name;       /* which of the paths of follow it belongs to */
    bool is_current;     /* it is what that path names */
    bool is_whole;       /* a copy or compressed part: nobody writes to it */
    bool was_replaced;   /* its content is a new one; there may be copies of some between */
    struct record record;
    /* Between these offsets no line can match; where the last record begins of which that is not
     * so, -1: nowhere in what was looked at. */
    int64_t clear_from, clear_until, head_at;
    bool may_match; /* a line of the record may, as far as is known */
};

/**
 * Opens a regular file without ever waiting. A symbolic link is followed once, and only if root or
 * the owner of the file made it. 0 or -errno: -EINVAL it is no regular file, -ELOOP a link of
 * somebody else's.
 */
int tail_open(const char *path, size_t record_max, struct tail **ret_tail);
struct tail *tail_free(struct tail *t);

/** Whether all that there is was read, but for a line that has no end. */
bool tail_is_read(const struct tail *t);

/** Bytes that are not done with, as of now; of a compressed part as far as it says. */
int64_t tail_unread(const struct tail *t);

/** When the file was last written to, as of now; 0 if it cannot be asked. */
int64_t tail_modified_ns(const struct tail *t);

/** Reads on at @offset. */
void tail_seek(struct tail *t, int64_t offset);

/** Outcome of tail_look: the content was replaced, by truncation or by writing over its start. */
enum { TAIL_E_REPLACED = 1 };
/** Takes size and first bytes in. @now_ms: boot clock. 0, TAIL_E_REPLACED or -errno. */
int tail_look(struct tail *t, int64_t now_ms);

/** Whether the first bytes of the file are those that @id was made of. */
bool tail_has_head(const struct tail *t, const struct identity *id);

/** Takes more of the first bytes in if there are more now: few of them tell little. */
void tail_grow_head(struct tail *t);

/** Takes the content as a new one: from 0, with the first bytes that it has now. */
void tail_restart(struct tail *t);

/** Outcome of tail_line: a piece of a very long line was looked at, there is more. */
enum { TAIL_E_AGAIN = 2 };
/** 1: the next complete line is in @ret_line, valid until the next call. 0: none for now.
 * TAIL_E_AGAIN, or -errno. */
int tail_line(
    struct tail *t, struct block *b, const struct line_rules *rules, struct line *ret_line);

/** Complete lines of the block from next on, all at once; their length, 0 if there is none. */
size_t tail_run(const struct tail *t, const struct block *b, const struct line_rules *rules,
    const char **ret_bytes);

/** The last line that has no newline yet, as if it had one; false if there is none. */
bool tail_partial_line(
    struct tail *t, struct block *b, const struct line_rules *rules, struct line *ret_line);

#endif
