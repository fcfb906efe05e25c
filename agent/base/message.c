/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const sentences[MESSAGES][2] = {
#define MESSAGE(id, en, ja) {en, ja},
#include "base/message.def"
#undef MESSAGE
};

enum language message_language(const char *name)
{
    return name != NULL && strncmp(name, "ja", 2) == 0 ? LANGUAGE_JA : LANGUAGE_EN;
}

enum language message_language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return message_language(value);
    }
    return LANGUAGE_EN;
}

const char *message_raw(enum message id, enum language language)
{
    assert(id < MESSAGES);
    return sentences[id][language == LANGUAGE_JA];
}

void message_add_args(struct text *t, enum language language, enum message id,
    const char *const args[MESSAGE_ARGS_MAX])
{
    for (const char *at = message_raw(id, language); *at != '\0'; at++) {
        if (at[0] == '{' && at[1] >= '0' && at[1] < '0' + MESSAGE_ARGS_MAX && at[2] == '}') {
            const char *arg = args[at[1] - '0'];
            text_add(t, arg != NULL ? arg : "");
            at += 2;
        } else {
            text_add_char(t, *at);
        }
    }
}
