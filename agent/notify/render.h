/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_RENDER_H
#define HM_NOTIFY_RENDER_H

#include "base/message.h"
#include "model/model.h"
#include "notify/digest.h"

/**
 * render - the sentence of a notice, in the site's language, from observed facts only.
 *
 * One line, UTF-8, no control characters. What came from a log is put in as it is (escaped), after
 * redaction of 12-digit numbers (settled 13).
 */

/** Sets notice->text from @incident. */
void render_incident(
    struct notice *notice, const struct incident *incident, enum language language);
/** Sets notice->text: @elapsed of the @limit for the first report of @incident has passed. */
void render_report_due(struct notice *notice, const struct incident *incident, span_ms elapsed,
    span_ms limit, enum language language);
/** Sets notice->text for what a route owes in @step (record/tell.h) about @incident at @now. */
void render_follow(struct notice *notice, const struct incident *incident, uint32_t step,
    struct moment now, enum language language);
/** Sets notice->text and value for the brake of notice->of.instance: by the notice's kind that it
 * holds (more than @limit a minute), what it counted (@digest), or that it is released. */
void render_digest(
    struct notice *notice, const struct digest *digest, uint32_t limit, enum language language);
/** Sets notice->text for a service's change. */
void render_service(struct notice *notice, const struct service_point *point,
    enum service_state before, enum language language);
/** Sets notice->text for what is left (negative: missed) of the budget of @period, in seconds. */
void render_budget(struct notice *notice, const char *period, int64_t left_s, int64_t budget_s,
    enum language language);
/** @head: of the ledger's chain. */
void render_heartbeat(struct notice *notice, const char *head, enum language language);
void render_test(struct notice *notice, const char *who, enum language language);
/** Puts before notice->text that it could not be recorded. */
void render_unrecorded(struct notice *notice, enum language language);
/**
 * Hides individual numbers (マイナンバー) in place: each digit of a run of exactly 12, or of three
 * or more groups of four that a blank or a hyphen parts, becomes an asterisk; digits of full width
 * and blanks and hyphens of other forms count too (redact.c). NULL is left alone.
 */
void render_redact(char *text);

#endif
