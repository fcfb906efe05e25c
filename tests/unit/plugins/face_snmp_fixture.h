/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_PLUGINS_FACE_SNMP_FIXTURE_H
#define TESTS_PLUGINS_FACE_SNMP_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "fake_host.h"

/**
 * What the tests of face_snmp share: a board with one row or more in every table, and questions
 * asked by the real command line tools while the face's loop turns.
 */

struct asked {
    bool done;
    char *output;
};

/** Puts the whole board: @subjects rows in the subject table, one or two in each other. */
void board_put_all(struct fake_host *f, uint32_t subjects);
/** Instances that a walk of the whole board shows. */
unsigned board_instances(uint32_t subjects);

/** Puts one subject without begin and commit. */
void board_put_subject(struct fake_host *f, uint32_t id, const char *name);

/**
 * Runs "@tool @arguments" (words for the shell) with HASHIMORI-MIB loaded, the loop turning.
 * What it printed, errors included; valid until the next call. @dir: a folder for its state.
 */
const char *ask(struct fake_host *f, const char *dir, const char *tool, const char *arguments);

/** Turns the loop until @condition or @limit_ms; returns the longest sleep of one turn beyond its
 * own waiting, in ms (peer_asleep_ms). */
int64_t longest_turn(
    struct fake_host *f, fake_condition_fn condition, const void *arg, int64_t limit_ms);

/** How often @part is in @text. */
unsigned times(const char *text, const char *part);

#endif
