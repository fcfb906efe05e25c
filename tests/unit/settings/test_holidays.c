/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/fdio.h"
#include "settings/complaint.h"
#include "settings/holidays.h"
#include "unit.h"

struct fixture {
    char file[64];
    struct complaints complaints;
    int32_t *days;
    size_t count;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->file, "/tmp/hashimori-test-XXXXXX");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->file);
    complaints_deinit(&f->complaints);
    free(f->days);
    free(f);
    return 0;
}

static void read_text(struct fixture *f, const char *bytes)
{
    int fd = mkstemp(f->file);
    assert_true(fd >= 0);
    assert_int_equal(fdio_write_all(fd, bytes, strlen(bytes)), 0);
    fdio_close(fd);
    f->days = holidays_read(f->file, &f->count, &f->complaints);
}

static int32_t day(int32_t year, uint8_t month, uint8_t of_month)
{
    return civil_day((struct civil_date){year, month, of_month});
}

static void the_cabinet_offices_table_is_read_as_it_is(void **state)
{
    struct fixture *f = *state;

    // Shift_JIS: a heading, then 元日 and 成人の日, with CRLF.
    read_text(f, "\x8d\x91\x96\xaf\x82\xcc\x8f\x6a\x93\xfa\x81\x45\x8b\x78\x93\xfa\x8c\x8e\x93\xfa,"
                 "\x96\xbc\x8f\xcc\r\n2051/1/1,\x8c\xb3\x93\xfa\r\n2051/1/9,\x90\xac\x90\x6c\r\n");

    assert_int_equal(f->complaints.count, 0);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->days[0], day(2051, 1, 1));
    assert_int_equal(f->days[1], day(2051, 1, 9));
}

static void days_come_in_order_and_once(void **state)
{
    struct fixture *f = *state;

    read_text(f, "2051-05-03,b\n\n\"2051-01-01\",\"a\"\n2051/05/03,b again");

    assert_int_equal(f->complaints.count, 0);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->days[0], day(2051, 1, 1));
}

static void a_line_without_a_date_is_a_complaint_at_its_line(void **state)
{
    static const char *const bad[] = {"2051/13/1,x", "2051/2/29,x", "x,2051/1/1", "2051/1/1 x",
        "51/1/1,x", "2051/1/1/1,x", ",x", "2051-1-1,x"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fixture *f = *state;
        char text[128];
        snprintf(text, sizeof text, "date,name\n2051/1/1,x\n%s\n", bad[i]);

        read_text(f, text);

        assert_int_equal(f->complaints.count, 1);
        assert_int_equal(f->complaints.list[0].line, 3);
        assert_int_equal(f->count, 1);
        tear_down(state);
        set_up(state);
    }
}

static void a_table_without_a_date_is_a_complaint(void **state)
{
    struct fixture *f = *state;

    read_text(f, "date,name\n");

    assert_int_equal(f->complaints.count, 1);
    assert_int_equal(f->count, 0);
}

static void a_file_that_is_not_there_is_a_complaint(void **state)
{
    struct fixture *f = *state;

    f->days = holidays_read("/nonexistent/holidays.csv", &f->count, &f->complaints);

    assert_int_equal(f->complaints.count, 1);
    assert_int_equal(f->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_cabinet_offices_table_is_read_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(days_come_in_order_and_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_line_without_a_date_is_a_complaint_at_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_without_a_date_is_a_complaint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_there_is_a_complaint, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
