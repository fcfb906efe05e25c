/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue - the folders of a spool: how much waits in each, how long, and what lands in `error`.
 *
 * Counting is by event (inotify); passes over the folders find the truth at the start, from time
 * to time, and whenever events cannot be trusted. A pass goes on in slices from a timer, so that
 * this worker answers in between. A file that arrives in an error stage is an event of its own.
 */
#include <errno.h>
#include <hashimori/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>

#include "options.h"
#include "queue.h"
#include "say.h"

enum {
    SLICE_MS = 20,
    COUNT_SLICE_MS = 10, /* may come in one turn with a slice of a pass */
    LATER_MS = 5,        /* until a folder that is waited for is asked again */
    PASS_GAP_MS = 50     /* between an event that asks for a pass and that pass */
};

/* ---- passes ---- */

static void queue_on_slice(void *arg);

static void set_timer(struct queue *q, int64_t ms)
{
    if (q->timer_is_set)
        return;
    q->timer_is_set = true;
    if (q->timer == NULL)
        q->timer = q->host->timer(q->host, ms, queue_on_slice, q);
    else
        q->host->timer_again(q->timer, ms);
    if (q->timer == NULL)
        q->timer_is_set = false;
}

static void begin_wanted_passes(struct queue *q)
{
    const struct hm_host *host = q->host;
    for (size_t i = 0; i < q->count; i++) {
        struct stage *s = &q->stages[i].stage;
        if (s->wants_pass && !s->pass.is_running && !host->skip(host, s->set.name))
            stage_pass_begin(s, host->boot_ms(host));
    }
}

static void end_pass(struct watched *w)
{
    say_polled(w);
    say_if_cleared(w);
    if (w->report_due)
        say_stage(w);
    else
        say_findings(w);
}

/* Goes on with the passes that run for one slice; sets the timer if it was not enough. */
static void run_slice(struct queue *q)
{
    const struct hm_host *host = q->host;
    bool waits = false;
    for (size_t n = 0; n < q->count; n++) {
        struct watched *w = &q->stages[(q->turn + n) % q->count];
        if (!w->stage.pass.is_running || host->skip(host, w->stage.set.name))
            continue;
        host->announce(host, w->stage.set.name);
        int r = stage_pass_step(&w->stage, host->wall_ms(host), host->boot_ms(host), SLICE_MS);
        if (r == STAGE_E_LATER) {
            waits = true;
            continue;
        }
        q->turn = (size_t)(w - q->stages) + (r == 0);
        if (r == 0)
            end_pass(w);
        if (waits || n + 1 < q->count || r == STAGE_E_MORE)
            set_timer(q, 0);
        return;
    }
    if (waits)
        set_timer(q, LATER_MS);
}

static void go_on_counting(struct queue *q);

static void queue_on_slice(void *arg)
{
    struct queue *q = arg;
    q->timer_is_set = false;
    begin_wanted_passes(q);
    run_slice(q);
    go_on_counting(q);
}

/* ---- counting records ---- */

static void queue_on_count(void *arg);

/* Sets the timer if records wait to be counted. */
static void go_on_counting(struct queue *q)
{
    const struct hm_host *host = q->host;
    bool waits = false;
    for (size_t i = 0; i < q->count && !waits; i++)
        waits = stage_has_to_count(&q->stages[i].stage) &&
                !host->skip(host, q->stages[i].stage.set.name);
    if (!waits || q->count_timer_is_set)
        return;
    q->count_timer_is_set = true;
    if (q->count_timer == NULL)
        q->count_timer = host->timer(host, 0, queue_on_count, q);
    else
        host->timer_again(q->count_timer, 0);
    q->count_timer_is_set = q->count_timer != NULL;
}

/* One slice, for the next stage that has something to count. */
static void queue_on_count(void *arg)
{
    struct queue *q = arg;
    const struct hm_host *host = q->host;
    q->count_timer_is_set = false;
    for (size_t n = 0; n < q->count; n++) {
        struct watched *w = &q->stages[q->count_turn++ % q->count];
        if (!stage_has_to_count(&w->stage) || host->skip(host, w->stage.set.name))
            continue;
        host->announce(host, w->stage.set.name);
        stage_count_step(&w->stage, COUNT_SLICE_MS);
        say_findings(w);
        if (w->stage.wants_pass)
            set_timer(q, PASS_GAP_MS);
        break;
    }
    go_on_counting(q);
}

/* ---- events ---- */

/* Passes cost: after a long one the next that events ask for waits four times as long. */
static int64_t pass_delay_ms(const struct queue *q, const struct stage *s)
{
    int64_t since_ms = q->host->boot_ms(q->host) - s->passed_at_ms;
    int64_t rest_ms = 4 * s->pass_took_ms - since_ms;
    return s->passed_at_ms == 0 || rest_ms < PASS_GAP_MS ? PASS_GAP_MS : rest_ms;
}

static void queue_on_change(void *ctx, void *owner, uint32_t mask, const char *name)
{
    struct queue *q = ctx;
    struct folder *folder = owner;
    for (size_t i = 0; owner == NULL && i < q->count; i++) {
        q->stages[i].stage.lost_events = true;
        q->stages[i].stage.wants_pass = true;
    }
    if (owner == NULL) {
        say_overflow(q);
        set_timer(q, PASS_GAP_MS);
        return;
    }
    struct stage *s = folder->stage;
    if (q->host->skip(q->host, s->set.name))
        return;
    stage_event(folder, mask, name, q->host->wall_ms(q->host));
    if (s->wants_pass)
        set_timer(q, pass_delay_ms(q, s));
}

