/* SPDX-License-Identifier: BSD-2-Clause */
/* The group redact of the section agent. */
#include <stdlib.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/load.h"
#include "settings/regex.h"
#include "settings/value.h"

enum { PATTERNS_MAX = 32 /* each is tried on each text that leaves */ };

static void refuse_pattern(
    struct load *l, struct place place, const char *pattern, const struct text *why)
{
    struct text shown = {0};
    complaint_show(&shown, pattern);
    complain_value(l->complaints, place, "patterns", text_get(&shown),
        MESSAGE_SETTINGS_TAKES_PATTERN, text_get(why));
    text_deinit(&shown);
}

static void take_pattern(
    struct load *l, struct redact_settings *r, const char *pattern, struct place place)
{
    struct text why = {0};
    if (regex_new(pattern, &why, &r->compiled[r->pattern_count]) == 0)
        r->patterns[r->pattern_count++] = alloc_text(pattern);
    else
        refuse_pattern(l, place, pattern, &why);
    text_deinit(&why);
}

void load_redact(struct load *l, const struct value *v)
{
    struct redact_settings *r = &l->tree->agent.redact;
    if (v == NULL)
        return;
    const struct value_set *set = &v->groups[0];
    const struct value *patterns = value_find(set, "patterns");
    size_t count = patterns != NULL ? patterns->count : 0;
    r->numbers_shown = !value_flag(set, "numbers");
    r->quotations_shown = !value_flag(set, "quoted");
    if (count > PATTERNS_MAX) {
        complain_value(
            l->complaints, patterns->place, "patterns", "( .. )", MESSAGE_SETTINGS_TAKES_PATTERNS);
        return;
    }
    r->patterns = alloc_array(count, sizeof *r->patterns);
    r->compiled = alloc_array(count, sizeof *r->compiled);
    for (size_t i = 0; i < count; i++)
        take_pattern(l, r, patterns->list[i], patterns->place);
}
