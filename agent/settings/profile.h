/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_PROFILE_H
#define HM_SETTINGS_PROFILE_H

#include "settings/load.h"

/**
 * profile - options of a watch that come from a file, by name: `profile = "scheduler-log"`.
 *
 * A profile is what the logs of one product look like: it says `plugin` and that plugin's options,
 * and may say `interval`, `deadline` and `rules`. What the watch says itself stands; nothing else
 * may be in a profile, so that who reads the watch knows what may come from elsewhere. It is looked
 * for in the folder `profiles` beside the configuration, then in agent.profile_dir.
 */

struct profile {
    struct source source;
    struct reader reader;          /* complaints name its file */
    const config_setting_t *group; /* NULL: the watch has none */
};

/** Reads what @group names. False: it names one that cannot be used, complaints say why. Always to
 * be released. */
bool profile_read(
    struct load *l, struct reader *r, const config_setting_t *group, struct profile *ret_profile);
void profile_deinit(struct profile *p);

/** Complains of what must not stand in @p beside the options of @plugin. */
void profile_check(struct load *l, struct profile *p, const struct option *plugin_options,
    const struct value *plugin);

#endif
