/* SPDX-License-Identifier: BSD-2-Clause */
/* A channel that accepts what says "yes", and answers with the notice's text. What says "busy" it
 * takes a hundred turns for, and then it never comes back. What says "half" is done at the second
 * attempt, if that is told what the first one did. */
#include <errno.h>
#include <hashimori/plugin.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_TURNS = 100 };

struct echo {
    const struct hm_host *host;
    struct hm_watch_handle *timer;
    unsigned turns;
};

static int echo_open(const struct hm_host *host, void **ret_self)
{
    struct echo *e = malloc(sizeof *e);
    if (e == NULL)
        return -ENOMEM;
    *e = (struct echo){.host = host};
    host->state(host, "ready");
    *ret_self = e;
    return 0;
}

static void echo_on_turn(void *arg)
{
    struct echo *e = arg;
    while (e->turns == BUSY_TURNS)
        pause();
    e->turns++;
    e->host->timer_again(e->timer, 0);
}

static void echo_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    struct echo *e = self;
    (void)attempt;
    if (strcmp(notice->state, "busy") == 0) {
        e->timer = e->host->timer(e->host, 0, echo_on_turn, e);
        return;
    }
    if (strcmp(notice->state, "half") == 0) {
        if (notice->progress[0] == '\0')
            e->host->later(e->host, delivery, "half of it", "the first half");
        else
            e->host->receipt(e->host, delivery, HM_ACCEPTED, notice->progress);
        return;
    }
    e->host->receipt(e->host, delivery, strcmp(notice->state, "yes") == 0 ? HM_ACCEPTED : HM_LATER,
        notice->text);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "echo", .version = "1", .summary = "answers",
    .open = echo_open, .close = free, .deliver = echo_deliver);
