/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel_snmp - delivers notices as SNMP informs (answered by the receiver) or traps (not).
 */
#include <errno.h>
#include <hashimori/plugin.h>

#include "settings.h"
#include "target.h"

static void channel_validate(const struct hm_host *host)
{
    struct settings settings;
    settings_read(host, &settings);
}

static int channel_open(const struct hm_host *host, void **ret_self)
{
    struct settings settings;
    struct target *t = NULL;
    if (!settings_read(host, &settings))
        return -EINVAL;

    int r = target_new(host, &settings, &t);
    if (r == 0)
        *ret_self = t;
    return r;
}

static void channel_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    (void)attempt;
    target_deliver(self, delivery, notice);
}

static void channel_close(void *self)
{
    target_free(self);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "snmp", .version = "0.1.0",
    .summary = "SNMP informs and traps of HASHIMORI-MIB (1, 2c, 3)",
    .summary_ja = "HASHIMORI-MIB の SNMP INFORM / TRAP (1, 2c, 3)", .options = settings_options,
    .validate = channel_validate, .open = channel_open, .close = channel_close,
    .deliver = channel_deliver);
