/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct hm_option rules_pattern_options[] = {
    {.name = "pattern",
        .required = true,
        .help = "regular expression (PCRE2) over a record; named captures become fields",
        .help_ja = "レコードに対する正規表現(PCRE2)。名前付きキャプチャはフィールドになります"},
    {.name = "kind",
        .preset = "failure",
        .help = "metric of the event: failure, warning, start, end, recovery or a name of your own",
        .help_ja =
            "イベントのメトリック名: failure, warning, start, end, recovery または独自の名前"},
    {0},
};

static bool kind_valid(const char *kind)
{
    size_t n = strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return n > 0 && n <= 64 && kind[n] == '\0';
}

static struct pattern *compile(
    const struct hm_host *host, const char *option, const char *text, bool *failed)
{
    char why[256] = "is not a regular expression";
    struct pattern *p = NULL;
    int r = text != NULL ? pattern_new(text, why, sizeof why, &p) : -EINVAL;
    if (r < 0) {
        *failed = true;
        host->complain(host, option, "pattern \"%.200s\": %s", text != NULL ? text : "", why);
    }
    return p;
}

/* Number of @kind among the rules before @upto, or the next free one. */
static unsigned kind_number(const struct rules *r, size_t upto, const char *kind)
{
    unsigned next = 0;
    for (size_t i = 0; i < upto; i++) {
        if (strcmp(r->all[i].kind, kind) == 0)
            return r->all[i].kind_number;
        if (r->all[i].kind_number >= next)
            next = r->all[i].kind_number + 1;
    }
    return next;
}

static void load_rule(const struct hm_host *host, struct rules *r, size_t i, bool *failed)
{
    const struct hm_host *group = host->group(host, "patterns", i);
    struct rule *rule = &r->all[i];
    const char *kind = group->text(group, "kind");

    rule->pattern = compile(host, "patterns", group->text(group, "pattern"), failed);
    rule->kind = kind != NULL && kind_valid(kind) ? kind : "failure";
    if (kind == NULL || rule->kind != kind) {
        *failed = true;
        host->complain(host, "patterns",
            "kind \"%.80s\": 1 to 64 of small letters, digits and _ are accepted",
            kind != NULL ? kind : "");
    }
    rule->kind_number = kind_number(r, i, rule->kind);
    if (rule->kind_number >= KINDS_MAX) {
        rule->kind_number = 0;
        *failed = true;
        host->complain(host, "patterns", "more than %d kinds", KINDS_MAX);
    }
}

int rules_load(const struct hm_host *host, struct rules *ret_rules)
{
    struct rules *r = ret_rules;
    bool failed = false;
    size_t count = host->count(host, "patterns"), ignore = host->count(host, "ignore");
    *r = (struct rules){0};

    if (count == 0 || count > RULES_MAX || ignore > RULES_MAX) {
        host->complain(host, "patterns", "1 to %d patterns are accepted", RULES_MAX);
        return -EINVAL;
    }
    r->all = calloc(count, sizeof *r->all);
    r->ignore = calloc(ignore + 1, sizeof(struct pattern *));
    if (r->all == NULL || r->ignore == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++, r->count++)
        load_rule(host, r, i, &failed);
    for (size_t i = 0; i < ignore; i++, r->ignore_count++)
        r->ignore[i] = compile(host, "ignore", host->item(host, "ignore", i), &failed);
    const char *head = host->text(host, "head");
    if (head != NULL)
        r->head = compile(host, "head", head, &failed);
    return failed ? -EINVAL : 0;
}

void rules_deinit(struct rules *r)
{
    pattern_free(r->head);
    for (size_t i = 0; i < r->ignore_count; i++)
        pattern_free(r->ignore[i]);
    for (size_t i = 0; i < r->count; i++)
        pattern_free(r->all[i].pattern);
    free(r->ignore);
    free(r->all);
    *r = (struct rules){0};
}

bool rules_ignore(const struct rules *r, const char *text, size_t length)
{
    for (size_t i = 0; i < r->ignore_count; i++)
        if (pattern_match(r->ignore[i], text, length) == 1)
            return true;
    return false;
}

/* The next rule from @i on that can match; r->count: there is none. */
static size_t next_marked(const struct rules *r, const unsigned char *marks, size_t i)
{
    if (marks == NULL || i >= r->count)
        return i;
    const unsigned char *marked = memchr(marks + i, 1, r->count - i);
    return marked != NULL ? (size_t)(marked - marks) : r->count;
}

size_t rules_match(const struct rules *r, const char *text, size_t length,
    const unsigned char *marks, size_t hits[static KINDS_MAX],
    void (*limit)(void *arg, size_t rule), void *arg)
{
    unsigned kinds = 0;
    size_t count = 0;

    for (size_t i = 0; (i = next_marked(r, marks, i)) < r->count; i++) {
        unsigned kind = 1u << r->all[i].kind_number;
        if (kinds & kind)
            continue;
        int m = pattern_match(r->all[i].pattern, text, length);
        if (m == MATCH_E_LIMIT && limit != NULL)
            limit(arg, i);
        if (m != 1)
            continue;
        kinds |= kind;
        hits[count++] = i;
    }
    return count;
}
