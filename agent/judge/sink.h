/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_SINK_H
#define HM_JUDGE_SINK_H

#include "model/model.h"

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
    void (*service)(
        void *ctx, const struct service_point *point, enum service_state before, struct moment now);
};

#endif
