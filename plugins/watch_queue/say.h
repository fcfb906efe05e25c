/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_SAY_H
#define HM_WATCH_QUEUE_SAY_H

#include "queue.h"

/** say - a stage as readings: its figures at each check, its error files and arrivals at once. */

/** All figures of the stage, or that it is blind. */
void say_stage(struct watched *w);

/** Findings (queue.h) of which there are more than were told. */
void say_findings(struct watched *w);

/** stage_sink.arrived, with a struct watched. */
void say_arrival(void *ctx, struct stage *s, const char *path, uint64_t size, uint32_t records);

/** The sum of the error files that were too many to be told one by one, if there are any. */
void say_unsaid(struct watched *w);

/** If what was told of an error folder is over: it is empty again. */
void say_if_cleared(struct watched *w);

/** To the log, when it changed: whether events keep the count or the folders are read. */
void say_polled(struct watched *w);

/** To the log, at most once a minute: events were lost. */
void say_overflow(struct queue *q);

#endif
