/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linklog_fixture.h"
#include "literal.h"
#include "match.h"
#include "scan.h"
#include "unit.h"

/* The required strings of @pattern as "a|b"; "" if nothing is known. */
static const char *required(const char *pattern)
{
    static char out[512];
    struct literals l;
    size_t length = 0;
    out[0] = '\0';
    if (!literals_of(pattern, NULL, 0, &l))
        return out;
    for (size_t i = 0; i < l.count; i++)
        length += (size_t)snprintf(out + length, sizeof out - length, "%s%.*s", i > 0 ? "|" : "",
            l.all[i].length, l.all[i].bytes);
    return out;
}

static void the_rarest_required_string_is_chosen(void **state UNUSED)
{
    assert_string_equal(required("ERROR"), "ERROR");
    assert_string_equal(required("^\\S+ ERROR .* rc=\\d+$"), " ERROR ");
    assert_string_equal(required("(?:重大|SEVERE) x"), "重大 x|SEVERE x");
    assert_string_equal(
        required("(?<job>[A-Z]+) EXEC end rc=(?!0 )(?<rc>-?\\d+)"), " EXEC end rc=");
    assert_string_equal(required("KAVS02(?:6[25]|79)-E"), "KAVS0262-E|KAVS0265-E|KAVS0279-E");
    assert_string_equal(required("(?:abc)?DEF+x*G"), "DEF");
    assert_string_equal(required("a{0}BCD{2,3}"), "BCD");
    assert_string_equal(required("\\[ERROR\\] \\d"), "[ERROR] ");
}

static void a_sample_of_the_log_decides_which_string_is_rare(void **state UNUSED)
{
    static const char sample[] = "XQZ1 XQZ2 XQZ3";
    struct literals l;

    assert_true(literals_of("XQZ\\d+ end", NULL, 0, &l));
    assert_memory_equal(l.all[0].bytes, "XQZ", 3);
    assert_true(literals_of("XQZ\\d+ end", sample, sizeof sample - 1, &l));
    assert_memory_equal(l.all[0].bytes, " end", 4);
}

static void what_is_not_known_for_sure_requires_nothing(void **state UNUSED)
{
    static const char *const unsure[] = {"(?i)error", "(?i:error)", "\\d+", "error|\\d", ".*", "",
        "(*UTF)abc", "a(?R)?b", "\\Qabc\\E", "(?x) a b", "(abc", "(?|a|b)", "[abc", "～",
        "(?(1)a|b)", "\\cAabc"};

    for (size_t i = 0; i < sizeof unsure / sizeof unsure[0]; i++)
        if (required(unsure[i])[0] != '\0')
            fail_msg("%s requires %s", unsure[i], required(unsure[i]));
}

static void characters_of_two_forms_part_a_string(void **state UNUSED)
{
    assert_string_equal(required("ABC～D"), "ABC");
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static const char *naive_find(const char *const *strings, size_t count, const char *bytes,
    size_t length, const char **ret_end)
{
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *at = memmem(bytes, length, strings[i], strlen(strings[i]));
        if (at != NULL && (best == NULL || at < best)) {
            best = at;
            *ret_end = at + strlen(strings[i]);
        }
    }
    return best;
}

static void scanning_finds_exactly_what_searching_finds(void **state UNUSED)
{
    static const char *const strings[] = {"ab", "c", "abcabc", "bbbb", "cabca", "aaaaaaaaab", "dd"};
    enum { STRINGS = sizeof strings / sizeof strings[0], LENGTH = 300 };
    static char bytes[LENGTH + SCAN_SLACK];
    unsigned seed = 7;

    for (int round = 0; round < 4000; round++) {
        size_t count = 1 + next_random(&seed) % STRINGS, length = next_random(&seed) % LENGTH;
        unsigned letters = 2 + next_random(&seed) % 24;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)('a' + (char)(next_random(&seed) % letters));
        for (int portable = 0; portable < 2; portable++) {
            struct scan *s = NULL;
            assert_int_equal(scan_new(&s), 0);
            for (size_t i = 0; i < count; i++)
                assert_true(scan_add(s, strings[i], strlen(strings[i]), (unsigned)i));
            scan_prepare(s, round % 2 ? bytes : NULL, sizeof bytes, portable);
            const char *end = NULL, *naive = naive_find(strings, count, bytes, length, &end);
            const char *found = scan_find(s, bytes, length);
            unsigned char marks[STRINGS] = {0};
            scan_mark(s, bytes, length, marks);
            scan_free(s);

            for (size_t i = 0; i < count; i++)
                assert_int_equal(
                    marks[i], memmem(bytes, length, strings[i], strlen(strings[i])) != NULL);
            assert_int_equal(naive != NULL, found != NULL);
            if (found != NULL)
                assert_true(found >= naive);
        }
    }
}

