/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/notice_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

const char *notice_severity(int severity)
{
    switch (severity) {
    case 1:
        return "notice";
    case 2:
        return "warning";
    case 3:
        return "critical";
    case 9:
        return "blind";
    default:
        return "ok";
    }
}

void notice_time(char ret[NOTICE_TIME_BYTES], int64_t at_ms, int32_t offset_s, bool is_plain)
{
    int64_t local_ms = at_ms + (int64_t)offset_s * 1000;
    int ms = (int)(((local_ms % 1000) + 1000) % 1000);
    time_t local = (time_t)((local_ms - ms) / 1000);
    int32_t offset = offset_s < 0 ? -offset_s : offset_s;
    struct tm tm = {.tm_year = 70, .tm_mday = 1}; // for a time that gmtime_r cannot say
    char seconds[32], fraction[8] = "";

    gmtime_r(&local, &tm);
    strftime(seconds, sizeof seconds, is_plain ? "%Y-%m-%d %H:%M:%S " : "%Y-%m-%dT%H:%M:%S", &tm);
    if (!is_plain)
        snprintf(fraction, sizeof fraction, ".%03d", ms);
    snprintf(ret, NOTICE_TIME_BYTES, "%s%s%c%02d:%02d", seconds, fraction, offset_s < 0 ? '-' : '+',
        (int)(offset / 3600 % 100), (int)(offset / 60 % 60));
}

/* The first failure is kept: what lacks a member is not sent. */
static void put(json_t *object, bool *good, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(object, name, value) < 0)
        *good = false;
}

static json_t *identity(uint64_t number)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRIu64, number);
    return json_string(digits);
}

static void put_texts(json_t *object, bool *good, const struct hm_notice *n)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"event_id", n->event_id}, {"kind", n->kind}, {"key", n->key},
        {"incident_key", n->incident_key}, {"host", n->host}, {"subject", n->subject},
        {"instance", n->instance}, {"metric", n->metric}, {"service", n->service},
        {"state", n->state}, {"value", n->value}, {"threshold", n->threshold}, {"text", n->text}};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put(object, good, texts[i].name, json_string(texts[i].value));
}

char *notice_json(const struct hm_notice *n, uint32_t attempt)
{
    json_t *object = json_object();
    bool good = object != NULL;
    char at[NOTICE_TIME_BYTES];

    notice_time(at, n->at_ms, n->utc_offset_s, false);
    put_texts(object, &good, n);
    put(object, &good, "sequence", identity(n->sequence));
    put(object, &good, "incident", identity(n->incident));
    put(object, &good, "severity", json_integer(n->severity));
    put(object, &good, "severity_name", json_string(notice_severity(n->severity)));
    put(object, &good, "at", json_string(at));
    put(object, &good, "at_ms", json_integer(n->at_ms));
    put(object, &good, "detected_at_ms", json_integer(n->detected_at_ms));
    put(object, &good, "utc_offset_s", json_integer(n->utc_offset_s));
    put(object, &good, "attempt", json_integer(attempt));
    char *text = good ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return text;
}
