/* SPDX-License-Identifier: BSD-2-Clause */
/* Many processes, and many that come and go. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_fixture.h"
#include "watch_process/roster.h"

enum { MANY = 300, FORKS = 2000, FEW_FDS = 96 };

/* ---- which pids may be new ---- */

static struct proc_pids stood_at(uint64_t last, uint64_t forks)
{
    return (struct proc_pids){.forks = forks, .alive = 100, .last = last, .most = 32768};
}

static void the_pids_that_were_given_are_counted_from_the_last_one(void **state UNUSED)
{
    struct proc_pids before = stood_at(1000, 5000), now = stood_at(1010, 5010);

    assert_int_equal(proc_pids_given(&before, &now), 10);
    assert_int_equal(proc_pids_given(&before, &before), 0);
}

static void pids_that_began_again_at_the_bottom_count_too(void **state UNUSED)
{
    struct proc_pids before = stood_at(32760, 5000), now = stood_at(310, 5018);

    assert_int_equal(proc_pids_given(&before, &now), 318);
}

static void after_a_whole_round_all_may_be_new(void **state UNUSED)
{
    struct proc_pids before = stood_at(1000, 5000), now = stood_at(1010, 5000 + 32778);

    assert_int_equal(proc_pids_given(&before, &now), 32768);
}

static void forks_elsewhere_on_the_machine_are_no_round_of_ours(void **state UNUSED)
{
    struct proc_pids before = stood_at(1000, 5000), now = stood_at(1010, 25000);

    assert_int_equal(proc_pids_given(&before, &now), 10);
}

static void where_the_kernel_does_not_say_all_may_be_new(void **state UNUSED)
{
    struct proc_pids before = {.most = 32768}, now = stood_at(1010, 5000);

    assert_int_equal(proc_pids_given(&before, &now), 32768);
}

/* ---- many processes ---- */

struct crowd {
    pid_t pids[MANY];
    int ready[2];
};

/* Children that have the fixture's name and wait. */
static void start_crowd(struct crowd *c, const struct fixture *x, size_t count)
{
    char byte;
    assert_int_equal(pipe2(c->ready, O_CLOEXEC), 0);
    for (size_t i = 0; i < count; i++) {
        c->pids[i] = fork();
        if (c->pids[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            prctl(PR_SET_NAME, x->name);
            if (write(c->ready[1], "x", 1) != 1)
                _exit(1);
            for (;;)
                pause();
        }
    }
    for (size_t i = 0; i < count; i++)
        assert_int_equal(read(c->ready[0], &byte, 1), 1);
}

static void end_crowd(struct crowd *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c->pids[i] == 0)
            continue;
        kill(c->pids[i], SIGKILL);
        waitpid(c->pids[i], NULL, 0);
    }
    close(c->ready[0]);
    close(c->ready[1]);
}

static void the_end_of_each_of_many_processes_is_an_event(void **state)
{
    struct fixture *x = *state;
    struct crowd c;
    start_crowd(&c, x, MANY);
    open_by_name(x, x->name);
    double before = checked(x, "running");
    double unwatched = newest(x, "unwatched");

    kill(c.pids[MANY - 1], SIGKILL);
    waitpid(c.pids[MANY - 1], NULL, 0);
    c.pids[MANY - 1] = 0;
    bool told = await_number(x, "running", MANY - 1);

    end_crowd(&c, MANY);
    assert_true(before == MANY);
    assert_true(unwatched == 0);
    assert_true(told);
}

static void more_processes_than_have_figures_of_their_own_are_a_group_and_it_says_so(void **state)
{
    struct fixture *x = *state;
    struct crowd c;
    const struct fake_option options[] = {
        {.name = "name", .value = x->name}, {.name = "each", .value = "true"}, {0}};
    start_crowd(&c, x, MANY);
    open_subject(x, options);

    double threads = checked(x, "threads");

    end_crowd(&c, MANY);
    assert_true(threads == MANY);
    assert_int_equal(fake_host_count(x->host, NULL, "threads"), 1 + 64);
    assert_true(fake_host_logged(x->host, "each: more than 64 processes"));
}

/* In a child: a hard limit cannot be raised again. */
static _Noreturn void watch_with_few_fds(struct fixture *x)
{
    const struct rlimit few = {.rlim_cur = FEW_FDS, .rlim_max = FEW_FDS};
    if (setrlimit(RLIMIT_NOFILE, &few) < 0)
        _exit(1);
    open_by_name(x, x->name);
    bool all_counted = checked(x, "running") == MANY;
    bool said = newest(x, "unwatched") > MANY - FEW_FDS && newest(x, "unwatched") < MANY &&
                fake_host_logged(x->host, "descriptors have run out");
    _exit(all_counted && said ? 0 : 1);
}

static void when_descriptors_run_out_it_says_so_and_goes_on_counting(void **state)
{
    struct fixture *x = *state;
    struct crowd c;
    int status;
    start_crowd(&c, x, MANY);

    pid_t pid = fork();
    if (pid == 0)
        watch_with_few_fds(x);
    assert_int_equal(waitpid(pid, &status, 0), pid);

    end_crowd(&c, MANY);
    assert_int_equal(status, 0);
}

/* ---- many that come and go ---- */

