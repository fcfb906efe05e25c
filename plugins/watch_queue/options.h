/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_OPTIONS_H
#define HM_WATCH_QUEUE_OPTIONS_H

#include <hashimori/plugin.h>

/** options - what the configuration may say of a queue, and the rules that stand without it. */

extern const struct hm_option queue_options[];
extern const struct hm_rule queue_rules[];

/** hm_plugin.validate. */
void queue_validate(const struct hm_host *host);

#endif
