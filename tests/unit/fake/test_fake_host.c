/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* A plugin that uses each service once. */
struct probe {
    const struct hm_host *host;
    struct hm_watch_handle *timer;
    struct hm_watch_handle *readable;
    int pipe_fds[2];
};

static const struct hm_option stage_options[] = {
    {.name = "name", .type = HM_TEXT, .required = true},
    {.name = "settle", .type = HM_SPAN, .preset = "5s"},
    {0},
};
static const struct hm_option probe_options[] = {
    {.name = "limit", .type = HM_SIZE, .preset = "2K"},
    {.name = "exclude", .type = HM_LIST, .preset = "( \"*.tmp\", \".*\" )"},
    {.name = "stages", .type = HM_GROUPS, .group = stage_options},
    {0},
};

static void report(const struct probe *p, const char *metric, double number)
{
    const struct hm_reading r = {.metric = metric, .kind = HM_NUMBER, .number = number};
    p->host->report(p->host, &r);
}

static void probe_on_timer(void *arg)
{
    struct probe *p = arg;
    report(p, "timer", 1);
    if (write(p->pipe_fds[1], "x", 1) != 1)
        report(p, "write_failed", 1);
}

static void probe_on_readable(void *arg, int fd, int events)
{
    struct probe *p = arg;
    char byte;
    report(p, "readable", read(fd, &byte, 1) == 1 ? events : -1);
    p->host->check_soon(p->host);
}

static int probe_open(const struct hm_host *host, void **ret_self)
{
    struct probe *p = calloc(1, sizeof *p);
    if (p == NULL || pipe(p->pipe_fds) < 0)
        return -1;
    p->host = host;
    p->timer = host->timer(host, 1, probe_on_timer, p);
    p->readable = host->watch_fd(host, p->pipe_fds[0], HM_READABLE, probe_on_readable, p);
    *ret_self = p;
    return 0;
}

static void probe_on_end(void *arg, int status, const char *output, size_t length)
{
    const struct probe *p = arg;
    const struct hm_reading r = {
        .metric = "ran", .kind = HM_NUMBER, .number = status, .text = output};
    p->host->report(p->host, &r);
    report(p, "length", (double)length);
}

static int probe_check(void *self)
{
    struct probe *p = self;
    const char *const argv[] = {"/bin/cat", NULL};
    p->host->keep(p->host, "checks", "1");
    return p->host->run(p->host, argv, "abcdef", 5000, 4, probe_on_end, p);
}

static void probe_close(void *self)
{
    struct probe *p = self;
    close(p->pipe_fds[0]);
    close(p->pipe_fds[1]);
    free(p);
}

static const struct hm_plugin probe_plugin = {.size = sizeof probe_plugin,
    .abi_major = HM_ABI_MAJOR,
    .kind = HM_WATCH,
    .name = "probe",
    .options = probe_options,
    .open = probe_open,
    .check = probe_check,
    .close = probe_close};

static void options_are_typed_by_the_table_with_defaults(void **state UNUSED)
{
    const struct fake_option first[] = {{.name = "name", .value = "in"}, {0}};
    const struct fake_option second[] = {
        {.name = "name", .value = "out"}, {.name = "settle", .value = "1m"}, {0}};
    const struct fake_option options[] = {
        {.name = "stages", .group = first}, {.name = "stages", .group = second}, {0}};

    struct fake_host *f = fake_host_new(&probe_plugin, options);

    const struct hm_host *host = fake_host_get(f);
    assert_int_equal(host->integer(host, "limit"), 2048);
    assert_int_equal(host->count(host, "exclude"), 2);
    assert_string_equal(host->item(host, "exclude", 1), ".*");
    assert_int_equal(host->count(host, "stages"), 2);
    const struct hm_host *group = host->group(host, "stages", 1);
    assert_string_equal(group->text(group, "name"), "out");
    assert_int_equal(group->integer(group, "settle"), 60000);
    group = host->group(host, "stages", 0);
    assert_int_equal(group->integer(group, "settle"), 5000);
    fake_host_free(f);
}

static void timers_fds_and_programs_work_in_the_loop(void **state UNUSED)
{
    struct fake_host *f = fake_host_new(&probe_plugin, NULL);
    assert_int_equal(fake_host_open(f), 0);

    const struct fake_reading *length = fake_host_await(f, NULL, "length", 20000);

    assert_non_null(length);
    assert_int_equal((int)length->number, 4);
    assert_int_equal((int)fake_host_last(f, "", "readable")->number, HM_READABLE);
    assert_int_equal((int)fake_host_last(f, NULL, "ran")->number, 0);
    assert_string_equal(fake_host_last(f, NULL, "ran")->text, "abcd");
    assert_int_equal(fake_host_count(f, NULL, "timer"), 1);
    assert_int_equal(f->open_handles, 2);
    fake_host_close(f);
    assert_int_equal(f->open_handles, 0);
    assert_string_equal(f->kept[0].value, "1");
    fake_host_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_typed_by_the_table_with_defaults),
        cmocka_unit_test(timers_fds_and_programs_work_in_the_loop),
    };
    return cmocka_run_group_tests_name("fake/fake_host", tests, NULL, NULL);
}
