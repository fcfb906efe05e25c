/* SPDX-License-Identifier: BSD-2-Clause */
/* Drills that go out by themselves, the same way as every notice. */
#include "base/alloc.h"
#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/drill.h"
#include "notify/render.h"

void pipeline_drill_now(struct pipeline *p, const char *destination, const char *who,
    struct moment now, uint64_t *ret_sequence)
{
    struct notice notice = {
        .kind = NOTICE_TEST,
        .severity = SEVERITY_NOTICE,
        .of = {alloc_text("hashimori/drill"), alloc_text(""), alloc_text("")},
        .at = now,
    };
    struct manner manner = manner_of(p->settings);
    render_test(&notice, who, &manner);
    pipeline_tell_to(p, &notice, &destination, 1, now);
    record_drill_put(p->record, destination, notice.sequence, now);
    if (ret_sequence != NULL)
        *ret_sequence = notice.sequence;
    notice_deinit(&notice);
}

/* When @destination is to have its next drill; what was missed while nobody ran is due at once. */
static wall_ms due_of(struct pipeline *p, const char *destination, struct moment now)
{
    struct route_site site = pipeline_site(p);
    struct drill_state state;
    if (drill_next_of(&site, destination, now.wall) == CLOCK_NEVER ||
        record_drill_get(p->record, destination, &state) != 0)
        return CLOCK_NEVER;
    if (state.at == 0) {
        // The first look: from now on they count.
        record_drill_put(p->record, destination, 0, now);
        pipeline_touched(p);
        state.at = now.wall;
    }
    return drill_next_of(&site, destination, state.at);
}

void pipeline_drill_plan(struct pipeline *p, struct moment now)
{
    p->drill_due = CLOCK_NEVER;
    for (size_t i = 0; i < p->settings->destination_count; i++) {
        wall_ms due = due_of(p, p->settings->destinations[i].name, now);
        p->drill_due = due < p->drill_due ? due : p->drill_due;
    }
}

void pipeline_drill(struct pipeline *p, struct moment now)
{
    struct route_site site = pipeline_site(p);
    if (p->judge == NULL || p->drill_due > now.wall)
        return;
    for (size_t i = 0; i < p->settings->destination_count; i++) {
        const struct destination_settings *d = &p->settings->destinations[i];
        if (due_of(p, d->name, now) > now.wall)
            continue;
        log_info(LOG_NOTIFY, "%s: a drill is due", d->name);
        if (routes_is_valid(&site, d, now.wall))
            pipeline_drill_now(p, d->name,
                message_raw(MESSAGE_NOTICE_DRILL_PLAN, p->settings->agent.language), now, NULL);
        else
            record_drill_put(p->record, d->name, 0, now);
    }
    pipeline_drill_plan(p, now);
}
