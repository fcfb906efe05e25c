/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/print.h"

static const struct column incident_columns[] = {{MESSAGE_HEAD_ID, "id", CELL_NUMBER},
    {MESSAGE_HEAD_SEVERITY, "severity", CELL_WORD}, {MESSAGE_HEAD_SUBJECT, "subject", CELL_TEXT},
    {MESSAGE_HEAD_INSTANCE, "instance", CELL_TEXT}, {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT},
    {MESSAGE_HEAD_DETECTED, "detected_at", CELL_TIME},
    {MESSAGE_HEAD_REPORTED, "reported_at", CELL_TIME},
    {MESSAGE_HEAD_CLEARED, "cleared_at", CELL_TIME},
    {MESSAGE_HEAD_ACKNOWLEDGED, "acknowledged_by", CELL_TEXT},
    {MESSAGE_HEAD_RECURRENCE, "recurrence", CELL_NUMBER},
    {MESSAGE_HEAD_FLAGS, "flags_text", CELL_TEXT}, {MESSAGE_HEAD_TEXT, "text", CELL_TEXT}, {0}};

static const struct column worker_columns[] = {{MESSAGE_HEAD_GUEST, "guest", CELL_TEXT},
    {MESSAGE_HEAD_KIND, "kind", CELL_TEXT}, {MESSAGE_HEAD_STATE, "state", CELL_WORD},
    {MESSAGE_HEAD_RESTARTS, "restarts", CELL_NUMBER}, {MESSAGE_HEAD_FAULT, "fault", CELL_TEXT},
    {0}};

/* ---- status ------------------------------------------------------------------------------ */

static void show_agent(const struct ctl *c, const json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_HOST, "host", CELL_TEXT},
        {MESSAGE_HEAD_STATE, "worst", CELL_WORD}, {MESSAGE_HEAD_STARTED, "started_at", CELL_TIME},
        {MESSAGE_HEAD_OPEN, "open_incidents", CELL_NUMBER}, {0}};
    static const struct column counts[] = {{MESSAGE_WORD_OK, "ok", CELL_NUMBER},
        {MESSAGE_WORD_WARNING, "warning", CELL_NUMBER},
        {MESSAGE_WORD_CRITICAL, "critical", CELL_NUMBER},
        {MESSAGE_WORD_BLIND, "blind", CELL_NUMBER}, {MESSAGE_WORD_UNKNOWN, "unknown", CELL_NUMBER},
        {0}};

    print_members(c, json_object_get(result, "agent"), columns);
    ctl_say(c, MESSAGE_TITLE_SUBJECTS, NULL, NULL, NULL);
    print_members(c, json_object_get(result, "subjects"), counts);
}

static void say_if_cut(const struct ctl *c, const json_t *result)
{
    if (json_is_true(json_object_get(result, "truncated")))
        ctl_say(c, MESSAGE_CTL_CUT, NULL, NULL, NULL);
}

/* What was measured against a limit comes without a sentence: the figures stand in its place. */
static void set_measured(const struct ctl *c, json_t *incident)
{
    const char *text = json_string_value(json_object_get(incident, "text"));
    const char *value = json_string_value(json_object_get(incident, "value"));
    struct text t = {0};

    if (text == NULL || text[0] != '\0' || value == NULL || value[0] == '\0')
        return;
    message_add(&t, c->language, MESSAGE_INCIDENT_MEASURED,
        json_string_value(json_object_get(incident, "metric")), value,
        json_string_value(json_object_get(incident, "threshold")));
    json_object_set_new(incident, "text", json_string(text_get(&t)));
    text_deinit(&t);
}

static void print_incidents(const struct ctl *c, json_t *incidents)
{
    json_t *incident;
    size_t i;

    json_array_foreach (incidents, i, incident) {
        show_set_words(c, incident);
        set_measured(c, incident);
    }
    print_rows(c, incidents, incident_columns, MESSAGE_NONE_INCIDENTS);
}

static void show_linkages_today(const struct ctl *c, const json_t *result)
{
    static const struct column counts[] = {{MESSAGE_HEAD_LINKAGES_DUE, "due", CELL_NUMBER},
        {MESSAGE_LINKAGE_WORD_ARRIVED, "arrived", CELL_NUMBER},
        {MESSAGE_LINKAGE_WORD_LATE, "late", CELL_NUMBER},
        {MESSAGE_LINKAGE_WORD_MISSING, "missing", CELL_NUMBER},
        {MESSAGE_LINKAGE_WORD_FAILED, "failed", CELL_NUMBER},
        {MESSAGE_LINKAGE_WORD_WAITING, "waiting", CELL_NUMBER}, {0}};
    const json_t *linkages = json_object_get(result, "linkages");

    if (json_integer_value(json_object_get(linkages, "configured")) == 0)
        return;
    ctl_say(c, MESSAGE_TITLE_LINKAGES_TODAY, NULL, NULL, NULL);
    print_members(c, linkages, counts);
}

