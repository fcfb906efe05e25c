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
 * SIGTERM; then prints how many it wrote. Twelve lines of noise stand between two failing ones.
 */

static volatile sig_atomic_t ended;

static void on_term(int number)
{
    (void)number;
    ended = 1;
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
    int fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }
    signal(SIGTERM, on_term);
    struct timespec pause = {.tv_nsec = 1000000000L / per_second % 1000000000L};
    unsigned long written = 0;
    while (!ended) {
        char line[160];
        for (int i = 0; i < 12; i++)
            if (append(fd, "2026/04/15 01:10:07 I 集信が正常終了しました rc=0 ERROR count: 0\n") <
                0)
                return 1;
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
