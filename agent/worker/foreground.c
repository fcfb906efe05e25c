/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/foreground.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/log.h"
#include "worker/describe.h"
#include "worker/worker_internal.h"

static int print_line(json_t *o)
{
    size_t length;
    char *line = wire_line(o, &length);
    bool done =
        fwrite(line, 1, length, stdout) == length && putchar('\n') != EOF && fflush(stdout) == 0;
    free(line);
    if (!done)
        log_error(LOG_WORKER, "standard output: %s", strerror(errno));
    return done ? 0 : 1;
}

int foreground_describe(const struct hm_plugin *plugin)
{
    return print_line(describe_plugin(plugin));
}

/* One line of standard input as an object, or NULL and a line on standard error. */
static json_t *read_object(void)
{
    char *line = alloc(WIRE_LINE_MAX + 2);
    json_t *o = NULL;
    struct text why = {0};
    if (fgets(line, WIRE_LINE_MAX + 2, stdin) == NULL)
        text_add(&why, "standard input is empty");
    else
        o = wire_parse(line, strcspn(line, "\n"), &why);
    if (o == NULL)
        log_error(LOG_WORKER, "the options cannot be read: %s", text_get(&why));
    text_deinit(&why);
    free(line);
    return o;
}

static void send_nothing(void *ctx, json_t *line, bool now)
{
    (void)ctx;
    (void)now;
    json_decref(line);
}

static void put_nothing(void *ctx, const char *line, size_t length)
{
    (void)ctx;
    (void)line;
    (void)length;
}

static void wait_for_nothing(void *ctx)
{
    (void)ctx;
}

static void set_language(struct worker *w, const json_t *o)
{
    const char *language = json_string_value(json_object_get(o, "language"));
    if (language == NULL)
        return;
    free(w->language);
    w->language = alloc_text(language);
}

/* A guest from the line on standard input; NULL: said why. */
static struct guest *make_guest(struct worker *w, json_t *o)
{
    struct text why = {0};
    set_language(w, o);
    struct guest *g = guest_new(w, o, &why);
    if (g == NULL)
        log_error(LOG_WORKER, "the options cannot be read: %s", text_get(&why));
    text_deinit(&why);
    return g;
}

/* ---- --validate ---------------------------------------------------------------------------- */

static void print_complaint(void *ctx, const char *option, const char *text)
{
    int *result = ctx;
    json_t *o = json_object();
    if (option == NULL)
        json_object_set_new(o, "option", json_null());
    else
        wire_put_text(o, "option", option);
    wire_put_text(o, "text", text);
    *result |= print_line(o);
}

static int validate_in(struct loop *loop, const struct hm_plugin *plugin, json_t *o)
{
    struct port port = {.send = send_nothing, .put = put_nothing, .wait = wait_for_nothing};
    struct worker w;
    int result = 0;
    worker_init(&w, loop, plugin, &port);
    w.unlimited = true;
    struct guest *g = make_guest(&w, o);
    if (g != NULL) {
        g->on_complaint = print_complaint;
        g->complaint_ctx = &result;
        guest_validate(g);
    } else {
        result = 1;
    }
    guest_free(g);
    worker_deinit(&w);
    return result;
}

int foreground_validate(const struct hm_plugin *plugin)
{
    struct loop *loop;
    json_t *o = read_object();
    if (o == NULL || loop_new(&loop) < 0) {
        json_decref(o);
        return 1;
    }
    int result = validate_in(loop, plugin, o);
    loop_free(loop);
    json_decref(o);
    return result;
}

/* ---- --run --------------------------------------------------------------------------------- */

enum { OUT_BYTES_MAX = 256 * 1024 };

struct run {
    struct worker worker;
    struct loop *loop;
    struct text out; /* not on standard output yet */
    struct loop_deferred flush;
    bool once;
    int result;
};

static void print_refusal(const json_t *line)
{
    const char *option = json_string_value(json_object_get(line, "option"));
    const char *text = json_string_value(json_object_get(line, "text"));
    log_error(LOG_WORKER, "the plugin does not open: %s%s%s", option == NULL ? "" : option,
        option == NULL ? "" : ": ", text == NULL ? "" : text);
}

