/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process_fixture.h"

static void processes_are_counted_by_name(void **state)
{
    struct fixture *x = *state;
    open_by_name(x, x->name);

    double before = checked(x, "running");
    start_program(x, x->path, "1000");
    start_program(x, x->path, "1000");
    double after = checked(x, "running");

    assert_true(before == 0);
    assert_true(after == 2);
}

static void a_name_longer_than_comm_is_found_whole(void **state)
{
    struct fixture *x = *state;
    char other[64];
    start_program(x, x->long_path, "1000");
    open_by_name(x, x->long_name);

    assert_true(checked(x, "running") == 1);
    fake_host_free(x->host);
    snprintf(other, sizeof other, "%.*s-two", (int)strlen(x->long_name) - 4, x->long_name);
    open_by_name(x, other);
    assert_true(checked(x, "running") == 0);
}

static void an_exit_is_an_event_and_needs_no_check(void **state)
{
    struct fixture *x = *state;
    start_program(x, x->path, "1000");
    open_by_name(x, x->name);
    assert_true(checked(x, "running") == 1);

    end_child(x, 0);

    const struct fake_reading *r = fake_host_await(x->host, "", "running", LIMIT_MS);
    assert_non_null(r);
    assert_true(r->number == 0);
    assert_non_null(strstr(r->text, x->name));
}

static void a_restart_is_seen_without_a_check_and_counted_at_the_next(void **state)
{
    struct fixture *x = *state;
    start_program(x, x->path, "1000");
    open_by_name(x, x->name);
    assert_true(checked(x, "restarts") == 0);

    end_child(x, 0);
    assert_true(await_number(x, "running", 0));
    start_program(x, x->path, "1000");

    assert_true(await_number(x, "running", 1));
    assert_true(checked(x, "restarts") == 1);
    assert_true(checked(x, "restarts") == 0);
}

static void a_restart_between_two_checks_that_no_event_told_is_counted(void **state)
{
    struct fixture *x = *state;
    start_program(x, x->path, "1000");
    open_by_name(x, x->name);
    assert_true(checked(x, "restarts") == 0);

    end_child(x, 0);
    start_program(x, x->path, "1000");

    assert_true(checked(x, "restarts") == 1);
    assert_true(newest(x, "running") == 1);
}

static void a_restart_while_the_agent_was_away_is_counted(void **state)
{
    struct fixture *x = *state;
    start_program(x, x->path, "1000");
    start_program(x, x->path, "1000");
    open_by_name(x, x->name);
    assert_true(checked(x, "restarts") == 0);
    fake_host_close(x->host);

    end_child(x, 0);
    start_program(x, x->path, "1000");
    assert_int_equal(fake_host_open(x->host), 0);

    assert_true(checked(x, "restarts") == 1);
    fake_host_close(x->host);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(checked(x, "restarts") == 0);
}

/* A parent of the subject's name that starts a child of the same name whenever one ended. */
static _Noreturn void be_parent(const char *name, int told)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, name);
    for (;;) {
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                pause();
        }
        if (write(told, &pid, sizeof pid) != sizeof pid)
            _exit(1);
        waitpid(pid, NULL, 0);
    }
}

static void a_child_that_is_replaced_is_no_restart(void **state)
{
    struct fixture *x = *state;
    int fds[2];
    pid_t worker;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    // Whoever is pid 1 here may leave the orphaned worker a zombie.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t parent = fork();
    if (parent == 0)
        be_parent(x->name, fds[1]);
    x->children[x->child_count++] = parent;
    assert_int_equal(read(fds[0], &worker, sizeof worker), sizeof worker);
    open_by_name(x, x->name);
    assert_true(checked(x, "running") == 2);

    kill(worker, SIGKILL);
    assert_int_equal(read(fds[0], &worker, sizeof worker), sizeof worker);

    assert_true(checked(x, "restarts") == 0);
    assert_true(newest(x, "running") == 2);
    close(fds[0]);
    close(fds[1]);
    end_child(x, 0);
    kill(worker, SIGKILL);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
}

