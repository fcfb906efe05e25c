/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/service_said.h"

#include <stdlib.h>
#include <string.h>

#include "judge/service_find.h"

/* Pieces in order of time; the first may begin earlier than what it is about. */
struct pieces {
    struct service_piece *list;
    size_t count, room;
};

static bool is_good(enum service_state state)
{
    return state == SERVICE_UP || state == SERVICE_DEGRADED;
}

static bool is_down(const struct service_piece *p)
{
    return p->state == SERVICE_DOWN && !p->is_inferred;
}

static struct moment later(struct moment a, struct moment b)
{
    return a.boot >= b.boot ? a : b;
}

static void add(struct pieces *p, struct service_piece piece)
{
    if (p->count == p->room) {
        p->room = p->room == 0 ? 8 : p->room * 2;
        p->list = alloc_resize(p->list, p->room, sizeof *p->list);
    }
    p->list[p->count++] = piece;
}

/* The piece of @list that holds @boot; @count if all begin later. */
static size_t piece_at(const struct service_piece *list, size_t count, mono_ms boot)
{
    size_t i = count;
    while (i > 0 && list[i - 1].from.boot > boot)
        i--;
    return i == 0 ? count : i - 1;
}

/* ---- what is known ---- */

/* Seconds after a reboot in which nobody could look yet were down, until something good is seen
 * (R10). */
static struct service_piece piece_of(
    struct service *sv, const struct service_finding *f, struct moment at)
{
    struct service_piece p = {.from = at, .state = f->state};
    if (is_good(f->state) && sv->inferred_to == CLOCK_NEVER)
        sv->inferred_to = at.boot;
    if (f->state == SERVICE_UNMONITORED && at.boot < sv->inferred_to) {
        p.state = SERVICE_DOWN;
        p.is_inferred = true;
    }
    return p;
}

static bool is_same(const struct service_piece *a, const struct service_piece *b)
{
    return a->state == b->state && a->is_inferred == b->is_inferred;
}

/* outage_start = "last_good": an outage after good time begins with the last good observation of
 * what brought it down. */
static void begin_earlier(struct pieces *p, const struct service_finding *f)
{
    struct service_piece outage = p->list[p->count - 1];
    struct moment good = f->edge != NULL ? f->edge->last_good : (struct moment){0, 0};

    if (!is_down(&outage) || good.wall == 0 || f->edge->from.boot != outage.from.boot)
        return;
    p->count--;
    while (p->count > 0 && is_good(p->list[p->count - 1].state) && outage.from.boot > good.boot) {
        outage.from = later(good, p->list[p->count - 1].from);
        if (outage.from.boot == p->list[p->count - 1].from.boot)
            p->count--;
    }
    add(p, outage);
}

static struct moment earlier(struct moment a, struct moment b)
{
    return a.boot <= b.boot ? a : b;
}

/* Outages that began earlier than what brought them down may be about the time before @from. */
static struct moment last_good_before(
    const struct judge *j, const struct service *sv, struct moment from)
{
    struct service_finding f = service_find(j, sv, from.boot);
    size_t said = piece_at(sv->pieces, sv->piece_count, from.boot);
    if (f.edge != NULL && f.edge->last_good.wall != 0)
        from = earlier(from, f.edge->last_good);
    return said < sv->piece_count ? earlier(from, sv->pieces[said].from) : from;
}

/* All that it was from @from to @now. Time that a trail has forgotten is left out. */
static struct pieces find_pieces(
    const struct judge *j, struct service *sv, struct moment from, struct moment now)
{
    struct pieces p = {0};
    for (;;) {
        struct service_finding f = service_find(j, sv, from.boot);
        struct service_piece piece = piece_of(sv, &f, from);
        if (!f.is_forgotten && (p.count == 0 || !is_same(&p.list[p.count - 1], &piece))) {
            add(&p, piece);
            if (sv->settings->sla.outage_from_last_good)
                begin_earlier(&p, &f);
        }
        if (f.next == NULL || f.next->from.boot > now.boot)
            return p;
        from = f.next->from;
    }
}

/* ---- where it differs from what was said ---- */

/* Not known to be anything while a reboot makes it down is what was said anyway. */
static bool differs(const struct service *sv, const struct service_piece *known, mono_ms at)
{
    size_t i = piece_at(sv->pieces, sv->piece_count, at);
    if (i == sv->piece_count)
        return true;
    if (known->is_inferred)
        return sv->pieces[i].state != SERVICE_DOWN;
    return !is_same(known, &sv->pieces[i]);
}

