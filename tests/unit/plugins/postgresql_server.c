/* SPDX-License-Identifier: BSD-2-Clause */
#include "postgresql_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

enum { NOBODY = 65534, START_TRIES = 1500, TRY_MS = 20 };

struct postgresql_server {
    char bin[200], folder[64], data[80], port[8];
    char value[256];
    pid_t pid;
    PGconn *held;
};

static void give_up(const char *what)
{
    fprintf(stderr, "postgresql_server: %s\n", what);
    abort();
}

static void pause_ms(long ms)
{
    const struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

static bool find_programs(char *ret, size_t room)
{
    glob_t found = {0};
    bool is_there = glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0;
    if (is_there) {
        snprintf(ret, room, "%s", found.gl_pathv[found.gl_pathc - 1]);
        *strrchr(ret, '/') = '\0';
    }
    globfree(&found);
    return is_there;
}

static void find_port(char *ret, size_t room)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        give_up("no free port");
    snprintf(ret, room, "%u", (unsigned)ntohs(address.sin_port));
    close(fd);
}

/* A program of PostgreSQL as nobody, its output in a file; its pid. */
static pid_t start(const struct postgresql_server *s, const char *program, const char *const *argv)
{
    char path[256], log[96];
    snprintf(path, sizeof path, "%s/%s", s->bin, program);
    snprintf(log, sizeof log, "%s/log", s->folder);
    // execv takes non-const for history's sake; it changes nothing.
    union {
        const char *const *in;
        char *const *out;
    } arguments = {.in = argv};
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getuid() == 0 && (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a change of user takes it away
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    if (chdir(s->folder) == 0)
        execv(path, arguments.out);
    _exit(127);
}

static void begin_server(struct postgresql_server *s)
{
    const char *const argv[] = {"postgres", "-D", s->data, "-k", s->folder, "-p", s->port, "-c",
        "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=20", NULL};
    const char *const names[] = {"host", "port", "dbname", "user", NULL};
    const char *const values[] = {s->folder, s->port, "postgres", "owner", NULL};
    s->pid = start(s, "postgres", argv);
    for (int i = 0; i < START_TRIES; i++) {
        if (PQpingParams(names, values, 0) == PQPING_OK)
            return;
        pause_ms(TRY_MS);
    }
    give_up("does not start");
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(content, file) < 0 || fclose(file) != 0)
        give_up(path);
}

static void make_cluster(struct postgresql_server *s)
{
    char password[96], rules[112];
    int status = 0;
    snprintf(password, sizeof password, "%s/password", s->folder);
    write_file(password, "owner-secret\n");
    if (getuid() == 0 &&
        (chown(s->folder, NOBODY, NOBODY) < 0 || chown(password, NOBODY, NOBODY) < 0))
        give_up("chown");
    const char *const argv[] = {"initdb", "-D", s->data, "-U", "owner", "-E", "UTF8", "--locale=C",
        "--no-sync", "--auth=scram-sha-256", "--pwfile", password, NULL};
    if (waitpid(start(s, "initdb", argv), &status, 0) < 0 || status != 0)
        give_up("initdb failed");
    snprintf(rules, sizeof rules, "%s/pg_hba.conf", s->data);
    write_file(rules, "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
}

struct postgresql_server *postgresql_server_new(void)
{
    struct postgresql_server *s = calloc(1, sizeof *s);
    if (!find_programs(s->bin, sizeof s->bin)) {
        free(s);
        return NULL;
    }
    snprintf(s->folder, sizeof s->folder, "/tmp/hm-postgresql-XXXXXX");
    if (mkdtemp(s->folder) == NULL)
        give_up("mkdtemp");
    snprintf(s->data, sizeof s->data, "%s/data", s->folder);
    find_port(s->port, sizeof s->port);
    make_cluster(s);
    begin_server(s);
    return s;
}

static int remove_one(
    const char *path, const struct stat *st UNUSED, int flag UNUSED, struct FTW *ftw UNUSED)
{
    return remove(path);
}

struct postgresql_server *postgresql_server_free(struct postgresql_server *s)
{
    if (s == NULL)
        return NULL;
    postgresql_server_let_go(s);
    postgresql_server_kill(s);
    nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(s);
    return NULL;
}

const char *postgresql_server_port(const struct postgresql_server *s)
{
    return s->port;
}

const char *postgresql_server_folder(const struct postgresql_server *s)
{
    return s->folder;
}

static void ignore_notice(void *arg UNUSED, const PGresult *notice UNUSED)
{
}

static PGconn *log_in(const struct postgresql_server *s)
{
    const char *const names[] = {"host", "port", "dbname", "user", NULL};
    const char *const values[] = {s->folder, s->port, "postgres", "owner", NULL};
    PGconn *conn = PQconnectdbParams(names, values, 0);
    if (PQstatus(conn) != CONNECTION_OK)
        give_up(PQerrorMessage(conn));
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    return conn;
}

static void run(PGconn *conn, const char *sql, char *ret_value, size_t room)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        give_up(PQerrorMessage(conn));
    snprintf(ret_value, room, "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
}

const char *postgresql_server_sql(struct postgresql_server *s, const char *sql)
{
    PGconn *conn = log_in(s);
    run(conn, sql, s->value, sizeof s->value);
    PQfinish(conn);
    return s->value;
}

void postgresql_server_hold(struct postgresql_server *s, const char *sql)
{
    char ignored[16];
    s->held = log_in(s);
    run(s->held, sql, ignored, sizeof ignored);
}

void postgresql_server_let_go(struct postgresql_server *s)
{
    PQfinish(s->held);
    s->held = NULL;
}

static void signal_children(pid_t pid, int signal_number)
{
    char path[64], list[4096] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, list, sizeof list - 1);
    close(fd);
    list[n > 0 ? n : 0] = '\0';
    for (char *at = list, *end; (end = at, strtol(at, &end, 10)) > 0; at = end)
        kill((pid_t)strtol(at, NULL, 10), signal_number);
}

void postgresql_server_freeze(struct postgresql_server *s, bool is_frozen)
{
    kill(s->pid, is_frozen ? SIGSTOP : SIGCONT);
    signal_children(s->pid, is_frozen ? SIGSTOP : SIGCONT);
}

void postgresql_server_kill(struct postgresql_server *s)
{
    if (s->pid == 0)
        return;
    postgresql_server_freeze(s, false);
    kill(s->pid, SIGQUIT);
    waitpid(s->pid, NULL, 0);
    s->pid = 0;
}

void postgresql_server_restart(struct postgresql_server *s)
{
    begin_server(s);
}
