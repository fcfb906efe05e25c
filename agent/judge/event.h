/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_EVENT_H
#define HM_JUDGE_EVENT_H

#include "judge/incident.h"

/**
 * event - turns events into incidents, one for each triple and values of the key fields.
 *
 * Events of the same key are merged into the open incident and counted; while they rain, it is
 * saved at most once in EVENT_SAVE_MS. It ends by an event of the metric `cleared_by` with the
 * same key values, or `clear_after` after its last event.
 */

enum {
    EVENT_SAVE_MS = 1000, /* a storm must not write the same row for each line */
    /* Open incidents of one triple, and of all (about 1.3 KB each); further keys are merged into
     * the triple's "..." */
    EVENT_KEYS_MAX = 10000,
    EVENT_OPEN_MAX = 128 * 1024
};

/** An event was read. */
void event_take(struct judge *j, struct metric *m, const struct reading *r, struct moment at,
    struct moment now);

/** The open incident of @m with @key, or NULL. */
struct open_incident *event_find(const struct metric *m, const char *key);
/** Opens one for @m; o->key is not open yet. */
struct open_incident *event_open(
    struct judge *j, struct metric *m, const struct opening *o, struct moment now);

/** Goes on with an adopted incident: its clear_after counts from @last. What was over by @now ends
 * at @now: nobody could end it before. */
void event_resume(struct judge *j, struct open_incident *i, mono_ms last, struct moment now);

/** A person closes it, good from @recovered on. */
void event_close(
    struct judge *j, struct open_incident *i, struct moment recovered, struct moment now);

/** Clears all open ones of @m; the rule is gone. */
void event_forget(struct judge *j, struct metric *m, struct moment now);

#endif
