/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/code.h"
#include "unit.h"

static void what_is_printed_reads_back(void **state UNUSED)
{
    static const char *const good[][2] = {{"0: none", "0: none"}, {"-1: critical", "-1: critical"},
        {" 201 .. 256 :notice", "201..256: notice"}, {"0250-*: critical", "0250-*: critical"},
        {"a:b:  warning", "a:b: warning"}, {"-9..-1: warning", "-9..-1: warning"}};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct code c;
        struct text t = {0};

        assert_true(code_parse(good[i][0], &c));
        code_add(&t, &c);

        assert_string_equal(text_get(&t), good[i][1]);
        text_deinit(&t);
        code_deinit(&c);
    }
}

static void what_is_no_code_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "", "0", ": none", "0: bad", "0: ok", "0: blind", "0:", " : none", "0: none "};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct code c;
        assert_false(code_parse(bad[i], &c));
    }
}

static enum severity of(const char *value, const char *const *lines, size_t count)
{
    struct code codes[4];
    char field[] = "rc";
    struct rule rule = {.event = SEVERITY_WARNING, .code = field, .codes = codes};

    for (; rule.code_count < count; rule.code_count++)
        assert_true(code_parse(lines[rule.code_count], &codes[rule.code_count]));
    enum severity s = code_severity(&rule, value);
    for (size_t i = 0; i < count; i++)
        code_deinit(&codes[i]);
    return s;
}

static void the_first_that_fits_says_how_bad_a_number_is(void **state UNUSED)
{
    static const char *const codes[] = {"0: none", "1..4: notice", "3..9: critical"};

    assert_int_equal(of("0", codes, 3), SEVERITY_NONE);
    assert_int_equal(of("000", codes, 3), SEVERITY_NONE);
    assert_int_equal(of(" 4 ", codes, 3), SEVERITY_NOTICE);
    assert_int_equal(of("5", codes, 3), SEVERITY_CRITICAL);
    assert_int_equal(of("10", codes, 3), SEVERITY_WARNING);
    assert_int_equal(of("-1", codes, 3), SEVERITY_WARNING);
    assert_int_equal(of("1x", codes, 3), SEVERITY_WARNING);
    assert_int_equal(of("99999999999999999999", codes, 3), SEVERITY_WARNING);
    assert_int_equal(of("", codes, 3), SEVERITY_WARNING);
    assert_int_equal(of(NULL, codes, 3), SEVERITY_WARNING);
}

static void codes_that_are_no_numbers_are_patterns(void **state UNUSED)
{
    static const char *const codes[] = {"0000-0000: none", "0250-*: critical"};

    assert_int_equal(of("0000-0000", codes, 2), SEVERITY_NONE);
    assert_int_equal(of("0250-0205", codes, 2), SEVERITY_CRITICAL);
    assert_int_equal(of("0516-0000", codes, 2), SEVERITY_WARNING);
    assert_int_equal(of("0", codes, 2), SEVERITY_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(the_first_that_fits_says_how_bad_a_number_is),
        cmocka_unit_test(codes_that_are_no_numbers_are_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
