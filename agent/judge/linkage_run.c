/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage_run.h"

#include <stdlib.h>

#include "base/text.h"
#include "judge/linkage_say.h"
#include "judge/linkage_tell.h"

enum { RETRY_MS = 60 * 1000 /* while nobody can look */ };

/* ---- runs ---- */

static struct linkage_run *find_run(struct linkage *k, const char *run)
{
    for (size_t i = 0; i < k->state.run_count; i++)
        if (text_equal(k->state.runs[i].run, run))
            return &k->state.runs[i];
    return NULL;
}

static void drop_run(struct linkage *k, struct linkage_run *r)
{
    size_t place = (size_t)(r - k->state.runs);
    free(r->run);
    k->state.run_count--;
    for (size_t i = place; i < k->state.run_count; i++)
        k->state.runs[i] = k->state.runs[i + 1];
}

static mono_ms run_ends(const struct linkage *k, const struct linkage_run *r)
{
    return r->is_told || k->settings->max_runtime == 0 ? CLOCK_NEVER
                                                       : r->started.boot + k->settings->max_runtime;
}

static void run_on_due(struct judge *j, void *owner, struct moment now);

static void arm_runs(struct judge *j, struct linkage *k)
{
    mono_ms first = CLOCK_NEVER;
    for (size_t i = 0; i < k->state.run_count; i++)
        if (run_ends(k, &k->state.runs[i]) < first)
            first = run_ends(k, &k->state.runs[i]);
    k->run_due.fn = run_on_due;
    due_set(&j->dues, &k->run_due, first);
}

static void tell_too_long(
    struct judge *j, struct linkage *k, struct linkage_run *r, struct moment now)
{
    struct text text = {0};
    linkage_say_too_long(j, k, r, &text);
    struct opening o = {.severity = SEVERITY_CRITICAL,
        .key = r->run,
        .failed_at = r->started,
        .value = r->run,
        .text = text_get(&text)};
    r->is_told = true;
    linkage_count_failure(j, k, now);
    linkage_raise(j, k, LINKAGE_METRIC_RUNTIME, &o, now);
    text_deinit(&text);
}

static void run_on_due(struct judge *j, void *owner, struct moment now)
{
    struct linkage *k = owner;
    if (!linkage_can_see(j, k)) {
        due_set(&j->dues, &k->run_due, now.boot + RETRY_MS);
        return;
    }
    for (size_t i = 0; i < k->state.run_count; i++)
        if (run_ends(k, &k->state.runs[i]) <= now.boot)
            tell_too_long(j, k, &k->state.runs[i], now);
    linkage_save(j, k, NULL, now);
    arm_runs(j, k);
}

void linkage_run_start(
    struct judge *j, struct linkage *k, const char *run, struct moment at, struct moment now)
{
    struct linkage_run *r = find_run(k, run);
    if (r == NULL) {
        if (k->state.run_count == LINKAGE_RUNS_MAX)
            drop_run(k, &k->state.runs[0]);
        r = &k->state.runs[k->state.run_count++];
        *r = (struct linkage_run){.run = alloc_text(run)};
    }
    r->started = linkage_moment(j, at.wall, now);
    r->is_told = false;
    linkage_save(j, k, NULL, now);
    arm_runs(j, k);
}

/* Runs that were told and whose incident a person has closed never end by themselves. */
static void drop_closed(const struct judge *j, struct linkage *k)
{
    for (size_t i = k->state.run_count; i > 0; i--) {
        struct linkage_run *r = &k->state.runs[i - 1];
        if (r->is_told && !linkage_is_open(j, k, LINKAGE_METRIC_RUNTIME, r->run))
            drop_run(k, r);
    }
}

void linkage_run_end(
    struct judge *j, struct linkage *k, const char *run, struct moment at, struct moment now)
{
    drop_closed(j, k);
    struct linkage_run *r = find_run(k, run);
    if (r == NULL)
        return;
    linkage_clear(j, k, LINKAGE_METRIC_RUNTIME, r->run, NULL, at, now);
    drop_run(k, r);
    arm_runs(j, k);
}

/* ---- chains ---- */

static void chain_on_due(struct judge *j, void *owner, struct moment now)
{
    struct linkage *k = owner;
    struct text text = {0};
    if (k->state.chain_from == NULL)
        return;
    if (!linkage_can_see(j, k)) {
        due_set(&j->dues, &k->chain_due, now.boot + RETRY_MS);
        return;
    }
    linkage_say_not_followed(j, k, &text);
    struct opening o = {.severity = SEVERITY_CRITICAL,
        .key = k->state.chain_from,
        .failed_at = now,
        .value = k->state.chain_from,
        .text = text_get(&text)};
    linkage_count_failure(j, k, now);
    linkage_raise(j, k, LINKAGE_METRIC_CHAIN, &o, now);
    text_deinit(&text);
    free(k->state.chain_from);
    k->state.chain_from = NULL;
    linkage_save(j, k, NULL, now);
}

void linkage_chain_begin(
    struct judge *j, const struct linkage *k, struct moment at, struct moment now)
{
    struct linkage *next = NULL;
    const char *id = k->settings->next;
    if (id == NULL)
        return;
    HASH_FIND(by_id, j->linkages, id, strlen(id), next);
    if (next == NULL || next->state.chain_from != NULL)
        return;
    struct moment begin = linkage_moment(j, at.wall, now);
    next->state.chain_from = alloc_text(k->state.id);
    next->state.chain_due = (struct moment){
        begin.wall + k->settings->next_within, begin.boot + k->settings->next_within};
    linkage_save(j, next, NULL, now);
    linkage_run_resume(j, next);
}

void linkage_chain_end(struct judge *j, struct linkage *k, struct moment at, struct moment now)
{
    due_cancel(&j->dues, &k->chain_due);
    free(k->state.chain_from);
    k->state.chain_from = NULL;
    linkage_clear(j, k, LINKAGE_METRIC_CHAIN, NULL, NULL, at, now);
}

void linkage_run_resume(struct judge *j, struct linkage *k)
{
    arm_runs(j, k);
    k->chain_due.fn = chain_on_due;
    due_set(&j->dues, &k->chain_due,
        k->state.chain_from != NULL ? k->state.chain_due.boot : CLOCK_NEVER);
}
