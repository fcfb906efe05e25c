/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "watch/supervisor_internal.h"

static void abandoned_free(struct abandoned *a)
{
    for (struct abandoned **at = &a->supervisor->abandoned; *at != NULL; at = &(*at)->next) {
        if (*at == a) {
            *at = a->next;
            break;
        }
    }
    a->process = worker_process_free(a->process);
    free(a->kind);
    free(a->plugin);
    free(a->guest);
    free(a);
}

/* What it waited for has answered or failed: a good time to try the guest again. */
static void abandoned_on_gone(void *arg)
{
    struct abandoned *a = arg;
    log_info(LOG_WATCH, "worker of %s %s: the abandoned process has ended", a->kind, a->plugin);
    for (struct watch_guest *w = a->supervisor->guests; a->guest != NULL && w != NULL; w = w->next)
        if (strcmp(w->kind, a->kind) == 0 && strcmp(w->name, a->guest) == 0 &&
            (w->parked || w->skips != NULL))
            guest_retry_in(w, 0);
    abandoned_free(a);
}

void abandon(struct group *g)
{
    struct abandoned *a = alloc(sizeof *a);
    *a = (struct abandoned){.supervisor = g->supervisor,
        .process = g->process,
        .kind = alloc_text(g->kind),
        .plugin = alloc_text(g->plugin),
        .guest = alloc_text(g->hung_in),
        .next = g->supervisor->abandoned};
    g->supervisor->abandoned = a;
    g->process = NULL;
    worker_process_abandon(a->process, abandoned_on_gone, a);
}

unsigned abandoned_count(
    const struct supervisor *s, const char *kind, const char *plugin, const char *guest)
{
    unsigned count = 0;
    for (const struct abandoned *a = s->abandoned; a != NULL; a = a->next)
        count += strcmp(a->kind, kind) == 0 && strcmp(a->plugin, plugin) == 0 &&
                 (guest == NULL || text_equal(a->guest, guest));
    return count;
}

void abandoned_free_all(struct supervisor *s)
{
    while (s->abandoned != NULL)
        abandoned_free(s->abandoned);
}
