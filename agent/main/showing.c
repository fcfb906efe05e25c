/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/showing.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static void drop_places(struct showing *s)
{
    free(s->services);
    free(s->watches);
    free(s->links);
    free(s->link_watches);
}

void showing_deinit(struct showing *s)
{
    drop_places(s);
    free(s->incidents);
    free(s->passing);
    *s = (struct showing){0};
}

static size_t watch_of(const struct settings *settings, const struct linkage_settings *link)
{
    const struct watch_settings *w =
        link->instance != NULL ? settings_watch(settings, link->subject) : NULL;
    return w != NULL ? (size_t)(w - settings->watches) : settings->watch_count;
}

void showing_settings(struct showing *s, const struct settings *settings)
{
    drop_places(s);
    s->service_count = settings->service_count;
    s->watch_count = settings->watch_count;
    s->link_count = settings->linkage_count;
    s->services = alloc_array(s->service_count + 1, sizeof *s->services);
    s->watches = alloc_array(s->watch_count + 1, sizeof *s->watches);
    s->links = alloc_array(s->link_count + 1, sizeof *s->links);
    s->link_watches = alloc_array(s->link_count + 1, sizeof *s->link_watches);
    for (size_t i = 0; i < s->link_count; i++)
        s->link_watches[i] = watch_of(settings, &settings->linkages[i]);
    s->is_all = true;
    s->stage = 0;
}

/* Grows by doubling: the count alone says when. */
static void push(uint64_t **list, size_t *count, uint64_t id)
{
    if ((*count & (*count - 1)) == 0)
        *list = alloc_resize(*list, *count == 0 ? 1 : *count * 2, sizeof **list);
    (*list)[(*count)++] = id;
}

void showing_incident(struct showing *s, uint64_t id)
{
    if (s->incident_count < SHOWING_INCIDENTS_MAX)
        push(&s->incidents, &s->incident_count, id);
}

void showing_service(struct showing *s, const struct settings *settings, const char *service)
{
    const struct service_settings *found =
        service != NULL ? settings_service(settings, service) : NULL;
    if (found != NULL)
        s->services[found - settings->services] = true;
}

void showing_all_services(struct showing *s)
{
    for (size_t i = 0; i < s->service_count; i++)
        s->services[i] = true;
}

void showing_link(
    struct showing *s, const struct settings *settings, const struct linkage_settings *link)
{
    // While a tree is taken over the judge still speaks of those of the old one.
    size_t place = ((uintptr_t)link - (uintptr_t)settings->linkages) / sizeof *link;
    if (place < s->link_count)
        s->links[place] = true;
}

void showing_figure(struct showing *s, const struct settings *settings, const char *subject)
{
    const struct watch_settings *w = s->link_count > 0 ? settings_watch(settings, subject) : NULL;
    if (w != NULL)
        s->watches[w - settings->watches] = true;
}

bool showing_take_incidents(struct showing *s)
{
    bool is_known = s->incident_count < SHOWING_INCIDENTS_MAX;
    s->passing_count = 0;
    for (size_t i = 0; is_known && i < s->incident_count; i++)
        showing_pass_incident(s, s->incidents[i]);
    s->incident_count = 0;
    return is_known;
}

void showing_pass_incident(struct showing *s, uint64_t id)
{
    push(&s->passing, &s->passing_count, id);
}

void showing_spread(struct showing *s, int32_t day)
{
    bool is_other_day = s->day != day;
    s->day = day;
    for (size_t i = 0; i < s->link_count; i++)
        s->links[i] |= is_other_day || s->watches[s->link_watches[i]];
    memset(s->watches, 0, s->watch_count * sizeof *s->watches);
}
