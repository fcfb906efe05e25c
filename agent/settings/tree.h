/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_TREE_H
#define HM_SETTINGS_TREE_H

#include <jansson.h>

#include "settings/settings.h"

/**
 * tree - the settings as people are shown them (`hashimori config show`): defaults filled in, spans
 * in seconds where the name ends in _s, conditions and expressions as they are written, secrets as
 * "***".
 */

/** New reference. */
json_t *tree_json(const struct settings *s);

/** One rule with all its members (docs/control.md, `subject.show`). New reference. */
json_t *tree_rule(const struct rule *rule);

/** One linkage with all its options (docs/control.md, `linkage.show`). New reference. */
json_t *tree_linkage(const struct linkage_settings *linkage);

#endif
