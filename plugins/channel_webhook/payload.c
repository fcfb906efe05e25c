/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/notice_json.h"

/* A full-width form is three bytes. */
enum { WIDEST = 3 };

static char *tame(const char *text)
{
    char *ret = malloc(strlen(text) * WIDEST + 1);
    char *to = ret;

    for (; ret != NULL && *text != '\0'; text++) {
        const char *wide = *text == '@'   ? "\xef\xbc\xa0"
                           : *text == '<' ? "\xef\xbc\x9c"
                           : *text == '>' ? "\xef\xbc\x9e"
                                          : NULL;
        if (wide != NULL) {
            memcpy(to, wide, WIDEST);
            to += WIDEST;
        } else {
            *to++ = *text;
        }
    }
    if (ret != NULL)
        *to = '\0';
    return ret;
}

char *payload_chat(const struct hm_notice *n)
{
    char at[NOTICE_TIME_BYTES];
    char *raw = NULL, *text = NULL, *body = NULL;

    notice_time(at, n->at_ms, n->utc_offset_s, true);
    int length = asprintf(&raw, "[%s] %s: %s\n%s  incident %" PRIu64 "  key %s",
        notice_severity(n->severity), n->host, n->text, at, n->incident, n->key);
    if (length >= 0)
        text = tame(raw);
    json_t *object = text == NULL ? NULL : json_pack("{s:s}", "text", text);
    if (object != NULL)
        body = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    free(text);
    free(length >= 0 ? raw : NULL);
    return body;
}
