/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_RULE_H
#define HM_SETTINGS_RULE_H

#include "settings/settings.h"

/** rule - copies and frees what a rule holds. The place stays borrowed. */

void rule_copy(struct rule *ret, const struct rule *from);
void rule_deinit(struct rule *r);

#endif