/* The first moment at which @known says other than was said. False: there is none. */
static bool find_difference(
    const struct service *sv, const struct pieces *known, struct moment *ret_at)
{
    size_t said = 0;
    for (size_t i = 0; i < known->count; i++) {
        const struct service_piece *k = &known->list[i];
        mono_ms to = i + 1 < known->count ? known->list[i + 1].from.boot : CLOCK_NEVER;
        *ret_at = k->from;
        if (differs(sv, k, k->from.boot))
            return true;
        for (; said < sv->piece_count && sv->pieces[said].from.boot < to; said++) {
            *ret_at = sv->pieces[said].from;
            if (ret_at->boot > k->from.boot && differs(sv, k, ret_at->boot))
                return true;
        }
    }
    return false;
}

/* ---- saying it ---- */

static uint64_t incident_of(const struct metric *cause)
{
    if (cause == NULL)
        return 0;
    return cause->incident != NULL ? cause->incident->incident.id : cause->last_event_incident;
}

static struct service_point point_of(
    struct service *sv, const struct service_piece *piece, const struct metric *cause)
{
    return (struct service_point){
        .service = sv->name,
        .state = piece->state,
        .from = piece->from,
        .detected = piece->detected,
        .incident = piece->incident,
        .reason = cause != NULL ? cause->state.of.subject : NULL,
    };
}

static void keep(struct service *sv, struct service_piece piece)
{
    if (sv->piece_count == SERVICE_PIECES) {
        sv->piece_count--;
        memmove(sv->pieces, sv->pieces + 1, sv->piece_count * sizeof *sv->pieces);
    }
    struct pieces p = {sv->pieces, sv->piece_count, sv->piece_room};
    add(&p, piece);
    sv->pieces = p.list;
    sv->piece_count = p.count;
    sv->piece_room = p.room;
}

static void say(struct judge *j, struct service *sv, struct service_piece piece,
    const struct metric *cause, struct moment now)
{
    struct service_point point = point_of(sv, &piece, cause);
    keep(sv, piece);
    if (j->sink.service != NULL)
        j->sink.service(j->sink.ctx, &point, now);
}

/* What was said from the difference on, and until when each piece of it lasted. */
struct retold {
    struct judge *judge;
    struct service *service;
    const struct metric *cause;
    struct moment now;
    struct pieces before;
    bool *is_left;       /* of each: an outage of which something is left */
    bool begins_in_down; /* the first of them followed on being down */
};

static mono_ms end_of(const struct pieces *p, size_t i)
{
    return i + 1 < p->count ? p->list[i + 1].from.boot : CLOCK_NEVER;
}

/* Whether @i went on with the outage before it: it was parted only to have an incident. */
static bool goes_on(const struct pieces *p, size_t i)
{
    return i > 0 && is_down(&p->list[i - 1]) && is_down(&p->list[i]);
}

/* Whether the outage @i has time in common with @piece, which lasts until @to. */
static bool overlaps(
    const struct pieces *p, size_t i, const struct service_piece *piece, mono_ms to)
{
    return is_down(&p->list[i]) && p->list[i].from.boot < to && end_of(p, i) > piece->from.boot;
}

/* An outage: with the detection and the incidents that what was said of it had. */
static void say_outage(struct retold *r, struct service_piece outage, mono_ms to)
{
    struct service *sv = r->service;
    const struct service_piece *last =
        sv->piece_count > 0 ? &sv->pieces[sv->piece_count - 1] : NULL;
    bool is_known = last != NULL && is_down(last);
    bool is_said = false;

    outage.detected = is_known ? last->detected : r->now;
    outage.incident = is_known ? last->incident : incident_of(r->cause);
    for (size_t i = 0; i < r->before.count; i++) {
        struct service_piece old = r->before.list[i];
        if (!overlaps(&r->before, i, &outage, to))
            continue;
        r->is_left[i] = true;
        if (is_said && goes_on(&r->before, i))
            say(r->judge, sv, old, r->cause, r->now);
        if (is_said)
            continue;
        if (!is_known) {
            outage.detected = later(old.detected, outage.from);
            outage.incident = old.incident;
        }
        say(r->judge, sv, outage, r->cause, r->now);
        is_said = true;
    }
    if (!is_said)
        say(r->judge, sv, outage, r->cause, r->now);
}

