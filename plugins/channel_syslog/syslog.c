/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel_syslog - notices to a syslog receiver: the local one, by UDP, TCP or TLS.
 *
 * Syslog has no answer, so the best receipt is `sent`. What the kernel does tell is used: a
 * connection refused or broken, a UDP port nobody listens on and a receiver that stops reading are
 * `later`. A broken stream also loses what its kernels still held, so everything sent in the last
 * minute goes out once more, its attempt counted up, as soon as a new connection stands. Receivers
 * drop copies by the key, which is the same in each.
 *
 * A local socket is connected at once, so whether it takes datagrams or a stream is known before a
 * message is made. What comes in one turn of the loop leaves together: the first message at once,
 * the others with the next turn.
 */
#include <errno.h>
#include <hashimori/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "expiry.h"
#include "message.h"
#include "settings.h"

enum {
    QUEUE_MAX = 256,           /* four times the largest window */
    TAIL_MAX = 1024,           /* messages kept for sending again */
    SETTLE_MS = 20,            /* a refused datagram's ICMP answer is there by then, or never */
    PROBATION_MS = 200,        /* a receiver that refuses us (TLS 1.3: our certificate) after the
                                  handshake, or closes at once, has done so by then */
    RECONNECT_LEAST_MS = 500,  /* doubled with each failure .. */
    RECONNECT_MOST_MS = 30000, /* .. up to this */
    STEADY_MS = 10000,         /* a connection that lasted so long starts the back-off again */
    PARTS_MAX = 64             /* messages of one call, and what may wait for the next turn */
};

struct syslog {
    const struct hm_host *host;
    struct settings settings;
    struct connection *connection;
    struct expiry *expiry;     /* NULL: not TLS */
    struct message_queue out;  /* to be sent; the first may be partly out */
    size_t offset;             /* of the first, bytes that are out */
    struct message_queue told; /* stream: sent, kept for sending again; datagrams: settling */
    int64_t progress_ms;       /* when a connect began or a byte went out */
    int64_t connected_ms;
    unsigned attempt;
    int64_t backoff_ms;
    bool turn_pending; /* turn_timer is set: what comes now waits for it */
    char why[768];     /* of the last loss, for receipts */
    struct hm_watch_handle *progress_timer, *connect_timer, *settle_timer, *turn_timer;
};

static void syslog_connect(struct syslog *s);
static void syslog_flush(struct syslog *s);

static void describe(const struct syslog *s, char ret[320])
{
    const struct target *t = &s->settings.target;

    if (t->transport == TARGET_LOCAL)
        snprintf(ret, 320, "%.300s", t->path);
    else
        snprintf(ret, 320, "%s port %s", t->host, t->port);
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

    if (connection_is_closed(s->connection) && s->out.first != NULL)
        syslog_connect(s);
}

/* What went out less than `resend_ms` ago goes back in front of the queue. */
static void recall_tail(struct syslog *s)
{
    int64_t since = s->host->boot_ms(s->host) - s->settings.resend_ms;
    struct message_queue front = {0};
    struct message *m;

    while ((m = queue_pop(&s->told)) != NULL) {
        if (m->sent_ms < since || s->settings.resend_ms == 0)
            free(m);
        else
            queue_push(&front, message_again(m));
    }
    queue_prepend(&s->out, &front);
    while (s->out.count > TAIL_MAX)
        free(queue_pop(&s->out));
}

/* What waits is `later`, the tail is kept for the next connection. */
static void syslog_on_lost(void *ctx, const char *why)
{
    struct syslog *s = ctx;
    char where[320];

    describe(s, where);
    snprintf(s->why, sizeof s->why, "%s: %s", where, why);
    if (s->connected_ms > 0 && s->host->boot_ms(s->host) - s->connected_ms > STEADY_MS)
        s->backoff_ms = RECONNECT_LEAST_MS;
    s->connected_ms = 0;
    s->offset = 0;
    s->attempt++;
    if (s->expiry != NULL)
        expiry_look(s->expiry, s->connection);
    put_off(s, &s->out, s->why);
    put_off(s, &s->told, s->why);
    recall_tail(s);
    s->host->state(s->host, s->why);
    if (s->out.first != NULL)
        arm(s, &s->connect_timer, s->backoff_ms, syslog_on_connect_due);
    s->backoff_ms = s->backoff_ms * 2 < RECONNECT_MOST_MS ? s->backoff_ms * 2 : RECONNECT_MOST_MS;
}

static void syslog_lose(struct syslog *s, const char *why)
{
    char said[sizeof s->why]; // @why may be the connection's own

    snprintf(said, sizeof said, "%s", why);
    connection_close(s->connection);
    syslog_on_lost(s, said);
}

