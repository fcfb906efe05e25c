/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syslog_send TRANSPORT HOST:PORT MESSAGES [CA_FILE]: MESSAGES notices through channel_syslog as
 * fast as it takes them, 64 on their way at a time, each with its receipt; the plug-in as it is, in
 * a host without a daemon. Ends when all have one, with 1 if one of them is not `sent`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fake_host.h"

extern const struct hm_plugin hashimori_plugin;

enum { WINDOW = 64, LIMIT_MS = 60000 };

static const struct hm_notice notice = {.size = sizeof(struct hm_notice),
    .event_id = "HM-INC-RAISED",
    .sequence = 9007199254740993,
    .severity = 3,
    .kind = "raised",
    .subject = "transfer-log",
    .at_ms = 1776214800250,
    .utc_offset_s = 9 * 3600,
    .value = "",
    .threshold = "",
    .incident = 42,
    .key = "MFRGGZDFMZTWQ2LKNNWG23TPOA",
    .text = "failed ID=ZEI-0012 STS=250",
    .service = "renkei",
    .state = "critical",
    .host = "renkei01",
    .instance = "",
    .metric = "failure"};

static bool has_receipts(const struct fake_host *h, const void *arg)
{
    return h->receipt_count >= *(const size_t *)arg;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "syslog_send tcp|tls HOST:PORT MESSAGES [CA_FILE]\n");
        return 2;
    }
    const struct fake_option options[] = {{"transport", argv[1], NULL}, {"host", argv[2], NULL},
        {argc > 4 ? "ca_file" : NULL, argv[4], NULL}, {0}};
    struct fake_host *h = fake_host_new(&hashimori_plugin, options);
    size_t left = strtoul(argv[3], NULL, 10), wanted = 0, failed = 0;

    h->deadline_ms = 2 * LIMIT_MS;
    if (fake_host_open(h) != 0)
        return 1;
    while (left > 0) {
        wanted = left < WINDOW ? left : WINDOW;
        left -= wanted;
        for (size_t i = 0; i < wanted; i++)
            hashimori_plugin.deliver(h->self, i + 1, 1, &notice);
        if (!fake_host_run_until(h, has_receipts, &wanted, LIMIT_MS))
            return 1;
        for (size_t i = 0; i < wanted; i++)
            failed += h->receipts[i].result != HM_SENT;
        fake_host_forget(h);
    }
    fake_host_free(h);
    return failed > 0;
}
