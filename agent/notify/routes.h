/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_ROUTES_H
#define HM_NOTIFY_ROUTES_H

#include "model/model.h"
#include "settings/settings.h"

/**
 * routes - who is told of a notice. Pure.
 *
 * All routes that match are used, each destination once, in the order of the configuration. A
 * `cleared` notice goes wherever a notice of its severity while it was raised would go:
 * @raised_severity, so that whoever was told *raised* is told *cleared*.
 */

enum { ROUTES_MAX = 64 };

/** Whether a route takes a notice, or the first reason why not. */
enum route_match { ROUTE_MATCHES, ROUTE_SEVERITY, ROUTE_SERVICE, ROUTE_ENVIRONMENT };
enum route_match routes_match(const struct settings *s, const struct route_settings *route,
    const struct notice *notice, enum severity severity);

/** Fills @ret with borrowed names; returns how many (at most ROUTES_MAX). */
size_t routes_select(const struct settings *s, const struct notice *notice,
    enum severity raised_severity, const char *ret[ROUTES_MAX]);

#endif
