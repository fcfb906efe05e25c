/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel_syslog - notices to a syslog receiver: the local one, by UDP or by TCP.
 *
 * Syslog has no answer, so the best receipt is `sent`. What the kernel does tell is used: a
 * connection refused or broken, a UDP port nobody listens on and a receiver that stops reading are
 * `later`. A broken stream also loses what its kernels still held, so everything sent in the last
 * minute goes out once more, marked resent="1", as soon as a new connection stands. Receivers drop
 * copies by the key, which is the same in each.
 *
 * A local socket is connected at once, so whether it takes datagrams or a stream is known before a
 * message is made; only TCP waits for its connection.
 */
#include <errno.h>
#include <hashimori/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"
#include "target.h"

enum {
    QUEUE_MAX = 256,           /* four times the largest window */
    TAIL_MAX = 1024,           /* messages kept for sending again */
    SETTLE_MS = 20,            /* a refused datagram's ICMP answer is there by then, or never */
    RECONNECT_LEAST_MS = 500,  /* doubled with each failure .. */
    RECONNECT_MOST_MS = 30000, /* .. up to this */
    TURN_MESSAGES_MAX = 64     /* sent in one turn */
};

enum { STEADY_MS = 10000 }; /* a connection that lasted so long starts the back-off again */

enum state { STATE_IDLE, STATE_CONNECTING, STATE_UP };

struct syslog {
    const struct hm_host *host;
    struct target target;
    struct syslog_format format;
    int64_t timeout_ms;
    int64_t resend_ms;

    enum state state;
    int fd;
    bool is_stream;
    struct hm_watch_handle *watch;
    int watched;               /* events of `watch` */
    struct message_queue out;  /* to be sent; the first may be partly out */
    size_t offset;             /* of the first, bytes that are out */
    struct message_queue told; /* stream: sent, kept for sending again; datagrams: settling */
    int64_t progress_ms;       /* when a connect began or a byte went out */
    int64_t connected_ms;
    unsigned attempt;
    int64_t backoff_ms;
    char why[512]; /* of the last loss, for receipts */
    struct hm_watch_handle *progress_timer, *connect_timer, *settle_timer;
};

static const char *const transports[] = {"local", "udp", "tcp", NULL};
static const char *const facilities[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr",
    "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0", "local1",
    "local2", "local3", "local4", "local5", "local6", "local7", NULL};

static const struct hm_option syslog_options[] = {
    {.name = "transport",
        .preset = "local",
        .words = transports,
        .help = "how: to the local receiver's socket, by UDP, or by TCP with octet counting",
        .help_ja = "送信方法: 自サーバの受信プログラム (local)、UDP、TCP (オクテットカウント方式)"},
    {.name = "host",
        .help = "receiver for udp and tcp: HOST, HOST:PORT or [IPV6]:PORT; the port is 514",
        .help_ja = "udp と tcp の送信先: HOST、HOST:PORT、[IPV6]:PORT (ポート省略時 514)"},
    {.name = "path",
        .type = HM_PATH,
        .preset = "/dev/log",
        .help = "socket of the local receiver (datagram or stream)",
        .help_ja = "自サーバの受信ソケット (データグラム・ストリームのどちらでもよい)"},
    {.name = "facility",
        .preset = "local0",
        .words = facilities,
        .help = "syslog facility",
        .help_ja = "syslog のファシリティ"},
    {.name = "bom",
        .type = HM_FLAG,
        .preset = "false",
        .help = "put a byte order mark before the text; rsyslog keeps it in its files",
        .help_ja = "本文の前に BOM を付ける (rsyslog ではファイルに残る)"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "10s",
        .least = 100,
        .most = 300000,
        .help = "a receiver that takes nothing for so long is given up, and tried again later",
        .help_ja = "受信側がこの時間まったく受け取らなければ切断し、後で送り直す"},
    {.name = "resend",
        .type = HM_SPAN,
        .preset = "60s",
        .least = 0,
        .most = 600000,
        .help = "after a broken connection send again what went out in so long before; 0s: nothing",
        .help_ja = "接続が切れたとき、直前のこの時間に送った分を再送する (0s は再送しない)"},
    {0},
};