static void an_end_that_gives_no_event_is_seen_at_the_next_check_and_said_to_be(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "name", .value = x->name}, {0}};
    start_program(x, x->path, "1000");
    x->host = fake_host_new(&hashimori_plugin, options);
    x->host->refuse_watch = true;
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(checked(x, "running") == 1);
    assert_true(newest(x, "unwatched") == 1);
    assert_true(fake_host_logged(x->host, "is not an event (No space left on device)"));

    end_child(x, 0);

    assert_true(checked(x, "running") == 0);
    assert_true(newest(x, "unwatched") == 0);
}

static void a_young_process_that_execs_later_is_found(void **state)
{
    struct fixture *x = *state;
    int go[2];
    char byte;
    open_by_name(x, x->name);
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (read(go[0], &byte, 1) == 1)
            execl(x->path, x->path, "1000", (char *)NULL);
        _exit(127);
    }
    x->children[x->child_count++] = pid;
    assert_true(checked(x, "running") == 0);

    assert_int_equal(write(go[1], "x", 1), 1);

    assert_true(await_checked(x, "running", 1));
    close(go[0]);
    close(go[1]);
}

static void a_process_that_was_not_waited_for_is_a_zombie_and_does_not_run(void **state)
{
    struct fixture *x = *state;
    pid_t pid = start_program(x, x->path, "1000");
    open_by_name(x, x->name);
    assert_true(checked(x, "zombies") == 0);

    kill(pid, SIGKILL);

    assert_true(await_number(x, "running", 0));
    assert_true(checked(x, "zombies") == 1);
    assert_true(newest(x, "running") == 0);
    end_child(x, 0);
    assert_true(checked(x, "zombies") == 0);
}

/* Whoever vforks waits in state D for the child's exec or end. */
static _Noreturn void be_blocked(const char *name)
{
    prctl(PR_SET_NAME, name);
    pid_t pid = vfork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    _exit(0);
}

static void a_process_in_state_d_is_blocked_and_runs(void **state)
{
    struct fixture *x = *state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t parent = fork();
    if (parent == 0)
        be_blocked(x->name);
    x->children[x->child_count++] = parent;
    open_by_name(x, x->name);

    assert_true(await_checked(x, "blocked", 1));

    assert_true(newest(x, "running") >= 1); // the child, which has the name too, may be seen
    end_child(x, 0);
    assert_true(await_number(x, "running", 0));
    assert_true(checked(x, "blocked") == 0);
    waitpid(-1, NULL, 0);
}

static void each_of_several_restarts_between_two_checks_is_counted(void **state)
{
    struct fixture *x = *state;
    start_program(x, x->path, "1000");
    open_by_name(x, x->name);
    assert_true(checked(x, "restarts") == 0);

    for (size_t i = 0; i < 3; i++) {
        end_child(x, i);
        assert_true(await_number(x, "running", 0));
        start_program(x, x->path, "1000");
        assert_true(await_number(x, "running", 1));
    }

    assert_true(checked(x, "restarts") == 3);
}

static void the_command_line_is_matched_by_a_pattern(void **state)
{
    struct fixture *x = *state;
    char pattern[64];
    snprintf(pattern, sizeof pattern, "%s 98[0-9]$", x->name);
    const struct fake_option options[] = {{.name = "command", .value = pattern}, {0}};
    start_program(x, x->path, "987");
    start_program(x, x->path, "1000");
    open_subject(x, options);

    double running = checked(x, "running");

    assert_true(running == 1);
}

