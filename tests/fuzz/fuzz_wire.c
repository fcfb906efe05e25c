/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that guests and ledgers give: what was taken must be taken again as it is written. */
#include <stdlib.h>

#include "fuzz.h"
#include "wire/wire.h"

static void try_reading(json_t *o, struct text *why)
{
    struct reading r = {0}, again = {0};
    if (wire_reading_decode(o, &r, why) != 0)
        return;
    json_t *body = wire_reading(&r);
    fuzz_holds(wire_reading_decode(body, &again, why) == 0, "a reading is taken again");
    reading_deinit(&again);
    reading_deinit(&r);
    json_decref(body);
}

/* What was written as text is JSON, however long. */
static json_t *written(struct text *line)
{
    json_t *o = json_loads(text_get(line), JSON_REJECT_DUPLICATES, NULL);
    fuzz_holds(o != NULL, "what is written is an object");
    text_deinit(line);
    return o;
}

static void try_notice(json_t *o, struct text *why)
{
    struct notice n = {0}, again = {0};
    if (wire_notice_decode(o, &n, why) != 0)
        return;
    struct text line = {0};
    wire_notice(&line, &n, "host", 32400);
    json_t *body = written(&line);
    fuzz_holds(wire_notice_decode(body, &again, why) == 0, "a notice is taken again");
    notice_deinit(&again);
    notice_deinit(&n);
    json_decref(body);
}

static void try_incident(json_t *o, struct text *why)
{
    struct incident i = {0}, again = {0};
    if (wire_incident_decode(o, &i, why) != 0)
        return;
    struct text line = {0};
    wire_incident(&line, &i);
    json_t *body = written(&line);
    fuzz_holds(wire_incident_decode(body, &again, why) == 0, "an incident is taken again");
    incident_deinit(&again);
    incident_deinit(&i);
    json_decref(body);
}

static void try_service_point(json_t *o, struct text *why)
{
    struct service_point p = {0}, again = {0};
    if (wire_service_point_decode(o, &p, why) != 0)
        return;
    json_t *body = wire_service_point(&p);
    fuzz_holds(wire_service_point_decode(body, &again, why) == 0, "a point is taken again");
    service_point_deinit(&again);
    service_point_deinit(&p);
    json_decref(body);
}

static void try_receipt(json_t *o, struct text *why)
{
    struct receipt r = {0};
    if (wire_receipt_decode(o, &r, why) == 0)
        receipt_deinit(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text why = {0};
    json_t *o = wire_parse((const char *)data, size, &why);
    if (o != NULL) {
        size_t length;
        try_reading(o, &why);
        try_notice(o, &why);
        try_incident(o, &why);
        try_service_point(o, &why);
        try_receipt(o, &why);
        wire_keep_is_valid(json_object_get(o, "keep"), &why);
        free(wire_line(o, &length));
    } else {
        fuzz_holds(text_get(&why)[0] != '\0', "a line that is refused has a reason");
    }
    text_deinit(&why);
    return 0;
}