static void print_gaps(const struct ctl *c, const json_t *rows, enum message title)
{
    static const struct column columns[] = {{MESSAGE_HEAD_ID, "id", CELL_NUMBER},
        {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT}, {MESSAGE_HEAD_FROM, "from", CELL_TIME},
        {MESSAGE_HEAD_UNTIL, "to", CELL_TIME}, {MESSAGE_HEAD_IN_HOURS, "service_s", CELL_SPAN},
        {MESSAGE_HEAD_JUDGED, "as", CELL_WORD}, {0}};

    if (json_array_size(rows) == 0)
        return;
    ctl_say(c, title, NULL, NULL, NULL);
    print_rows(c, rows, columns, MESSAGE_NONE_SLA);
}

int show_status(struct ctl *c, json_t *result)
{
    static const struct column services[] = {{MESSAGE_HEAD_SERVICE, "name", CELL_TEXT},
        {MESSAGE_HEAD_ENVIRONMENT, "environment", CELL_WORD},
        {MESSAGE_HEAD_STATE, "state", CELL_WORD}, {MESSAGE_HEAD_SINCE, "since", CELL_TIME},
        {MESSAGE_WORD_UP, "up_s", CELL_SPAN}, {MESSAGE_WORD_DEGRADED, "degraded_s", CELL_SPAN},
        {MESSAGE_WORD_DOWN, "down_s", CELL_SPAN},
        {MESSAGE_WORD_UNMONITORED, "unmonitored_s", CELL_SPAN}, {0}};
    static const struct column destinations[] = {{MESSAGE_HEAD_DESTINATION, "name", CELL_TEXT},
        {MESSAGE_HEAD_CHANNEL, "channel", CELL_TEXT}, {MESSAGE_HEAD_STATE, "state", CELL_WORD},
        {MESSAGE_WORD_WAITING, "queued", CELL_NUMBER},
        {MESSAGE_HEAD_OLDEST, "oldest_at", CELL_TIME},
        {MESSAGE_WORD_ACCEPTED, "accepted", CELL_NUMBER}, {MESSAGE_WORD_SENT, "sent", CELL_NUMBER},
        {MESSAGE_WORD_EXPIRED, "expired", CELL_NUMBER}, {0}};

    show_agent(c, result);
    ctl_say(c, MESSAGE_TITLE_SERVICES, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "services"), services, MESSAGE_NONE_SERVICES);
    print_gaps(c, json_object_get(result, "gaps"), MESSAGE_TITLE_OPEN_GAPS);
    show_linkages_today(c, result);
    ctl_say(c, MESSAGE_TITLE_INCIDENTS, NULL, NULL, NULL);
    print_incidents(c, json_object_get(result, "incidents"));
    if (json_is_true(json_object_get(result, "truncated")))
        ctl_say(c, MESSAGE_CTL_CUT_WORST, NULL, NULL, NULL);
    ctl_say(c, MESSAGE_TITLE_DESTINATIONS, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "destinations"), destinations, MESSAGE_NONE_DESTINATIONS);
    ctl_say(c, MESSAGE_TITLE_WORKERS, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "workers"), worker_columns, MESSAGE_NONE_WORKERS);
    return CTL_DONE;
}

