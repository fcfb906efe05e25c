/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/import.h"

#include "folder.h"
#include "record/export.h"
#include "record/history.h"

enum { DAY_S = 86400 };

struct scene {
    struct folder folder;
    char file[400];
    struct record *record;
};

static void say(struct record *r, int64_t second, enum service_state state, uint64_t incident)
{
    struct moment now = moment_at(second);
    struct service_point point = {.service = TEXT("renkei"),
        .state = state,
        .from = now,
        .detected = now,
        .incident = incident,
        .reason = TEXT("理由 \"x\" / \\ 0.1")};
    assert_int_equal(record_service_point(r, &point, now), 0);
}

static bool print_row(void *arg, const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
    const uint8_t *previous)
{
    json_t *o = export_json(row, hash, previous, 9 * 3600);
    json_dumpf(o, arg, JSON_COMPACT);
    fputc('\n', arg);
    json_decref(o);
    return true;
}

static void export_to(struct record *r, uint64_t from, const char *path)
{
    FILE *out = fopen(path, "w");
    assert_int_equal(export_each(r, from, print_row, out), 0);
    fclose(out);
}

/* An export of another ledger, and one of our own that begins a day later. */
static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    struct record *other = NULL;
    folder_make(&s->folder);
    snprintf(s->file, sizeof s->file, "%s/old.jsonl", s->folder.path);
    assert_int_equal(record_open(":memory:", &other), 0);
    struct incident incident = {.id = 1,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .service = TEXT("renkei"),
        .severity = SEVERITY_CRITICAL,
        .failed_at = moment_at(100),
        .detected_at = moment_at(100)};
    say(other, 0, SERVICE_UP, 0);
    assert_int_equal(record_incident(other, &incident, moment_at(100)), 0);
    say(other, 100, SERVICE_DOWN, 1);
    say(other, 700, SERVICE_UP, 0);
    assert_int_equal(record_append(other, moment_at(800), "odd", "{ \"a\" : 1.50 }"), 0);
    assert_int_equal(record_append(other, moment_at(900), "stop", "{}"), 0);
    assert_int_equal(record_commit(other), 0);
    export_to(other, 1, s->file);
    record_close(other);
    s->record = open_ledger(s->folder.ledger);
    say(s->record, DAY_S, SERVICE_UP, 0);
    assert_int_equal(record_commit(s->record), 0);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    record_close(s->record);
    folder_remove(&s->folder);
    free(s);
    return 0;
}

static int run(struct scene *s)
{
    uint64_t rows = 0;
    struct text why = {0};
    int r = import_run(s->record, s->file, "root", moment_at(2 * DAY_S), &rows, &why);
    if (r == 0)
        assert_int_equal(rows, 6);
    text_deinit(&why);
    return r;
}

/* Replaces the first @from by @to in the file. */
static void change(const struct scene *s, const char *from, const char *to)
{
    char text[8192];
    FILE *file = fopen(s->file, "r");
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    char *at = strstr(text, from);
    assert_non_null(at);
    file = fopen(s->file, "w");
    fwrite(text, 1, (size_t)(at - text), file);
    fputs(to, file);
    fputs(at + strlen(from), file);
    fclose(file);
}

static bool take_last(
    void *arg, uint64_t seq UNUSED, struct moment at UNUSED, const char *kind, const char *body)
{
    snprintf(arg, 1024, "%s %s", kind, body);
    return true;
}

static void rows_come_in_with_where_they_are_from(void **state)
{
    struct scene *s = *state;
    char last[1024];
    uint64_t bad;
    struct text why = {0};

    assert_int_equal(run(s), 0);

    assert_int_equal(record_each_row(s->record, 1, take_last, last), 0);
    assert_non_null(
        strstr(last, "import {\"provenance\":{\"file\":\"old.jsonl\",\"who\":\"root\""));
    assert_non_null(strstr(last, "\"kind\":\"stop\""));
    assert_int_equal(record_verify(s->record, NULL, &bad, &why), 0);
    text_deinit(&why);
}

