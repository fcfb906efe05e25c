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
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * latency MODE ROUNDS ARG OUT...: how long until what happens stands in the files of the receivers.
 *
 *   exit    ARG is a program: it is started, and killed with SIGKILL once each OUT says that it
 *           runs again
 *   seen    the same; OUT is what a worker prints in the foreground
 *   line    ARG is a log: a failing line is appended
 *   recorded  the same; OUT is the trace of tests/fault/point.c: when the commit of the reading was
 *           synced, by the daemon's own clock
 *   sync    ARG is a new file: 200 bytes are written over and over into space that is there, with
 *           fdatasync; no OUT. What no durable record can be faster than
 *
 * Each OUT is written by a receiver (snmptrapd, rsyslogd); it is followed by inotify, so that what
 * is printed contains the receiver's own time to write its line. Prints for each OUT: rounds, p50,
 * p99, max in microseconds.
 */

#define RUNNING "\"metric\":\"running\",\"kind\":\"number\",\"number\":"

enum { OUTS_MAX = 4, ROUNDS_MAX = 100000, TAIL_BYTES = 1 << 16, LIMIT_MS = 20000 };

struct out {
    const char *path;
    int fd;
    char tail[TAIL_BYTES];
    size_t length;
    int64_t *took_us;
};

struct bench {
    struct out outs[OUTS_MAX];
    int count;
    int inotify_fd;
    long rounds;
};

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void fail(const char *what)
{
    fprintf(stderr, "latency: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void read_more(struct out *o)
{
    ssize_t n;
    do {
        if (o->length >= TAIL_BYTES - 4097) {
            memmove(o->tail, o->tail + TAIL_BYTES / 2, o->length - TAIL_BYTES / 2);
            o->length -= TAIL_BYTES / 2;
        }
        n = read(o->fd, o->tail + o->length, 4096);
        if (n > 0)
            o->length += (size_t)n;
        o->tail[o->length] = '\0';
    } while (n == 4096);
}

/* Waits until every file holds @needle (or only the first, for @first_only); times go to round
 * @round. */
static void wait_for(struct bench *b, const char *needle, int64_t since, long round)
{
    bool found[OUTS_MAX] = {false};
    int wanted = b->count, have = 0;
    int64_t limit = now_us() + LIMIT_MS * 1000LL;
    while (have < wanted) {
        for (int i = 0; i < wanted; i++) {
            if (found[i])
                continue;
            read_more(&b->outs[i]);
            if (strstr(b->outs[i].tail, needle) == NULL)
                continue;
            found[i] = true;
            have++;
            if (round >= 0)
                b->outs[i].took_us[round] = now_us() - since;
        }
        struct pollfd wait = {.fd = b->inotify_fd, .events = POLLIN};
        char events[4096];
        if (have < wanted && (now_us() > limit || poll(&wait, 1, LIMIT_MS) <= 0)) {
            fprintf(stderr, "latency: \"%s\" did not arrive\n", needle);
            exit(1);
        }
        if (have < wanted && read(b->inotify_fd, events, sizeof events) < 0)
            fail("inotify");
    }
    for (int i = 0; i < b->count; i++) {
        b->outs[i].length = 0;
        b->outs[i].tail[0] = '\0';
    }
}

static pid_t start(const char *program)
{
    pid_t pid = fork();
    if (pid == 0) {
        // It must not hold a pipe open when this program ends before it.
        int null_fd = open("/dev/null", O_RDWR);
        dup2(null_fd, STDOUT_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(program, program, "100000", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void run_exit(struct bench *b, const char *program, const char *runs, const char *ended)
{
    pid_t victim = start(program);
    for (long round = 0; round < b->rounds; round++) {
        wait_for(b, runs, 0, -1);
        usleep(20000 + (useconds_t)(random() % 20000));
        int64_t began = now_us();
        kill(victim, SIGKILL);
        wait_for(b, ended, began, round);
        waitpid(victim, NULL, 0);
        victim = start(program);
    }
    kill(victim, SIGKILL);
    waitpid(victim, NULL, 0);
}

static void run_line(struct bench *b, const char *log)
{
    int fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        fail(log);
    for (long round = 0; round < b->rounds; round++) {
        char line[128], needle[32];
        snprintf(needle, sizeof needle, "ID=LAT-%06ld", round);
        int n = snprintf(
            line, sizeof line, "2026/04/15 01:30:00 E transfer failed %s STS=250\n", needle);
        usleep(20000 + (useconds_t)(random() % 20000));
        int64_t began = now_us();
        if (write(fd, line, (size_t)n) != n)
            fail(log);
        wait_for(b, needle, began, round);
    }
    close(fd);
}

/* When the first commit of a reading after @since was synced, us; 0: none yet. */
static int64_t committed_after(const char *trace, int64_t since)
{
    static const char border[] = "reading-committed ";
    for (const char *p = trace; (p = strstr(p, border)) != NULL; p++) {
        if (strchr(p, '\n') == NULL)
            break;
        int64_t at = strtoll(p + sizeof border - 1, NULL, 10);
        if (at >= since)
            return at;
    }
    return 0;
}

static void run_recorded(struct bench *b, const char *log)
{
    int fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        fail(log);
    for (long round = 0; round < b->rounds; round++) {
        char line[128], events[4096];
        struct pollfd wait = {.fd = b->inotify_fd, .events = POLLIN};
        int n = snprintf(line, sizeof line,
            "2026/04/15 01:30:00 E transfer failed ID=LAT-%06ld STS=250\n", round);
        usleep(20000 + (useconds_t)(random() % 20000));
        read_more(&b->outs[0]);
        b->outs[0].length = 0;
        int64_t began = now_us(), at;
        if (write(fd, line, (size_t)n) != n)
            fail(log);
        for (read_more(&b->outs[0]); (at = committed_after(b->outs[0].tail, began)) == 0;
             read_more(&b->outs[0]))
            if (now_us() - began > LIMIT_MS * 1000LL || poll(&wait, 1, LIMIT_MS) <= 0 ||
                read(b->inotify_fd, events, sizeof events) < 0)
                fail("no commit in the trace");
        b->outs[0].took_us[round] = at - began;
    }
    close(fd);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void run_sync(struct bench *b, const char *path)
{
    static char block[1 << 20];
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, block, sizeof block) != sizeof block || fsync(fd) < 0)
        fail(path);
    for (long round = 0; round < b->rounds; round++) {
        off_t at = round * 200 % (off_t)(sizeof block - 200);
        usleep(2000);
        int64_t began = now_us();
        if (pwrite(fd, block, 200, at) != 200 || fdatasync(fd) < 0)
            fail(path);
        b->outs[0].took_us[round] = now_us() - began;
    }
    close(fd);
}

static void print_out(const struct bench *b, const char *mode, const struct out *o)
{
    qsort(o->took_us, (size_t)b->rounds, sizeof *o->took_us, by_size);
    printf("| %s | %s | %ld | %lld | %lld | %lld |\n", mode, o->path, b->rounds,
        (long long)o->took_us[b->rounds / 2], (long long)o->took_us[b->rounds * 99 / 100],
        (long long)o->took_us[b->rounds - 1]);
}

static void add_out(struct bench *b, const char *path, bool is_followed)
{
    struct out *o = &b->outs[b->count++];
    o->path = path;
    o->took_us = calloc((size_t)b->rounds, sizeof *o->took_us);
    if (o->took_us == NULL)
        fail(path);
    if (!is_followed)
        return;
    o->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (o->fd < 0 || inotify_add_watch(b->inotify_fd, path, IN_MODIFY) < 0)
        fail(path);
    lseek(o->fd, 0, SEEK_END);
}

int main(int argc, char **argv)
{
    static struct bench b;
    b.rounds = argc >= 4 ? strtol(argv[2], NULL, 10) : 0;
    bool syncs = argc >= 4 && strcmp(argv[1], "sync") == 0;
    if (b.rounds < 1 || b.rounds > ROUNDS_MAX || argc > 4 + OUTS_MAX || (argc == 4) != syncs) {
        fprintf(
            stderr, "usage: latency exit|seen|line|recorded|sync ROUNDS PROGRAM|LOG|FILE OUT...\n");
        return 2;
    }
    b.inotify_fd = inotify_init1(IN_CLOEXEC);
    for (int i = 4; i < argc; i++)
        add_out(&b, argv[i], true);
    srandom(1);
    if (syncs) {
        add_out(&b, argv[3], false);
        run_sync(&b, argv[3]);
    } else if (strcmp(argv[1], "exit") == 0) {
        run_exit(&b, argv[3], "HM-INC-CLEARED", "HM-INC-RAISED");
    } else if (strcmp(argv[1], "seen") == 0) {
        run_exit(&b, argv[3], RUNNING "1.0", RUNNING "0.0");
    } else if (strcmp(argv[1], "recorded") == 0) {
        run_recorded(&b, argv[3]);
    } else {
        run_line(&b, argv[3]);
    }
    for (int i = 0; i < b.count; i++)
        print_out(&b, argv[1], &b.outs[i]);
    return 0;
}
