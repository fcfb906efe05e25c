/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "notify/number.h"
#include "notify/quotation.h"
#include "settings/regex.h"

/* Two do unless a pattern finds what another one left; matches in one text, of one pattern. */
enum { PASSES_MAX = 4, MATCHES_MAX = 256 };

static const char hidden_text[] = "***";

enum { SHOWN, DIGIT, HIDDEN };

/* A text and what becomes of each of its bytes. */
struct sheet {
    const struct text *text;
    uint8_t *fate;
    bool is_touched; /* something is not SHOWN */
};

struct manner manner_of(const struct settings *s)
{
    return (struct manner){s->agent.language, &s->agent.redact};
}

enum redact_source redact_source_of(const struct incident *i)
{
    bool is_call = (i->flags & INCIDENT_CITY) != 0 && i->detected_at.wall == 0;
    return is_call ? REDACT_PERSON : REDACT_RECORD;
}

/* ---- rules ------------------------------------------------------------------------------- */

static void take_digit(void *arg, size_t at, size_t bytes)
{
    struct sheet *s = arg;
    memset(s->fate + at, DIGIT, bytes);
    s->is_touched = true;
}

/* Unless there is nothing left to hide in it. */
static void cover(struct sheet *s, size_t begin, size_t end)
{
    size_t stars = strspn(s->text->bytes + begin, "*");
    if (begin + stars >= end)
        return;
    memset(s->fate + begin, HIDDEN, end - begin);
    s->is_touched = true;
}

static void take_quotation(void *arg, size_t begin, size_t end)
{
    struct sheet *s = arg;
    if (!quotation_is_plain(s->text->bytes + begin, end - begin))
        cover(s, begin, end);
}

/* False: nobody knows what it would have found. */
static bool take_matches(struct sheet *s, const struct regex *regex)
{
    size_t begin, end, at = 0;
    int r = 0;
    for (unsigned n = 0; r == 0 && n < MATCHES_MAX; n++) {
        r = regex_find(regex, s->text->bytes, s->text->length, at, &begin, &end);
        if (r == 0)
            cover(s, begin, at = end);
    }
    return r == REGEX_E_NONE;
}

static bool take_patterns(struct sheet *s, const struct redact_settings *r)
{
    for (size_t i = 0; r != NULL && i < r->pattern_count; i++)
        if (!take_matches(s, r->compiled[i])) {
            log_warn(LOG_NOTIFY,
                "agent.redact: pattern %zu ran into its limits, the whole text is hidden", i + 1);
            return false;
        }
    return true;
}

/* ---- passes ------------------------------------------------------------------------------ */

/* What is hidden grows over asterisks beside it. */
static void spread(struct sheet *s)
{
    size_t length = s->text->length;
    for (size_t i = 1; i < length; i++)
        if (s->fate[i - 1] == HIDDEN && s->text->bytes[i] == '*')
            s->fate[i] = HIDDEN;
    for (size_t i = length; i-- > 1;)
        if (s->fate[i] == HIDDEN && s->text->bytes[i - 1] == '*')
            s->fate[i - 1] = HIDDEN;
}

static void write_sheet(const struct sheet *s, struct text *ret)
{
    for (size_t i = 0; i < s->text->length;) {
        size_t n = text_utf8_length(s->text->bytes + i, s->text->length - i);
        if (s->fate[i] == SHOWN)
            text_add_bytes(ret, s->text->bytes + i, n);
        else if (s->fate[i] == DIGIT)
            text_add(ret, n == 1 ? "*" : "＊");
        else if (i + n >= s->text->length || s->fate[i + n] != HIDDEN)
            text_add(ret, hidden_text);
        i += n;
    }
}

/* Goes over @t once. False: all of it must be hidden. *ret_changed: there was something to hide. */
static bool pass(
    struct text *t, const struct redact_settings *r, enum redact_source source, bool *ret_changed)
{
    struct sheet s = {.text = t, .fate = alloc(t->length + 1)};
    struct text written = {0};
    if (r == NULL || !r->numbers_shown)
        number_each_digit(t->bytes, take_digit, &s);
    if (source == REDACT_RECORD && (r == NULL || !r->quotations_shown))
        quotation_each(t->bytes, t->length, take_quotation, &s);
    bool is_known = take_patterns(&s, r);
    *ret_changed = s.is_touched;
    if (is_known && s.is_touched) {
        spread(&s);
        write_sheet(&s, &written);
        text_deinit(t);
        *t = written;
    }
    free(s.fate);
    return is_known;
}

void redact_add(
    struct text *t, const struct redact_settings *r, enum redact_source source, const char *text)
{
    struct text now = {0};
    bool is_changed = true, is_known = true;
    size_t length = text != NULL ? strlen(text) : 0;
    if (length == 0)
        return;
    if (text_is_utf8(text, length))
        text_add_bytes(&now, text, length);
    else
        text_add_utf8(&now, text, length);
    for (unsigned n = 0; is_changed && is_known && n <= PASSES_MAX; n++)
        is_known = n < PASSES_MAX && pass(&now, r, source, &is_changed);
    text_add(t, is_known ? text_get(&now) : hidden_text);
    text_deinit(&now);
}

char *redact_text(const struct redact_settings *r, enum redact_source source, const char *text)
{
    struct text t = {0};
    redact_add(&t, r, source, text);
    return text_take(&t);
}

/* Whether @field stands in @record and nowhere in what is shown of it. */
static bool is_hidden_in(const char *field, const char *record, const char *shown)
{
    return field[0] != '\0' && strstr(record, field) != NULL && strstr(shown, field) == NULL;
}

char *redact_fields(const struct redact_settings *r, const char *record, const char *value)
{
    struct text fields = {0};
    if (record == NULL || record[0] == '\0' || value == NULL || value[0] == '\0')
        return redact_text(r, REDACT_RECORD, value);
    char *shown = redact_text(r, REDACT_RECORD, record);
    for (const char *at = value; at != NULL;) {
        const char *slash = strchr(at, '/');
        char *field = alloc_bytes(at, slash != NULL ? (size_t)(slash - at) : strlen(at));
        text_add(&fields, is_hidden_in(field, record, shown) ? hidden_text : field);
        if (slash != NULL)
            text_add_char(&fields, '/');
        free(field);
        at = slash != NULL ? slash + 1 : NULL;
    }
    bool is_whole = is_hidden_in(value, record, shown);
    char *redacted = redact_text(r, REDACT_RECORD, is_whole ? hidden_text : text_get(&fields));
    text_deinit(&fields);
    free(shown);
    return redacted;
}

char *redact_value(const struct redact_settings *r, const struct incident *i)
{
    if (i->threshold != NULL && i->threshold[0] != '\0')
        return alloc_text(i->value != NULL ? i->value : "");
    return redact_fields(r, i->text, i->value);
}
