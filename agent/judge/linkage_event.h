/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LINKAGE_EVENT_H
#define HM_JUDGE_LINKAGE_EVENT_H

#include "model/model.h"
#include "settings/settings.h"

/** linkage_event - what an event says of a linkage, in the fields that its settings name. Pure. */

/** Value of field @name, "" if it has none or @name is NULL. */
const char *linkage_event_field(const struct reading *r, const char *name);

/** Number of records ("0000001284"); -1: it does not say. A file without a byte has none. */
int64_t linkage_event_records(const struct linkage_settings *s, const struct reading *r);

/** The first date in the date field, which may be a file's name: "20260415", "2026-04-15" or
 * "2026/04/15". False: there is none, or no such field. */
bool linkage_event_date(
    const struct linkage_settings *s, const struct reading *r, int32_t *ret_day);

/** Whether its result is one of the good ones; without a result it is. */
bool linkage_event_is_good(const struct linkage_settings *s, const struct reading *r);

#endif
