/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LINKAGE_PLAN_H
#define HM_JUDGE_LINKAGE_PLAN_H

#include "calendar/calendar.h"
#include "model/model.h"
#include "settings/settings.h"

/**
 * linkage_plan - the business days on which a linkage is expected, and when.
 *
 * The calendar is asked about the business day D alone: "25:30" of an open Friday is Saturday
 * 01:30, and nothing is due on Sunday or Monday 01:30. Pure.
 */

/** The first business day after @after on which @k is expected; LINKAGE_NO_DAY: none in ten years
 * (daily and open days: in 400 days), or it is irregular. */
int32_t linkage_plan_next(
    const struct linkage_settings *k, const struct calendar *c, int32_t after);

/** The deadline of business day @day, without grace; CLOCK_NEVER for LINKAGE_NO_DAY. */
wall_ms linkage_plan_due(const struct linkage_settings *k, const struct calendar *c, int32_t day);

#endif
