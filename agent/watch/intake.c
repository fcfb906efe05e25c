/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch/intake.h"

#include "base/alloc.h"
#include "wire/wire.h"

int intake_reading(const json_t *line, const char *subject, struct moment now, struct reading *ret,
    struct text *why)
{
    struct reading r = {0};
    if (wire_reading_decode(line, &r, why) != 0)
        return WIRE_E_BAD;
    r.of.subject = alloc_text(subject);
    if (r.at.wall == 0 || r.at.wall > now.wall + INTAKE_AHEAD_MS_MAX)
        r.at.wall = now.wall;
    r.at.boot = now.boot;
    *ret = r;
    return 0;
}

void intake_blind(const char *subject, const char *instance, const char *text, struct moment now,
    struct reading *ret)
{
    *ret = (struct reading){.of = {.subject = alloc_text(subject),
                                .instance = alloc_text(instance == NULL ? "" : instance),
                                .metric = alloc_text("")},
        .kind = READING_BLIND,
        .text = alloc_text(text),
        .at = now};
}
