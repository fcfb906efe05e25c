/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_ROUTES_H
#define HM_NOTIFY_ROUTES_H

#include "base/message.h"
#include "calendar/calendar.h"
#include "model/model.h"
#include "record/tell.h"
#include "settings/settings.h"

/**
 * routes - who is told of a notice, and when. Pure: time is an argument.
 *
 * All routes that take a notice are used, each destination once, in the order of the
 * configuration. Whether a calendar is open is asked of the moment in which the notice comes up,
 * not of the one in which it is sent: what the office was to be told ten minutes later is told,
 * even if the office has closed by then, since nobody else was.
 *
 * What comes later than at once (`after`, `repeat`, `progress`, `escalate`) is a `struct follow`
 * (record/tell.h). When one is due, follow_judge looks anew whether it must still be told.
 *
 * Who was told that an incident was raised is told that it cleared, whatever routes say by then
 * (record_each_told); that is not decided here.
 */

/** What routes are looked at with; both borrowed. */
struct route_site {
    const struct settings *settings;
    const struct zone *zone;
};

enum { ROUTES_MAX = SETTINGS_DESTINATIONS_MAX };

/** Whether a route takes a notice, or the first reason why not. */
enum route_match {
    ROUTE_MATCHES,
    ROUTE_WAITS, /* its calendar is closed: told when it opens */
    ROUTE_SEVERITY,
    ROUTE_SERVICE,
    ROUTE_ENVIRONMENT,
    ROUTE_SCOPE,
    ROUTE_CALENDAR,
    ROUTE_TAKEN,  /* `otherwise`, and another route takes it */
    ROUTE_DELAYED /* a route with `after` tells of incidents only */
};

/** Calls @fn for each route of the configuration with whether it takes @notice, of severity
 * @severity, at @wall. Of notices of severity SEVERITY_NONE the severity is not asked. */
void routes_each(const struct route_site *site, const struct notice *notice, enum severity severity,
    wall_ms wall, void (*fn)(void *arg, const struct route_settings *route, enum route_match match),
    void *arg);

/** Why, as a sentence for people. */
enum message routes_why(enum route_match match);

/** NULL: there is no such. */
const struct route_settings *routes_find(const struct settings *s, const char *name);

/** When @route, which takes it at @now as @match says, tells of it first. */
struct moment routes_first(const struct route_site *site, const struct route_settings *route,
    enum route_match match, struct moment now);

/** Destinations, each once; borrowed names. */
struct route_targets {
    const char *to[ROUTES_MAX];
    size_t count;
    bool is_expired; /* all of them are contacts out of their time: there is nobody else */
};
void routes_add(struct route_targets *t, const char *name);
void routes_add_all(struct route_targets *t, char *const *names, size_t count);
bool routes_has(const struct route_targets *t, const char *name);
/** Takes out contacts that are out of their time at @wall, unless nobody would be left. */
void routes_keep_valid(const struct route_site *site, struct route_targets *t, wall_ms wall);
/** Whether the channel's protocol answers that a notice was taken: an inform, a mail, a webhook; a
 * command that says so (accepts). */
bool routes_confirms(const struct destination_settings *d);
/** Whether @d is within valid_from and valid_to on the day of @wall. */
bool routes_is_valid(
    const struct route_site *site, const struct destination_settings *d, wall_ms wall);

/** Whom @route tells in @step (FOLLOW_*). */
void routes_step_targets(
    const struct route_settings *route, uint32_t step, struct route_targets *ret);

/* ---- later than at once ------------------------------------------------------------------ */

/** What is true of an incident when something about it is due. */
struct follow_facts {
    bool is_over;
    bool is_acknowledged;
    wall_ms work_until;  /* planned work on its service runs until then; 0: none */
    const char *depends; /* a critical subject that its own depends on; NULL: none */
};
enum follow_verdict { FOLLOW_TELL, FOLLOW_HOLD, FOLLOW_DROP };
/**
 * Whether what @route owes in @step is told at @now. *ret_why: "acknowledged" "cleared"
 * "maintenance" "dependency" "calendar", or "". FOLLOW_HOLD: *ret_until, boot CLOCK_NEVER if only
 * what holds it can say.
 */
enum follow_verdict follow_judge(const struct route_site *site, const struct route_settings *route,
    uint32_t step, const struct follow_facts *facts, struct moment now, struct moment *ret_until,
    const char **ret_why);
/** How long after it was told it is told again; 0: never. */
span_ms follow_again(const struct route_settings *route, uint32_t step);

/* ---- what nobody would be told of -------------------------------------------------------- */

/** A combination that no route takes. */
struct route_hole {
    const char *service; /* NULL: of no service */
    enum severity severity;
    bool out_of_scope;
    wall_ms at; /* the first such moment within the two weeks that were looked at */
};
/** Looks at each service, severity (warning, critical, blind) and scope in steps of half an hour
 * over the two weeks from @from on. Costs some milliseconds. */
void routes_each_hole(const struct route_site *site, wall_ms from,
    void (*fn)(void *arg, const struct route_hole *hole), void *arg);

#endif
