/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch/worker_process.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "loop/slate.h"
#include "wire/wire.h"

enum {
    LAST_WORDS_MS =
        200,          /* for lines that a dead worker left in its socket, and the other way round */
    POSTPONE_MS = 50, /* its lines wait in the socket: we are late, not it */
    POSTPONE_MAX = 40,
    GRANT_MS = 100,
    /* Plain numbers need no answer: waking the guest for each would double what looking costs. */
    GRANT_LINES = WIRE_CREDIT / 4,
    FDS_SOFT = 1024,
    FDS_MAX = 16 * 1024, /* for a guest that raises its limit itself: a pidfd for each process */
    FILE_BYTES_MAX = 64 * 1024 * 1024
};
#define DATA_BYTES_MAX (512UL * 1024 * 1024)

struct worker_process {
    struct loop *loop;
    const struct watch_limits *limits;
    struct worker_sink sink;
    char *label, *kind, *plugin;
    struct child *child;
    struct stream *stream; /* the wire */
    struct stream *err;    /* its standard error */
    struct timer *timer;   /* of the stage: hello, stop, reap, last words */
    struct slate *slate;   /* the call that it is in */
    struct io *late;       /* readable when that takes too long */
    struct timer *grant_timer;
    struct timer *silence_timer; /* set while something was asked and no line came since */
    bool is_face;
    bool ready;  /* said hello */
    bool asked;  /* to stop .. */
    bool termed; /* .. and then by SIGTERM */
    bool killed;
    bool reaped;
    bool has_hung; /* it was told of */
    bool over;     /* `ended` was called */
    int status;
    char *why; /* first reason of a fault */
    mono_ms began;
    uint32_t asked_in; /* turn of the slate */
    unsigned postponed;
    uint64_t seq;       /* last one that came */
    uint64_t committed; /* up to here it may be told .. */
    uint64_t saved;     /* .. and up to here it was */
    bool is_awaited;    /* something it keeps, or an event, is among what it was not told of */
    struct flood flood;
    void (*gone)(void *arg); /* abandoned: who wants to know that it ended after all */
    void *gone_arg;
};

/* ---- the end ------------------------------------------------------------------------------ */

/* Out of memory, an operator: says nothing of the guest that it happened to be in. */
static bool was_killed_by_others(const struct worker_process *p)
{
    return !p->killed && p->reaped && WIFSIGNALED(p->status) && WTERMSIG(p->status) == SIGKILL;
}

static void finish(struct worker_process *p, bool stuck)
{
    if (p->over)
        return;
    p->over = true;
    timer_cancel(p->timer);
    p->late = io_free(p->late);
    timer_cancel(p->grant_timer);
    timer_cancel(p->silence_timer);
    struct slate_call call;
    slate_read(p->slate, &call);
    if (!p->asked && !p->has_hung && call.id != 0 && !was_killed_by_others(p))
        p->sink.fell(p->sink.ctx, call.id);
    p->sink.ended(p->sink.ctx, p->asked && !stuck, stuck, p->why == NULL ? "" : p->why);
}

static void say_status(struct worker_process *p)
{
    char text[128];
    if (p->why != NULL)
        return;
    if (p->killed && WIFSIGNALED(p->status) && WTERMSIG(p->status) == SIGKILL)
        snprintf(text, sizeof text, "closed its socket");
    else if (WIFSIGNALED(p->status))
        snprintf(text, sizeof text, "ended by signal %d (%s)", WTERMSIG(p->status),
            strsignal(WTERMSIG(p->status)));
    else
        snprintf(text, sizeof text, "exited with status %d", WEXITSTATUS(p->status));
    p->why = alloc_text(text);
}

static void worker_on_exit(void *arg, struct child *child, int status)
{
    struct worker_process *p = arg;
    (void)child;
    p->reaped = true;
    p->status = status;
    if (p->gone != NULL) {
        p->gone(p->gone_arg);
        return;
    }
    if (p->stream == NULL) {
        say_status(p);
        finish(p, false);
        return;
    }
    timer_set(p->timer, LAST_WORDS_MS);
}

