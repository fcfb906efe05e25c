/* SPDX-License-Identifier: BSD-2-Clause */
#include "syslog_parse.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    const unsigned char *at, *end;
};

static bool take(struct reader *r, unsigned char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* 1*PRINTUSASCII up to a blank, which is taken too. */
static bool take_word(struct reader *r, char *ret, size_t most)
{
    size_t n = 0;

    while (r->at<r->end && * r->at> 32 && *r->at < 127 && n < most)
        ret[n++] = (char)*r->at++;
    ret[n] = '\0';
    return n > 0 && take(r, ' ');
}

static bool take_priority(struct reader *r, int *ret)
{
    *ret = 0;
    if (!take(r, '<'))
        return false;
    for (int digits = 0; r->at < r->end && *r->at >= '0' && *r->at <= '9'; digits++) {
        if (digits == 3)
            return false;
        *ret = *ret * 10 + (*r->at++ - '0');
    }
    return take(r, '>') && take(r, '1') && take(r, ' ') && *ret <= 191;
}

/* SD-NAME: PRINTUSASCII without = ] " and blank. */
static bool take_name(struct reader *r, char *ret)
{
    size_t n = 0;

    while (r->at<r->end && * r->at> 32 && *r->at < 127 && strchr("=]\"", *r->at) == NULL) {
        if (n == 32)
            return false;
        ret[n++] = (char)*r->at++;
    }
    ret[n] = '\0';
    return n > 0;
}

static bool take_value(struct reader *r, char *ret)
{
    size_t n = 0;

    if (!take(r, '"'))
        return false;
    while (r->at < r->end && *r->at != '"') {
        if (*r->at == ']')
            return false;
        if (*r->at == '\\' && r->at + 1 < r->end && memchr("\"\\]", r->at[1], 3) != NULL)
            r->at++;
        if (n == PARSED_BYTES - 1)
            return false;
        ret[n++] = (char)*r->at++;
    }
    ret[n] = '\0';
    return take(r, '"');
}

static bool take_element(struct reader *r, struct parsed *ret)
{
    if (!take(r, '[') || !take_name(r, ret->sd_id))
        return false;
    while (take(r, ' ')) {
        if (ret->param_count == PARSED_PARAMS_MAX ||
            !take_name(r, ret->params[ret->param_count].name) || !take(r, '=') ||
            !take_value(r, ret->params[ret->param_count].value))
            return false;
        ret->param_count++;
    }
    return take(r, ']');
}

bool syslog_parse(const char *bytes, size_t length, struct parsed *ret)
{
    const unsigned char *begin = (const unsigned char *)bytes;
    struct reader r = {begin, begin + length};

    memset(ret, 0, sizeof *ret);
    if (!take_priority(&r, &ret->pri) || !take_word(&r, ret->time, 63) ||
        !take_word(&r, ret->host, 255) || !take_word(&r, ret->app, 48) ||
        !take_word(&r, ret->process, 128) || !take_word(&r, ret->msgid, 32) ||
        !take_element(&r, ret))
        return false;
    if (r.at == r.end)
        return true;
    if (!take(&r, ' '))
        return false;
    if (r.end - r.at >= 3 && memcmp(r.at, "\xef\xbb\xbf", 3) == 0) {
        ret->bom = true;
        r.at += 3;
    }
    if ((size_t)(r.end - r.at) >= sizeof ret->text)
        return false;
    memcpy(ret->text, r.at, (size_t)(r.end - r.at));
    return true;
}

const char *parsed_param(const struct parsed *p, const char *name)
{
    for (size_t i = 0; i < p->param_count; i++)
        if (strcmp(p->params[i].name, name) == 0)
            return p->params[i].value;
    return NULL;
}