static void a_pattern_that_reaches_its_limit_is_blind_and_not_zero(void **state)
{
    struct fixture *x = *state;
    char many[4097];
    memset(many, 'a', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    const struct fake_option options[] = {
        {.name = "name", .value = x->name}, {.name = "command", .value = "(a|aa)+[0-9]$"}, {0}};
    pid_t pid = fork();
    if (pid == 0) {
        // Named by its first argument; stays because it stops itself.
        execl("/bin/sh", x->path, "-c", "kill -STOP $$", many, (char *)NULL);
        _exit(127);
    }
    x->children[x->child_count++] = pid;
    open_subject(x, options);

    const struct fake_reading *r = NULL;
    for (int i = 0; i < LIMIT_MS && (r == NULL || r->kind != HM_BLIND); i++) {
        fake_host_check(x->host);
        r = fake_host_last(x->host, "", "running");
        fake_host_run_until(x->host, NULL, NULL, 1);
    }

    assert_non_null(r);
    assert_int_equal(r->kind, HM_BLIND);
    assert_true(fake_host_logged(x->host, "match limit"));
}

static void the_user_must_be_the_one(void **state)
{
    struct fixture *x = *state;
    char user[16];
    snprintf(user, sizeof user, "%u", (unsigned)geteuid());
    const struct fake_option mine[] = {
        {.name = "name", .value = x->name}, {.name = "user", .value = user}, {0}};
    const struct fake_option other[] = {
        {.name = "name", .value = x->name}, {.name = "user", .value = "54321"}, {0}};
    start_program(x, x->path, "1000");

    open_subject(x, mine);
    assert_true(checked(x, "running") == 1);
    fake_host_free(x->host);
    open_subject(x, other);
    assert_true(checked(x, "running") == 0);
}

static void the_cgroup_must_be_the_one(void **state)
{
    struct fixture *x = *state;
    const struct fake_option root[] = {
        {.name = "name", .value = x->name}, {.name = "cgroup", .value = "/"}, {0}};
    const struct fake_option other[] = {
        {.name = "name", .value = x->name}, {.name = "unit", .value = "no-such.service"}, {0}};
    start_program(x, x->path, "1000");

    open_subject(x, root);
    assert_true(checked(x, "running") == 1);
    fake_host_free(x->host);
    open_subject(x, other);
    assert_true(checked(x, "running") == 0);
}

static void write_pid_file(const struct fixture *x, const char *content)
{
    FILE *file = fopen(x->pid_path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void the_pid_file_names_the_process(void **state)
{
    struct fixture *x = *state;
    char content[32];
    const struct fake_option options[] = {
        {.name = "name", .value = x->name}, {.name = "pid_file", .value = x->pid_path}, {0}};
    snprintf(content, sizeof content, "%d\n", (int)start_program(x, x->path, "1000"));
    start_program(x, x->path, "1000");
    open_subject(x, options);

    assert_true(checked(x, "running") == 0);
    write_pid_file(x, content);
    assert_true(checked(x, "running") == 1);
    end_child(x, 0);
    assert_true(await_number(x, "running", 0));
}

static void a_stale_pid_file_that_names_another_program_does_not_count(void **state)
{
    struct fixture *x = *state;
    char content[32];
    const struct fake_option options[] = {
        {.name = "name", .value = x->name}, {.name = "pid_file", .value = x->pid_path}, {0}};
    snprintf(content, sizeof content, "%d\n", (int)getpid());
    write_pid_file(x, content);
    open_subject(x, options);

    assert_true(checked(x, "running") == 0);
}

static void a_pid_file_that_holds_no_pid_is_blind(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "pid_file", .value = x->pid_path}, {0}};
    write_pid_file(x, "starting\n");
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(fake_host_last(x->host, "", "running")->kind, HM_BLIND);
    assert_int_equal(fake_host_last(x->host, "", "")->kind, HM_BLIND);
    assert_int_equal(fake_host_count(x->host, NULL, "zombies"), 0);
}

static void figures_are_those_of_the_processes(void **state)
{
    struct fixture *x = *state;
    start_program(x, x->path, "1000");
    start_program(x, x->path, "1000");
    open_by_name(x, x->name);

    assert_int_equal(fake_host_check(x->host), 0);
    assert_int_equal(fake_host_count(x->host, NULL, "cpu_percent"), 0);
    fake_host_run_until(x->host, NULL, NULL, 5);
    assert_int_equal(fake_host_check(x->host), 0);

    assert_true(newest(x, "threads") == 2);
    assert_true(newest(x, "rss_bytes") >= 2 * 4096);
    assert_true(newest(x, "open_fds") >= 6);
    assert_true(newest(x, "fds_percent") > 0 && newest(x, "fds_percent") < 100);
    assert_true(newest(x, "uptime_s") >= 0 && newest(x, "uptime_s") < 3600);
    assert_true(newest(x, "cpu_percent") >= 0);
    assert_true(newest(x, "blocked") == 0);
}

static void closing_gives_every_descriptor_back(void **state)
{
    struct fixture *x = *state;
    int before = dup(0);
    close(before);
    start_program(x, x->path, "1000");
    open_by_name(x, x->name);
    assert_true(checked(x, "running") == 1);
    assert_int_equal(x->host->open_handles, 1);

    fake_host_close(x->host);

    int after = dup(0);
    close(after);
    assert_int_equal(after, before);
}

static void a_subject_that_says_nothing_is_refused(void **state)
{
    struct fixture *x = *state;
    x->host = fake_host_new(&hashimori_plugin, NULL);

    fake_host_validate(x->host);

    assert_true(fake_host_complained(x->host, "at least one of name"));
    assert_int_equal(fake_host_open(x->host), -EINVAL);
}

static void a_name_that_could_never_match_is_refused(void **state)
{
    struct fixture *x = *state;
    const struct fake_option path[] = {{.name = "name", .value = "/opt/renkei/engine"}, {0}};
    const struct fake_option group[] = {{.name = "cgroup", .value = "system.slice"}, {0}};

    x->host = fake_host_new(&hashimori_plugin, path);
    fake_host_validate(x->host);
    assert_true(fake_host_complained(x->host, "holds no /"));
    fake_host_free(x->host);
    x->host = fake_host_new(&hashimori_plugin, group);
    fake_host_validate(x->host);
    assert_true(fake_host_complained(x->host, "does not begin with /"));
}

static void a_user_that_is_not_there_and_more_than_at_most_are_refused(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "user", .value = "nobody-of-that-name"},
        {.name = "least", .value = "3"}, {.name = "most", .value = "2"}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(x->host);

    assert_true(fake_host_complained(x->host, "there is no user \"nobody-of-that-name\""));
    assert_true(fake_host_complained(x->host, "is more than most (2)"));
    assert_int_equal(fake_host_open(x->host), -EINVAL);
}