static void kill_it(struct worker_process *p)
{
    p->killed = true;
    p->late = io_free(p->late);
    if (p->reaped)
        return;
    child_kill(p->child, SIGKILL);
    timer_set(p->timer, p->limits->reap);
}

void worker_process_fail(struct worker_process *p, const char *why)
{
    if (p->killed || p->over)
        return;
    if (p->why == NULL)
        p->why = alloc_text(why);
    kill_it(p);
}

void worker_process_stop(struct worker_process *p)
{
    if (p->asked || p->over)
        return;
    p->asked = true;
    json_t *line = json_object();
    json_object_set_new(line, "type", json_string("stop"));
    worker_process_send(p, line);
    if (!p->killed)
        timer_set(p->timer, p->limits->term);
}

/* The stage took too long: loading, stopping, dying, or the last words. */
static void worker_on_timer(void *arg)
{
    struct worker_process *p = arg;
    if (p->reaped) {
        say_status(p);
        finish(p, false);
    } else if (p->killed) {
        finish(p, true);
    } else if (p->stream == NULL && !p->asked) {
        kill_it(p); // it lives on without its socket
    } else if (p->asked && !p->termed) {
        p->termed = true;
        child_kill(p->child, SIGTERM);
        timer_set(p->timer, p->limits->kill - p->limits->term);
    } else {
        worker_process_fail(
            p, p->asked ? "did not stop when asked" : "did not load its plugin in time");
    }
}

/* ---- calls and their deadlines ------------------------------------------------------------ */

static bool waits_for_credit(const struct worker_process *p)
{
    return p->seq - p->saved >= WIRE_CREDIT;
}

static bool has_unread_lines(const struct worker_process *p)
{
    int bytes = 0;
    return p->stream != NULL && ioctl(stream_fd(p->stream), FIONREAD, &bytes) == 0 && bytes > 0;
}

static void worker_on_call_late(void *arg, int fd, int events)
{
    struct worker_process *p = arg;
    struct slate_call call;
    char why[256];
    (void)fd;
    (void)events;
    if (!slate_late(p->slate, &call))
        return;
    if (waits_for_credit(p)) {
        slate_again(p->slate, &call);
        return;
    }
    snprintf(why, sizeof why, "a call did not end within %lld ms", (long long)call.deadline);
    p->has_hung = true;
    p->sink.hung(p->sink.ctx, call.id, call.instance);
    worker_process_fail(p, why);
}

/* A worker that is stopped, or lost in its own code, begins no call that could be late. */
static void worker_on_silence(void *arg)
{
    struct worker_process *p = arg;
    struct slate_call call;
    char why[256];
    slate_read(p->slate, &call);
    if (call.id != 0 || waits_for_credit(p)) {
        timer_set(p->silence_timer, p->limits->silence);
        return;
    }
    if (call.turn != p->asked_in)
        return; // what was asked had nothing to say
    if (p->postponed < POSTPONE_MAX && has_unread_lines(p)) {
        p->postponed++;
        timer_set(p->silence_timer, POSTPONE_MS);
        return;
    }
    snprintf(why, sizeof why, "did not answer within %lld ms", (long long)p->limits->silence);
    worker_process_fail(p, why);
}

/* ---- credit -------------------------------------------------------------------------------- */

static void grant(struct worker_process *p)
{
    struct flood_rule rule = {p->limits->flood_rate, p->limits->flood_seconds};
    unsigned wanted = (unsigned)(p->committed - p->saved);
    unsigned allowed = flood_allow(&p->flood, &rule, clock_boot(), wanted);
    if (allowed > 0) {
        p->saved += allowed;
        json_t *line = json_object();
        json_object_set_new(line, "type", json_string("saved"));
        json_object_set_new(line, "through", json_integer((json_int_t)p->saved));
        worker_process_send(p, line);
    }
    if (allowed < wanted)
        timer_set(p->grant_timer, GRANT_MS);
}

static void worker_on_grant(void *arg)
{
    grant(arg);
}

