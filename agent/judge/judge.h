/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_JUDGE_H
#define HM_JUDGE_JUDGE_H

#include "base/clock.h"
#include "calendar/calendar.h"
#include "judge/sink.h"
#include "model/model.h"
#include "model/move.h"
#include "settings/settings.h"

/**
 * judge - turns readings into verdicts, incidents and service states.
 *
 * Pure: no I/O, no clock; time is an argument and never goes back on the boot clock. The same code
 * runs live, in tests and in replay. What it decides goes to a sink; what it must remember over a
 * restart is handed to the sink as metric_state and incident values (the caller records both in
 * one transaction) and given back by judge_restore_*.
 *
 * Linkages (linkage.h) are judged by calendar and deadline; their incidents' subject is their id.
 *
 * Rules (settled.md 4, 7; sla.md R3-R5, R10, R19):
 *  - Hysteresis runs per (subject, instance, metric). `runs` readings in a row raise, `clear_runs`
 *    clear; a subject's verdict is the worst of its triples (critical > blind > warning > ok).
 *  - A blind reading argues for nothing; it makes its triple blind (an incident with severity
 * blind). A blind reading whose metric is "" blinds all triples of that subject and instance.
 *  - A reading that does not come within interval + deadline makes its triple blind, from the
 *    moment it was due. When nothing at all comes of a subject it is one incident, of the triple
 *    ("", ""); so it is when a blind reading has metric "" (and instance "": the whole subject).
 *  - in_hours watches: outside the service's hours nothing is opened; at the hours' start what is
 *    still bad is opened, detected then, failed then.
 *  - While planned work runs in its approved window nothing is opened for watches of its service,
 *    and changes of the service are told at its end; all is looked at as ever.
 *  - A service's state is its expressions over subjects, three-valued, at each moment: what runs
 *    credit back changes earlier time, and is said again from there on (judge/service_said.h).
 *    What it is told to be is good again once it stayed good for `hold`.
 */

struct judge;

/** Borrows @settings and @zone until judge_free or judge_settings. @next_incident: first id to
 * give. */
int judge_new(const struct settings *settings, const struct zone *zone,
    const struct judge_sink *sink, uint64_t next_incident, struct judge **ret_judge);
struct judge *judge_free(struct judge *j);

/** A reload: what both trees know goes on as it is; subjects that are gone close their incidents.
 */
void judge_settings(
    struct judge *j, const struct settings *settings, const struct zone *zone, struct moment now);

/** Before judge_start. */
void judge_restore_metric(struct judge *j, const struct metric_state *state);
void judge_restore_incident(struct judge *j, const struct incident *incident);
/** One that has ended, the older ones first: what returns is known by it, and a first report may be
 * owed. @now: of the start. */
void judge_restore_closed(struct judge *j, const struct incident *incident, struct moment now);
void judge_restore_linkage(struct judge *j, const struct linkage_state *state);
/** What the gap before this run says of a service. @is_inferred: it was down because the machine
 * was rebooted, until the first good look (R10). */
void judge_restore_service(struct judge *j, const struct service_point *last, bool is_inferred);

/**
 * Starts at @now. @assume_good: subjects count as good until a reading says otherwise (replay
 * without agent lines), and silence is not judged: such a recording holds what happened, not each
 * poll. Else services are unmonitored until their first readings.
 * The caller records the gap before @now itself (record/gap.h).
 */
void judge_start(struct judge *j, struct moment now, bool assume_good);

/** Takes a reading in; unknown subjects are ignored (a guest may outlive a reload). */
void judge_reading(struct judge *j, const struct reading *reading, struct moment now);

/** Does what is due at @now: staleness, holds, clear_after, service hours. */
void judge_advance(struct judge *j, struct moment now);
/** The same, but at most @most things, the earliest. True: more is due (before any reading). */
bool judge_advance_some(struct judge *j, struct moment now, size_t most);
/** When judge_advance must be called next, boot clock; CLOCK_NEVER: not before a reading. */
mono_ms judge_next_due(struct judge *j, struct moment now);

