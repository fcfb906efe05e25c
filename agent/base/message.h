/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_MESSAGE_H
#define HM_BASE_MESSAGE_H

#include "base/text.h"

/**
 * message - every sentence that a user reads, in Japanese and in English.
 *
 * The table is message.def: one MESSAGE(id, english, japanese) a line. "{0}", "{1}" .. stand for
 * arguments, so that each language orders them as it likes. Both languages must use the same
 * set of arguments (a unit test looks). Log lines are not here: they are for searching, are in
 * English only and are kept short (docs/decisions/0003-log-lines-are-english.md).
 */

enum language { LANGUAGE_EN, LANGUAGE_JA };

enum message {
#define MESSAGE(id, en, ja) MESSAGE_##id,
#include "base/message.def"
#undef MESSAGE
    MESSAGES
};

enum { MESSAGE_ARGS_MAX = 8 };

/** "ja", "ja_JP.UTF-8" .. give Japanese; anything else, NULL too, English. */
enum language message_language(const char *name);

/** By LC_ALL, LC_MESSAGES or LANG, the first that is set. */
enum language message_language_of_environment(void);

/** The sentence with its places still in it; borrowed, static. */
const char *message_raw(enum message id, enum language language);

/**
 * Adds the sentence to @t; {n} becomes args[n] ("" where NULL). @args holds MESSAGE_ARGS_MAX.
 * Callers use message_add, which fills @args:
 *     message_add(&t, LANGUAGE_JA, MESSAGE_UNKNOWN_KEY, key, accepted);
 */
void message_add_args(struct text *t, enum language language, enum message id,
    const char *const args[MESSAGE_ARGS_MAX]);

#define message_add(t, language, ...) message_add_pick_(t, language, __VA_ARGS__, NULL)
#define message_add_pick_(t, language, id, ...) \
    message_add_args(t, language, id, (const char *const[MESSAGE_ARGS_MAX]){__VA_ARGS__})

#endif
