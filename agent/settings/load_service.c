/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections agent, calendars and services. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "settings/complaint.h"
#include "settings/expression.h"
#include "settings/holidays.h"
#include "settings/load.h"
#include "settings/units.h"
#include "settings/value.h"

static void refuse_value(
    struct load *l, struct place place, const char *key, const char *text, enum message accepted)
{
    struct text shown = {0};
    complaint_show(&shown, text);
    complain_value(l->complaints, place, key, text_get(&shown), accepted);
    text_deinit(&shown);
}

/* ---- agent ------------------------------------------------------------------------------- */

static bool zone_exists(const char *name)
{
    if (strcmp(name, "UTC") == 0)
        return true;
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL || strlen(name) > 64)
        return false;
    struct text path = {0};
    text_addf(&path, "/usr/share/zoneinfo/%s", name);
    char magic[4] = {0};
    int fd = open(text_get(&path), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool is_zone =
        fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic && memcmp(magic, "TZif", 4) == 0;
    fd = fdio_close(fd);
    text_deinit(&path);
    return is_zone;
}

static char *own_host_name(struct load *l, struct place place)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) == 0 && option_is_name(name))
        return alloc_text(name);
    struct text shown = {0};
    complaint_show(&shown, name);
    complain(l->complaints, place, MESSAGE_SETTINGS_NO_HOST, text_get(&shown));
    text_deinit(&shown);
    return NULL;
}

static void take_agent(struct load *l, struct value_set *set, struct place place, bool has_host)
{
    struct agent_settings *a = &l->tree->agent;
    a->host = has_host ? value_take_text(set, "host") : own_host_name(l, place);
    a->language = message_language(value_text(set, "language"));
    a->state_dir = value_take_text(set, "state_dir");
    a->state_max = value_integer(set, "state_max");
    a->runtime_dir = value_take_text(set, "runtime_dir");
    a->plugin_dir = value_take_text(set, "plugin_dir");
    a->profile_dir = value_take_text(set, "profile_dir");
    a->user = value_take_text(set, "user");
    a->group_ops = value_take_text(set, "group_ops");
    a->fiscal_year_start = (unsigned)value_integer(set, "fiscal_year_start");
    a->heartbeat = value_integer(set, "heartbeat");
    a->keep_years = (unsigned)value_integer(set, "keep_years");

    const struct value *zone = value_find(set, "timezone");
    if (zone != NULL && !zone_exists(zone->text))
        refuse_value(l, zone->place.file != NULL ? zone->place : place, "timezone", zone->text,
            MESSAGE_SETTINGS_TAKES_ZONE);
    a->timezone = value_take_text(set, "timezone");
    const struct value *day = value_find(set, "day_start");
    if (day != NULL && !units_clock(day->text, 24 * 60 - 1, &a->day_start_minute))
        refuse_value(l, day->place, "day_start", day->text, MESSAGE_SETTINGS_TAKES_CLOCK);
    load_redact(l, value_find(set, "redact"));
}

/* The one agent section of all files; NULL: none. */
static const config_setting_t *find_agent(struct load *l, struct reader *r)
{
    const config_setting_t *found = NULL;
    for (size_t i = 0; i < l->source_count; i++) {
        struct source *s = &l->sources[i];
        struct reader here = {.file = s->file, .complaints = l->complaints};
        const config_setting_t *agent = s->is_parsed ? config_lookup(&s->config, "agent") : NULL;
        if (agent == NULL)
            continue;
        if (found != NULL) {
            complain(
                l->complaints, reader_place(&here, agent), MESSAGE_SETTINGS_AGENT_TWICE, r->file);
        } else if (config_setting_is_group(agent)) {
            found = agent;
            *r = here;
        } else {
            char *shown = reader_shown(agent);
            complain_value(l->complaints, reader_place(&here, agent), "agent", shown,
                MESSAGE_SETTINGS_TAKES_GROUP);
            free(shown);
        }
    }
    return found;
}

void load_agent(struct load *l, bool is_whole)
{
    struct reader r = {.file = l->sources[0].file, .complaints = l->complaints};
    const config_setting_t *group = find_agent(l, &r);
    struct place place = {l->sources[0].file, 0};
    struct value_set set = {0};
    config_t nothing;
    config_init(&nothing);
    if (group != NULL) {
        place = reader_place(&r, group);
        reader_unknown(&r, group, (const struct option *const[]){option_agent, NULL});
    }
    reader_read(&r, group != NULL ? group : config_root_setting(&nothing), option_agent, &set);
    bool has_host = group != NULL && config_setting_get_member(group, "host") != NULL;
    if (is_whole || group != NULL)
        take_agent(l, &set, place, has_host);
    value_set_deinit(&set);
    config_destroy(&nothing);
}

