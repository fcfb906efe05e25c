/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/alloc.h"
#include "record/recent.h"
#include "unit.h"

static struct notice notice_of(uint64_t sequence)
{
    static char text[] = "t";
    return (struct notice){.sequence = sequence, .incident = sequence + 1, .text = text};
}

static struct recent *keep(struct recent *r, uint64_t sequence)
{
    struct notice n = notice_of(sequence);
    recent_keep(&r, &n);
    return r;
}

static bool is_here(struct recent *r, uint64_t sequence)
{
    struct notice taken = {0};
    bool is_taken = recent_take(r, sequence, &taken);
    notice_deinit(&taken);
    return is_taken;
}

static void a_notice_is_handed_out_once(void **state UNUSED)
{
    struct recent *r = keep(NULL, 7);
    struct notice taken = {0};

    assert_true(recent_take(r, 7, &taken));

    assert_int_equal(taken.incident, 8);
    assert_string_equal(taken.text, "t");
    assert_false(is_here(r, 7));
    assert_false(is_here(r, 0));
    notice_deinit(&taken);
    recent_free(r);
}

static void nothing_is_here_before_the_first(void **state UNUSED)
{
    assert_false(is_here(NULL, 7));
    assert_null(recent_free(NULL));
}

static void the_older_one_keeps_its_place(void **state UNUSED)
{
    struct recent *r = keep(keep(NULL, 7), 7 + RECENT_PLACES);

    assert_false(is_here(r, 7 + RECENT_PLACES));
    assert_true(is_here(r, 7));
    recent_free(r);
}

static void one_that_nobody_asked_for_loses_it_in_the_end(void **state UNUSED)
{
    const uint64_t late = 7 + (uint64_t)RECENT_LAPS * RECENT_PLACES;
    struct recent *r = keep(keep(NULL, 7), late);

    assert_false(is_here(r, 7));
    assert_true(is_here(r, late));
    recent_free(r);
}

static void a_long_one_is_not_kept(void **state UNUSED)
{
    char text[RECENT_TEXT_MAX + 2];
    struct notice n = notice_of(7);
    struct recent *r = NULL;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    n.text = text;

    recent_keep(&r, &n);

    assert_false(is_here(r, 7));
    recent_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_is_handed_out_once),
        cmocka_unit_test(nothing_is_here_before_the_first),
        cmocka_unit_test(the_older_one_keeps_its_place),
        cmocka_unit_test(one_that_nobody_asked_for_loses_it_in_the_end),
        cmocka_unit_test(a_long_one_is_not_kept),
    };
    return cmocka_run_group_tests_name("record/recent", tests, NULL, NULL);
}
