/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar/calendar.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "calendar/holiday.h"

enum {
    DAY_MINUTES = 24 * 60,
    /* A business day's windows end two local days after it began, at most. */
    DAYS_BEFORE = 2
};

static const struct calendar_window whole_day = {0, DAY_MINUTES};

#define DAY_MS ((span_ms)86400 * 1000)

static bool holds_day(const int32_t *days, size_t count, int32_t day)
{
    for (size_t i = 0; i < count; i++)
        if (days[i] == day)
            return true;
    return false;
}

/* Days are in order: the first of the year or after it says whether the year is listed. */
static bool lists_year(const struct calendar_settings *s, int32_t year)
{
    int32_t first = civil_day((struct civil_date){year, 1, 1});
    for (size_t i = 0; i < s->holiday_count; i++)
        if (s->holidays[i] >= first)
            return civil_date_of(s->holidays[i]).year == year;
    return false;
}

static bool is_holiday(const struct calendar_settings *s, int32_t day)
{
    if (!s->jp_holidays)
        return false;
    if (s->holiday_count > 0 && lists_year(s, civil_date_of(day).year))
        return holds_day(s->holidays, s->holiday_count, day);
    return holiday_is_jp(day);
}

bool calendar_knows_holidays(const struct calendar_settings *s, int32_t year)
{
    return !s->jp_holidays || (year >= HOLIDAY_FIRST_YEAR && year <= HOLIDAY_LAST_YEAR) ||
           lists_year(s, year);
}

bool calendar_day_open(const struct calendar *c, int32_t day)
{
    const struct calendar_settings *s = c->settings;
    if (s == NULL || holds_day(s->open_days, s->open_count, day))
        return true;
    if (holds_day(s->closed_days, s->closed_count, day))
        return false;
    if ((s->weekdays >> civil_weekday(day) & 1) == 0)
        return false;
    return !is_holiday(s, day);
}

/* The windows of an open day; a calendar without hours is open all day. */
static const struct calendar_window *windows_of(
    const struct calendar_settings *s, size_t *ret_count)
{
    *ret_count = s->hour_count > 0 ? s->hour_count : 1;
    return s->hour_count > 0 ? s->hours : &whole_day;
}

static struct interval window_on(
    const struct calendar *c, const struct calendar_window *w, int32_t day)
{
    return (struct interval){
        zone_instant(c->zone, day, w->from_minute), zone_instant(c->zone, day, w->to_minute)};
}

bool calendar_open_at(const struct calendar *c, wall_ms when)
{
    if (c->settings == NULL)
        return true;
    size_t count = 0;
    const struct calendar_window *windows = windows_of(c->settings, &count);
    int32_t today = zone_day(c->zone, when);

    for (int32_t day = today - DAYS_BEFORE; day <= today; day++) {
        if (!calendar_day_open(c, day))
            continue;
        for (size_t i = 0; i < count; i++) {
            struct interval open = window_on(c, &windows[i], day);
            if (when >= open.from && when < open.to)
                return true;
        }
    }
    return false;
}

/* ---- intervals ---- */

struct intervals {
    struct interval *list;
    size_t count, room;
    bool is_mixed; /* not in order of their beginnings */
};

static void intervals_add(struct intervals *l, struct interval i)
{
    if (l->count == l->room) {
        l->room = l->room > 0 ? l->room * 2 : 64;
        l->list = alloc_resize(l->list, l->room, sizeof *l->list);
    }
    l->is_mixed |= l->count > 0 && i.from < l->list[l->count - 1].from;
    l->list[l->count++] = i;
}

static int interval_compare(const void *a, const void *b)
{
    const struct interval *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* All windows that reach into [from, to), cut to it, in order; they may overlap. */
static void collect(
    const struct calendar *c, wall_ms from, wall_ms to, struct intervals *ret_windows)
{
    size_t count = 0;
    const struct calendar_window *windows = windows_of(c->settings, &count);
    int32_t last = zone_day(c->zone, to);

    for (int32_t day = zone_day(c->zone, from) - DAYS_BEFORE; day <= last; day++) {
        if (!calendar_day_open(c, day))
            continue;
        for (size_t i = 0; i < count; i++) {
            struct interval open = window_on(c, &windows[i], day);
            open.from = open.from > from ? open.from : from;
            open.to = open.to < to ? open.to : to;
            if (open.from < open.to)
                intervals_add(ret_windows, open);
        }
    }
    if (ret_windows->is_mixed)
        qsort(ret_windows->list, ret_windows->count, sizeof *ret_windows->list, interval_compare);
}

void calendar_each_open(const struct calendar *c, wall_ms from, wall_ms to,
    void (*fn)(void *arg, struct interval open), void *arg)
{
    if (from >= to)
        return;
    if (c->settings == NULL) {
        fn(arg, (struct interval){from, to});
        return;
    }

    struct intervals windows = {0};
    collect(c, from, to, &windows);
    for (size_t i = 0; i < windows.count;) {
        struct interval open = windows.list[i++];
        for (; i < windows.count && windows.list[i].from <= open.to; i++)
            if (windows.list[i].to > open.to)
                open.to = windows.list[i].to;
        fn(arg, open);
    }
    free(windows.list);
}

static void keep_first(void *arg, struct interval open)
{
    struct interval *first = arg;
    if (first->from == CLOCK_NEVER)
        *first = open;
}

/* The first edge in (when, until), or CLOCK_NEVER. */
static wall_ms edge_before(const struct calendar *c, wall_ms when, wall_ms until)
{
    struct interval first = {CLOCK_NEVER, CLOCK_NEVER};
    calendar_each_open(c, when, until, keep_first, &first);
    if (first.from == CLOCK_NEVER)
        return CLOCK_NEVER;
    if (first.from > when)
        return first.from;
    return first.to < until ? first.to : CLOCK_NEVER;
}

wall_ms calendar_next_edge(const struct calendar *c, wall_ms when)
{
    static const int days[] = {2, 30, 366}; // the near one is nearly always enough

    if (c->settings == NULL)
        return CLOCK_NEVER;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        wall_ms edge = edge_before(c, when, when + days[i] * DAY_MS);
        if (edge != CLOCK_NEVER)
            return edge;
    }
    return CLOCK_NEVER;
}

static int64_t whole_seconds(wall_ms when)
{
    return when / 1000 - (when % 1000 < 0);
}

static void add_seconds(void *arg, struct interval open)
{
    int64_t *sum = arg;
    *sum += whole_seconds(open.to) - whole_seconds(open.from);
}

int64_t calendar_open_s(const struct calendar *c, wall_ms from, wall_ms to)
{
    int64_t sum = 0;
    calendar_each_open(c, whole_seconds(from) * 1000, whole_seconds(to) * 1000, add_seconds, &sum);
    return sum;
}
