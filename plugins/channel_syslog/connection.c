/* SPDX-License-Identifier: BSD-2-Clause */
#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/resolve.h"

#define DAY_MS (24 * 3600 * 1000.0)

enum state { STATE_CLOSED, STATE_RESOLVING, STATE_CONNECTING, STATE_SHAKING, STATE_UP };

struct connection {
    const struct hm_host *host;
    const struct target *target;
    const struct tls_plan *plan;
    struct connection_sink sink;
    struct resolve *resolve; /* NULL: a local socket */
    enum state state;
    unsigned attempt;
    int fd;
    bool is_stream;
    struct tls *tls;
    struct hm_watch_handle *watch;
    int watched; /* events of `watch` */
    bool for_room;
    int64_t their_end_ms, our_end_ms; /* as the last handshake saw them; 0: none */
};

/* ---- ending ------------------------------------------------------------------------------ */

static void keep_ends(struct connection *c)
{
    if (c->tls == NULL)
        return;
    if (tls_their_end_ms(c->tls) != 0)
        c->their_end_ms = tls_their_end_ms(c->tls);
    c->our_end_ms = tls_our_end_ms(c->tls);
}

void connection_close(struct connection *c)
{
    keep_ends(c);
    c->host->unwatch(c->watch);
    c->watch = NULL;
    c->tls = tls_free(c->tls);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->for_room = false;
    c->state = STATE_CLOSED;
}

static void lose(struct connection *c, const char *why)
{
    char text[TLS_WHY_BYTES];

    // The text may be the session's own.
    snprintf(text, sizeof text, "%s", why);
    connection_close(c);
    c->sink.lost(c->sink.ctx, text);
}

/* ---- the socket -------------------------------------------------------------------------- */

static void on_ready(void *arg, int fd, int events);

static bool watch_for(struct connection *c, int events)
{
    if (c->watch != NULL && c->watched == events)
        return true;
    c->host->unwatch(c->watch);
    c->watched = events;
    c->watch = c->host->watch_fd(c->host, c->fd, events, on_ready, c);
    if (c->watch == NULL)
        lose(c, strerror(errno));
    return c->watch != NULL;
}

static void go_up(struct connection *c)
{
    keep_ends(c);
    c->state = STATE_UP;
    if (watch_for(c, HM_READABLE))
        c->sink.up(c->sink.ctx);
}

static void shake(struct connection *c)
{
    int r = tls_shake(c->tls);

    if (r < 0)
        lose(c, tls_why(c->tls));
    else if (r > 0)
        go_up(c);
    else
        watch_for(c, tls_wants_write(c->tls) ? HM_WRITABLE : HM_READABLE);
}

static void on_connected(struct connection *c)
{
    char why[TLS_WHY_BYTES];
    int error = target_error(c->fd);

    if (error != 0) {
        lose(c, strerror(error));
        return;
    }
    if (c->target->transport != TARGET_TLS) {
        go_up(c);
        return;
    }
    c->tls = tls_new(c->plan, c->fd, why);
    if (c->tls == NULL) {
        lose(c, why);
        return;
    }
    c->state = STATE_SHAKING;
    shake(c);
}

/* Reads and drops what a receiver says, which is nothing. False: it is lost. */
static bool still_there(struct connection *c)
{
    char dropped[512];

    if (c->tls != NULL) {
        ssize_t r = tls_drop(c->tls);
        if (r == -EPIPE)
            lose(c, tls_why(c->tls));
        return r != -EPIPE;
    }
    ssize_t n = recv(c->fd, dropped, sizeof dropped, MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        lose(c, strerror(errno));
        return false;
    }
    if (n == 0 && c->is_stream) {
        lose(c, "the receiver closed the connection");
        return false;
    }
    return true;
}

static void on_ready(void *arg, int fd, int events)
{
    struct connection *c = arg;

    (void)fd;
    if (c->state == STATE_CONNECTING) {
        on_connected(c);
        return;
    }
    if (c->state == STATE_SHAKING) {
        shake(c);
        return;
    }
    if ((events & HM_READABLE) != 0 && !still_there(c))
        return;
    if (c->for_room)
        c->sink.writable(c->sink.ctx);
}