/** The approved windows of planned work of @service, instead of those said before; copied. May be
 * said before judge_start. */
void judge_works(struct judge *j, const char *service, const struct interval *works, size_t count,
    struct moment now);
/** Whether one of them holds. While the sink's `service` says so, its change is not to be told. */
bool judge_is_working(const struct judge *j, const char *service);

/** The wall clock was set: everything that hangs on it is looked at again (R15). */
void judge_clock_stepped(struct judge *j, struct moment now);

/* What is now, for the board. NULL / UNKNOWN if there is no such; out-parameters may be NULL. */
enum verdict judge_subject_verdict(const struct judge *j, const char *subject,
    struct moment *ret_since, struct moment *ret_last, const char **ret_text);
enum service_state judge_service_state(
    const struct judge *j, const char *service, struct moment *ret_since);
const struct incident *judge_incident(const struct judge *j, uint64_t id);
/** The triples of @subject that have been seen, those of an instance together. */
void judge_each_metric(const struct judge *j, const char *subject,
    void (*fn)(void *arg, const struct metric_state *state), void *arg);
/** What is known of one triple; NULL: it was not seen. */
const struct metric_state *judge_metric(const struct judge *j, const struct triple *of);
/** At most @most open incidents, the worst first, of each severity those first that have it for
 * longest; costs no more for all the others. True: there are others. */
bool judge_each_worst(
    const struct judge *j, size_t most, void (*fn)(void *arg, const struct incident *i), void *arg);
/** Open incidents in order of id. */
void judge_each_incident(
    const struct judge *j, void (*fn)(void *arg, const struct incident *i), void *arg);

/** A linkage as it is; borrowed until the judge is told anything. */
struct judge_linkage {
    const struct linkage_settings *settings;
    const struct linkage_state *state;
    enum linkage_phase phase;
};
/** False: there is no such. */
bool judge_linkage(const struct judge *j, const char *id, struct judge_linkage *ret);
void judge_each_linkage(
    const struct judge *j, void (*fn)(void *arg, const struct judge_linkage *linkage), void *arg);
/** Linkages whose deadline (without grace) falls on a stretch of time, by what became of them. */
struct linkage_count {
    uint32_t due; /* all of them; those in none of the others wait */
    uint32_t arrived, late, missing, failed;
};
/** Of (@from, @to]: a deadline at 24:00 is of the day that ends. */
struct linkage_count judge_count_linkages(const struct judge *j, wall_ms from, wall_ms to);
/** Whether linkage @id is expected on business day @day, and by when (without grace). */
bool judge_linkage_expected(const struct judge *j, const char *id, int32_t day, wall_ms *ret_due);

/** Commands of an operator on an incident. Outcomes: */
enum { JUDGE_E_UNKNOWN = 1, JUDGE_E_STATE = 2 };
/**
 * Does @change to an open incident. JUDGE_E_UNKNOWN: none is open under this id; JUDGE_E_STATE: see
 * move_check. What MOVE_CLOSE ends is told as cleared.
 */
int judge_change(struct judge *j, uint64_t id, const struct incident_change *change);
/** @incident is closed and was changed by whoever records it. */
void judge_closed_changed(struct judge *j, const struct incident *incident, struct moment now);
/**
 * The city called about @service at @at, in its own words. It is the call of the oldest open
 * critical incident of that service that nobody has called about or reported, or else a new one.
 * 0 and its id; JUDGE_E_UNKNOWN: no such service; JUDGE_E_STATE: *ret_id is an open call about it.
 */
int judge_call(struct judge *j, const char *service, struct moment at, const char *text,
    struct moment now, uint64_t *ret_id);
/** Somebody is told of open incident @id once more: its transition is counted on, and it is handed
 * to the sink, untold. JUDGE_E_UNKNOWN: none is open under this id. */
int judge_told_again(struct judge *j, uint64_t id, struct moment now);
/** The raised notice was accepted, or (not @confirmed) only sent where that counts; only the first
 * time counts. Closed incidents: JUDGE_E_UNKNOWN. */
int judge_notified(struct judge *j, uint64_t id, bool confirmed, struct moment now);

#endif
