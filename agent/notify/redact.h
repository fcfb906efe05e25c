/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_REDACT_H
#define HM_NOTIFY_REDACT_H

#include "base/message.h"
#include "base/text.h"
#include "model/model.h"
#include "settings/settings.h"

/**
 * redact - what must not leave the host is hidden in all that does (settled 13): notices, the rows
 * of faces, reports, exports. The ledger keeps the whole text.
 *
 * Hidden are numbers of 12 digits (number.h: each digit becomes an asterisk of its width), what a
 * record quotes (quotation.h, unless it is plainly a name) and the patterns of agent.redact: all of
 * one becomes "***". It is done to what came from outside, before it is put into a sentence of ours
 * and before anything is cut: what our own sentences quote stays. All rules see the same text; it
 * is gone over until nothing is found any more, so that redacting twice changes nothing. A pattern
 * that runs into its limits, and a text that never comes to rest, hide the whole text.
 */

/** How we speak to the outside: passed down to whatever makes sentences. */
struct manner {
    enum language language;
    const struct redact_settings *redact; /* borrowed; NULL: all that needs no pattern is hidden */
};
/** Of @s, borrowed. */
struct manner manner_of(const struct settings *s);

/** Who said it. */
enum redact_source {
    REDACT_RECORD, /* a log, a guest, a receiver */
    REDACT_PERSON  /* an operator: what people quote they mean to say; numbers and patterns are
                      hidden all the same */
};

/** Who said the text of @incident. */
enum redact_source redact_source_of(const struct incident *incident);

/** Adds @text (may be NULL) as it may leave; what is not UTF-8 becomes U+FFFD. */
void redact_add(
    struct text *t, const struct redact_settings *r, enum redact_source source, const char *text);
/** The same as a text of its own; the caller frees. */
char *redact_text(const struct redact_settings *r, enum redact_source source, const char *text);
/**
 * The fields @value (NULL: none; several are parted by slashes) that were taken out of @record (may
 * be NULL): redacted, and hidden where the record's own text hides them. A name in quotation marks,
 * or a number behind what a pattern looks for, is no longer seen to be one by itself. The caller
 * frees.
 */
char *redact_fields(const struct redact_settings *r, const char *record, const char *value);
/** The value of @incident: what was measured against a limit as it is, else fields of its text. The
 * caller frees. */
char *redact_value(const struct redact_settings *r, const struct incident *incident);

#endif
