/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/digest.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"

static size_t kind_place(enum notice_kind kind)
{
    return kind == NOTICE_RAISED ? 0 : kind == NOTICE_CLEARED ? 2 : 1;
}

static size_t severity_place(enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
        return 0;
    case SEVERITY_WARNING:
        return 1;
    case SEVERITY_BLIND:
        return 3;
    default:
        return 2;
    }
}

/* What finds no place of its own goes to the last one, which has no name. */
static void add_part(
    struct digest_part *parts, size_t *count, size_t most, const char *name, uint64_t by)
{
    for (size_t i = 0; i < *count && i < most; i++)
        if (text_equal(parts[i].name, name)) {
            parts[i].count += by;
            return;
        }
    if (*count < most)
        parts[(*count)++] = (struct digest_part){alloc_text(name), by};
    else
        parts[most].count += by;
}

void digest_add(struct digest *d, const struct digest_row *row)
{
    if (d->rows == NULL)
        d->rows = json_array();
    d->total += row->count;
    d->by_kind[kind_place(row->kind)] += row->count;
    if (row->kind != NOTICE_CLEARED)
        d->by_severity[severity_place(row->severity)] += row->count;
    if (row->kind != NOTICE_CLEARED && row->severity > d->worst)
        d->worst = row->severity;
    add_part(d->services, &d->service_count, DIGEST_SERVICES, row->service, row->count);
    add_part(d->subjects, &d->subject_count, DIGEST_SUBJECTS, row->subject, row->count);
    if (json_array_size(d->rows) < DIGEST_ROWS_MAX)
        json_array_append_new(
            d->rows, json_pack("{s:s,s:s,s:s,s:s,s:I}", "kind", notice_kind_name(row->kind),
                         "severity", severity_name(row->severity), "service", row->service,
                         "subject", row->subject, "count", (json_int_t)row->count));
}

void digest_deinit(struct digest *d)
{
    for (size_t i = 0; i < d->service_count; i++)
        free(d->services[i].name);
    for (size_t i = 0; i < d->subject_count; i++)
        free(d->subjects[i].name);
    json_decref(d->rows);
    *d = (struct digest){0};
}

json_t *digest_json(const struct digest *d, const char *destination, uint64_t sequence)
{
    return json_pack("{s:s,s:I,s:I,s:O}", "destination", destination, "sequence",
        (json_int_t)sequence, "total", (json_int_t)d->total, "rows", d->rows);
}
