/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/phase.h"
#include "unit.h"

enum { TEN_SECONDS = 10 * 1000, MINUTE = 60 * 1000 };

static void the_last_moment_is_not_after_now_and_less_than_an_interval_ago(void **state UNUSED)
{
    for (mono_ms now = 0; now < 3 * MINUTE; now += 777) {
        mono_ms last = phase_last("a.example.net", MINUTE, now);

        assert_true(last <= now && now - last < MINUTE);
        assert_int_equal(phase_last("a.example.net", MINUTE, last), last);
        assert_int_equal(phase_last("a.example.net", MINUTE, last + MINUTE - 1), last);
    }
}

static void a_moment_of_each_minute_is_one_of_each_ten_seconds(void **state UNUSED)
{
    static const char *const hosts[] = {"", "a", "renkei01", "renkei02.example.net"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        mono_ms last = phase_last(hosts[i], MINUTE, 10 * MINUTE);

        assert_int_equal(phase_last(hosts[i], TEN_SECONDS, last), last);
    }
}

static void two_hosts_wake_at_different_moments(void **state UNUSED)
{
    assert_int_not_equal(
        phase_last("renkei01", MINUTE, 10 * MINUTE), phase_last("renkei02", MINUTE, 10 * MINUTE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_moment_is_not_after_now_and_less_than_an_interval_ago),
        cmocka_unit_test(a_moment_of_each_minute_is_one_of_each_ten_seconds),
        cmocka_unit_test(two_hosts_wake_at_different_moments),
    };
    return cmocka_run_group_tests_name("base/phase", tests, NULL, NULL);
}