/* ---- sending ----------------------------------------------------------------------------- */

static bool is_inet_stream(const struct syslog *s)
{
    enum target_transport transport = s->settings.target.transport;

    return transport == TARGET_TCP || transport == TARGET_TLS;
}

static void syslog_on_settled(void *arg)
{
    struct syslog *s = arg;

    for (struct message *m = s->told.first; m != NULL; m = m->next)
        answer(s, m, HM_SENT, "sent");
    if (!connection_is_stream(s->connection))
        queue_clear(&s->told);
}

/* Forgets what is not to be sent again any more. */
static void trim_tail(struct syslog *s, int64_t now)
{
    while (s->told.first != NULL && s->told.first->delivery == 0 &&
           (s->told.count > TAIL_MAX || s->told.first->sent_ms < now - s->settings.resend_ms))
        free(queue_pop(&s->told));
}

/* The first of the queue is out. */
static void first_sent(struct syslog *s, int64_t now)
{
    struct message *m = queue_pop(&s->out);
    int64_t probation = s->connected_ms + PROBATION_MS - now;

    s->offset = 0;
    m->sent_ms = now;
    queue_push(&s->told, m);
    if (s->settings.target.transport == TARGET_UDP) {
        arm(s, &s->settle_timer, SETTLE_MS, syslog_on_settled);
    } else if (is_inet_stream(s) && probation > 0) {
        arm(s, &s->settle_timer, probation, syslog_on_settled);
    } else {
        answer(s, m, HM_SENT, "sent");
        if (!connection_is_stream(s->connection))
            queue_clear(&s->told);
        trim_tail(s, now);
    }
}

static size_t gather(const struct syslog *s, struct iovec parts[PARTS_MAX])
{
    size_t most = connection_is_stream(s->connection) ? PARTS_MAX : 1;
    size_t count = 0;
    size_t skip = s->offset;

    for (struct message *m = s->out.first; m != NULL && count < most; m = m->next) {
        size_t length;
        const char *bytes = message_frame(m, &length);
        parts[count++] = (struct iovec){(void *)(uintptr_t)(bytes + skip), length - skip};
        skip = 0;
    }
    return count;
}

static void take_progress(struct syslog *s, size_t taken)
{
    int64_t now = s->host->boot_ms(s->host);

    s->progress_ms = now;
    while (taken > 0) {
        size_t length;
        message_frame(s->out.first, &length);
        if (taken < length - s->offset) {
            s->offset += taken;
            return;
        }
        taken -= length - s->offset;
        first_sent(s, now);
    }
}

static void syslog_on_progress_due(void *arg)
{
    struct syslog *s = arg;
    int64_t idle = s->host->boot_ms(s->host) - s->progress_ms;
    bool is_up = connection_is_up(s->connection);

    if (connection_is_closed(s->connection) || (is_up && s->out.first == NULL))
        return;
    if (idle < s->settings.timeout_ms) {
        arm(s, &s->progress_timer, s->settings.timeout_ms - idle, syslog_on_progress_due);
        return;
    }
    syslog_lose(s, is_up ? "the receiver takes nothing" : "no connection in time");
}

static enum message_framing framing(const struct syslog *s)
{
    if (is_inet_stream(s))
        return MESSAGE_COUNTED;
    return connection_is_stream(s->connection) ? MESSAGE_LINE : MESSAGE_DATAGRAM;
}

/* What is left from a local socket of the other type is framed for that one. */
static void drop_misframed(struct syslog *s)
{
    struct message_queue kept = {0};
    struct message *m;

    while ((m = queue_pop(&s->out)) != NULL) {
        if (m->framing == framing(s))
            queue_push(&kept, m);
        else
            free(m);
    }
    s->out = kept;
}

static void syslog_on_up(void *ctx)
{
    struct syslog *s = ctx;
    bool is_stream = connection_is_stream(s->connection);
    char where[320];

    describe(s, where);
    s->connected_ms = s->host->boot_ms(s->host);
    s->progress_ms = s->connected_ms;
    s->host->state(s->host, is_stream ? "connected" : "ready");
    s->host->log(
        s->host, HM_LOG_INFO, "%s to %s", is_stream ? "connected" : "ready to send", where);
    if (s->expiry != NULL)
        expiry_look(s->expiry, s->connection);
    drop_misframed(s);
    syslog_flush(s);
}

static void syslog_flush(struct syslog *s)
{
    struct iovec parts[PARTS_MAX];
    ssize_t r = 0;

    for (int i = 0; s->out.first != NULL && r >= 0 && i < PARTS_MAX; i++) {
        r = connection_send(s->connection, parts, gather(s, parts));
        if (r > 0)
            take_progress(s, (size_t)r);
    }
    if (r < 0 && r != -EAGAIN) {
        syslog_lose(s, connection_why(s->connection, (int)-r));
        return;
    }
    if (connection_wait(s->connection, s->out.first != NULL) && s->out.first != NULL)
        arm(s, &s->progress_timer, s->settings.timeout_ms, syslog_on_progress_due);
}

