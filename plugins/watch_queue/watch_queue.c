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
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>

#include "stage.h"
#include "visible.h"

enum {
    STAGES_MAX = 64,
    SLICE_MS = 20,
    PASS_GAP_MS = 50, /* between an event that asks for a pass and that pass */
    BURST_MAX = 100,  /* error files told one by one in BURST_MS; then a sum */
    BURST_MS = 10 * 1000,
    NAME_BYTES = 1024,
    TEXT_BYTES = NAME_BYTES + 256
};

/* A stage, and what was said of it. */
struct watched {
    struct stage stage;
    struct queue *queue;
    char seen_key[40];
    bool report_due;               /* when its pass ends */
    bool is_told;                  /* figures were reported: they must go blind with the rest */
    bool is_announced;             /* files are told: `announce` */
    bool may_have_errors;          /* an error_file stands that no error_cleared has answered */
    int64_t reported_at_ms;        /* boot clock; 0: never */
    uint64_t departures, arrivals; /* at that time */
    int64_t burst_from_ms;
    unsigned burst, unsaid;
};

struct queue {
    const struct hm_host *host;
    struct watches *watches; /* NULL: no inotify here */
    struct watched *stages;
    size_t count;
    size_t turn; /* whose pass goes on next */
    int64_t recount_ms;
    struct hm_watch_handle *timer; /* the next slice */
    bool timer_is_set;
};

static const char *const age_words[] = {"mtime", "ctime", NULL};

static const struct hm_option stage_options[] = {
    {.name = "name",
        .required = true,
        .help = "name of the stage: the instance of its readings",
        .help_ja = "段階の名前（報告される値の instance になる）"},
    {.name = "path",
        .type = HM_PATH,
        .required = true,
        .help = "the folder",
        .help_ja = "フォルダーのパス"},
    {.name = "error",
        .type = HM_FLAG,
        .preset = "false",
        .help = "each file that arrives here is a failure: the event error_file",
        .help_ja = "エラー用フォルダー（ファイルが入るたびに error_file イベントを報告）"},
    {.name = "done",
        .type = HM_FLAG,
        .preset = "false",
        .help = "files stay here for good: their age says nothing and is not reported",
        .help_ja = "完了用フォルダー（滞留時間を報告しない）"},
    {.name = "announce",
        .type = HM_FLAG,
        .preset = "false",
        .help = "each file that is complete here is told: the event arrived, for linkages",
        .help_ja = "ファイルがそろうたびに arrived イベントを報告する（データ連携の到着判定用）"},
    {.name = "recursive",
        .type = HM_FLAG,
        .preset = "false",
        .help = "folders inside belong to the stage too, at most 16 levels and 4096 folders",
        .help_ja = "下位のフォルダーも含める（16 階層、4096 フォルダーまで）"},
    {.name = "optional",
        .type = HM_FLAG,
        .preset = "false",
        .help = "the folder need not be there: then nothing waits",
        .help_ja = "フォルダーがなくてもよい（ないときは 0 件とみなす）"},
    {.name = "pattern",
        .type = HM_LIST,
        .help = "names that count (* ? []); without it all",
        .help_ja = "数えるファイル名のパターン（* ? [] が使えます。省略時はすべて）"},
    {.name = "ignore",
        .type = HM_LIST,
        .help = "names that are not there at all; without it \".*\", \"*.tmp\", \"*.part\", "
                "\"*.filepart\"",
        .help_ja = "無視するファイル名のパターン（省略時は \".*\"、\"*.tmp\"、\"*.part\"、"
                   "\"*.filepart\"）"},
    {.name = "settle",
        .type = HM_SPAN,
        .preset = "10s",
        .least = 0,
        .most = 86400000,
        .help = "a file whose end of writing was not seen counts once it is unchanged this long",
        .help_ja = "書き込み完了を検知できなかったファイルを、更新がこの時間なければ完了とみなす"},
    {.name = "age",
        .preset = "mtime",
        .words = age_words,
        .help = "what tells a file's age: mtime (content), ctime (arrival in the folder)",
        .help_ja = "滞留時間の基準: mtime（内容の更新時刻）または ctime（フォルダーに入った時刻）"},
    {0},
};

