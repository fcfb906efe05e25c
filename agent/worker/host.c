/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/worker_internal.h"

/* A log line or complaint; longer ones are cut. */
enum { SENTENCE_MAX = 2048 };

static const char *host_subject(const struct hm_host *host)
{
    return options_guest(host)->subject;
}

static const char *host_language(const struct hm_host *host)
{
    return options_guest(host)->worker->language;
}

static int64_t host_wall_ms(const struct hm_host *host)
{
    (void)host;
    return clock_wall();
}

static int64_t host_boot_ms(const struct hm_host *host)
{
    (void)host;
    return clock_boot();
}

static int64_t host_interval_ms(const struct hm_host *host)
{
    return options_guest(host)->interval;
}

static int64_t host_deadline_ms(const struct hm_host *host)
{
    return options_guest(host)->deadline;
}

static void host_log(const struct hm_host *host, enum hm_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void host_log(const struct hm_host *host, enum hm_log_level level, const char *format, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    const struct guest *g = options_guest(host);
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    json_t *line = guest_message(g, "log");
    wire_put_text(line, "level", (unsigned)level <= HM_LOG_DEBUG ? names[level] : "info");
    wire_put_text(line, "text", text);
    g->worker->port.send(g->worker->port.ctx, line, false);
}

static void host_complain(const struct hm_host *host, const char *option, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void host_complain(const struct hm_host *host, const char *option, const char *format, ...)
{
    struct guest *g = options_guest(host);
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    if (g->on_complaint != NULL)
        g->on_complaint(g->complaint_ctx, option, text);
    if (g->complaint != NULL)
        return;
    g->complaint = alloc_text(text);
    g->complaint_option = alloc_text(option);
}

static void host_report(const struct hm_host *host, const struct hm_reading *reading)
{
    guest_report(options_guest(host), reading);
}

static void host_announce(const struct hm_host *host, const char *instance)
{
    guest_go_on(options_guest(host), instance);
}

static bool host_skip(const struct hm_host *host, const char *instance)
{
    const struct guest *g = options_guest(host);
    const json_t *list = json_object_get(g->line, "skip");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *skipped = json_string_value(json_array_get(list, i));
        if (skipped != NULL && strcmp(skipped, instance == NULL ? "" : instance) == 0)
            return true;
    }
    return false;
}

static void host_keep(const struct hm_host *host, const char *key, const char *value)
{
    guest_keep(options_guest(host), key, value);
}

static const char *host_kept(const struct hm_host *host, const char *key)
{
    return keep_get(options_guest(host)->keep, key);
}

static void host_check_soon(const struct hm_host *host)
{
    struct guest *g = options_guest(host);
    g->soon = true;
    if (g->check_timer != NULL)
        timer_set(g->check_timer, 0);
}

static const char *result_name(enum hm_result result)
{
    static const char *const names[] = {"accepted", "sent", "refused", "later"};
    return result >= HM_ACCEPTED && result <= HM_LATER ? names[result - HM_ACCEPTED] : "later";
}

static void tell_receipt(const struct hm_host *host, uint64_t delivery, enum hm_result result,
    const char *text, const char *progress)
{
    const struct guest *g = options_guest(host);
    char cut[SENTENCE_MAX];
    snprintf(cut, sizeof cut, "%s", text == NULL ? "" : text);

    json_t *line = guest_message(g, "receipt");
    json_object_set_new(line, "delivery", wire_id(delivery));
    wire_put_text(line, "result", result_name(result));
    wire_put_text(line, "text", cut);
    if (progress != NULL && strlen(progress) <= WIRE_VALUE_MAX)
        wire_put_text(line, "progress", progress);
    else if (progress != NULL)
        log_error(LOG_WORKER, "%s: more progress of a delivery than is kept, it is dropped",
            host_subject(host));
    g->worker->port.send(g->worker->port.ctx, line, true);
}

static void host_receipt(
    const struct hm_host *host, uint64_t delivery, enum hm_result result, const char *text)
{
    tell_receipt(host, delivery, result, text, NULL);
}

static void host_later(
    const struct hm_host *host, uint64_t delivery, const char *text, const char *progress)
{
    tell_receipt(host, delivery, HM_LATER, text, progress);
}

static void host_state(const struct hm_host *host, const char *text)
{
    struct guest *g = options_guest(host);
    char cut[SENTENCE_MAX];
    snprintf(cut, sizeof cut, "%s", text == NULL ? "" : text);
    if (text_equal(g->state, cut))
        return;
    free(g->state);
    g->state = alloc_text(cut);

    json_t *line = guest_message(g, "state");
    wire_put_text(line, "text", cut);
    g->worker->port.send(g->worker->port.ctx, line, false);
}

static const char *host_engine_id(const struct hm_host *host)
{
    const char *id = json_string_value(json_object_get(options_guest(host)->line, "engine_id"));
    return id == NULL ? "" : id;
}

static uint32_t host_engine_boots(const struct hm_host *host)
{
    return (uint32_t)json_integer_value(json_object_get(options_guest(host)->line, "engine_boots"));
}

void host_fill(struct hm_host *host)
{
    host->subject = host_subject;
    host->language = host_language;
    host->wall_ms = host_wall_ms;
    host->boot_ms = host_boot_ms;
    host->interval_ms = host_interval_ms;
    host->deadline_ms = host_deadline_ms;
    host->log = host_log;
    host->complain = host_complain;
    host->report = host_report;
    host->announce = host_announce;
    host->keep = host_keep;
    host->kept = host_kept;
    host->check_soon = host_check_soon;
    host->receipt = host_receipt;
    host->state = host_state;
    host->engine_id = host_engine_id;
    host->engine_boots = host_engine_boots;
    host->skip = host_skip;
    host->later = host_later;
}
