/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_SYSLOG_SETTINGS_H
#define HM_CHANNEL_SYSLOG_SETTINGS_H

#include <hashimori/plugin.h>

#include "encode.h"
#include "target.h"
#include "tls.h"

/** settings - the options of one destination, read and checked. */

/** Pointers are the host's option values: borrowed until the destination closes, `tls.name` maybe
 * this struct's own. */
struct settings {
    struct target target;
    struct tls_plan tls;
    struct syslog_format format;
    int64_t timeout_ms;
    int64_t resend_ms;
};

extern const struct hm_option settings_options[];

/** Reads and checks; says by host->complain what is wrong. False: not usable. */
bool settings_read(const struct hm_host *host, struct settings *ret);

#endif
