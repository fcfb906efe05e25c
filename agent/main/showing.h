/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_SHOWING_H
#define HM_MAIN_SHOWING_H

#include "base/clock.h"
#include "model/model.h"
#include "settings/settings.h"

/**
 * showing - which rows of the board must be made anew, and how far that has come. No rows here.
 *
 * Whoever changes what a row shows marks it; a pass over the board (pipeline_board_step) takes the
 * marks and makes those rows, a part at a time. A mark that comes while a pass runs is of the next
 * pass, unless its turn has not come yet.
 */
struct showing {
    bool is_all;                      /* marked: everything */
    uint64_t *incidents;              /* marked, by id, in no order, some twice */
    size_t incident_count;            /* SHOWING_INCIDENTS_MAX: too many, look at all */
    bool *services, *watches, *links; /* marked, by place in the tree */
    size_t *link_watches;             /* place of each linkage's watch; watch_count: it has none */
    size_t service_count, watch_count, link_count;

    int stage;         /* of the pass that runs; 0: none */
    size_t at;         /* place within the stage */
    bool is_whole;     /* the pass makes everything */
    uint64_t *passing; /* ids of incidents that the pass looks at */
    size_t passing_count;
    int32_t day;                           /* failures are counted by it */
    mono_ms figures_at;                    /* when all services were looked at last */
    uint64_t notice_low;                   /* the oldest notice shown; 0: none */
    size_t severities[SEVERITY_BLIND + 1]; /* incidents shown, by severity */
};

enum { SHOWING_INCIDENTS_MAX = 8192 };

void showing_deinit(struct showing *s);
/** Another tree (or the first one): all is marked, a pass that runs begins anew. */
void showing_settings(struct showing *s, const struct settings *settings);

void showing_incident(struct showing *s, uint64_t id);
/** @service: NULL or unknown is of no service. */
void showing_service(struct showing *s, const struct settings *settings, const char *service);
void showing_all_services(struct showing *s);
/** @link: of @settings, or it is ignored. */
void showing_link(
    struct showing *s, const struct settings *settings, const struct linkage_settings *link);
/** A figure of @subject that linkages show. */
void showing_figure(struct showing *s, const struct settings *settings, const char *subject);

/** Takes the marks of incidents for a pass. False: all incidents must be looked at. */
bool showing_take_incidents(struct showing *s);
/** One more for the pass. */
void showing_pass_incident(struct showing *s, uint64_t id);
/** Marks the linkages of watches that are marked; all of them if @day is another than before. */
void showing_spread(struct showing *s, int32_t day);

#endif
