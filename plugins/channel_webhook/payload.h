/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_WEBHOOK_PAYLOAD_H
#define HM_CHANNEL_WEBHOOK_PAYLOAD_H

#include <hashimori/plugin.h>

/**
 * payload - the body for a chat tool: {"text": "..."}.
 *
 * Slack, Mattermost, Rocket.Chat, Google Chat and the like read commands and links out of the text
 * ("@all", "<!channel>", "<URL|words>"). What a watched log said must not call a whole office, so
 * '@', '<' and '>' become their full-width forms, which look the same and mean nothing.
 */

/** The caller frees it. NULL: no memory, or a text is not UTF-8. */
char *payload_chat(const struct hm_notice *notice);

#endif
