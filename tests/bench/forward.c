/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/*
 * forward LOG OUT BATCH COUNT FROM: how many failing lines a second go from a log to a receiver.
 *
 * COUNT lines with numbers from FROM on are appended to LOG, BATCH at a time in one write; the next
 * ones when the file OUT of the receiver holds as many more. OUT is followed by inotify: looking at
 * it costs less than what is measured. Prints lines a second; ends with 1 when they stop coming.
 */

enum { BATCH_MAX = 1000, LINE_BYTES = 64, CHUNK = 65536, LIMIT_MS = 20000 };

static const char mark[] = "ID=WIR-";

struct out {
    int fd, inotify_fd;
    unsigned long arrived;
    char tail[CHUNK];
    size_t length;
};

static void fail(const char *what)
{
    fprintf(stderr, "forward: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Counts the lines that are new in the file. */
static void read_more(struct out *o)
{
    ssize_t n;
    while ((n = read(o->fd, o->tail + o->length, sizeof o->tail - o->length)) > 0) {
        const char *line = o->tail, *end = o->tail + o->length + n, *stop;
        for (; (stop = memchr(line, '\n', (size_t)(end - line))) != NULL; line = stop + 1)
            o->arrived += memmem(line, (size_t)(stop - line), mark, sizeof mark - 1) != NULL;
        o->length = (size_t)(end - line);
        memmove(o->tail, line, o->length);
    }
}

static void await(struct out *o, unsigned long wanted)
{
    char events[4096];
    struct pollfd wait = {.fd = o->inotify_fd, .events = POLLIN};
    for (read_more(o); o->arrived < wanted; read_more(o))
        if (poll(&wait, 1, LIMIT_MS) <= 0 || read(o->inotify_fd, events, sizeof events) < 0)
            fail("the lines do not arrive");
}

static void append(int fd, unsigned long from, unsigned long count)
{
    static char lines[BATCH_MAX * LINE_BYTES];
    size_t length = 0;
    for (unsigned long i = 0; i < count; i++)
        length += (size_t)snprintf(lines + length, sizeof lines - length,
            "E failed ID=WIR-%07lu STS=250\n", (from + i) % 10000000);
    if (write(fd, lines, length) != (ssize_t)length)
        fail("the log");
}

int main(int argc, char **argv)
{
    static struct out out;
    unsigned long batch = argc == 6 ? strtoul(argv[3], NULL, 10) : 0;
    if (batch < 1 || batch > BATCH_MAX) {
        fprintf(stderr, "usage: forward LOG OUT BATCH COUNT FROM\n");
        return 2;
    }
    unsigned long count = strtoul(argv[4], NULL, 10), from = strtoul(argv[5], NULL, 10);
    int fd = open(argv[1], O_WRONLY | O_APPEND | O_CLOEXEC);
    out.fd = open(argv[2], O_RDONLY | O_CLOEXEC);
    out.inotify_fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0 || out.fd < 0 || inotify_add_watch(out.inotify_fd, argv[2], IN_MODIFY) < 0)
        fail(argv[fd < 0 ? 1 : 2]);
    lseek(out.fd, 0, SEEK_END);

    int64_t began = now_us();
    unsigned long done = 0;
    for (; done < count; done += batch) {
        append(fd, from + done, batch);
        await(&out, done + batch);
    }
    printf("%.0f\n", (double)done * 1e6 / (double)(now_us() - began));
    return 0;
}
