/* SPDX-License-Identifier: BSD-2-Clause */
#include "step.h"

#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* When the prefilter lets this many records through in vain, more than one in so many bytes, its
 * strings are chosen anew by what the log holds; a few times, because some patterns have no better.
 */
enum { IN_VAIN_MAX = 64, IN_VAIN_SPAN = 4096, SAMPLES_MAX = 8, SAMPLE_BYTES = 128 * 1024 };
/* After so many events of so many records the next one is taken for a candidate unseen. */
enum { HITS_IN_A_ROW = 16 };
_Static_assert((int)TAIL_BLOCK_SLACK >= (int)SCAN_SLACK && (int)RECORD_SLACK >= (int)SCAN_SLACK,
    "blocks and records are scanned");

size_t step_decode(
    struct linklog *l, const struct line *line, size_t *ret_used, enum charset_way *ret_way)
{
    size_t length = charset_decode(l->charset, line->bytes, line->length, line->cut > 0, l->decoded,
        l->lines.max + 1, ret_used, ret_way);
    while (length > 0 && l->decoded[length - 1] == '\r')
        l->decoded[--length] = '\0';
    return length;
}

/* Chooses the strings of the prefilter anew, by what stands in the block: what seems rare by its
 * letters may be in every line of this log. */
static void sample_block(struct linklog *l)
{
    const struct block *b = l->block;
    size_t used, length = b->length < SAMPLE_BYTES / 4 ? b->length : SAMPLE_BYTES / 4;
    char *text = malloc(SAMPLE_BYTES);
    if (text == NULL)
        return;
    struct sample sample = {.raw = b->bytes, .raw_length = b->length, .text = text};
    sample.text_length =
        charset_decode(l->charset, b->bytes, length, true, text, SAMPLE_BYTES, &used, NULL);
    struct prefilter *better = NULL;
    if (prefilter_new(&l->rules, charset_name(l->charset), &sample, &better) == 0) {
        prefilter_free(l->prefilter);
        l->prefilter = better;
    }
    free(text);
    l->scanned = l->in_vain = 0;
    l->samples++;
}

void step_prepare(struct linklog *l)
{
    if (l->prefilter == NULL)
        prefilter_new(&l->rules, charset_name(l->charset), &(struct sample){0}, &l->prefilter);
}

/* Whether the strings are worth choosing anew: the first time there is much to read, and when they
 * let too much through. */
static bool wants_sample(const struct linklog *l)
{
    if (l->samples == 0 && l->block->length == TAIL_BLOCK_BYTES)
        return true;
    return l->in_vain >= IN_VAIN_MAX && l->samples < SAMPLES_MAX &&
           l->in_vain * IN_VAIN_SPAN > l->scanned;
}

static bool is_head(struct linklog *l, const char *bytes, size_t length)
{
    size_t used, kept = length < l->lines.max ? length : l->lines.max;
    struct line line = {.bytes = bytes, .length = kept, .cut = length - kept};
    size_t n = step_decode(l, &line, &used, NULL);
    return pattern_match(l->rules.head, l->decoded, n) == 1;
}

/* Where the last line of whole lines @bytes[0..length) that begins a record begins; NULL: none. */
static const char *last_head(struct linklog *l, const char *bytes, size_t length)
{
    const size_t unit = l->lines.unit;
    for (size_t end = length; end > 0;) {
        const char *newline = charset_last_newline(bytes, end - unit, unit);
        size_t begin = newline != NULL ? (size_t)(newline - bytes) + unit : 0;
        if (is_head(l, bytes + begin, end - unit - begin))
            return bytes + begin;
        end = begin;
    }
    return NULL;
}

/* The record before which all can be stepped over: that of the candidate at @over, or the last one
 * if there is no candidate, because it goes on in the next block. */
static const char *record_of(struct linklog *l, const char *from, size_t length, size_t over)
{
    const size_t unit = l->lines.unit;
    size_t end = length;
    if (over < length)
        end = (size_t)(charset_newline(from + over, length - over, unit) - from) + unit;
    return last_head(l, from, end);
}

static void move_to(struct linklog *l, struct tail *t, int64_t offset)
{
    l->scanned += (uint64_t)(offset - t->next);
    l->moved |= offset > t->at;
    t->at = t->next = offset;
}

/* Looks for the next candidate, if the last one was passed; @ret_is_new: there is one more. */
static void find_candidate(
    struct linklog *l, struct tail *t, const char *from, size_t length, bool *ret_is_new)
{
    *ret_is_new = t->next >= t->clear_until;
    if (!*ret_is_new)
        return;
    t->clear_from = t->next;
    t->clear_until = t->next + (int64_t)prefilter_skip(l->prefilter, from, length);
}

static void step_over_records(struct linklog *l, struct tail *t, const char *from, size_t length)
{
    bool is_new;
    find_candidate(l, t, from, length, &is_new);
    if (is_new) {
        const char *head = record_of(l, from, length, (size_t)(t->clear_until - t->next));
        t->head_at = head != NULL ? t->next + (head - from) : -1;
    }
    if (t->head_at < t->next || (t->record.lines > 0 && t->may_match))
        return;
    record_clear(&t->record);
    move_to(l, t, t->head_at);
    t->head_at = -1;
}

bool step_may_match(const struct tail *t, const struct line *line)
{
    return line->begin < t->clear_from || line->end > t->clear_until;
}

void step_over(struct linklog *l, struct tail *t)
{
    const char *from = NULL;
    bool takes_all = l->hits_in_a_row >= HITS_IN_A_ROW && l->samples > 0 && l->rules.head == NULL;
    if (t->done > 0 || l->block->has_nul || takes_all)
        return;
    size_t length = tail_run(t, l->block, &l->lines, &from);
    if (length == 0)
        return;
    if (wants_sample(l))
        sample_block(l);
    step_prepare(l);
    if (l->prefilter == NULL || !prefilter_searches(l->prefilter))
        return;
    bool is_new;
    if (!prefilter_skips(l->prefilter))
        find_candidate(l, t, from, length, &is_new);
    else if (l->rules.head != NULL)
        step_over_records(l, t, from, length);
    else
        move_to(l, t, t->next + (int64_t)prefilter_skip(l->prefilter, from, length));
}
