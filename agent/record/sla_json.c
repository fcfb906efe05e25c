/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/sla.h"

#include "base/text.h"

static json_t *percent_json(int64_t part, int64_t total)
{
    char text[SLA_PERCENT_BYTES];
    return json_string(sla_percent(text, part, total));
}

static json_t *samples_json(const struct sla_sample *samples, size_t count)
{
    static const char *const results[] = {"pass", "fail", "pending"};
    json_int_t judged[3] = {0};
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct sla_sample *s = &samples[i];
        judged[s->result]++;
        json_t *o = json_object();
        json_object_set_new(o, "incident", json_integer((json_int_t)s->incident));
        json_object_set_new(o, "service_s", json_integer(s->service_s));
        json_object_set_new(o, "wall_s", json_integer(s->wall_s));
        json_object_set_new(o, "result", json_string(results[s->result]));
        json_array_append_new(list, o);
    }
    json_t *o = json_object();
    json_object_set_new(o, "passed", json_integer(judged[SLA_PASS]));
    json_object_set_new(o, "total", json_integer(judged[SLA_PASS] + judged[SLA_FAIL]));
    json_object_set_new(o, "pending", json_integer(judged[SLA_PENDING]));
    json_object_set_new(o, "samples", list);
    return o;
}

/* Beside row 29, and never judged: how long it took until the receivers had accepted (settled 2).
 */
static void add_told(json_t *notification, const struct sla_figures *f)
{
    json_t *list = json_object_get(notification, "samples");
    int64_t slowest = -1;
    json_int_t count = 0;
    for (size_t i = 0; i < f->notification_count; i++) {
        int64_t told = f->notification[i].told_s;
        json_object_set_new(json_array_get(list, i), "told_s",
            told >= 0 ? json_integer((json_int_t)told) : json_null());
        if (f->notification[i].is_unconfirmed)
            json_object_set_new(json_array_get(list, i), "unconfirmed", json_true());
        count += told >= 0;
        slowest = told > slowest ? told : slowest;
    }
    json_object_set_new(notification, "told", json_integer(count));
    json_object_set_new(notification, "told_slowest_s",
        slowest >= 0 ? json_integer((json_int_t)slowest) : json_null());
}

static void add_percentages(json_t *o, const struct sla_figures *f)
{
    int64_t available = sla_available(f), measured = sla_measured(f);
    int64_t all = measured + f->unmonitored_s;
    json_object_set_new(o, "measured", percent_json(available, measured));
    json_object_set_new(o, "pessimistic", percent_json(available, all));
    json_object_set_new(o, "optimistic", percent_json(available + f->unmonitored_s, all));
    json_object_set_new(o, "coverage", percent_json(measured, all));
    json_object_set_new(o, "target", percent_json(f->target, SLA_WHOLE));
    json_object_set_new(o, "met", f->measurable ? json_boolean(f->met) : json_null());
}

static json_t *time_json(const struct sla_figures *f, int64_t second)
{
    char text[TEXT_TIME_BYTES];
    if (second == INT64_MAX)
        return json_null();
    return json_string(text_time(text, second * 1000, zone_offset(f->zone, second * 1000), false));
}

static bool is_open_gap(const struct sla_gap *gap)
{
    return gap->as == SERVICE_UNMONITORED && gap->to_s != INT64_MAX;
}

json_t *sla_gaps_json(const struct sla_figures *f, bool only_open)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->gap_count; i++) {
        const struct sla_gap *gap = &f->gaps[i];
        if (only_open && !is_open_gap(gap))
            continue;
        json_t *o = json_object();
        json_object_set_new(o, "id", json_integer((json_int_t)gap->id));
        json_object_set_new(o, "from", time_json(f, gap->from_s));
        json_object_set_new(o, "to", time_json(f, gap->to_s));
        json_object_set_new(o, "service_s", json_integer(gap->service_s));
        json_object_set_new(o, "as", json_string(service_state_name(gap->as)));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *plain_json(const struct sla_figures *f)
{
    json_t *o = json_object();
    json_object_set_new(o, "measured", percent_json(f->plain_available_s, f->plain_measured_s));
    json_object_set_new(
        o, "met", f->plain_measured_s > 0 ? json_boolean(f->plain_met) : json_null());
    return o;
}

json_t *sla_json(const struct sla_figures *f)
{
    json_t *o = json_object();
    json_object_set_new(o, "service", json_string(f->service));
    json_object_set_new(o, "period", json_string(f->period.label));
    json_object_set_new(o, "planned_s", json_integer(f->planned_s));
    json_object_set_new(o, "down_s", json_integer(f->down_s));
    json_object_set_new(o, "degraded_s", json_integer(f->degraded_s));
    json_object_set_new(o, "excluded_s", json_integer(f->excluded_s));
    json_object_set_new(o, "unmonitored_s", json_integer(f->unmonitored_s));
    add_percentages(o, f);
    json_object_set_new(o, "budget_s", json_integer(f->budget_s));
    json_object_set_new(o, "budget_left_s", json_integer(f->budget_left_s));
    json_object_set_new(o, "recovery", samples_json(f->recovery, f->recovery_count));
    json_t *notification = samples_json(f->notification, f->notification_count);
    add_told(notification, f);
    json_object_set_new(o, "notification", notification);
    if (f->counts_unconfirmed)
        json_object_set_new(o, "count_unconfirmed", json_true());
    json_object_set_new(o, "elapsed_s", json_integer(f->elapsed_s));
    json_object_set_new(o, "up_s", json_integer(f->up_s));
    json_object_set_new(o, "maintenance_s", json_integer(f->maintenance_s));
    json_object_set_new(o, "late_registered_s", json_integer(f->late_registered_s));
    json_object_set_new(o, "forgiven_s", json_integer(f->forgiven_s));
    json_object_set_new(o, "without_exclusions", plain_json(f));
    json_object_set_new(o, "gaps", sla_gaps_json(f, false));
    if (f->gaps_left_out > 0)
        json_object_set_new(o, "gaps_left_out", json_integer((json_int_t)f->gaps_left_out));
    if (f->clock_correction_s != 0)
        json_object_set_new(o, "clock_correction_s", json_integer(f->clock_correction_s));
    return o;
}
