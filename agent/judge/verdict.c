/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/verdict.h"

#include <stdlib.h>

#include "judge/service.h"
#include "judge/suppress.h"
#include "judge/tally.h"

void verdict_refresh(struct judge *j, struct subject *s, struct moment now, const char *text)
{
    enum verdict before = s->verdict;
    enum verdict v = tally_worst(&s->tally);
    if (v == VERDICT_UNKNOWN && s->is_seen)
        v = VERDICT_OK;
    if (v == before)
        return;

    char *copy = alloc_text(text);
    free(s->text);
    s->text = copy;
    s->verdict = v;
    s->since = now;
    if (j->sink.subject != NULL)
        j->sink.subject(j->sink.ctx, s->name, v, before, now, s->text);
    suppress_changed(j, s, now);
}

/* ---- how it came to be so ---- */

/* What several triples are together at a moment. */
struct blend {
    mono_ms at;
    struct trail_piece worst;
    struct moment next; /* when one of them changes; boot CLOCK_NEVER: none does */
};

static void blend_metric(struct blend *b, const struct metric *m)
{
    const struct trail_piece *piece = trail_edge(&m->trail, b->at);
    const struct trail_piece *next = trail_next(&m->trail, b->at);
    if (piece != NULL && piece->truth > b->worst.truth)
        b->worst = *piece;
    if (next != NULL && next->from.boot < b->next.boot)
        b->next = next->from;
}

static void blend_instance(struct blend *b, const struct instance *n)
{
    for (const struct metric *m = n->metrics; m != NULL; m = m->next)
        blend_metric(b, m);
}

/* @only NULL: all instances of @s. */
static struct blend blend_at(const struct subject *s, const struct instance *only, struct moment at)
{
    struct blend b = {.at = at.boot, .worst = {.truth = TRUTH_NO}, .next = {0, CLOCK_NEVER}};
    if (only != NULL) {
        blend_instance(&b, only);
    } else {
        for (const struct instance *n = s->instances; n != NULL; n = n->by_name.next)
            blend_instance(&b, n);
    }
    b.worst.from = at;
    return b;
}

/* The trail of the whole from @from on, of those of its triples. */
static void retrace(
    struct tally *t, const struct subject *s, const struct instance *only, struct moment from)
{
    while (from.boot != CLOCK_NEVER) {
        struct blend b = blend_at(s, only, from);
        trail_say(&t->trail, b.worst);
        from = b.next;
    }
}

/* One triple is @piece from its beginning on. Mostly nothing is known of later time: then the
 * whole is what its triples are now. */
static void carry(struct tally *t, const struct subject *s, const struct instance *only,
    const struct trail_piece *piece)
{
    struct trail_piece whole = *piece;
    if (piece->from.boot < t->newest) {
        retrace(t, s, only, piece->from);
        return;
    }
    t->newest = piece->from.boot;
    whole.truth = tally_truth(tally_worst(t));
    trail_say(&t->trail, whole);
}

void verdict_set(struct judge *j, struct metric *m, enum verdict v, struct moment from,
    struct moment now, const char *text)
{
    enum verdict before = m->state.verdict;
    struct subject *s = m->instance->subject;
    if (before == v)
        return;

    m->state.verdict = v;
    m->state.since = now;
    struct trail_piece piece = {.from = from, .truth = tally_truth(v), .last_good = m->last_good};
    trail_say(&m->trail, piece);
    tally_move(&m->instance->tally, before, v);
    tally_move(&s->tally, before, v);
    carry(&m->instance->tally, s, m->instance, &piece);
    carry(&s->tally, s, NULL, &piece);
    verdict_refresh(j, s, now, text);
    for (size_t i = 0; i < s->service_count; i++)
        service_consider(j, s->services[i], m, from, now);
}

/* Nothing is known of the time before @at. */
static void begin_tally(struct tally *t, struct moment at)
{
    trail_deinit(&t->trail);
    t->newest = at.boot;
    trail_say(&t->trail, (struct trail_piece){.from = at, .truth = tally_truth(tally_worst(t))});
}

void verdict_first_seen(struct judge *j, struct subject *s, struct moment at)
{
    s->is_seen = true;
    if (s->watch->interval == 0 || j->assume_good)
        return;
    begin_tally(&s->tally, at);
    for (struct instance *n = s->instances; n != NULL; n = n->by_name.next) {
        begin_tally(&n->tally, at);
        for (struct metric *m = n->metrics; m != NULL; m = m->next) {
            trail_deinit(&m->trail);
            trail_say(&m->trail,
                (struct trail_piece){.from = at, .truth = tally_truth(m->state.verdict)});
        }
    }
}
