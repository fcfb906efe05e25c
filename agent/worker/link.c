/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

enum {
    READ_BYTES = 64 * 1024,
    BATCH_BYTES_MAX = 32 * 1024,
    REST_MS = 100, /* who calls more often, so many times, leaves the slate's timer */
    BURST_CALLS = 16,
    BATCH_AGE_MS_MAX = 50, /* a reading waits at most this long while its call goes on */
    EXIT_WIRE = 76         /* what sysexits(3) calls a protocol error */
};

struct link {
    struct loop *loop;
    int fd;
    struct slate *slate;
    struct worker *worker;
    struct io *io;
    struct text in;
    struct text out;
    mono_ms out_since;
    json_t *waiting; /* array of lines that came while a call waited for credit */
    struct loop_deferred drain;
    struct loop_deferred flush;
    struct timer *rest;
    mono_ms left;   /* when the last call ended */
    unsigned burst; /* calls until then with less than REST_MS between them; up to BURST_CALLS */
    bool handling;  /* lines are being handed over: no second time from within */
};

static void end(const char *why)
{
    log_error(LOG_WORKER, "%s, ending", why);
    exit(EXIT_WIRE);
}

/* ---- out ---------------------------------------------------------------------------------- */

void link_flush(struct link *l)
{
    size_t sent = 0;
    while (sent < l->out.length) {
        ssize_t n = send(l->fd, l->out.bytes + sent, l->out.length - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            _exit(0); // the daemon is gone: nothing of ours is wanted any more
        sent += n > 0 ? (size_t)n : 0;
    }
    text_clear(&l->out);
}

static void link_on_flush(void *arg)
{
    link_flush(arg);
}

static void add_line(struct link *l, const char *bytes, size_t length, bool now)
{
    mono_ms at = clock_boot();

    if (l->out.length == 0)
        l->out_since = at;
    text_add_bytes(&l->out, bytes, length);
    text_add_char(&l->out, '\n');
    if (now || l->out.length > BATCH_BYTES_MAX || at - l->out_since > BATCH_AGE_MS_MAX)
        link_flush(l);
    else
        loop_defer(l->loop, &l->flush);
}

static void link_send(void *ctx, json_t *line, bool now)
{
    size_t length;
    char *bytes = wire_line(line, &length);
    add_line(ctx, bytes, length, now);
    free(bytes);
}

static void link_put(void *ctx, const char *line, size_t length)
{
    add_line(ctx, line, length, false);
}

static void link_on_rest(void *arg)
{
    struct link *l = arg;
    slate_rest(l->slate);
}

/* A guest that is at rest must not leave a timer that would wake the daemon. */
static void leave(struct link *l)
{
    mono_ms now = clock_boot();
    if (now - l->left >= REST_MS)
        l->burst = 0;
    bool is_busy = l->burst == BURST_CALLS;
    l->burst += !is_busy;
    l->left = now;
    slate_leave(l->slate, is_busy);
    if (is_busy && !timer_is_set(l->rest))
        timer_set(l->rest, REST_MS);
}

/* What was reported before a call that may hang must not hang with it. */
static void link_call(void *ctx, int64_t id, const char *instance, span_ms deadline)
{
    struct link *l = ctx;
    if (id == 0) {
        leave(l);
        return;
    }
    if (l->out.length > 0)
        link_flush(l);
    slate_enter(l->slate, id, instance, deadline);
}

/* ---- in ----------------------------------------------------------------------------------- */

/* Reads what is there, waiting for something when @wait. */
static void fill(struct link *l, bool wait)
{
    ssize_t n;
    text_make_room(&l->in, READ_BYTES);
    do
        n = recv(l->fd, l->in.bytes + l->in.length, READ_BYTES, wait ? 0 : MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (n <= 0)
        _exit(0); // the daemon is gone
    l->in.length += (size_t)n;
    l->in.bytes[l->in.length] = '\0';
}

/* The next whole line, or NULL. */
static json_t *next_line(struct link *l)
{
    char *newline = l->in.length == 0 ? NULL : memchr(l->in.bytes, '\n', l->in.length);
    if (newline == NULL) {
        if (l->in.length > WIRE_LINE_MAX)
            end("the daemon sent a line over the limit");
        return NULL;
    }
    struct text why = {0};
    size_t length = (size_t)(newline - l->in.bytes);
    json_t *line = wire_parse(l->in.bytes, length, &why);
    if (line == NULL)
        end(text_get(&why));
    text_deinit(&why);
    l->in.length -= length + 1;
    memmove(l->in.bytes, newline + 1, l->in.length + 1);
    return line;
}

static json_t *take_waiting(struct link *l)
{
    json_t *line = json_array_get(l->waiting, 0);
    if (line != NULL) {
        json_incref(line);
        json_array_remove(l->waiting, 0);
    }
    return line;
}

static void hand_over(struct link *l)
{
    struct text why = {0};
    json_t *line;
    if (l->handling)
        return;
    l->handling = true;
    while ((line = take_waiting(l)) != NULL || (line = next_line(l)) != NULL) {
        if (!worker_line(l->worker, line, &why))
            end(text_get(&why));
        json_decref(line);
    }
    worker_line_done(l->worker);
    l->handling = false;
    text_deinit(&why);
}

static void link_on_drain(void *arg)
{
    hand_over(arg);
}

static void link_on_readable(void *arg, int fd, int events)
{
    struct link *l = arg;
    (void)fd;
    (void)events;
    fill(l, false);
    hand_over(l);
}

/* Inside a call: only what the call waits for is handled, the rest is kept in order. */
static void link_wait(void *ctx)
{
    struct link *l = ctx;
    json_t *line;
    link_flush(l);
    slate_wait(l->slate, true);
    fill(l, true);
    slate_wait(l->slate, false);
    while ((line = next_line(l)) != NULL) {
        if (!worker_urgent(l->worker, line))
            json_array_append(l->waiting, line);
        json_decref(line);
    }
    loop_defer(l->loop, &l->drain);
}

json_t *link_first(struct link *l)
{
    json_t *line;
    while ((line = next_line(l)) == NULL)
        fill(l, true);
    return line;
}

struct port link_port(struct link *l)
{
    return (struct port){
        .ctx = l, .send = link_send, .put = link_put, .call = link_call, .wait = link_wait};
}

void link_serve(struct link *l, struct worker *w)
{
    l->worker = w;
    if (io_new(l->loop, l->fd, IO_READ, link_on_readable, l, &l->io) < 0)
        end("the daemon's socket cannot be watched");
    loop_defer(l->loop, &l->drain);
}

struct link *link_new(struct loop *loop, int fd, struct slate *slate)
{
    struct link *l = alloc(sizeof *l);
    *l = (struct link){.loop = loop,
        .fd = fd,
        .slate = slate,
        .waiting = json_array(),
        .drain = {.fn = link_on_drain, .arg = l},
        .flush = {.fn = link_on_flush, .arg = l}};
    l->rest = timer_new(loop, link_on_rest, l);
    return l;
}

struct link *link_free(struct link *l)
{
    if (l == NULL)
        return NULL;
    loop_undefer(l->loop, &l->drain);
    loop_undefer(l->loop, &l->flush);
    l->io = io_free(l->io);
    l->rest = timer_free(l->rest);
    json_decref(l->waiting);
    text_deinit(&l->in);
    text_deinit(&l->out);
    free(l);
    return NULL;
}
