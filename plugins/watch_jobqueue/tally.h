/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_JOBQUEUE_TALLY_H
#define HM_WATCH_JOBQUEUE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** tally - what one look found: of each state how many jobs, and since when the oldest waits. */

enum { TALLY_MAX = 64, TALLY_NAME_BYTES = 100 };

struct tally_state {
    char name[TALLY_NAME_BYTES]; /* "": the query tells no states */
    double depth;
    bool has_age;
    double age_s; /* of the oldest; not below 0 */
};

/** A plain value; {0} is empty. */
struct tally {
    struct tally_state list[TALLY_MAX];
    size_t count;
};

/** The state @name, made if it is new; what a person must not see in it is replaced, what is too
 * long cut. NULL: there are TALLY_MAX. */
struct tally_state *tally_state(struct tally *t, const char *name);

/** Adds @depth jobs to @s; @age_s (NULL: not known) counts if it is the greatest. */
void tally_add(struct tally_state *s, double depth, const double *age_s);

/** The state called @name, or NULL. */
const struct tally_state *tally_find(const struct tally *t, const char *name);

/** The number that all of @text is; false: it is none, or not finite. NULL is none. */
bool tally_number(const char *text, double *ret_number);

#endif
