/* SPDX-License-Identifier: BSD-2-Clause */
#include "replies.h"

#include <string.h>

#include "shared/visible.h"

static bool begins(const char *line, size_t length, const char *with)
{
    return length >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* The first wanted recipient from @i on. */
static size_t next_wanted(const struct replies *r, size_t i)
{
    while (i < REPLIES_RECIPIENTS_MAX && (r->wanted >> i & 1) == 0)
        i++;
    return i;
}

void replies_command(struct replies *r, const char *line, size_t length)
{
    if (begins(line, length, "MAIL FROM:")) {
        r->step = STEP_MAIL;
    } else if (begins(line, length, "RCPT TO:")) {
        r->asked = next_wanted(r, r->step == STEP_RECIPIENT ? r->asked + 1 : 0);
        r->step = STEP_RECIPIENT;
    } else if (begins(line, length, "DATA")) {
        r->step = STEP_DATA;
    } else if (begins(line, length, "QUIT")) {
        r->step = STEP_QUIT;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void take(struct replies *r, int code)
{
    switch (r->step) {
    case STEP_MAIL:
        r->mail = code;
        break;
    case STEP_RECIPIENT:
        if (r->asked < REPLIES_RECIPIENTS_MAX)
            r->recipient[r->asked] = code;
        break;
    case STEP_DATA:
        r->data = code;
        if (code == 354)
            r->step = STEP_END;
        break;
    case STEP_END:
        r->end = code;
        break;
    default:
        break;
    }
}

void replies_line(struct replies *r, const char *line, size_t length)
{
    // "250-" goes on; only the last line of a reply counts.
    if (length < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]) ||
        (length > 3 && line[3] == '-') || r->step == STEP_QUIT)
        return;
    visible_line(r->text, sizeof r->text, line, length);
    take(r, (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
}

static bool is_good(int code)
{
    return code >= 200 && code < 300;
}

int replies_code(const struct replies *r, size_t i)
{
    if (!is_good(r->mail))
        return r->mail;
    if (!is_good(r->recipient[i]))
        return r->recipient[i];
    return r->data == 354 ? r->end : r->data;
}

enum hm_result replies_result(const struct replies *r, size_t i)
{
    int code = replies_code(r, i);

    if (is_good(r->mail) && is_good(r->recipient[i]) && r->data == 354 && is_good(code))
        return HM_ACCEPTED;
    // 530: log in first (RFC 4954); the operator can mend that, and the mail is none the worse.
    return code >= 500 && code < 600 && code != 530 ? HM_REFUSED : HM_LATER;
}
