/* SPDX-License-Identifier: BSD-2-Clause */
#include "channel_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

bool channel_has_receipts(const struct fake_host *h, const void *count)
{
    return h->receipt_count >= *(const size_t *)count;
}

const struct fake_receipt *channel_deliver(struct fake_host *h, const struct hm_notice *notice)
{
    size_t wanted = h->receipt_count + 1;
    struct hm_notice next = *notice;

    if (wanted > 1 && h->receipts[wanted - 2].progress != NULL)
        next.progress = h->receipts[wanted - 2].progress;
    hashimori_plugin.deliver(h->self, wanted, (uint32_t)wanted, &next);
    assert_true(fake_host_run_until(h, channel_has_receipts, &wanted, CHANNEL_LIMIT_MS));
    assert_int_equal(h->receipts[wanted - 1].delivery, wanted);
    return &h->receipts[wanted - 1];
}

bool channel_certificate_make(
    struct channel_certificate *c, const char *alternative, bool is_expired)
{
    snprintf(c->name, sizeof c->name, "receiver-%d.pem", (int)getpid());
    if (!line_certificate(c->name, alternative, is_expired)) {
        print_message("openssl is not installed: TLS was not tried\n");
        c->name[0] = '\0';
        return false;
    }
    char *folder = getcwd(NULL, 0);
    snprintf(c->path, sizeof c->path, "%s/%s", folder, c->name);
    free(folder);
    return true;
}

void channel_certificate_remove(struct channel_certificate *c)
{
    if (c->name[0] != '\0')
        unlink(c->name);
    *c = (struct channel_certificate){0};
}
