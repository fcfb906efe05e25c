/* SPDX-License-Identifier: BSD-2-Clause */
#include "expiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 12 * 3600 * 1000 };

struct expiry {
    const struct hm_host *host;
    const struct connection *connection;
    struct hm_watch_handle *timer;
};

static void tell(
    const struct expiry *e, const char *whose, const char *en, const char *ja, double days)
{
    char text[160];
    bool is_ja = strcmp(e->host->language(e->host), "ja") == 0;

    if (days < 0)
        snprintf(text, sizeof text, is_ja ? "%sは期限切れです" : "%s has expired", is_ja ? ja : en);
    else
        snprintf(text, sizeof text, is_ja ? "%sの有効期限まで %d 日" : "%s ends in %d days",
            is_ja ? ja : en, (int)days);
    e->host->report(e->host, &(struct hm_reading){.instance = whose,
                                 .metric = "certificate_days",
                                 .kind = HM_NUMBER,
                                 .number = days,
                                 .text = text});
}

static void expiry_on_due(void *arg)
{
    struct expiry *e = arg;

    expiry_look(e, e->connection);
}

void expiry_look(struct expiry *e, const struct connection *c)
{
    double days;

    e->connection = c;
    if (connection_their_days(c, &days))
        tell(e, "receiver", "the receiver's certificate", "受信側の証明書", days);
    if (connection_our_days(c, &days))
        tell(e, "own", "our own certificate", "こちらの証明書", days);
    if (e->timer == NULL)
        e->timer = e->host->timer(e->host, AGAIN_MS, expiry_on_due, e);
    else
        e->host->timer_again(e->timer, AGAIN_MS);
}

struct expiry *expiry_new(const struct hm_host *host)
{
    struct expiry *e = calloc(1, sizeof *e);

    if (e != NULL)
        e->host = host;
    return e;
}

struct expiry *expiry_free(struct expiry *e)
{
    free(e);
    return NULL;
}
