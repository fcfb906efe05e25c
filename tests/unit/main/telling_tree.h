/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TELLING_TREE_H
#define TELLING_TREE_H

#include <stdint.h>

/**
 * telling_tree - configurations for random sequences of events: the same subjects (engine, which
 * depends on base) and destinations; other routes, calendars and days of a contact.
 */

enum { TELLING_DESTINATIONS = 4 };

/** braked (four a minute), brief (gives up after an hour), desk, chief (a contact with days). */
extern const char *const telling_names[TELLING_DESTINATIONS];

/** The text of one, by @seed; 0: the plain one, which uses each kind of route once. The caller
 * frees. */
char *telling_tree(uint32_t seed);

#endif
