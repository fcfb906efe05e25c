/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_FOLLOW_INTERNAL_H
#define LINKLOG_FOLLOW_INTERNAL_H

#include <limits.h>

#include "follow.h"
#include "siblings.h"

/**
 * follow_internal - what follow.c (which files are read now), parts.c (what rotations left) and
 * resume.c (over a restart) share.
 */

enum { FOLLOW_PATHS_MAX = 2, FINISHED_MAX = 4 * SIBLINGS_MAX };
/* Where names move while parts are looked for, they are looked for again so often. */
enum { PARTS_TRIES = 10 };

/* A path that is followed. */
struct followed {
    const char *pattern; /* borrowed */
    char path[PATH_MAX]; /* now */
    char real[PATH_MAX]; /* the same without links, if it names a file */
    int absent;          /* errno; 0: it names a file */
};

/* A file that was read to its end, or is never to be read. */
struct finished {
    struct identity id; /* inode 0: none; head_bytes 0: its content is not known */
    int64_t size;       /* of the content */
    bool was_read;      /* up to there, by us */
};

struct follow {
    struct follow_rules rules;
    struct follow_sink sink;
    struct changes changes;
    struct tail *tails[FOLLOW_FILES_MAX];
    size_t count;
    struct followed paths[FOLLOW_PATHS_MAX];
    unsigned path_count;
    bool is_first; /* no state, and no look yet */
    bool is_shared_fs;
    bool wants_look; /* there is more to find than the last look could take */
    bool saw_copy;   /* and a copy of what is being read, as far as one can tell */
    /* Plain parts born before are known, each; those born since are if they are open or finished.
     * 0: nothing was looked at yet. */
    int64_t known_to_ns;
    bool is_waiting;      /* for a part that the last search left out */
    bool is_crowded;      /* for want of a place in the list */
    int64_t looked_ms;    /* up to then all was found, wall clock; 0: no look yet */
    int64_t days_from_ms; /* the paths of days since then are to be looked at; 0: first look */
    int64_t written_ns;   /* the newest time of writing seen at any file */
    struct finished finished[FINISHED_MAX]; /* a ring */
    size_t finished_next;
    uint64_t generation; /* of the last state: only its own progress goes with it */
};

/* ---- follow.c ---- */

bool follow_is_open(const struct follow *f, const struct identity *id);
/* What was born until then is known, unless something waits. */
void follow_know(struct follow *f, int64_t born_ns);
/* Whether the ring of finished files has this inode. */
bool follow_is_finished(const struct follow *f, const struct identity *id);
/* Whether it has @t: where births are not known an inode may be another file's by now, which its
 * first bytes tell. */
bool follow_has_finished(const struct follow *f, const struct tail *t);
/* From now on it is the newest of them. */
void follow_finish(struct follow *f, const struct identity *id, int64_t size);
/* Takes over from @done, of a restart. */
void follow_finish_again(struct follow *f, const struct finished *done);
/* Puts @t, now owned, before the @i-th file. */
void follow_insert(struct follow *f, size_t i, struct tail *t, int64_t boot_ms);
/* Frees a place by closing the oldest file that is read; false if all have more to read. */
bool follow_make_room(struct follow *f);
/* Which of the paths @path is now; 0 if none. */
unsigned follow_name_of(const struct follow *f, const char *path);
/* Looks for parts of the path @name: before its current file if it is open, else at the end. */
void follow_add_parts(
    struct follow *f, unsigned name, int64_t since_ns, int64_t settled_ns, int64_t boot_ms);

/* ---- parts.c ---- */

/* Lets a rotation that goes on come to its end: a millisecond. */
void parts_wait(void);

/* Opens @path and lets it be called @name: a rotated part goes by the name of its log. NULL: it
 * cannot be opened. */
struct tail *part_open(const struct follow *f, const char *path, const char *name);

/* Which parts of a rotation are looked for. */
struct part_search {
    const char *path;     /* of the log */
    bool has_last;        /* older ones than the next two say are known */
    int64_t last_born_ns; /* 0: the file system does not say */
    int64_t last_modified_ns;
    int64_t since_ns;   /* and those that were last written to before this */
    int64_t settled_ns; /* later ones may still be being copied: another time */
    size_t place;       /* where they are put into the list */
};

/* Opens the parts that are neither read nor being read: rotations nobody saw. */
void parts_add(struct follow *f, const struct part_search *by, int64_t boot_ms);

/* The copy, compressed or not, that a rotation made of the file of @id before it was truncated or
 * removed, with more than @from bytes if there is a choice; NULL if there is none. */
struct tail *part_find_copy(
    const struct follow *f, const struct identity *id, const char *path, int64_t from);

/* What begins as @id is a copy of what was read. */
void parts_forget_copies(struct follow *f, const struct identity *id, const char *path);

/* What lies beside the log and is not being read never will be, but for parts last written to after
 * @since_ns, of which a search that just ended could not know; if there was no place for all, what
 * is not known yet still will. */
void parts_finish(struct follow *f, int64_t since_ns);

/* ---- resume.c ---- */

/* Opens again what was being read; @state is written to, @progress may be NULL. */
void resume(struct follow *f, char *state, const char *progress, int64_t wall_ms, int64_t boot_ms);

/* Opens what lies at the paths of the days (or hours) since the last look, and shortly before it:
 * their first line may come late. At the very first look those are finished. */
void resume_days(struct follow *f, int64_t wall_ms, int64_t boot_ms);

#endif
