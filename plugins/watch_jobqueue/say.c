/* SPDX-License-Identifier: BSD-2-Clause */
#include "say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/visible.h"

enum { TEXT_BYTES = 1024, DETAIL_BYTES = 512, KEPT_BYTES = 8192 };

static const char kept_key[] = "told";

static bool speaks_japanese(const struct say *s)
{
    return strcmp(s->host->language(s->host), "ja") == 0;
}

/* ---- what was told ---- */

static struct say_state *find_state(struct say *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->list[i].name, name) == 0)
            return &s->list[i];
    return NULL;
}

/* NULL: there are too many; what is configured comes first. */
static struct say_state *state_of(struct say *s, const char *name)
{
    struct say_state *state = find_state(s, name);
    if (state != NULL || s->count == TALLY_MAX)
        return state;
    state = &s->list[s->count++];
    *state = (struct say_state){.may_have_errors = true};
    snprintf(state->name, sizeof state->name, "%s", name);
    s->has_changed = true;
    return state;
}

/* A line a state: "ERRORS NAME", "- NAME" where errors mean nothing. */
static void keep_told(struct say *s)
{
    char text[KEPT_BYTES] = "";
    size_t used = 0;
    if (!s->has_changed)
        return;
    s->has_changed = false;
    for (size_t i = 0; i < s->count && used < sizeof text; i++) {
        const struct say_state *state = &s->list[i];
        int n =
            state->has_errors
                ? snprintf(text + used, sizeof text - used, "%.0f %s\n", state->errors, state->name)
                : snprintf(text + used, sizeof text - used, "- %s\n", state->name);
        used += n > 0 ? (size_t)n : 0;
    }
    s->host->keep(s->host, kept_key, used < sizeof text ? text : NULL);
}

static void recall_line(struct say *s, const char *line, size_t length)
{
    char name[TALLY_NAME_BYTES];
    const char *space = memchr(line, ' ', length);
    size_t name_length = space == NULL ? 0 : length - (size_t)(space + 1 - line);
    if (space == NULL || name_length >= sizeof name)
        return;
    memcpy(name, space + 1, name_length);
    name[name_length] = '\0';
    struct say_state *state = state_of(s, name);
    if (state == NULL || line[0] == '-')
        return;
    state->has_errors = true;
    state->errors = strtod(line, NULL);
}

void say_init(struct say *s, const struct hm_host *host, const struct states *states)
{
    *s = (struct say){.host = host, .states = states};
    for (size_t i = 0; i < states->count; i++)
        state_of(s, states->list[i].name);
    const char *kept = host->kept(host, kept_key);
    while (kept != NULL && *kept != '\0') {
        size_t length = strcspn(kept, "\n");
        recall_line(s, kept, length);
        kept += length + (kept[length] == '\n');
    }
    s->has_changed = false;
}

/* ---- readings ---- */

static void report(const struct say *s, const char *instance, const char *metric, double number)
{
    const struct hm_reading r = {
        .instance = instance, .metric = metric, .kind = HM_NUMBER, .number = number};
    s->host->report(s->host, &r);
}

static void report_event(const struct say *s, const char *instance, const char *metric,
    const char *text, const struct hm_field *fields, size_t field_count)
{
    const struct hm_reading r = {.instance = instance,
        .metric = metric,
        .kind = HM_EVENT,
        .text = text,
        .fields = fields,
        .field_count = field_count};
    s->host->report(s->host, &r);
}

static void report_error_jobs(const struct say *s, const char *state, double more, double depth)
{
    char text[TEXT_BYTES], count[32], all[32];
    snprintf(count, sizeof count, "%.0f", more);
    snprintf(all, sizeof all, "%.0f", depth);
    snprintf(text, sizeof text,
        speaks_japanese(s) ? "%s のジョブが %s 件増えました（計 %s 件）"
                           : "%s: %s more jobs, %s in all",
        state, count, all);
    const struct hm_field fields[] = {{"state", state}, {"count", count}, {"depth", all}};
    report_event(s, state, "error_jobs", text, fields, 3);
}

/* Jobs that failed are told once; those that lay there at the very first look are no news. */
static void take_errors(struct say *s, struct say_state *state, double depth)
{
    double more = state->has_errors ? depth - state->errors : 0;
    if (more > 0) {
        state->may_have_errors = true;
        report_error_jobs(s, state->name, more, depth);
    }
    s->has_changed |= !state->has_errors || more > 0 || more < 0;
    state->has_errors = true;
    state->errors = depth;
    if (depth > 0 || !state->may_have_errors)
        return;
    state->may_have_errors = false;
    report_event(s, state->name, "error_cleared",
        speaks_japanese(s) ? "エラーのジョブがなくなりました" : "no failed job is left", NULL, 0);
}

