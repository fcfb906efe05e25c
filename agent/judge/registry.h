/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_REGISTRY_H
#define HM_JUDGE_REGISTRY_H

#include "judge/state.h"

/** registry - makes, finds and drops subjects, instances and metrics. */

enum {
    METRICS_PER_SUBJECT_MAX = 20000, /* names are guests': what they can make grow has an end */
    OWN_SUBJECTS_MAX = 4096
};

struct subject *registry_subject(const struct judge *j, const char *name);
struct subject *registry_add_subject(
    struct judge *j, const char *name, const struct watch_settings *watch);
/** Frees it and all below without a word; incidents must be cleared before if they are told. */
void registry_drop_subject(struct judge *j, struct subject *s);

struct instance *registry_instance(const struct subject *s, const char *name);
/** Frees it and its metrics; the sink is told of each, so that they do not come back. */
void registry_drop_instance(struct judge *j, struct instance *n);
struct metric *registry_metric(const struct judge *j, const struct triple *of);
/** Finds or makes; NULL at METRICS_PER_SUBJECT_MAX. */
struct metric *registry_add_metric(
    struct judge *j, struct subject *s, const char *instance, const char *metric);
/** The rule that holds for @metric of @instance; NULL if none or switched off. */
const struct rule *registry_rule(
    const struct watch_settings *watch, const char *instance, const char *metric);

/** Calls @fn for every metric of @s. */
void registry_each_metric(struct judge *j, struct subject *s,
    void (*fn)(struct judge *j, struct metric *m, void *arg), void *arg);

/** Hands the state of @m to the sink, to be saved. */
void registry_save(struct judge *j, const struct metric *m);

#endif
