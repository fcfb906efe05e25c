/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linklog - follows a log of the linkage software and reports what its patterns find.
 *
 * A change is read at once; those of a busy writer, who makes one for each line, are gathered for
 * some milliseconds (pace.h); an idle log costs nothing. A turn reads for at most TURN_MS and makes
 * at most TURN_READINGS readings, then the loop goes round: nothing else of this worker waits for a
 * long log.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "announced.h"
#include "linklog.h"
#include "listing.h"
#include "options.h"
#include "step.h"

enum { TURN_MS = 20, TURN_READINGS = 256, SHARED_FS_POLL_MS = 2000 };
enum { LOOK_AGAIN_MS = 100 };
/* A record is no longer than this, whatever its head pattern says. */
enum { RECORD_SPAN_MAX = 1024 * 1024 };

/* ---- from lines to events ---- */

struct judged {
    struct linklog *l;
    struct tail *t;
};

static void on_limit(void *arg, size_t rule)
{
    const struct judged *judged = arg;
    say_limit(judged->l, judged->t, &judged->t->record, rule);
}

static void finish_record(struct linklog *l, struct tail *t)
{
    struct record *r = &t->record;
    struct judged judged = {l, t};
    size_t hits[KINDS_MAX], count = 0;

    const unsigned char *marks = l->prefilter == NULL ? NULL
                                 : t->may_match ? prefilter_rules(l->prefilter, r->text, r->length)
                                                : prefilter_always(l->prefilter);
    bool any = marks == NULL || memchr(marks, 1, l->rules.count) != NULL;
    if (any && !rules_ignore(&l->rules, r->text, r->length))
        count = rules_match(&l->rules, r->text, r->length, marks, hits, on_limit, &judged);
    l->scanned += (uint64_t)(r->end - r->begin);
    l->in_vain += count == 0 && t->may_match;
    l->hits_in_a_row = count > 0 ? l->hits_in_a_row + 1 : 0;
    l->moved = true; // unless the last event keeps where it was
    say_hits(l, t, r, hits, count);
    t->at = r->end;
    t->done = 0;
    record_clear(r);
}

static bool starts_record(
    const struct linklog *l, const struct record *r, const char *text, size_t length)
{
    return l->rules.head == NULL || r->end - r->begin > RECORD_SPAN_MAX ||
           pattern_match(l->rules.head, text, length) == 1;
}

static void take_line(struct linklog *l, struct tail *t, const struct line *line)
{
    enum charset_way way;
    size_t used;
    size_t length = step_decode(l, line, &used, &way);
    if (way != CHARSET_AS_SAID)
        say_encoding(l, t->path, line->begin, way);

    struct record *r = &t->record;
    if (r->lines > 0 && starts_record(l, r, l->decoded, length))
        finish_record(l, t);
    t->may_match = (r->lines > 0 && t->may_match) || step_may_match(t, line);
    record_add(r, l->decoded, length, line->cut + (line->length - used), line->begin, line->end);
    if (l->rules.head == NULL)
        finish_record(l, t);
}

static void end_tail(struct linklog *l, struct tail *t)
{
    struct line line;
    if (tail_partial_line(t, l->block, &l->lines, &line))
        take_line(l, t, &line);
    if (t->record.lines > 0)
        finish_record(l, t);
}

static void follow_on_ended(void *ctx, struct tail *t)
{
    end_tail(ctx, t);
}

static void follow_on_lost(
    void *ctx, const char *path, int64_t bytes, int64_t least, const char *why)
{
    struct linklog *l = ctx;
    l->host->log(l->host, HM_LOG_WARN, "linklog %s: %s, %lld bytes unread (%s)",
        l->host->subject(l->host), path, (long long)bytes, why);
    say_lost(l, path, bytes, least, why);
}

/* ---- turns ---- */

