/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes the ledger evidence: who changed which setting, and the head of the chain, sent to
 * where nobody on this host can change it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"
#include "notify/routes.h"
#include "settings/diff.h"
#include "settings/tree.h"

static const char settings_name[] = "hashimori/settings";
static const char heartbeat_name[] = "hashimori/heartbeat";

/* ---- configuration ----------------------------------------------------------------------- */

struct loaded {
    char *hash; /* NULL: none was loaded before */
    json_t *tree;
};

static void take_loaded(void *arg, const char *key, const char *value)
{
    struct loaded *l = arg;
    if (strcmp(key, "hash") == 0)
        l->hash = alloc_text(value);
    else if (strcmp(key, "tree") == 0)
        l->tree = json_loads(value, 0, NULL);
}

static void keep_loaded(struct pipeline *p, const char *hash, const json_t *tree)
{
    char *text = json_dumps(tree, JSON_COMPACT);
    record_keep(p->record, settings_name, "hash", hash);
    record_keep(p->record, settings_name, "tree", text);
    free(text);
}

void pipeline_config_loaded(
    struct pipeline *p, const struct settings *settings, const char *who, struct moment now)
{
    struct loaded last = {0};
    record_each_kept(p->record, settings_name, take_loaded, &last);
    json_t *tree = tree_json(settings);
    json_t *changes = last.tree != NULL ? diff_json(last.tree, tree) : json_array();
    size_t left_out = diff_shorten(changes);

    pipeline_append(p, now, "config",
        json_pack("{s:s,s:s,s:s,s:o,s:I}", "before", last.hash != NULL ? last.hash : "", "after",
            settings->hash, "who", who, "changes", changes, "left_out", (json_int_t)left_out));
    keep_loaded(p, settings->hash, tree);
    json_decref(tree);
    json_decref(last.tree);
    free(last.hash);
}

void pipeline_config_started(struct pipeline *p, struct moment now)
{
    struct loaded last = {0};
    record_each_kept(p->record, settings_name, take_loaded, &last);
    if (!text_equal(last.hash, p->settings->hash))
        pipeline_config_loaded(p, p->settings, "start", now);
    json_decref(last.tree);
    free(last.hash);
}

/* ---- heartbeat --------------------------------------------------------------------------- */

static void take_last(void *arg, const char *key, const char *value)
{
    wall_ms *last = arg;
    if (strcmp(key, "at") == 0)
        *last = strtoll(value, NULL, 10);
}

void pipeline_heartbeat_plan(struct pipeline *p, struct moment now)
{
    span_ms every = p->settings->agent.heartbeat;
    wall_ms last = 0;
    p->heartbeat_due = CLOCK_NEVER;
    if (every <= 0)
        return;
    record_each_kept(p->record, heartbeat_name, take_last, &last);
    span_ms wait = last + every - now.wall;
    p->heartbeat_due = now.boot + (wait < 0 ? 0 : wait > every ? every : wait);
}

static size_t who_asks(const struct settings *s, const char *ret[ROUTES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < s->destination_count && count < ROUTES_MAX; i++)
        if (s->destinations[i].heartbeat)
            ret[count++] = s->destinations[i].name;
    return count;
}

void pipeline_heartbeat(struct pipeline *p, struct moment now)
{
    const char *to[ROUTES_MAX];
    char at[24];
    if (p->heartbeat_due > now.boot)
        return;
    struct notice notice = {
        .kind = NOTICE_HEARTBEAT,
        .severity = SEVERITY_NONE,
        .of = {alloc_text("hashimori/heartbeat"), alloc_text(""), alloc_text("")},
        .state = alloc_text(verdict_name(VERDICT_OK)),
        .value = alloc_text(record_head(p->record)),
        .at = now,
    };
    struct manner manner = manner_of(p->settings);
    render_heartbeat(&notice, notice.value, &manner);
    pipeline_tell_to(p, &notice, to, who_asks(p->settings, to), now);
    notice_deinit(&notice);
    snprintf(at, sizeof at, "%" PRId64, now.wall);
    record_keep(p->record, heartbeat_name, "at", at);
    p->heartbeat_due = now.boot + p->settings->agent.heartbeat;
}
