/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "notify/quotation.h"
#include "unit.h"

struct marked {
    const char *text;
    struct text shown;
    size_t at;
};

static void mark(void *arg, size_t begin, size_t end)
{
    struct marked *m = arg;
    text_add_bytes(&m->shown, m->text + m->at, begin - m->at);
    text_addf(&m->shown, "<%.*s>", (int)(end - begin), m->text + begin);
    m->at = end;
}

/* @text with < and > around the inside of each quotation is @expected. */
static void assert_quoted(const char *text, const char *expected)
{
    struct marked m = {.text = text};
    quotation_each(text, strlen(text), mark, &m);
    text_add(&m.shown, text + m.at);
    assert_string_equal(text_get(&m.shown), expected);
    text_deinit(&m.shown);
}

static void every_kind_of_mark_quotes(void **state UNUSED)
{
    assert_quoted("name '山田 太郎' and \"花子\"", "name '<山田 太郎>' and \"<花子>\"");
    assert_quoted("「山田」と『花子』が｢ﾔﾏﾀﾞ｣", "「<山田>」と『<花子>』が｢<ﾔﾏﾀﾞ>｣");
    assert_quoted("“山田” ‘花子’ 〝一〟 «二»", "“<山田>” ‘<花子>’ 〝<一>〟 «<二>»");
    assert_quoted("＂山田＂と＇花子＇", "＂<山田>＂と＇<花子>＇");
    assert_quoted("cannot stat `山田' or `花子`", "cannot stat `<山田>' or `<花子>`");
    assert_quoted("empty '' and \"\" quote nothing", "empty '' and \"\" quote nothing");
}

static void apostrophes_in_words_quote_nothing(void **state UNUSED)
{
    assert_quoted(
        "can't open the users' files, it's o'clock", "can't open the users' files, it's o'clock");
    assert_quoted(
        "the 1990's and rock'n'roll; the ops' plan", "the 1990's and rock'n'roll; the ops' plan");
    assert_quoted("can't open 'x y' as it's old", "can't open '<x y>' as it's old");
    assert_quoted("'can't open'", "'<can't open>'");
    assert_quoted("‘can’t open’ said", "‘<can’t open>’ said");
}

static void marks_behind_a_word_open_what_cannot_be_its_end(void **state UNUSED)
{
    assert_quoted("ID'１２３'が不正", "ID'<１２３>'が不正");
    assert_quoted("code'123' x", "code'<123>' x");
    assert_quoted("values N'山田', b'abc', X'3132'", "values N'<山田>', b'<abc>', X'<3132>'");
}

static void doubled_and_escaped_marks_are_characters(void **state UNUSED)
{
    assert_quoted("name 'O''Brien K' is", "name '<O''Brien K>' is");
    assert_quoted("\"say \\\"山田\\\" now\" end", "\"<say \\\"山田\\\" now>\" end");
    assert_quoted("body={\\\"name\\\":\\\"山田\\\"}", "body={\\\"<name>\\\":\\\"<山田>\\\"}");
    assert_quoted("\"\"\"山田\"\"\" x", "\"\"\"<山田\"\">\" x");
}

static void brackets_nest_and_hold_other_marks(void **state UNUSED)
{
    assert_quoted("「山田「一」太郎」が", "「<山田「一」太郎>」が");
    assert_quoted("「山'田」 'x y'", "「<山'田>」 '<x y>'");
}

static void values_of_a_database_are_quoted(void **state UNUSED)
{
    assert_quoted(
        "Key (kojin_id)=(1234567) already exists.", "Key (kojin_id)=(<1234567>) already exists.");
    assert_quoted("キー(kojin_id, no)=(1234567, 2)はすでに存在します",
        "キー(kojin_id, no)=(<1234567, 2>)はすでに存在します");
    assert_quoted(
        "Failing row contains (1, a)b', 'x').", "Failing row contains (<1, a>)b', '<x>').");
    assert_quoted(
        "Failing row contains (1, 'a)b', f(2)) end", "Failing row contains (<1, 'a)b', f(2)>) end");
    assert_quoted("失敗した行は(1, 山田)を含みます", "失敗した行は(<1, 山田>)を含みます");
    assert_quoted("The duplicate key value is (1, 2).", "The duplicate key value is (<1, 2>).");
    assert_quoted("INSERT INTO t (a, b) values (1, 2), (3, 4) (5)",
        "INSERT INTO t (a, b) values (<1, 2>), (<3, 4>) (5)");
    assert_quoted(
        "at Importer.run(Importer.java:212) (of 3)", "at Importer.run(Importer.java:212) (of 3)");
}