void worker_process_committed(struct worker_process *p)
{
    if (p->over || p->committed == p->seq)
        return;
    p->committed = p->seq;
    bool is_worth_it = p->is_awaited || p->committed - p->saved >= GRANT_LINES;
    if (is_worth_it && !timer_is_set(p->grant_timer)) {
        p->is_awaited = false;
        grant(p);
    }
}

static bool count_line(struct worker_process *p, const json_t *line, struct text *why)
{
    struct flood_rule rule = {p->limits->flood_rate, p->limits->flood_seconds};
    int64_t seq;
    if (!wire_get_int(line, "seq", 1, INT64_MAX, &seq, why))
        return false;
    if ((uint64_t)seq != p->seq + 1) {
        text_add(why, "\"seq\" does not follow the last one");
        return false;
    }
    p->seq++;
    p->is_awaited |= json_object_get(line, "keep") != NULL ||
                     text_equal(json_string_value(json_object_get(line, "kind")), "event");
    if (p->seq - p->saved > WIRE_CREDIT) {
        text_add(why, "sent more than its credit");
        return false;
    }
    if (flood_count(&p->flood, &rule, clock_boot()))
        p->sink.flooding(p->sink.ctx, p->flood.last);
    return true;
}

/* ---- lines --------------------------------------------------------------------------------- */

static void take_log(const struct worker_process *p, const json_t *line)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    const char *level = json_string_value(json_object_get(line, "level"));
    const char *text = json_string_value(json_object_get(line, "text"));
    size_t i = 0;
    while (i < LOG_LEVEL_DEBUG && !text_equal(names[i], level))
        i++;
    log_write(
        (enum log_level)i, LOG_WATCH, "worker %s: %.2000s", p->label, text == NULL ? "" : text);
}

static bool take_hello(struct worker_process *p, const json_t *line, struct text *why)
{
    int64_t wire;
    const char *plugin, *kind;
    if (p->ready || !wire_get_int(line, "wire", WIRE_VERSION, WIRE_VERSION, &wire, why) ||
        !wire_get_text(line, "plugin", &plugin, why) || !wire_get_text(line, "kind", &kind, why))
        return false;
    if (!text_equal(plugin, p->plugin) || !text_equal(kind, p->kind)) {
        text_add(why, "it is another plugin than was asked for");
        return false;
    }
    p->ready = true;
    if (!p->asked)
        timer_cancel(p->timer);
    p->sink.hello(p->sink.ctx);
    return true;
}

