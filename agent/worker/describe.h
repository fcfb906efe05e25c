/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_DESCRIBE_H
#define HM_WORKER_DESCRIBE_H

#include <hashimori/plugin.h>
#include <jansson.h>

/** describe - a plugin's tables as JSON, in the form that settings/guest.h reads. */

/** New reference. What is NULL, false or 0 is left out, except where the reader wants it. */
json_t *describe_plugin(const struct hm_plugin *plugin);

#endif
