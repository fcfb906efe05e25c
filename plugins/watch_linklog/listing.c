/* SPDX-License-Identifier: BSD-2-Clause */
#include "listing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "announced.h"
#include "linklog.h"
#include "seen.h"

enum { ARGUMENTS_MAX = 64, KEYS_MAX = 16, OUTPUT_BYTES_MAX = 1024 * 1024 };

struct listing {
    struct linklog *l;
    struct seen *seen;
    struct record record;
    const char *argv[ARGUMENTS_MAX + 1]; /* the host's */
    int64_t limit_ms;
    bool reports_first; /* the first listing is told too */
    bool runs;
    const char *keys[KEYS_MAX]; /* names of captures; the host's */
    size_t key_count;
};

static bool has_capture(const struct rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->count; i++)
        for (size_t n = 0; n < pattern_captures(rules->all[i].pattern); n++)
            if (strcmp(pattern_capture_name(rules->all[i].pattern, n), name) == 0)
                return true;
    return false;
}

static int read_options(struct listing *s)
{
    const struct hm_host *host = s->l->host;
    size_t count = host->count(host, "command");

    for (size_t i = 0; i < count && i < ARGUMENTS_MAX; i++)
        s->argv[i] = host->item(host, "command", i);
    s->limit_ms = host->integer(host, "timeout");
    s->reports_first = strcmp(host->text(host, "start"), "begin") == 0;
    s->key_count = host->count(host, "record_key");
    for (size_t i = 0; i < s->key_count && i < KEYS_MAX; i++) {
        s->keys[i] = host->item(host, "record_key", i);
        if (has_capture(&s->l->rules, s->keys[i]))
            continue;
        host->complain(host, "record_key", "no pattern has a capture \"%.64s\"", s->keys[i]);
        return -EINVAL;
    }
    if (count > ARGUMENTS_MAX || s->key_count > KEYS_MAX) {
        host->complain(host, count > ARGUMENTS_MAX ? "command" : "record_key",
            "at most %d are accepted", count > ARGUMENTS_MAX ? ARGUMENTS_MAX : KEYS_MAX);
        return -EINVAL;
    }
    return 0;
}

int listing_new(struct linklog *l, struct listing **ret_listing)
{
    struct listing *s = calloc(1, sizeof *s);
    if (s == NULL)
        return -ENOMEM;
    s->l = l;
    int r = read_options(s);
    if (r == 0)
        r = record_init(&s->record, l->lines.max);
    if (r == 0)
        r = seen_new(l->host, &s->seen);
    if (r < 0) {
        listing_free(s);
        return r;
    }
    *ret_listing = s;
    return 0;
}

struct listing *listing_free(struct listing *s)
{
    if (s == NULL)
        return NULL;
    seen_free(s->seen);
    record_deinit(&s->record);
    free(s);
    return NULL;
}

/* ---- records ------------------------------------------------------------------------------ */

/* What tells the event of @rule from others: its kind, and the named captures or the whole text. */
static uint64_t identity(const struct listing *s, const struct rule *rule)
{
    const struct record *r = &s->record;
    uint64_t hash = seen_hash(0, rule->kind, strlen(rule->kind) + 1);
    if (s->key_count == 0)
        return seen_hash(hash, r->text, r->length);
    for (size_t k = 0; k < s->key_count; k++)
        for (size_t i = 0; i < pattern_captures(rule->pattern); i++) {
            size_t begin, length;
            if (strcmp(pattern_capture_name(rule->pattern, i), s->keys[k]) == 0 &&
                pattern_capture(rule->pattern, i, &begin, &length)) {
                hash = seen_hash(hash, r->text + begin, length);
                hash = seen_hash(hash, "", 1);
            }
        }
    return hash;
}

/* False: the listing has more than can be remembered. */
static bool take_record(struct listing *s, bool is_told)
{
    struct linklog *l = s->l;
    const struct record *r = &s->record;
    size_t hits[KINDS_MAX];

    if (rules_ignore(&l->rules, r->text, r->length))
        return true;
    size_t count = rules_match(&l->rules, r->text, r->length, NULL, hits, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &l->rules.all[hits[i]];
        uint64_t hash = identity(s, rule);
        if (seen_has(s->seen, hash))
            continue;
        if (!seen_add(s->seen, hash))
            return false;
        if (is_told)
            announced_take(l->announced, rule, r);
        if (is_told)
            say_event(l, rule, r,
                &(struct place){
                    .file = s->argv[0], .offset = -1, .near_ms = l->host->wall_ms(l->host)});
    }
    return true;
}

/* The number of lines; -1: there are more than can be remembered. */
static long take_lines(struct listing *s, const char *output, size_t length)
{
    struct linklog *l = s->l;
    bool is_told = seen_any(s->seen) || s->reports_first;
    long lines = 0;

    seen_begin(s->seen);
    for (const char *p = output, *end = output + length; p < end; lines++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((stop != NULL ? stop : end) - p), used;
        size_t kept = n < l->lines.max ? n : l->lines.max;
        enum charset_way way;
        size_t decoded = charset_decode(
            l->charset, p, kept, kept < n, l->decoded, l->lines.max + 1, &used, &way);
        while (decoded > 0 && l->decoded[decoded - 1] == '\r')
            l->decoded[--decoded] = '\0';
        if (way != CHARSET_AS_SAID)
            say_encoding(l, s->argv[0], p - output, way);
        record_clear(&s->record);
        record_add(&s->record, l->decoded, decoded, n - used, p - output, p - output + (long)n);
        if (!take_record(s, is_told))
            return -1;
        p += n + 1;
    }
    seen_end(s->seen);
    return lines;
}

/* ---- the command -------------------------------------------------------------------------- */

static void listing_on_end(void *arg, int status, const char *output, size_t length)
{
    struct listing *s = arg;
    s->runs = false;
    if (status == -1)
        say_listing_blind(s->l, s->argv[0], LISTING_SLOW, 0);
    else if (WIFSIGNALED(status))
        say_listing_blind(s->l, s->argv[0], LISTING_SIGNAL, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        say_listing_blind(s->l, s->argv[0], LISTING_CODE, WEXITSTATUS(status));
    else if (length >= OUTPUT_BYTES_MAX)
        say_listing_blind(s->l, s->argv[0], LISTING_LONG, OUTPUT_BYTES_MAX);
    else {
        long lines = take_lines(s, output, length);
        if (lines < 0)
            say_listing_blind(s->l, s->argv[0], LISTING_MANY, SEEN_MAX);
        else
            say_listed(s->l, lines);
    }
}

void listing_look(struct listing *s)
{
    const struct hm_host *host = s->l->host;
    if (s->runs)
        return;
    int r = host->run(host, s->argv, NULL, s->limit_ms, OUTPUT_BYTES_MAX, listing_on_end, s);
    s->runs = r == 0;
    if (r < 0)
        say_listing_blind(s->l, s->argv[0], LISTING_START, -r);
}
