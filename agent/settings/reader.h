/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_READER_H
#define HM_SETTINGS_READER_H

#include <libconfig.h>

#include "settings/option.h"
#include "settings/settings.h"

/**
 * reader - a group of the file and a table of options make a set of values.
 *
 * Types, ranges, units and words are checked here, by the table alone; what a value means for the
 * rest is its section's to say.
 */

enum { READER_LIST_MAX = 1000 }; /* entries of a list that an option takes */

struct reader {
    const char *file; /* the tree's */
    struct complaints *complaints;
    /* What a group does not say this one may say (profile.h); NULL: there is none. */
    struct reader *base;
    const config_setting_t *base_group;
};

struct place reader_place(const struct reader *r, const config_setting_t *setting);

/** Adds the value of each option of @table to @set: what @group gives, else the reader's base, else
 * the default. */
void reader_read(struct reader *r, const config_setting_t *group, const struct option *table,
    struct value_set *set);

/** Complains of each member of @group that none of @tables (NULL-terminated) has. */
void reader_unknown(
    struct reader *r, const config_setting_t *group, const struct option *const *tables);

/** What @setting gives, as complaints show it; the caller frees. */
char *reader_shown(const config_setting_t *setting);

/**
 * Turns a default, written as in a configuration, into a value of @option. False: it is not one
 * that the option accepts (a bug of the table's author).
 */
bool reader_preset(const struct option *option, struct value_set *set);

#endif
