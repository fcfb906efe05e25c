/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "notify/routes.h"
#include "unit.h"

static char *to_nms[] = {TEXT("nms")};
static char *to_both[] = {TEXT("nms"), TEXT("mail")};
static char *to_phone[] = {TEXT("phone")};

/* 開庁日 8:30-17:15 */
static struct calendar_window office_hours[] = {{8 * 60 + 30, 17 * 60 + 15}};
static struct calendar_settings calendars[] = {{.name = TEXT("office"),
    .hours = office_hours,
    .hour_count = 1,
    .weekdays = 0x3e,
    .jp_holidays = true}};
static struct route_step steps[] = {{.after = 30 * 60000, .to = to_phone, .to_count = 1}};
static struct route_settings routes[] = {
    {.name = TEXT("#1"),
        .severity = SEVERITY_CRITICAL,
        .environment = -1,
        .scope = -1,
        .to = to_nms,
        .to_count = 1},
    {.name = TEXT("#2"),
        .severity = SEVERITY_WARNING,
        .service = TEXT("renkei"),
        .environment = 0,
        .scope = -1,
        .to = to_both,
        .to_count = 2},
};
static struct route_settings office_routes[] = {
    {.name = TEXT("desk"),
        .environment = -1,
        .scope = 0,
        .calendar = TEXT("office"),
        .to = to_nms,
        .to_count = 1,
        .after = 10 * 60000,
        .repeat = 60 * 60000,
        .steps = steps,
        .step_count = 1},
    {.name = TEXT("night"),
        .environment = -1,
        .scope = -1,
        .otherwise = true,
        .to = to_phone,
        .to_count = 1},
    {.name = TEXT("morning"),
        .environment = -1,
        .scope = -1,
        .calendar = TEXT("office"),
        .waits = true,
        .to = to_both,
        .to_count = 2},
};
static struct service_settings services[] = {
    {.name = TEXT("renkei")}, {.name = TEXT("trial"), .test = true}};
static struct watch_settings watches[] = {{.subject = TEXT("engine"), .service = TEXT("renkei")},
    {.subject = TEXT("lab"), .out_of_scope = true}};
static struct destination_settings destinations[] = {
    {.name = TEXT("nms"), .valid_from = INT32_MIN, .valid_to = INT32_MAX},
    {.name = TEXT("mail"), .valid_from = INT32_MIN, .valid_to = 20000},
    {.name = TEXT("phone"), .valid_from = INT32_MIN, .valid_to = 20000}};

struct fixture {
    struct settings settings;
    struct zone *zone;
    struct route_site site;
    enum route_match match[4];
    struct route_targets to;
    size_t holes;
    struct route_hole hole;
};

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    f->settings = (struct settings){.services = services,
        .service_count = 2,
        .calendars = calendars,
        .calendar_count = 1,
        .watches = watches,
        .watch_count = 2,
        .destinations = destinations,
        .destination_count = 3,
        .routes = routes,
        .route_count = 2};
    assert_int_equal(zone_new("Asia/Tokyo", &f->zone), 0);
    f->site = (struct route_site){&f->settings, f->zone};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->zone = zone_free(f->zone);
    free(f);
    return 0;
}

static void use_office(struct fixture *f)
{
    f->settings.routes = office_routes;
    f->settings.route_count = 3;
}

static void take(void *arg, const struct route_settings *route, enum route_match match)
{
    struct fixture *f = arg;
    f->match[route - f->settings.routes] = match;
    if (match == ROUTE_MATCHES)
        routes_add_all(&f->to, route->to, route->to_count);
}

static void ask(struct fixture *f, const struct notice *notice, wall_ms wall)
{
    f->to = (struct route_targets){.count = 0};
    routes_each(&f->site, notice, notice->severity, wall, take, f);
}

static wall_ms tokyo(const char *text)
{
    wall_ms when = 0;
    assert_true(text_parse_time(text, &when));
    return when;
}

static void each_destination_is_told_once(void **state)
{
    struct fixture *f = *state;
    struct notice notice = {.severity = SEVERITY_CRITICAL, .service = TEXT("renkei")};

    ask(f, &notice, 0);

    assert_int_equal(f->to.count, 2);
    assert_string_equal(f->to.to[0], "nms");
    assert_string_equal(f->to.to[1], "mail");
}

