/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_POSTGRESQL_SERVER_H
#define HM_TESTS_POSTGRESQL_SERVER_H

#include <stdbool.h>

/**
 * postgresql_server - a real PostgreSQL of the test's own: in a temporary folder, on a free port of
 * loopback and a local socket, as nobody when the test runs as root (initdb refuses root).
 *
 * Its owner is "owner", password "owner-secret"; log-ins by TCP need the password, by the socket
 * not. It ends with the test, whatever becomes of that.
 */
struct postgresql_server;

/** NULL: there is none installed here. Ends the process when it does not start. */
struct postgresql_server *postgresql_server_new(void);
struct postgresql_server *postgresql_server_free(struct postgresql_server *s);

/** Port of loopback, as text; folder of the local socket. */
const char *postgresql_server_port(const struct postgresql_server *s);
const char *postgresql_server_folder(const struct postgresql_server *s);

/** Runs @sql as the owner and waits for it; the first value, or "". Valid until the next call. */
const char *postgresql_server_sql(struct postgresql_server *s, const char *sql);

/** A second session of the owner that stays: for locks. Its statements run in it. */
void postgresql_server_hold(struct postgresql_server *s, const char *sql);
void postgresql_server_let_go(struct postgresql_server *s);

/** SIGSTOP or SIGCONT to the server and all of its processes. */
void postgresql_server_freeze(struct postgresql_server *s, bool is_frozen);

/** Ends it without a word (SIGQUIT); starts it again on the same port. */
void postgresql_server_kill(struct postgresql_server *s);
void postgresql_server_restart(struct postgresql_server *s);

#endif