static void syslog_connect(struct syslog *s);
static void syslog_flush(struct syslog *s);

static void describe(const struct syslog *s, char ret[320])
{
    if (s->target.transport == TARGET_LOCAL)
        snprintf(ret, 320, "%.300s", s->target.path);
    else
        snprintf(ret, 320, "%s port %s", s->target.host, s->target.port);
}

static void arm(struct syslog *s, struct hm_watch_handle **timer, int64_t ms, hm_timer_fn fn)
{
    if (*timer == NULL)
        *timer = s->host->timer(s->host, ms, fn, s);
    else
        s->host->timer_again(*timer, ms);
}

static void answer(
    const struct syslog *s, struct message *m, enum hm_result result, const char *text)
{
    uint64_t delivery = m->delivery;

    m->delivery = 0;
    if (delivery != 0)
        s->host->receipt(s->host, delivery, result, text);
}

/* Answers all that wait in @q with `later`; those whose receipt was given already stay. */
static void put_off(const struct syslog *s, struct message_queue *q, const char *why)
{
    struct message_queue kept = {0};
    struct message *m;

    while ((m = queue_pop(q)) != NULL) {
        if (m->delivery == 0) {
            queue_push(&kept, m);
            continue;
        }
        answer(s, m, HM_LATER, why);
        free(m);
    }
    *q = kept;
}

/* ---- the end of a connection ------------------------------------------------------------- */

static void syslog_on_connect_due(void *arg)
{
    struct syslog *s = arg;

    if (s->state == STATE_IDLE && s->out.first != NULL)
        syslog_connect(s);
}

/* What went out less than `resend_ms` ago goes back in front of the queue. */
static void recall_tail(struct syslog *s)
{
    int64_t since = s->host->boot_ms(s->host) - s->resend_ms;
    struct message_queue front = {0};
    struct message *m;

    while ((m = queue_pop(&s->told)) != NULL) {
        if (m->sent_ms < since || s->resend_ms == 0) {
            free(m);
            continue;
        }
        m->again = true;
        queue_push(&front, m);
    }
    queue_prepend(&s->out, &front);
    while (s->out.count > TAIL_MAX)
        free(queue_pop(&s->out));
}

/* Gives the socket up: what waits is `later`, the tail is kept for the next connection. */
static void syslog_lose(struct syslog *s, const char *why)
{
    char where[320];

    describe(s, where);
    snprintf(s->why, sizeof s->why, "%s: %s", where, why);
    if (s->state == STATE_UP && s->host->boot_ms(s->host) - s->connected_ms > STEADY_MS)
        s->backoff_ms = RECONNECT_LEAST_MS;
    s->host->unwatch(s->watch);
    s->watch = NULL;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->offset = 0;
    s->state = STATE_IDLE;
    s->attempt++;
    put_off(s, &s->out, s->why);
    put_off(s, &s->told, s->why);
    recall_tail(s);
    s->host->state(s->host, s->why);
    if (s->out.first != NULL)
        arm(s, &s->connect_timer, s->backoff_ms, syslog_on_connect_due);
    s->backoff_ms = s->backoff_ms * 2 < RECONNECT_MOST_MS ? s->backoff_ms * 2 : RECONNECT_MOST_MS;
}

/* ---- sending ----------------------------------------------------------------------------- */

static void syslog_on_settled(void *arg)
{
    struct syslog *s = arg;
    struct message *m;

    if (s->is_stream)
        return;
    while ((m = queue_pop(&s->told)) != NULL) {
        answer(s, m, HM_SENT, "sent");
        free(m);
    }
}

/* The first of the queue is out. */
static void first_sent(struct syslog *s)
{
    struct message *m = queue_pop(&s->out);

    s->offset = 0;
    m->sent_ms = s->host->boot_ms(s->host);
    s->progress_ms = m->sent_ms;
    queue_push(&s->told, m);
    if (s->is_stream) {
        answer(s, m, HM_SENT, "sent");
        while (s->told.count > TAIL_MAX || s->told.first->sent_ms < m->sent_ms - s->resend_ms)
            free(queue_pop(&s->told));
    } else if (s->target.transport == TARGET_UDP) {
        arm(s, &s->settle_timer, SETTLE_MS, syslog_on_settled);
    } else {
        syslog_on_settled(s);
    }
}

