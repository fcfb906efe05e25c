/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_COMPLAIN_H
#define HM_SHARED_COMPLAIN_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <string.h>

/** Says what is wrong with @option in the site's language. Returns false. */
static inline bool complain(
    const struct hm_host *host, const char *option, const char *en, const char *ja)
{
    host->complain(host, option, "%s", strcmp(host->language(host), "ja") == 0 ? ja : en);
    return false;
}

#endif