/* Whether @i followed on being down because of a reboot: it was no outage of its own. */
static bool begins_in_down(const struct retold *r, size_t i)
{
    return i == 0 ? r->begins_in_down : r->before.list[i - 1].state == SERVICE_DOWN;
}

/* An outage that was detected and is dissolved by what was credited back. */
static void take_back(struct retold *r, size_t first, size_t end)
{
    struct service_piece outage = r->before.list[first];
    for (size_t i = first; i < end; i++) {
        if (r->is_left[i])
            return;
        if (outage.incident == 0)
            outage.incident = r->before.list[i].incident;
    }
    struct service_point point = point_of(r->service, &outage, r->cause);
    point.taken_back = r->now;
    if (r->judge->sink.service != NULL)
        r->judge->sink.service(r->judge->sink.ctx, &point, r->now);
}

static void take_back_what_is_gone(struct retold *r)
{
    size_t end;
    for (size_t i = 0; i < r->before.count; i = end) {
        end = i + 1;
        while (end < r->before.count && goes_on(&r->before, end))
            end++;
        if (is_down(&r->before.list[i]) && !begins_in_down(r, i))
            take_back(r, i, end);
    }
}

/* Takes what was said from @at on out of what is kept; what lasted over @at still does until it. */
static void cut_at(struct retold *r, mono_ms at)
{
    struct service *sv = r->service;
    size_t first = piece_at(sv->pieces, sv->piece_count, at);
    if (first == sv->piece_count)
        first = 0;
    r->begins_in_down = first > 0 && sv->pieces[first - 1].state == SERVICE_DOWN;
    for (size_t i = first; i < sv->piece_count; i++)
        add(&r->before, sv->pieces[i]);
    r->is_left = alloc_array(r->before.count, sizeof *r->is_left);
    if (first < sv->piece_count && sv->pieces[first].from.boot < at) {
        r->is_left[0] = true;
        first++;
    }
    sv->piece_count = first;
}

/* What goes on as it was before is one piece with that. */
static void join(struct service *sv, struct service_piece *piece)
{
    struct service_piece *last = sv->piece_count > 0 ? &sv->pieces[sv->piece_count - 1] : NULL;
    if (last == NULL || !is_same(last, piece))
        return;
    piece->from = last->from;
    if (piece->is_inferred)
        piece->detected = last->detected;
    sv->piece_count--;
}

static void say_again(struct retold *r, const struct pieces *known, struct moment at)
{
    cut_at(r, at.boot);
    for (size_t i = 0; i < known->count; i++) {
        struct service_piece piece = known->list[i];
        if (end_of(known, i) <= at.boot)
            continue;
        if (piece.from.boot < at.boot)
            piece.from = at;
        piece.detected = r->now;
        if (is_down(&piece)) {
            say_outage(r, piece, end_of(known, i));
            continue;
        }
        for (size_t k = 0; piece.is_inferred && k < r->before.count; k++)
            r->is_left[k] |= overlaps(&r->before, k, &piece, end_of(known, i));
        join(r->service, &piece);
        say(r->judge, r->service, piece, r->cause, r->now);
    }
    take_back_what_is_gone(r);
    free(r->before.list);
    free(r->is_left);
}

/* ---- what it is shown to be ---- */

/* The begin of the good time that @end is the last piece of. */
static size_t good_from(const struct service *sv, size_t end)
{
    while (end > 0 && is_good(sv->pieces[end - 1].state))
        end--;
    return end;
}

/* The outage that @last is part of: good time within it did not last for `hold`. */
static struct service_piece outage_until(const struct service *sv, size_t last)
{
    struct service_piece outage = sv->pieces[last];
    while (last > 0) {
        size_t good = good_from(sv, last);
        bool held = good < last && good > 0 && sv->pieces[good - 1].state == SERVICE_DOWN &&
                    sv->pieces[last].from.boot - sv->pieces[good].from.boot < sv->settings->hold;
        if (!held && sv->pieces[last - 1].state != SERVICE_DOWN)
            break;
        last = held ? good - 1 : last - 1;
        uint64_t incident = sv->pieces[last].incident;
        bool is_inferred = outage.is_inferred;
        outage = (struct service_piece){.from = sv->pieces[last].from,
            .detected = sv->pieces[last].detected,
            .state = SERVICE_DOWN,
            .incident = incident != 0 ? incident : outage.incident,
            .is_inferred = is_inferred};
    }
    return outage;
}

