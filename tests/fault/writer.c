/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * writer FILE PER_SECOND: appends failing lines with rising numbers, one write(2) each, until
 * SIGTERM; then prints how many it wrote. Twelve lines of noise come half way between two. At
 * SIGHUP it opens FILE anew, between two failing lines.
 */

static volatile sig_atomic_t ended, rotated;

static void on_term(int number)
{
    (void)number;
    ended = 1;
}

static void on_hup(int number)
{
    (void)number;
    rotated = 1;
}

static int open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        perror(path);
    return fd;
}

static int append(int fd, const char *line)
{
    return write(fd, line, strlen(line)) == (ssize_t)strlen(line) ? 0 : -1;
}

int main(int argc, char **argv)
{
    long per_second = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (per_second < 1 || per_second > 100000) {
        fprintf(stderr, "usage: writer FILE PER_SECOND\n");
        return 2;
    }
    int fd = open_log(argv[1]);
    if (fd < 0)
        return 1;
    signal(SIGTERM, on_term);
    signal(SIGHUP, on_hup);
    struct timespec pause = {.tv_nsec = 500000000L / per_second};
    unsigned long written = 0;
    while (!ended) {
        char line[160];
        if (rotated) {
            rotated = 0;
            close(fd);
            fd = open_log(argv[1]);
        }
        for (int i = 0; i < 12; i++)
            if (append(fd, "2026/04/15 01:10:07 I 集信が正常終了しました rc=0 ERROR count: 0\n") <
                0)
                return 1;
        nanosleep(&pause, NULL);
        snprintf(line, sizeof line,
            "2026/04/15 01:30:00 E 受信に失敗しました ID=JOB-%07lu STS=250\n", written + 1);
        if (append(fd, line) < 0)
            return 1;
        written++;
        nanosleep(&pause, NULL);
    }
    printf("%lu\n", written);
    return 0;
}
