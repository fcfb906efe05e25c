/* SPDX-License-Identifier: BSD-2-Clause */
/* Who would be told: `route show`, from the configuration alone; and what `doctor` and `config
 * check` say of routes. */
#include "ctl/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"
#include "notify/drill.h"

/* ---- arguments --------------------------------------------------------------------------- */

/* RFC 3339, or "2026-05-10T09:00" (also with a blank or seconds) on the site's clocks. */
static bool time_of(const char *given, const struct zone *zone, wall_ms *ret)
{
    int year, month, day, hour, minute, end = 0;
    if (given == NULL) {
        *ret = clock_wall();
        return true;
    }
    if (text_parse_time(given, ret))
        return true;
    if (sscanf(given, "%4d-%2d-%2d%*1[T ]%2d:%2d%n", &year, &month, &day, &hour, &minute, &end) !=
            5 ||
        given[end] != '\0' || !civil_exists(year, month, day) || hour > 23 || minute > 59)
        return false;
    struct civil_date date = {year, (uint8_t)month, (uint8_t)day};
    *ret = zone_instant(zone, civil_day(date), (int32_t)(hour * 60 + minute));
    return true;
}

/* ---- who is told ------------------------------------------------------------------------- */

struct shown {
    struct route_site site;
    struct moment now;
    json_t *routes, *told;
};

static json_t *time_json(const struct shown *s, wall_ms when)
{
    char text[TEXT_TIME_BYTES];
    return json_string(text_time(text, when, zone_offset(s->site.zone, when), false));
}

static void add_told(struct shown *s, const struct route_settings *route, const char *step,
    uint32_t number, struct moment at)
{
    struct route_targets t;
    routes_step_targets(route, number, &t);
    routes_keep_valid(&s->site, &t, at.wall);
    for (size_t i = 0; i < t.count; i++) {
        const struct destination_settings *d = settings_destination(s->site.settings, t.to[i]);
        json_array_append_new(
            s->told, json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:b,s:b}", "at", time_json(s, at.wall),
                         "destination", t.to[i], "channel", d->channel, "contact",
                         d->contact != NULL ? d->contact : "", "route", route->name, "step", step,
                         "confirms", routes_confirms(d), "expired", t.is_expired));
    }
}

static struct moment later(struct moment m, span_ms by)
{
    return (struct moment){m.wall + by, m.boot + by};
}

static void show_route(void *arg, const struct route_settings *route, enum route_match match)
{
    struct shown *s = arg;
    bool is_taken = match == ROUTE_MATCHES || match == ROUTE_WAITS;
    json_array_append_new(
        s->routes, json_pack("{s:s,s:b,s:s,s:s,s:s,s:I}", "route", route->name, "matched", is_taken,
                       "why", message_raw(routes_why(match), LANGUAGE_EN), "why_ja",
                       message_raw(routes_why(match), LANGUAGE_JA), "file", route->place.file,
                       "line", (json_int_t)route->place.line));
    if (!is_taken)
        return;
    struct moment first = routes_first(&s->site, route, match, s->now);
    add_told(s, route, "first", FOLLOW_FIRST, first);
    if (route->repeat > 0)
        add_told(s, route, "repeat", FOLLOW_REPEAT, later(first, route->repeat));
    for (uint32_t i = 0; i < route->step_count; i++)
        add_told(s, route, "escalate", FOLLOW_ESCALATE + i, later(first, route->steps[i].after));
}

static int by_time(const void *a, const void *b)
{
    const json_t *const *x = a, *const *y = b;
    const char *left = json_string_value(json_object_get(*x, "at"));
    const char *right = json_string_value(json_object_get(*y, "at"));
    return strcmp(left, right);
}

/* In the order in which it would happen. */
static json_t *sorted(json_t *list)
{
    size_t count = json_array_size(list);
    json_t **rows = alloc_array(count, sizeof *rows);
    json_t *ret = json_array();
    for (size_t i = 0; i < count; i++)
        rows[i] = json_array_get(list, i);
    if (count > 0)
        qsort(rows, count, sizeof *rows, by_time);
    for (size_t i = 0; i < count; i++)
        json_array_append(ret, rows[i]);
    json_decref(list);
    free(rows);
    return ret;
}

