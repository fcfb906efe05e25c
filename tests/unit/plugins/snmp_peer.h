/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_PLUGINS_SNMP_PEER_H
#define TESTS_PLUGINS_SNMP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * snmp_peer - the real snmpd and snmptrapd for tests, on free loopback ports and with a folder
 * of their own below the build tree. They end with the test program, whatever happens to it.
 *
 * A test that cannot have what it needs ends the process with a line on standard error.
 */

struct peer {
    pid_t pid;     /* 0: not running */
    char dir[512]; /* with conf, persist/ and log */
    uint16_t port; /* UDP, 127.0.0.1 */
};

/** Full path of @program, or NULL: not installed. */
const char *peer_program(const char *program);

/** A new folder and a port that is free now. */
void peer_init(struct peer *p);
/** Ends it if it runs and removes the folder. */
void peer_deinit(struct peer *p);

/** Replaces the configuration file @name ("snmpd.conf") in its folder. */
void peer_configure(const struct peer *p, const char *name, const char *text);
/** Forgets what it kept: the next start has a new engine. */
void peer_forget(const struct peer *p);
/** Starts @program with @argv (NULL-terminated, without name); up when its port is bound. */
void peer_start(struct peer *p, const char *program, const char *const *argv);
/** Ends it with @signal and waits for that. */
void peer_stop(struct peer *p, int signal);

/** What it has logged so far; valid until the next call. */
const char *peer_log(const struct peer *p);
/** How often @part is in the log. */
size_t peer_logged(const struct peer *p, const char *part);

/** Runs @program with @argv; its output, standard error included, until the next call. */
const char *peer_ask(const char *program, const char *const *argv);

/** CLOCK_MONOTONIC in ms. */
int64_t peer_now_ms(void);
/**
 * Milliseconds that this thread has slept or was blocked: what went by less what it ran and less
 * what it waited for a processor, so that a busy machine does not count. For differences only.
 */
int64_t peer_asleep_ms(void);

#endif
