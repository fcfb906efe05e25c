/* SPDX-License-Identifier: BSD-2-Clause */
#include <iconv.h>
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
    assert_string_equal(required("rc=-?[1-3]"), "rc=-1|rc=-2|rc=-3|rc=1|rc=2|rc=3");
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
        "(*UTF)abc", "a(?R)?b", "\\Qabc\\E", "(?x) a b", "(abc", "(?|a|b)", "[abc", "(?(1)a|b)",
        "\\cAabc"};

    for (size_t i = 0; i < sizeof unsure / sizeof unsure[0]; i++)
        if (required(unsure[i])[0] != '\0')
            fail_msg("%s requires %s", unsure[i], required(unsure[i]));
}

static void characters_of_two_forms_are_part_of_a_string(void **state UNUSED)
{
    assert_string_equal(required("ABC～D"), "ABC～D");
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

/* A scan for some strings over some bytes, all drawn at random from few letters, so that they meet.
 */
struct trial {
    char bytes[400 + SCAN_SLACK];
    size_t length, count;
    struct {
        char bytes[12];
        size_t length;
    } strings[120];
};

static void draw_trial(struct trial *t, unsigned *seed)
{
    static const unsigned most[] = {1, 4, 20, 120};
    unsigned letters = 2 + next_random(seed) % 40, base = next_random(seed) % 256;
    t->length = next_random(seed) % 400;
    t->count = 1 + next_random(seed) % most[next_random(seed) % 4];
    for (size_t i = 0; i < sizeof t->bytes; i++)
        t->bytes[i] = (char)(base + next_random(seed) % letters * 5);
    for (size_t i = 0; i < t->count; i++) {
        t->strings[i].length = 1 + next_random(seed) % sizeof t->strings[i].bytes;
        for (size_t k = 0; k < t->strings[i].length; k++)
            t->strings[i].bytes[k] = (char)(base + next_random(seed) % letters * 5);
    }
}

static void check_trial(const struct trial *t, const struct sieve_kernel *kernel, bool has_sample)
{
    unsigned char marks[sizeof t->strings / sizeof t->strings[0]] = {0};
    const char *first = NULL, *last = NULL;
    struct scan *s = NULL;

    assert_int_equal(scan_new(&s), 0);
    for (size_t i = 0; i < t->count; i++)
        assert_true(scan_add(s, t->strings[i].bytes, t->strings[i].length, (unsigned)i));
    scan_prepare(s, has_sample ? t->bytes : NULL, t->length, kernel);
    const char *found = scan_find(s, t->bytes, t->length);
    scan_mark(s, t->bytes, t->length, marks);
    scan_free(s);

    for (size_t i = 0; i < t->count; i++) {
        const char *at = memmem(t->bytes, t->length, t->strings[i].bytes, t->strings[i].length);
        if (marks[i] != (at != NULL))
            fail_msg("%s: string %zu is %s", kernel->name, i, at != NULL ? "missed" : "not there");
        if (at != NULL && (first == NULL || at + t->strings[i].length < last)) {
            first = at;
            last = at + t->strings[i].length;
        }
    }
    assert_int_equal(found != NULL, first != NULL);
    if (found != NULL && found >= last)
        fail_msg("%s: the first string is stepped over", kernel->name);
}

static void every_kernel_finds_exactly_what_searching_finds(void **state UNUSED)
{
    static struct trial t;
    unsigned seed = 7;

    for (int round = 0; round < 3000; round++) {
        draw_trial(&t, &seed);
        for (size_t k = 0; sieve_kernel(k) != NULL; k++)
            check_trial(&t, sieve_kernel(k), round % 2 != 0);
    }
}

/* Kernels with coarser tables may stop more often, never less. */
static void every_kernel_stops_wherever_the_portable_one_does(void **state UNUSED)
{
    enum { LENGTH = 1 << 16 };
    static char bytes[LENGTH + SIEVE_SLACK];
    static struct sieve s;
    unsigned seed = 3;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)next_random(&seed);
    sieve_init(&s);
    for (unsigned i = 0; i < 300; i++)
        sieve_add(&s, (const unsigned char *)bytes + next_random(&seed) % LENGTH,
            1 + (i % 50 != 0) * (1 + next_random(&seed) % 3), next_random(&seed) % 16);
    for (const char *p = bytes, *end = bytes + LENGTH; p != NULL && p < end; p++) {
        const char *stop = sieve_portable(&s, p, end);
        for (size_t k = 1; sieve_kernel(k) != NULL; k++) {
            const char *at = p - 1;
            do
                at = sieve_kernel(k)->next(&s, at + 1, end);
            while (at != NULL && (stop == NULL || at < stop));
            assert_ptr_equal(at, stop);
        }
        p = stop != NULL ? stop : end;
    }
}