/* Apart, so that the child shares no variable with a loop. */
static pid_t fork_one(void)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    return pid;
}

static void fork_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        waitpid(fork_one(), NULL, 0);
}

static void ignore(void *ctx UNUSED, struct process *p UNUSED)
{
}

/* A scan reads the processes that came since and the young ones: a storm leaves nothing to read. */
static void a_storm_of_forks_costs_a_scan_next_to_nothing(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "name", .value = x->name}, {0}};
    const struct roster_sink sink = {.joined = ignore, .left = ignore};
    struct criteria *criteria = NULL;
    int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    x->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(criteria_new(fake_host_get(x->host), &criteria), 0);
    struct roster *r = roster_new(proc_fd, criteria, NULL, 3600000, &sink);
    // Old enough for each process of the machine that none is young any more.
    const int64_t late_ms = 3600LL * 1000 * 24 * 365;
    assert_int_equal(roster_scan(r, late_ms), 0);
    size_t all = roster_reads(r);

    fork_many(FORKS);
    assert_int_equal(roster_scan(r, late_ms + 1), 0);

    // The machine's other work comes and goes too.
    assert_true(roster_reads(r) <= all / 2 + 20);
    roster_free(r);
    criteria_free(criteria);
    close(proc_fd);
}

struct asked {
    int proc_fd;
    bool is_process;
};

static void *ask_of_ourselves(void *arg)
{
    struct asked *a = arg;
    a->is_process = proc_is_process(a->proc_fd, (pid_t)syscall(SYS_gettid));
    return NULL;
}

static void the_first_thread_is_a_process_and_others_are_not(void **state UNUSED)
{
    struct asked second = {
        .proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), .is_process = true};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask_of_ourselves, &second), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);

    bool first = proc_is_process(second.proc_fd, getpid());
    bool nobody = proc_is_process(second.proc_fd, INT32_MAX);

    close(second.proc_fd);
    assert_true(first);
    assert_false(second.is_process);
    assert_false(nobody);
}

/* ---- each process by itself ---- */

static void each_process_has_figures_of_its_own_until_it_is_gone(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "name", .value = x->name}, {.name = "each", .value = "true"}, {0}};
    char instance[64];
    pid_t pid = start_program(x, x->path, "1000");
    start_program(x, x->path, "1000");
    snprintf(instance, sizeof instance, "%d %s", (int)pid, x->name);
    open_subject(x, options);
    assert_int_equal(fake_host_check(x->host), 0);
    const struct fake_reading *threads = fake_host_last(x->host, instance, "threads");

    end_child(x, 0);
    assert_int_equal(fake_host_check(x->host), 0);

    assert_non_null(threads);
    assert_int_equal(fake_host_last(x->host, instance, "")->kind, HM_GONE);
    assert_int_equal(fake_host_count(x->host, instance, "threads"), 1);
}

static void a_process_that_ended_while_nobody_looked_is_gone_too(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "name", .value = x->name}, {.name = "each", .value = "true"}, {0}};
    char instance[64];
    snprintf(instance, sizeof instance, "%d %s", (int)start_program(x, x->path, "1000"), x->name);
    open_subject(x, options);
    assert_int_equal(fake_host_check(x->host), 0);
    fake_host_close(x->host);

    end_child(x, 0);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_int_equal(fake_host_check(x->host), 0);

    const struct fake_reading *r = fake_host_last(x->host, instance, "");
    assert_non_null(r);
    assert_int_equal(r->kind, HM_GONE);
}

static void too_few_and_too_many_are_numbers_of_their_own(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "name", .value = x->name},
        {.name = "least", .value = "2"}, {.name = "most", .value = "2"}, {0}};
    open_subject(x, options);

    start_program(x, x->path, "1000");
    double missing = checked(x, "missing");
    start_program(x, x->path, "1000");
    double enough = checked(x, "missing");
    double not_too_many = newest(x, "surplus");
    start_program(x, x->path, "1000");
    double surplus = checked(x, "surplus");

    assert_true(missing == 1);
    assert_true(enough == 0);
    assert_true(not_too_many == 0);
    assert_true(surplus == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pids_that_were_given_are_counted_from_the_last_one),
        cmocka_unit_test(pids_that_began_again_at_the_bottom_count_too),
        cmocka_unit_test(after_a_whole_round_all_may_be_new),
        cmocka_unit_test(forks_elsewhere_on_the_machine_are_no_round_of_ours),
        cmocka_unit_test(where_the_kernel_does_not_say_all_may_be_new),
        TEST(the_end_of_each_of_many_processes_is_an_event),
        TEST(more_processes_than_have_figures_of_their_own_are_a_group_and_it_says_so),
        TEST(when_descriptors_run_out_it_says_so_and_goes_on_counting),
        TEST(a_storm_of_forks_costs_a_scan_next_to_nothing),
        cmocka_unit_test(the_first_thread_is_a_process_and_others_are_not),
        TEST(each_process_has_figures_of_its_own_until_it_is_gone),
        TEST(a_process_that_ended_while_nobody_looked_is_gone_too),
        TEST(too_few_and_too_many_are_numbers_of_their_own),
    };
    return cmocka_run_group_tests_name("plugins/process scale", tests, NULL, NULL);
}
