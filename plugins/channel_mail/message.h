/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_MAIL_MESSAGE_H
#define HM_CHANNEL_MAIL_MESSAGE_H

#include <hashimori/plugin.h>

#include "encode.h"

/**
 * message - a notice as a whole mail (RFC 5322), lines ending in CRLF, all of it ASCII.
 *
 * Message-ID is made of the notice's key: the same in every attempt, so that mailboxes show one.
 * References (and In-Reply-To of all but the first) names an identifier made of the incident's key:
 * all mails of an incident are one thread, whichever of them arrived, and those of an incident that
 * has the same number in another ledger are not in it. The body is what was observed, line by line;
 * what only a person can say (cause, range, outlook) stands apart below, blank.
 */

struct message_plan {
    const char *from;
    const char *const *to; /* addresses, already checked */
    size_t to_count;
    const char *domain; /* of the identifiers */
    const char *prefix; /* of the subject */
    enum encode_charset charset;
    bool is_japanese;
    int64_t now_ms; /* the Date */
};

/** The caller frees it. NULL: no memory. */
char *message_make(
    const struct message_plan *plan, const struct hm_notice *notice, size_t *ret_length);

#endif
