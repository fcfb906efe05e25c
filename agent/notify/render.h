/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_RENDER_H
#define HM_NOTIFY_RENDER_H

#include "model/model.h"
#include "notify/digest.h"
#include "notify/redact.h"

/**
 * render - the sentence of a notice, in the site's language, from observed facts only.
 *
 * One line, UTF-8, no control characters. What came from a log, a guest or a person is put in
 * redacted (redact.h) and escaped; our own sentences around it stay as they are.
 */

/** Sets notice->text from @incident. */
void render_incident(
    struct notice *notice, const struct incident *incident, const struct manner *manner);
/** Sets notice->text: @elapsed of the @limit for the first report of @incident has passed. */
void render_report_due(struct notice *notice, const struct incident *incident, span_ms elapsed,
    span_ms limit, const struct manner *manner);
/** Sets notice->text for what a route owes in @step (record/tell.h) about @incident at @now. */
void render_follow(struct notice *notice, const struct incident *incident, uint32_t step,
    struct moment now, const struct manner *manner);
/** Sets notice->text and value for the brake of notice->of.instance: by the notice's kind that it
 * holds (more than @limit a minute), what it counted (@digest), or that it is released. */
void render_digest(struct notice *notice, const struct digest *digest, uint32_t limit,
    const struct manner *manner);
/** Sets notice->text for a service's change. */
void render_service(struct notice *notice, const struct service_point *point,
    enum service_state before, const struct manner *manner);
/** Sets notice->text for what is left (negative: missed) of the budget of @period, in seconds. */
void render_budget(struct notice *notice, const char *period, int64_t left_s, int64_t budget_s,
    const struct manner *manner);
/** @head: of the ledger's chain. */
void render_heartbeat(struct notice *notice, const char *head, const struct manner *manner);
void render_test(struct notice *notice, const char *who, const struct manner *manner);
/** Puts before notice->text that it could not be recorded. */
void render_unrecorded(struct notice *notice, bool is_read_only, const struct manner *manner);
/** Sets notice->text: @count more, @critical of them critical, could not be recorded and are not
 * told one by one. */
void render_unrecorded_more(
    struct notice *notice, uint64_t count, uint64_t critical, const struct manner *manner);

#endif
