/* SPDX-License-Identifier: BSD-2-Clause */
/* Beside settings.c, which includes nothing that includes it. */
#include <stdlib.h>

#include "settings/expression.h"
#include "settings/regex.h"
#include "settings/rule.h"
#include "settings/value.h"

static void free_list(char **list, size_t count)
{
    for (size_t i = 0; list != NULL && i < count; i++)
        free(list[i]);
    free(list);
}

static void agent_deinit(struct agent_settings *a)
{
    free(a->host);
    free(a->timezone);
    free(a->state_dir);
    free(a->runtime_dir);
    free(a->plugin_dir);
    free(a->profile_dir);
    free(a->user);
    free(a->group_ops);
    for (size_t i = 0; i < a->redact.pattern_count; i++)
        regex_free(a->redact.compiled[i]);
    free(a->redact.compiled);
    free_list(a->redact.patterns, a->redact.pattern_count);
}

static void calendar_deinit(struct calendar_settings *c)
{
    free(c->name);
    free(c->hours);
    free(c->holidays_file);
    free(c->holidays);
    free(c->closed_days);
    free(c->open_days);
}

static void service_deinit(struct service_settings *s)
{
    free(s->name);
    free(s->calendar);
    expression_free(s->down_when);
    expression_free(s->degraded_when);
}

static void watch_deinit(struct watch_settings *w)
{
    free(w->subject);
    free(w->plugin);
    free(w->worker);
    free(w->service);
    free(w->owner);
    free(w->doc_ref);
    free(w->profile);
    free_list(w->depends_on, w->depends_on_count);
    for (size_t i = 0; i < w->rule_count; i++)
        rule_deinit(&w->rules[i]);
    free(w->rules);
    value_set_deinit(&w->options);
}

static void linkage_deinit(struct linkage_settings *k)
{
    char *const texts[] = {k->id, k->name, k->class_name, k->service, k->calendar, k->subject,
        k->instance, k->metric, k->start_metric, k->failure_metric, k->run_field, k->records_field,
        k->date_field, k->result_field, k->next};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    free_list(k->ok, k->ok_count);
    for (size_t i = 0; i < k->match_count; i++) {
        free(k->match[i].field);
        free(k->match[i].pattern);
    }
    free(k->match);
}

static void destination_deinit(struct destination_settings *d)
{
    free(d->name);
    free(d->channel);
    free(d->worker);
    free(d->contact);
    free(d->drill.calendar);
    value_set_deinit(&d->options);
}

static void route_deinit(struct route_settings *r)
{
    free(r->name);
    free(r->service);
    free(r->calendar);
    free(r->drill.calendar);
    free_list(r->to, r->to_count);
    for (size_t i = 0; i < r->step_count; i++)
        free_list(r->steps[i].to, r->steps[i].to_count);
    free(r->steps);
}

static void face_deinit(struct face_settings *f)
{
    free(f->name);
    free(f->face);
    value_set_deinit(&f->options);
}

#define DEINIT_ALL(array, count, deinit)     \
    do {                                     \
        for (size_t i = 0; i < (count); i++) \
            deinit(&(array)[i]);             \
        free(array);                         \
    } while (0)

struct settings *settings_free(struct settings *s)
{
    if (s == NULL)
        return NULL;
    DEINIT_ALL(s->faces, s->face_count, face_deinit);
    DEINIT_ALL(s->routes, s->route_count, route_deinit);
    DEINIT_ALL(s->destinations, s->destination_count, destination_deinit);
    DEINIT_ALL(s->linkages, s->linkage_count, linkage_deinit);
    DEINIT_ALL(s->watches, s->watch_count, watch_deinit);
    DEINIT_ALL(s->services, s->service_count, service_deinit);
    DEINIT_ALL(s->calendars, s->calendar_count, calendar_deinit);
    agent_deinit(&s->agent);
    free_list(s->files, s->file_count);
    free(s);
    return NULL;
}