static void syslog_on_room(void *ctx)
{
    syslog_flush(ctx);
}

static void syslog_on_turn(void *arg)
{
    struct syslog *s = arg;

    s->turn_pending = false;
    if (connection_is_up(s->connection) && s->out.first != NULL)
        syslog_flush(s);
}

/* ---- deliveries -------------------------------------------------------------------------- */

static void syslog_connect(struct syslog *s)
{
    s->progress_ms = s->host->boot_ms(s->host);
    connection_open(s->connection, s->attempt);
    if (!connection_is_closed(s->connection) && !connection_is_up(s->connection))
        arm(s, &s->progress_timer, s->settings.timeout_ms, syslog_on_progress_due);
}

static void leave_soon(struct syslog *s)
{
    if (!connection_is_up(s->connection) || s->offset > 0)
        return;
    if (!s->turn_pending) {
        s->turn_pending = true;
        arm(s, &s->turn_timer, 0, syslog_on_turn);
        syslog_flush(s);
    } else if (s->out.count >= PARTS_MAX) {
        syslog_flush(s);
    }
}

static void syslog_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    struct syslog *s = self;
    bool is_udp = s->settings.target.transport == TARGET_UDP;

    if (s->out.count >= QUEUE_MAX) {
        s->host->receipt(s->host, delivery, HM_LATER, "too many are waiting");
        return;
    }
    if (connection_is_closed(s->connection))
        syslog_connect(s);
    if (connection_is_closed(s->connection)) {
        s->host->receipt(s->host, delivery, HM_LATER, s->why);
        return;
    }
    struct message_plan plan = {.format = &s->settings.format,
        .framing = framing(s),
        .bytes_max = is_udp ? SYSLOG_UDP_BYTES : SYSLOG_STREAM_BYTES};
    struct message *m = message_new(&plan, delivery, attempt, notice);
    if (m == NULL) {
        s->host->receipt(s->host, delivery, HM_LATER, strerror(ENOMEM));
        return;
    }
    queue_push(&s->out, m);
    leave_soon(s);
}

/* ---- life -------------------------------------------------------------------------------- */

static void syslog_validate(const struct hm_host *host)
{
    struct settings settings;

    settings_read(host, &settings);
}

static void syslog_free(struct syslog *s)
{
    s->connection = connection_free(s->connection, true);
    s->expiry = expiry_free(s->expiry);
    queue_clear(&s->out);
    queue_clear(&s->told);
    free(s);
}

/* Files that cannot be used are said now, not at the first notice. */
static int check_files(const struct syslog *s)
{
    char why[TLS_WHY_BYTES];
    struct tls *t = tls_new(&s->settings.tls, -1, why);

    if (t == NULL) {
        s->host->complain(s->host, NULL, "%s", why);
        return -EINVAL;
    }
    tls_free(t);
    return 0;
}

static int syslog_start(struct syslog *s)
{
    struct connection_sink sink = {
        .ctx = s, .up = syslog_on_up, .writable = syslog_on_room, .lost = syslog_on_lost};
    s->connection = connection_new(s->host, &s->settings.target, &s->settings.tls, &sink);
    if (s->connection == NULL)
        return -ENOMEM;
    if (s->settings.target.transport == TARGET_TLS) {
        int r = check_files(s);
        if (r < 0)
            return r;
        s->expiry = expiry_new(s->host);
        if (s->expiry == NULL)
            return -ENOMEM;
    }
    if (is_inet_stream(s))
        syslog_connect(s);
    return 0;
}

static int syslog_open(const struct hm_host *host, void **ret_self)
{
    struct syslog *s = malloc(sizeof *s);

    if (s == NULL)
        return -ENOMEM;
    *s = (struct syslog){.host = host, .backoff_ms = RECONNECT_LEAST_MS};
    // The settings' own name may be that of the certificate, so they are read where they stay.
    int r = settings_read(host, &s->settings) ? syslog_start(s) : -EINVAL;
    if (r < 0) {
        syslog_free(s);
        return r;
    }
    *ret_self = s;
    return 0;
}

static void syslog_close(void *self)
{
    syslog_free(self);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "syslog", .version = "0.1.0",
    .summary = "notices to a syslog receiver (RFC 5424)",
    .summary_ja = "syslog への通知 (RFC 5424)", .options = settings_options,
    .validate = syslog_validate, .open = syslog_open, .close = syslog_close,
    .deliver = syslog_deliver);
