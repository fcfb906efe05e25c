/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_PROCESS_PROCFS_H
#define HM_WATCH_PROCESS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * procfs - one process's files under /proc, each read with one openat and one read (proc(5)).
 *
 * @proc_fd is an open /proc. Everything here may fail at any time because the process ended in
 * between (-ENOENT, -ESRCH), or for want of rights (-EACCES, -EPERM).
 */

enum {
    PROC_COMM_BYTES = 16,
    PROC_COMMAND_BYTES = 32 * 1024 /* of a command line; the rest is not looked at */
};

/** What /proc/PID/stat says. */
struct proc_stat {
    pid_t pid;
    pid_t parent;
    char comm[PROC_COMM_BYTES + 1];
    char state;     /* R S D Z T .. */
    uint64_t start; /* clock ticks since boot; (pid, start) is a process's identity */
    uint64_t cpu;   /* clock ticks spent, user and system */
    int64_t rss_pages;
    long threads;
};

/** 0, or -errno; -EBADMSG if the line is not what proc(5) describes. */
int proc_read_stat(int proc_fd, pid_t pid, struct proc_stat *ret);

/**
 * Reads /proc/PID/cmdline into @buffer (@room bytes), NULs between arguments, one NUL behind.
 * Returns its length without that NUL; 0 for kernel threads and zombies.
 */
ssize_t proc_read_command(int proc_fd, pid_t pid, char *buffer, size_t room);

/** Reads any other small file of the process, NUL-terminated. Length or -errno. */
ssize_t proc_read_file(int proc_fd, pid_t pid, const char *leaf, char *buffer, size_t room);

/** Effective user. */
int proc_read_user(int proc_fd, pid_t pid, uid_t *ret_user);

/**
 * How many fds it has open: the size of /proc/PID/fd where the kernel says it (6.2 and later,
 * needs no rights), else by counting. -EACCES where neither is permitted.
 */
ssize_t proc_count_fds(int proc_fd, pid_t pid);

/** Soft limit of open files, or -errno; 0 is "unlimited". */
ssize_t proc_read_fd_limit(int proc_fd, pid_t pid);

/** Where the pids that the kernel hands out stand: they go round, one after another. */
struct proc_pids {
    uint64_t forks; /* processes and threads made since boot, on the whole machine; 0: unknown */
    uint64_t alive; /* processes and threads that there are, on the whole machine */
    uint64_t last;  /* the last pid that was given in our pid namespace, whose /proc this must be */
    uint64_t most;  /* largest pid plus one */
};
struct proc_pids proc_pids_now(int proc_fd);

/**
 * How many pids, counted on from before->last, may have been given anew between @before and @now;
 * now->most: all of them, because they have gone round once or the kernel does not say.
 */
uint64_t proc_pids_given(const struct proc_pids *before, const struct proc_pids *now);

/** Whether @pid is a process and not another one's thread, which has a folder here too. */
bool proc_is_process(int proc_fd, pid_t pid);

/** Called with each pid under /proc. */
typedef void (*proc_pid_fn)(void *arg, pid_t pid);

/** Lists all processes, in the order of the kernel (ascending). 0, or -errno. */
int proc_each_pid(int proc_fd, proc_pid_fn fn, void *arg);

/** Opens a pidfd, or -errno. */
int proc_pidfd(pid_t pid);

#endif
