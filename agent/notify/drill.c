/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/drill.h"

#include "base/civil.h"
#include "base/text.h"

enum { DAYS_MAX = 366, OPEN_WITHIN_DAYS = 31 };

static bool is_day_of(const struct drill_settings *d, int32_t day)
{
    if (d->every == DRILL_DAILY)
        return true;
    if (d->every == DRILL_WEEKLY)
        return civil_weekday(day) == d->day;
    return d->every == DRILL_MONTHLY && civil_date_of(day).day == d->day;
}

/* Where the drill that belongs to @day takes place: there, or on the next open day. */
static int32_t shifted(const struct route_site *site, const struct drill_settings *d, int32_t day)
{
    struct calendar calendar = {
        d->calendar != NULL ? settings_calendar(site->settings, d->calendar) : NULL, site->zone};
    if (calendar.settings == NULL)
        return day;
    for (int32_t i = 0; i < OPEN_WITHIN_DAYS; i++)
        if (calendar_day_open(&calendar, day + i))
            return day + i;
    return day;
}

static wall_ms instant(const struct route_site *site, const struct drill_settings *d, int32_t day)
{
    return zone_instant(site->zone, shifted(site, d, day), d->minute);
}

wall_ms drill_next(const struct route_site *site, const struct drill_settings *d, wall_ms after)
{
    int32_t first = zone_day(site->zone, after) - OPEN_WITHIN_DAYS;
    for (int32_t day = first; d->every != DRILL_NONE && day <= first + DAYS_MAX; day++)
        if (is_day_of(d, day) && instant(site, d, day) > after)
            return instant(site, d, day);
    return CLOCK_NEVER;
}

wall_ms drill_last(const struct route_site *site, const struct drill_settings *d, wall_ms before)
{
    int32_t last = zone_day(site->zone, before);
    for (int32_t day = last; d->every != DRILL_NONE && day > last - DAYS_MAX; day--)
        if (is_day_of(d, day) && instant(site, d, day) <= before)
            return instant(site, d, day);
    return 0;
}

static bool names(char *const *to, size_t count, const char *destination)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(to[i], destination))
            return true;
    return false;
}

static bool tells(const struct route_settings *route, const char *destination)
{
    bool is_told = names(route->to, route->to_count, destination);
    for (size_t i = 0; i < route->step_count; i++)
        is_told |= names(route->steps[i].to, route->steps[i].to_count, destination);
    return is_told;
}

wall_ms drill_next_of(const struct route_site *site, const char *destination, wall_ms after)
{
    const struct settings *s = site->settings;
    const struct destination_settings *d = settings_destination(s, destination);
    wall_ms next = d != NULL ? drill_next(site, &d->drill, after) : CLOCK_NEVER;
    for (size_t i = 0; i < s->route_count; i++) {
        if (s->routes[i].drill.every == DRILL_NONE || !tells(&s->routes[i], destination))
            continue;
        wall_ms other = drill_next(site, &s->routes[i].drill, after);
        next = other < next ? other : next;
    }
    return next;
}

wall_ms drill_last_of(const struct route_site *site, const char *destination, wall_ms before)
{
    const struct settings *s = site->settings;
    const struct destination_settings *d = settings_destination(s, destination);
    wall_ms last = d != NULL ? drill_last(site, &d->drill, before) : 0;
    for (size_t i = 0; i < s->route_count; i++) {
        if (s->routes[i].drill.every == DRILL_NONE || !tells(&s->routes[i], destination))
            continue;
        wall_ms other = drill_last(site, &s->routes[i].drill, before);
        last = other > last ? other : last;
    }
    return last;
}

bool drill_is_overdue(
    const struct route_site *site, const char *destination, wall_ms last_at, bool came, wall_ms now)
{
    wall_ms should = drill_last_of(site, destination, now - DRILL_GRACE_MS);
    if (drill_next_of(site, destination, now) == CLOCK_NEVER || should == 0 || last_at == 0)
        return false;
    return last_at < should || (!came && last_at <= now - DRILL_GRACE_MS);
}
