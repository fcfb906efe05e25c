/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/routes.h"

#include "base/text.h"

static bool environment_matches(
    const struct settings *s, const struct route_settings *route, const struct notice *notice)
{
    if (route->environment < 0)
        return true;
    const struct service_settings *service =
        notice->service != NULL ? settings_service(s, notice->service) : NULL;
    bool test = service != NULL && service->test;
    return test == (route->environment == 1);
}

enum route_match routes_match(const struct settings *s, const struct route_settings *route,
    const struct notice *notice, enum severity severity)
{
    // Of services that come up again, drills and heartbeats there is no severity: they go
    // everywhere.
    if (severity != SEVERITY_NONE && severity < route->severity)
        return ROUTE_SEVERITY;
    if (route->service != NULL && !text_equal(route->service, notice->service))
        return ROUTE_SERVICE;
    return environment_matches(s, route, notice) ? ROUTE_MATCHES : ROUTE_ENVIRONMENT;
}

static size_t add_once(const char *ret[ROUTES_MAX], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(ret[i], name))
            return count;
    if (count == ROUTES_MAX)
        return count;
    ret[count] = name;
    return count + 1;
}

size_t routes_select(const struct settings *s, const struct notice *notice,
    enum severity raised_severity, const char *ret[ROUTES_MAX])
{
    enum severity severity = notice->severity != SEVERITY_NONE ? notice->severity : raised_severity;
    size_t count = 0;

    for (size_t i = 0; i < s->route_count; i++) {
        const struct route_settings *route = &s->routes[i];
        if (routes_match(s, route, notice, severity) != ROUTE_MATCHES)
            continue;
        for (size_t t = 0; t < route->to_count; t++)
            count = add_once(ret, count, route->to[t]);
    }
    return count;
}
