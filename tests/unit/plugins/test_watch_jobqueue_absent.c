/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "fake_host.h"

#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

static void without_libpq_postgresql_is_refused_and_says_why(void **state UNUSED)
{
    const struct fake_option options[] = {{.name = "source", .value = "postgresql"},
        {.name = "host", .value = "192.0.2.1"}, {.name = "query", .value = "SELECT 1 AS depth"},
        {0}};
    struct fake_host *host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(host);
    assert_true(fake_host_complained(host, "built without PostgreSQL"));

    assert_int_equal(fake_host_open(host), -ENOTSUP);
    fake_host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_libpq_postgresql_is_refused_and_says_why),
    };
    return cmocka_run_group_tests_name("plugins/watch_jobqueue_absent", tests, NULL, NULL);
}
