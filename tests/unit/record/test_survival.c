/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "folder.h"

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    folder_make(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    folder_remove(*state);
    free(*state);
    return 0;
}

static const char *const nms[] = {"nms"};

/* One transition: an offset, an incident and its notice in one transaction. 0 or why not. */
static int record_transition(struct record *r, uint64_t number)
{
    char offset[24], subject[] = "engine", text[] = "down";
    snprintf(offset, sizeof offset, "%lu", (unsigned long)number);
    struct moment now = moment_at((int64_t)number);
    struct incident i = {.id = number, .severity = SEVERITY_CRITICAL, .detected_at = now};
    struct notice n = {
        .kind = NOTICE_RAISED, .of.subject = subject, .incident = number, .at = now, .text = text};

    record_keep(r, "log", "offset", offset);
    record_incident(r, &i, now);
    record_notice(r, &n, nms, 1, now);
    free(n.key);
    free(n.incident_key);
    return record_commit(r);
}

static void read_offset(void *arg, const char *key UNUSED, const char *value)
{
    *(uint64_t *)arg = strtoull(value, NULL, 10);
}

/* How many transitions the ledger holds, which must agree everywhere in it. */
static uint64_t transitions(struct record *r)
{
    uint64_t offset = 0, bad = 0;
    struct destination_count c;
    struct text why = {0};
    assert_int_equal(record_each_kept(r, "log", read_offset, &offset), 0);
    assert_int_equal(record_destination_count(r, "nms", &c), 0);
    assert_int_equal(record_next_incident(r), offset + 1);
    if (!record_dirty(r))
        assert_int_equal(record_next_sequence(r), offset + 1);
    assert_int_equal(c.queued, offset);
    assert_int_equal(count_rows(r), 2 * offset);
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    return offset;
}

/* The child: says the number of each transition once it is committed, until it is killed. */
static void record_for_ever(const char *path, int fd)
{
    struct record *r = NULL;
    if (record_open(path, &r) != 0)
        _exit(1);
    for (uint64_t number = record_next_incident(r);; number++)
        if (record_transition(r, number) != 0 ||
            write(fd, &number, sizeof number) != (ssize_t)sizeof number)
            _exit(2);
}

/* Kills a child after @commits of it were acknowledged; returns the last that was. */
static uint64_t kill_after(const char *path, int commits)
{
    int ends[2];
    uint64_t acknowledged = 0, number;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        record_for_ever(path, ends[1]);
    }
    close(ends[1]);
    for (int i = 0; i < commits && read(ends[0], &number, sizeof number) > 0; i++)
        acknowledged = number;
    kill(child, SIGKILL);
    while (read(ends[0], &number, sizeof number) == (ssize_t)sizeof number)
        acknowledged = number;
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return acknowledged;
}

static void a_killed_process_loses_nothing_that_it_committed(void **state)
{
    const struct folder *f = *state;

    for (int round = 0; round < 20; round++) {
        uint64_t acknowledged = kill_after(f->ledger, 1 + round * 3);

        struct record *r = open_ledger(f->ledger);
        uint64_t found = transitions(r);
        // At most the one is more that was committed and not yet said.
        assert_in_range(found, acknowledged, acknowledged + 1);
        r = record_close(r);
    }
}

/* Records until the disk is full; returns the transitions that stand. */
static uint64_t record_until_full(struct record *r)
{
    uint64_t number = record_next_incident(r);
    int result;
    while ((result = record_transition(r, number)) == 0)
        number++;
    assert_int_equal(result, RECORD_E_FULL);
    assert_true(record_dirty(r));
    return number - 1;
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_transaction_that_found_no_room_waits_and_is_not_lost(void **state)
{
    const struct folder *f = *state;
    signal(SIGXFSZ, SIG_IGN);
    struct record *r = open_ledger(f->ledger);
    limit_file_size(256 * 1024);

    uint64_t stands = record_until_full(r);
    assert_int_equal(transitions(r), stands);
    // Another one joins it; nothing of either is in the file.
    assert_int_equal(record_transition(r, stands + 2), RECORD_E_FULL);
    assert_int_equal(transitions(r), stands);

    limit_file_size(RLIM_INFINITY);
    assert_int_equal(record_commit(r), 0);
    assert_false(record_dirty(r));
    assert_int_equal(transitions(r), stands + 2);
    assert_int_equal(record_transition(r, stands + 3), 0);
    r = record_close(r);
    r = open_ledger(f->ledger);
    assert_int_equal(transitions(r), stands + 3);
    r = record_close(r);
}

static char *many_letters(size_t count)
{
    char *letters = malloc(count + 1);
    memset(letters, 'x', count);
    letters[count] = '\0';
    return letters;
}

static void a_write_that_finds_no_room_before_the_commit_waits_too(void **state)
{
    const struct folder *f = *state;
    char *big = many_letters(1024 * 1024);
    signal(SIGXFSZ, SIG_IGN);
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_transition(r, 1), 0);
    limit_file_size(256 * 1024);

    // More than the cache holds: SQLite must write before the commit, and cannot.
    assert_int_equal(record_keep(r, "big", "text", big), 0);
    assert_int_equal(record_transition(r, 2), RECORD_E_FULL);
    assert_int_equal(transitions(r), 1);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(record_commit(r), 0);

    assert_int_equal(transitions(r), 2);
    r = record_close(r);
    free(big);
}

