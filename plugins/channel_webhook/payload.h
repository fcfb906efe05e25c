/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_WEBHOOK_PAYLOAD_H
#define HM_CHANNEL_WEBHOOK_PAYLOAD_H

#include <hashimori/plugin.h>

/**
 * payload - the body of a request, as the receiver wants it.
 *
 *   generic    all members of the notice (shared/notice_json.h)
 *   text       {"text": ".."}: Slack, Mattermost, Rocket.Chat, Google Chat
 *   teams      a message with one Adaptive Card, which Teams' workflows take ("When a Teams webhook
 *              request is received"; message cards and plain texts they do not)
 *   lineworks  {"title": "..", "body": {"text": ".."}}: the Incoming Webhook app of LINE WORKS
 *   chatwork   body=.. as a form, to /v2/rooms/ID/messages of the Chatwork API
 *
 * Chat tools read commands, links and mentions out of a text ("@all", "<!channel>", "[To:1]",
 * "[words](URL)"). What a watched log said must not call a whole office or hide a link, so '@',
 * '<',
 * '>', '[', ']' and '&' of it become their full-width forms, which look the same and mean nothing.
 */

struct payload_template {
    const char *name;
    const char *content_type;
    const char *token_header; /* where token_file goes; NULL: it takes none */
    /* The caller frees it. NULL: no memory, or a text is not UTF-8. */
    char *(*make)(const struct hm_notice *notice, uint32_t attempt);
};

/** Names of the templates, NULL-terminated; the first is the default. */
extern const char *const payload_names[];
/** @name is one of them. */
const struct payload_template *payload_template(const char *name);

#endif
