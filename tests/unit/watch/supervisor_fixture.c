/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor_fixture.h"

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

static void quiet(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

void be_quiet(void)
{
    log_set_sink(getenv("HM_TEST_LOUD") == NULL ? quiet : NULL);
}

static void on_reading(void *ctx, const struct reading *r, const char *subject, const json_t *keep)
{
    struct fixture *f = ctx;
    f->uncommitted++;
    bool is_own = strncmp(subject, "hashimori/", 10) == 0;
    size_t room = is_own || f->room == 0 ? READINGS_MAX : f->room;
    if (r != NULL && f->reading_count < room)
        reading_copy(&f->readings[f->reading_count++], r);
    if (keep == NULL)
        return;
    json_t *kept = json_object_get(f->kept, subject);
    if (kept == NULL) {
        kept = json_object();
        json_object_set_new(f->kept, subject, kept);
    }
    json_t *copy = json_deep_copy(keep);
    json_object_update(kept, copy);
    json_decref(copy);
}

static void on_receipt(void *ctx, const char *destination, const struct receipt *receipt)
{
    struct fixture *f = ctx;
    bool is_done = receipt->progress == NULL || receipt->progress[0] == '\0';
    snprintf(f->receipt, sizeof f->receipt, is_done ? "%s %d %s %s" : "%s %d %s %s (%s)",
        destination, (int)receipt->delivery, receipt_result_name(receipt->result), receipt->text,
        receipt->progress);
}

static void on_serving(void *ctx, struct guest_id id, bool serving)
{
    struct fixture *f = ctx;
    if (strcmp(id.kind, "channel") == 0)
        f->serving_channel = serving;
    if (strcmp(id.kind, "face") == 0)
        f->serving_face = serving;
}

static void on_state(void *ctx, struct guest_id id UNUSED, const char *text)
{
    struct fixture *f = ctx;
    snprintf(f->state, sizeof f->state, "%s", text);
}

static json_t *on_kept(void *ctx, const char *subject)
{
    const struct fixture *f = ctx;
    json_t *kept = json_object_get(f->kept, subject);
    return kept == NULL ? json_object() : json_deep_copy(kept);
}

static void on_worker(void *ctx, const char *guest UNUSED, const char *kind UNUSED,
    const char *state, unsigned restarts, const char *fault)
{
    struct fixture *f = ctx;
    f->restarts = restarts;
    snprintf(f->worker_state, sizeof f->worker_state, "%s", state);
    if (fault[0] != '\0')
        snprintf(f->fault, sizeof f->fault, "%s", fault);
}

/* ---- arranging ------------------------------------------------------------------------------- */

static void set_up(struct fixture *f)
{
    const char *top = getenv("top_builddir");
    *f = (struct fixture){.kept = json_object(), .commits = true};
    snprintf(
        f->worker, sizeof f->worker, "%s/agent/worker/hashimori-worker", top == NULL ? "." : top);
    snprintf(f->plugins, sizeof f->plugins, "%s/tests/fake/.libs", top == NULL ? "." : top);
    char *real = realpath(f->worker, NULL);
    assert_non_null(real);
    snprintf(f->worker, sizeof f->worker, "%s", real);
    free(real);
    snprintf(f->host, sizeof f->host, "renkei01");
    snprintf(f->zone, sizeof f->zone, "Asia/Tokyo");
    f->settings.agent =
        (struct agent_settings){.host = f->host, .timezone = f->zone, .plugin_dir = f->plugins};
    f->settings.watches = f->watches;
    assert_int_equal(loop_new(&f->loop), 0);
    struct supervisor_sink sink = {.ctx = f,
        .reading = on_reading,
        .receipt = on_receipt,
        .serving = on_serving,
        .state = on_state,
        .kept = on_kept,
        .worker = on_worker};
    struct watch_limits limits = watch_limits_default();
    limits.delay_first = 10;
    limits.delay_most = 40;
    limits.retry_hung = 300;
    limits.retry_stuck = 300;
    limits.retry_refused = 100;
    limits.reap = 300;
    f->supervisor = supervisor_new(f->loop, f->worker, &sink);
    supervisor_set_limits(f->supervisor, &limits);
}

struct fixture *fixture_new(void **state UNUSED)
{
    struct fixture *f = alloc(sizeof *f);
    set_up(f);
    return f;
}

static void free_values(struct value_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->values[i].name);
        free(set->values[i].text);
    }
    free(set->values);
}

