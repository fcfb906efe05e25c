/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/move.h"
#include "record/tell.h"

enum { SENTENCE_BYTES_MAX = 1024 }; /* a trap and a syslog line carry it whole */

static enum message severity_word(enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
        return MESSAGE_WORD_CRITICAL;
    case SEVERITY_BLIND:
        return MESSAGE_WORD_BLIND;
    case SEVERITY_NONE:
        return MESSAGE_WORD_OK;
    default:
        return MESSAGE_WORD_WARNING;
    }
}

static enum message service_word(enum service_state state)
{
    switch (state) {
    case SERVICE_UP:
        return MESSAGE_WORD_UP;
    case SERVICE_DEGRADED:
        return MESSAGE_WORD_DEGRADED;
    case SERVICE_DOWN:
        return MESSAGE_WORD_DOWN;
    case SERVICE_MAINTENANCE:
        return MESSAGE_WORD_MAINTENANCE;
    case SERVICE_OUT_OF_HOURS:
        return MESSAGE_WORD_OUT_OF_HOURS;
    default:
        return MESSAGE_WORD_UNMONITORED;
    }
}

/* Takes the sentence over: one line, nothing that a terminal obeys, cut to what fits. */
static void set_text(struct notice *notice, struct text *sentence)
{
    struct text clean = {0};
    text_add_visible(&clean, text_get(sentence), sentence->length);
    text_deinit(sentence);
    if (clean.length > SENTENCE_BYTES_MAX)
        clean.bytes[text_utf8_cut(clean.bytes, clean.length, SENTENCE_BYTES_MAX)] = '\0';
    free(notice->text);
    notice->text = text_take(&clean);
}

static void add_name(struct text *t, const struct triple *of, const struct manner *manner)
{
    text_add(t, of->subject != NULL ? of->subject : "");
    if (of->instance == NULL || of->instance[0] == '\0')
        return;
    text_add(t, " (");
    redact_add(t, manner->redact, REDACT_RECORD, of->instance);
    text_add_char(t, ')');
}