/* 0, -EAGAIN, or another -errno that ends the connection. */
static int send_first(struct syslog *s)
{
    size_t length;
    const char *frame = message_frame(s->out.first, &length);
    ssize_t n = send(s->fd, frame + s->offset, length - s->offset, MSG_NOSIGNAL);

    if (n < 0)
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    s->progress_ms = s->host->boot_ms(s->host);
    s->offset += (size_t)n;
    if (s->offset == length)
        first_sent(s);
    return 0;
}

static void syslog_on_progress_due(void *arg)
{
    struct syslog *s = arg;
    int64_t idle = s->host->boot_ms(s->host) - s->progress_ms;

    if (s->state == STATE_IDLE || (s->state == STATE_UP && s->out.first == NULL))
        return;
    if (idle < s->timeout_ms) {
        arm(s, &s->progress_timer, s->timeout_ms - idle, syslog_on_progress_due);
        return;
    }
    syslog_lose(s, s->state == STATE_UP ? "the receiver takes nothing" : "no connection in time");
}

static void syslog_on_connected(struct syslog *s)
{
    char where[320];

    describe(s, where);
    s->state = STATE_UP;
    s->connected_ms = s->host->boot_ms(s->host);
    s->progress_ms = s->connected_ms;
    s->host->state(s->host, s->is_stream ? "connected" : "ready");
    s->host->log(
        s->host, HM_LOG_INFO, "%s to %s", s->is_stream ? "connected" : "ready to send", where);
}

/* True: there is still a connection. Reads and drops what a receiver says, which is nothing. */
static bool still_there(struct syslog *s)
{
    char dropped[512];
    ssize_t n = recv(s->fd, dropped, sizeof dropped, MSG_DONTWAIT);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        syslog_lose(s, strerror(errno));
    else if (n == 0 && s->is_stream)
        syslog_lose(s, "the receiver closed the connection");
    return s->state == STATE_UP;
}

static void syslog_on_ready(void *arg, int fd, int events)
{
    struct syslog *s = arg;

    if (s->state == STATE_CONNECTING) {
        int error = target_error(fd);
        if (error != 0) {
            syslog_lose(s, strerror(error));
            return;
        }
        syslog_on_connected(s);
    }
    if ((events & HM_READABLE) != 0 && !still_there(s))
        return;
    syslog_flush(s);
}

/* Waits for what the state needs; where the loop refuses the fd the connection is lost. */
static void watch_for(struct syslog *s, int events)
{
    if (s->watch != NULL && s->watched == events)
        return;
    s->host->unwatch(s->watch);
    s->watched = events;
    s->watch = s->host->watch_fd(s->host, s->fd, events, syslog_on_ready, s);
    if (s->watch == NULL)
        syslog_lose(s, strerror(errno));
}

static void syslog_flush(struct syslog *s)
{
    int r = 0;

    for (int i = 0; s->out.first != NULL && r == 0 && i < TURN_MESSAGES_MAX; i++)
        r = send_first(s);
    if (r < 0 && r != -EAGAIN) {
        syslog_lose(s, strerror(-r));
        return;
    }
    if (s->out.first != NULL)
        arm(s, &s->progress_timer, s->timeout_ms, syslog_on_progress_due);
    watch_for(s, s->out.first == NULL ? HM_READABLE : HM_READABLE | HM_WRITABLE);
}

/* ---- connecting -------------------------------------------------------------------------- */

static void syslog_connect(struct syslog *s)
{
    bool was_stream = s->is_stream;
    int fd = target_connect(&s->target, s->attempt, &s->is_stream);

    if (fd < 0) {
        syslog_lose(s, strerror(-fd));
        return;
    }
    // What is left from a local socket of the other type is framed for that one.
    if (s->is_stream != was_stream)
        queue_clear(&s->out);
    s->fd = fd;
    s->progress_ms = s->host->boot_ms(s->host);
    if (s->target.transport == TARGET_TCP) {
        s->state = STATE_CONNECTING;
        arm(s, &s->progress_timer, s->timeout_ms, syslog_on_progress_due);
        watch_for(s, HM_WRITABLE);
        return;
    }
    syslog_on_connected(s);
    watch_for(s, HM_READABLE);
}

