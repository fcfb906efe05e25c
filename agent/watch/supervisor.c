/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch/supervisor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "settings/guest.h"
#include "watch/supervisor_internal.h"
#include "wire/wire.h"

enum {
    GUEST_DEADLINE_MS = 30 * 1000, /* of a call into a channel or face */
    FREE_EXTRA_MS = 500            /* after the last SIGKILL */
};

struct supervisor *supervisor_new(
    struct loop *loop, const char *worker_path, const struct supervisor_sink *sink)
{
    struct supervisor *s = alloc(sizeof *s);
    *s = (struct supervisor){.loop = loop,
        .worker_path = alloc_text(worker_path),
        .sink = *sink,
        .limits = watch_limits_default()};
    return s;
}

void supervisor_set_limits(struct supervisor *s, const struct watch_limits *limits)
{
    s->limits = *limits;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void supervisor_on_free_late(void *arg)
{
    bool *late = arg;
    *late = true;
}

/* Groups free themselves as their processes end; what is left then is in state D. */
static void wait_for_groups(struct supervisor *s)
{
    bool late = false;
    struct timer *timer = timer_new(s->loop, supervisor_on_free_late, &late);
    timer_set(timer, s->limits.kill + s->limits.reap + FREE_EXTRA_MS);
    while (s->groups != NULL && !late && loop_turn(s->loop, true) >= 0)
        ;
    timer_free(timer);
}

static void surroundings_deinit(struct surroundings *a)
{
    free(a->language);
    free(a->host);
    free(a->timezone);
    free(a->plugin_dir);
    *a = (struct surroundings){0};
}

struct supervisor *supervisor_free(struct supervisor *s)
{
    if (s == NULL)
        return NULL;
    while (s->guests != NULL)
        guest_forget(s->guests);
    for (struct group *g = s->groups, *next; g != NULL; g = next) {
        next = g->next;
        if (!g->leaving)
            group_leave(g);
    }
    wait_for_groups(s);
    while (s->groups != NULL)
        group_free(s->groups);
    abandoned_free_all(s);
    surroundings_deinit(&s->around);
    free(s->worker_path);
    free(s);
    return NULL;
}

/* ---- settings -------------------------------------------------------------------------------- */

/** A guest as the settings want it. */
struct wanted {
    const char *kind, *name, *plugin, *worker;
    bool read_all;
    span_ms interval, deadline;
    const struct value_set *options;
};

static struct watch_guest *find_guest(
    const struct supervisor *s, const char *kind, const char *name)
{
    struct watch_guest *w = s->guests;
    while (w != NULL && (strcmp(w->kind, kind) != 0 || strcmp(w->name, name) != 0))
        w = w->next;
    return w;
}

static struct group *group_for(struct supervisor *s, const struct wanted *want)
{
    for (struct group *g = s->groups; g != NULL; g = g->next)
        if (!g->leaving && g->tries == NULL && strcmp(g->kind, want->kind) == 0 &&
            strcmp(g->plugin, want->plugin) == 0 && text_equal(g->worker, want->worker) &&
            g->read_all == want->read_all)
            return g;
    return group_new(s, want->kind, want->plugin, want->worker, want->read_all);
}

static json_t *open_of(const struct wanted *want)
{
    json_t *o = json_object();
    wire_put_text(o, "subject", want->name);
    json_object_set_new(o, "interval_ms", json_integer(want->interval));
    json_object_set_new(o, "deadline_ms", json_integer(want->deadline));
    json_object_set_new(o, "options", guest_values_json(want->options));
    return o;
}

static char *signature_of(const struct wanted *want, const json_t *open)
{
    struct text t = {0};
    char *options = json_dumps(open, JSON_COMPACT | JSON_SORT_KEYS);
    text_addf(&t, "%s|%s|%d|%s", want->plugin, want->worker == NULL ? "" : want->worker,
        want->read_all, options == NULL ? "" : options);
    free(options);
    return text_take(&t);
}

static void want_guest(struct supervisor *s, const struct wanted *want)
{
    struct watch_guest *w = find_guest(s, want->kind, want->name);
    json_t *open = open_of(want);
    char *signature = signature_of(want, open);
    if (w != NULL && strcmp(w->signature, signature) == 0 && !w->group->leaving) {
        w->seen = true;
        json_decref(open);
        free(signature);
        return;
    }
    if (w != NULL)
        guest_forget(w);
    w = guest_new(s, want->kind, want->name);
    w->plugin = alloc_text(want->plugin);
    w->open = open;
    w->signature = signature;
    w->interval = want->interval;
    w->deadline = want->deadline;
    w->group = group_for(s, want);
    w->seen = true;
    guest_send_open(w);
}

/* libcurl stands still between a mail's last dot and the server's word: nobody else's mail may wait
 * for that. Of the other channels one worker serves all destinations. */
static const char *channel_worker(const struct destination_settings *d)
{
    return d->worker == NULL && text_equal(d->channel, "mail") ? d->name : d->worker;
}

static void want_all(struct supervisor *s, const struct settings *t)
{
    for (size_t i = 0; i < t->watch_count; i++) {
        const struct watch_settings *x = &t->watches[i];
        want_guest(s, &(struct wanted){.kind = "watch",
                          .name = x->subject,
                          .plugin = x->plugin,
                          .worker = x->worker,
                          .read_all = x->read_all,
                          .interval = x->interval,
                          .deadline = x->deadline,
                          .options = &x->options});
    }
    for (size_t i = 0; i < t->destination_count; i++) {
        const struct destination_settings *x = &t->destinations[i];
        want_guest(s, &(struct wanted){.kind = "channel",
                          .name = x->name,
                          .plugin = x->channel,
                          .worker = channel_worker(x),
                          .deadline = x->deadline > 0 ? x->deadline : GUEST_DEADLINE_MS,
                          .options = &x->options});
    }
    for (size_t i = 0; i < t->face_count; i++) {
        const struct face_settings *x = &t->faces[i];
        want_guest(s, &(struct wanted){.kind = "face",
                          .name = x->name,
                          .plugin = x->face,
                          .worker = x->name, // net-snmp has one agent a process
                          .deadline = GUEST_DEADLINE_MS,
                          .options = &x->options});
    }
}

/* True: something that every worker was told at its start is different now. */
static bool take_surroundings(struct supervisor *s, const struct settings *t)
{
    const struct agent_settings *a = &t->agent;
    struct stat st;
    uid_t owner = t->file_count > 0 && stat(t->files[0], &st) == 0 ? st.st_uid : geteuid();
    const char *language = a->language == LANGUAGE_JA ? "ja" : "en";
    bool same = text_equal(s->around.language, language) && text_equal(s->around.host, a->host) &&
                text_equal(s->around.timezone, a->timezone) &&
                text_equal(s->around.plugin_dir, a->plugin_dir) && s->around.owner == owner;
    if (same)
        return false;
    surroundings_deinit(&s->around);
    s->around = (struct surroundings){.language = alloc_text(language),
        .host = alloc_text(a->host),
        .timezone = alloc_text(a->timezone),
        .plugin_dir = alloc_text(a->plugin_dir),
        .owner = owner};
    return true;
}

static bool has_guests(const struct supervisor *s, const struct group *g)
{
    for (const struct watch_guest *w = s->guests; w != NULL; w = w->next)
        if (w->group == g)
            return true;
    return false;
}

static void drop_unwanted(struct supervisor *s)
{
    for (struct watch_guest *w = s->guests, *next; w != NULL; w = next) {
        next = w->next;
        if (!w->seen)
            guest_forget(w);
    }
    for (struct group *g = s->groups, *next; g != NULL; g = next) {
        next = g->next;
        if (!g->leaving && g->tries == NULL && !has_guests(s, g)) {
            group_retire(g);
            group_leave(g);
        }
    }
}

void supervisor_settings(struct supervisor *s, const struct settings *settings)
{
    for (struct watch_guest *w = s->guests; w != NULL; w = w->next)
        w->seen = false;
    if (take_surroundings(s, settings))
        drop_unwanted(s);
    want_all(s, settings);
    drop_unwanted(s);
    for (struct group *g = s->groups, *next; g != NULL; g = next) {
        next = g->next;
        if (g->failed)
            group_revive(g);
        else if (!g->leaving && g->tries == NULL && !timer_is_set(g->restart))
            group_start(g);
    }
}

/* ---- calls of the other stages ----------------------------------------------------------------
 */

void supervisor_committed(struct supervisor *s)
{
    for (struct group *g = s->groups; g != NULL; g = g->next)
        if (g->process != NULL)
            worker_process_committed(g->process);
}

/* A guest that serves, or NULL. */
static struct watch_guest *serving(const struct supervisor *s, const char *kind, const char *name)
{
    struct watch_guest *w = find_guest(s, kind, name);
    return w != NULL && w->serving && group_is_ready(w->group) ? w : NULL;
}

static json_t *message(const struct watch_guest *w, const char *type)
{
    json_t *line = json_object();
    json_object_set_new(line, "type", json_string(type));
    json_object_set_new(line, "id", json_integer(w->id));
    return line;
}

bool supervisor_check(struct supervisor *s, const char *subject)
{
    struct watch_guest *w = serving(s, "watch", subject);
    if (w == NULL)
        return false;
    worker_process_send(w->group->process, message(w, "check"));
    return true;
}

bool supervisor_deliver(struct supervisor *s, const char *destination,
    const struct attempt *attempt, const char *notice)
{
    struct watch_guest *w = serving(s, "channel", destination);
    if (w == NULL)
        return false;
    struct text line = {0};
    wire_open(&line);
    wire_add_text(&line, "type", "deliver");
    wire_add_int(&line, "id", w->id);
    wire_add_id(&line, "delivery", attempt->delivery);
    wire_add_int(&line, "attempt", attempt->number);
    if (attempt->progress != NULL && attempt->progress[0] != '\0')
        wire_add_text(&line, "progress", attempt->progress);
    wire_add_json(&line, "notice", notice);
    wire_close(&line);
    worker_process_ask_line(w->group->process, text_get(&line), line.length);
    text_deinit(&line);
    return true;
}

bool supervisor_face_send(struct supervisor *s, const char *face, json_t *line)
{
    struct watch_guest *w = serving(s, "face", face);
    if (w == NULL) {
        json_decref(line);
        return false;
    }
    json_object_set_new(line, "id", json_integer(w->id));
    worker_process_ask(w->group->process, line);
    return true;
}

size_t supervisor_face_queued(const struct supervisor *s, const char *face)
{
    const struct watch_guest *w = find_guest(s, "face", face);
    return w == NULL ? 0 : worker_process_queued(w->group->process);
}

void supervisor_restart(struct supervisor *s, const char *guest)
{
    for (struct group *g = s->groups; g != NULL; g = g->next) {
        if (g->leaving || g->tries != NULL || strcmp(g->label, guest) != 0)
            continue;
        group_restart(g);
        return;
    }
}
