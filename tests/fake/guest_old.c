/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin that was built for an ABI that no worker has. */
#include <hashimori/plugin.h>
#include <stdlib.h>

extern HM_EXPORT const struct hm_plugin hashimori_plugin;
HM_EXPORT const struct hm_plugin hashimori_plugin = {.size = sizeof(struct hm_plugin),
    .abi_major = HM_ABI_MAJOR + 1,
    .kind = HM_WATCH,
    .name = "old",
    .close = free};