/* ---- opening ----------------------------------------------------------------------------- */

static void connect_to(struct connection *c, const char *address)
{
    c->fd = target_connect(c->target, address, &c->is_stream);
    if (c->fd < 0) {
        int error = -c->fd;
        c->fd = -1;
        lose(c, strerror(error));
        return;
    }
    if (c->target->transport == TARGET_TCP || c->target->transport == TARGET_TLS) {
        c->state = STATE_CONNECTING;
        watch_for(c, HM_WRITABLE);
    } else {
        go_up(c);
    }
}

static void on_resolved(void *arg)
{
    struct connection *c = arg;

    if (c->state != STATE_RESOLVING)
        return;
    if (resolve_count(c->resolve) == 0)
        lose(c, resolve_why(c->resolve));
    else
        connect_to(c, resolve_address(c->resolve, c->attempt));
}

void connection_open(struct connection *c, unsigned attempt)
{
    if (c->state != STATE_CLOSED)
        return;
    c->attempt = attempt;
    if (c->resolve == NULL) {
        connect_to(c, NULL);
        return;
    }
    // A name may stand for another address after a failure: asked again, but never waited for.
    bool will_answer = (attempt > 0 || resolve_count(c->resolve) == 0) && resolve_ask(c->resolve);
    if (resolve_count(c->resolve) > 0) {
        connect_to(c, resolve_address(c->resolve, attempt));
    } else if (will_answer) {
        c->state = STATE_RESOLVING;
    } else {
        lose(c, resolve_why(c->resolve));
    }
}

bool connection_is_closed(const struct connection *c)
{
    return c->state == STATE_CLOSED;
}

bool connection_is_up(const struct connection *c)
{
    return c->state == STATE_UP;
}

bool connection_is_stream(const struct connection *c)
{
    return c->is_stream;
}

/* ---- bytes ------------------------------------------------------------------------------- */

ssize_t connection_send(struct connection *c, const struct iovec *parts, size_t count)
{
    if (c->tls != NULL)
        return tls_send(c->tls, parts, count);

    // A datagram is one part; the kernel never keeps what sendmsg is given.
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = count};
    ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    if (n < 0)
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    return n;
}

bool connection_wait(struct connection *c, bool for_room)
{
    c->for_room = for_room;
    return watch_for(c, for_room ? HM_READABLE | HM_WRITABLE : HM_READABLE);
}

const char *connection_why(const struct connection *c, int error)
{
    return c->tls != NULL ? tls_why(c->tls) : strerror(error);
}

static bool days_until(const struct connection *c, int64_t end_ms, double *ret_days)
{
    if (end_ms == 0)
        return false;
    *ret_days = (double)(end_ms - c->host->wall_ms(c->host)) / DAY_MS;
    return true;
}

bool connection_their_days(const struct connection *c, double *ret_days)
{
    return days_until(c, c->their_end_ms, ret_days);
}

bool connection_our_days(const struct connection *c, double *ret_days)
{
    return days_until(c, c->our_end_ms, ret_days);
}

/* ---- life -------------------------------------------------------------------------------- */

struct connection *connection_new(const struct hm_host *host, const struct target *target,
    const struct tls_plan *tls, const struct connection_sink *sink)
{
    struct connection *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    *c = (struct connection){
        .host = host, .target = target, .plan = tls, .sink = *sink, .fd = -1, .is_stream = true};
    if (target->transport == TARGET_LOCAL || target->transport == TARGET_UDP)
        c->is_stream = false;
    if (target->transport == TARGET_LOCAL)
        return c;
    c->resolve = resolve_new(host, target->host, on_resolved, c);
    return c->resolve == NULL ? connection_free(c, false) : c;
}

struct connection *connection_free(struct connection *c, bool handles_gone)
{
    if (c == NULL)
        return NULL;
    if (handles_gone)
        c->watch = NULL;
    connection_close(c);
    c->resolve = resolve_free(c->resolve);
    free(c);
    return NULL;
}
