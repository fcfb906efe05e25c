/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/routes.h"
#include "unit.h"

static char *to_nms[] = {TEXT("nms")};
static char *to_both[] = {TEXT("nms"), TEXT("mail")};

static struct route_settings routes[] = {
    {.severity = SEVERITY_CRITICAL, .environment = -1, .to = to_nms, .to_count = 1},
    {.severity = SEVERITY_WARNING,
        .service = TEXT("renkei"),
        .environment = 0,
        .to = to_both,
        .to_count = 2},
};
static struct service_settings services[] = {
    {.name = TEXT("renkei")}, {.name = TEXT("trial"), .test = true}};
static const struct settings tree = {
    .services = services, .service_count = 2, .routes = routes, .route_count = 2};

static void each_destination_is_told_once(void **state UNUSED)
{
    const char *to[ROUTES_MAX];
    struct notice notice = {.severity = SEVERITY_CRITICAL, .service = TEXT("renkei")};

    assert_int_equal(routes_select(&tree, &notice, SEVERITY_CRITICAL, to), 2);

    assert_string_equal(to[0], "nms");
    assert_string_equal(to[1], "mail");
}

static void a_route_asks_for_a_severity_and_a_service(void **state UNUSED)
{
    const char *to[ROUTES_MAX];
    struct notice warning = {.severity = SEVERITY_WARNING, .service = TEXT("other")};
    struct notice blind = {.severity = SEVERITY_BLIND, .service = TEXT("other")};

    assert_int_equal(routes_select(&tree, &warning, SEVERITY_WARNING, to), 0);
    assert_int_equal(routes_select(&tree, &blind, SEVERITY_BLIND, to), 1);
}

static void whoever_was_told_raised_is_told_cleared(void **state UNUSED)
{
    const char *to[ROUTES_MAX];
    struct notice cleared = {
        .kind = NOTICE_CLEARED, .severity = SEVERITY_NONE, .service = TEXT("renkei")};

    assert_int_equal(routes_select(&tree, &cleared, SEVERITY_WARNING, to), 2);
    assert_int_equal(routes_select(&tree, &cleared, SEVERITY_NOTICE, to), 0);
}

static void the_test_environment_has_its_own_route(void **state UNUSED)
{
    struct notice notice = {.severity = SEVERITY_CRITICAL, .service = TEXT("trial")};

    assert_int_equal(routes_match(&tree, &routes[1], &notice, SEVERITY_CRITICAL), ROUTE_SERVICE);
    routes[1].service = services[1].name;
    assert_int_equal(
        routes_match(&tree, &routes[1], &notice, SEVERITY_CRITICAL), ROUTE_ENVIRONMENT);
    routes[1].service = services[0].name;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_destination_is_told_once),
        cmocka_unit_test(a_route_asks_for_a_severity_and_a_service),
        cmocka_unit_test(whoever_was_told_raised_is_told_cleared),
        cmocka_unit_test(the_test_environment_has_its_own_route),
    };
    return cmocka_run_group_tests_name("notify/routes", tests, NULL, NULL);
}
