/* SPDX-License-Identifier: BSD-2-Clause */
#include "encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "[truncated 18446744073709551615]" and a NUL */
enum { MARK_BYTES = 33 };

/* Never writes past `room`; the limits of the parts are such that only MSG can meet it. */
struct writer {
    char *bytes;
    size_t length;
    size_t room;
};

int syslog_facility(const char *name)
{
    static const char *const names[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr",
        "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0",
        "local1", "local2", "local3", "local4", "local5", "local6", "local7"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

/* A recovery is `notice`, not `info`: who takes the raising at `warning` and above by a rule such
 * as local0.notice must see the clearing too. */
static int syslog_severity(const struct hm_notice *notice)
{
    switch (notice->severity) {
    case 3:
        return 2; // critical
    case 9:
        return 3; // error: nobody is looking
    case 2:
        return 4; // warning
    default:
        return strcmp(notice->kind, "heartbeat") == 0 ? 6 : 5;
    }
}

static const char *severity_word(int severity)
{
    switch (severity) {
    case 1:
        return "notice";
    case 2:
        return "warning";
    case 3:
        return "critical";
    case 9:
        return "blind";
    default:
        return "ok";
    }
}

static void put(struct writer *w, const char *bytes, size_t length)
{
    if (length > w->room - w->length)
        length = w->room - w->length;
    memcpy(w->bytes + w->length, bytes, length);
    w->length += length;
}

static void put_text(struct writer *w, const char *text)
{
    put(w, text, strlen(text));
}

/* In decimal, at least @digits of them. By hand: printf took half of the time of a message. */
static void put_number(struct writer *w, uint64_t number, int digits)
{
    char text[20];
    size_t at = sizeof text;

    for (; number > 0 || digits > 0; number /= 10, digits--)
        text[--at] = (char)('0' + number % 10);
    put(w, text + at, sizeof text - at);
}

/* A header field: PRINTUSASCII, at most @limit; "-" when there is nothing. */
static void put_header(struct writer *w, const char *value, size_t limit)
{
    size_t n = strnlen(value, limit);

    if (n == 0)
        put(w, "-", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];
        char printable = c > 0x20 && c < 0x7f ? value[i] : '?';
        put(w, &printable, 1);
    }
}

static void put_time(struct writer *w, const struct hm_notice *notice)
{
    int64_t ms = notice->at_ms % 1000;
    time_t local = (time_t)(notice->at_ms / 1000 + notice->utc_offset_s);
    int32_t offset = notice->utc_offset_s;
    struct tm tm = {.tm_year = 70, .tm_mday = 1}; // for a time that gmtime_r cannot say

    if (ms < 0) {
        ms += 1000;
        local--;
    }
    gmtime_r(&local, &tm);
    const struct {
        uint64_t number;
        int digits;
        const char *behind;
    } parts[] = {{(uint64_t)tm.tm_year + 1900, 4, "-"}, {(uint64_t)tm.tm_mon + 1, 2, "-"},
        {(uint64_t)tm.tm_mday, 2, "T"}, {(uint64_t)tm.tm_hour, 2, ":"},
        {(uint64_t)tm.tm_min, 2, ":"}, {(uint64_t)tm.tm_sec, 2, "."},
        {(uint64_t)ms, 3, offset < 0 ? "000-" : "000+"}, {(uint64_t)labs(offset) / 3600, 2, ":"},
        {(uint64_t)labs(offset) / 60 % 60, 2, ""}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        put_number(w, parts[i].number, parts[i].digits);
        put_text(w, parts[i].behind);
    }
}

/* Length and value of the UTF-8 sequence at @s (RFC 3629), 0 if there is none. */
static size_t decode(const char *s, uint32_t *ret)
{
    const unsigned char *b = (const unsigned char *)s;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = b[0] < 0x80 ? 1 : b[0] >= 0xc2 && b[0] < 0xe0 ? 2 : (b[0] & 0xf0) == 0xe0 ? 3 : 4;

    if (n == 1) {
        *ret = b[0];
        return 1;
    }
    if (b[0] < 0xc2 || b[0] > 0xf4)
        return 0;
    uint32_t value = b[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (b[i] & 0x3fu);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 0;
    *ret = value;
    return n;
}

static bool is_obeyed(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* One character of @s as it is printed, into @ret; returns the bytes of @s it took. */
static size_t escape(const char *s, bool is_param, char ret[16], size_t *ret_length)
{
    uint32_t c;
    size_t n = decode(s, &c);
    const char *slash = is_param ? "\\\\" : "\\";

    if (n == 0) {
        *ret_length = (size_t)snprintf(ret, 16, "%sx%02x", slash, (unsigned char)*s);
        return 1;
    }
    if (is_obeyed(c)) {
        *ret_length = (size_t)snprintf(ret, 16, "%sx{%" PRIx32 "}", slash, c);
        return n;
    }
    bool backslash = is_param && (c == '"' || c == '\\' || c == ']');
    ret[0] = '\\';
    memcpy(ret + backslash, s, n);
    *ret_length = n + backslash;
    return n;
}

/* How many bytes at @s stand for themselves. */
static size_t plain_run(const char *s, bool is_param)
{
    size_t n = 0;

    while (
        s[n] >= 0x20 && s[n] < 0x7f && !(is_param && (s[n] == '"' || s[n] == '\\' || s[n] == ']')))
        n++;
    return n;
}

/* Adds @value in at most @limit bytes, the mark of what was cut included. */
static void put_escaped(struct writer *w, const char *value, size_t limit, bool is_param)
{
    char piece[16];
    size_t length;
    size_t begin = w->length;
    size_t safe = w->length; // the mark still fits behind it
    const char *left = value;

    for (const char *s = value; *s != '\0';) {
        size_t run = plain_run(s, is_param);
        if (run > 0 && w->length - begin + run + MARK_BYTES <= limit) {
            put(w, s, run);
            s += run;
            safe = w->length;
            left = s;
            continue;
        }
        size_t taken = escape(s, is_param, piece, &length);
        if (w->length - begin + length > limit) {
            char mark[MARK_BYTES + 1];
            int n = snprintf(mark, sizeof mark, is_param ? "[truncated %zu\\]" : "[truncated %zu]",
                strlen(left));
            w->length = safe;
            put(w, mark, (size_t)n);
            return;
        }
        put(w, piece, length);
        s += taken;
        if (w->length - begin + MARK_BYTES <= limit) {
            safe = w->length;
            left = s;
        }
    }
}

static void put_param(struct writer *w, const char *name, const char *value)
{
    put(w, " ", 1);
    put_text(w, name);
    put(w, "=\"", 2);
    put_escaped(w, value, SYSLOG_PARAM_BYTES, true);
    put(w, "\"", 1);
}

size_t syslog_attempt(char ret[SYSLOG_ATTEMPT_BYTES], uint32_t attempt)
{
    if (attempt < 2)
        return 0;
    return (size_t)snprintf(ret, SYSLOG_ATTEMPT_BYTES, " attempt=\"%" PRIu32 "\"", attempt);
}

static void put_element(
    struct writer *w, const struct hm_notice *notice, uint32_t attempt, struct syslog_mark *mark)
{
    char text[SYSLOG_ATTEMPT_BYTES];

    put(w, "[" SYSLOG_SD_ID, sizeof "[" SYSLOG_SD_ID - 1);
    put_param(w, "key", notice->key);
    put_text(w, " seq=\"");
    put_number(w, notice->sequence, 1);
    put_text(w, "\" incident=\"");
    put_number(w, notice->incident, 1);
    put_text(w, "\" severity=\"");
    put_text(w, severity_word(notice->severity));
    put(w, "\"", 1);
    put_param(w, "subject", notice->subject);
    put_param(w, "service", notice->service);
    put_param(w, "state", notice->state);
    *mark = (struct syslog_mark){.at = w->length, .length = syslog_attempt(text, attempt)};
    put(w, text, mark->length);
    put(w, "]", 1);
}

size_t syslog_encode(char *ret, size_t room, const struct syslog_format *format, uint32_t attempt,
    const struct hm_notice *notice, struct syslog_mark *ret_mark)
{
    struct writer w = {.bytes = ret, .room = room};

    put(&w, "<", 1);
    put_number(&w, (uint64_t)(format->facility * 8 + syslog_severity(notice)), 1);
    put_text(&w, ">1 ");
    put_time(&w, notice);
    put(&w, " ", 1);
    put_header(&w, notice->host, 255);
    put_text(&w, " hashimori ");
    put_number(&w, (uint64_t)format->process_id, 1);
    put(&w, " ", 1);
    put_header(&w, notice->event_id, 32);
    put(&w, " ", 1);
    put_element(&w, notice, attempt, ret_mark);
    put(&w, " ", 1);
    if (format->bom)
        put(&w, "\xef\xbb\xbf", 3);
    put_escaped(&w, notice->text, w.room - w.length, false);
    return w.length;
}
