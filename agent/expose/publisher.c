/* SPDX-License-Identifier: BSD-2-Clause */
#include "expose/publisher.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

enum { WAITING_MAX = 4 * 1024 * 1024 };

struct shown {
    char *face;
    struct shown *next;
    uint64_t version; /* of the board, that the face has */
    bool whole;       /* it has nothing that counts: send everything */
    bool behind;      /* left out because it does not read */
};

struct publisher {
    const struct board *board;
    struct publisher_sink sink;
    struct shown *faces;
};

/* One face's turn. */
struct turn {
    const struct publisher *publisher;
    const struct shown *shown;
    bool sent; /* every line so far was taken */
};

struct publisher *publisher_new(const struct board *board, const struct publisher_sink *sink)
{
    struct publisher *p = alloc(sizeof *p);

    *p = (struct publisher){.board = board, .sink = *sink};
    return p;
}

static struct shown **find(struct publisher *p, const char *face)
{
    struct shown **at = &p->faces;

    while (*at != NULL && strcmp((*at)->face, face) != 0)
        at = &(*at)->next;
    return at;
}

static void remove_at(struct shown **at)
{
    struct shown *gone = *at;

    *at = gone->next;
    free(gone->face);
    free(gone);
}

struct publisher *publisher_free(struct publisher *p)
{
    if (p == NULL)
        return NULL;
    while (p->faces != NULL)
        remove_at(&p->faces);
    free(p);
    return NULL;
}

void publisher_face(struct publisher *p, const char *face, bool serving)
{
    struct shown **at = find(p, face);

    if (*at != NULL)
        remove_at(at);
    if (!serving)
        return;
    at = find(p, face);
    *at = alloc(sizeof **at);
    **at = (struct shown){.face = alloc_text(face), .whole = true};
}

static json_t *line_of(const char *type)
{
    json_t *line = json_object();

    json_object_set_new(line, "type", json_string(type));
    return line;
}

static void send_line(struct turn *t, json_t *line)
{
    const struct publisher_sink *sink = &t->publisher->sink;

    if (t->sent)
        t->sent = sink->send(sink->ctx, t->shown->face, line);
    else
        json_decref(line);
}

static void send_row(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    json_t *line = line_of(cells == NULL ? "drop" : "row");

    json_object_set_new(line, "table", json_string(table));
    json_object_set_new(line, "row", json_integer(id));
    if (cells != NULL)
        json_object_set_new(line, "cells", json_deep_copy(cells));
    send_line(arg, line);
}

static void publish(struct publisher *p, struct shown *shown)
{
    struct turn t = {.publisher = p, .shown = shown, .sent = true};
    json_t *begin = line_of("begin");

    json_object_set_new(begin, "whole", json_boolean(shown->whole));
    send_line(&t, begin);
    if (shown->whole)
        board_each(p->board, NULL, send_row, &t);
    else
        board_each_since(p->board, shown->version, send_row, &t);
    send_line(&t, line_of("commit"));
    // A face that missed a line must not go on from what it has.
    shown->whole = !t.sent;
    shown->version = board_version(p->board);
}

/* Whether the face reads; one that does not is told of once, and gets everything when it does. */
static bool keeps_up(const struct publisher *p, struct shown *shown)
{
    bool behind = p->sink.queued(p->sink.ctx, shown->face) > WAITING_MAX;

    if (behind && !shown->behind)
        log_warn(LOG_EXPOSE, "face %s: does not read, leaving it out until it does", shown->face);
    if (behind)
        shown->whole = true;
    shown->behind = behind;
    return !behind;
}

bool publisher_run(struct publisher *p)
{
    bool published = false;

    for (struct shown *s = p->faces; s != NULL; s = s->next) {
        if ((!s->whole && s->version == board_version(p->board)) || !keeps_up(p, s))
            continue;
        publish(p, s);
        published = true;
    }
    return published;
}
