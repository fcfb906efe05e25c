/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * host MODE ..: what host.sh measures the process plug-in with.
 *
 *   exit PROGRAM ROUNDS TRACE  kills PROGRAM and starts it again ROUNDS times; TRACE is what
 *                              tests/fault/point.c writes in the daemon. Prints rounds, p50, p99
 * and max in us, from before kill(2) to the daemon's read of the reading crowd COUNT COUNT
 * processes that sleep; says "ready"; ends them at end of input storm COUNT                COUNT
 * processes that end at once, one after another cpu ROUNDS COMMAND ..      median of the CPU that
 * COMMAND takes, in us
 */

enum { ROUNDS_MAX = 100000, LIMIT_US = 20 * 1000 * 1000, LINE_BYTES = 256 };

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "host: %s: %s\n", what, strerror(errno));
    exit(1);
}

static long number_of(const char *text)
{
    long n = strtol(text, NULL, 10);
    return n > 0 && n <= ROUNDS_MAX ? n : 1;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_spread(int64_t *took, long count)
{
    qsort(took, (size_t)count, sizeof *took, by_value);
    printf("%ld %lld %lld %lld\n", count, (long long)took[(count - 1) / 2],
        (long long)took[(count * 99 + 99) / 100 - 1], (long long)took[count - 1]);
}

/* ---- exit -------------------------------------------------------------------------------- */

/* When the daemon next read a reading after @since; from where @trace stands. */
static int64_t await_reading(FILE *trace, int64_t since)
{
    char line[LINE_BYTES];
    while (now_us() - since < LIMIT_US) {
        long at = ftell(trace);
        long long us;
        if (fgets(line, sizeof line, trace) == NULL || strchr(line, '\n') == NULL) {
            fseek(trace, at, SEEK_SET); // not there yet, or half a line
            poll(NULL, 0, 1);
            continue;
        }
        if (sscanf(line, "reading-in %lld", &us) == 1 && us >= since)
            return us;
    }
    errno = ETIMEDOUT;
    fail("the daemon read no reading");
}

/* Returns when it is PROGRAM: before that nobody can know it by its name. */
static pid_t start_program(const char *path)
{
    int ends[2];
    char byte;
    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(path, path, "100000", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
        continue;
    close(ends[0]);
    return pid;
}

static int measure_exit(const char *program, long rounds, const char *path)
{
    static int64_t took[ROUNDS_MAX];
    FILE *trace = fopen(path, "re");
    if (trace == NULL)
        fail(path);
    fseek(trace, 0, SEEK_END);
    for (long i = 0; i < rounds; i++) {
        pid_t pid = start_program(program);
        await_reading(trace, now_us());
        poll(NULL, 0, 5); // what the daemon does with it is not ours to measure
        int64_t began = now_us();
        kill(pid, SIGKILL);
        took[i] = await_reading(trace, began) - began;
        waitpid(pid, NULL, 0);
        poll(NULL, 0, 5); // all readings of the end are in: none is taken for one of the next start
    }
    fclose(trace);
    print_spread(took, rounds);
    return 0;
}

/* ---- many processes ---------------------------------------------------------------------- */

static int be_crowd(long count)
{
    for (long i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                pause();
        }
    }
    printf("ready\n");
    fflush(stdout);
    for (;;)
        pause();
}

static void fork_one(void)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
}

static int make_storm(long count)
{
    for (long i = 0; i < count; i++)
        fork_one();
    return 0;
}

/* ---- a command --------------------------------------------------------------------------- */

static int64_t cpu_of(char **argv)
{
    struct rusage used;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null_fd, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &used) != pid || status != 0)
        fail(argv[0]);
    return (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
           used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

static int measure_cpu(long rounds, char **argv)
{
    static int64_t took[ROUNDS_MAX];
    for (long i = 0; i < rounds; i++)
        took[i] = cpu_of(argv);
    qsort(took, (size_t)rounds, sizeof *took, by_value);
    printf("%lld\n", (long long)took[(rounds - 1) / 2]);
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    if (strcmp(mode, "exit") == 0 && argc == 5)
        return measure_exit(argv[2], number_of(argv[3]), argv[4]);
    if (strcmp(mode, "crowd") == 0)
        return be_crowd(number_of(argv[2]));
    if (strcmp(mode, "storm") == 0)
        return make_storm(number_of(argv[2]));
    if (strcmp(mode, "cpu") == 0 && argc > 3)
        return measure_cpu(number_of(argv[2]), argv + 3);
    fprintf(stderr, "usage: host exit|crowd|storm|cpu ..; see the source\n");
    return 2;
}
