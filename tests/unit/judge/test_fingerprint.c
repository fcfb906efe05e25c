/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/fingerprint.h"

#include <string.h>

#include "unit.h"

static void assert_fingerprint(const char *words, const char *wanted)
{
    struct text t = {0};
    fingerprint_add(&t, words);
    assert_string_equal(text_get(&t), wanted);
    text_deinit(&t);
}

static void what_changes_from_one_message_to_the_next_is_taken_out(void **state UNUSED)
{
    assert_fingerprint(
        "timeout after 31 s for '/renkei/in/a.csv' (0x7f3a)", "timeout after # s for '..' (#)");
    assert_fingerprint("request 550e8400-e29b-41d4-a716-446655440000 failed", "request # failed");
    assert_fingerprint(
        "集信エラー ファイル「住民異動.csv」 3 件", "集信エラー ファイル「..」 # 件");
    assert_fingerprint("rc=12  \t rc=-1", "rc=# rc=-#");
    assert_fingerprint("2026/04/15,01:30:00 end", "#/#/#,#:#:# end");
}

static void names_with_digits_keep_their_letters(void **state UNUSED)
{
    assert_fingerprint("job ZEI-0012 ended", "job ZEI-# ended");
    assert_fingerprint("ORA-01653: table", "ORA-#: table");
    assert_fingerprint("no digits at all", "no digits at all");
    assert_fingerprint("face bad cafe", "face bad cafe");
}

static void a_mark_that_is_not_closed_quotes_nothing(void **state UNUSED)
{
    assert_fingerprint("can't open 5 files", "can't open # files");
    assert_fingerprint("「途中", "「途中");
}

static void it_is_cut_between_characters(void **state UNUSED)
{
    char words[3 * 400 + 1];
    struct text t = {0};
    for (size_t i = 0; i < 400; i++)
        memcpy(words + 3 * i, "障", 3);
    words[3 * 400] = '\0';

    fingerprint_add(&t, words);

    assert_int_equal(t.length, 255);
    assert_true(text_is_utf8(text_get(&t), t.length));
    text_deinit(&t);
}

static void nothing_has_no_fingerprint(void **state UNUSED)
{
    assert_fingerprint("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes_from_one_message_to_the_next_is_taken_out),
        cmocka_unit_test(names_with_digits_keep_their_letters),
        cmocka_unit_test(a_mark_that_is_not_closed_quotes_nothing),
        cmocka_unit_test(it_is_cut_between_characters),
        cmocka_unit_test(nothing_has_no_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
