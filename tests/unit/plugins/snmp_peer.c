/* SPDX-License-Identifier: BSD-2-Clause */
#include "snmp_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { UP_LIMIT_MS = 30000, TEXT_BYTES = 1 << 20, ARGS_MAX = 40 };

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "snmp_peer: %s: %s\n", what, strerror(errno));
    exit(99);
}

int64_t peer_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Time on a processor and time in wait for one, as /proc/thread-self/schedstat has them. */
int64_t peer_asleep_ms(void)
{
    char text[96] = "";
    int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (read(fd, text, sizeof text - 1) < 0)
            text[0] = '\0';
        close(fd);
    }
    char *rest = text;
    int64_t ran_ns = strtoll(rest, &rest, 10);
    int64_t waited_ns = strtoll(rest, &rest, 10);
    return peer_now_ms() - (ran_ns + waited_ns) / 1000000;
}

static void nap(void)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

const char *peer_program(const char *program)
{
    static char path[256];
    static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/sbin"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folders[i], program);
        if (access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

/* Below the range from which the kernel gives ports to whoever asks for any. */
static uint16_t free_port(void)
{
    enum { FIRST = 20000, COUNT = 12000, TRIES = 1000 };
    for (int i = 0; i < TRIES; i++) {
        uint16_t number;
        if (getrandom(&number, sizeof number, 0) != sizeof number)
            die("random number");
        struct sockaddr_in a = {.sin_family = AF_INET,
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
            .sin_port = htons((uint16_t)(FIRST + number % COUNT))};
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
        if (fd >= 0)
            close(fd);
        if (is_free)
            return ntohs(a.sin_port);
    }
    die("free port");
}

void peer_init(struct peer *p)
{
    const char *top = getenv("top_builddir");
    *p = (struct peer){.port = free_port()};
    // Absolute: the peer may look from elsewhere.
    char *here = realpath(top == NULL ? "." : top, NULL);
    if (here == NULL ||
        snprintf(p->dir, sizeof p->dir, "%s/snmp-peer.XXXXXX", here) >= (int)sizeof p->dir ||
        mkdtemp(p->dir) == NULL)
        die("folder");
    free(here);
    peer_forget(p);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void peer_forget(const struct peer *p)
{
    char persist[sizeof p->dir + 16];
    snprintf(persist, sizeof persist, "%s/persist", p->dir);
    remove_tree(persist);
    if (mkdir(persist, 0700) < 0)
        die(persist);
}

void peer_deinit(struct peer *p)
{
    if (p->pid != 0)
        peer_stop(p, SIGKILL);
    remove_tree(p->dir);
}

void peer_configure(const struct peer *p, const char *name, const char *text)
{
    char path[sizeof p->dir + 64];
    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    FILE *f = fopen(path, "we");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        die(path);
}

static void set_environment(const struct peer *p)
{
    char text[2 * sizeof p->dir + 64];
    const char *source = getenv("top_srcdir");
    snprintf(text, sizeof text, "%s:%s/persist", p->dir, p->dir);
    setenv("SNMPCONFPATH", text, 1);
    snprintf(text, sizeof text, "%s/persist", p->dir);
    setenv("SNMP_PERSISTENT_DIR", text, 1);
    snprintf(text, sizeof text, "%s/tests/lint/mib-stubs:%s/mibs", source == NULL ? ".." : source,
        source == NULL ? ".." : source);
    setenv("MIBDIRS", text, 1);
    setenv("MIBS", "HASHIMORI-MIB", 1);
}

static pid_t spawn(const char *program, const char *const *argv, int out_fd)
{
    const char *path = peer_program(program);
    if (path == NULL)
        die(program);
    char *args[ARGS_MAX + 2] = {strdup(path)};
    for (int i = 0; argv[i] != NULL && i < ARGS_MAX; i++)
        args[i + 1] = strdup(argv[i]);

    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        dup2(null_fd, 0);
        dup2(out_fd, 1);
        dup2(out_fd, 2);
        execv(args[0], args);
        _exit(127);
    }
    for (int i = 0; args[i] != NULL; i++)
        free(args[i]);
    return pid;
}

/* The port as /proc/net/udp has it. */
static bool is_bound(uint16_t port)
{
    char line[256];
    char want[16];
    bool found = false;
    snprintf(want, sizeof want, ":%04X ", port);
    FILE *f = fopen("/proc/net/udp", "re");
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        found = strstr(line, want) != NULL;
    if (f != NULL)
        fclose(f);
    return found;
}

void peer_start(struct peer *p, const char *program, const char *const *argv)
{
    char path[sizeof p->dir + 8];
    snprintf(path, sizeof path, "%s/log", p->dir);
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path);
    set_environment(p);
    p->pid = spawn(program, argv, fd);
    close(fd);
    for (int64_t limit = peer_now_ms() + UP_LIMIT_MS; !is_bound(p->port); nap())
        if (peer_now_ms() > limit || waitpid(p->pid, NULL, WNOHANG) != 0) {
            fputs(peer_log(p), stderr);
            die("did not come up");
        }
}

void peer_stop(struct peer *p, int signal)
{
    kill(p->pid, signal);
    kill(p->pid, SIGCONT);
    for (int64_t limit = peer_now_ms() + UP_LIMIT_MS; waitpid(p->pid, NULL, WNOHANG) == 0; nap())
        if (peer_now_ms() > limit)
            kill(p->pid, SIGKILL);
    p->pid = 0;
}

static const char *read_all(int fd)
{
    static char text[TEXT_BYTES];
    size_t n = 0;
    for (ssize_t r; n + 1 < sizeof text && (r = read(fd, text + n, sizeof text - n - 1)) > 0;)
        n += (size_t)r;
    text[n] = '\0';
    return text;
}

const char *peer_log(const struct peer *p)
{
    char path[sizeof p->dir + 8];
    snprintf(path, sizeof path, "%s/log", p->dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        die(path);
    const char *text = read_all(fd);
    close(fd);
    return text;
}

size_t peer_logged(const struct peer *p, const char *part)
{
    size_t count = 0;
    for (const char *at = peer_log(p); (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

const char *peer_ask(const char *program, const char *const *argv)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        die("pipe");
    pid_t pid = spawn(program, argv, fds[1]);
    close(fds[1]);
    const char *text = read_all(fds[0]);
    close(fds[0]);
    waitpid(pid, NULL, 0);
    return text;
}