void fixture_free(struct fixture *f)
{
    f->supervisor = supervisor_free(f->supervisor);
    loop_free(f->loop);
    for (size_t i = 0; i < f->reading_count; i++)
        reading_deinit(&f->readings[i]);
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        free_values(&f->watches[i].options);
        free(f->watches[i].subject);
        free(f->watches[i].plugin);
    }
    json_decref(f->kept);
    free(f);
}

void add_watch(struct fixture *f, const char *subject, const char *how, span_ms interval)
{
    struct watch_settings *w = &f->watches[f->settings.watch_count++];
    struct value *values = alloc_array(3, sizeof *values);
    values[0] =
        (struct value){.name = alloc_text("how"), .type = VALUE_TEXT, .text = alloc_text(how)};
    values[1] = (struct value){.name = alloc_text("number"), .type = VALUE_INTEGER, .integer = 1};
    *w = (struct watch_settings){.subject = alloc_text(subject),
        .plugin = alloc_text("naughty"),
        .interval = interval,
        .deadline = strncmp(how, "hang", 4) == 0 || strcmp(how, "stat") == 0 ? 200 : 5000,
        .options = {values, 2}};
}

void start(struct fixture *f)
{
    supervisor_settings(f->supervisor, &f->settings);
}

void on_tick(void *arg)
{
    struct fixture *f = arg;
    f->ticked = true;
}

bool has_ticked(const struct fixture *f, const char *text UNUSED)
{
    return f->ticked;
}

static void on_late(void *arg)
{
    struct fixture *f = arg;
    f->late = true;
}

void until(struct fixture *f, condition_fn condition, const char *text)
{
    struct timer *late = timer_new(f->loop, on_late, f);
    timer_set(late, WAIT_MS);
    while (!condition(f, text) && !f->late) {
        loop_turn(f->loop, true);
        if (f->commits && f->uncommitted > 0) {
            f->uncommitted = 0;
            supervisor_committed(f->supervisor);
        }
    }
    timer_free(late);
    if (f->late)
        fail_msg("waited in vain for \"%s\"", text);
}

/* ---- conditions ------------------------------------------------------------------------------ */

size_t count_of(const struct fixture *f, const char *what)
{
    size_t count = 0;
    for (size_t i = 0; i < f->reading_count; i++) {
        const struct reading *r = &f->readings[i];
        char line[512];
        snprintf(line, sizeof line, "%s|%s|%s|%s", r->of.subject, r->of.instance, r->of.metric,
            reading_kind_name(r->kind));
        count += strcmp(line, what) == 0;
    }
    return count;
}

bool came(const struct fixture *f, const char *what)
{
    return count_of(f, what) > 0;
}

bool came_thrice(const struct fixture *f, const char *what)
{
    return count_of(f, what) >= 3;
}

bool has_fault(const struct fixture *f, const char *text)
{
    return strstr(f->fault, text) != NULL;
}

bool has_state(const struct fixture *f, const char *text)
{
    return strcmp(f->state, text) == 0;
}

bool worker_is(const struct fixture *f, const char *text)
{
    return strcmp(f->worker_state, text) == 0;
}

bool has_receipt(const struct fixture *f, const char *text)
{
    return strcmp(f->receipt, text) == 0;
}

void forget_readings(struct fixture *f)
{
    for (size_t i = 0; i < f->reading_count; i++)
        reading_deinit(&f->readings[i]);
    f->reading_count = 0;
}

const struct reading *last_of(const struct fixture *f, const char *subject)
{
    for (size_t i = f->reading_count; i > 0; i--)
        if (strcmp(f->readings[i - 1].of.subject, subject) == 0)
            return &f->readings[i - 1];
    return NULL;
}