static void report_growth(const struct say *s, const struct say_state *state, double depth)
{
    double elapsed_s = (double)(s->host->boot_ms(s->host) - state->told_ms) / 1000.0;
    if (state->told_ms != 0 && elapsed_s > 0)
        report(s, state->name, "growth_rate_per_s", (depth - state->depth) / elapsed_s);
}

static void say_one(struct say *s, struct say_state *state, const struct tally_state *found)
{
    const struct state *set = states_find(s->states, state->name);
    bool is_error = set != NULL && set->is_error;
    double depth = found == NULL ? 0 : found->depth;
    if (is_error)
        take_errors(s, state, depth);
    report(s, state->name, is_error ? "error_depth" : "depth", depth);
    // Jobs of which no age is known have none; where there are no jobs, nothing is old.
    if ((set == NULL || !set->is_done) && (depth <= 0 || found->has_age))
        report(s, state->name, "oldest_age_s", depth <= 0 ? 0 : found->age_s);
    report_growth(s, state, depth);
    state->depth = depth;
    state->told_ms = s->host->boot_ms(s->host);
}

void say_tally(struct say *s, const struct tally *tally)
{
    for (size_t i = 0; i < tally->count; i++)
        if (state_of(s, tally->list[i].name) == NULL) {
            say_blind(s, BLIND_TOO_MANY, NULL);
            return;
        }
    // A query without states that has no row at all still says: nothing waits.
    if (s->count == 0)
        state_of(s, "");
    for (size_t i = 0; i < s->count; i++)
        say_one(s, &s->list[i], tally_find(tally, s->list[i].name));
    keep_told(s);
}

/* ---- blindness ---- */

static const struct {
    const char *en, *ja;
} sentences[] = {
    [BLIND_RESOLVE] = {"the server's name has no address", "サーバー名のアドレスが分かりません"},
    [BLIND_CONNECT] = {"cannot connect", "接続できません"},
    [BLIND_NO_ANSWER] = {"no answer in time", "制限時間内に応答がありません"},
    [BLIND_LOST] = {"the connection was lost", "接続が切れました"},
    [BLIND_TIMEOUT] = {"the query took too long", "問い合わせが制限時間を超えました"},
    [BLIND_LOCKED] = {"somebody holds a lock", "ロックされているため読めません"},
    [BLIND_QUERY] = {"the query was refused", "問い合わせが拒否されました"},
    [BLIND_NO_ROWS] = {"the query is not one that gives rows (SELECT)",
        "問い合わせが行を返す文（SELECT）ではありません"},
    [BLIND_TRANSACTION] = {"the query leaves a transaction open",
        "問い合わせがトランザクションを開いたままにします"},
    [BLIND_COLUMNS] = {"the query has no column \"depth\"", "問い合わせに depth 列がありません"},
    [BLIND_VALUE] = {"a column of numbers holds something else",
        "数値であるべき列が数値ではありません"},
    [BLIND_TOO_MANY] = {"more than 64 states or 1024 rows",
        "状態が 64、または行が 1024 を超えています"},
    [BLIND_FILE] = {"the database file cannot be read", "データベースファイルを読めません"},
    [BLIND_COMMAND] = {"the command failed", "コマンドが失敗しました"},
    [BLIND_OUTPUT] = {"the command printed more than 1 MiB", "コマンドの出力が 1 MiB を超えました"},
    [BLIND_PATTERN] = {"a pattern takes too many steps", "パターンの照合を上限で打ち切りました"},
};

/* The whole, as a rule of the subject sees it, and what was told of each state. */
void say_blind(struct say *s, enum blind_why why, const char *detail)
{
    char shown[DETAIL_BYTES] = "", text[TEXT_BYTES];
    if (detail != NULL)
        visible_line(shown, sizeof shown, detail, strlen(detail));
    snprintf(text, sizeof text, "%s%s%s",
        speaks_japanese(s) ? sentences[why].ja : sentences[why].en, shown[0] == '\0' ? "" : ": ",
        shown);
    const struct hm_reading whole = {.metric = "depth", .kind = HM_BLIND, .text = text};
    if (s->count == 0)
        s->host->report(s->host, &whole);
    for (size_t i = 0; i < s->count; i++) {
        struct hm_reading r = whole;
        const struct state *set = states_find(s->states, s->list[i].name);
        r.instance = s->list[i].name;
        r.metric = set != NULL && set->is_error ? "error_depth" : "depth";
        s->host->report(s->host, &r);
        r.metric = "";
        if (s->list[i].told_ms != 0)
            s->host->report(s->host, &r);
    }
}
