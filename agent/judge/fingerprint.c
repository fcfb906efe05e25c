/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/fingerprint.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters and digits from @words on, with the hyphens of a UUID between them. */
static size_t word_length(const char *words)
{
    size_t n = 0;
    while (is_word(words[n]) || (words[n] == '-' && is_word(words[n + 1])))
        n++;
    return n;
}

/* A number, a hexadecimal one, or a name such as "ZEI-0012" whose digits alone change. */
static size_t add_word(struct text *t, const char *words)
{
    size_t length = word_length(words), digits = 0;
    bool is_hex = true;

    for (size_t i = 0; i < length; i++) {
        digits += is_digit(words[i]);
        is_hex &= words[i] == '-' || strchr("0123456789abcdefABCDEFxX", words[i]) != NULL;
    }
    if (digits > 0 && is_hex) {
        text_add_char(t, '#');
        return length;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(words[i]))
            text_add_char(t, words[i]);
        else if (i == 0 || !is_digit(words[i - 1]))
            text_add_char(t, '#');
    }
    return length;
}

/* The bytes up to the closing mark of what @words opens; 0: it opens nothing that is closed. */
static size_t quoted_length(const char *words, const char **ret_open, const char **ret_close)
{
    static const char *const marks[][2] = {
        {"\"", "\""}, {"'", "'"}, {"「", "」"}, {"『", "』"}, {"`", "`"}};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t open = strlen(marks[i][0]);
        if (strncmp(words, marks[i][0], open) != 0)
            continue;
        const char *close = strstr(words + open, marks[i][1]);
        if (close == NULL)
            return 0;
        *ret_open = marks[i][0];
        *ret_close = marks[i][1];
        return (size_t)(close - words) + strlen(marks[i][1]);
    }
    return 0;
}

void fingerprint_add(struct text *t, const char *words)
{
    struct text whole = {0};
    const char *open = NULL, *close = NULL;

    while (*words != '\0' && whole.length <= FINGERPRINT_BYTES_MAX) {
        size_t quoted = quoted_length(words, &open, &close);
        if (quoted > 0) {
            text_addf(&whole, "%s..%s", open, close);
            words += quoted;
        } else if (is_word(*words)) {
            words += add_word(&whole, words);
        } else if (strchr(" \t\r\n", *words) != NULL) {
            words += strspn(words, " \t\r\n");
            text_add_char(&whole, ' ');
        } else {
            text_add_char(&whole, *words++);
        }
    }
    text_add_bytes(
        t, text_get(&whole), text_utf8_cut(text_get(&whole), whole.length, FINGERPRINT_BYTES_MAX));
    text_deinit(&whole);
}
