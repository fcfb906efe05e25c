/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "loop/loop_internal.h"

struct stream {
    struct loop *loop;
    struct bufferevent *bev;
    int fd;
    bool lost;
    bool paused;
    bool in_line; /* lines are being handed over: stream_free only marks it */
    bool freed;
    struct stream_sink sink;
};

static void lose(struct stream *s, const char *why)
{
    if (s->lost)
        return;
    s->lost = true;
    bufferevent_disable(s->bev, EV_READ | EV_WRITE);
    s->sink.lost(s->sink.ctx, why);
}

/* One line out of the input. Returns false when there is none (yet), or the stream is lost. */
static bool take_line(struct stream *s, char **ret_line, size_t *ret_length)
{
    struct evbuffer *in = bufferevent_get_input(s->bev);
    size_t length;
    char *line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF);
    if (line == NULL) {
        if (evbuffer_get_length(in) >= STREAM_LINE_MAX)
            lose(s, "a line is over the limit of 64 KiB");
        return false;
    }
    if (length >= STREAM_LINE_MAX || memchr(line, '\0', length) != NULL) {
        free(line);
        lose(s, length >= STREAM_LINE_MAX ? "a line is over the limit of 64 KiB"
                                          : "a line holds a NUL byte");
        return false;
    }
    *ret_line = line;
    *ret_length = length;
    return true;
}

static void release(struct stream *s)
{
    bufferevent_free(s->bev);
    free(s);
}

static void stream_on_readable(struct bufferevent *bev, void *arg)
{
    struct stream *s = arg;
    char *line;
    size_t length;
    (void)bev;

    loop_enter(s->loop);
    s->in_line = true;
    while (!s->freed && !s->lost && !s->paused && take_line(s, &line, &length)) {
        s->sink.line(s->sink.ctx, line, length);
        free(line);
    }
    s->in_line = false;
    if (s->freed)
        release(s);
}

static void stream_on_written(struct bufferevent *bev, void *arg)
{
    struct stream *s = arg;
    (void)bev;

    loop_enter(s->loop);
    if (s->sink.drained != NULL && !s->lost)
        s->sink.drained(s->sink.ctx);
}

static void stream_on_event(struct bufferevent *bev, short what, void *arg)
{
    struct stream *s = arg;
    (void)bev;

    loop_enter(s->loop);
    lose(s, (what & BEV_EVENT_EOF) != 0 ? "closed by the other side" : strerror(errno));
}

int stream_new(struct loop *l, int fd, const struct stream_sink *sink, struct stream **ret_stream)
{
    int r = fdio_set_nonblocking(fd, true);
    if (r < 0)
        return r;
    struct stream *s = alloc(sizeof *s);
    *s = (struct stream){.loop = l, .fd = fd, .sink = *sink};
    s->bev = bufferevent_socket_new(l->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (s->bev == NULL) {
        free(s);
        return fault(-ENOMEM);
    }
    bufferevent_setcb(s->bev, stream_on_readable, stream_on_written, stream_on_event, s);
    bufferevent_setwatermark(s->bev, EV_READ, 0, STREAM_LINE_MAX);
    bufferevent_set_max_single_read(s->bev, STREAM_LINE_MAX);
    if (bufferevent_enable(s->bev, EV_READ | EV_WRITE) < 0) {
        bufferevent_free(s->bev);
        free(s);
        return fault(-EPERM);
    }
    *ret_stream = s;
    return 0;
}

struct stream *stream_free(struct stream *s)
{
    if (s == NULL)
        return NULL;
    s->freed = true;
    if (!s->in_line)
        release(s);
    return NULL;
}

/* Tries the kernel first: a queued line would go out one turn later. Returns what it took. */
static size_t send_now(const struct stream *s, const char *line, size_t length)
{
    char newline = '\n';
    struct iovec parts[] = {{.iov_base = (void *)(uintptr_t)line, .iov_len = length},
        {.iov_base = &newline, .iov_len = 1}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = sendmsg(s->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return n > 0 ? (size_t)n : 0;
}

void stream_send(struct stream *s, const char *line, size_t length)
{
    if (s->lost)
        return;
    size_t sent = stream_queued(s) == 0 ? send_now(s, line, length) : 0;
    if (sent < length)
        bufferevent_write(s->bev, line + sent, length - sent);
    if (sent <= length)
        bufferevent_write(s->bev, "\n", 1);
}

void stream_queue(struct stream *s, const char *line, size_t length)
{
    if (s->lost)
        return;
    bufferevent_write(s->bev, line, length);
    bufferevent_write(s->bev, "\n", 1);
}

size_t stream_queued(const struct stream *s)
{
    return evbuffer_get_length(bufferevent_get_output(s->bev));
}

void stream_pause(struct stream *s, bool pause)
{
    if (s->paused == pause || s->lost)
        return;
    s->paused = pause;
    if (pause) {
        bufferevent_disable(s->bev, EV_READ);
        return;
    }
    bufferevent_enable(s->bev, EV_READ);
    // Lines that came before the pause wait in the buffer; no read event will announce them.
    if (evbuffer_get_length(bufferevent_get_input(s->bev)) > 0)
        bufferevent_trigger(s->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
}

int stream_fd(const struct stream *s)
{
    return s->fd;
}