/* The passive check contract: one line, perfdata, 0/1/2/3. "Could not look" is 3, never 2. */
static int nagios(const json_t *result)
{
    static const struct {
        const char *worst, *label;
        int code;
    } rows[] = {{"ok", "OK", 0}, {"notice", "WARNING", 1}, {"warning", "WARNING", 1},
        {"critical", "CRITICAL", 2}, {"blind", "UNKNOWN", 3}};
    const json_t *agent = json_object_get(result, "agent");
    const json_t *subjects = json_object_get(result, "subjects");
    const char *worst = json_string_value(json_object_get(agent, "worst"));
    size_t at = sizeof rows / sizeof rows[0] - 1;
    json_int_t waiting = 0;
    const json_t *row;
    size_t i;

    for (i = 0; worst != NULL && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].worst, worst) == 0)
            at = i;
    json_array_foreach (json_object_get(result, "destinations"), i, row)
        waiting += json_integer_value(json_object_get(row, "queued"));
    json_int_t open = json_integer_value(json_object_get(agent, "open_incidents"));
    json_int_t critical = json_integer_value(json_object_get(subjects, "critical"));
    json_int_t warning = json_integer_value(json_object_get(subjects, "warning"));
    json_int_t blind = json_integer_value(json_object_get(subjects, "blind"));
    printf("HASHIMORI %s - %lld open incidents, subjects: %lld critical, %lld warning, %lld blind"
           " | 'open_incidents'=%lld;;;0 'critical'=%lld;;;0 'warning'=%lld;;;0 'blind'=%lld;;;0"
           " 'outbox'=%lld;;;0\n",
        rows[at].label, open, critical, warning, blind, open, critical, warning, blind, waiting);
    return rows[at].code;
}

int run_status(struct ctl *c)
{
    struct client_answer answer;

    if (ctl_value(c, "nagios") == NULL)
        return ctl_ask(c);
    int r = client_ask(c->socket_path, "status", NULL, c->language, &answer);
    if (r == 0) {
        r = nagios(answer.result);
    } else {
        struct text why = {0};
        text_add_visible(&why, text_get(&answer.why), answer.why.length);
        printf("HASHIMORI UNKNOWN - %s: %s\n", c->socket_path, text_get(&why));
        text_deinit(&why);
        r = CTL_UNREACHABLE;
    }
    client_answer_deinit(&answer);
    return r;
}

/* ---- subjects ---------------------------------------------------------------------------- */

int show_subjects(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_SUBJECT, "name", CELL_TEXT},
        {MESSAGE_HEAD_PLUGIN, "plugin", CELL_TEXT}, {MESSAGE_HEAD_VERDICT, "verdict", CELL_WORD},
        {MESSAGE_HEAD_SINCE, "since", CELL_TIME}, {MESSAGE_HEAD_LAST, "last_at", CELL_TIME},
        {MESSAGE_HEAD_OWNER, "owner", CELL_TEXT}, {MESSAGE_HEAD_TEXT, "text", CELL_TEXT}, {0}};

    print_rows(c, json_object_get(result, "subjects"), columns, MESSAGE_NONE_SUBJECTS);
    return CTL_DONE;
}

int show_subject(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_SUBJECT, "name", CELL_TEXT},
        {MESSAGE_HEAD_PLUGIN, "plugin", CELL_TEXT}, {MESSAGE_HEAD_VERDICT, "verdict", CELL_WORD},
        {MESSAGE_HEAD_SINCE, "since", CELL_TIME}, {MESSAGE_HEAD_LAST, "last_at", CELL_TIME},
        {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT},
        {MESSAGE_HEAD_INTERVAL, "interval_s", CELL_SPAN}, {MESSAGE_HEAD_OWNER, "owner", CELL_TEXT},
        {MESSAGE_HEAD_DOCUMENT, "doc_ref", CELL_TEXT}, {MESSAGE_HEAD_TEXT, "text", CELL_TEXT}, {0}};
    static const struct column metrics[] = {{MESSAGE_HEAD_INSTANCE, "instance", CELL_TEXT},
        {MESSAGE_HEAD_METRIC, "metric", CELL_TEXT}, {MESSAGE_HEAD_VERDICT, "verdict", CELL_WORD},
        {MESSAGE_HEAD_NUMBER, "number", CELL_NUMBER}, {MESSAGE_HEAD_SINCE, "since", CELL_TIME},
        {MESSAGE_HEAD_LAST, "last_at", CELL_TIME}, {MESSAGE_HEAD_INCIDENT, "incident", CELL_NUMBER},
        {0}};
    static const struct column rules[] = {{MESSAGE_HEAD_METRIC, "metric", CELL_TEXT},
        {MESSAGE_HEAD_INSTANCE, "instance", CELL_TEXT},
        {MESSAGE_WORD_WARNING, "warning", CELL_TEXT},
        {MESSAGE_WORD_CRITICAL, "critical", CELL_TEXT}, {MESSAGE_HEAD_CLEAR, "clear", CELL_TEXT},
        {MESSAGE_HEAD_RUNS, "runs", CELL_NUMBER},
        {MESSAGE_HEAD_CLEAR_RUNS, "clear_runs", CELL_NUMBER},
        {MESSAGE_HEAD_EVENT, "event", CELL_WORD}, {0}};

    print_members(c, result, columns);
    ctl_say(c, MESSAGE_TITLE_METRICS, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "metrics"), metrics, MESSAGE_NONE_METRICS);
    ctl_say(c, MESSAGE_TITLE_RULES, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "rules"), rules, MESSAGE_NONE_RULES);
    return CTL_DONE;
}