static enum message_framing framing(const struct syslog *s)
{
    if (s->target.transport == TARGET_TCP)
        return MESSAGE_COUNTED;
    return s->is_stream ? MESSAGE_LINE : MESSAGE_DATAGRAM;
}

static void syslog_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    struct syslog *s = self;
    size_t bytes_max = s->target.transport == TARGET_UDP ? SYSLOG_UDP_BYTES : SYSLOG_STREAM_BYTES;

    (void)attempt; // the key is what tells copies; the number of tries says nothing to a receiver
    if (s->out.count >= QUEUE_MAX) {
        s->host->receipt(s->host, delivery, HM_LATER, "too many are waiting");
        return;
    }
    if (s->state == STATE_IDLE)
        syslog_connect(s);
    if (s->state == STATE_IDLE) {
        s->host->receipt(s->host, delivery, HM_LATER, s->why);
        return;
    }
    struct message *m = message_new(&s->format, framing(s), bytes_max, delivery, notice);
    if (m == NULL) {
        s->host->receipt(s->host, delivery, HM_LATER, strerror(ENOMEM));
        return;
    }
    queue_push(&s->out, m);
    if (s->state == STATE_UP)
        syslog_flush(s);
}

/* ---- life -------------------------------------------------------------------------------- */

static enum target_transport transport_of(const struct hm_host *host)
{
    const char *name = host->text(host, "transport");

    return strcmp(name, "tcp") == 0   ? TARGET_TCP
           : strcmp(name, "udp") == 0 ? TARGET_UDP
                                      : TARGET_LOCAL;
}

static bool target_of(const struct hm_host *host, struct target *ret)
{
    const char *name = host->text(host, "host");

    *ret = (struct target){.transport = transport_of(host), .path = host->text(host, "path")};
    if (ret->transport == TARGET_LOCAL) {
        if (name == NULL)
            return true;
        host->complain(
            host, "host", "is for transport \"udp\" and \"tcp\"; with \"local\" set path");
        return false;
    }
    if (name == NULL)
        host->complain(host, "host", "is needed for transport \"udp\" and \"tcp\"");
    else if (target_parse(ret, name))
        return true;
    else
        host->complain(host, "host", "is HOST, HOST:PORT or [IPV6]:PORT, port 1..65535");
    return false;
}

static void syslog_validate(const struct hm_host *host)
{
    struct target target;

    target_of(host, &target);
}

/* A receipt must be given before the supervisor takes the attempt for hung. */
static int64_t timeout_of(const struct hm_host *host)
{
    int64_t timeout = host->integer(host, "timeout");
    int64_t deadline = host->deadline_ms(host);

    return deadline > 0 && timeout > deadline / 2 ? deadline / 2 : timeout;
}

static int syslog_open(const struct hm_host *host, void **ret_self)
{
    struct syslog *s = malloc(sizeof *s);

    if (s == NULL)
        return -ENOMEM;
    *s = (struct syslog){.host = host, .fd = -1, .backoff_ms = RECONNECT_LEAST_MS};
    if (!target_of(host, &s->target)) {
        free(s);
        return -EINVAL;
    }
    s->format = (struct syslog_format){.facility = syslog_facility(host->text(host, "facility")),
        .bom = host->flag(host, "bom"),
        .process_id = (long)getpid()};
    s->timeout_ms = timeout_of(host);
    s->resend_ms = host->integer(host, "resend");
    if (s->target.transport == TARGET_TCP)
        syslog_connect(s);
    *ret_self = s;
    return 0;
}

static void syslog_close(void *self)
{
    struct syslog *s = self;

    if (s->fd >= 0)
        close(s->fd);
    queue_clear(&s->out);
    queue_clear(&s->told);
    free(s);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "syslog", .version = "0.1.0",
    .summary = "notices to a syslog receiver (RFC 5424)",
    .summary_ja = "syslog への通知 (RFC 5424)", .options = syslog_options,
    .validate = syslog_validate, .open = syslog_open, .close = syslog_close,
    .deliver = syslog_deliver);
