/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_ASK_H
#define HM_SETTINGS_ASK_H

#include "base/clock.h"
#include "base/text.h"

/**
 * ask - runs a program for its answer, with limits. Private to this folder.
 *
 * No shell; its own process group, an environment of PATH and LANG only, no fd but 0, 1 and 2.
 * Blocks until it has exited, or until @limit_ms are over and its group was killed. One that
 * cannot even be killed is left behind.
 */

enum { ASK_E_LATE = 1, ASK_E_MUCH = 2, ASK_E_FAILED = 3 };

struct ask_answer {
    struct text out;
    struct text err; /* its first 4 KiB */
};

/**
 * @argv: NULL-terminated, argv[0] the path. @input: its standard input, NULL: /dev/null.
 *
 * 0: exited with 0; ASK_E_LATE: time is over; ASK_E_MUCH: more than @output_max bytes;
 * ASK_E_FAILED: exited otherwise; a fault. The caller deinits *@ret_answer in all cases.
 */
int ask(const char *const *argv, const char *input, span_ms limit_ms, size_t output_max,
    struct ask_answer *ret_answer);
void ask_answer_deinit(struct ask_answer *a);

#endif
