/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * timed [-i STDIN] [-o OUT] [-n NEEDLE] [-t SECONDS] [-j] PROGRAM ARG...: how long a program takes,
 * and what it costs.
 *
 * Without -n, from its start to its end. With -n until NEEDLE stands in the file OUT, which another
 * may write for it (a daemon's output): then it is ended. Its standard input is a pipe that gives
 * it the content of STDIN and stays open; its standard output is OUT, or nothing. -j: no memory of
 * its becomes executable (PR_SET_MDWE), as under systemd's MemoryDenyWriteExecute.
 *
 * Prints wall time and CPU time in us and the private memory in KiB at the end (0 without -n), of
 * the process group. Exit: 0, 1 it failed, 3 NEEDLE did not come within SECONDS (60).
 */

enum { CHUNK = 1 << 16, SET_MDWE = 65, REFUSE_EXEC_GAIN = 1 };

struct run {
    const char *in, *out, *needle;
    int seconds;
    bool no_exec;
    pid_t pid;
    int inotify_fd, out_fd;
    char tail[2 * CHUNK];
    size_t length;
};

static void fail(const char *what)
{
    fprintf(stderr, "timed: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void become(const struct run *r, int in_fd, char **argv)
{
    int out = open(r->out != NULL ? r->out : "/dev/null", O_WRONLY | O_APPEND | O_CLOEXEC);
    setpgid(0, 0);
    if (in_fd >= 0)
        dup2(in_fd, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    if (r->no_exec && prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
        fail("PR_SET_MDWE");
    execvp(argv[0], argv);
    fail(argv[0]);
}

/* Starts the program; the pipe to its standard input stays open in us. */
static void start(struct run *r, char **argv)
{
    int pipe_fd[2] = {-1, -1};
    if (r->in != NULL && pipe(pipe_fd) < 0)
        fail("pipe");
    r->pid = fork();
    if (r->pid == 0) {
        if (pipe_fd[1] >= 0)
            close(pipe_fd[1]);
        become(r, pipe_fd[0], argv);
    }
    setpgid(r->pid, r->pid);
    if (r->in == NULL)
        return;
    char bytes[CHUNK];
    int fd = open(r->in, O_RDONLY | O_CLOEXEC);
    close(pipe_fd[0]);
    for (ssize_t n; fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0;)
        if (write(pipe_fd[1], bytes, (size_t)n) != n)
            fail("the program's standard input");
    close(fd);
}

static bool has_needle(struct run *r)
{
    const size_t overlap = strlen(r->needle);
    ssize_t n;
    while ((n = read(r->out_fd, r->tail + r->length, CHUNK)) > 0) {
        r->length += (size_t)n;
        if (memmem(r->tail, r->length, r->needle, overlap) != NULL)
            return true;
        if (r->length > overlap) {
            memmove(r->tail, r->tail + r->length - overlap, overlap);
            r->length = overlap;
        }
    }
    return false;
}

static bool wait_for_needle(struct run *r, int64_t until_us)
{
    char events[4096];
    while (!has_needle(r)) {
        struct pollfd wait = {.fd = r->inotify_fd, .events = POLLIN};
        int64_t left_us = until_us - now_us();
        if (left_us <= 0 || waitpid(r->pid, NULL, WNOHANG) != 0)
            return false;
        // A program that ends is seen within half a second.
        if (poll(&wait, 1, left_us < 500000 ? (int)(left_us / 1000) + 1 : 500) > 0 &&
            read(r->inotify_fd, events, sizeof events) < 0)
            fail("inotify");
    }
    return true;
}

static uint64_t sum_file(const char *path, const char *key)
{
    char line[256];
    uint64_t sum = 0;
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            sum += strtoull(line + strcspn(line, "0123456789"), NULL, 10);
    if (f != NULL)
        fclose(f);
    return sum;
}

static bool in_group(const char *pid, pid_t group)
{
    char path[300], line[512];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    size_t n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = '\0';
    const char *end = strrchr(line, ')');
    int parent, found;
    return end != NULL && sscanf(end + 1, " %*c %d %d", &parent, &found) == 2 && found == group;
}

/* CPU time of all threads of a process, in ns. */
static uint64_t cpu_of(const char *pid)
{
    char path[600];
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%s/task", pid);
    DIR *tasks = opendir(path);
    for (struct dirent *e; tasks != NULL && (e = readdir(tasks)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%s/task/%s/schedstat", pid, e->d_name);
        sum += sum_file(path, "");
    }
    if (tasks != NULL)
        closedir(tasks);
    return sum;
}

static void measure(const struct run *r, uint64_t *ret_cpu_us, uint64_t *ret_kib)
{
    char path[300];
    DIR *all = opendir("/proc");
    for (struct dirent *e; all != NULL && (e = readdir(all)) != NULL;) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || !in_group(e->d_name, r->pid))
            continue;
        *ret_cpu_us += cpu_of(e->d_name) / 1000;
        snprintf(path, sizeof path, "/proc/%s/smaps_rollup", e->d_name);
        *ret_kib += sum_file(path, "Private_Clean:") + sum_file(path, "Private_Dirty:");
    }
    if (all != NULL)
        closedir(all);
}

static void end(const struct run *r)
{
    for (int ms = 0; ms < 10000; ms += 10) {
        kill(-r->pid, ms == 9000 ? SIGKILL : SIGTERM);
        if (waitpid(r->pid, NULL, WNOHANG) != 0)
            return;
        usleep(10000);
    }
}

static int run_until(struct run *r, char **argv)
{
    uint64_t cpu_us = 0, kib = 0;
    int fd = open(r->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    close(fd);
    r->out_fd = open(r->out, O_RDONLY | O_CLOEXEC);
    r->inotify_fd = inotify_init1(IN_CLOEXEC);
    if (r->out_fd < 0 || inotify_add_watch(r->inotify_fd, r->out, IN_MODIFY) < 0)
        fail(r->out);
    int64_t began = now_us();
    start(r, argv);
    bool came = wait_for_needle(r, began + r->seconds * 1000000LL);
    int64_t took = now_us() - began;
    measure(r, &cpu_us, &kib);
    end(r);
    if (!came)
        return 3;
    printf(
        "%lld %llu %llu\n", (long long)took, (unsigned long long)cpu_us, (unsigned long long)kib);
    return 0;
}

static int run_through(struct run *r, char **argv)
{
    struct rusage used;
    int status;
    int64_t began = now_us();
    start(r, argv);
    if (wait4(r->pid, &status, 0, &used) < 0)
        fail("wait4");
    int64_t took = now_us() - began;
    long long cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL +
                    used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    printf("%lld %lld 0\n", (long long)took, cpu);
    return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct run r = {.seconds = 60};
    for (int c; (c = getopt(argc, argv, "+i:o:n:t:j")) != -1;) {
        if (c == 'i')
            r.in = optarg;
        else if (c == 'o')
            r.out = optarg;
        else if (c == 'n')
            r.needle = optarg;
        else if (c == 't')
            r.seconds = atoi(optarg);
        else if (c == 'j')
            r.no_exec = true;
        else
            optind = argc;
    }
    if (optind >= argc || (r.needle != NULL && r.out == NULL)) {
        fprintf(stderr,
            "usage: timed [-i STDIN] [-o OUT] [-n NEEDLE] [-t SECONDS] [-j] PROGRAM ARG...\n");
        return 2;
    }
    return r.needle != NULL ? run_until(&r, argv + optind) : run_through(&r, argv + optind);
}
