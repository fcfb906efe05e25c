/* SPDX-License-Identifier: BSD-2-Clause */
#include "expose/publisher.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

enum { WAITING_MAX = 4 * 1024 * 1024 };

/* A row as it was when the run began. */
struct line {
    const char *table; /* the board's */
    uint32_t id;
    json_t *cells; /* NULL: dropped */
};

struct shown {
    char *face;
    struct shown *next;
    uint64_t version; /* of the board, that the face has */
    bool whole;       /* it has nothing that counts: send everything */
    bool behind;      /* left out because it does not read */
    bool is_sending;
    struct line *lines; /* of the run that is being sent */
    size_t line_count, line_room, line_at;
};

struct publisher {
    const struct board *board;
    struct publisher_sink sink;
    struct shown *faces;
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

static void end_run(struct shown *s)
{
    for (size_t i = s->line_at; i < s->line_count; i++)
        json_decref(s->lines[i].cells);
    free(s->lines);
    s->lines = NULL;
    s->line_count = s->line_room = s->line_at = 0;
    s->is_sending = false;
}

static void remove_at(struct shown **at)
{
    struct shown *gone = *at;

    *at = gone->next;
    end_run(gone);
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

/* False: the face is not there; it must not go on from what it has. */
static bool send_line(const struct publisher *p, struct shown *s, json_t *line)
{
    if (p->sink.send(p->sink.ctx, s->face, line))
        return true;
    s->whole = true;
    end_run(s);
    return false;
}

/* Consumes @row. */
static bool send_row(const struct publisher *p, struct shown *s, struct line *row)
{
    json_t *line = line_of(row->cells == NULL ? "drop" : "row");

    json_object_set_new(line, "table", json_string(row->table));
    json_object_set_new(line, "row", json_integer(row->id));
    if (row->cells != NULL)
        json_object_set_new(line, "cells", board_unpack(row->cells));
    json_decref(row->cells);
    return send_line(p, s, line);
}

static void keep_row(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    struct shown *s = arg;

    if (s->line_count == s->line_room) {
        s->line_room = s->line_room == 0 ? 64 : s->line_room * 2;
        s->lines = alloc_resize(s->lines, s->line_room, sizeof *s->lines);
    }
    // The board puts new cells in the place of old ones and changes none.
    s->lines[s->line_count++] = (struct line){table, id, json_incref((json_t *)(uintptr_t)cells)};
}

static void begin_run(struct publisher *p, struct shown *s)
{
    json_t *begin = line_of("begin");

    json_object_set_new(begin, "whole", json_boolean(s->whole));
    if (s->whole)
        board_each(p->board, NULL, keep_row, s);
    else
        board_each_since(p->board, s->version, keep_row, s);
    s->whole = false;
    s->version = board_version(p->board);
    s->is_sending = true;
    send_line(p, s, begin);
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
    bool has_begun = false;

    for (struct shown *s = p->faces; s != NULL; s = s->next) {
        if (s->is_sending || (!s->whole && s->version == board_version(p->board)) ||
            !keeps_up(p, s))
            continue;
        begin_run(p, s);
        has_begun = true;
    }
    return has_begun;
}

/* At most @most rows. */
static size_t go_on(struct publisher *p, struct shown *s, size_t most)
{
    size_t sent = 0;

    while (s->is_sending && s->line_at < s->line_count && sent < most) {
        send_row(p, s, &s->lines[s->line_at++]);
        sent++;
    }
    if (s->is_sending && s->line_at == s->line_count && send_line(p, s, line_of("commit")))
        end_run(s);
    return sent;
}

bool publisher_step(struct publisher *p)
{
    size_t left = PUBLISHER_ROWS;
    bool is_more = false;

    for (struct shown *s = p->faces; s != NULL; s = s->next) {
        if (s->is_sending && left > 0)
            left -= go_on(p, s, left);
        is_more |= s->is_sending;
    }
    return is_more;
}

uint64_t publisher_version(const struct publisher *p)
{
    uint64_t version = board_version(p->board);

    for (const struct shown *s = p->faces; s != NULL; s = s->next)
        if (!s->whole && s->version < version)
            version = s->version;
    return version;
}