static bool is_guest_type(const char *type)
{
    static const char *const types[] = {"opened", "refused", "reading", "keep", "receipt", "state"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static bool take_line(struct worker_process *p, json_t *line, struct text *why)
{
    const char *type;
    int64_t id;
    if (!wire_get_text(line, "type", &type, why))
        return false;
    if (strcmp(type, "log") == 0) {
        take_log(p, line);
        return true;
    }
    if (strcmp(type, "hello") == 0)
        return take_hello(p, line, why);
    if (!p->ready || !wire_get_int(line, "id", 1, INT64_MAX, &id, why))
        return false;
    if (strcmp(type, "leave") == 0) {
        p->sink.leave(p->sink.ctx, id);
        return true;
    }
    if (!is_guest_type(type)) {
        text_add(why, "unknown type");
        return false;
    }
    bool counted = strcmp(type, "reading") == 0 || strcmp(type, "keep") == 0;
    if (counted && !count_line(p, line, why))
        return false;
    return p->sink.line(p->sink.ctx, type, id, line, why);
}

static void worker_on_line(void *ctx, char *bytes, size_t length)
{
    struct worker_process *p = ctx;
    struct text why = {0};
    if (p->killed || p->over)
        return;
    timer_cancel(p->silence_timer);
    json_t *line = wire_parse(bytes, length, &why);
    if (line == NULL || !take_line(p, line, &why)) {
        struct text told = {0};
        text_addf(
            &told, "broke the wire: %s", why.length > 0 ? text_get(&why) : "a line out of turn");
        worker_process_fail(p, text_get(&told));
        text_deinit(&told);
    }
    json_decref(line);
    text_deinit(&why);
}

static void worker_on_lost(void *ctx, const char *why)
{
    struct worker_process *p = ctx;
    p->stream = stream_free(p->stream);
    if (p->reaped) {
        say_status(p);
        finish(p, false);
        return;
    }
    if (p->asked || p->killed)
        return;
    // A process that ends closes its socket first, or resets it: then its status says more.
    if (strncmp(why, "a line", strlen("a line")) != 0) {
        timer_set(p->timer, LAST_WORDS_MS);
        return;
    }
    struct text told = {0};
    text_addf(&told, "broke the wire: %s", why);
    worker_process_fail(p, text_get(&told));
    text_deinit(&told);
}

static void worker_on_err_line(void *ctx, char *line, size_t length)
{
    const struct worker_process *p = ctx;
    (void)length;
    log_warn(LOG_WATCH, "worker %s: stderr: %.1000s", p->label, line);
}

static void worker_on_err_lost(void *ctx, const char *why)
{
    struct worker_process *p = ctx;
    (void)why;
    p->err = stream_free(p->err);
}

/* ---- start --------------------------------------------------------------------------------- */

static int start_child(
    struct worker_process *p, const struct worker_plan *plan, int wire_fd, int err_fd, int null_fd)
{
    char zone[128];
    snprintf(zone, sizeof zone, "TZ=%s", plan->timezone == NULL ? "UTC" : plan->timezone);
    const char *const argv[] = {plan->worker_path, NULL};
    const char *const env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG=C.UTF-8", zone, NULL};
    struct child_plan child = {.argv = argv,
        .envp = env,
        .fds = {{null_fd, 0}, {null_fd, 1}, {err_fd, 2}, {wire_fd, 3},
            {slate_timer_fd(p->slate), SLATE_TIMER_FD}, {slate_page_fd(p->slate), SLATE_PAGE_FD}},
        .fd_count = 6,
        .limits = {{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, FDS_SOFT, FDS_MAX},
            {RLIMIT_FSIZE, FILE_BYTES_MAX, FILE_BYTES_MAX},
            {RLIMIT_DATA, DATA_BYTES_MAX, DATA_BYTES_MAX}},
        .limit_count = 4,
        .kill_with_parent = SIGKILL,
        .keep_capabilities = plan->read_all};
#ifdef HM_SANITIZED
    child.limit_count = 3; // shadow memory is data too
#endif
    return child_start(p->loop, &child, worker_on_exit, p, &p->child);
}

static int make_streams(struct worker_process *p, int *wire, int *err)
{
    struct stream_sink lines = {.ctx = p, .line = worker_on_line, .lost = worker_on_lost};
    struct stream_sink errors = {.ctx = p, .line = worker_on_err_line, .lost = worker_on_err_lost};
    int r = stream_new(p->loop, *wire, &lines, &p->stream);
    if (r < 0)
        return r;
    *wire = -1;
    r = stream_new(p->loop, *err, &errors, &p->err);
    if (r == 0)
        *err = -1;
    return r;
}

static int start(struct worker_process *p, const struct worker_plan *plan)
{
    int wire[2] = {-1, -1}, err[2] = {-1, -1};
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int r = 0;
    if (null_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire) < 0 ||
        pipe2(err, O_CLOEXEC) < 0)
        r = fault(-errno);
    if (r == 0)
        r = slate_new(&p->slate);
    if (r == 0)
        r = io_new(p->loop, slate_timer_fd(p->slate), IO_READ, worker_on_call_late, p, &p->late);
    if (r == 0)
        r = make_streams(p, &wire[0], &err[0]);
    if (r == 0)
        r = start_child(p, plan, wire[1], err[1], null_fd);
    fdio_close(null_fd);
    for (size_t i = 0; i < 2; i++) {
        fdio_close(wire[i]);
        fdio_close(err[i]);
    }
    return r;
}

static void send_welcome(struct worker_process *p, const struct worker_plan *plan)
{
    json_t *line = json_object();
    json_object_set_new(line, "type", json_string("welcome"));
    json_object_set_new(line, "wire", json_integer(WIRE_VERSION));
    wire_put_text(line, "plugin", plan->plugin);
    wire_put_text(line, "kind", plan->kind);
    wire_put_text(line, "path", plan->path);
    json_object_set_new(line, "owner", json_integer(plan->owner));
    wire_put_text(line, "language", plan->language);
    wire_put_text(line, "host", plan->host);
    wire_put_text(line, "timezone", plan->timezone);
    worker_process_send(p, line);
}

int worker_process_new(struct loop *loop, const struct worker_plan *plan,
    const struct worker_sink *sink, struct worker_process **ret_process)
{
    struct worker_process *p = alloc(sizeof *p);
    *p = (struct worker_process){.loop = loop,
        .limits = plan->limits,
        .sink = *sink,
        .label = alloc_text(plan->label),
        .kind = alloc_text(plan->kind),
        .plugin = alloc_text(plan->plugin),
        .is_face = strcmp(plan->kind, "face") == 0,
        .began = clock_boot()};
    p->timer = timer_new(loop, worker_on_timer, p);
    p->grant_timer = timer_new(loop, worker_on_grant, p);
    p->silence_timer = timer_new(loop, worker_on_silence, p);
    int r = start(p, plan);
    if (r < 0) {
        worker_process_free(p);
        return r;
    }
    send_welcome(p, plan);
    timer_set(p->timer, p->limits->hello);
    *ret_process = p;
    return 0;
}

struct worker_process *worker_process_free(struct worker_process *p)
{
    if (p == NULL)
        return NULL;
    if (p->child != NULL && !p->reaped)
        child_kill(p->child, SIGKILL);
    p->child = child_free(p->child);
    p->stream = stream_free(p->stream);
    p->err = stream_free(p->err);
    p->timer = timer_free(p->timer);
    p->late = io_free(p->late);
    p->slate = slate_free(p->slate);
    p->grant_timer = timer_free(p->grant_timer);
    p->silence_timer = timer_free(p->silence_timer);
    free(p->label);
    free(p->kind);
    free(p->plugin);
    free(p->why);
    free(p);
    return NULL;
}

void worker_process_abandon(struct worker_process *p, void (*gone)(void *arg), void *arg)
{
    p->gone = gone;
    p->gone_arg = arg;
    p->stream = stream_free(p->stream);
    p->err = stream_free(p->err);
}

bool worker_process_is_ready(const struct worker_process *p)
{
    return p != NULL && p->ready && !p->asked && !p->killed && !p->over && p->stream != NULL;
}

mono_ms worker_process_last_call(const struct worker_process *p)
{
    struct slate_call call;
    mono_ms now = clock_boot();
    slate_read(p->slate, &call);
    if (call.id != 0 || call.last > now)
        return now;
    return call.last > p->began ? call.last : p->began;
}

static void send_line(struct worker_process *p, const char *bytes, size_t length)
{
    if (p->stream == NULL || p->over)
        return;
    if (length > WIRE_LINE_MAX)
        log_error(LOG_WATCH, "worker %s: a line of %zu bytes is over the limit, not sent", p->label,
            length);
    else if (p->is_face)
        stream_queue(p->stream, bytes, length); // a board has many rows
    else
        stream_send(p->stream, bytes, length);
}

void worker_process_send(struct worker_process *p, json_t *line)
{
    size_t length;
    char *bytes = wire_line(line, &length);
    send_line(p, bytes, length);
    free(bytes);
}

void worker_process_ask_line(struct worker_process *p, const char *line, size_t length)
{
    send_line(p, line, length);
    if (!timer_is_set(p->silence_timer) && !p->killed && !p->over) {
        struct slate_call call;
        slate_read(p->slate, &call);
        p->asked_in = call.turn;
        p->postponed = 0;
        timer_set(p->silence_timer, p->limits->silence);
    }
}

void worker_process_ask(struct worker_process *p, json_t *line)
{
    size_t length;
    char *bytes = wire_line(line, &length);
    worker_process_ask_line(p, bytes, length);
    free(bytes);
}

size_t worker_process_queued(const struct worker_process *p)
{
    return p == NULL || p->stream == NULL ? 0 : stream_queued(p->stream);
}
