/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_ANNOUNCED_H
#define LINKLOG_ANNOUNCED_H

#include <hashimori/plugin.h>

/**
 * announced - files whose size a record announces, beside those that are found.
 *
 * A record announces a file if its pattern has the captures "name" (of which what stands behind the
 * last '/' counts) and "bytes" (digits, and commas between them). The file is looked for in the
 * folders of "announced_in", at once and then less and less often; it may be longer or shorter
 * until "announced_wait" is over, because it may still be written or be an older one.
 *
 * What is waited for is kept, so that it is looked for over a restart. Who announces a name again
 * replaces what was said of it. No link is followed, and no name leads out of the folders.
 *
 * The folders are an instance of their own: where a dead mount lets a look at them hang, they go
 * blind and the log is read on.
 */

#define ANNOUNCED_INSTANCE "announced"

struct linklog;
struct rule;
struct rules;
struct record;
struct announced;

/** Complains of options that do not fit, beside the patterns @rules: @failed. */
void announced_check(const struct hm_host *host, const struct rules *rules, bool *failed);

/** *ret_announced stays NULL if the options name no folder. 0 or -ENOMEM. */
int announced_new(struct linklog *l, struct announced **ret_announced);
struct announced *announced_free(struct announced *a);

/** Takes in what the record @r announces, which @rule has just matched. It is kept before the
 * record's event is handed over. @a may be NULL. */
void announced_take(struct announced *a, const struct rule *rule, const struct record *r);

/** How many files are waited for, or why that cannot be said. Looks into the folders, so nothing
 * else may be touched in the same call after it. @a may be NULL. */
void announced_say(struct announced *a);

#endif