static int print_routes(const struct ctl *c, struct shown *s)
{
    const char *why = c->language == LANGUAGE_JA ? "why_ja" : "why";
    static const struct column told[] = {{MESSAGE_HEAD_AT, "at", CELL_TIME},
        {MESSAGE_HEAD_DESTINATION, "destination", CELL_TEXT},
        {MESSAGE_HEAD_CHANNEL, "channel", CELL_TEXT}, {MESSAGE_HEAD_CONTACT, "contact", CELL_TEXT},
        {MESSAGE_HEAD_ROUTE, "route", CELL_TEXT}, {MESSAGE_HEAD_STEP, "step", CELL_WORD},
        {MESSAGE_HEAD_CONFIRMS, "confirms", CELL_WORD}, {0}};
    const struct column routes[] = {{MESSAGE_HEAD_ROUTE, "route", CELL_TEXT},
        {MESSAGE_HEAD_MATCHED, "matched", CELL_WORD}, {MESSAGE_HEAD_WHY, why, CELL_TEXT}, {0}};
    int r = json_array_size(s->told) > 0 ? CTL_DONE : CTL_NO;
    s->told = sorted(s->told);
    if (c->json) {
        json_t *result = json_pack(
            "{s:o,s:O,s:O}", "at", time_json(s, s->now.wall), "told", s->told, "routes", s->routes);
        print_json(result);
        json_decref(result);
        return r;
    }
    print_rows(c, s->told, told, MESSAGE_EXPLAIN_NOBODY);
    ctl_say(c, MESSAGE_TITLE_ROUTES, NULL, NULL, NULL);
    print_rows(c, s->routes, routes, MESSAGE_NONE_ROUTES);
    return r;
}

/* A notice as the options describe it; strings are borrowed from argv. */
static bool take_notice(const struct ctl *c, const struct settings *s, struct notice *ret)
{
    const char *severity = ctl_value(c, "severity"), *subject = ctl_value(c, "subject");
    const struct watch_settings *w = subject != NULL ? settings_watch(s, subject) : NULL;
    *ret = (struct notice){.kind = NOTICE_RAISED, .severity = SEVERITY_CRITICAL};
    if (severity != NULL &&
        (!severity_from(severity, &ret->severity) || ret->severity == SEVERITY_NONE))
        return false;
    ret->of.subject = alloc_text(subject);
    ret->service = alloc_text(ctl_value(c, "service"));
    if (ret->service == NULL && w != NULL)
        ret->service = alloc_text(w->service);
    return true;
}

static int show(const struct ctl *c, const struct settings *s, struct zone *zone)
{
    struct shown shown = {
        .site = {s, zone}, .now = {.boot = 0}, .routes = json_array(), .told = json_array()};
    struct notice notice = {0};
    const char *service = ctl_value(c, "service"), *subject = ctl_value(c, "subject");
    int r;
    if (!time_of(ctl_value(c, "at"), zone, &shown.now.wall))
        r = ctl_fail(c, CTL_USAGE, MESSAGE_ROUTE_TIME, ctl_value(c, "at"), NULL);
    else if (service != NULL && settings_service(s, service) == NULL)
        r = ctl_fail(c, CTL_NO, MESSAGE_VERB_NO_SERVICE, service, NULL);
    else if (subject != NULL && settings_watch(s, subject) == NULL &&
             settings_linkage(s, subject) == NULL)
        r = ctl_fail(c, CTL_NO, MESSAGE_VERB_NO_SUBJECT, subject, NULL);
    else if (!take_notice(c, s, &notice))
        r = ctl_fail(c, CTL_USAGE, MESSAGE_ROUTE_TAKES_SEVERITY, ctl_value(c, "severity"), NULL);
    else {
        routes_each(&shown.site, &notice, notice.severity, shown.now.wall, show_route, &shown);
        r = print_routes(c, &shown);
    }
    notice_deinit(&notice);
    json_decref(shown.routes);
    json_decref(shown.told);
    return r;
}

