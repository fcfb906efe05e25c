/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/message.h"
#include "unit.h"

/* Bit n is set where {n} stands in @sentence. */
static unsigned places(const char *sentence)
{
    unsigned found = 0;
    for (const char *at = strchr(sentence, '{'); at != NULL; at = strchr(at + 1, '{'))
        if (at[1] >= '0' && at[1] < '0' + MESSAGE_ARGS_MAX && at[2] == '}')
            found |= 1u << (at[1] - '0');
    return found;
}

static void both_languages_use_the_same_arguments(void **state UNUSED)
{
    for (enum message id = 0; id < MESSAGES; id++) {
        const char *en = message_raw(id, LANGUAGE_EN);
        const char *ja = message_raw(id, LANGUAGE_JA);
        if (places(en) != places(ja))
            fail_msg("\"%s\" and \"%s\" use different arguments", en, ja);
    }
}

static void no_sentence_is_missing_in_a_language(void **state UNUSED)
{
    for (enum message id = 0; id < MESSAGES; id++) {
        const char *ja = message_raw(id, LANGUAGE_JA);
        assert_true(message_raw(id, LANGUAGE_EN)[0] != '\0');
        assert_true(ja[0] != '\0');
        assert_true(text_is_utf8(ja, strlen(ja)));
    }
}

static void the_language_follows_the_name(void **state UNUSED)
{
    assert_int_equal(message_language("ja_JP.UTF-8"), LANGUAGE_JA);
    assert_int_equal(message_language("ja"), LANGUAGE_JA);
    assert_int_equal(message_language("C.UTF-8"), LANGUAGE_EN);
    assert_int_equal(message_language(NULL), LANGUAGE_EN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_languages_use_the_same_arguments),
        cmocka_unit_test(no_sentence_is_missing_in_a_language),
        cmocka_unit_test(the_language_follows_the_name),
    };
    return cmocka_run_group_tests_name("base/message", tests, NULL, NULL);
}
