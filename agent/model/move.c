/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/move.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static bool has_come(struct moment m)
{
    return m.wall != 0 || m.boot != 0;
}

static bool has_words(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum incident_stage incident_stage(const struct incident *i)
{
    if (has_come(i->cleared_at))
        return STAGE_CLOSED;
    if ((i->flags & INCIDENT_CITY) != 0 && !has_come(i->detected_at))
        return STAGE_CALLED;
    return (i->flags & INCIDENT_BLIND) != 0 || has_words(i->threshold) ? STAGE_OBSERVED
                                                                       : STAGE_EVENT;
}

const char *incident_stage_name(enum incident_stage stage)
{
    static const char *const names[] = {[STAGE_CALLED] = "called",
        [STAGE_OBSERVED] = "observed",
        [STAGE_EVENT] = "event",
        [STAGE_CLOSED] = "closed"};
    return names[stage];
}

static const uint8_t moves[][MOVE_COUNT] = {
    [STAGE_CALLED] = {[MOVE_CALL] = MOVE_E_CALLED},
    [STAGE_OBSERVED] = {[MOVE_CLOSE] = MOVE_E_OBSERVED, [MOVE_DETECT] = MOVE_E_TWICE},
    [STAGE_EVENT] = {[MOVE_DETECT] = MOVE_E_TWICE},
    [STAGE_CLOSED] = {[MOVE_ACKNOWLEDGE] = MOVE_E_CLOSED,
        [MOVE_CLOSE] = MOVE_E_CLOSED,
        [MOVE_CALL] = MOVE_E_CLOSED,
        [MOVE_DETECT] = MOVE_E_CLOSED},
};

static bool is_done(const struct incident *i, enum move move)
{
    switch (move) {
    case MOVE_ACKNOWLEDGE:
        return has_come(i->acknowledged_at);
    case MOVE_REPORT:
        return has_come(i->reported_at);
    case MOVE_FALSE:
        return (i->flags & INCIDENT_FALSE) != 0;
    case MOVE_CALL:
        return has_come(i->called_at);
    default:
        return false;
    }
}

int move_check(const struct incident *i, enum move move)
{
    int refused = moves[incident_stage(i)][move];
    if (refused != 0)
        return refused;
    return is_done(i, move) ? MOVE_E_TWICE : 0;
}

static void replace(char **text, const char *with)
{
    char *copy = alloc_text(with);
    free(*text);
    *text = copy;
}

static void call(struct incident *i, const struct incident_change *c)
{
    i->called_at = c->at;
    replace(&i->called_text, c->text);
    if (has_come(i->detected_at) && i->called_at.wall < i->detected_at.wall)
        i->flags |= INCIDENT_LATE_DETECTION;
}

static void change(struct incident *i, const struct incident_change *c)
{
    switch (c->move) {
    case MOVE_ACKNOWLEDGE:
        i->acknowledged_at = c->now;
        replace(&i->acknowledged_by, c->who);
        break;
    case MOVE_REPORT:
        i->reported_at = c->at;
        break;
    case MOVE_EDIT:
        for (size_t f = 0; f < c->written_count; f++)
            incident_write(i, c->written[f].name, c->written[f].value);
        break;
    case MOVE_FALSE:
        i->flags |= INCIDENT_FALSE;
        replace(&i->false_reason, c->text);
        replace(&i->false_approved_by, c->who);
        break;
    case MOVE_CLOSE:
        i->recovered_at = c->at;
        i->cleared_at = c->now;
        replace(&i->closed_reason, c->text);
        replace(&i->closed_by, c->who);
        break;
    case MOVE_CALL:
        call(i, c);
        break;
    case MOVE_NOTE:
    case MOVE_DETECT:
    case MOVE_COUNT:
        break;
    }
}

int incident_change(struct incident *i, const struct incident_change *c)
{
    int refused = move_check(i, c->move);
    if (refused == 0)
        change(i, c);
    return refused;
}

struct moment incident_detection(const struct incident *i)
{
    return has_come(i->critical_at) ? i->critical_at : i->detected_at;
}

struct moment incident_start(const struct incident *i)
{
    struct moment detected = incident_detection(i);
    if (!has_come(i->called_at) || !has_come(detected))
        return has_come(i->called_at) ? i->called_at : detected;
    return i->called_at.wall < detected.wall ? i->called_at : detected;
}

/* ---- what people write --------------------------------------------------------------------- */

const char *const written_names[WRITTEN_COUNT + 1] = {"occurred", "content", "impact", "recover_by",
    "response", "prevention", "detection", "guess", "priority", "assignee", "resolve_by", "status",
    NULL};

static bool is_among(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (text_equal(*names, name))
            return true;
    return false;
}

bool written_is_name(const char *name)
{
    return is_among(written_names, name);
}

bool written_is_fact(const char *name)
{
    static const char *const facts[] = {"subject", "instance", "metric", "key", "service",
        "severity", "failed_at", "detected_at", "recovered_at", "cleared_at", "notified_at",
        "called_at", "called_text", "reported_at", "acknowledged_at", "acknowledged_by", "flags",
        "count", "value", "threshold", "text", "recurrence_of", "recurrence", NULL};
    return is_among(facts, name);
}