static const struct hm_option queue_options[] = {
    {.name = "stages",
        .type = HM_GROUPS,
        .required = true,
        .group = stage_options,
        .help = "the folders of the spool, for example in, work, out, error, done",
        .help_ja = "スプールを構成するフォルダー（受信、処理中、送信、エラー、完了など）"},
    {.name = "recount",
        .type = HM_SPAN,
        .preset = "10m",
        .least = 1000,
        .most = 86400000,
        .help = "how often the folders are read although events keep the count",
        .help_ja = "イベントで数えている間も、フォルダーを読み直して数え直す間隔"},
    {0},
};

static const struct hm_rule queue_rules[] = {
    {.metric = "oldest_age_s", .warning = ">= 1800", .critical = ">= 7200"},
    {.metric = "error_file", .event = "warning", .cleared_by = "error_cleared"},
    {0},
};

static bool speaks_japanese(const struct queue *q)
{
    return strcmp(q->host->language(q->host), "ja") == 0;
}

/* ---- readings ---- */

static void report(const struct watched *w, const char *metric, double number, const char *text)
{
    const struct hm_host *host = w->queue->host;
    const struct hm_reading r = {.instance = w->stage.name,
        .metric = metric,
        .kind = HM_NUMBER,
        .number = number,
        .text = text};
    host->report(host, &r);
}

static const char *depth_metric(const struct watched *w)
{
    return w->stage.is_error ? "error_depth" : "depth";
}

/* The depth always: it may be all that is ever said of this stage. */
static void report_blind(struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    char path[NAME_BYTES], text[TEXT_BYTES];
    visible_name(path, sizeof path, w->stage.blind_path);
    snprintf(text, sizeof text, "%s: %s", path, strerror(-w->stage.blind));
    const char *const metrics[] = {depth_metric(w), ""};
    for (size_t i = 0; i < (w->is_told ? 2 : 1); i++) {
        const struct hm_reading r = {
            .instance = w->stage.name, .metric = metrics[i], .kind = HM_BLIND, .text = text};
        host->report(host, &r);
    }
}

static void report_oldest(struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    char shown[NAME_BYTES];
    const char *name = "";
    int64_t oldest_ms;
    double age_s = 0;
    if (w->stage.is_done)
        return;
    if (stage_oldest(&w->stage, &oldest_ms, &name))
        age_s = (double)(host->wall_ms(host) - oldest_ms) / 1000.0;
    report(w, "oldest_age_s", age_s > 0 ? age_s : 0,
        name[0] == '\0' ? NULL : visible_name(shown, sizeof shown, name));
}

static void report_rates(struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    int64_t now_ms = host->boot_ms(host);
    double elapsed_s = (double)(now_ms - w->reported_at_ms) / 1000.0;
    if (w->reported_at_ms != 0 && elapsed_s > 0) {
        report(
            w, "drain_rate_per_s", (double)(w->stage.departures - w->departures) / elapsed_s, NULL);
        report(
            w, "arrival_rate_per_s", (double)(w->stage.arrivals - w->arrivals) / elapsed_s, NULL);
    }
    w->reported_at_ms = now_ms;
    w->departures = w->stage.departures;
    w->arrivals = w->stage.arrivals;
}

/* What is in the folder now was seen: after a restart, only what came later is news. */
static void keep_seen(const struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, host->wall_ms(host));
    host->keep(host, w->seen_key, text);
}

static void report_stage(struct watched *w)
{
    const struct stage *s = &w->stage;
    w->report_due = false;
    if (s->blind != 0) {
        report_blind(w);
        return;
    }
    if (s->is_error || w->is_announced)
        keep_seen(w);
    report(w, depth_metric(w), (double)(s->depth + s->unheld), NULL);
    report_oldest(w);
    report(w, "size_bytes", (double)s->bytes, NULL);
    report(w, "zero_files", (double)s->zero_files, NULL);
    report(w, "writing_files", (double)s->writing, NULL);
    report_rates(w);
    w->is_told = true;
}

/* ---- error files ---- */

