/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/notice_json.h"

/* A full-width form is three bytes, and so is "%XX". */
enum { WIDEST = 3 };

static const char *wide_form(char c)
{
    static const struct {
        char plain;
        const char *wide;
    } forms[] = {{'@', "＠"}, {'<', "＜"}, {'>', "＞"}, {'[', "［"}, {']', "］"}, {'&', "＆"}};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].plain == c)
            return forms[i].wide;
    return NULL;
}

static char *tame(const char *text)
{
    char *ret = malloc(strlen(text) * WIDEST + 1);
    char *to = ret;

    for (; ret != NULL && *text != '\0'; text++) {
        const char *wide = wide_form(*text);
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

/* What a chat shows of a notice: "[critical] HOST: TEXT" and when, which incident, which key. */
struct lines {
    char *head; /* "[critical] HOST" */
    char *text;
    char *foot;
};

static void lines_free(struct lines *l)
{
    free(l->head);
    free(l->text);
    free(l->foot);
}

static bool lines_make(struct lines *l, const struct hm_notice *n)
{
    char at[NOTICE_TIME_BYTES];
    char *host = tame(n->host), *key = tame(n->key);
    const char *severity = notice_severity(n->severity);

    notice_time(at, n->at_ms, n->utc_offset_s, true);
    *l = (struct lines){.text = tame(n->text)};
    if (host == NULL || asprintf(&l->head, "[%s] %s", severity, host) < 0)
        l->head = NULL;
    if (key == NULL ||
        asprintf(&l->foot, "%s  incident %" PRIu64 "  key %s", at, n->incident, key) < 0)
        l->foot = NULL;
    free(host);
    free(key);
    if (l->head != NULL && l->text != NULL && l->foot != NULL)
        return true;
    lines_free(l);
    return false;
}

/* Steals @object, which may be NULL. */
static char *dumped(json_t *object)
{
    char *body = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

    json_decref(object);
    return body;
}

static char *make_text(const struct hm_notice *n, uint32_t attempt)
{
    struct lines l;

    (void)attempt;
    if (!lines_make(&l, n))
        return NULL;
    char *body = dumped(json_pack("{s:s++++}", "text", l.head, ": ", l.text, "\n", l.foot));
    lines_free(&l);
    return body;
}

static char *make_teams(const struct hm_notice *n, uint32_t attempt)
{
    const char *colour = n->severity == 3 || n->severity == 9 ? "Attention"
                         : n->severity == 0                   ? "Good"
                                                              : "Warning";
    struct lines l;

    (void)attempt;
    if (!lines_make(&l, n))
        return NULL;
    json_t *blocks = json_pack("[{s:s,s:s,s:s,s:s,s:b},{s:s,s:s,s:b},{s:s,s:s,s:b,s:b}]", "type",
        "TextBlock", "text", l.head, "weight", "Bolder", "color", colour, "wrap", 1, "type",
        "TextBlock", "text", l.text, "wrap", 1, "type", "TextBlock", "text", l.foot, "isSubtle", 1,
        "wrap", 1);
    json_t *card = blocks == NULL ? NULL
                                  : json_pack("{s:s,s:s,s:s,s:o}", "$schema",
                                        "http://adaptivecards.io/schemas/adaptive-card.json",
                                        "type", "AdaptiveCard", "version", "1.2", "body", blocks);
    char *body = card == NULL
                     ? NULL
                     : dumped(json_pack("{s:s,s:[{s:s,s:n,s:o}]}", "type", "message", "attachments",
                           "contentType", "application/vnd.microsoft.card.adaptive", "contentUrl",
                           "content", card));
    lines_free(&l);
    return body;
}

static char *make_lineworks(const struct hm_notice *n, uint32_t attempt)
{
    struct lines l;

    (void)attempt;
    if (!lines_make(&l, n))
        return NULL;
    char *body =
        dumped(json_pack("{s:s,s:{s:s++}}", "title", l.head, "body", "text", l.text, "\n", l.foot));
    lines_free(&l);
    return body;
}

static void put_form_text(FILE *out, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++)
        if (strchr(plain, *text) != NULL)
            fputc(*text, out);
        else
            fprintf(out, "%%%02X", (unsigned char)*text);
}

static char *make_chatwork(const struct hm_notice *n, uint32_t attempt)
{
    struct lines l;
    char *body = NULL;
    size_t length;

    (void)attempt;
    if (!lines_make(&l, n))
        return NULL;
    FILE *out = open_memstream(&body, &length);
    if (out != NULL) {
        const char *const parts[] = {
            "[info][title]", l.head, "[/title]", l.text, "\n", l.foot, "[/info]"};
        fputs("body=", out);
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            put_form_text(out, parts[i]);
        if (fclose(out) != 0) {
            free(body);
            body = NULL;
        }
    }
    lines_free(&l);
    return body;
}

static const char json_content[] = "application/json";

static const struct payload_template templates[] = {
    {"generic", json_content, NULL, notice_json},
    {"text", json_content, NULL, make_text},
    {"teams", json_content, NULL, make_teams},
    {"lineworks", json_content, NULL, make_lineworks},
    {"chatwork", "application/x-www-form-urlencoded", "X-ChatWorkToken", make_chatwork},
};

const char *const payload_names[] = {"generic", "text", "teams", "lineworks", "chatwork", NULL};

const struct payload_template *payload_template(const char *name)
{
    size_t i = 0;

    while (strcmp(templates[i].name, name) != 0)
        i++;
    return &templates[i];
}