/* *ret_due: when it will be shown otherwise if nothing happens. */
static struct service_shown find_shown(
    const struct service *sv, struct moment now, mono_ms *ret_due)
{
    size_t last = sv->piece_count - 1;
    *ret_due = CLOCK_NEVER;
    if (sv->pieces[last].state == SERVICE_DOWN)
        return (struct service_shown){outage_until(sv, last), false};
    size_t good = is_good(sv->pieces[last].state) ? good_from(sv, last + 1) : 0;
    mono_ms due = sv->pieces[good].from.boot + sv->settings->hold;
    if (good == 0 || sv->pieces[good - 1].state != SERVICE_DOWN || due <= now.boot)
        return (struct service_shown){sv->pieces[last], false};
    *ret_due = due;
    return (struct service_shown){outage_until(sv, good - 1), true};
}

static void tell(struct judge *j, struct service *sv, const struct metric *cause,
    struct moment from, struct moment now)
{
    struct service_point point = point_of(sv, &sv->shown.piece, cause);
    point.from = from;
    if (point.state != SERVICE_DOWN)
        point.detected = now;
    sv->changed_at_work = sv->is_working;
    if (j->sink.shown == NULL)
        return;
    enum service_state before = sv->told != 0 ? sv->told : SERVICE_UNMONITORED;
    sv->told = point.state;
    j->sink.shown(j->sink.ctx, &point, before, now);
}

/* Looks at what it is shown to be again. */
static void show(struct judge *j, struct service *sv, const struct metric *cause, struct moment now)
{
    mono_ms due;
    struct service_piece before = sv->shown.piece;
    sv->shown = find_shown(sv, now, &due);
    due_set(&j->dues, &sv->hold, due);
    const struct service_piece *is = &sv->shown.piece;
    if (!is_same(is, &before) || is->from.boot != before.from.boot ||
        is->incident != before.incident)
        tell(j, sv, cause, is->from, now);
}

static void service_on_hold_over(struct judge *j, void *owner, struct moment now)
{
    show(j, owner, NULL, now);
}

/* ---- from outside ---- */

void service_said_init(struct service *sv)
{
    sv->inferred_to = INT64_MIN;
    sv->hold.owner = sv;
    sv->hold.fn = service_on_hold_over;
}

void service_said_restore(struct service *sv, const struct service_point *last, bool is_inferred)
{
    struct service_piece piece = {
        .from = last->from,
        .detected = last->detected,
        .state = last->state,
        .incident = last->incident,
        .is_inferred = is_inferred && last->state == SERVICE_DOWN,
    };
    sv->piece_count = 0;
    keep(sv, piece);
    sv->shown = (struct service_shown){piece, false};
    if (piece.is_inferred)
        sv->inferred_to = CLOCK_NEVER;
}

void service_said_look(struct judge *j, struct service *sv, const struct metric *cause,
    struct moment from, struct moment now)
{
    struct moment at;
    if (sv->settings->sla.outage_from_last_good)
        from = last_good_before(j, sv, from);
    from = later(from, sv->epoch);
    // What was the first good look after a reboot may be none any more.
    if (from.boot <= sv->inferred_to)
        sv->inferred_to = CLOCK_NEVER;
    struct pieces known = find_pieces(j, sv, from, now);
    if (find_difference(sv, &known, &at)) {
        struct retold r = {.judge = j, .service = sv, .cause = cause, .now = now};
        say_again(&r, &known, at);
    }
    free(known.list);
    if (sv->piece_count > 0)
        show(j, sv, cause, now);
}

void service_said_release(
    struct judge *j, struct service *sv, const struct metric *cause, struct moment edge)
{
    struct service_piece *last = sv->piece_count > 0 ? &sv->pieces[sv->piece_count - 1] : NULL;
    if (last == NULL || !is_down(last) || last->incident != 0)
        return;
    struct service_piece outage = *last;
    outage.from = outage.detected = edge;
    outage.incident = incident_of(cause);
    say(j, sv, outage, cause, edge);
    mono_ms due;
    sv->shown = find_shown(sv, edge, &due);
    tell(j, sv, cause, edge, edge);
}

void service_said_tell(struct judge *j, struct service *sv, struct moment now)
{
    if (sv->piece_count > 0)
        tell(j, sv, NULL, now, now);
}

void service_said_drop(struct judge *j, struct service *sv)
{
    due_cancel(&j->dues, &sv->hold);
    free(sv->pieces);
}