static void print_log(const json_t *line)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    const char *level = json_string_value(json_object_get(line, "level"));
    size_t i = 0;
    while (i < LOG_LEVEL_INFO && !text_equal(names[i], level))
        i++;
    log_write(
        (enum log_level)i, LOG_WORKER, "%s", json_string_value(json_object_get(line, "text")));
}

static void write_out(struct run *run)
{
    int r = fdio_write_all(STDOUT_FILENO, run->out.bytes, run->out.length);
    text_clear(&run->out);
    if (r == 0)
        return;
    log_error(LOG_WORKER, "standard output: %s", strerror(-r));
    run->result = 1;
}

static void run_on_flush(void *arg)
{
    struct run *run = arg;
    if (run->out.length > 0)
        write_out(run);
    if (run->result != 0)
        worker_stop(&run->worker);
}

static void run_send(void *ctx, json_t *line, bool now)
{
    struct run *run = ctx;
    const char *type = json_string_value(json_object_get(line, "type"));
    (void)now;
    if (strcmp(type, "refused") == 0)
        print_refusal(line);
    else if (strcmp(type, "log") == 0)
        print_log(line);
    if (strcmp(type, "state") != 0) {
        json_decref(line);
        return;
    }
    json_object_del(line, "id");
    if (run->worker.guests != NULL)
        wire_put_text(line, "subject", run->worker.guests->subject);
    run_on_flush(run);
    run->result |= print_line(line);
    run_on_flush(run);
}

/* Lines that are reported in one turn of the loop are written together. */
static void run_put(void *ctx, const char *line, size_t length)
{
    struct run *run = ctx;
    text_add_bytes(&run->out, line, length);
    text_add_char(&run->out, '\n');
    if (run->out.length > OUT_BYTES_MAX)
        run_on_flush(run);
    else
        loop_defer(run->loop, &run->flush);
}

static void run_on_signal(void *arg, int number)
{
    struct run *run = arg;
    (void)number;
    worker_stop(&run->worker);
}

/* `once` is one check and the end of the programs that it started, which their limits bound. */
static void run_once(struct run *run, struct loop *loop)
{
    struct guest *g = run->worker.guests;
    timer_cancel(g->check_timer);
    guest_check(g);
    while (run->worker.programs != NULL && !run->worker.stopping)
        loop_turn(loop, true);
    worker_stop(&run->worker);
}

static bool run_open(struct run *run, json_t *o)
{
    struct guest *g = make_guest(&run->worker, o);
    if (g == NULL)
        return false;
    run->worker.guests = g; // readings may come while it opens
    if (guest_open(g))
        return true;
    run->worker.guests = NULL;
    guest_free(g);
    return false;
}

static int run_in(struct loop *loop, const struct hm_plugin *plugin, json_t *o)
{
    struct run run = {.once = json_is_true(json_object_get(o, "once")),
        .loop = loop,
        .flush = {.fn = run_on_flush, .arg = &run}};
    struct port port = {.ctx = &run, .send = run_send, .put = run_put, .wait = wait_for_nothing};
    worker_init(&run.worker, loop, plugin, &port);
    run.worker.unlimited = true;
    struct signal_watch *interrupt = signal_new(loop, SIGINT, run_on_signal, &run);
    struct signal_watch *term = signal_new(loop, SIGTERM, run_on_signal, &run);
    program_adopt_orphans();
    if (!run_open(&run, o))
        run.result = 1;
    else {
        if (run.once && run.worker.guests->check_timer != NULL)
            run_once(&run, loop);
        loop_run(loop);
    }
    worker_deinit(&run.worker);
    loop_undefer(loop, &run.flush);
    if (run.out.length > 0)
        write_out(&run);
    text_deinit(&run.out);
    signal_free(term);
    signal_free(interrupt);
    return run.result;
}

int foreground_run(const struct hm_plugin *plugin)
{
    struct loop *loop;
    if (plugin->kind != HM_WATCH) {
        log_error(LOG_WORKER, "%s is not a watch: only those can be run by hand", plugin->name);
        return 1;
    }
    json_t *o = read_object();
    if (o == NULL || loop_new(&loop) < 0) {
        json_decref(o);
        return 1;
    }
    int result = run_in(loop, plugin, o);
    loop_free(loop);
    json_decref(o);
    return result;
}
