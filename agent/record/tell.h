/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_TELL_H
#define HM_RECORD_TELL_H

#include "record/record.h"

/**
 * tell - what must be remembered of telling: what routes still owe, what the brake counted, when
 * drills went out, and who was told.
 *
 * Working state beside the ledger, written in the transaction that it belongs to. Moments are kept
 * on both clocks: within a boot the boot clock decides, after another boot record_tell_rebase
 * counts it anew from wall time.
 */

/** What a route does about an incident after its first notice; also the place of an escalation. */
enum { FOLLOW_FIRST = 0, FOLLOW_REPEAT = 1, FOLLOW_PROGRESS = 2, FOLLOW_ESCALATE = 10 };

enum follow_phase {
    FOLLOW_WAITING = 1, /* for `due` */
    FOLLOW_HELD,        /* for `due`, or until what holds it ends; `why` says what */
    FOLLOW_TOLD,        /* done */
    FOLLOW_DROPPED      /* done: nobody had to be told; `why` */
};

/** One thing that a route owes an incident. Strings are borrowed. */
struct follow {
    uint64_t incident;
    const char *route;
    uint32_t step; /* FOLLOW_*; FOLLOW_ESCALATE + n: the nth escalation from 0 */
    enum follow_phase phase;
    uint32_t told;     /* how many times it was done */
    struct moment due; /* boot CLOCK_NEVER: only by record_follow_release */
    const char *why;   /* ASCII word; "" */
};

/** Puts @f in the place of what there is for (incident, route, step). */
int record_follow_put(struct record *r, const struct follow *f);
/** The same unless there is something. */
int record_follow_add(struct record *r, const struct follow *f);
/** Those that are due at @boot, the oldest first, at most @limit. @fn may put others. */
int record_each_follow_due(struct record *r, mono_ms boot, size_t limit,
    void (*fn)(void *arg, const struct follow *), void *arg);
/** When the next one is due; CLOCK_NEVER: none. */
int record_follow_next(struct record *r, mono_ms *ret);
/** All of @incident by route and step. */
int record_each_follow(
    struct record *r, uint64_t incident, void (*fn)(void *arg, const struct follow *), void *arg);
/** Those that are held are due at @now. */
int record_follow_release(struct record *r, struct moment now);
/** What is still owed for @incident will not be told: @why. */
int record_follow_end(struct record *r, uint64_t incident, const char *why);

/** @other_boot: boot clocks of all that is kept are counted anew from wall clocks. What ended more
 * than @keep before @now is forgotten. At a start. */
int record_tell_rebase(struct record *r, bool other_boot, span_ms keep, struct moment now);

/** Destinations that notices of @incident (but `cleared`) were recorded for, each at least once;
 * then those for which one was only counted for a digest, and not told. */
int record_each_told(struct record *r, uint64_t incident,
    void (*fn)(void *arg, const char *destination, bool is_counted), void *arg);
/** The same of the notices about @service since it was last said to be up. */
int record_each_told_of_service(struct record *r, const char *service,
    void (*fn)(void *arg, const char *destination, bool is_counted), void *arg);

/** One line of what the brake counted instead of telling; strings are borrowed. */
struct digest_row {
    enum notice_kind kind;
    enum severity severity;
    const char *service, *subject;
    uint64_t count;
};
/** Counts @notice for @destination. */
int record_digest_add(struct record *r, const char *destination, const struct notice *notice);
/** Names of destinations for which something was counted. */
int record_each_digest_name(
    struct record *r, void (*fn)(void *arg, const char *destination), void *arg);
/** The most frequent first. */
int record_each_digest(struct record *r, const char *destination,
    void (*fn)(void *arg, const struct digest_row *), void *arg);
int record_digest_clear(struct record *r, const char *destination);

/** The last drill of @destination. */
struct drill_state {
    uint64_t sequence; /* of its notice; 0: there was none */
    wall_ms at;
};
int record_drill_put(
    struct record *r, const char *destination, uint64_t sequence, struct moment now);
int record_drill_get(struct record *r, const char *destination, struct drill_state *ret);

#endif