/* ---- calendars --------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
    const struct calendar_window *x = a, *y = b;
    return (x->from_minute > y->from_minute) - (x->from_minute < y->from_minute);
}

static void take_hours(struct load *l, const struct value *v, struct calendar_settings *c)
{
    if (v == NULL)
        return;
    c->hours = alloc_array(v->count, sizeof *c->hours);
    for (size_t i = 0; i < v->count; i++) {
        if (units_hours(v->list[i], &c->hours[c->hour_count]))
            c->hour_count++;
        else
            refuse_value(l, v->place, "hours", v->list[i], MESSAGE_SETTINGS_TAKES_HOURS);
    }
    if (v->count == 0)
        refuse_value(l, v->place, "hours", "", MESSAGE_SETTINGS_TAKES_HOURS);
    qsort(c->hours, c->hour_count, sizeof *c->hours, by_start);
    for (size_t i = 1; i < c->hour_count; i++)
        if (c->hours[i].from_minute < c->hours[i - 1].to_minute)
            complain(l->complaints, v->place, MESSAGE_SETTINGS_CALENDAR_OVERLAP);
}

static void take_weekdays(struct load *l, const struct value *v, struct calendar_settings *c)
{
    if (v == NULL)
        return;
    for (size_t i = 0; i < v->count; i++)
        if (!units_weekdays(v->list[i], &c->weekdays))
            refuse_value(l, v->place, "weekdays", v->list[i], MESSAGE_SETTINGS_TAKES_WEEKDAYS);
    if (v->count == 0)
        refuse_value(l, v->place, "weekdays", "", MESSAGE_SETTINGS_TAKES_WEEKDAYS);
}

static int32_t *take_days(
    struct load *l, const struct value_set *set, const char *key, size_t *ret_count)
{
    const struct value *v = value_find(set, key);
    if (v == NULL)
        return NULL;
    int32_t *days = alloc_array(v->count, sizeof *days);
    for (size_t i = 0; i < v->count; i++) {
        if (units_date(v->list[i], &days[*ret_count]))
            ++*ret_count;
        else
            refuse_value(l, v->place, key, v->list[i], MESSAGE_SETTINGS_TAKES_DATE);
    }
    return days;
}

/* Another table of holidays is another configuration. */
static void hash_days(struct load *l, const int32_t *days, size_t count)
{
    struct text t = {0};
    for (size_t i = 0; i < count; i++)
        text_addf(&t, "%d\n", (int)days[i]);
    load_hash(l, t.bytes, t.length);
    text_deinit(&t);
}

static void take_holidays(struct load *l, struct value_set *set, struct calendar_settings *ret)
{
    const struct value *v = value_find(set, "holidays_file");
    ret->jp_holidays = text_equal(value_text(set, "holidays"), "jp");
    if (v == NULL)
        return;
    if (!ret->jp_holidays)
        complain(l->complaints, v->place, MESSAGE_SETTINGS_HOLIDAY_FILE);
    ret->holidays_file = value_take_text(set, "holidays_file");
    ret->holidays = holidays_read(ret->holidays_file, &ret->holiday_count, l->complaints);
    hash_days(l, ret->holidays, ret->holiday_count);
}

void load_calendar(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    reader_read(r, group, option_calendar, &set);
    reader_unknown(r, group, (const struct option *const[]){option_calendar, NULL});

    struct calendar_settings c = {.place = reader_place(r, group)};
    c.name = value_take_text(&set, "name");
    take_hours(l, value_find(&set, "hours"), &c);
    take_weekdays(l, value_find(&set, "weekdays"), &c);
    take_holidays(l, &set, &c);
    c.closed_days = take_days(l, &set, "closed_days", &c.closed_count);
    c.open_days = take_days(l, &set, "open_days", &c.open_count);
    const struct calendar_settings *first =
        c.name != NULL ? settings_calendar(l->tree, c.name) : NULL;
    if (first != NULL)
        load_refuse_twice(l, c.place, c.name, first->place);
    value_set_deinit(&set);

    struct settings *s = l->tree;
    s->calendars = alloc_resize(s->calendars, s->calendar_count + 1, sizeof *s->calendars);
    s->calendars[s->calendar_count++] = c;
}

/* ---- services ---------------------------------------------------------------------------- */

