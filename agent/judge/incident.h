/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_INCIDENT_H
#define HM_JUDGE_INCIDENT_H

#include "judge/state.h"

/**
 * incident - opens, escalates and clears incidents, and says so to the sink.
 *
 * Outside the service's hours an incident of an in_hours watch is held: it has no id and is told
 * to nobody until the hours begin (incident_release) or it has cleared. So is any incident of a
 * watch whose service is being worked on as planned.
 */

/** What an incident is opened with; strings are copied. */
struct opening {
    enum severity severity;
    const char *key; /* events */
    uint32_t flags;
    struct moment failed_at;
    const char *value, *threshold, *text;
};

/** Opens one for @m, which then has it as `incident`, or among `events` if @o has a key. */
struct open_incident *incident_open(
    struct judge *j, struct metric *m, const struct opening *o, struct moment now);

/** Its severity rose: told as a reminder. */
void incident_escalate(
    struct judge *j, struct open_incident *i, const struct opening *o, struct moment now);

/** Ends and frees it; @recovered: first good observation. */
void incident_clear(
    struct judge *j, struct open_incident *i, struct moment recovered, struct moment now);

/** What is told of its end is @text, which becomes its own. */
void incident_tell_end(struct open_incident *i, const char *text);

/** Hands its present state to the sink, untold. Nothing while it is held. */
void incident_save(struct judge *j, struct open_incident *i, struct moment now);

/** What was not told of it so far is told now: that it is raised. */
void incident_unsuppress(struct judge *j, struct open_incident *i, struct moment now);

/** Whether incidents of @s may be told now: neither its hours nor planned work hold them. */
bool incident_is_timely(const struct subject *s);

/** Gives a held one its id and tells it: failed and detected at @edge. False if it was not held. */
bool incident_release(struct judge *j, struct open_incident *i, struct moment edge);

/**
 * The city called about @service: opens one, critical, without a metric. The agent's next critical
 * detection of that service takes it over, with its id and its clock. Strings are copied.
 */
struct open_incident *incident_open_called(
    struct judge *j, const char *service, struct moment at, const char *text, struct moment now);

/** The open call about @service that nothing was detected for, unreported; NULL: none. */
struct open_incident *incident_called(const struct judge *j, const char *service);

/** The open one under @id, or NULL. */
struct open_incident *incident_of_id(const struct judge *j, uint64_t id);

/** Takes up one that an earlier run opened; takes what @from owns. @m NULL: a call. */
struct open_incident *incident_adopt(
    struct judge *j, struct metric *m, struct incident *from, bool is_event, struct moment now);

/** Frees without a word; for judge_free. */
void incident_drop(struct judge *j, struct open_incident *i);

#endif
