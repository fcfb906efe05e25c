/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/worker_internal.h"

json_t *worker_message(const char *type)
{
    json_t *line = json_object();
    json_object_set_new(line, "type", json_string(type));
    return line;
}

/* ---- ending, at a time when no call runs --------------------------------------------------- */

static void close_marked(struct worker *w)
{
    struct guest **at = &w->guests;
    while (*at != NULL) {
        struct guest *g = *at;
        if (!g->closing && !w->stopping) {
            at = &g->next;
            continue;
        }
        *at = g->next;
        if (w->in_face == g)
            worker_line_done(w);
        guest_free(g);
    }
}

static void worker_on_tidy(void *arg)
{
    struct worker *w = arg;
    if (w->depth > 0)
        return;
    close_marked(w);
    if (w->stopping)
        loop_stop(w->loop);
}

void worker_stop(struct worker *w)
{
    w->stopping = true;
    loop_defer(w->loop, &w->tidy);
}

void worker_init(
    struct worker *w, struct loop *loop, const struct hm_plugin *plugin, const struct port *port)
{
    *w = (struct worker){.loop = loop,
        .plugin = *plugin,
        .port = *port,
        .language = alloc_text("en"),
        .host = alloc_text(""),
        .tidy = {.fn = worker_on_tidy, .arg = w}};
}

void worker_deinit(struct worker *w)
{
    w->stopping = true;
    close_marked(w);
    program_free_all(w, NULL);
    w->sweep = timer_free(w->sweep);
    loop_undefer(w->loop, &w->tidy);
    text_deinit(&w->line);
    free(w->language);
    free(w->host);
    *w = (struct worker){0};
}

/* ---- lines -------------------------------------------------------------------------------- */

static struct guest *find(const struct worker *w, int64_t id)
{
    struct guest *g = w->guests;
    while (g != NULL && g->id != id)
        g = g->next;
    return g;
}

static bool take_open(struct worker *w, json_t *line, struct text *why)
{
    struct guest *g = guest_new(w, line, why);
    if (g == NULL)
        return false;
    if (g->id == 0 || find(w, g->id) != NULL) {
        text_add(why, "\"id\" is absent or taken");
        guest_free(g);
        return false;
    }
    if (!guest_open(g)) {
        w->failed = true;
        guest_free(g);
        return true;
    }
    g->next = w->guests;
    w->guests = g;
    return true;
}

static bool is_face_type(const char *type)
{
    return strcmp(type, "begin") == 0 || strcmp(type, "row") == 0 || strcmp(type, "drop") == 0 ||
           strcmp(type, "commit") == 0;
}

/* One enter and leave for all the lines of a face that came together. */
static bool take_face_line(
    struct worker *w, struct guest *g, const char *type, json_t *line, struct text *why)
{
    if (w->plugin.kind != HM_FACE) {
        text_add(why, "a board for a plugin that is no face");
        return false;
    }
    if (w->in_face != g) {
        worker_line_done(w);
        w->in_face = g;
        guest_enter(g);
    }
    return guest_face_line(g, type, line, why);
}

void worker_line_done(struct worker *w)
{
    struct guest *g = w->in_face;
    w->in_face = NULL;
    if (g != NULL)
        guest_leave(g);
}

/* A line for a guest that has gone meanwhile is no fault: lines cross on the wire. */
static bool take_guest_line(struct worker *w, const char *type, json_t *line, struct text *why)
{
    int64_t id;
    if (!wire_get_int(line, "id", 1, INT64_MAX, &id, why))
        return false;
    struct guest *g = find(w, id);
    bool there = g != NULL && !g->closing;
    if (is_face_type(type))
        return !there || take_face_line(w, g, type, line, why);
    worker_line_done(w);
    if (strcmp(type, "check") == 0) {
        if (there)
            guest_check(g);
    } else if (strcmp(type, "deliver") == 0) {
        if (there)
            guest_deliver(g, line);
    } else {
        text_add(why, "unknown type");
        return false;
    }
    return true;
}

bool worker_urgent(struct worker *w, json_t *line)
{
    const char *type = json_string_value(json_object_get(line, "type"));
    int64_t number;
    if (type == NULL)
        return false;
    if (strcmp(type, "saved") == 0) {
        if (wire_get_int(line, "through", 0, INT64_MAX, &number, NULL) &&
            (uint64_t)number > w->saved && (uint64_t)number <= w->seq)
            w->saved = (uint64_t)number;
        return true;
    }
    if (strcmp(type, "stop") == 0) {
        worker_stop(w);
        return true;
    }
    if (strcmp(type, "close") == 0) {
        struct guest *g = NULL;
        if (wire_get_int(line, "id", 1, INT64_MAX, &number, NULL))
            g = find(w, number);
        if (g != NULL)
            g->closing = true;
        loop_defer(w->loop, &w->tidy);
        return true;
    }
    return false;
}

bool worker_line(struct worker *w, json_t *line, struct text *why)
{
    const char *type;
    if (w->stopping || worker_urgent(w, line))
        return true;
    if (!wire_get_text(line, "type", &type, why))
        return false;
    if (strcmp(type, "open") == 0) {
        worker_line_done(w);
        return take_open(w, line, why);
    }
    return take_guest_line(w, type, line, why);
}