static int64_t steady_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Reads @t to its end; false if the turn is over before. */
static bool read_lines(struct linklog *l, struct tail *t, int64_t until_ms)
{
    struct line line;

    for (unsigned n = 0;; n++) {
        step_over(l, t);
        int r = tail_line(t, l->block, &l->lines, &line);
        if (r < 0)
            l->fault = -r;
        if (r <= 0)
            return true;
        if (r == 1)
            take_line(l, t, &line);
        if (l->made >= TURN_READINGS || (n % 16 == 15 && steady_ms() >= until_ms))
            return false;
    }
}

/* While one file is read, nothing changes but how far it was. */
static bool read_tail(struct linklog *l, struct tail *t, int64_t until_ms)
{
    l->reading = t;
    bool done = read_lines(l, t, until_ms);
    l->reading = NULL;
    l->is_kept_whole = false;
    return done;
}

/* Reads what there is; false if there is more than fits in a turn. */
static bool read_all(struct linklog *l)
{
    int64_t until_ms = steady_ms() + TURN_MS;

    l->made = 0;
    l->fault = 0;
    for (size_t i = 0; i < follow_count(l->follow); i++) {
        struct tail *t = follow_ready(l->follow, i, l->host->boot_ms(l->host));
        // What is left of a block that does not reach the end is as good as if it were read again.
        if (!t->has_more || l->block->is_end)
            l->block->of = NULL;
        t->has_more = !read_tail(l, t, until_ms);
        if (t->has_more)
            return false;
    }
    return true;
}

static bool is_waiting(const struct tail *t)
{
    return t->partial > 0 || t->record.lines > 0;
}

/* Once armed it stays so: a busy file must not keep a silent one waiting. */
static void arm_flush(struct linklog *l)
{
    for (size_t i = 0; !l->flush_is_armed && i < follow_count(l->follow); i++)
        if (is_waiting(follow_tail(l->follow, i))) {
            l->host->timer_again(l->flush, l->flush_ms);
            l->flush_is_armed = true;
        }
}

static void turn(struct linklog *l)
{
    bool done = read_all(l);

    if (l->moved)
        say_offsets(l);
    if (l->was_blind && follow_absent(l->follow) == 0 && l->fault == 0)
        say_state(l);
    if (!done)
        l->host->timer_again(l->again, 0);
    else if (follow_wants_look(l->follow))
        l->host->timer_again(l->again, LOOK_AGAIN_MS);
    arm_flush(l);
}

/* Takes waiting changes in; false if there were none. */
static bool take_changes(struct linklog *l)
{
    enum change change = follow_drain(l->follow);
    if (change == CHANGE_NONE)
        return false;
    if (change == CHANGE_MOVED)
        follow_look(l->follow, l->host->wall_ms(l->host), l->host->boot_ms(l->host));
    turn(l);
    pace_spend(&l->pace, l->host->boot_ms(l->host), l->made > 0);
    return true;
}

static void linklog_on_change(void *arg, int fd, int events);

static void watch_changes(struct linklog *l)
{
    int fd = follow_fd(l->follow);
    if (l->on_change != NULL)
        return;
    if (fd >= 0)
        l->on_change = l->host->watch_fd(l->host, fd, HM_READABLE, linklog_on_change, l);
    if (fd >= 0 && l->on_change == NULL)
        l->host->timer_again(l->quiet, SHARED_FS_POLL_MS);
}

/* The next changes are told at once, or gathered until it is time to look at them. */
static void await_changes(struct linklog *l)
{
    int64_t wait_ms = pace_wait_ms(&l->pace, l->host->boot_ms(l->host));
    if (wait_ms == 0) {
        watch_changes(l);
        return;
    }
    if (l->on_change != NULL)
        l->host->unwatch(l->on_change);
    l->on_change = NULL;
    l->host->timer_again(l->quiet, wait_ms);
}