/* The one event of a file that is complete; the others of a stage are about failures. */
static void report_arrived(const struct watched *w, const char *file, uint64_t size)
{
    const struct hm_host *host = w->queue->host;
    char bytes[24], text[TEXT_BYTES];
    snprintf(bytes, sizeof bytes, "%" PRIu64, size);
    snprintf(text, sizeof text,
        speaks_japanese(w->queue) ? "ファイルがそろいました: %s" : "a file is complete: %s", file);
    const struct hm_field fields[] = {{"stage", w->stage.name}, {"file", file}, {"bytes", bytes}};
    const struct hm_reading r = {.instance = w->stage.name,
        .metric = "arrived",
        .kind = HM_EVENT,
        .text = text,
        .fields = fields,
        .field_count = 3};
    host->report(host, &r);
}

static void report_error_file(
    const struct watched *w, const char *file, uint64_t size, unsigned more)
{
    const struct hm_host *host = w->queue->host;
    char bytes[24], count[16], text[TEXT_BYTES];
    snprintf(bytes, sizeof bytes, "%" PRIu64, size);
    snprintf(count, sizeof count, "%u", more);
    if (more > 0)
        snprintf(text, sizeof text,
            speaks_japanese(w->queue) ? "エラーフォルダーにさらに %u 件入りました"
                                      : "%u more files in the error folder",
            more);
    else
        snprintf(text, sizeof text,
            speaks_japanese(w->queue) ? "エラーフォルダーにファイルが入りました: %s"
                                      : "a file in the error folder: %s",
            file);
    const struct hm_field one[] = {{"stage", w->stage.name}, {"file", file}, {"bytes", bytes}};
    const struct hm_field many[] = {{"stage", w->stage.name}, {"count", count}};
    const struct hm_reading r = {.instance = w->stage.name,
        .metric = "error_file",
        .kind = HM_EVENT,
        .text = text,
        .fields = more > 0 ? many : one,
        .field_count = more > 0 ? 2 : 3};
    host->report(host, &r);
}

static void say_unsaid(struct watched *w)
{
    if (w->unsaid > 0)
        report_error_file(w, "", 0, w->unsaid);
    w->unsaid = 0;
}

static void queue_on_arrival(void *ctx, struct stage *s, const char *path, uint64_t size)
{
    struct watched *w = ctx;
    const struct hm_host *host = w->queue->host;
    char shown[NAME_BYTES];
    if (w->is_announced) {
        keep_seen(w);
        report_arrived(w, visible_name(shown, sizeof shown, path), size);
    }
    if (!s->is_error)
        return;
    w->may_have_errors = true;
    int64_t now_ms = host->boot_ms(host);
    if (w->burst_from_ms == 0 || now_ms - w->burst_from_ms >= BURST_MS) {
        say_unsaid(w);
        w->burst_from_ms = now_ms;
        w->burst = 0;
    }
    if (w->burst++ >= BURST_MAX) {
        w->unsaid++;
        return;
    }
    keep_seen(w);
    report_error_file(w, visible_name(shown, sizeof shown, path), size, 0);
}

/* The folder is empty again: what was told of it is over. */
static void report_if_cleared(struct watched *w)
{
    const struct stage *s = &w->stage;
    if (!s->is_error || !w->may_have_errors || !s->has_passed || s->blind != 0 ||
        s->depth + s->unheld + s->writing > 0)
        return;
    say_unsaid(w);
    w->may_have_errors = false;
    const struct hm_reading r = {.instance = s->name,
        .metric = "error_cleared",
        .kind = HM_EVENT,
        .text = speaks_japanese(w->queue) ? "エラーフォルダーが空になりました"
                                          : "the error folder is empty again"};
    w->queue->host->report(w->queue->host, &r);
}

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
        if (s->wants_pass && !s->pass.is_running && !host->skip(host, s->name))
            stage_pass_begin(s, host->boot_ms(host));
    }
}

static void end_pass(struct watched *w)
{
    report_if_cleared(w);
    if (w->report_due)
        report_stage(w);
}

