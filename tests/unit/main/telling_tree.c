/* SPDX-License-Identifier: BSD-2-Clause */
#include "telling_tree.h"

#include <stdbool.h>

#include "base/text.h"

const char *const telling_names[TELLING_DESTINATIONS] = {"braked", "brief", "desk", "chief"};

static const char head[] =
    "agent = { host = \"h\"; timezone = \"Asia/Tokyo\"; language = \"ja\"; };\n"
    "calendars = ( { name = \"office\"; hours = ( \"08:30-17:15\" ); weekdays = \"mon-fri\"; } );\n"
    "services = ( { name = \"renkei\"; environment = \"production\"; down_when = \"any(engine)\"; "
    "} );\n"
    "watch = ( { subject = \"base\"; plugin = \"process\"; name = \"b\"; interval = \"0s\";\n"
    "  rules = ( { metric = \"running\"; critical = \"< 1\"; runs = 1; clear_runs = 1; } ); },\n"
    "  { subject = \"engine\"; plugin = \"process\"; name = \"e\"; interval = \"0s\";\n"
    "  depends_on = ( \"base\" ); service = \"renkei\"; rules = ( { metric = \"running\";\n"
    "  warning = \"< 2\"; critical = \"< 1\"; runs = 1; clear_runs = 1; } ); } );\n"
    "destinations = (\n"
    "  { name = \"braked\"; channel = \"any\"; brake = 4; },\n"
    "  { name = \"brief\"; channel = \"any\"; expire_after = \"1h\"; brake = 0; },\n"
    "  { name = \"desk\"; channel = \"any\"; window = 4; },\n";

static const char plain_routes[] =
    "  { name = \"chief\"; channel = \"any\"; } );\n"
    "routes = (\n"
    "  { to = ( \"braked\", \"brief\" ); repeat = \"20m\"; },\n"
    "  { when = { calendar = \"office\"; }; outside = \"wait\"; to = \"desk\"; },\n"
    "  { when = { severity = \"critical\"; }; after = \"5m\"; to = \"desk\"; progress = \"30m\";\n"
    "    escalate = ( { after = \"10m\"; to = \"chief\"; } ); } );\n";

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % below;
}

static const char *name_of(uint32_t *seed)
{
    return telling_names[draw(seed, TELLING_DESTINATIONS)];
}

static void add_when(struct text *t, uint32_t *seed)
{
    static const char *const severities[] = {"notice", "warning", "critical"};
    static const char *const scopes[] = {"service = \"renkei\"; ", "otherwise = true; ", ""};
    bool has_calendar = draw(seed, 3) == 0;
    text_addf(t, "when = { severity = \"%s\"; %s%s}; ", severities[draw(seed, 3)],
        scopes[draw(seed, 3)], has_calendar ? "calendar = \"office\"; " : "");
    if (has_calendar)
        text_addf(t, "outside = \"%s\"; ", draw(seed, 2) == 0 ? "wait" : "skip");
}

static void add_route(struct text *t, uint32_t *seed)
{
    text_add(t, "  { ");
    if (draw(seed, 3) > 0)
        add_when(t, seed);
    text_addf(t, "to = ( \"%s\"", name_of(seed));
    if (draw(seed, 2) == 0)
        text_addf(t, ", \"%s\"", name_of(seed));
    text_add(t, " ); ");
    if (draw(seed, 3) == 0)
        text_addf(t, "after = \"%um\"; ", 1 + draw(seed, 30));
    if (draw(seed, 3) == 0)
        text_addf(t, "repeat = \"%um\"; ", 5 + draw(seed, 60));
    if (draw(seed, 3) == 0)
        text_addf(t, "progress = \"%um\"; ", 5 + draw(seed, 60));
    if (draw(seed, 3) == 0)
        text_addf(t, "escalate = ( { after = \"%um\"; to = \"%s\"; } ); ", 1 + draw(seed, 40),
            name_of(seed));
    text_add(t, "}");
}

char *telling_tree(uint32_t seed)
{
    struct text t = {0};
    text_add(&t, head);
    if (seed == 0) {
        text_add(&t, plain_routes);
        return text_take(&t);
    }
    // The sequences begin on the 15th.
    text_addf(&t,
        "  { name = \"chief\"; channel = \"any\"; valid_from = \"2026-04-%02u\"; valid_to = "
        "\"2026-04-%02u\"; } );\nroutes = (\n",
        13 + draw(&seed, 4), 16 + draw(&seed, 3));
    for (uint32_t i = 0, routes = 1 + draw(&seed, 4); i < routes; i++) {
        text_add(&t, i > 0 ? ",\n" : "");
        add_route(&t, &seed);
    }
    text_add(&t, " );\n");
    return text_take(&t);
}