/* ---- incidents --------------------------------------------------------------------------- */

int show_incidents(struct ctl *c, json_t *result)
{
    print_incidents(c, json_object_get(result, "incidents"));
    say_if_cut(c, result);
    return CTL_DONE;
}

int show_changed(struct ctl *c, json_t *result)
{
    (void)result;
    ctl_say(c, MESSAGE_CTL_CHANGED, NULL, NULL, NULL);
    return CTL_DONE;
}

/* ---- figures ----------------------------------------------------------------------------- */

/* "1/1" of a set of samples, n/a when there is none; what is pending is said. */
static void set_samples(const struct ctl *c, json_t *figures, const char *name, const char *as)
{
    const json_t *samples = json_object_get(figures, name);
    json_int_t total = json_integer_value(json_object_get(samples, "total"));
    json_int_t pending = json_integer_value(json_object_get(samples, "pending"));
    struct text t = {0};

    if (total == 0 && pending == 0)
        text_add(&t, message_raw(MESSAGE_SLA_NO_SAMPLE, c->language));
    else
        text_addf(&t, "%lld/%lld", json_integer_value(json_object_get(samples, "passed")), total);
    if (pending > 0)
        text_addf(&t, " (%s %lld)", message_raw(MESSAGE_WORD_PENDING, c->language), pending);
    json_object_set_new(figures, as, json_string(text_get(&t)));
    text_deinit(&t);
}

/* The figure without exclusions, and the edition: "2*" when something has changed since. */
static void set_plain(const struct ctl *c, json_t *figures)
{
    const json_t *plain = json_object_get(figures, "without_exclusions");
    const json_t *edition = json_object_get(figures, "edition");
    struct text t = {0};

    (void)c;
    json_object_set(figures, "plain", json_object_get(plain, "measured"));
    if (json_is_integer(edition))
        text_addf(&t, "%lld%s", json_integer_value(edition),
            json_array_size(json_object_get(figures, "changed_since")) > 0 ? "*" : "");
    json_object_set_new(figures, "edition_text", json_string(text_get(&t)));
    text_deinit(&t);
}

/* Gaps of all figures, each once: periods lie within each other. */
static void show_gaps(const struct ctl *c, const json_t *all)
{
    json_t *rows = json_array();
    json_t *seen = json_object();
    const json_t *figures;
    json_t *gap;
    size_t i;
    size_t j;

    for (i = json_array_size(all); i > 0; i--) {
        figures = json_array_get(all, i - 1);
        json_array_foreach (json_object_get(figures, "gaps"), j, gap) {
            char id[24];
            snprintf(id, sizeof id, "%lld", json_integer_value(json_object_get(gap, "id")));
            if (json_object_get(seen, id) != NULL)
                continue;
            json_object_set_new(seen, id, json_true());
            json_object_set(gap, "service", json_object_get(figures, "service"));
            json_array_append(rows, gap);
        }
    }
    print_gaps(c, rows, MESSAGE_TITLE_GAPS);
    json_decref(rows);
    json_decref(seen);
}

/* Before the figures: what counts as told, where that is more than the receivers confirmed. */
static void say_unconfirmed(struct ctl *c, const json_t *all)
{
    json_t *said = json_object();
    const json_t *figures;
    size_t i;
    json_array_foreach (all, i, figures) {
        const char *service = json_string_value(json_object_get(figures, "service"));
        if (!json_is_true(json_object_get(figures, "count_unconfirmed")) || service == NULL ||
            json_object_get(said, service) != NULL)
            continue;
        json_object_set_new(said, service, json_true());
        ctl_say(c, MESSAGE_SLA_UNCONFIRMED, service, NULL, NULL);
    }
    json_decref(said);
}

