/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux_dirent64 of getdents64(2). */
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

enum { STAT_BYTES = 1024, STATUS_BYTES = 4096, LISTING_BYTES = 32 * 1024, PID_MAX_DEFAULT = 32768 };

static ssize_t read_at(int dir_fd, const char *path, char *buffer, size_t room)
{
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = read(fd, buffer, room - 1);
    int error = errno;
    close(fd);
    if (n < 0)
        return -error;
    buffer[n] = '\0';
    return n;
}

ssize_t proc_read_file(int proc_fd, pid_t pid, const char *leaf, char *buffer, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "%d/%s", (int)pid, leaf);
    return read_at(proc_fd, path, buffer, room);
}

int proc_read_stat(int proc_fd, pid_t pid, struct proc_stat *ret)
{
    char line[STAT_BYTES];
    ssize_t n = proc_read_file(proc_fd, pid, "stat", line, sizeof line);
    if (n < 0)
        return (int)n;

    // The name stands in brackets and may hold brackets and blanks itself.
    char *open = strchr(line, '(');
    char *close = strrchr(line, ')');
    if (open == NULL || close == NULL || close < open)
        return -EBADMSG;

    struct proc_stat s = {.pid = pid};
    size_t length = (size_t)(close - open - 1);
    memcpy(s.comm, open + 1, length < PROC_COMM_BYTES ? length : PROC_COMM_BYTES);

    int parent;
    unsigned long user, system;
    unsigned long long start;
    long rss;
    // Fields 3 to 24 of proc(5).
    int got = sscanf(close + 1,
        " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %ld %*d %llu %*u %ld",
        &s.state, &parent, &user, &system, &s.threads, &start, &rss);
    if (got != 7)
        return -EBADMSG;
    s.parent = parent;
    s.cpu = (uint64_t)user + system;
    s.start = start;
    s.rss_pages = rss;
    *ret = s;
    return 0;
}

ssize_t proc_read_command(int proc_fd, pid_t pid, char *buffer, size_t room)
{
    ssize_t n = proc_read_file(proc_fd, pid, "cmdline", buffer, room);
    while (n > 0 && buffer[n - 1] == '\0')
        n--;
    return n;
}

int proc_read_user(int proc_fd, pid_t pid, uid_t *ret_user)
{
    char status[STATUS_BYTES];
    ssize_t n = proc_read_file(proc_fd, pid, "status", status, sizeof status);
    if (n < 0)
        return (int)n;
    unsigned effective;
    const char *line = strstr(status, "\nUid:");
    if (line == NULL || sscanf(line, "\nUid: %*u %u", &effective) != 1)
        return -EBADMSG;
    *ret_user = effective;
    return 0;
}

/* Before Linux 6.2 the size of a fd folder is always 0. */
static bool kernel_sizes_fd_folders(int proc_fd)
{
    struct stat own;
    return fstatat(proc_fd, "self/fd", &own, 0) == 0 && own.st_size > 0;
}

static ssize_t count_entries(int proc_fd, const char *path)
{
    int fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        int error = errno;
        close(fd);
        return -error;
    }
    ssize_t count = 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        count += e->d_name[0] != '.';
    closedir(dir);
    return count;
}

ssize_t proc_count_fds(int proc_fd, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "%d/fd", (int)pid);
    struct stat folder;
    if (fstatat(proc_fd, path, &folder, 0) < 0)
        return -errno;
    if (folder.st_size > 0 || kernel_sizes_fd_folders(proc_fd))
        return (ssize_t)folder.st_size;
    return count_entries(proc_fd, path);
}

ssize_t proc_read_fd_limit(int proc_fd, pid_t pid)
{
    char limits[STATUS_BYTES];
    ssize_t n = proc_read_file(proc_fd, pid, "limits", limits, sizeof limits);
    if (n < 0)
        return n;
    long soft;
    const char *line = strstr(limits, "\nMax open files");
    if (line == NULL)
        return -EBADMSG;
    return sscanf(line, "\nMax open files %ld", &soft) == 1 && soft > 0 ? soft : 0;
}

