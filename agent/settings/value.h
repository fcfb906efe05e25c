/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_VALUE_H
#define HM_SETTINGS_VALUE_H

#include "settings/settings.h"

/**
 * value - sets of named values, as the reader makes them from options.
 *
 * A set holds what was configured or has a default, and nothing else; place.file is NULL for
 * defaults. Sets are small: looking up is a linear search.
 */

/** Adds an empty value called @name; borrowed until the next one is added. */
struct value *value_add(struct value_set *set, const char *name, struct place place);
/** NULL: not set. */
struct value *value_find(const struct value_set *set, const char *name);
/** The text, now the caller's; NULL: not set. */
char *value_take_text(struct value_set *set, const char *name);
/** The list and its length, now the caller's; NULL and 0: not set. */
char **value_take_list(struct value_set *set, const char *name, size_t *ret_count);
int64_t value_integer(const struct value_set *set, const char *name); /* 0: not set */
bool value_flag(const struct value_set *set, const char *name);
/** Borrowed; NULL: not set. */
const char *value_text(const struct value_set *set, const char *name);

void value_deinit(struct value *v);
/** Secrets are wiped. Leaves {0}. */
void value_set_deinit(struct value_set *set);

#endif