static void what_waits_may_be_dropped(void **state)
{
    const struct folder *f = *state;
    signal(SIGXFSZ, SIG_IGN);
    struct record *r = open_ledger(f->ledger);
    limit_file_size(256 * 1024);
    uint64_t stands = record_until_full(r);

    record_rollback(r);

    limit_file_size(RLIM_INFINITY);
    assert_int_equal(record_transition(r, stands + 1), 0);
    assert_int_equal(transitions(r), stands + 1);
    r = record_close(r);
}

static void what_waits_has_a_bound(void **state)
{
    const struct folder *f = *state;
    char *big = many_letters(16 * 1024 * 1024);
    signal(SIGXFSZ, SIG_IGN);
    struct record *r = open_ledger(f->ledger);
    limit_file_size(256 * 1024);

    int taken = 0;
    while (taken < 10 && record_append(r, moment_at(taken), "config", big) == 0)
        taken++;
    assert_in_range(taken, 4, 5);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(record_commit(r), 0);

    struct text why = {0};
    uint64_t bad = 0;
    assert_int_equal(count_rows(r), taken);
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    r = record_close(r);
    free(big);
}

/* ---- a real full disk, where one can be mounted ------------------------------------------- */

enum { DISK_OK = 0, DISK_NONE = 77 };

/* In a child with its own mount namespace: a disk of 6 MiB at @path. */
static bool mount_disk(const char *path)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", path, "tmpfs", 0, "size=6m") == 0;
}

static void fill_disk(const char *path)
{
    char bytes[4096] = {0};
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    while (fd >= 0 && write(fd, bytes, sizeof bytes) > 0)
        continue;
    close(fd);
}

/* The child's part; the number of the step that went wrong. */
static int live_on_full_disk(const struct folder *f)
{
    char filler[400], ballast[400];
    struct record *r = NULL;
    snprintf(filler, sizeof filler, "%s/filler", f->path);
    snprintf(ballast, sizeof ballast, "%s/ballast", f->path);
    if (record_open(f->ledger, &r) != 0 || access(ballast, F_OK) != 0)
        return 1;
    fill_disk(filler);

    uint64_t number = 1;
    int result;
    while ((result = record_transition(r, number)) == 0)
        number++;
    if (result != RECORD_E_FULL || access(ballast, F_OK) == 0)
        return 2;
    if (record_commit(r) != 0)
        return 3;
    number++;
    while ((result = record_transition(r, number)) == 0)
        number++;
    if (result != RECORD_E_FULL || unlink(filler) != 0 || record_commit(r) != 0)
        return 4;

    uint64_t bad;
    struct text why = {0};
    if (record_verify(r, NULL, &bad, &why) != 0 || count_rows(r) != 2 * number)
        return 5;
    if (record_alive(r, moment_at(1000000), "boot", false) != 0 || access(ballast, F_OK) != 0)
        return 6;
    record_close(r);
    return DISK_OK;
}

static int open_on_full_disk(const struct folder *f)
{
    char filler[400], ballast[400];
    struct record *r = NULL;
    snprintf(filler, sizeof filler, "%s/filler", f->path);
    snprintf(ballast, sizeof ballast, "%s/ballast", f->path);
    if (record_open(f->ledger, &r) != 0 || record_transition(r, 1) != 0)
        return 1;
    record_close(r);
    fill_disk(filler);

    if (record_open(f->ledger, &r) != 0)
        return 2;
    int result = record_transition(r, 2);
    if (result == RECORD_E_FULL)
        result = record_commit(r);
    if (result != 0 || access(ballast, F_OK) == 0)
        return 3;
    record_close(r);
    return DISK_OK;
}

static int in_child(const struct folder *f, int (*run)(const struct folder *f))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(mount_disk(f->path) ? run(f) : DISK_NONE);
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : -1;
}

static int do_nothing(const struct folder *f UNUSED)
{
    return DISK_OK;
}

static bool can_mount(void)
{
    struct folder f;
    folder_make(&f);
    int result = in_child(&f, do_nothing);
    folder_remove(&f);
    return result == DISK_OK;
}

static void on_a_full_disk_the_reserve_is_given_up_and_made_again(void **state)
{
    assert_int_equal(in_child(*state, live_on_full_disk), DISK_OK);
}

static void on_a_full_disk_the_ledger_opens_and_takes_more_by_the_reserve(void **state)
{
    assert_int_equal(in_child(*state, open_on_full_disk), DISK_OK);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    // The last two are left out where they cannot be run: a skipped test counts as failed.
    const struct CMUnitTest tests[] = {
        with_folder(a_killed_process_loses_nothing_that_it_committed),
        with_folder(a_transaction_that_found_no_room_waits_and_is_not_lost),
        with_folder(a_write_that_finds_no_room_before_the_commit_waits_too),
        with_folder(what_waits_may_be_dropped),
        with_folder(what_waits_has_a_bound),
        with_folder(on_a_full_disk_the_reserve_is_given_up_and_made_again),
        with_folder(on_a_full_disk_the_ledger_opens_and_takes_more_by_the_reserve),
    };
    size_t count = sizeof tests / sizeof tests[0];
    if (!can_mount()) {
        fputs("# left out: a full disk (no right to mount one here)\n", stderr);
        count -= 2;
    }
    return _cmocka_run_group_tests("record/survival", tests, count, NULL, NULL);
}
