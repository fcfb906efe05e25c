/* SPDX-License-Identifier: BSD-2-Clause */
/* A face that tells as its state what it was shown. */
#include <errno.h>
#include <hashimori/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct mirror {
    const struct hm_host *host;
    unsigned rows, drops;
    int64_t last;
    bool whole;
};

static int mirror_open(const struct hm_host *host, void **ret_self)
{
    struct mirror *m = calloc(1, sizeof *m);
    if (m == NULL)
        return -ENOMEM;
    m->host = host;
    *ret_self = m;
    return 0;
}

static void mirror_begin(void *self, bool whole)
{
    struct mirror *m = self;
    m->whole = whole;
}

static void mirror_put(void *self, const struct hm_row *row)
{
    struct mirror *m = self;
    m->rows++;
    for (size_t i = 0; i < row->cell_count; i++)
        if (row->cells[i].type == HM_CELL_INTEGER)
            m->last = row->cells[i].integer;
}

static void mirror_drop(void *self, const char *table, uint32_t id)
{
    struct mirror *m = self;
    (void)table;
    (void)id;
    m->drops++;
}

static void mirror_commit(void *self)
{
    struct mirror *m = self;
    char text[128];
    snprintf(text, sizeof text, "%s rows %u drops %u last %" PRId64, m->whole ? "whole" : "part",
        m->rows, m->drops, m->last);
    m->host->state(m->host, text);
}

HM_PLUGIN(.kind = HM_FACE, .name = "mirror", .version = "1", .summary = "mirrors",
    .open = mirror_open, .close = free, .begin = mirror_begin, .put = mirror_put,
    .drop = mirror_drop, .commit = mirror_commit);
