/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_MAIL_REPLIES_H
#define HM_CHANNEL_MAIL_REPLIES_H

#include <hashimori/plugin.h>
#include <stddef.h>
#include <stdint.h>

/**
 * replies - what an SMTP server said to each step of one mail, and what that means for each
 * recipient (RFC 5321, 4.2): 2yz after the final dot is its yes, 4yz is "later", 5yz to the sender,
 * a recipient or the text is "never". Anything else, and no reply at all, is "later": a mail whose
 * last reply was lost is sent again (RFC 1047). What is said before MAIL (greeting, log-in) is
 * about the connection, never about this mail.
 */

enum { REPLIES_RECIPIENTS_MAX = 64, REPLIES_TEXT_BYTES = 160 };

enum replies_step { STEP_CONNECT, STEP_MAIL, STEP_RECIPIENT, STEP_DATA, STEP_END, STEP_QUIT };

/** {0} is the beginning; `wanted` is to be set. */
struct replies {
    uint64_t wanted; /* recipients of this attempt, by bit */
    enum replies_step step;
    size_t asked; /* recipient of STEP_RECIPIENT */
    int mail, data, end;
    int recipient[REPLIES_RECIPIENTS_MAX]; /* codes; 0: none */
    char text[REPLIES_TEXT_BYTES];         /* the last reply, as it may be shown */
};

/** A command line went out, @length bytes. */
void replies_command(struct replies *r, const char *line, size_t length);
/** A reply line came in. */
void replies_line(struct replies *r, const char *line, size_t length);
/** What became of recipient @i: accepted, refused or later. */
enum hm_result replies_result(const struct replies *r, size_t i);
/** The code that decided it; 0: none came. */
int replies_code(const struct replies *r, size_t i);

#endif
