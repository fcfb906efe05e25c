/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_INSTANCES_H
#define HM_SHARED_INSTANCES_H

#include <hashimori/plugin.h>
#include <stdbool.h>

/**
 * instances - which instances of a subject have readings, remembered over a restart of the agent.
 *
 * What goes while nobody looks must be said to be gone too, or it is missed for ever. Names hold
 * no control characters (they are parted by newlines).
 */

enum { INSTANCES_BYTES = 8000 /* of a kept value; what does not fit is not remembered */ };

struct instances {
    const struct hm_host *host;
    const char *key;
    char text[INSTANCES_BYTES]; /* "\nname\nname\n" */
};

/** Reads what was kept under @key; both are borrowed. */
void instances_open(struct instances *i, const struct hm_host *host, const char *key);
/** @name has readings from here on. */
void instances_add(struct instances *i, const char *name);
/** Reports @name as gone and forgets it. */
void instances_gone(struct instances *i, const char *name);
/** The same for each that @is_there does not hold for. */
void instances_keep_only(
    struct instances *i, bool (*is_there)(const void *arg, const char *name), const void *arg);

#endif
