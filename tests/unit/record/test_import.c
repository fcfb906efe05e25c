/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/import.h"

#include "folder.h"
#include "record/agreed.h"
#include "record/export.h"
#include "record/history.h"
#include "record/sla.h"

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
    int r = import_run(s->record, s->file, NULL, "root", moment_at(2 * DAY_S), &rows, &why);
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

static bool take_one(void *arg, uint64_t seq, struct moment at, const char *kind, const char *body)
{
    take_last(arg, seq, at, kind, body);
    return false;
}

static void rows_come_in_with_where_they_are_from(void **state)
{
    struct scene *s = *state;
    char last[1024];
    uint64_t bad;
    struct text why = {0};

    assert_int_equal(run(s), 0);

    assert_int_equal(record_each_row(s->record, 1, take_last, last), 0);
    assert_string_equal(last,
        "import.end {\"file\":\"old.jsonl\",\"who\":\"root\",\"base\":2,\"first\":1,\"last\":6}");
    assert_int_equal(record_each_row(s->record, 8, take_one, last), 0);
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

static bool print_hidden(void *arg, const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
    const uint8_t *previous)
{
    json_t *o = export_json(row, hash, previous, 9 * 3600);
    if (row->seq == 2 || row->seq == 3) {
        json_object_set_new(o, "body", json_pack("{s:s}", "text", "***"));
        json_object_set_new(o, "redacted", json_true());
    }
    json_dumpf(o, arg, JSON_COMPACT);
    fputc('\n', arg);
    json_decref(o);
    return true;
}

static void rows_in_which_something_was_hidden_are_counted_by_a_check_and_not_taken_in(void **state)
{
    struct scene *s = *state;
    struct export_file *f = NULL;
    struct export_check check = {.takes_redacted = true};
    const char *line;
    size_t length;
    for (int64_t second = 1; second < 4; second++)
        say(s->record, DAY_S + second, SERVICE_DOWN, 0);
    assert_int_equal(record_commit(s->record), 0);
    FILE *out = fopen(s->file, "w");
    assert_int_equal(export_each(s->record, 1, print_hidden, out), 0);
    fclose(out);

    assert_int_equal(export_open(s->file, &f), 0);
    while (export_next(f, &line, &length) == 0)
        assert_int_equal(export_check_line(&check, line, length, NULL, NULL), 0);
    export_close(f);

    assert_int_equal(check.redacted, 2);
    assert_int_equal(check.first_redacted, 2);
    assert_int_equal(check.last, 4);
    assert_int_equal(run(s), IMPORT_E_BAD);
}

/* ---- a ledger with everything ------------------------------------------------------------ */

static void outage(struct record *r, int64_t from, int64_t to, uint64_t id, uint32_t flags)
{
    struct incident i = {.id = id,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .service = TEXT("renkei"),
        .severity = SEVERITY_CRITICAL,
        .failed_at = moment_at(from),
        .detected_at = moment_at(from + 10),
        .flags = flags};
    assert_int_equal(record_incident(r, &i, moment_at(from + 10)), 0);
    say(r, from, SERVICE_DOWN, id);
    i.reported_at = moment_at(from + 60);
    i.recovered_at = i.cleared_at = moment_at(to);
    i.transition = 2;
    assert_int_equal(record_incident(r, &i, moment_at(to)), 0);
    say(r, to, SERVICE_UP, 0);
}

/* The row that says so. */
static uint64_t gap(struct record *r, int64_t from, int64_t to)
{
    struct sla_facts facts = {0};
    say(r, from, SERVICE_UNMONITORED, 0);
    say(r, to, SERVICE_UP, 0);
    assert_int_equal(record_facts(r, "renkei", &facts), 0);
    return facts.points[facts.point_count - 2].row;
}

static void judge_gap(struct record *r, uint64_t row, bool is_up, int64_t second)
{
    struct judgement j = {.gap = row,
        .service = TEXT("renkei"),
        .is_up = is_up,
        .evidence = TEXT("log of the middleware"),
        .who = TEXT("operator")};
    assert_int_equal(record_judgement(r, &j, moment_at(second)), 0);
}

static void work(struct record *r, int64_t from, int64_t registered, int64_t approved)
{
    struct work w = {.service = TEXT("renkei"),
        .from = moment_at(from).wall,
        .to = moment_at(from + 1000).wall,
        .registered = moment_at(registered).wall,
        .approved = approved == 0 ? 0 : moment_at(approved).wall,
        .plan_no = TEXT("W-12"),
        .approved_by = TEXT("city"),
        .scope = TEXT("all"),
        .who = TEXT("operator")};
    assert_int_equal(record_work(r, &w, moment_at(registered), &w.id), 0);
    w.started = moment_at(from + 100).wall;
    w.ended = moment_at(from + 600).wall;
    assert_int_equal(record_work(r, &w, moment_at(from + 600), NULL), 0);
}

static void exclude(struct record *r, int64_t from, bool forgives, bool is_revoked)
{
    struct exclusion e = {.service = TEXT("renkei"),
        .from = moment_at(from).wall,
        .to = moment_at(from + 500).wall,
        .forgives = forgives,
        .reason = TEXT("POWER"),
        .agreed_by = TEXT("city"),
        .agreed_on = TEXT("2026-05-12"),
        .document = TEXT("K-7"),
        .registered = moment_at(from + 600).wall,
        .who = TEXT("operator")};
    assert_int_equal(record_exclusion(r, &e, moment_at(from + 600), &e.id), 0);
    if (!is_revoked)
        return;
    e.revoked = moment_at(from + 700).wall;
    e.revoked_by = TEXT("city");
    e.revoked_why = TEXT("entered twice");
    assert_int_equal(record_exclusion(r, &e, moment_at(from + 700), NULL), 0);
}

enum { END_S = 40000 };

static void fill(struct record *r)
{
    say(r, 0, SERVICE_UP, 0);
    outage(r, 100, 700, 1, 0);
    outage(r, 4000, 4600, 2, INCIDENT_FALSE);
    judge_gap(r, gap(r, 6000, 6600), true, 6700);
    judge_gap(r, gap(r, 7000, 7500), false, 7600);
    gap(r, 8000, 8400);
    work(r, 10000, 9000, 9100);
    outage(r, 10200, 10400, 3, 0);
    work(r, 12000, 12100, 12700); // registered after its start
    exclude(r, 15000, false, false);
    outage(r, 15100, 15200, 4, 0);
    exclude(r, 17000, true, false);
    outage(r, 17000, 17400, 5, 0);
    exclude(r, 19000, false, true);
    say(r, 21000, SERVICE_DEGRADED, 0);
    say(r, 21900, SERVICE_UP, 0);
    struct moment back = moment_at(29400);
    assert_int_equal(record_clock_step(r, moment_at(30000).wall, back.wall, 30000 * 1000), 0);
    assert_int_equal(record_append(r, moment_at(END_S), "stop", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
}

/* Of the first 40,000 s; the numbers of incidents and gaps are each ledger's own. */
static json_t *figures_of(struct record *r)
{
    struct zone *zone = NULL;
    struct sla_figures f = {0};
    struct sla_facts facts = {0};
    struct service_settings service = {.name = TEXT("renkei"),
        .start = INT32_MIN,
        .sla = {.set = true, .availability = 99900, .recovery = 7200000, .notification = 1800000}};
    struct period period = {.label = "all", .from = moment_at(0).wall, .to = moment_at(END_S).wall};
    json_t *entry;
    size_t i;
    assert_int_equal(zone_new("UTC", &zone), 0);
    struct calendar calendar = {NULL, zone};
    assert_int_equal(record_facts(r, "renkei", &facts), 0);
    sla_compute(&service, &calendar, &period, &facts, moment_at(END_S - 1).wall, &f);
    json_t *o = sla_json(&f);
    sla_figures_deinit(&f);
    zone_free(zone);
    json_array_foreach (json_object_get(o, "gaps"), i, entry)
        json_object_del(entry, "id");
    json_array_foreach (json_object_get(json_object_get(o, "recovery"), "samples"), i, entry)
        json_object_del(entry, "incident");
    json_array_foreach (json_object_get(json_object_get(o, "notification"), "samples"), i, entry)
        json_object_del(entry, "incident");
    return o;
}

static void assert_some(const json_t *figures, const char *name)
{
    if (json_integer_value(json_object_get(figures, name)) == 0)
        fail_msg("%s is 0, so nothing is proved of it", name);
}

static void a_ledger_with_everything_gives_the_same_figures_elsewhere(void **state)
{
    struct scene *s = *state;
    static const char *const classes[] = {"up_s", "degraded_s", "down_s", "forgiven_s",
        "unmonitored_s", "excluded_s", "maintenance_s", "late_registered_s", "clock_correction_s"};
    struct record *from = open_ledger(":memory:"), *to = open_ledger(":memory:");
    struct text why = {0};
    uint64_t rows = 0;
    fill(from);
    export_to(from, 1, s->file);

    assert_int_equal(import_run(to, s->file, "old", "root", moment_at(2 * DAY_S), &rows, &why), 0);

    json_t *expected = figures_of(from), *found = figures_of(to);
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        assert_some(expected, classes[i]);
    assert_int_equal(json_array_size(json_object_get(expected, "gaps")), 3);
    char *a = json_dumps(expected, JSON_SORT_KEYS), *b = json_dumps(found, JSON_SORT_KEYS);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(expected);
    json_decref(found);
    record_close(from);
    record_close(to);
    text_deinit(&why);
}

static void what_was_agreed_elsewhere_has_numbers_above_our_own(void **state)
{
    struct scene *s = *state;
    struct record *from = open_ledger(":memory:"), *to = open_ledger(":memory:");
    const struct agreed *a = NULL;
    struct text why = {0};
    uint64_t rows = 0, id = 0;
    struct work ours = {.service = TEXT("renkei"),
        .from = moment_at(3 * DAY_S).wall,
        .to = moment_at(3 * DAY_S + 60).wall,
        .plan_no = TEXT(""),
        .approved_by = TEXT(""),
        .scope = TEXT(""),
        .who = TEXT("")};
    fill(from);
    export_to(from, 1, s->file);
    assert_int_equal(import_run(to, s->file, NULL, "root", moment_at(2 * DAY_S), &rows, &why), 0);

    assert_int_equal(record_work(to, &ours, moment_at(2 * DAY_S), &id), 0);

    assert_int_equal(id, 1);
    assert_int_equal(record_agreed(to, &a), 0);
    assert_int_equal(a->work_count, 3);
    assert_true(a->works[0].id == import_id(1, 1));
    assert_true(a->works[0].changed == moment_at(10600).wall);
    assert_int_equal(a->exclusion_count, 3);
    assert_int_equal(a->judgement_count, 2);
    record_close(from);
    record_close(to);
    text_deinit(&why);
}

/* Steps until rows were written, and then no more. */
static void break_off(struct record *r, const char *path)
{
    struct import *i = NULL;
    struct text why = {0};
    uint64_t before = record_rows(r);
    assert_int_equal(import_new(r, path, NULL, "root", &i), 0);
    while (record_rows(r) < before + 100)
        assert_int_equal(import_step(i, moment_at(2 * DAY_S), &why), IMPORT_E_MORE);
    assert_int_equal(record_commit(r), 0);
    import_free(i);
    text_deinit(&why);
}

static void an_import_that_was_broken_off_counts_for_nothing_and_may_be_made_again(void **state)
{
    struct scene *s = *state;
    struct record *from = open_ledger(":memory:");
    struct text why = {0};
    struct sla_facts facts = {0};
    const struct agreed *a = NULL;
    uint64_t rows = 0, bad;
    fill(from);
    for (int64_t second = 0; second < 1000; second++)
        say(from, END_S + second, second % 2 == 0 ? SERVICE_DEGRADED : SERVICE_UP, 0);
    assert_int_equal(record_commit(from), 0);
    export_to(from, 1, s->file);

    break_off(s->record, s->file);
    say(s->record, 2 * DAY_S + 1, SERVICE_DOWN, 0); // what happens between two steps

    assert_int_equal(record_facts(s->record, "renkei", &facts), 0);
    assert_int_equal(facts.point_count, 2);
    assert_int_equal(facts.incident_count, 0);
    assert_int_equal(record_agreed(s->record, &a), 0);
    assert_int_equal(a->work_count, 0);
    assert_int_equal(
        import_run(s->record, s->file, NULL, "root", moment_at(2 * DAY_S + 2), &rows, &why), 0);
    assert_int_equal(record_facts(s->record, "renkei", &facts), 0);
    assert_int_equal(facts.incident_count, 5);
    assert_int_equal(record_agreed(s->record, &a), 0);
    assert_int_equal(a->work_count, 2);
    assert_int_equal(record_verify(s->record, NULL, &bad, &why), 0);
    record_close(from);
    text_deinit(&why);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH(a_ledger_with_everything_gives_the_same_figures_elsewhere),
        WITH(what_was_agreed_elsewhere_has_numbers_above_our_own),
        WITH(an_import_that_was_broken_off_counts_for_nothing_and_may_be_made_again),
        WITH(rows_come_in_with_where_they_are_from),
        WITH(imported_states_come_before_ours_and_what_is_between_is_not_known),
        WITH(imported_incidents_are_not_taken_for_ours),
        WITH(a_changed_row_is_refused_and_nothing_comes_in),
        WITH(a_removed_row_is_refused),
        WITH(a_last_line_without_its_end_is_refused),
        WITH(what_is_here_already_is_refused),
        WITH(what_reaches_into_our_own_time_is_refused),
        WITH(an_export_from_the_middle_proves_itself),
        WITH(rows_in_which_something_was_hidden_are_counted_by_a_check_and_not_taken_in),
    };
    return cmocka_run_group_tests_name("record/import", tests, NULL, NULL);
}
