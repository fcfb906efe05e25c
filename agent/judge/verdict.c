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

void verdict_set(struct judge *j, struct metric *m, enum verdict v, struct moment from,
    struct moment now, const char *text)
{
    enum verdict before = m->state.verdict;
    struct subject *s = m->instance->subject;
    if (before == v)
        return;

    m->state.verdict = v;
    m->state.since = now;
    tally_move(&m->instance->tally, m, before, v, from);
    tally_move(&s->tally, m, before, v, from);
    verdict_refresh(j, s, now, text);
    for (size_t i = 0; i < s->service_count; i++)
        service_consider(j, s->services[i], m, now);
}

void verdict_first_seen(struct subject *s, struct moment at)
{
    struct instance *n, *next;

    s->is_seen = true;
    tally_seen(&s->tally, at);
    HASH_ITER (by_name, s->instances, n, next) {
        tally_seen(&n->tally, at);
    }
}
