/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_DAEMON_LEDGER_H
#define HM_MAIN_DAEMON_LEDGER_H

#include "base/message.h"
#include "record/record.h"
#include "settings/settings.h"

/**
 * daemon_ledger - the folders and the ledger of a starting daemon. What goes wrong is said on
 * standard error in @language.
 */

/** Makes @path (mode @mode) unless it is there; it must be a folder that we may write. 0 or a
 * fault. */
int daemon_folder(const char *path, mode_t mode, enum language language);

/**
 * Opens state_dir/ledger.db. A damaged one is set aside (ledger.db.damaged-TIME) and a new one is
 * begun, with a new epoch. 0; > 0 when it was refused (said); a fault.
 */
int daemon_open_ledger(
    const struct agent_settings *agent, enum language language, struct record **ret_record);

/**
 * Becomes the user of the configuration, if we are root and it names one, and gives up all
 * capabilities in effect (capabilities(7)): what systemd's AmbientCapabilities gave is kept for
 * the workers of watches with `read_all` only. 0 or a fault (said).
 */
int daemon_become_user(const struct agent_settings *agent, enum language language);

#endif