static bool has_words(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* A number as an argument of a sentence. */
enum { NUMBER_BYTES = 24 };
static const char *number_text(char ret[NUMBER_BYTES], int64_t number)
{
    snprintf(ret, NUMBER_BYTES, "%" PRId64, number);
    return ret;
}

static bool is_call(const struct incident *i)
{
    return (i->flags & INCIDENT_CITY) != 0 && i->detected_at.wall == 0;
}

static void add_recurrence(struct text *t, const struct incident *i, enum language language)
{
    char times[NUMBER_BYTES], of[NUMBER_BYTES];
    if (i->recurrence == 0)
        return;
    message_add(t, language, MESSAGE_NOTICE_RECURRENCE, number_text(times, i->recurrence),
        number_text(of, (int64_t)i->recurrence_of));
}

static void add_bad(struct text *t, const struct incident *i, const struct manner *manner)
{
    struct text name = {0};
    enum language language = manner->language;
    add_name(&name, &i->of, manner);
    const char *word = message_raw(severity_word(i->severity), language);

    if (is_call(i))
        message_add(t, language, MESSAGE_NOTICE_CALLED, word, text_get(&name));
    else if ((i->flags & INCIDENT_BLIND) != 0)
        message_add(t, language, MESSAGE_NOTICE_BLIND, word, text_get(&name));
    else if (has_words(i->threshold))
        message_add(t, language, MESSAGE_NOTICE_LIMIT, word, text_get(&name), i->of.metric,
            i->value, i->threshold);
    else
        message_add(t, language, MESSAGE_NOTICE_EVENT, word, text_get(&name), i->of.metric);
    if (has_words(i->text)) {
        text_add(t, ": ");
        redact_add(t, manner->redact, redact_source_of(i), i->text);
    }
    add_recurrence(t, i, language);
    text_deinit(&name);
}

static void add_closed_call(struct text *t, const struct incident *i, const struct manner *manner)
{
    struct text reason = {0};
    redact_add(&reason, manner->redact, REDACT_PERSON, i->closed_reason);
    message_add(t, manner->language, MESSAGE_NOTICE_CALL_CLOSED, i->of.subject, text_get(&reason));
    text_deinit(&reason);
}

static void add_cleared(struct text *t, const struct incident *i, const struct manner *manner)
{
    struct text name = {0}, words = {0};
    char lasted[32];
    span_ms bad = i->recovered_at.boot > i->failed_at.boot
                      ? (i->recovered_at.boot - i->failed_at.boot) / 1000
                      : 0;
    add_name(&name, &i->of, manner);
    redact_add(&words, manner->redact, REDACT_RECORD, i->text);
    snprintf(lasted, sizeof lasted, "%lld:%02d:%02d", (long long)(bad / 3600), (int)(bad / 60 % 60),
        (int)(bad % 60));
    if ((i->flags & INCIDENT_TOLD_END) != 0)
        message_add(
            t, manner->language, MESSAGE_NOTICE_CLEARED_TEXT, text_get(&name), text_get(&words));
    else
        message_add(
            t, manner->language, MESSAGE_NOTICE_CLEARED, text_get(&name), i->of.metric, lasted);
    text_deinit(&words);
    text_deinit(&name);
}

void render_incident(
    struct notice *notice, const struct incident *incident, const struct manner *manner)
{
    struct text sentence = {0};
    if (notice->kind == NOTICE_CLEARED && is_call(incident))
        add_closed_call(&sentence, incident, manner);
    else if (notice->kind == NOTICE_CLEARED)
        add_cleared(&sentence, incident, manner);
    else
        add_bad(&sentence, incident, manner);
    set_text(notice, &sentence);
}

void render_follow(struct notice *notice, const struct incident *incident, uint32_t step,
    struct moment now, const struct manner *manner)
{
    struct text sentence = {0}, bad = {0};
    char minutes[NUMBER_BYTES], id[NUMBER_BYTES];
    struct moment since = incident_start(incident);
    if (step == FOLLOW_PROGRESS)
        since = incident->acknowledged_at;
    add_bad(&bad, incident, manner);
    number_text(minutes, (now.boot - since.boot) / 60000);
    number_text(id, (int64_t)incident->id);
    if (step == FOLLOW_FIRST)
        text_add(&sentence, text_get(&bad));
    else
        message_add(&sentence, manner->language,
            step == FOLLOW_REPEAT     ? MESSAGE_NOTICE_REPEAT
            : step == FOLLOW_PROGRESS ? MESSAGE_NOTICE_PROGRESS
                                      : MESSAGE_NOTICE_ESCALATE,
            text_get(&bad), minutes, id,
            incident->acknowledged_by != NULL ? incident->acknowledged_by : "-");
    text_deinit(&bad);
    set_text(notice, &sentence);
}

/* ---- the brake --------------------------------------------------------------------------- */

static void add_parts(struct text *t, const struct digest_part *parts, size_t count, size_t most,
    enum language language)
{
    for (size_t i = 0; i < count; i++)
        text_addf(t, "%s%s %" PRIu64, i > 0 ? ", " : "",
            parts[i].name[0] != '\0' ? parts[i].name : "-", parts[i].count);
    if (parts[most].count > 0)
        text_addf(
            t, ", %s %" PRIu64, message_raw(MESSAGE_NOTICE_OTHERS, language), parts[most].count);
}

static void add_severities(struct text *t, const struct digest *d, enum language language)
{
    static const enum message words[] = {
        MESSAGE_WORD_CRITICAL, MESSAGE_WORD_WARNING, MESSAGE_WORD_NOTICE, MESSAGE_WORD_BLIND};
    const char *comma = "";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (d->by_severity[i] == 0)
            continue;
        text_addf(t, "%s%s %" PRIu64, comma, message_raw(words[i], language), d->by_severity[i]);
        comma = ", ";
    }
    if (d->by_kind[2] > 0)
        text_addf(t, "%s%s %" PRIu64, comma, message_raw(MESSAGE_NOTICE_CLEARED_WORD, language),
            d->by_kind[2]);
}

static void add_digest(struct text *t, const struct digest *d, enum language language)
{
    struct text severities = {0}, services = {0}, subjects = {0};
    char total[NUMBER_BYTES];
    add_severities(&severities, d, language);
    add_parts(&services, d->services, d->service_count, DIGEST_SERVICES, language);
    add_parts(&subjects, d->subjects, d->subject_count, DIGEST_SUBJECTS, language);
    message_add(t, language, MESSAGE_NOTICE_DIGEST, number_text(total, (int64_t)d->total),
        text_get(&severities), text_get(&services), text_get(&subjects));
    text_deinit(&severities);
    text_deinit(&services);
    text_deinit(&subjects);
}

