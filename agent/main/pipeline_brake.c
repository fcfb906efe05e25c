/* SPDX-License-Identifier: BSD-2-Clause */
/* The brake of each destination: what is told in a storm, and what is counted for a digest. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/digest.h"
#include "notify/render.h"

static struct pipeline_lane *lane_of(struct pipeline *p, const char *destination)
{
    for (size_t i = 0; i < p->lane_count; i++)
        if (text_equal(p->lanes[i].destination, destination))
            return &p->lanes[i];
    return NULL;
}

void pipeline_brake_settings(struct pipeline *p)
{
    const struct settings *s = p->settings;
    for (size_t i = 0; i < s->destination_count; i++) {
        struct pipeline_lane *lane = lane_of(p, s->destinations[i].name);
        if (lane == NULL) {
            p->lanes = alloc_resize(p->lanes, p->lane_count + 1, sizeof *p->lanes);
            lane = &p->lanes[p->lane_count++];
            *lane = (struct pipeline_lane){.destination = alloc_text(s->destinations[i].name)};
        }
        brake_set(&lane->brake, s->destinations[i].brake);
    }
}

void pipeline_brake_free(struct pipeline *p)
{
    for (size_t i = 0; i < p->lane_count; i++) {
        free(p->lanes[i].destination);
        brake_deinit(&p->lanes[i].brake);
    }
    free(p->lanes);
    p->lanes = NULL;
    p->lane_count = 0;
}

struct counted_names {
    struct pipeline *pipeline;
    struct moment now;
};

static void hold(void *arg, const char *destination)
{
    const struct counted_names *c = arg;
    struct pipeline_lane *lane = lane_of(c->pipeline, destination);
    if (lane == NULL)
        return;
    lane->brake.is_held = true;
    lane->brake.digest_due = c->now.boot + BRAKE_MINUTE_MS;
}

void pipeline_brake_start(struct pipeline *p, struct moment now)
{
    struct counted_names c = {p, now};
    pipeline_brake_settings(p);
    record_each_digest_name(p->record, hold, &c);
}

/* Only what comes with incidents can come in storms. */
static bool is_braked(const struct notice *n)
{
    return n->incident != 0 && (n->kind == NOTICE_RAISED || n->kind == NOTICE_REMINDER);
}

void pipeline_brake_part(struct pipeline *p, const struct notice *notice,
    const struct route_targets *t, struct route_targets *ret_told,
    struct route_targets *ret_counted, struct moment now)
{
    bool is_urgent = notice->severity == SEVERITY_CRITICAL;
    *ret_told = (struct route_targets){.is_expired = t->is_expired};
    *ret_counted = (struct route_targets){.count = 0};
    for (size_t i = 0; i < t->count; i++) {
        struct pipeline_lane *lane = lane_of(p, t->to[i]);
        bool goes =
            lane == NULL || !is_braked(notice) || brake_take(&lane->brake, is_urgent, now.boot);
        routes_add(goes ? ret_told : ret_counted, t->to[i]);
    }
}

/* A notice of the brake itself: @kind raised while it begins to hold, reminder with counts,
 * cleared. */
static void tell(struct pipeline *p, const struct pipeline_lane *lane, enum notice_kind kind,
    const struct digest *d, struct moment now)
{
    struct notice notice = {
        .kind = kind,
        .severity = kind == NOTICE_CLEARED ? SEVERITY_NONE : SEVERITY_WARNING,
        .of = {alloc_text("hashimori/brake"), alloc_text(lane->destination),
            alloc_text(NOTICE_BRAKE_METRIC)},
        .state = alloc_text(verdict_name(kind == NOTICE_CLEARED ? VERDICT_OK : VERDICT_WARNING)),
        .at = now,
    };
    const char *to = lane->destination;
    if (d != NULL && d->worst > notice.severity)
        notice.severity = d->worst;
    struct manner manner = manner_of(p->settings);
    render_digest(&notice, d, lane->brake.limit, &manner);
    pipeline_tell_to(p, &notice, &to, 1, now);
    if (d != NULL && kind == NOTICE_REMINDER)
        pipeline_append(p, now, "digest", digest_json(d, to, notice.sequence));
    notice_deinit(&notice);
}

void pipeline_brake_count(struct pipeline *p, const struct notice *notice,
    const struct route_targets *counted, struct moment now)
{
    for (size_t i = 0; i < counted->count; i++) {
        struct pipeline_lane *lane = lane_of(p, counted->to[i]);
        record_digest_add(p->record, counted->to[i], notice);
        if (lane == NULL || lane->brake.is_held)
            continue;
        lane->brake.is_held = true;
        lane->brake.digest_due = now.boot + BRAKE_MINUTE_MS;
        log_warn(LOG_NOTIFY, "%s: more than %u notices within a minute, what follows is counted",
            lane->destination, lane->brake.limit);
        tell(p, lane, NOTICE_RAISED, NULL, now);
    }
}

static void take_row(void *arg, const struct digest_row *row)
{
    digest_add(arg, row);
}

static void tell_digest(struct pipeline *p, struct pipeline_lane *lane, struct moment now)
{
    struct digest d = {0};
    if (settings_destination(p->settings, lane->destination) == NULL) {
        record_digest_clear(p->record, lane->destination);
        pipeline_touched(p);
        lane->brake.is_held = false;
        return;
    }
    record_each_digest(p->record, lane->destination, take_row, &d);
    if (d.total == 0) {
        lane->brake.is_held = false;
        log_info(LOG_NOTIFY, "%s: the brake is released", lane->destination);
        tell(p, lane, NOTICE_CLEARED, NULL, now);
    } else {
        tell(p, lane, NOTICE_REMINDER, &d, now);
        record_digest_clear(p->record, lane->destination);
        lane->brake.digest_due = now.boot + BRAKE_MINUTE_MS;
    }
    digest_deinit(&d);
}

void pipeline_brake(struct pipeline *p, struct moment now)
{
    for (size_t i = 0; i < p->lane_count; i++)
        if (p->lanes[i].brake.is_held && p->lanes[i].brake.digest_due <= now.boot)
            tell_digest(p, &p->lanes[i], now);
}

mono_ms pipeline_brake_due(const struct pipeline *p)
{
    mono_ms due = CLOCK_NEVER;
    for (size_t i = 0; i < p->lane_count; i++)
        if (p->lanes[i].brake.is_held && p->lanes[i].brake.digest_due < due)
            due = p->lanes[i].brake.digest_due;
    return due;
}
