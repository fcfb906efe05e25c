/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_EXPRESSION_H
#define HM_SETTINGS_EXPRESSION_H

#include "base/message.h"
#include "settings/settings.h"

/**
 * expression - down_when and degraded_when: text to tree.
 *
 *     expression = name | "any(" list ")" | "all(" list ")" | "at_least(" count "," list ")"
 *                | "not(" expression ")"
 *     list       = expression { "," expression }
 *
 * A name is any run of bytes without blanks, commas and round brackets. Blanks may stand between
 * all parts. Pure.
 */

enum { EXPRESSION_DEPTH_MAX = 16, EXPRESSION_OPERANDS_MAX = 256, EXPRESSION_E_BAD = 1 };

struct expression_fault {
    unsigned position;    /* in characters, from 1 */
    enum message message; /* {0} is the position */
};

/** 0 and a tree that the caller frees; EXPRESSION_E_BAD and *ret_why. */
int expression_parse(
    const char *string, struct expression **ret_expression, struct expression_fault *ret_why);
struct expression *expression_free(struct expression *e);

/** Calls @fn with each name, in the order in which they stand. Takes NULL. */
void expression_each_name(
    const struct expression *e, void (*fn)(void *arg, const char *name), void *arg);
/** Whether @subject, or an instance of it ("disk/var" of "disk"), is named. Takes NULL. */
bool expression_names(const struct expression *e, const char *subject);
/** What stands behind "linkage." in @name; NULL: it is no linkage. */
const char *expression_linkage(const char *name);
/** The class in "class_a", which stands behind "linkage."; NULL: it is an id. */
const char *expression_linkage_class(const char *linkage);
/** As written in a configuration. */
void expression_add(struct text *t, const struct expression *e);

#endif
