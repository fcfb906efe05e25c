/* SPDX-License-Identifier: BSD-2-Clause */
#include "sla_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char service_name[] = "renkei";

int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(zone_new("Asia/Tokyo", &f->zone), 0);
    f->hours = (struct calendar_window){5 * 60, 27 * 60};
    f->calendar_settings =
        (struct calendar_settings){.hours = &f->hours, .hour_count = 1, .weekdays = 0x7f};
    f->calendar = (struct calendar){&f->calendar_settings, f->zone};
    f->service = (struct service_settings){.name = service_name,
        .start = INT32_MIN,
        .sla = {.set = true,
            .availability = 99900,
            .recovery = 7200 * 1000,
            .notification = 1800 * 1000,
            .period = PERIOD_FISCAL_YEAR}};
    f->facts = (struct sla_facts){
        .points = f->points, .steps = f->steps, .incidents = f->incidents, .begin = INT64_MIN};
    text_parse_time("2026-04-01T00:00:00+09:00", &f->boot_at);
    *state = f;
    return 0;
}

int teardown(void **state)
{
    struct fixture *f = *state;
    sla_figures_deinit(&f->figures);
    f->zone = zone_free(f->zone);
    free(f);
    return 0;
}

wall_ms wall(const char *when)
{
    char whole[40];
    wall_ms ms = 0;
    snprintf(whole, sizeof whole, "2026-%.5sT%s%s+09:00", when, when + 6,
        strlen(when) == 11 ? ":00" : "");
    assert_true(text_parse_time(whole, &ms));
    return ms;
}

struct moment at(const struct fixture *f, const char *when)
{
    return (struct moment){.wall = wall(when), .boot = wall(when) - f->boot_at};
}

void say(struct fixture *f, enum service_state state, const char *from, const char *detected,
    uint64_t incident)
{
    f->points[f->facts.point_count++] = (struct service_point){.service = service_name,
        .state = state,
        .from = at(f, from),
        .detected = at(f, detected),
        .incident = incident};
}

void outage(
    struct fixture *f, uint64_t id, const char *failed, const char *detected, const char *good)
{
    say(f, SERVICE_DOWN, failed, detected, id);
    say(f, SERVICE_UP, good, good, 0);
}

struct incident *open_incident(struct fixture *f, uint64_t id, const char *detected)
{
    struct incident *i = &f->incidents[f->facts.incident_count++];
    *i = (struct incident){.id = id,
        .severity = SEVERITY_CRITICAL,
        .failed_at = at(f, detected),
        .detected_at = at(f, detected)};
    return i;
}

const struct sla_figures *figures_at(struct fixture *f, const char *label, wall_ms as_of)
{
    struct period period;
    assert_true(period_parse(label, f->zone, 4, 0, &period));
    sla_figures_deinit(&f->figures);
    sla_compute(&f->service, &f->calendar, &period, &f->facts, as_of, &f->figures);
    const struct sla_figures *s = &f->figures;
    assert_int_equal(
        sla_measured(s) + s->unmonitored_s + s->excluded_s, s->elapsed_s + s->clock_correction_s);
    return s;
}

const struct sla_figures *figures(struct fixture *f, const char *label)
{
    wall_ms later;
    text_parse_time("2030-01-01T00:00:00+09:00", &later);
    return figures_at(f, label, later);
}
