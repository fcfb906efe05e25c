/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_host.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake_host_private.h"

enum { PROGRESS_MAX = 4096 };

_Noreturn void fake_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("fake_host: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

void *fake_grow(void *list, size_t count, size_t size)
{
    void *grown = realloc(list, (count + 1) * size);
    if (grown == NULL)
        fake_die("out of memory");
    memset((char *)grown + count * size, 0, size);
    return grown;
}

char *fake_copy(const char *string)
{
    if (string == NULL)
        return NULL;
    char *copy = strdup(string);
    if (copy == NULL)
        fake_die("out of memory");
    return copy;
}

int64_t fake_clock_us(int clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct fake_host *owner_of(const struct hm_host *host)
{
    const struct fake_view *view = host->priv;
    return view->owner;
}

/* ---- what the plugin says ---- */

static char *format_text(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
static char *format_text(const char *format, va_list args)
{
    char *text;
    if (vasprintf(&text, format, args) < 0)
        fake_die("out of memory");
    return text;
}

static void host_log(const struct hm_host *host, enum hm_log_level level, const char *format, ...)
{
    struct fake_host *f = owner_of(host);
    va_list args;
    va_start(args, format);
    f->logs = fake_grow(f->logs, f->log_count, sizeof *f->logs);
    f->logs[f->log_count++] = (struct fake_log){level, format_text(format, args)};
    va_end(args);
}

static void host_complain(const struct hm_host *host, const char *option, const char *format, ...)
{
    struct fake_host *f = owner_of(host);
    va_list args;
    va_start(args, format);
    f->complaints = fake_grow(f->complaints, f->complaint_count, sizeof *f->complaints);
    f->complaints[f->complaint_count++] =
        (struct fake_complaint){fake_copy(option), format_text(format, args)};
    va_end(args);
}

static void require_name(const char *what, const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);
    if (length == 0 || length > 64 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        fake_die("%s \"%s\" is not [a-z0-9_]{1,64}", what, name == NULL ? "(null)" : name);
}

static void require_reading(const struct hm_reading *r)
{
    bool of_all =
        (r->kind == HM_BLIND || r->kind == HM_GONE) && r->metric != NULL && r->metric[0] == '\0';
    if (!of_all)
        require_name("metric", r->metric);
    if (r->kind < HM_NUMBER || r->kind > HM_GONE)
        fake_die("metric %s: unknown kind %d", r->metric, (int)r->kind);
    if (r->kind == HM_NUMBER && !isfinite(r->number))
        fake_die("metric %s: the number is not finite", r->metric);
    if (r->kind == HM_BLIND && (r->text == NULL || r->text[0] == '\0'))
        fake_die("metric %s: blind without a reason", r->metric);
    if (r->field_count > 32)
        fake_die("metric %s: %zu fields, at most 32", r->metric, r->field_count);
    for (size_t i = 0; i < r->field_count; i++) {
        require_name("field", r->fields[i].name);
        if (r->fields[i].value == NULL)
            fake_die("field %s: no value", r->fields[i].name);
    }
}

static void host_report(const struct hm_host *host, const struct hm_reading *r)
{
    struct fake_host *f = owner_of(host);
    require_reading(r);

    f->readings = fake_grow(f->readings, f->reading_count, sizeof *f->readings);
    struct fake_reading *copy = &f->readings[f->reading_count++];
    copy->instance = fake_copy(r->instance == NULL ? "" : r->instance);
    copy->metric = fake_copy(r->metric);
    copy->text = fake_copy(r->text);
    copy->kind = r->kind;
    copy->number = r->number;
    copy->at_ms = r->at_ms;
    copy->seen_us = fake_clock_us(CLOCK_MONOTONIC);
    for (size_t i = 0; i < r->field_count; i++) {
        copy->fields = fake_grow(copy->fields, i, sizeof *copy->fields);
        copy->fields[i] =
            (struct fake_field){fake_copy(r->fields[i].name), fake_copy(r->fields[i].value)};
        copy->field_count = i + 1;
    }
}

static void add_text(char ***list, size_t *count, const char *text)
{
    *list = fake_grow(*list, *count, sizeof **list);
    (*list)[(*count)++] = fake_copy(text == NULL ? "" : text);
}

static void host_announce(const struct hm_host *host, const char *instance)
{
    struct fake_host *f = owner_of(host);
    add_text(&f->announced, &f->announce_count, instance);
}

static bool host_skip(const struct hm_host *host, const char *instance)
{
    const struct fake_host *f = owner_of(host);
    return f->skipped != NULL && instance != NULL && strcmp(f->skipped, instance) == 0;
}

static void host_state(const struct hm_host *host, const char *text)
{
    struct fake_host *f = owner_of(host);
    add_text(&f->states, &f->state_count, text);
}

static void tell_receipt(const struct hm_host *host, uint64_t delivery, enum hm_result result,
    const char *text, const char *progress)
{
    struct fake_host *f = owner_of(host);
    if (result < HM_ACCEPTED || result > HM_LATER)
        fake_die("receipt with the unknown result %d", (int)result);
    f->receipts = fake_grow(f->receipts, f->receipt_count, sizeof *f->receipts);
    f->receipts[f->receipt_count++] = (struct fake_receipt){delivery, result,
        fake_copy(text == NULL ? "" : text), progress == NULL ? NULL : fake_copy(progress)};
}

static void host_receipt(
    const struct hm_host *host, uint64_t delivery, enum hm_result result, const char *text)
{
    tell_receipt(host, delivery, result, text, NULL);
}

static void host_later(
    const struct hm_host *host, uint64_t delivery, const char *text, const char *progress)
{
    if (progress != NULL && strlen(progress) > PROGRESS_MAX)
        fake_die("more progress than is kept");
    tell_receipt(host, delivery, HM_LATER, text, progress);
}

static struct fake_kept *find_kept(const struct fake_host *f, const char *key)
{
    for (size_t i = 0; i < f->kept_count; i++)
        if (strcmp(f->kept[i].key, key) == 0)
            return &f->kept[i];
    return NULL;
}

static void host_keep(const struct hm_host *host, const char *key, const char *value)
{
    struct fake_host *f = owner_of(host);
    struct fake_kept *entry = find_kept(f, key);

    if (value != NULL && strlen(value) > 8192)
        fake_die("keep %s: more than 8 KiB", key);
    if (entry == NULL && value == NULL)
        return;
    if (entry == NULL) {
        f->kept = fake_grow(f->kept, f->kept_count, sizeof *f->kept);
        entry = &f->kept[f->kept_count++];
        entry->key = fake_copy(key);
    }
    free(entry->value);
    entry->value = fake_copy(value);
    if (value == NULL) {
        free(entry->key);
        *entry = f->kept[--f->kept_count];
    }
}

static const char *host_kept(const struct hm_host *host, const char *key)
{
    const struct fake_kept *entry = find_kept(owner_of(host), key);
    return entry == NULL ? NULL : entry->value;
}

/* ---- what the host knows ---- */

static const char *host_subject(const struct hm_host *host)
{
    return owner_of(host)->subject;
}

static const char *host_language(const struct hm_host *host)
{
    return owner_of(host)->language;
}

static int64_t host_wall_ms(const struct hm_host *host)
{
    return fake_clock_us(CLOCK_REALTIME) / 1000 + owner_of(host)->clock_shift_ms;
}

static int64_t host_boot_ms(const struct hm_host *host)
{
    return fake_clock_us(CLOCK_BOOTTIME) / 1000 + owner_of(host)->clock_shift_ms;
}

static int64_t host_interval_ms(const struct hm_host *host)
{
    return owner_of(host)->interval_ms;
}

static int64_t host_deadline_ms(const struct hm_host *host)
{
    return owner_of(host)->deadline_ms;
}

static const char *host_engine_id(const struct hm_host *host)
{
    return owner_of(host)->engine_id;
}

static uint32_t host_engine_boots(const struct hm_host *host)
{
    return owner_of(host)->engine_boots;
}

static void host_check_soon(const struct hm_host *host)
{
    owner_of(host)->soon = true;
}

static void fill_services(struct hm_host *host)
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
    host->later = host_later;
    host->state = host_state;
    host->engine_id = host_engine_id;
    host->engine_boots = host_engine_boots;
    host->skip = host_skip;
}

/* ---- what the test calls ---- */

struct fake_host *fake_host_new(const struct hm_plugin *plugin, const struct fake_option *options)
{
    struct fake_host *f = fake_grow(NULL, 0, sizeof *f);
    f->subject = "subject";
    f->language = "en";
    f->interval_ms = 60000;
    f->deadline_ms = 10000;
    f->engine_id = "80001f8880000000000000000001";
    f->engine_boots = 1;
    f->plugin = plugin;
    f->view = fake_view_new(f, plugin->options, options);
    fill_services(&f->view->host);
    fake_loop_fill(&f->view->host);
    return f;
}

static void free_texts(char ***list, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        free((*list)[i]);
    free(*list);
    *list = NULL;
    *count = 0;
}

static void forget_readings(struct fake_host *f)
{
    for (size_t i = 0; i < f->reading_count; i++) {
        struct fake_reading *r = &f->readings[i];
        free(r->instance);
        free(r->metric);
        free(r->text);
        for (size_t k = 0; k < r->field_count; k++) {
            free(r->fields[k].name);
            free(r->fields[k].value);
        }
        free(r->fields);
    }
    free(f->readings);
    f->readings = NULL;
    f->reading_count = 0;
}

void fake_host_forget(struct fake_host *f)
{
    forget_readings(f);
    for (size_t i = 0; i < f->log_count; i++)
        free(f->logs[i].text);
    for (size_t i = 0; i < f->complaint_count; i++) {
        free(f->complaints[i].option);
        free(f->complaints[i].text);
    }
    for (size_t i = 0; i < f->receipt_count; i++) {
        free(f->receipts[i].text);
        free(f->receipts[i].progress);
    }
    free(f->logs);
    free(f->complaints);
    free(f->receipts);
    f->logs = NULL;
    f->complaints = NULL;
    f->receipts = NULL;
    f->log_count = f->complaint_count = f->receipt_count = 0;
    free_texts(&f->announced, &f->announce_count);
    free_texts(&f->states, &f->state_count);
}

struct fake_host *fake_host_free(struct fake_host *f)
{
    if (f == NULL)
        return NULL;
    fake_host_close(f);
    fake_loop_free_all(f);
    fake_host_forget(f);
    for (size_t i = 0; i < f->kept_count; i++) {
        free(f->kept[i].key);
        free(f->kept[i].value);
    }
    free(f->kept);
    fake_view_free(f->view);
    free(f);
    return NULL;
}

const struct hm_host *fake_host_get(const struct fake_host *f)
{
    return &f->view->host;
}

void fake_host_validate(struct fake_host *f)
{
    if (f->plugin->validate != NULL)
        f->plugin->validate(&f->view->host);
}

int fake_host_open(struct fake_host *f)
{
    if (f->self != NULL)
        fake_die("open of a subject that is open");
    int r = f->plugin->open(&f->view->host, &f->self);
    if (r == 0 && f->self == NULL)
        fake_die("open returned 0 and no self");
    return r;
}

int fake_host_check(struct fake_host *f)
{
    return f->plugin->check(f->self);
}

void fake_host_close(struct fake_host *f)
{
    if (f->self == NULL)
        return;
    fake_loop_free_all(f);
    f->plugin->close(f->self);
    f->self = NULL;
    f->soon = false;
}

static bool is_of(const struct fake_reading *r, const char *instance, const char *metric)
{
    return strcmp(r->metric, metric) == 0 &&
           (instance == NULL || strcmp(r->instance, instance) == 0);
}

const struct fake_reading *fake_host_last(
    const struct fake_host *f, const char *instance, const char *metric)
{
    for (size_t i = f->reading_count; i-- > 0;)
        if (is_of(&f->readings[i], instance, metric))
            return &f->readings[i];
    return NULL;
}

size_t fake_host_count(const struct fake_host *f, const char *instance, const char *metric)
{
    size_t count = 0;
    for (size_t i = 0; i < f->reading_count; i++)
        count += is_of(&f->readings[i], instance, metric);
    return count;
}

struct awaited {
    const char *instance, *metric;
    size_t before;
};

static bool has_more(const struct fake_host *f, const void *arg)
{
    const struct awaited *a = arg;
    return fake_host_count(f, a->instance, a->metric) > a->before;
}

const struct fake_reading *fake_host_await(
    struct fake_host *f, const char *instance, const char *metric, int64_t limit_ms)
{
    struct awaited a = {instance, metric, fake_host_count(f, instance, metric)};
    return fake_host_run_until(f, has_more, &a, limit_ms) ? fake_host_last(f, instance, metric)
                                                          : NULL;
}

const char *fake_reading_field(const struct fake_reading *r, const char *name)
{
    for (size_t i = 0; i < r->field_count; i++)
        if (strcmp(r->fields[i].name, name) == 0)
            return r->fields[i].value;
    return NULL;
}

bool fake_host_logged(const struct fake_host *f, const char *part)
{
    for (size_t i = 0; i < f->log_count; i++)
        if (strstr(f->logs[i].text, part) != NULL)
            return true;
    return false;
}

bool fake_host_complained(const struct fake_host *f, const char *part)
{
    for (size_t i = 0; i < f->complaint_count; i++)
        if (strstr(f->complaints[i].text, part) != NULL)
            return true;
    return false;
}
