/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage_say.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/message.h"

enum { MINUTE_MS = 60 * 1000, NUMBER_BYTES = 32 };

const char *linkage_say_day(char ret[LINKAGE_DAY_BYTES], int32_t day)
{
    struct civil_date date = civil_date_of(day);
    snprintf(
        ret, LINKAGE_DAY_BYTES, "%04d-%02u-%02u", (int)(date.year % 10000), date.month, date.day);
    return ret;
}

/* What people call it: the name if it has one. */
static const char *shown(const struct linkage *k)
{
    return k->settings->name != NULL ? k->settings->name : k->settings->id;
}

/* "2026-04-18 01:30" */
static const char *local(const struct judge *j, char ret[TEXT_TIME_BYTES], wall_ms when)
{
    text_time(ret, when, zone_offset(j->zone, when), false);
    ret[10] = ' ';
    ret[16] = '\0';
    return ret;
}

static const char *number(char ret[NUMBER_BYTES], int64_t n)
{
    snprintf(ret, NUMBER_BYTES, "%" PRId64, n);
    return ret;
}

static enum language language_of(const struct judge *j)
{
    return j->settings->agent.language;
}

void linkage_say_missing(const struct judge *j, const struct linkage *k, struct text *t)
{
    char day[LINKAGE_DAY_BYTES], due[TEXT_TIME_BYTES], started[TEXT_TIME_BYTES];
    linkage_say_day(day, k->state.current.day);
    local(j, due, k->state.current.due);
    if (k->state.run_count == 0)
        message_add(t, language_of(j), MESSAGE_LINKAGE_MISSING, shown(k), day, due);
    else
        message_add(t, language_of(j), MESSAGE_LINKAGE_UNFINISHED, shown(k), day, due,
            local(j, started, k->state.runs[0].started.wall));
}

void linkage_say_arrived(
    const struct judge *j, const struct linkage *k, const struct linkage_day *d, struct text *t)
{
    char day[LINKAGE_DAY_BYTES], at[TEXT_TIME_BYTES], minutes[NUMBER_BYTES];
    linkage_say_day(day, d->day);
    local(j, at, d->arrived.wall);
    if (d->phase != LINKAGE_LATE) {
        message_add(t, language_of(j), MESSAGE_LINKAGE_WAS_THERE, shown(k), day, at);
        return;
    }
    // A delay of 30 seconds is one minute, not none.
    number(minutes, (d->arrived.wall - d->due + MINUTE_MS - 1) / MINUTE_MS);
    message_add(t, language_of(j), MESSAGE_LINKAGE_CAME_LATE, shown(k), minutes, day, at);
}

void linkage_say_records(const struct judge *j, const struct linkage *k, enum message id,
    int64_t records, int64_t limit, struct text *t)
{
    char have[NUMBER_BYTES], want[NUMBER_BYTES];
    message_add(t, language_of(j), id, shown(k), number(have, records), number(want, limit));
}

void linkage_say_too_long(
    const struct judge *j, const struct linkage *k, const struct linkage_run *r, struct text *t)
{
    char started[TEXT_TIME_BYTES], minutes[NUMBER_BYTES];
    message_add(t, language_of(j), MESSAGE_LINKAGE_TOO_LONG, shown(k),
        local(j, started, r->started.wall),
        number(minutes, (k->settings->max_runtime + MINUTE_MS - 1) / MINUTE_MS), r->run);
}

void linkage_say_not_followed(const struct judge *j, const struct linkage *k, struct text *t)
{
    char due[TEXT_TIME_BYTES];
    message_add(t, language_of(j), MESSAGE_LINKAGE_NOT_FOLLOWED, shown(k), k->state.chain_from,
        local(j, due, k->state.chain_due.wall));
}

void linkage_say_silent(const struct judge *j, const struct linkage *k, struct text *t)
{
    char minutes[NUMBER_BYTES];
    message_add(t, language_of(j), MESSAGE_LINKAGE_SILENT, shown(k),
        number(minutes, k->settings->heartbeat / MINUTE_MS));
}
