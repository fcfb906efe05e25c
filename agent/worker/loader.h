/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_LOADER_H
#define HM_WORKER_LOADER_H

#include <hashimori/plugin.h>
#include <sys/types.h>

#include "base/text.h"

/**
 * loader - a plugin's file, from its path to a checked `struct hm_plugin`.
 *
 * Whoever can write the file, or a folder above it, runs code as us. So the path is walked one
 * component at a time without following links, each must belong to root or @owner and be writable
 * by that owner only (a sticky folder of root's passes), and what is loaded is the very file that
 * was looked at (by its fd), whatever its name means by then.
 */

enum { LOADER_E_BAD = 1 };

struct loaded {
    struct hm_plugin plugin; /* a copy, members that an older plugin does not have are 0 */
    char sha256[65];         /* of the file's bytes, hex */
};

/**
 * Loads @path. 0 and *@ret; LOADER_E_BAD and the reason in @why. A plugin that was loaded stays
 * until the process ends: libraries that it pulled in may have left threads or handlers behind.
 */
int loader_load(const char *path, uid_t owner, struct loaded *ret, struct text *why);

/** Whether this worker can host @plugin, by its numbers and functions; else the reason in @why. */
bool loader_accepts(const struct hm_plugin *plugin, struct text *why);

/** "watch" "channel" "face". */
const char *loader_kind_name(enum hm_plugin_kind kind);

#endif