void render_digest(
    struct notice *notice, const struct digest *digest, uint32_t limit, const struct manner *manner)
{
    struct text sentence = {0}, value = {0};
    char number[NUMBER_BYTES];
    number_text(number, limit);
    if (digest != NULL) {
        add_digest(&sentence, digest, manner->language);
        text_addf(&value, "raised=%" PRIu64 " reminder=%" PRIu64 " cleared=%" PRIu64,
            digest->by_kind[0], digest->by_kind[1], digest->by_kind[2]);
    } else {
        message_add(&sentence, manner->language,
            notice->kind == NOTICE_CLEARED ? MESSAGE_NOTICE_BRAKE_OFF : MESSAGE_NOTICE_BRAKE_ON,
            notice->of.instance, number);
    }
    free(notice->value);
    notice->value = text_take(&value);
    set_text(notice, &sentence);
}

void render_report_due(struct notice *notice, const struct incident *incident, span_ms elapsed,
    span_ms limit, const struct manner *manner)
{
    struct text sentence = {0}, name = {0};
    char passed[NUMBER_BYTES], all[NUMBER_BYTES], id[NUMBER_BYTES];
    add_name(&name, &incident->of, manner);
    message_add(&sentence, manner->language,
        elapsed < limit ? MESSAGE_NOTICE_REPORT_DUE : MESSAGE_NOTICE_REPORT_OVERDUE,
        text_get(&name), number_text(passed, elapsed / 60000), number_text(all, limit / 60000),
        number_text(id, (int64_t)incident->id));
    text_deinit(&name);
    set_text(notice, &sentence);
}

void render_service(struct notice *notice, const struct service_point *point,
    enum service_state before, const struct manner *manner)
{
    struct text sentence = {0};
    message_add(&sentence, manner->language, MESSAGE_NOTICE_SERVICE, point->service,
        message_raw(service_word(point->state), manner->language),
        message_raw(service_word(before), manner->language));
    if (has_words(point->reason))
        text_addf(&sentence, " (%s)", point->reason);
    set_text(notice, &sentence);
}

void render_test(struct notice *notice, const char *who, const struct manner *manner)
{
    struct text sentence = {0};
    message_add(&sentence, manner->language, MESSAGE_NOTICE_TEST, who);
    set_text(notice, &sentence);
}

enum { SPAN_BYTES = 32 };

static const char *span_text(char ret[SPAN_BYTES], int64_t seconds)
{
    snprintf(ret, SPAN_BYTES, "%lld:%02d:%02d", (long long)(seconds / 3600),
        (int)(seconds / 60 % 60), (int)(seconds % 60));
    return ret;
}

void render_budget(struct notice *notice, const char *period, int64_t left_s, int64_t budget_s,
    const struct manner *manner)
{
    struct text sentence = {0};
    char left[SPAN_BYTES], budget[SPAN_BYTES];
    message_add(&sentence, manner->language,
        left_s < 0 ? MESSAGE_NOTICE_SLA_MISSED : MESSAGE_NOTICE_SLA_AT_RISK, notice->service,
        period, span_text(left, left_s < 0 ? -left_s : left_s), span_text(budget, budget_s));
    set_text(notice, &sentence);
}

void render_heartbeat(struct notice *notice, const char *head, const struct manner *manner)
{
    // Not redacted: twelve digits in a row are nobody's number in a hash.
    struct text sentence = {0};
    message_add(&sentence, manner->language, MESSAGE_NOTICE_HEARTBEAT, head);
    free(notice->text);
    notice->text = text_take(&sentence);
}

void render_unrecorded(struct notice *notice, bool is_read_only, const struct manner *manner)
{
    struct text sentence = {0};
    message_add(&sentence, manner->language,
        is_read_only ? MESSAGE_NOTICE_UNRECORDED_READ_ONLY : MESSAGE_NOTICE_UNRECORDED,
        notice->text != NULL ? notice->text : "");
    set_text(notice, &sentence);
}

void render_unrecorded_more(
    struct notice *notice, uint64_t count, uint64_t critical, const struct manner *manner)
{
    struct text sentence = {0};
    char all[NUMBER_BYTES], worst[NUMBER_BYTES];
    message_add(&sentence, manner->language, MESSAGE_NOTICE_UNRECORDED_MORE,
        number_text(all, (int64_t)count), number_text(worst, (int64_t)critical));
    set_text(notice, &sentence);
}
