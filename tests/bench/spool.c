/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spool - what the bench of the queue plug-in needs beside the worker:
 *   spool make FOLDER FROM TO       empty files FROM..TO-1
 *   spool list FOLDER               CPU ms of reading all names with getdents64: the limit
 *   spool cpu PROGRAM...            CPU ms of the program and of what it waits for
 *   spool turns FOLDER BURST        the longest turn of a loop that holds the plug-in, in CPU ms
 * (so that waiting, and others on the machine, are left out), one line a phase: start, pass, a
 * burst of BURST files made and removed, the oldest files removed, and, begun anew, a start at
 * which the records of the files that are left are counted
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake_host.h"

extern const struct hm_plugin hashimori_plugin;

enum {
    LIMIT_MS = 120000,
    PASS_MS = 5000, /* far more than a pass takes */
    LISTING_BYTES = 1024 * 1024
};

static void give_up(const char *what)
{
    fprintf(stderr, "spool: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double clock_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void name_of(char *ret, size_t room, const char *folder, long i)
{
    snprintf(ret, room, "%s/ZEI-%04ld_20260415_%07ld.csv", folder, i % 1000, i);
}

static void make_files(const char *folder, long from, long to)
{
    char path[512];
    for (long i = from; i < to; i++) {
        name_of(path, sizeof path, folder, i);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0)
            give_up(path);
        close(fd);
    }
}

static void remove_files(const char *folder, long from, long to)
{
    char path[512];
    for (long i = from; i < to; i++) {
        name_of(path, sizeof path, folder, i);
        unlink(path);
    }
}

static void list_folder(const char *folder)
{
    char *listing = malloc(LISTING_BYTES);
    double began = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || listing == NULL)
        give_up(folder);
    while (syscall(SYS_getdents64, fd, listing, LISTING_BYTES) > 0)
        continue;
    printf("%.3f\n", clock_ms(CLOCK_PROCESS_CPUTIME_ID) - began);
    close(fd);
    free(listing);
}

static void run_program(char **argv)
{
    struct rusage used;
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("/dev/null", O_WRONLY);
        dup2(fd, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    if (wait4(pid, &status, 0, &used) < 0 || status != 0)
        give_up(argv[0]);
    printf("%.3f\n", (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
                         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3);
}

/* ---- turns ---- */

/* The longest turn so far. */
struct turns {
    double last_ms, longest_ms;
    const char *metric;
    double number; /* of it that ends it; ANY_NUMBER; NO_NUMBER: none does */
};
enum { ANY_NUMBER = -1, NO_NUMBER = -2 };

static void end_turn(struct turns *t)
{
    double now_ms = clock_ms(CLOCK_THREAD_CPUTIME_ID);
    if (now_ms - t->last_ms > t->longest_ms)
        t->longest_ms = now_ms - t->last_ms;
    t->last_ms = now_ms;
}

static bool on_turn(const struct fake_host *f, const void *arg)
{
    // The condition is const to the host's eyes; what it counts is this program's.
    union {
        const void *in;
        struct turns *out;
    } cast = {.in = arg};
    struct turns *t = cast.out;
    end_turn(t);
    const struct fake_reading *r = fake_host_last(f, "in", t->metric);
    return r != NULL && t->number != NO_NUMBER &&
           (t->number == ANY_NUMBER || (r->number >= t->number && r->number <= t->number));
}

/* A check and what follows, until @metric is told as wanted; the longest turn. */
static double check_until(struct fake_host *f, const char *metric, double number)
{
    struct turns t = {
        .last_ms = clock_ms(CLOCK_THREAD_CPUTIME_ID), .metric = metric, .number = number};
    double until_ms = clock_ms(CLOCK_MONOTONIC) + LIMIT_MS;
    do {
        fake_host_forget(f);
        fake_host_check(f);
        end_turn(&t);
        fake_host_run_until(f, on_turn, &t, number < 0 ? LIMIT_MS : 200);
    } while (!on_turn(f, &t) && clock_ms(CLOCK_MONOTONIC) < until_ms);
    return t.longest_ms;
}

/* Turns the loop while a pass runs. */
static double turn_for(struct fake_host *f, int64_t ms)
{
    struct turns t = {
        .last_ms = clock_ms(CLOCK_THREAD_CPUTIME_ID), .metric = "depth", .number = NO_NUMBER};
    fake_host_run_until(f, on_turn, &t, ms);
    return t.longest_ms;
}

static long count_files(struct fake_host *f)
{
    return (long)fake_host_last(f, "in", "depth")->number;
}

/* Makes or removes files in a process beside the loop. */
static double change(struct fake_host *f, const char *folder, void (*fn)(const char *, long, long),
    long from, long to, long depth)
{
    pid_t pid = fork();
    if (pid == 0) {
        fn(folder, from, to);
        _exit(0);
    }
    double longest_ms = check_until(f, "depth", (double)depth);
    waitpid(pid, NULL, 0);
    return longest_ms;
}

static void measure_turns(const char *folder, long burst)
{
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = folder}, {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {
        {.name = "stages", .group = in}, {.name = "recount", .value = "10m"}, {0}};
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);
    if (fake_host_open(f) < 0)
        give_up("open");
    printf("start %.3f\n", check_until(f, "depth", ANY_NUMBER));
    long count = count_files(f);
    f->clock_shift_ms += 11 * 60 * 1000;
    fake_host_check(f);
    printf("pass %.3f\n", turn_for(f, PASS_MS));
    double made_ms = change(f, folder, make_files, count, count + burst, count + burst);
    double gone_ms = change(f, folder, remove_files, count, count + burst, count);
    printf("burst %.3f\n", made_ms > gone_ms ? made_ms : gone_ms);
    printf("drain %.3f\n", change(f, folder, remove_files, 0, count / 2, count - count / 2));
    fake_host_free(f);
}

static void measure_counting(const char *folder)
{
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = folder}, {.name = "settle", .value = "0s"},
        {.name = "count_lines", .value = "plain"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);
    if (fake_host_open(f) < 0)
        give_up("open");
    printf("count %.3f\n", check_until(f, "uncounted_files", 0));
    fake_host_free(f);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "make") == 0)
        make_files(argv[2], atol(argv[3]), atol(argv[4]));
    else if (argc == 3 && strcmp(argv[1], "list") == 0)
        list_folder(argv[2]);
    else if (argc > 2 && strcmp(argv[1], "cpu") == 0)
        run_program(argv + 2);
    else if (argc == 4 && strcmp(argv[1], "turns") == 0) {
        measure_turns(argv[2], atol(argv[3]));
        measure_counting(argv[2]);
    } else {
        fprintf(stderr, "spool: see the top of spool.c\n");
        return 2;
    }
    return 0;
}
