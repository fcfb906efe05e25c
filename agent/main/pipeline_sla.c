/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "main/pipeline_internal.h"
#include "record/history.h"

int pipeline_sla(struct pipeline *p, const char *service, const struct period *period,
    wall_ms as_of, struct sla_figures *ret)
{
    const struct service_settings *s = settings_service(p->settings, service);
    if (s == NULL)
        return PIPELINE_E_UNKNOWN;

    struct sla_facts facts = {.begin = p->begin};
    int r = record_facts(p->record, service, &facts);
    if (r != 0)
        return r < 0 ? r : -EIO;
    struct calendar calendar = {
        s->calendar != NULL ? settings_calendar(p->settings, s->calendar) : NULL, p->zone};
    sla_compute(s, &calendar, period, &facts, as_of, ret);
    return 0;
}
