/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_SHOGAI_H
#define HM_NOTIFY_SHOGAI_H

#include <jansson.h>

#include "calendar/calendar.h"
#include "model/model.h"
#include "notify/redact.h"

/**
 * shogai - the draft of an incident report (障害報告書) in both languages.
 *
 * Each item has what was observed and recorded, and what people wrote; the two are never mixed, and
 * what nobody wrote is shown as a blank. A guess has an item of its own. What a log said and what
 * people wrote is in it redacted (redact.h): a report leaves the host. An interim report has no
 * item on prevention. Pure.
 */

/** A remark of a person. */
struct shogai_note {
    wall_ms at;
    const char *who, *text;
};

/** What a report is made of; all borrowed. */
struct shogai {
    const struct incident *incident;
    const struct shogai_note *notes;
    size_t note_count;
    const char *host;
    const struct zone *zone;
    const struct redact_settings *redact;
    wall_ms now;
    bool is_interim;
};

/** The report as lines of text. */
void shogai_text(const struct shogai *s, enum language language, struct text *ret);
/** {"form","interim","incident","items":[{"name","label","label_ja","facts","facts_ja","written"}]};
 * a new reference. "written" is redacted too. */
json_t *shogai_json(const struct shogai *s);

#endif
