/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/settings.h"

const struct watch_settings *settings_watch(const struct settings *s, const char *subject)
{
    for (size_t i = 0; i < s->watch_count; i++)
        if (text_equal(s->watches[i].subject, subject))
            return &s->watches[i];
    return NULL;
}

const struct service_settings *settings_service(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->service_count; i++)
        if (text_equal(s->services[i].name, name))
            return &s->services[i];
    return NULL;
}

const struct destination_settings *settings_destination(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->destination_count; i++)
        if (text_equal(s->destinations[i].name, name))
            return &s->destinations[i];
    return NULL;
}

const struct linkage_settings *settings_linkage(const struct settings *s, const char *id)
{
    for (size_t i = 0; i < s->linkage_count; i++)
        if (text_equal(s->linkages[i].id, id))
            return &s->linkages[i];
    return NULL;
}

const struct calendar_settings *settings_calendar(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->calendar_count; i++)
        if (text_equal(s->calendars[i].name, name))
            return &s->calendars[i];
    return NULL;
}
