/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "calendar/calendar.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"
#include "ctl/route.h"
#include "settings/diff.h"
#include "settings/tree.h"

enum { CALENDAR_DAYS = 31, CALENDAR_DAYS_MAX = 3660, DATE_BYTES = 24 };

/* ---- check, show ------------------------------------------------------------------------- */

static json_t *complaints_json(const struct ctl *c, const struct complaints *complaints)
{
    json_t *list = json_array();

    for (size_t i = 0; i < complaints->count; i++) {
        const struct complaint *one = &complaints->list[i];
        json_array_append_new(list, json_pack("{s:s?, s:i, s:s}", "file", one->file, "line",
                                        (int)one->line, "text", one->text[c->language]));
    }
    return list;
}

static void add_sentence(void *arg, const char *sentence)
{
    json_array_append_new(arg, json_string(sentence));
}

/* What is accepted, and weak all the same. */
static json_t *weaknesses_json(const struct ctl *c, const struct settings *s)
{
    json_t *list = json_array();
    if (s != NULL)
        route_each_weakness(c, s, add_sentence, list);
    return list;
}

static void print_weaknesses(const struct ctl *c, const struct settings *s)
{
    json_t *list = weaknesses_json(c, s);
    const json_t *sentence;
    size_t i;

    json_array_foreach (list, i, sentence)
        printf("%s\n", json_string_value(sentence));
    json_decref(list);
}

int run_config_check(struct ctl *c)
{
    struct local_settings l;
    int r;

    if (c->json) {
        r = local_settings_load(c, &l) < 0 || l.settings == NULL ? CTL_NO : CTL_DONE;
        json_t *result = json_pack("{s:b, s:o, s:o}", "good", r == CTL_DONE, "complaints",
            complaints_json(c, &l.complaints), "weaknesses", weaknesses_json(c, l.settings));
        print_json(result);
        json_decref(result);
    } else {
        r = local_settings_need(c, &l);
        if (r == CTL_DONE)
            ctl_say(c, MESSAGE_DAEMON_CONFIG_GOOD, c->config, NULL, NULL);
        if (r == CTL_DONE)
            print_weaknesses(c, l.settings);
    }
    local_settings_deinit(&l);
    return r;
}

int run_config_show(struct ctl *c)
{
    struct local_settings l;
    int r = local_settings_need(c, &l);

    if (r == CTL_DONE) {
        json_t *tree = tree_json(l.settings);
        print_json(tree);
        json_decref(tree);
    }
    local_settings_deinit(&l);
    return r;
}

/* ---- diff -------------------------------------------------------------------------------- */

static int print_changes(const struct ctl *c, json_t *changes)
{
    static const struct column columns[] = {{MESSAGE_HEAD_SETTING, "path", CELL_TEXT},
        {MESSAGE_HEAD_RUNNING, "before", CELL_TEXT}, {MESSAGE_HEAD_FILE, "after", CELL_TEXT}, {0}};
    int r = json_array_size(changes) == 0 ? CTL_DONE : CTL_NO;

    if (c->json) {
        json_t *result = json_pack("{s:O}", "changes", changes);
        print_json(result);
        json_decref(result);
    } else {
        print_rows(c, changes, columns, MESSAGE_NONE_CHANGES);
    }
    return r;
}

int run_config_diff(struct ctl *c)
{
    struct local_settings l;
    struct client_answer answer = {0};
    int r = local_settings_need(c, &l);

    if (r == CTL_DONE) {
        int asked = client_ask(c->socket_path, "config.show", NULL, c->language, &answer);
        if (asked != 0) {
            r = ctl_fail(c, asked == CLIENT_E_AWAY ? CTL_UNREACHABLE : CTL_NO, MESSAGE_CTL_AWAY,
                c->socket_path, text_get(&answer.why));
        } else {
            json_t *tree = tree_json(l.settings);
            json_t *changes = diff_json(json_object_get(answer.result, "settings"), tree);
            r = print_changes(c, changes);
            json_decref(changes);
            json_decref(tree);
        }
    }
    client_answer_deinit(&answer);
    local_settings_deinit(&l);
    return r;
}

