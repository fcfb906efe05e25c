/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "calendar/holiday.h"
#include "unit.h"

/* Month * 100 + day of all holidays of @year must be @wanted, which ends with 0. */
static void assert_year(int year, const int *wanted)
{
    int32_t first = civil_day((struct civil_date){year, 1, 1});
    int32_t next = civil_day((struct civil_date){year + 1, 1, 1});

    for (int32_t day = first; day < next; day++) {
        if (!holiday_is_jp(day))
            continue;
        struct civil_date d = civil_date_of(day);
        assert_int_equal(d.month * 100 + d.day, *wanted);
        wanted++;
    }
    assert_int_equal(*wanted, 0);
}

static void the_holidays_of_2026_are_those_published(void **state UNUSED)
{
    assert_year(2026, (const int[]){101, 112, 211, 223, 320, 429, 503, 504, 505, 506, 720, 811, 921,
                          922, 923, 1012, 1103, 1123, 0});
}

static void the_holidays_of_2019_hold_the_ten_days_of_may(void **state UNUSED)
{
    assert_year(2019, (const int[]){101, 114, 211, 321, 429, 430, 501, 502, 503, 504, 505, 506, 715,
                          811, 812, 916, 923, 1014, 1022, 1103, 1104, 1123, 0});
}

static void the_years_of_the_games_have_their_own_dates(void **state UNUSED)
{
    assert_year(2020, (const int[]){101, 113, 211, 223, 224, 320, 429, 503, 504, 505, 506, 723, 724,
                          810, 921, 922, 1103, 1123, 0});
    assert_year(2021, (const int[]){101, 111, 211, 223, 320, 429, 503, 504, 505, 722, 723, 808, 809,
                          920, 923, 1103, 1123, 0});
}

static void before_2007_only_a_monday_is_a_substitute(void **state UNUSED)
{
    assert_year(2003, (const int[]){101, 113, 211, 321, 429, 503, 505, 721, 915, 923, 1013, 1103,
                          1123, 1124, 1223, 0});
    assert_year(2000, (const int[]){101, 110, 211, 320, 429, 503, 504, 505, 720, 915, 923, 1009,
                          1103, 1123, 1223, 0});
}

static void a_substitute_goes_past_further_holidays_since_2007(void **state UNUSED)
{
    assert_true(holiday_is_jp(civil_day((struct civil_date){2008, 5, 6})));
    assert_true(holiday_is_jp(civil_day((struct civil_date){2015, 5, 6})));
    assert_false(holiday_is_jp(civil_day((struct civil_date){2011, 5, 6})));
}

static void outside_its_years_nothing_is_claimed(void **state UNUSED)
{
    assert_false(holiday_is_jp(civil_day((struct civil_date){1999, 1, 1})));
    assert_true(holiday_is_jp(civil_day((struct civil_date){2050, 1, 1})));
    assert_false(holiday_is_jp(civil_day((struct civil_date){2051, 1, 1})));
}

/* Reads "YEAR MMDD MMDD .." into @ret, which ends with 0; the year, or 0 for a comment. */
static int read_year(char *line, int *ret, size_t room)
{
    char *at = line;
    size_t count = 0;
    int year = line[0] == '#' ? 0 : (int)strtol(line, &at, 10);

    for (char *end = at; year != 0 && count + 1 < room; at = end) {
        int date = (int)strtol(at, &end, 10);
        if (end == at)
            break;
        ret[count++] = date;
    }
    ret[count] = 0;
    return year;
}

static void all_years_are_those_of_a_public_data_set(void **state UNUSED)
{
    const char *top = getenv("top_srcdir");
    char path[4096], line[1024];
    int wanted[64];
    int years = 0;
    snprintf(path, sizeof path, "%s/tests/samples/holidays_jp.txt", top != NULL ? top : ".");
    FILE *in = fopen(path, "re");
    assert_non_null(in);

    while (fgets(line, sizeof line, in) != NULL) {
        int year = read_year(line, wanted, sizeof wanted / sizeof wanted[0]);
        if (year == 0)
            continue;
        assert_year(year, wanted);
        years++;
    }
    fclose(in);

    assert_int_equal(years, HOLIDAY_LAST_YEAR - HOLIDAY_FIRST_YEAR + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_holidays_of_2026_are_those_published),
        cmocka_unit_test(the_holidays_of_2019_hold_the_ten_days_of_may),
        cmocka_unit_test(the_years_of_the_games_have_their_own_dates),
        cmocka_unit_test(before_2007_only_a_monday_is_a_substitute),
        cmocka_unit_test(a_substitute_goes_past_further_holidays_since_2007),
        cmocka_unit_test(outside_its_years_nothing_is_claimed),
        cmocka_unit_test(all_years_are_those_of_a_public_data_set),
    };
    return cmocka_run_group_tests_name("calendar/holiday", tests, NULL, NULL);
}
