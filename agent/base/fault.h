/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_FAULT_H
#define HM_BASE_FAULT_H

/**
 * fault - the error rule.
 *
 *    0     done
 *    < 0   fault (-errno): nobody near can mend it; handed up unchanged, never matched on
 *    > 0   an outcome that the function documents; its direct caller handles it
 *
 * A fault is logged once, where it starts: `return fault(-errno);`. Passing on is silent.
 */

/** Logs @negative_errno with the place it started at and returns it unchanged. */
#define fault(negative_errno) fault_at(negative_errno, __FILE__, __LINE__, __func__)

int fault_at(int negative_errno, const char *file, int line, const char *function);

/** strerror(3) of a fault, "done" for 0. */
const char *fault_text(int negative_errno);

#endif