/* ---- calendar ---------------------------------------------------------------------------- */

static const char *date_text(char ret[DATE_BYTES], int32_t day)
{
    struct civil_date date = civil_date_of(day);

    snprintf(ret, DATE_BYTES, "%04" PRId32 "-%02u-%02u", date.year, date.month, date.day);
    return ret;
}

static bool date_of(const char *text, int32_t preset, int32_t *ret)
{
    int year;
    int month;
    int day;
    int end = 0;

    *ret = preset;
    if (text == NULL)
        return true;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || text[end] != '\0' ||
        !civil_exists(year, month, day))
        return false;
    *ret = civil_day((struct civil_date){year, (uint8_t)month, (uint8_t)day});
    return true;
}

static void add_hours(struct text *t, const struct calendar_settings *calendar)
{
    for (size_t i = 0; i < calendar->hour_count; i++) {
        const struct calendar_window *w = &calendar->hours[i];
        text_addf(t, "%s%02d:%02d-%02d:%02d", i == 0 ? "" : ", ", w->from_minute / 60,
            w->from_minute % 60, w->to_minute / 60, w->to_minute % 60);
    }
}

static void add_days(json_t *days, const struct calendar_settings *settings,
    const struct zone *zone, int32_t from, int32_t to)
{
    static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    struct calendar calendar = {.settings = settings, .zone = zone};

    for (int32_t day = from; day < to; day++) {
        char date[DATE_BYTES];
        struct text hours = {0};
        bool open = calendar_day_open(&calendar, day);
        if (open)
            add_hours(&hours, settings);
        json_array_append_new(
            days, json_pack("{s:s, s:s, s:s, s:b, s:s}", "calendar", settings->name, "date",
                      date_text(date, day), "weekday", weekdays[civil_weekday(day)], "open", open,
                      "hours", text_get(&hours)));
        text_deinit(&hours);
    }
}

static int print_days(const struct ctl *c, json_t *days)
{
    static const struct column columns[] = {{MESSAGE_HEAD_CALENDAR, "calendar", CELL_TEXT},
        {MESSAGE_HEAD_DATE, "date", CELL_TEXT}, {MESSAGE_HEAD_WEEKDAY, "weekday", CELL_WORD},
        {MESSAGE_HEAD_DAY_OPEN, "open", CELL_WORD}, {MESSAGE_HEAD_HOURS, "hours", CELL_TEXT}, {0}};

    if (c->json) {
        json_t *result = json_pack("{s:O}", "days", days);
        print_json(result);
        json_decref(result);
    } else {
        print_rows(c, days, columns, MESSAGE_NONE_CALENDARS);
    }
    return CTL_DONE;
}

static int show_calendars(const struct ctl *c, const struct settings *s)
{
    struct zone *zone = NULL;
    int32_t from;
    int32_t to;
    const char *name = ctl_value(c, "calendar");

    if (name != NULL && settings_calendar(s, name) == NULL)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_NO_CALENDAR, name, NULL);
    if (zone_new(s->agent.timezone, &zone) != 0)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_NO_ZONE, s->agent.timezone, NULL);
    int32_t today = zone_day(zone, clock_wall());
    if (!date_of(ctl_value(c, "from"), today, &from) ||
        !date_of(ctl_value(c, "to"), from + CALENDAR_DAYS, &to) || to <= from ||
        to - from > CALENDAR_DAYS_MAX) {
        zone_free(zone);
        return ctl_fail(c, CTL_USAGE, MESSAGE_CTL_DATES, NULL, NULL);
    }
    json_t *days = json_array();
    for (size_t i = 0; i < s->calendar_count; i++)
        if (name == NULL || strcmp(name, s->calendars[i].name) == 0)
            add_days(days, &s->calendars[i], zone, from, to);
    print_days(c, days);
    json_decref(days);
    zone_free(zone);
    return CTL_DONE;
}

int run_calendar_show(struct ctl *c)
{
    struct local_settings l;
    int r = local_settings_need(c, &l);

    if (r == CTL_DONE)
        r = show_calendars(c, l.settings);
    local_settings_deinit(&l);
    return r;
}