static void a_route_asks_for_a_severity_and_a_service(void **state)
{
    struct fixture *f = *state;
    struct notice warning = {.severity = SEVERITY_WARNING, .service = TEXT("other")};
    struct notice blind = {.severity = SEVERITY_BLIND, .service = TEXT("other")};

    ask(f, &warning, 0);
    assert_int_equal(f->match[0], ROUTE_SEVERITY);
    assert_int_equal(f->match[1], ROUTE_SERVICE);
    ask(f, &blind, 0);
    assert_int_equal(f->to.count, 1);
}

static void the_test_environment_has_its_own_route(void **state)
{
    struct fixture *f = *state;
    struct notice notice = {.severity = SEVERITY_CRITICAL, .service = TEXT("trial")};

    routes[1].service = services[1].name;
    ask(f, &notice, 0);
    routes[1].service = services[0].name;

    assert_int_equal(f->match[1], ROUTE_ENVIRONMENT);
}

static void a_route_asks_for_a_scope(void **state)
{
    struct fixture *f = *state;
    struct notice notice = {
        .kind = NOTICE_RAISED, .severity = SEVERITY_CRITICAL, .of = {.subject = TEXT("lab")}};
    use_office(f);

    ask(f, &notice, tokyo("2026-04-15T10:00:00+09:00"));

    assert_int_equal(f->match[0], ROUTE_SCOPE);
}

static void office_hours_and_otherwise_part_the_day(void **state)
{
    struct fixture *f = *state;
    struct notice notice = {
        .kind = NOTICE_RAISED, .severity = SEVERITY_WARNING, .of = {.subject = TEXT("engine")}};
    use_office(f);

    ask(f, &notice, tokyo("2026-04-15T17:14:59+09:00"));
    assert_int_equal(f->match[0], ROUTE_MATCHES);
    assert_int_equal(f->match[1], ROUTE_TAKEN);
    ask(f, &notice, tokyo("2026-04-15T17:15:00+09:00"));
    assert_int_equal(f->match[0], ROUTE_CALENDAR);
    assert_int_equal(f->match[1], ROUTE_MATCHES);
    assert_int_equal(f->match[2], ROUTE_WAITS);
    ask(f, &notice, tokyo("2026-04-29T10:00:00+09:00"));
    assert_int_equal(f->match[1], ROUTE_MATCHES);
}

static void what_waits_is_told_when_the_calendar_opens(void **state)
{
    struct fixture *f = *state;
    struct moment now = {tokyo("2026-05-01T20:00:00+09:00"), 5000};
    use_office(f);

    struct moment first = routes_first(&f->site, &office_routes[2], ROUTE_WAITS, now);

    // From Friday over Constitution Day, Greenery Day, Children's Day and its substitute.
    assert_int_equal(first.wall, tokyo("2026-05-07T08:30:00+09:00"));
    assert_int_equal(first.boot - now.boot, first.wall - now.wall);
}

static void a_route_that_waits_tells_of_incidents_only(void **state)
{
    struct fixture *f = *state;
    struct notice notice = {
        .kind = NOTICE_SERVICE, .severity = SEVERITY_CRITICAL, .service = TEXT("renkei")};
    use_office(f);

    ask(f, &notice, tokyo("2026-04-15T10:00:00+09:00"));

    assert_int_equal(f->match[0], ROUTE_DELAYED);
    assert_int_equal(f->match[1], ROUTE_TAKEN);
    assert_int_equal(f->match[2], ROUTE_MATCHES);
}

static void a_contact_that_has_left_is_told_only_if_nobody_else_is(void **state)
{
    struct fixture *f = *state;
    struct route_targets both = {.to = {"nms", "mail"}, .count = 2};
    struct route_targets left = {.to = {"mail", "phone"}, .count = 2};
    wall_ms last_day = zone_instant(f->zone, 20000, 23 * 60),
            after = zone_instant(f->zone, 20001, 0);

    routes_keep_valid(&f->site, &both, last_day);
    assert_int_equal(both.count, 2);
    routes_keep_valid(&f->site, &both, after);
    assert_int_equal(both.count, 1);
    assert_false(both.is_expired);
    routes_keep_valid(&f->site, &left, after);
    assert_int_equal(left.count, 2);
    assert_true(left.is_expired);
}