static void imported_states_come_before_ours_and_what_is_between_is_not_known(void **state)
{
    struct scene *s = *state;
    struct sla_facts facts = {0};

    assert_int_equal(run(s), 0);

    assert_int_equal(record_facts(s->record, "renkei", &facts), 0);
    assert_int_equal(facts.point_count, 5);
    assert_int_equal(facts.points[1].state, SERVICE_DOWN);
    assert_int_equal(facts.points[3].state, SERVICE_UNMONITORED);
    assert_int_equal(facts.points[3].from.wall, moment_at(900).wall);
    assert_int_equal(facts.points[4].from.wall, moment_at(DAY_S).wall);
}

static void imported_incidents_are_not_taken_for_ours(void **state)
{
    struct scene *s = *state;
    struct sla_facts facts = {0};
    struct incident none = {0};

    assert_int_equal(run(s), 0);

    assert_int_equal(record_facts(s->record, "renkei", &facts), 0);
    assert_int_equal(facts.incident_count, 1);
    assert_int_equal(facts.incidents[0].id, UINT64_C(2) << IMPORT_ID_BITS | 1);
    assert_int_equal(facts.points[1].incident, facts.incidents[0].id);
    assert_int_equal(record_incident_get(s->record, 1, &none), RECORD_E_NONE);
    assert_int_equal(record_next_incident(s->record), 1);
}

static void a_changed_row_is_refused_and_nothing_comes_in(void **state)
{
    struct scene *s = *state;
    change(s, "\"state\":\"down\"", "\"state\":\"up\"");

    assert_int_equal(run(s), IMPORT_E_BAD);

    assert_int_equal(count_rows(s->record), 1);
}

static void a_removed_row_is_refused(void **state)
{
    struct scene *s = *state;
    change(s, "\n{\"seq\":3,", "\n{\"seq\":4,");

    assert_int_equal(run(s), IMPORT_E_BAD);
}

static void a_last_line_without_its_end_is_refused(void **state)
{
    struct scene *s = *state;
    struct stat st;
    assert_int_equal(stat(s->file, &st), 0);
    assert_int_equal(truncate(s->file, st.st_size - 1), 0);

    assert_int_equal(run(s), IMPORT_E_BAD);
}

static void what_is_here_already_is_refused(void **state)
{
    struct scene *s = *state;

    assert_int_equal(run(s), 0);

    assert_int_equal(run(s), IMPORT_E_KNOWN);
}

static void what_reaches_into_our_own_time_is_refused(void **state)
{
    struct scene *s = *state;
    export_to(s->record, 1, s->file);

    assert_int_equal(run(s), IMPORT_E_OVERLAP);
}

static void an_export_from_the_middle_proves_itself(void **state)
{
    struct scene *s = *state;
    say(s->record, DAY_S + 1, SERVICE_DOWN, 0);
    say(s->record, DAY_S + 2, SERVICE_UP, 0);
    assert_int_equal(record_commit(s->record), 0);
    export_to(s->record, 2, s->file);
    struct export_file *f = NULL;
    struct export_check check = {0};
    const char *line;
    size_t length;

    assert_int_equal(export_open(s->file, &f), 0);
    while (export_next(f, &line, &length) == 0)
        assert_int_equal(export_check_line(&check, line, length, NULL, NULL), 0);
    export_close(f);

    char hex[CHAIN_HEX_BYTES];
    chain_hex(hex, check.hash, CHAIN_BYTES);
    assert_int_equal(check.first, 2);
    assert_string_equal(hex, record_head(s->record));
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH(rows_come_in_with_where_they_are_from),
        WITH(imported_states_come_before_ours_and_what_is_between_is_not_known),
        WITH(imported_incidents_are_not_taken_for_ours),
        WITH(a_changed_row_is_refused_and_nothing_comes_in),
        WITH(a_removed_row_is_refused),
        WITH(a_last_line_without_its_end_is_refused),
        WITH(what_is_here_already_is_refused),
        WITH(what_reaches_into_our_own_time_is_refused),
        WITH(an_export_from_the_middle_proves_itself),
    };
    return cmocka_run_group_tests_name("record/import", tests, NULL, NULL);
}