static void a_pattern_that_does_not_compile_is_refused_with_its_place(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "command", .value = "java (x"}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(x->host);

    assert_int_equal(x->host->complaint_count, 1);
    assert_string_equal(x->host->complaints[0].option, "command");
    assert_true(fake_host_complained(x->host, "at character 7"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(processes_are_counted_by_name),
        TEST(a_name_longer_than_comm_is_found_whole),
        TEST(an_exit_is_an_event_and_needs_no_check),
        TEST(a_restart_is_seen_without_a_check_and_counted_at_the_next),
        TEST(a_restart_between_two_checks_that_no_event_told_is_counted),
        TEST(a_restart_while_the_agent_was_away_is_counted),
        TEST(a_child_that_is_replaced_is_no_restart),
        TEST(an_end_that_gives_no_event_is_seen_at_the_next_check_and_said_to_be),
        TEST(a_young_process_that_execs_later_is_found),
        TEST(a_process_that_was_not_waited_for_is_a_zombie_and_does_not_run),
        TEST(a_process_in_state_d_is_blocked_and_runs),
        TEST(each_of_several_restarts_between_two_checks_is_counted),
        TEST(the_command_line_is_matched_by_a_pattern),
        TEST(a_pattern_that_reaches_its_limit_is_blind_and_not_zero),
        TEST(the_user_must_be_the_one),
        TEST(the_cgroup_must_be_the_one),
        TEST(the_pid_file_names_the_process),
        TEST(a_stale_pid_file_that_names_another_program_does_not_count),
        TEST(a_pid_file_that_holds_no_pid_is_blind),
        TEST(figures_are_those_of_the_processes),
        TEST(closing_gives_every_descriptor_back),
        TEST(a_subject_that_says_nothing_is_refused),
        TEST(a_name_that_could_never_match_is_refused),
        TEST(a_user_that_is_not_there_and_more_than_at_most_are_refused),
        TEST(a_pattern_that_does_not_compile_is_refused_with_its_place),
    };
    return cmocka_run_group_tests_name("plugins/watch_process", tests, NULL, NULL);
}