static void linklog_on_change(void *arg, int fd, int events)
{
    struct linklog *l = arg;
    (void)fd;
    (void)events;
    take_changes(l);
    await_changes(l);
}

static void linklog_on_quiet(void *arg)
{
    struct linklog *l = arg;
    if (take_changes(l))
        await_changes(l);
    else
        watch_changes(l);
}

static void look(struct linklog *l)
{
    follow_drain(l->follow);
    follow_look(l->follow, l->host->wall_ms(l->host), l->host->boot_ms(l->host));
    turn(l);
}

/* A log on a shared file system may be found at any check. */
static void arm_poll(struct linklog *l)
{
    int64_t ms = l->poll_ms > 0 ? l->poll_ms : follow_polls(l->follow) ? SHARED_FS_POLL_MS : 0;
    if (ms == 0 || l->poll_is_armed)
        return;
    l->host->timer_again(l->poll, ms);
    l->poll_is_armed = true;
}

/* The first look of all: not in open, where nothing can be reported yet. */
static int begin(struct linklog *l)
{
    const struct hm_host *host = l->host;
    struct follow_rules rules = {.path = host->text(host, "path"),
        .pair = host->text(host, "pair"),
        .from_begin = strcmp(host->text(host, "start"), "begin") == 0,
        .record_max = l->lines.max,
        .lines = &l->lines};
    struct follow_sink sink = {.ctx = l, .lost = follow_on_lost, .ended = follow_on_ended};

    const struct follow_saved saved = {host->kept(host, "offset"), host->kept(host, "at")};
    int r = follow_new(&rules, &sink, &saved, host->wall_ms(host), host->boot_ms(host), &l->follow);
    if (r < 0)
        return r;
    look(l);
    step_prepare(l);
    say_offsets(l);
    watch_changes(l);
    arm_poll(l);
    return 0;
}

static void linklog_on_again(void *arg)
{
    struct linklog *l = arg;
    if (l->follow != NULL && follow_wants_look(l->follow))
        look(l);
    else if (l->follow != NULL)
        turn(l);
    else
        begin(l);
}

/* Takes what has been waited for long enough; how long to wait for the next, 0: nothing waits. */
static int64_t flush_waiting(struct linklog *l)
{
    int64_t now_ms = l->host->boot_ms(l->host), wait_ms = 0;

    for (size_t i = 0; i < follow_count(l->follow); i++) {
        struct tail *t = follow_tail(l->follow, i);
        // The rest of the line may be among what was not read yet.
        int64_t left_ms = t->has_more ? l->flush_ms : t->grown_at_ms + l->flush_ms - now_ms;
        if (is_waiting(t) && left_ms <= 0)
            end_tail(l, t);
        else if (is_waiting(t) && (wait_ms == 0 || left_ms < wait_ms))
            wait_ms = left_ms;
    }
    return wait_ms;
}

static void linklog_on_flush(void *arg)
{
    struct linklog *l = arg;

    // What came since may be the rest of the line that is waited for.
    turn(l);
    int64_t wait_ms = flush_waiting(l);
    if (l->moved)
        say_offsets(l);
    l->flush_is_armed = wait_ms > 0;
    if (l->flush_is_armed)
        l->host->timer_again(l->flush, wait_ms);
}

static void linklog_on_poll(void *arg)
{
    struct linklog *l = arg;
    l->poll_is_armed = false;
    look(l);
    arm_poll(l);
}

/* ---- the plugin ---- */

static void linklog_validate(const struct hm_host *host)
{
    struct rules rules;
    bool failed = false;

    options_check(host, &failed);
    if (rules_load(host, &rules) == 0)
        announced_check(host, &rules, &failed);
    rules_deinit(&rules);
}

static void linklog_close(void *self)
{
    struct linklog *l = self;
    announced_free(l->announced);
    listing_free(l->listing);
    follow_free(l->follow);
    charset_free(l->charset);
    rules_deinit(&l->rules);
    prefilter_free(l->prefilter);
    free(l->block);
    free(l->decoded);
    free(l->summary);
    free(l->details);
    free(l);
}

