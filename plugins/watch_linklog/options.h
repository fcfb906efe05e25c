/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_OPTIONS_H
#define LINKLOG_OPTIONS_H

#include <hashimori/plugin.h>
#include <stdbool.h>

/**
 * options - what can be configured of a log, as data, and what the tables cannot express.
 */

extern const struct hm_option linklog_options[];
extern const struct hm_rule linklog_rules[];

/** Complains of what is wrong beside the patterns; then sets @failed. */
void options_check(const struct hm_host *host, bool *failed);

/** Whether the log is what a command prints. */
bool options_source_is_command(const struct hm_host *host);

#endif