static void after_changes(struct queue *q)
{
    for (size_t i = 0; i < q->count; i++) {
        say_if_cleared(&q->stages[i]);
        say_findings(&q->stages[i]);
    }
    go_on_counting(q);
}

static void queue_on_readable(void *arg, int fd, int events)
{
    struct queue *q = arg;
    (void)fd;
    (void)events;
    watches_read(q->watches, queue_on_change, q);
    after_changes(q);
}

/* Whether the figures of @s are what they are, without a pass. */
static bool counts_by_event(const struct stage *s)
{
    return s->has_passed && s->blind == 0 && !s->is_polled && !s->lost_events;
}

static bool needs_pass(const struct queue *q, const struct stage *s)
{
    int64_t age_ms = q->host->boot_ms(q->host) - s->passed_at_ms;
    return !counts_by_event(s) || age_ms >= q->recount_ms || stage_has_unnamed(s);
}

static int queue_check(void *self)
{
    struct queue *q = self;
    if (q->watches != NULL)
        for (int i = 0; i < 4 && watches_read(q->watches, queue_on_change, q); i++)
            continue;
    after_changes(q);
    for (size_t i = 0; i < q->count; i++) {
        struct watched *w = &q->stages[i];
        if (q->host->skip(q->host, w->stage.set.name))
            continue;
        if (counts_by_event(&w->stage))
            stage_review(&w->stage, q->host->wall_ms(q->host));
        // The pass that runs will tell; another behind it would tell the same.
        w->stage.wants_pass |= !w->stage.pass.is_running && needs_pass(q, &w->stage);
        say_unsaid(w);
        // Files that may be complete by now are worth waiting for; a recount is not.
        if (counts_by_event(&w->stage) && !stage_has_unnamed(&w->stage))
            say_stage(w);
        else
            w->report_due = true;
    }
    begin_wanted_passes(q);
    run_slice(q);
    go_on_counting(q);
    // Where the loop gives no timer, each check does a part.
    if (!q->count_timer_is_set)
        queue_on_count(q);
    return 0;
}

/* ---- the plugin ---- */

static void queue_close(void *self)
{
    struct queue *q = self;
    for (size_t i = 0; i < q->count; i++)
        stage_deinit(&q->stages[i].stage);
    watches_free(q->watches);
    free(q->stages);
    free(q);
}

static void say_no_events(const struct queue *q, int error)
{
    q->host->log(q->host, HM_LOG_WARN,
        "no events of files (%s): the folders are read at each interval", strerror(error));
}

static int open_stage(struct queue *q, size_t i, uint64_t seed)
{
    struct watched *w = &q->stages[i];
    const struct stage_sink sink = {w, say_arrival};
    w->queue = q;
    w->is_announced = q->host->group(q->host, "stages", i)
                          ->flag(q->host->group(q->host, "stages", i), "announce");
    w->may_have_errors = true; // an earlier life may have told of some
    int r = stage_init(&w->stage, q->host->group(q->host, "stages", i), q->watches, &sink, seed);
    snprintf(w->seen_key, sizeof w->seen_key, "seen_%016" PRIx64, files_key(0, w->stage.set.name));
    const char *kept = q->host->kept(q->host, w->seen_key);
    w->stage.known_since_ms = kept == NULL ? 0 : strtoll(kept, NULL, 10);
    return r;
}

/* The last step of open: from here on events come. */
static void follow_events(struct queue *q)
{
    if (q->watches == NULL)
        return;
    if (q->host->watch_fd(q->host, watches_fd(q->watches), HM_READABLE, queue_on_readable, q) !=
        NULL)
        return;
    say_no_events(q, errno);
    for (size_t i = 0; i < q->count; i++)
        q->stages[i].stage.watches = NULL;
    q->watches = watches_free(q->watches);
}

static int queue_open(const struct hm_host *host, void **ret_self)
{
    uint64_t seed = 0;
    struct queue *q = calloc(1, sizeof *q);
    if (q == NULL)
        return -ENOMEM;
    q->host = host;
    q->recount_ms = host->integer(host, "recount");
    size_t count = host->count(host, "stages");
    q->stages = calloc(count > 0 ? count : 1, sizeof *q->stages);
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) < 0)
        seed = (uint64_t)host->wall_ms(host);
    int r = watches_new(&q->watches);
    if (r < 0)
        say_no_events(q, -r);
    r = q->stages == NULL ? -ENOMEM : count == 0 || count > STAGES_MAX ? -EINVAL : 0;
    while (r == 0 && q->count < count)
        r = open_stage(q, q->count++, seed);
    if (r < 0) {
        host->complain(host, "stages", "%s", strerror(-r));
        queue_close(q);
        return r;
    }
    follow_events(q);
    *ret_self = q;
    return 0;
}

HM_PLUGIN(.kind = HM_WATCH, .name = "queue", .version = "0.1.0",
    .summary = "how much waits in the folders of a spool, how long, and what failed",
    .summary_ja = "連携フォルダーの滞留件数・滞留時間・エラーファイルを監視します",
    .options = queue_options, .rules = queue_rules, .validate = queue_validate, .open = queue_open,
    .check = queue_check, .close = queue_close);