static enum follow_verdict judge_it(struct fixture *f, uint32_t step,
    const struct follow_facts *facts, wall_ms wall, const char **ret_why, struct moment *ret_until)
{
    struct moment now = {wall, 1000000};
    return follow_judge(&f->site, &office_routes[0], step, facts, now, ret_until, ret_why);
}

static void what_is_over_or_acknowledged_is_dropped_when_it_is_due(void **state)
{
    struct fixture *f = *state;
    struct moment until;
    const char *why;
    wall_ms day = tokyo("2026-04-15T10:00:00+09:00");

    assert_int_equal(
        judge_it(f, FOLLOW_ESCALATE, &(struct follow_facts){0}, day, &why, &until), FOLLOW_TELL);
    assert_int_equal(
        judge_it(f, FOLLOW_ESCALATE, &(struct follow_facts){.is_over = true}, day, &why, &until),
        FOLLOW_DROP);
    assert_string_equal(why, "cleared");
    assert_int_equal(judge_it(f, FOLLOW_REPEAT, &(struct follow_facts){.is_acknowledged = true},
                         day, &why, &until),
        FOLLOW_DROP);
    assert_int_equal(judge_it(f, FOLLOW_PROGRESS, &(struct follow_facts){.is_acknowledged = true},
                         day, &why, &until),
        FOLLOW_TELL);
}

static void work_and_dependencies_hold(void **state)
{
    struct fixture *f = *state;
    struct moment until;
    const char *why;
    wall_ms day = tokyo("2026-04-15T10:00:00+09:00");

    assert_int_equal(judge_it(f, FOLLOW_FIRST, &(struct follow_facts){.work_until = day + 5000},
                         day, &why, &until),
        FOLLOW_HOLD);
    assert_int_equal(until.boot, 1005000);
    assert_int_equal(
        judge_it(f, FOLLOW_FIRST, &(struct follow_facts){.depends = "db"}, day, &why, &until),
        FOLLOW_HOLD);
    assert_true(until.boot == CLOCK_NEVER);
}

static void reminders_keep_to_the_hours_and_escalations_do_not(void **state)
{
    struct fixture *f = *state;
    struct moment until;
    const char *why;
    wall_ms night = tokyo("2026-04-15T22:00:00+09:00");

    assert_int_equal(
        judge_it(f, FOLLOW_REPEAT, &(struct follow_facts){0}, night, &why, &until), FOLLOW_HOLD);
    assert_int_equal(until.wall, tokyo("2026-04-16T08:30:00+09:00"));
    assert_int_equal(
        judge_it(f, FOLLOW_ESCALATE, &(struct follow_facts){0}, night, &why, &until), FOLLOW_TELL);
}

static void take_hole(void *arg, const struct route_hole *hole)
{
    struct fixture *f = arg;
    if (f->holes++ == 0)
        f->hole = *hole;
}

static void what_no_route_takes_is_found(void **state)
{
    struct fixture *f = *state;
    wall_ms from = tokyo("2026-04-15T10:00:00+09:00");

    routes_each_hole(&f->site, from, take_hole, f);
    assert_int_equal(f->holes, 2); // warnings of `trial`, and of `lab`
    assert_int_equal(f->hole.severity, SEVERITY_WARNING);
    use_office(f);
    f->holes = 0;
    routes_each_hole(&f->site, from, take_hole, f);
    assert_int_equal(f->holes, 0);
    f->settings.route_count = 1;
    routes_each_hole(&f->site, from, take_hole, f);
    assert_true(f->hole.at > from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_destination_is_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_route_asks_for_a_severity_and_a_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_test_environment_has_its_own_route, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_route_asks_for_a_scope, set_up, tear_down),
        cmocka_unit_test_setup_teardown(office_hours_and_otherwise_part_the_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_waits_is_told_when_the_calendar_opens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_route_that_waits_tells_of_incidents_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_contact_that_has_left_is_told_only_if_nobody_else_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_over_or_acknowledged_is_dropped_when_it_is_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(work_and_dependencies_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            reminders_keep_to_the_hours_and_escalations_do_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_no_route_takes_is_found, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("notify/routes", tests, NULL, NULL);
}
