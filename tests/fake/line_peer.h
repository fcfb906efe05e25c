/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_LINE_PEER_H
#define HM_TESTS_LINE_PEER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * line_peer - a receiver on a free loopback port that does what a test scripts: SMTP, HTTP.
 *
 * It runs in a process of its own, so that the test can turn the plugin's loop meanwhile. All that
 * arrives is kept for the test. With a certificate it speaks TLS, by way of openssl s_server.
 */
struct line_peer;

/** In the peer's process: one connection, all of it; returning closes it. */
struct line_talk;
typedef void (*line_talk_fn)(struct line_talk *talk, const void *arg);

/** @certificate: file with key and certificate for TLS from the first byte (one connection only),
 * NULL: plain. Never fails: a test without its peer ends here. Free takes NULL, returns NULL. */
struct line_peer *line_peer_new(line_talk_fn fn, const void *arg, const char *certificate);
struct line_peer *line_peer_free(struct line_peer *p);

unsigned line_peer_port(const struct line_peer *p);
/** Everything that arrived so far, of all connections, NUL-terminated. */
const char *line_peer_seen(const struct line_peer *p);
/** Connections so far; of a peer with a certificate always 0. */
unsigned line_peer_count(const struct line_peer *p);

/** One line without its CRLF, cut to @room; false: the connection ended. */
bool line_read(struct line_talk *t, char *ret, size_t room);
/** @count bytes, thrown away (but seen). False: the connection ended. */
bool line_skip(struct line_talk *t, size_t count);
/** Sends @text as it is. */
void line_say(struct line_talk *t, const char *text);
/** From here on the connection is TLS. */
void line_start_tls(struct line_talk *t, const char *certificate);
/** Waits for the other side to go away. */
void line_wait_for_end(struct line_talk *t);

/**
 * Makes @path: key and certificate for @alternative ("IP:127.0.0.1"), signed by itself.
 * @is_expired: no longer valid. False: there is no openssl here.
 */
bool line_certificate(const char *path, const char *alternative, bool is_expired);

#endif