/* Whatever matches holds a required string: the promise on which lines are stepped over. */
static void every_match_holds_a_required_string(void **state UNUSED)
{
    static const char *const pieces[] = {"a", "b", "ab", "(?:a|bc)", "(?<n>ab|c)", "[ab]", "[^a]",
        "a?", "b*", "c+", "(?:ab){2}", "(?:a|b|)", "\\d", ".", "^", "$", "\\b", "(?=b)", "(?!a)",
        "c{1,2}", "(?:ab)?", "b??", "|", "[a-c]", "(?:ca)+?", "\\x61", "\\p{Lu}", "(?>bc)"};
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

/* Appends @text, UTF-8, as UTF-16LE. */
static void append_wide(const struct fixture *x, char *text, size_t length)
{
    size_t room = 2 * length, left = room;
    char *wide = malloc(room), *to = wide;
    iconv_t cd = iconv_open("UTF-16LE", "UTF-8");
    assert_true(wide != NULL && cd != (iconv_t)-1);
    assert_int_equal(iconv(cd, &text, &length, &to, &left), 0);
    fixture_append_bytes(x, "app.log", wide, room - left);
    iconv_close(cd);
    free(wide);
}

/* @head: a head pattern; NULL: each line is a record. */
static void check_wide(struct fixture *x, const char *head)
{
    const struct fake_option pattern[] = {
        {.name = "pattern", .value = "𠮷野〜失敗 rc=(?<rc>\\d+)"}, {.name = NULL}};
    const struct fake_option options[] = {{.name = "patterns", .group = pattern},
        {.name = "encoding", .value = "UTF-16LE"},
        {.name = head != NULL ? "head" : "max_record", .value = head != NULL ? head : "16384"},
        {.name = "flush", .value = "100ms"}, {.name = NULL}};
    enum { LINES = 20000, EVERY = 500 };
    fixture_append_bytes(x, "app.log", "\xFF\xFE", 2);
    fixture_start(x, options);

    char *text = calloc(LINES, 80);
    assert_non_null(text);
    size_t length = 0;
    for (int i = 1; i <= LINES; i++)
        length += (size_t)sprintf(text + length,
            i % EVERY != 0        ? "2026 𠮷野〜失効 rc=%d ਊ\r\n"
            : i % (2 * EVERY) > 0 ? "2026 𠮷野〜失敗 rc=%d\r\n"
                                  : "2026 𠮷野～失敗 rc=%d\r\n",
            i);
    append_wide(x, text, length);
    free(text);
    fixture_await(x, "failure", LINES / EVERY);

    for (int i = 0; i < LINES / EVERY; i++)
        assert_int_equal(atoi(fake_reading_field(fixture_reading(x, "failure", (size_t)i), "rc")),
            (i + 1) * EVERY);
}

/* U+0A0A and its like hold the byte of a newline. */
static void lines_of_two_bytes_a_unit_are_found_across_blocks(void **state)
{
    check_wide(*state, NULL);
}

static void records_of_two_bytes_a_unit_are_found_across_blocks(void **state)
{
    check_wide(*state, "^\\d{4}");
}

static void a_nul_in_lines_of_two_bytes_a_unit_hides_nothing(void **state)
{
    struct fixture *x = *state;
    const struct fake_option pattern[] = {
        {.name = "pattern", .value = "failed rc=(?<rc>\\d+)"}, {.name = NULL}};
    const struct fake_option options[] = {{.name = "patterns", .group = pattern},
        {.name = "encoding", .value = "UTF-16LE"}, {.name = NULL}};
    enum { LINES = 8000 };
    fixture_append(x, "app.log", "");
    fixture_start(x, options);

    char *text = calloc(LINES, 64);
    assert_non_null(text);
    size_t length = 0;
    for (int i = 1; i < LINES; i++)
        length += (size_t)sprintf(text + length, "an ordinary line %d\n", i);
    memcpy(text + length, "fai\0led rc=7\n", 13);
    append_wide(x, text, length + 13);
    free(text);

    fixture_await(x, "failure", 1);
}

static void every_spelling_of_a_character_is_found_in_raw_lines(void **state)
{
    struct fixture *x = *state;
    const struct fake_option pattern[] = {
        {.name = "pattern", .value = "髙橋Ⅱ〜号機 rc=(?<rc>\\d+)"}, {.name = NULL}};
    const struct fake_option options[] = {{.name = "patterns", .group = pattern},
        {.name = "encoding", .value = "CP932"}, {.name = NULL}};
    static const char *const spellings[] = {"\xFB\xFC\x8B\xB4\x87\x55\x81\x60\x8D\x86\x8B\x40",
        "\xEE\xE0\x8B\xB4\xFA\x4B\x81\x60\x8D\x86\x8B\x40", "髙橋Ⅱ～号機", "髙橋Ⅱ〜号機"};
    enum { FORMS = sizeof spellings / sizeof spellings[0], EVERY = 400, LINES = FORMS * EVERY * 4 };
    fixture_append(x, "app.log", "");
    fixture_start(x, options);

    char *text = calloc(LINES, 64);
    assert_non_null(text);
    size_t length = 0;
    for (int i = 1; i <= LINES; i++)
        length += (size_t)sprintf(text + length, i % EVERY != 0 ? "%s %d\n" : "%s rc=%d\n",
            i % EVERY != 0 ? "\x90\x5C\x90\xBF an ordinary line" : spellings[i / EVERY % FORMS], i);
    fixture_append_bytes(x, "app.log", text, length);
    free(text);
    fixture_await(x, "failure", LINES / EVERY);

    for (size_t i = 0; i < LINES / EVERY; i++)
        assert_int_equal(
            atoi(fake_reading_field(fixture_reading(x, "failure", i), "rc")), (i + 1) * EVERY);
}

static void a_pattern_without_fixed_text_is_tried_on_every_line(void **state)
{
    struct fixture *x = *state;
    const struct fake_option plain[] = {
        {.name = "pattern", .value = "failed job=(?<job>\\d+)"}, {.name = NULL}};
    const struct fake_option number[] = {{.name = "pattern", .value = "[0-9]{3}-[0-9]{4}-[0-9]{4}"},
        {.name = "kind", .value = "number"}, {.name = NULL}};
    const struct fake_option options[] = {{.name = "patterns", .group = plain},
        {.name = "patterns", .group = number}, {.name = NULL}};
    enum { LINES = 9000 };
    fixture_append(x, "app.log", "");
    fixture_start(x, options);

    char *text = calloc(LINES, 64);
    assert_non_null(text);
    size_t length = 0;
    for (int i = 0; i < LINES; i++)
        length += (size_t)sprintf(text + length, "ordinary %s%s\n",
            i % 300 == 0 ? "failed job=1" : "", i % 500 == 0 ? " 090-1234-5678" : " 090-1234");
    fixture_append_bytes(x, "app.log", text, length);
    free(text);
    fixture_await(x, "failure", LINES / 300);
    fixture_await(x, "number", LINES / 500);
}

/* One record in the log, and what it should make. */
static size_t add_record(char *text, unsigned *seed, int number, bool fails)
{
    size_t length = (size_t)sprintf(text, "2026-04-15 head %d\r\n", number);
    unsigned lines = next_random(seed) % 5 == 0 ? next_random(seed) % 60 : next_random(seed) % 3;
    unsigned at = fails ? next_random(seed) % (lines + 1) : lines + 1;

    for (unsigned i = 0; i <= lines; i++)
        length += (size_t)sprintf(text + length,
            i == at                      ? "\tat ABEND job=%d\n"
            : next_random(seed) % 7 == 0 ? "\n"
            : next_random(seed) % 9 == 0 ? "Caused by: ABEN D%d\n"
                                         : "\tat jp.example.Main(Main.java:%d)\n",
            number);
    return length;
}

static void records_of_several_lines_are_the_same_when_most_are_stepped_over(void **state)
{
    struct fixture *x = *state;
    const struct fake_option pattern[] = {
        {.name = "pattern", .value = "ABEND job=(?<job>\\d+)$"}, {.name = NULL}};
    const struct fake_option options[] = {{.name = "patterns", .group = pattern},
        {.name = "head", .value = "^\\d{4}-"}, {.name = NULL}};
    enum { RECORDS = 12000, RECORD_BYTES = 64 * 48 };
    static bool fails[RECORDS];
    unsigned seed = 21;
    size_t length = 0, wanted = 0, nth = 0;
    char *text = calloc(RECORDS, RECORD_BYTES);
    assert_non_null(text);

    for (int i = 0; i < RECORDS; i++) {
        fails[i] = next_random(&seed) % (i / 4000 == 1 ? 3 : 150) == 0;
        wanted += fails[i];
        length += add_record(text + length, &seed, i, fails[i]);
    }
    fixture_append(x, "app.log", "a line before the first head\nABEND job=0\n");
    fixture_append_bytes(x, "app.log", text, length);
    fixture_append(x, "app.log", "2026-04-15 the last one\nis held\n");
    free(text);
    const struct fake_option start[] = {options[0], options[1], {.name = "start", .value = "begin"},
        {.name = "flush", .value = "100ms"}, {.name = NULL}};
    fixture_start(x, start);
    fixture_await(x, "failure", wanted + 1);

    assert_string_equal(fixture_reading(x, "failure", nth++)->text, "a line before the first head");
    for (int i = 0; i < RECORDS; i++) {
        char head[64];
        if (!fails[i])
            continue;
        const struct fake_reading *r = fixture_reading(x, "failure", nth++);
        snprintf(head, sizeof head, "2026-04-15 head %d", i);
        assert_string_equal(r->text, head);
        assert_int_equal(atoi(fake_reading_field(r, "job")), i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rarest_required_string_is_chosen),
        cmocka_unit_test(a_sample_of_the_log_decides_which_string_is_rare),
        cmocka_unit_test(what_is_not_known_for_sure_requires_nothing),
        cmocka_unit_test(characters_of_two_forms_are_part_of_a_string),
        cmocka_unit_test(every_kernel_finds_exactly_what_searching_finds),
        cmocka_unit_test(every_kernel_stops_wherever_the_portable_one_does),
        cmocka_unit_test(every_match_holds_a_required_string),
        FIXTURE_TEST(lines_are_found_across_blocks_in_either_encoding),
        FIXTURE_TEST(lines_of_two_bytes_a_unit_are_found_across_blocks),
        FIXTURE_TEST(records_of_two_bytes_a_unit_are_found_across_blocks),
        FIXTURE_TEST(a_nul_in_lines_of_two_bytes_a_unit_hides_nothing),
        FIXTURE_TEST(every_spelling_of_a_character_is_found_in_raw_lines),
        FIXTURE_TEST(a_pattern_without_fixed_text_is_tried_on_every_line),
        FIXTURE_TEST(records_of_several_lines_are_the_same_when_most_are_stepped_over),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog scan", tests, NULL, NULL);
}
