/* SPDX-License-Identifier: BSD-2-Clause */
/* A channel that accepts what says "yes", and answers with the notice's text. */
#include <errno.h>
#include <hashimori/plugin.h>
#include <stdlib.h>
#include <string.h>

struct echo {
    const struct hm_host *host;
};

static int echo_open(const struct hm_host *host, void **ret_self)
{
    struct echo *e = malloc(sizeof *e);
    if (e == NULL)
        return -ENOMEM;
    e->host = host;
    host->state(host, "ready");
    *ret_self = e;
    return 0;
}

static void echo_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    const struct echo *e = self;
    (void)attempt;
    e->host->receipt(e->host, delivery, strcmp(notice->state, "yes") == 0 ? HM_ACCEPTED : HM_LATER,
        notice->text);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "echo", .version = "1", .summary = "answers",
    .open = echo_open, .close = free, .deliver = echo_deliver);