int run_route_show(struct ctl *c)
{
    struct local_settings l;
    struct zone *zone = NULL;
    int r = local_settings_need(c, &l);

    if (r == CTL_DONE && zone_new(l.settings->agent.timezone, &zone) != 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_NO_ZONE, l.settings->agent.timezone, NULL);
    if (r == CTL_DONE)
        r = show(c, l.settings, zone);
    zone_free(zone);
    local_settings_deinit(&l);
    return r;
}

/* ---- weaknesses -------------------------------------------------------------------------- */

struct weaknesses {
    const struct ctl *ctl;
    struct route_site site;
    void (*fn)(void *arg, const char *sentence);
    void *arg;
};

static void say(
    const struct weaknesses *w, enum message id, const char *a, const char *b, const char *c)
{
    struct text t = {0};
    message_add(&t, w->ctl->language, id, a, b, c);
    w->fn(w->arg, text_get(&t));
    text_deinit(&t);
}

static void say_hole(void *arg, const struct route_hole *hole)
{
    const struct weaknesses *w = arg;
    char at[TEXT_TIME_BYTES];
    const struct service_settings *s =
        hole->service != NULL ? settings_service(w->site.settings, hole->service) : NULL;
    if ((s != NULL && s->test) || hole->out_of_scope)
        return; // whether anybody hears of those is the site's choice
    say(w, MESSAGE_DOCTOR_HOLE, print_word(w->ctl, severity_name(hole->severity)),
        hole->service != NULL ? hole->service : "-",
        text_time(at, hole->at, zone_offset(w->site.zone, hole->at), false));
}

enum { WARN_DAYS = 30 };

static void look_at_contact(
    const struct weaknesses *w, const struct destination_settings *d, wall_ms now)
{
    int32_t today = zone_day(w->site.zone, now);
    char date[16];
    struct civil_date last = civil_date_of(d->valid_to != INT32_MAX ? d->valid_to : 0);
    snprintf(date, sizeof date, "%04d-%02d-%02d", (int)last.year, (int)last.month, (int)last.day);
    if (d->valid_to == INT32_MAX)
        return;
    if (today > d->valid_to)
        say(w, MESSAGE_DOCTOR_CONTACT_OVER, d->name, date, d->contact != NULL ? d->contact : "-");
    else if (d->valid_to - today <= WARN_DAYS)
        say(w, MESSAGE_DOCTOR_CONTACT_ENDS, d->name, date, d->contact != NULL ? d->contact : "-");
}

/* Whether all that @route tells at once are out of their time. */
static bool is_without_contact(
    const struct weaknesses *w, const struct route_settings *route, wall_ms now)
{
    struct route_targets t;
    routes_step_targets(route, FOLLOW_FIRST, &t);
    routes_keep_valid(&w->site, &t, now);
    return t.is_expired;
}

void route_each_weakness(const struct ctl *c, const struct settings *s,
    void (*fn)(void *arg, const char *sentence), void *arg)
{
    struct zone *zone = NULL;
    wall_ms now = clock_wall();
    if (zone_new(s->agent.timezone, &zone) != 0)
        return;
    struct weaknesses w = {c, {s, zone}, fn, arg};
    if (s->route_count > 0)
        routes_each_hole(&w.site, now, say_hole, &w);
    for (size_t i = 0; i < s->destination_count; i++)
        look_at_contact(&w, &s->destinations[i], now);
    for (size_t i = 0; i < s->route_count; i++)
        if (is_without_contact(&w, &s->routes[i], now))
            say(&w, MESSAGE_DOCTOR_ROUTE_EXPIRED, s->routes[i].name, NULL, NULL);
    zone_free(zone);
}

/* ---- notify drills ------------------------------------------------------------------------ */

int show_drills(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_DESTINATION, "destination", CELL_TEXT},
        {MESSAGE_HEAD_LAST_DRILL, "last_at", CELL_TIME}, {MESSAGE_HEAD_RESULT, "result", CELL_WORD},
        {MESSAGE_HEAD_NEXT_DRILL, "next_at", CELL_TIME},
        {MESSAGE_HEAD_OVERDUE, "overdue", CELL_WORD}, {0}};
    print_rows(c, json_object_get(result, "drills"), columns, MESSAGE_NONE_DRILLS);
    return CTL_DONE;
}
