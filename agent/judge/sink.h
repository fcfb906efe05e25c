/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_SINK_H
#define HM_JUDGE_SINK_H

#include "model/model.h"

/** A first report is owed and part of its time has passed (judge/countdown.h). */
struct report_due {
    uint64_t incident;
    const struct incident *open; /* as it is; NULL: it is closed, whoever records it changes it */
    uint32_t reminders;          /* REMINDER_* that are told with this one */
    span_ms elapsed, limit;
};

/** sink - where the judge says what it decided (judge.h). Members may be NULL. */
struct judge_sink {
    void *ctx;
    /* @state changed and must be saved. */
    void (*metric)(void *ctx, const struct metric_state *state);
    /* The subject's verdict (worst of its triples) changed. */
    void (*subject)(void *ctx, const char *subject, enum verdict verdict, enum verdict before,
        struct moment now, const char *text);
    /* @incident is new or changed; save it. @told: what of it must be told, or 0. */
    void (*incident)(
        void *ctx, const struct incident *incident, enum notice_kind told, struct moment now);
    /* @state changed and must be saved. @day: the business day in it that has another phase or
     * other records now; NULL: none. */
    void (*linkage)(void *ctx, const struct linkage_state *state, const struct linkage_day *day,
        struct moment now);
    /* From @point->from on the service was so, whatever was said of that time before; save it. */
    void (*service)(void *ctx, const struct service_point *point, struct moment now);
    /* What it counts as now, its `hold` included, is @shown and was @before. */
    void (*shown)(
        void *ctx, const struct service_point *shown, enum service_state before, struct moment now);
    /* Somebody should look at @subject now, before its interval is over. */
    void (*look)(void *ctx, const char *subject);
    /* Save the incident with these reminders and one transition more, and tell it. */
    void (*report_due)(void *ctx, const struct report_due *due, struct moment now);
    /* What was saved of @of is to be forgotten. */
    void (*metric_gone)(void *ctx, const struct triple *of);
};

#endif
