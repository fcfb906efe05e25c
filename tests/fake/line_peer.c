/* SPDX-License-Identifier: BSD-2-Clause */
#include "line_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEEN_BYTES_MAX = 1024 * 1024, READY_MS = 30000 };

/* Shared between the test and the peer's process. */
struct shared {
    volatile unsigned connections;
    volatile size_t length;
    char seen[SEEN_BYTES_MAX + 1];
};

struct line_peer {
    struct shared *shared;
    unsigned port;
    pid_t pid;
    pid_t tls_pid; /* openssl; 0: none */
};

struct line_talk {
    struct shared *shared;
    int in_fd, out_fd;
    pid_t tls_pid; /* openssl; 0: none */
    pid_t relay_pid;
};

static void die(const char *what)
{
    fprintf(stderr, "line_peer: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)port)};
}

/* A listening socket on a free port. */
static int listen_here(unsigned *ret_port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 16) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        die("listen");
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* Waits until somebody listens, without connecting: openssl serves whoever comes first. */
static void await_listener(unsigned port)
{
    char wanted[32], line[512];

    snprintf(wanted, sizeof wanted, ":%04X 00000000:0000 0A", port);
    for (int waited = 0; waited < READY_MS; waited += 5) {
        FILE *table = fopen("/proc/net/tcp", "re");
        while (table != NULL && fgets(line, sizeof line, table) != NULL)
            if (strstr(line, wanted) != NULL) {
                fclose(table);
                return;
            }
        if (table != NULL)
            fclose(table);
        poll(NULL, 0, 5);
    }
    die("openssl does not listen");
}

/* ---- TLS --------------------------------------------------------------------------------- */

static pid_t run_openssl(const char *certificate, unsigned port, int in_fd, int out_fd)
{
    char where[32];
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(in_fd, STDIN_FILENO);
    dup2(out_fd, STDOUT_FILENO);
    snprintf(where, sizeof where, "127.0.0.1:%u", port);
    execlp("openssl", "openssl", "s_server", "-quiet", "-accept", where, "-cert", certificate,
        "-key", certificate, (char *)NULL);
    _exit(127);
}

/* openssl on a free port; what it decrypts comes from in_fd of @t. */
static unsigned serve_tls(struct line_talk *t, const char *certificate)
{
    int to[2], from[2];
    unsigned port;
    int fd = listen_here(&port);

    close(fd);
    if (pipe(to) < 0 || pipe(from) < 0)
        die("pipe");
    t->tls_pid = run_openssl(certificate, port, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    t->out_fd = to[1];
    t->in_fd = from[0];
    await_listener(port);
    return port;
}

static bool pass_on(int from, int to)
{
    char bytes[4096];
    ssize_t n = read(from, bytes, sizeof bytes);

    return n > 0 && write(to, bytes, (size_t)n) == n;
}

static _Noreturn void relay(int a, int b)
{
    struct pollfd fds[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    bool goes_on = true;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (goes_on && poll(fds, 2, -1) > 0) {
        if (fds[0].revents != 0)
            goes_on = pass_on(a, b);
        if (goes_on && fds[1].revents != 0)
            goes_on = pass_on(b, a);
    }
    _exit(0);
}

void line_start_tls(struct line_talk *t, const char *certificate)
{
    int client = t->in_fd;
    unsigned port = serve_tls(t, certificate);
    struct sockaddr_in address = loopback(port);
    int inner = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (inner < 0 || connect(inner, (struct sockaddr *)&address, sizeof address) < 0)
        die("openssl");
    t->relay_pid = fork();
    if (t->relay_pid == 0)
        relay(client, inner);
    close(client);
    close(inner);
}

/* ---- the peer's process ------------------------------------------------------------------ */

static void end_talk(struct line_talk *t)
{
    close(t->in_fd);
    if (t->out_fd != t->in_fd)
        close(t->out_fd);
    if (t->relay_pid > 0)
        kill(t->relay_pid, SIGKILL);
    if (t->tls_pid > 0)
        kill(t->tls_pid, SIGKILL);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static void take_connections(struct shared *shared, int listener, line_talk_fn fn, const void *arg)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        struct line_talk talk = {.shared = shared, .in_fd = fd, .out_fd = fd};
        shared->connections++;
        fn(&talk, arg);
        end_talk(&talk);
    }
}

struct line_peer *line_peer_new(line_talk_fn fn, const void *arg, const char *certificate)
{
    struct line_peer *p = calloc(1, sizeof *p);
    struct line_talk talk = {0};
    int listener = -1;

    p->shared =
        mmap(NULL, sizeof *p->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p->shared == MAP_FAILED)
        die("mmap");
    talk.shared = p->shared;
    if (certificate == NULL)
        listener = listen_here(&p->port);
    else
        p->port = serve_tls(&talk, certificate);
    p->pid = fork();
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        if (certificate == NULL)
            take_connections(p->shared, listener, fn, arg);
        fn(&talk, arg);
        _exit(0);
    }
    close(listener);
    if (certificate != NULL) {
        close(talk.in_fd);
        close(talk.out_fd);
        p->tls_pid = talk.tls_pid;
    }
    return p;
}

struct line_peer *line_peer_free(struct line_peer *p)
{
    if (p == NULL)
        return NULL;
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
    if (p->tls_pid > 0) {
        kill(p->tls_pid, SIGKILL);
        waitpid(p->tls_pid, NULL, 0);
    }
    munmap(p->shared, sizeof *p->shared);
    free(p);
    return NULL;
}

unsigned line_peer_port(const struct line_peer *p)
{
    return p->port;
}

const char *line_peer_seen(const struct line_peer *p)
{
    return p->shared->seen;
}

unsigned line_peer_count(const struct line_peer *p)
{
    return p->shared->connections;
}

/* ---- what a script may do ---------------------------------------------------------------- */

static bool read_byte(struct line_talk *t, char *ret)
{
    if (read(t->in_fd, ret, 1) != 1)
        return false;
    if (t->shared->length < SEEN_BYTES_MAX)
        t->shared->seen[t->shared->length++] = *ret;
    return true;
}

bool line_read(struct line_talk *t, char *ret, size_t room)
{
    size_t length = 0;

    for (char c; read_byte(t, &c);) {
        if (c == '\n') {
            ret[length > 0 && ret[length - 1] == '\r' ? length - 1 : length] = '\0';
            return true;
        }
        if (length + 1 < room)
            ret[length++] = c;
    }
    return false;
}

bool line_skip(struct line_talk *t, size_t count)
{
    char c;

    for (; count > 0; count--)
        if (!read_byte(t, &c))
            return false;
    return true;
}

void line_say(struct line_talk *t, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t n = write(t->out_fd, text, length);
        if (n <= 0)
            return;
        text += n;
        length -= (size_t)n;
    }
}

void line_wait_for_end(struct line_talk *t)
{
    char c;

    while (read_byte(t, &c))
        ;
}

bool line_certificate(const char *path, const char *alternative, bool is_expired)
{
    char command[1024];

    snprintf(command, sizeof command,
        "exec 2>/dev/null; "
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=peer -addext subjectAltName=%s -keyout %s.key -out %s.crt && "
        "openssl x509 -in %s.crt -signkey %s.key -days %d -out %s && cat %s.key >>%s && "
        "rm %s.key %s.crt",
        alternative, path, path, path, path, is_expired ? -1 : 2, path, path, path, path, path);
    return system(command) == 0;
}