/* Whatever matches holds a required string: the promise on which lines are stepped over. */
static void every_match_holds_a_required_string(void **state UNUSED)
{
    static const char *const pieces[] = {"a", "b", "ab", "(?:a|bc)", "(?<n>ab|c)", "[ab]", "[^a]",
        "a?", "b*", "c+", "(?:ab){2}", "(?:a|b|)", "\\d", ".", "^", "$", "\\b", "(?=b)", "(?!a)",
        "c{1,2}", "|", "[a-c]", "(?:ca)+?", "\\x61", "\\p{Lu}", "(?>bc)"};
    enum { PIECES = sizeof pieces / sizeof pieces[0] };
    unsigned seed = 11, known = 0, matched = 0;

    for (int round = 0; round < 3000; round++) {
        char pattern[256] = "", text[40], why[128];
        for (unsigned n = 1 + next_random(&seed) % 6; n > 0; n--)
            strcat(pattern, pieces[next_random(&seed) % PIECES]);
        struct pattern *p = NULL;
        struct literals l;
        if (pattern_new(pattern, why, sizeof why, &p) < 0)
            continue;
        if (literals_of(pattern, NULL, 0, &l)) {
            known++;
            for (int i = 0; i < 40; i++) {
                size_t length = next_random(&seed) % (sizeof text - 1);
                for (size_t k = 0; k < length; k++)
                    text[k] = "abcA1"[next_random(&seed) % 5];
                bool holds = false;
                for (size_t k = 0; k < l.count; k++)
                    holds |= memmem(text, length, l.all[k].bytes, l.all[k].length) != NULL;
                if (pattern_match(p, text, length) != 1)
                    continue;
                matched++;
                if (!holds)
                    fail_msg("%s matches %.*s", pattern, (int)length, text);
            }
        }
        pattern_free(p);
    }
    assert_true(known > 500);
    assert_true(matched > 1000);
}

static int set_up(void **state)
{
    static struct fixture x;
    fixture_init(&x);
    *state = &x;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static void lines_are_found_across_blocks_in_either_encoding(void **state)
{
    struct fixture *x = *state;
    const struct fake_option pattern[] = {
        {.name = "pattern", .value = "申請 失敗 rc=(?<rc>\\d+)"}, {.name = NULL}};
    const struct fake_option options[] = {{.name = "patterns", .group = pattern},
        {.name = "encoding", .value = "CP932"}, {.name = NULL}};
    static const char *const failing[] = {
        "\x90\x5C\x90\xBF \x8E\xB8\x94\x73 rc=1\n", "申請 失敗 rc=2\n"};
    enum { LINES = 20000, EVERY = 500 };
    fixture_append(x, "app.log", "");
    fixture_start(x, options);

    char *text = calloc(LINES, 64);
    assert_non_null(text);
    size_t length = 0;
    for (int i = 1; i <= LINES; i++) {
        const char *line =
            i % EVERY == 0 ? failing[i / EVERY % 2] : "an ordinary line of a log, rc=0\n";
        length += (size_t)sprintf(text + length, "%s", line);
    }
    fixture_append_bytes(x, "app.log", text, length);
    free(text);
    fixture_await(x, "failure", LINES / EVERY);

    for (size_t i = 0; i < LINES / EVERY; i++)
        assert_int_equal(
            atoi(fake_reading_field(fixture_reading(x, "failure", i), "rc")), i % 2 == 0 ? 2 : 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rarest_required_string_is_chosen),
        cmocka_unit_test(a_sample_of_the_log_decides_which_string_is_rare),
        cmocka_unit_test(what_is_not_known_for_sure_requires_nothing),
        cmocka_unit_test(characters_of_two_forms_part_a_string),
        cmocka_unit_test(scanning_finds_exactly_what_searching_finds),
        cmocka_unit_test(every_match_holds_a_required_string),
        cmocka_unit_test_setup_teardown(
            lines_are_found_across_blocks_in_either_encoding, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog scan", tests, NULL, NULL);
}