static struct expression *take_expression(
    struct load *l, const struct value_set *set, const char *key)
{
    const struct value *v = value_find(set, key);
    struct expression *e = NULL;
    struct expression_fault why;
    if (v == NULL)
        return NULL;
    if (expression_parse(v->text, &e, &why) != 0) {
        struct text position = {0};
        text_addf(&position, "%u", why.position);
        complain(l->complaints, v->place, why.message, text_get(&position));
        text_deinit(&position);
        return NULL;
    }
    l->pending = alloc_resize(l->pending, l->pending_count + 1, sizeof *l->pending);
    l->pending[l->pending_count++] = (struct load_pending){e, v->place};
    return e;
}

/* "any" "all" or a number of receivers. */
static void take_notified_by(struct load *l, const struct value_set *set, struct sla_settings *sla)
{
    const struct value *v = value_find(set, "notified_by");
    const char *text = v != NULL ? v->text : "any";
    size_t digits = strspn(text, "0123456789");
    sla->notified_by = 1;
    if (strcmp(text, "all") == 0)
        sla->notified_by = 0;
    else if (digits > 0 && digits <= 2 && text[digits] == '\0' && text[0] != '0')
        sla->notified_by = (unsigned)atoi(text);
    else if (strcmp(text, "any") != 0)
        refuse_value(l, v->place, "notified_by", text, MESSAGE_SETTINGS_TAKES_NOTIFIED);
}

static void take_sla(struct load *l, struct value *v, struct sla_settings *sla)
{
    static const char *const periods[] = {"month", "quarter", "fiscal_year", NULL};
    if (v == NULL)
        return;
    const struct value_set *set = &v->groups[0];
    const struct value *target = value_find(set, "availability");
    if (target != NULL && !units_percent(target->text, &sla->availability))
        refuse_value(
            l, target->place, "availability", target->text, MESSAGE_SETTINGS_TAKES_PERCENT);
    sla->set = true;
    sla->recovery = value_integer(set, "recovery");
    sla->notification = value_integer(set, "notification");
    sla->period = (enum period_kind)(PERIOD_MONTH + load_word(set, "period", periods));
    sla->auto_counts = value_flag(set, "auto_counts");
    take_notified_by(l, set, sla);
    sla->count_unconfirmed = value_flag(set, "count_unconfirmed");
    sla->outage_from_last_good = text_equal(value_text(set, "outage_start"), "last_good");
    sla->min_outage = value_integer(set, "min_outage");
    sla->whole_window = text_equal(value_text(set, "maintenance"), "approved");
}

static const char *calendar_at(const struct settings *s, size_t i)
{
    return s->calendars[i].name;
}

static void check_service(struct load *l, const struct value_set *set, struct service_settings *v)
{
    const struct service_settings *first =
        v->name != NULL ? settings_service(l->tree, v->name) : NULL;
    if (first != NULL)
        load_refuse_twice(l, v->place, v->name, first->place);
    const struct value *calendar = value_find(set, "calendar");
    if (calendar != NULL && settings_calendar(l->tree, calendar->text) == NULL)
        load_refuse_reference(
            l, calendar->place, calendar->text, "calendars", calendar_at, l->tree->calendar_count);
    if (v->sla.set && value_find(set, "down_when") == NULL) {
        struct text shown = {0};
        complaint_show(&shown, v->name != NULL ? v->name : "");
        complain(l->complaints, v->place, MESSAGE_SETTINGS_SERVICE_UNDECIDED, text_get(&shown));
        text_deinit(&shown);
    }
}

void load_service(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    reader_read(r, group, option_service, &set);
    reader_unknown(r, group, (const struct option *const[]){option_service, NULL});

    struct service_settings v = {.place = reader_place(r, group), .start = INT32_MIN};
    v.name = value_take_text(&set, "name");
    v.test = text_equal(value_text(&set, "environment"), "test");
    const struct value *start = value_find(&set, "start");
    if (start != NULL && !units_date(start->text, &v.start))
        refuse_value(l, start->place, "start", start->text, MESSAGE_SETTINGS_TAKES_DATE);
    v.down_when = take_expression(l, &set, "down_when");
    v.degraded_when = take_expression(l, &set, "degraded_when");
    v.hold = value_integer(&set, "hold");
    take_sla(l, value_find(&set, "sla"), &v.sla);
    check_service(l, &set, &v);
    v.calendar = value_take_text(&set, "calendar");
    value_set_deinit(&set);

    struct settings *s = l->tree;
    s->services = alloc_resize(s->services, s->service_count + 1, sizeof *s->services);
    s->services[s->service_count++] = v;
}
