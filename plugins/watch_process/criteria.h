/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_PROCESS_CRITERIA_H
#define HM_WATCH_PROCESS_CRITERIA_H

#include <hashimori/plugin.h>

#include "procfs.h"

/**
 * criteria - which processes a subject is about.
 *
 * All options that are set must hold: `name`, `command` (PCRE2), `user`, `unit`, `cgroup`. The
 * cheap ones are asked first; a file of /proc is read only if an option needs it.
 *
 * A name is the process's own name (comm) or the last part of its first argument. The kernel cuts
 * comm at 15 bytes, so a longer name must also be found whole in the first or second argument
 * (the second, because a script's first is its interpreter).
 */

struct criteria;

/** Whether a process is meant. What could not be looked at is neither yes nor no. */
enum criteria_match { CRITERIA_NO, CRITERIA_YES, CRITERIA_UNREADABLE, CRITERIA_LIMIT };

/**
 * Reads the options of @host. Complains there and returns -EINVAL if they make no sense; the
 * caller frees *ret_criteria with criteria_free.
 */
int criteria_new(const struct hm_host *host, struct criteria **ret_criteria);
struct criteria *criteria_free(struct criteria *c);

/**
 * Judges the process of @stat. CRITERIA_UNREADABLE: something that an option needs may not be
 * read; CRITERIA_LIMIT: the pattern reached its match limit on this command line.
 * A process that is gone is CRITERIA_NO.
 */
enum criteria_match criteria_match(
    const struct criteria *c, int proc_fd, const struct proc_stat *stat);

#endif