static uint64_t read_forks(int proc_fd)
{
    enum { BLOCK = 8192 };
    char buffer[2 * BLOCK + 1];
    size_t held = 0;
    uint64_t forks = 0;
    int fd = openat(proc_fd, "stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    // The line stands behind one line per CPU and a very long one of interrupts.
    for (ssize_t n; forks == 0 && (n = read(fd, buffer + held, BLOCK)) > 0;) {
        held += (size_t)n;
        buffer[held] = '\0';
        const char *line = strstr(buffer, "\nprocesses ");
        if (line != NULL && strchr(line + 1, '\n') != NULL)
            forks = strtoull(line + 11, NULL, 10);
        size_t tail = held < 64 ? held : 64;
        memmove(buffer, buffer + held - tail, tail);
        held = tail;
    }
    close(fd);
    return forks;
}

static uint64_t read_pid_max(int proc_fd)
{
    char text[32];
    if (read_at(proc_fd, "sys/kernel/pid_max", text, sizeof text) <= 0)
        return PID_MAX_DEFAULT;
    uint64_t most = strtoull(text, NULL, 10);
    return most > 0 ? most : PID_MAX_DEFAULT;
}

/* A /proc of another pid namespace shows other numbers than the ones that are handed out to us. */
static bool is_of_our_namespace(int proc_fd)
{
    char link[32];
    ssize_t n = readlinkat(proc_fd, "self", link, sizeof link - 1);
    link[n < 0 ? 0 : n] = '\0';
    return n > 0 && strtol(link, NULL, 10) == (long)getpid();
}

struct proc_pids proc_pids_now(int proc_fd)
{
    char text[128];
    unsigned long long alive = 0, last = 0;
    struct proc_pids now = {.most = read_pid_max(proc_fd)};
    // "0.20 0.18 0.12 1/80 11206" of proc(5). What is read first is counted twice, never not at
    // all.
    if (is_of_our_namespace(proc_fd) && read_at(proc_fd, "loadavg", text, sizeof text) > 0 &&
        sscanf(text, "%*s %*s %*s %*u/%llu %llu", &alive, &last) == 2)
        now.forks = read_forks(proc_fd);
    now.alive = alive;
    now.last = last;
    return now;
}

uint64_t proc_pids_given(const struct proc_pids *before, const struct proc_pids *now)
{
    if (before->forks == 0 || now->forks < before->forks || before->most != now->most ||
        before->last >= now->most || now->last >= now->most)
        return now->most;
    uint64_t forks = now->forks - before->forks;
    uint64_t gone_on = (now->last + now->most - before->last) % now->most;
    // The pids that were given, and those in between that were taken, are less than one round.
    return forks <= gone_on || forks + now->alive < now->most ? gone_on : now->most;
}

static bool leads_its_group(int proc_fd, pid_t pid)
{
    char status[STATUS_BYTES];
    int group;
    if (proc_read_file(proc_fd, pid, "status", status, sizeof status) < 0)
        return false;
    const char *line = strstr(status, "\nTgid:");
    return line != NULL && sscanf(line, "\nTgid: %d", &group) == 1 && group == pid;
}

bool proc_is_process(int proc_fd, pid_t pid)
{
    // A thread that leads no group has no pidfd; asking for one is the cheapest question.
    int fd = proc_pidfd(pid);
    if (fd >= 0)
        close(fd);
    bool is_out_of_fds = fd == -EMFILE || fd == -ENFILE;
    return fd >= 0 || (is_out_of_fds && leads_its_group(proc_fd, pid));
}

int proc_each_pid(int proc_fd, proc_pid_fn fn, void *arg)
{
    _Alignas(struct directory_entry) char listing[LISTING_BYTES];
    if (lseek(proc_fd, 0, SEEK_SET) < 0)
        return -errno;
    for (;;) {
        long n = syscall(SYS_getdents64, proc_fd, listing, sizeof listing);
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        for (long at = 0; at < n;) {
            const struct directory_entry *e = (const void *)(listing + at);
            at += e->length;
            if (e->name[0] >= '1' && e->name[0] <= '9')
                fn(arg, atoi(e->name));
        }
    }
}

int proc_pidfd(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}
