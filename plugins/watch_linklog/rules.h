/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_RULES_H
#define LINKLOG_RULES_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match.h"

/**
 * rules - what to look for in records: the patterns of the configuration.
 *
 * Each pattern has a kind, which is the metric of the event it makes. A record makes at most one
 * event of a kind, by the first pattern of that kind that matches. A record that an `ignore`
 * pattern matches makes none.
 */

enum { RULES_MAX = 1024, KINDS_MAX = 16 };

struct rule {
    struct pattern *pattern;
    const char *kind;     /* the host's */
    unsigned kind_number; /* same number, same kind; below KINDS_MAX */
    int64_t
        limit_told_ms; /* when a match that hit its limits was last told, boot clock; 0: never */
};

struct rules {
    struct rule *all;
    size_t count;
    struct pattern **ignore;
    size_t ignore_count;
    struct pattern *head; /* NULL: each line is a record */
};

/** The options that rules_load reads, for the plugin's table: HM_GROUPS of "patterns". */
extern const struct hm_option rules_pattern_options[];

/** Reads the options "patterns", "ignore" and "head"; complains of each that is wrong. 0 or
 * -EINVAL; rules_deinit is due in both cases. */
int rules_load(const struct hm_host *host, struct rules *ret_rules);
void rules_deinit(struct rules *r);

/** Whether a record makes no event by an `ignore` pattern. */
bool rules_ignore(const struct rules *r, const char *text, size_t length);

/**
 * The rules that make an event of this record, in their order, at most one of a kind: their
 * numbers in @hits. Rules whose match hit its limits go to @limit (may be NULL). @marks: only rules
 * marked there can match; NULL: all may.
 * Returns how many hits.
 */
size_t rules_match(const struct rules *r, const char *text, size_t length,
    const unsigned char *marks, size_t hits[static KINDS_MAX],
    void (*limit)(void *arg, size_t rule), void *arg);

#endif
