/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/gap.h"

#include <string.h>

#include "base/alloc.h"
#include "wire/wire.h"

bool gap_find(
    const struct record_alive *last, struct moment now, const char *boot_id, struct gap *ret)
{
    struct gap g = {
        .from = last->at,
        .rebooted = strcmp(last->boot_id, boot_id) != 0,
        .clock_went_back = now.wall < last->at.wall,
    };
    if (!g.rebooted && now.wall == last->at.wall && now.boot == last->at.boot)
        return false;
    *ret = g;
    return true;
}

static enum service_state gap_state(const struct gap *g)
{
    return g->rebooted ? SERVICE_DOWN : SERVICE_UNMONITORED;
}

void gap_point(
    const struct gap *g, const char *service, struct moment now, struct service_point *ret)
{
    *ret = (struct service_point){
        .service = alloc_text(service),
        .state = gap_state(g),
        .from = g->from,
        .detected = now,
        .reason = alloc_text(g->rebooted ? "reboot" : "agent"),
    };
}

json_t *gap_json(const struct gap *g, struct moment now)
{
    json_t *o = json_object();
    json_object_set_new(o, "from", wire_moment(g->from));
    json_object_set_new(o, "to", wire_moment(now));
    json_object_set_new(o, "rebooted", json_boolean(g->rebooted));
    wire_put_text(o, "state", service_state_name(gap_state(g)));
    return o;
}
