/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands for PostgreSQL in a build without libpq: it says so, and is refused. */
#include <errno.h>

#include "source.h"

static void absent_validate(const struct hm_host *host, const struct states *states)
{
    (void)states;
    host->complain(host, "source",
        "this plug-in was built without PostgreSQL (configure --without-postgresql); sqlite and "
        "command are accepted");
}

static int absent_open(const struct hm_host *host, const struct states *states,
    const struct source_sink *sink, void **ret_self)
{
    (void)sink, (void)ret_self;
    absent_validate(host, states);
    return -ENOTSUP;
}

static const char *const absent_needs[] = {NULL};

const struct source source_postgresql = {
    .name = "postgresql", .needs = absent_needs, .validate = absent_validate, .open = absent_open};
