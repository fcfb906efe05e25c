/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_FOREGROUND_H
#define HM_WORKER_FOREGROUND_H

#include "worker/loader.h"

/**
 * foreground - the modes of hashimori-worker without a daemon. Each returns the exit code.
 *
 * --describe and --validate as settings/guest.h says. --run reads the same line as --validate from
 * standard input (more members of an open line may be there: `kept`, `skip`; and `once`: true to
 * end after the first check), opens the plugin and writes each reading as one JSON line to
 * standard output, until SIGINT or SIGTERM. Exit 1 when the plugin refuses to open.
 */
int foreground_describe(const struct hm_plugin *plugin);
int foreground_validate(const struct hm_plugin *plugin);
int foreground_run(const struct hm_plugin *plugin);

#endif