/* Goes on with the passes that run for one slice; sets the timer if it was not enough. */
static void run_slice(struct queue *q)
{
    const struct hm_host *host = q->host;
    for (size_t n = 0; n < q->count; n++) {
        struct watched *w = &q->stages[(q->turn + n) % q->count];
        if (!w->stage.pass.is_running || host->skip(host, w->stage.name))
            continue;
        host->announce(host, w->stage.name);
        int r = stage_pass_step(&w->stage, host->wall_ms(host), host->boot_ms(host), SLICE_MS);
        q->turn = (size_t)(w - q->stages) + (r == 0);
        if (r == 0)
            end_pass(w);
        if (n + 1 < q->count || r == STAGE_E_MORE)
            set_timer(q, 0);
        return;
    }
}

static void queue_on_slice(void *arg)
{
    struct queue *q = arg;
    q->timer_is_set = false;
    begin_wanted_passes(q);
    run_slice(q);
}

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
        q->host->log(q->host, HM_LOG_WARN, "too many changes at once: counting anew");
        set_timer(q, PASS_GAP_MS);
        return;
    }
    struct stage *s = folder->stage;
    if (q->host->skip(q->host, s->name))
        return;
    stage_event(folder, mask, name, q->host->wall_ms(q->host));
    if (s->wants_pass)
        set_timer(q, pass_delay_ms(q, s));
}

static void after_changes(struct queue *q)
{
    for (size_t i = 0; i < q->count; i++)
        report_if_cleared(&q->stages[i]);
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
    return !counts_by_event(s) || age_ms >= q->recount_ms || stage_has_unsettled(s);
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
        if (q->host->skip(q->host, w->stage.name))
            continue;
        w->stage.wants_pass |= needs_pass(q, &w->stage);
        say_unsaid(w);
        // Files that may have settled are worth waiting for; a recount is not.
        if (counts_by_event(&w->stage) && !stage_has_unsettled(&w->stage))
            report_stage(w);
        else
            w->report_due = true;
    }
    begin_wanted_passes(q);
    run_slice(q);
    return 0;
}

/* ---- the plugin ---- */

static void validate_stage(const struct hm_host *host, size_t i)
{
    const struct hm_host *group = host->group(host, "stages", i);
    const char *name = group->text(group, "name");
    const char *path = group->text(group, "path");
    if (strlen(path) >= PATH_MAX - NAME_MAX)
        host->complain(host, "stages", "the path of stage \"%s\" is too long", name);
    if (group->flag(group, "error") && group->flag(group, "done"))
        host->complain(host, "stages", "stage \"%s\" is both error and done", name);
    for (size_t k = 0; k < i; k++) {
        const struct hm_host *other = host->group(host, "stages", k);
        if (strcmp(other->text(other, "name"), name) == 0)
            host->complain(host, "stages", "two stages are called \"%s\"", name);
        if (strcmp(other->text(other, "path"), path) == 0)
            host->complain(host, "stages", "stages \"%s\" and \"%s\" are the same folder",
                other->text(other, "name"), name);
    }
}

static void queue_validate(const struct hm_host *host)
{
    size_t count = host->count(host, "stages");
    if (count == 0 || count > STAGES_MAX)
        host->complain(host, "stages", "has %zu stages; 1 to %d are accepted", count, STAGES_MAX);
    for (size_t i = 0; i < count && i < STAGES_MAX; i++)
        validate_stage(host, i);
}

static void queue_close(void *self)
{
    struct queue *q = self;
    for (size_t i = 0; i < q->count; i++)
        stage_deinit(&q->stages[i].stage);
    watches_free(q->watches);
    free(q->stages);
    free(q);
}

static void say_polled(const struct queue *q, int error)
{
    q->host->log(q->host, HM_LOG_WARN,
        "no events of files (%s): the folders are read at each interval", strerror(error));
}

static int open_stage(struct queue *q, size_t i, uint64_t seed)
{
    struct watched *w = &q->stages[i];
    const struct stage_sink sink = {w, queue_on_arrival};
    w->queue = q;
    w->is_announced = q->host->group(q->host, "stages", i)
                          ->flag(q->host->group(q->host, "stages", i), "announce");
    w->may_have_errors = true; // an earlier life may have told of some
    int r = stage_init(&w->stage, q->host->group(q->host, "stages", i), q->watches, &sink, seed);
    snprintf(w->seen_key, sizeof w->seen_key, "seen_%016" PRIx64, files_key(0, w->stage.name));
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
    say_polled(q, errno);
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
        say_polled(q, -r);
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