/* A timer not needed yet: a day off. Each of them does no harm when it comes. */
static struct hm_watch_handle *idle_timer(struct linklog *l, hm_timer_fn fn)
{
    return l->host->timer(l->host, 24 * 3600 * 1000, fn, l);
}

static int open_timers(struct linklog *l)
{
    l->quiet = idle_timer(l, linklog_on_quiet);
    l->again = idle_timer(l, linklog_on_again);
    l->flush = idle_timer(l, linklog_on_flush);
    l->poll = idle_timer(l, linklog_on_poll);
    bool all = l->quiet != NULL && l->again != NULL && l->flush != NULL && l->poll != NULL;
    return all ? 0 : -ENOMEM;
}

static int open_parts(struct linklog *l)
{
    const struct hm_host *host = l->host;
    const char *day = host->kept(host, "encoding_day");
    bool failed = false;

    l->encoding_day = day != NULL ? atoi(day) : 0;
    int r = charset_new(host->text(host, "encoding"), &l->charset);
    if (r < 0) {
        host->complain(host, "encoding", "this machine's C library does not know %s",
            host->text(host, "encoding"));
        return r;
    }
    options_check(host, &failed);
    r = rules_load(host, &l->rules);
    if (r == 0)
        announced_check(host, &l->rules, &failed);
    if (r < 0 || failed)
        return r < 0 ? r : -EINVAL;
    if (!pattern_is_jit(l->rules.all[0].pattern))
        host->log(host, HM_LOG_INFO,
            "linklog %s: patterns are interpreted, this system allows no JIT", host->subject(host));

    size_t max = (size_t)host->integer(host, "max_record") / 2 * 2;
    l->lines = (struct line_rules){
        .unit = charset_unit(l->charset), .max = max, .eof_mark = host->flag(host, "eof_mark")};
    l->block = calloc(1, sizeof *l->block);
    l->decoded = malloc(max + 16);
    l->summary = malloc(max + 64);
    if (l->block == NULL || l->decoded == NULL || l->summary == NULL || say_new(&l->details) < 0 ||
        announced_new(l, &l->announced) < 0)
        return -ENOMEM;
    if (options_source_is_command(host))
        return listing_new(l, &l->listing);
    return open_timers(l);
}

static int linklog_open(const struct hm_host *host, void **ret_self)
{
    struct linklog *l = calloc(1, sizeof *l);
    if (l == NULL)
        return -ENOMEM;
    *l = (struct linklog){.host = host,
        .time_format = host->text(host, "time_format"),
        .must_exist = host->flag(host, "must_exist"),
        .flush_ms = host->integer(host, "flush"),
        .poll_ms = host->integer(host, "poll")};

    int r = open_parts(l);
    if (r < 0) {
        linklog_close(l);
        return r;
    }
    if (l->listing == NULL)
        host->timer_again(l->again, 0);
    *ret_self = l;
    return 0;
}

static int linklog_check(void *self)
{
    struct linklog *l = self;
    int r = 0;

    if (l->listing != NULL) {
        listing_look(l->listing);
        announced_say(l->announced);
        return 0;
    }
    if (l->follow == NULL) {
        r = begin(l);
    } else {
        look(l);
        arm_poll(l);
    }
    if (r == 0)
        say_state(l);
    announced_say(l->announced);
    return r;
}

HM_PLUGIN(.kind = HM_WATCH, .name = "linklog", .version = "0.1.0",
    .summary = "failures, warnings, starts and ends in the logs of linkage software",
    .summary_ja = "データ連携ソフトウェアのログから障害・警告・開始・終了を検出します",
    .options = linklog_options, .rules = linklog_rules, .validate = linklog_validate,
    .open = linklog_open, .check = linklog_check, .close = linklog_close);
