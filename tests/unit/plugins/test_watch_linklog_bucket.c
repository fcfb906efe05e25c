/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "bucket.h"
#include "unit.h"

enum { SAMPLE_BYTES = 64 * 1024 };

static struct bucket_window window_of(const char *bytes)
{
    struct bucket_window w = {.width = (unsigned)strlen(bytes)};
    memcpy(w.bytes, bytes, w.width);
    return w;
}

/* "abcd" at each eighth place, "axyd" at each eighth between them, "wbcz" never. */
static void fill_sample(char sample[static SAMPLE_BYTES])
{
    for (size_t i = 0; i < SAMPLE_BYTES; i += 16) {
        memcpy(sample + i, "abcd    ", 8);
        memcpy(sample + i + 8, "axyd    ", 8);
    }
}

static void what_makes_a_bucket_let_more_through_gets_another(void **state UNUSED)
{
    // In one bucket "abcd" would pass by the first and last byte of one, the rest of the other.
    struct bucket_window windows[] = {window_of("axcz"), window_of("wbyd"), window_of("abqz")};
    static char sample[SAMPLE_BYTES];
    fill_sample(sample);

    double passes = bucket_choose(windows, 3, 2, true, sample, sizeof sample);

    assert_true(passes == 0);
    assert_true(windows[0].bucket != windows[1].bucket);
}

static void the_share_that_passes_is_told(void **state UNUSED)
{
    struct bucket_window windows[] = {window_of("abcd"), window_of("wbcz")};
    static char sample[SAMPLE_BYTES];
    fill_sample(sample);

    assert_float_equal(bucket_choose(windows, 2, 8, true, sample, sizeof sample), 1.0 / 16, 0.001);
    assert_float_equal(bucket_choose(windows, 2, 8, false, sample, sizeof sample), 1.0 / 16, 0.001);
}

static void a_short_window_lets_everything_behind_it_through(void **state UNUSED)
{
    struct bucket_window windows[] = {window_of("d")};
    static char sample[SAMPLE_BYTES];
    fill_sample(sample);

    assert_float_equal(bucket_choose(windows, 1, 8, true, sample, sizeof sample), 2.0 / 16, 0.001);
}

static void without_a_sample_neighbours_share_a_bucket(void **state UNUSED)
{
    struct bucket_window windows[] = {
        window_of("aaaa"), window_of("aaab"), window_of("bbbb"), window_of("bbbc")};

    assert_true(bucket_choose(windows, 4, 2, true, NULL, 0) == 0);
    assert_int_equal(windows[0].bucket, 0);
    assert_int_equal(windows[1].bucket, 0);
    assert_int_equal(windows[2].bucket, 1);
    assert_int_equal(windows[3].bucket, 1);
}

static void a_sample_that_is_too_short_is_none(void **state UNUSED)
{
    struct bucket_window windows[] = {window_of("aaaa"), window_of("bbbb")};
    char sample[64];
    memset(sample, 'a', sizeof sample);

    bucket_choose(windows, 2, 2, true, sample, sizeof sample);

    assert_int_equal(windows[1].bucket, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_a_bucket_let_more_through_gets_another),
        cmocka_unit_test(the_share_that_passes_is_told),
        cmocka_unit_test(a_short_window_lets_everything_behind_it_through),
        cmocka_unit_test(without_a_sample_neighbours_share_a_bucket),
        cmocka_unit_test(a_sample_that_is_too_short_is_none),
    };
    return cmocka_run_group_tests_name("watch_linklog/bucket", tests, NULL, NULL);
}