static void what_is_not_closed_is_quoted_to_the_end_of_its_line(void **state UNUSED)
{
    assert_quoted("bad name \"山田\n\tat x.java", "bad name \"<山田>\n\tat x.java");
    assert_quoted("行「山田\n次", "行「<山田>\n次");
    assert_quoted("Key (id)=(12\nnext", "Key (id)=(<12>\nnext");
    assert_quoted("cannot stat `山田", "cannot stat `<山田>");
}

static void what_a_later_line_closes_is_quoted_up_to_the_end_of_that(void **state UNUSED)
{
    assert_quoted("cell \"山田\n太郎\", 12\nnext", "cell \"<山田\n太郎\", 12>\nnext");
    assert_quoted("「山田\n太郎」 next", "「<山田\n太郎>」 next");
}

static void where_marks_do_not_pair_all_from_the_first_on_is_quoted(void **state UNUSED)
{
    assert_quoted("a 5\" wide \"山田\"", "a 5\"< wide \"山田\">");
    assert_quoted("名'山田'と'鈴木'と'佐藤", "名'<山田'と'鈴木'と'佐藤>");
    assert_quoted("of '山田 太郎', and '鈴木", "of '<山田 太郎>', and '<鈴木>");
    assert_quoted("a `田中' of '山田' is", "a `<田中>' of '<山田>' is");
    assert_quoted("the users' list of '山田' is", "the users' list of '<山田>' is");
}

static void a_bracket_that_too_much_follows_quotes_the_rest(void **state UNUSED)
{
    struct text t = {0};
    struct marked m = {0};
    text_add(&t, "「");
    for (int i = 0; i < 500; i++)
        text_add(&t, "0123456789\n");
    m.text = text_get(&t);

    quotation_each(m.text, t.length, mark, &m);

    assert_int_equal(m.at, t.length);
    text_deinit(&m.shown);
    text_deinit(&t);
}

static bool is_plain(const char *text)
{
    return quotation_is_plain(text, strlen(text));
}

static void names_of_things_are_plain_and_data_is_not(void **state UNUSED)
{
    assert_true(is_plain("/renkei/in/ZEI-0012_20260415.csv"));
    assert_true(is_plain("ORA-01653:"));
    assert_true(is_plain("C:\\data\\x$1"));
    assert_true(is_plain("#tag@host"));
    assert_true(is_plain(""));
    assert_true(is_plain("***"));
    assert_true(is_plain("＊＊ ＊"));
    assert_false(is_plain("1234567"));
    assert_false(is_plain("2026-04-15"));
    assert_false(is_plain("Yamada Taro"));
    assert_false(is_plain("山田"));
    assert_false(is_plain("a,b"));
    assert_false(is_plain("***1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_mark_quotes),
        cmocka_unit_test(apostrophes_in_words_quote_nothing),
        cmocka_unit_test(marks_behind_a_word_open_what_cannot_be_its_end),
        cmocka_unit_test(doubled_and_escaped_marks_are_characters),
        cmocka_unit_test(brackets_nest_and_hold_other_marks),
        cmocka_unit_test(values_of_a_database_are_quoted),
        cmocka_unit_test(what_is_not_closed_is_quoted_to_the_end_of_its_line),
        cmocka_unit_test(what_a_later_line_closes_is_quoted_up_to_the_end_of_that),
        cmocka_unit_test(where_marks_do_not_pair_all_from_the_first_on_is_quoted),
        cmocka_unit_test(a_bracket_that_too_much_follows_quotes_the_rest),
        cmocka_unit_test(names_of_things_are_plain_and_data_is_not),
    };
    return cmocka_run_group_tests_name("notify/quotation", tests, NULL, NULL);
}