int show_sla(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_SERVICE, "service", CELL_TEXT},
        {MESSAGE_HEAD_PERIOD, "period", CELL_TEXT}, {MESSAGE_HEAD_PLANNED, "planned_s", CELL_SPAN},
        {MESSAGE_WORD_DOWN, "down_s", CELL_SPAN},
        {MESSAGE_WORD_UNMONITORED, "unmonitored_s", CELL_SPAN},
        {MESSAGE_HEAD_EXCLUDED, "excluded_s", CELL_SPAN},
        {MESSAGE_HEAD_MEASURED, "measured", CELL_PERCENT},
        {MESSAGE_HEAD_TARGET, "target", CELL_PERCENT}, {MESSAGE_HEAD_MET, "met", CELL_WORD},
        {MESSAGE_HEAD_BUDGET_LEFT, "budget_left_s", CELL_SPAN},
        {MESSAGE_HEAD_PLAIN, "plain", CELL_PERCENT},
        {MESSAGE_HEAD_COVERAGE, "coverage", CELL_PERCENT},
        {MESSAGE_HEAD_RECOVERY, "recovery_text", CELL_TEXT},
        {MESSAGE_HEAD_NOTIFICATION, "notification_text", CELL_TEXT},
        {MESSAGE_HEAD_TOLD_SLOWEST, "told_slowest_s", CELL_SPAN},
        {MESSAGE_HEAD_EDITION, "edition_text", CELL_TEXT}, {0}};
    json_t *figures;
    size_t i;

    json_array_foreach (json_object_get(result, "sla"), i, figures) {
        set_samples(c, figures, "recovery", "recovery_text");
        set_samples(c, figures, "notification", "notification_text");
        json_object_set(figures, "told_slowest_s",
            json_object_get(json_object_get(figures, "notification"), "told_slowest_s"));
        set_plain(c, figures);
    }
    say_unconfirmed(c, json_object_get(result, "sla"));
    print_rows(c, json_object_get(result, "sla"), columns, MESSAGE_NONE_SLA);
    show_gaps(c, json_object_get(result, "sla"));
    return CTL_DONE;
}

/* ---- the rest ---------------------------------------------------------------------------- */

int show_test(struct ctl *c, json_t *result)
{
    const char *key = json_string_value(json_object_get(result, "key"));

    ctl_say(c, MESSAGE_CTL_TEST, c->args[0], key == NULL ? "" : key, NULL);
    return CTL_DONE;
}

int show_outbox(struct ctl *c, json_t *result)
{
    const struct column columns[] = {{MESSAGE_HEAD_DESTINATION, "destination", CELL_TEXT},
        {MESSAGE_HEAD_SEQUENCE, "sequence", CELL_NUMBER}, {MESSAGE_HEAD_KIND, "kind", CELL_WORD},
        {MESSAGE_HEAD_SUBJECT, "subject", CELL_TEXT},
        {MESSAGE_HEAD_INCIDENT, "incident", CELL_NUMBER},
        {MESSAGE_HEAD_AT, "recorded_at", CELL_TIME},
        {MESSAGE_HEAD_ATTEMPTS, "attempts", CELL_NUMBER}, {MESSAGE_HEAD_DUE, "due_at", CELL_TIME},
        {MESSAGE_HEAD_WAITS, c->language == LANGUAGE_JA ? "waits_ja" : "waits", CELL_TEXT},
        {MESSAGE_HEAD_ANSWER, "last_answer", CELL_TEXT}, {0}};

    print_rows(c, json_object_get(result, "outbox"), columns, MESSAGE_NONE_OUTBOX);
    say_if_cut(c, result);
    return CTL_DONE;
}

int show_workers(struct ctl *c, json_t *result)
{
    print_rows(c, json_object_get(result, "workers"), worker_columns, MESSAGE_NONE_WORKERS);
    return CTL_DONE;
}

int show_reloaded(struct ctl *c, json_t *result)
{
    bool changed = json_is_true(json_object_get(result, "changed"));
    const char *hash = json_string_value(json_object_get(result, "config_hash"));

    ctl_say(c, changed ? MESSAGE_CTL_RELOADED : MESSAGE_CTL_RELOADED_SAME, hash == NULL ? "" : hash,
        NULL, NULL);
    return CTL_DONE;
}

int show_verified(struct ctl *c, json_t *result)
{
    static const struct column columns[] = {{MESSAGE_HEAD_SOUND, "sound", CELL_WORD},
        {MESSAGE_HEAD_ROWS, "rows", CELL_NUMBER}, {MESSAGE_HEAD_CHAIN, "head", CELL_TEXT},
        {MESSAGE_HEAD_FIRST_BAD, "first_bad", CELL_NUMBER}, {MESSAGE_HEAD_WHY, "why", CELL_TEXT},
        {0}};

    print_members(c, result, columns);
    return json_is_true(json_object_get(result, "sound")) ? CTL_DONE : CTL_NO;
}
