/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "expose/publisher.h"
#include "unit.h"

struct fixture {
    struct board *board;
    struct publisher *publisher;
    struct text sent; /* "type" or "type:table/row", each followed by a blank */
    size_t queued;
    bool refuse;
};

static bool on_send(void *ctx, const char *face UNUSED, json_t *line)
{
    struct fixture *f = ctx;
    const char *type = json_string_value(json_object_get(line, "type"));
    const char *table = json_string_value(json_object_get(line, "table"));

    text_add(&f->sent, type);
    if (table != NULL)
        text_addf(&f->sent, ":%s/%d", table, (int)json_integer_value(json_object_get(line, "row")));
    else if (json_is_true(json_object_get(line, "whole")))
        text_add(&f->sent, ":whole");
    text_add_char(&f->sent, ' ');
    json_decref(line);
    return !f->refuse;
}

static size_t on_queued(void *ctx, const char *face UNUSED)
{
    return ((const struct fixture *)ctx)->queued;
}

static void no_log(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct publisher_sink sink = {f, on_send, on_queued};

    log_set_sink(no_log);
    f->board = board_new();
    f->publisher = publisher_new(f->board, &sink);
    board_put(f->board, "service", 1, json_pack("{s:s}", "name", "renkei"));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    publisher_free(f->publisher);
    board_free(f->board);
    text_deinit(&f->sent);
    free(f);
    return 0;
}

/* Runs once and gives back what was sent. */
static const char *published(struct fixture *f)
{
    text_clear(&f->sent);
    publisher_run(f->publisher);
    while (publisher_step(f->publisher))
        ;
    return text_get(&f->sent);
}

static void a_face_that_begins_gets_everything(void **state)
{
    struct fixture *f = *state;

    publisher_face(f->publisher, "agent", true);

    assert_string_equal(published(f), "begin:whole row:service/1 commit ");
}

static void nothing_is_sent_when_nothing_changed(void **state)
{
    struct fixture *f = *state;
    publisher_face(f->publisher, "agent", true);
    published(f);

    board_put(f->board, "service", 1, json_pack("{s:s}", "name", "renkei"));

    assert_string_equal(published(f), "");
    assert_false(publisher_run(f->publisher));
}

static void later_only_changed_and_dropped_rows_are_sent(void **state)
{
    struct fixture *f = *state;
    board_put(f->board, "service", 2, json_pack("{s:s}", "name", "other"));
    publisher_face(f->publisher, "agent", true);
    published(f);

    board_put(f->board, "incident", 5, json_pack("{s:s}", "summary", "new"));
    board_drop(f->board, "service", 2);

    const char *sent = published(f);
    assert_non_null(strstr(sent, "begin "));
    assert_non_null(strstr(sent, "row:incident/5 "));
    assert_non_null(strstr(sent, "drop:service/2 "));
    assert_null(strstr(sent, "service/1"));
}

static void a_face_that_does_not_read_is_left_out_and_then_gets_everything(void **state)
{
    struct fixture *f = *state;
    publisher_face(f->publisher, "agent", true);
    published(f);
    board_put(f->board, "service", 2, json_pack("{s:s}", "name", "other"));

    f->queued = 5 * 1024 * 1024;
    assert_string_equal(published(f), "");
    f->queued = 0;

    assert_string_equal(published(f), "begin:whole row:service/1 row:service/2 commit ");
}

static void a_face_that_missed_a_line_gets_everything(void **state)
{
    struct fixture *f = *state;
    publisher_face(f->publisher, "agent", true);
    f->refuse = true;
    published(f);

    f->refuse = false;

    assert_string_equal(published(f), "begin:whole row:service/1 commit ");
}

static void a_face_that_ends_gets_nothing(void **state)
{
    struct fixture *f = *state;
    publisher_face(f->publisher, "agent", true);

    publisher_face(f->publisher, "agent", false);

    assert_string_equal(published(f), "");
}

/* Rows for more than two steps. */
static void fill(struct fixture *f)
{
    for (uint32_t id = 1; id <= 2 * PUBLISHER_ROWS; id++)
        board_put(f->board, "incident", id, json_pack("{s:s}", "summary", "open"));
}

static void what_is_sent_is_the_board_as_it_was_when_the_run_began(void **state)
{
    struct fixture *f = *state;
    publisher_face(f->publisher, "agent", true);
    fill(f);

    assert_true(publisher_run(f->publisher));
    assert_true(publisher_step(f->publisher));
    assert_null(strstr(text_get(&f->sent), "commit"));
    board_drop(f->board, "incident", 2 * PUBLISHER_ROWS);
    board_put(f->board, "incident", 9999, json_pack("{s:s}", "summary", "new"));
    assert_false(publisher_run(f->publisher)); // it is not done with the last run
    while (publisher_step(f->publisher))
        ;

    assert_null(strstr(text_get(&f->sent), "9999"));
    assert_null(strstr(text_get(&f->sent), "drop:"));
    assert_non_null(strstr(text_get(&f->sent), " commit "));
    const char *later = published(f);
    assert_non_null(strstr(later, "row:incident/9999 "));
    assert_non_null(strstr(later, "drop:incident/512 "));
}

static void a_face_that_ends_between_two_steps_is_forgotten(void **state)
{
    struct fixture *f = *state;
    publisher_face(f->publisher, "agent", true);
    fill(f);
    publisher_run(f->publisher);
    publisher_step(f->publisher);

    publisher_face(f->publisher, "agent", false);

    text_clear(&f->sent);
    assert_false(publisher_step(f->publisher));
    assert_string_equal(text_get(&f->sent), "");
    assert_true(publisher_version(f->publisher) == board_version(f->board));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define PUBLISHER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        PUBLISHER_TEST(a_face_that_begins_gets_everything),
        PUBLISHER_TEST(nothing_is_sent_when_nothing_changed),
        PUBLISHER_TEST(later_only_changed_and_dropped_rows_are_sent),
        PUBLISHER_TEST(a_face_that_does_not_read_is_left_out_and_then_gets_everything),
        PUBLISHER_TEST(a_face_that_missed_a_line_gets_everything),
        PUBLISHER_TEST(a_face_that_ends_gets_nothing),
        PUBLISHER_TEST(what_is_sent_is_the_board_as_it_was_when_the_run_began),
        PUBLISHER_TEST(a_face_that_ends_between_two_steps_is_forgotten),
    };
    return cmocka_run_group_tests_name("expose/publisher", tests, NULL, NULL);
}
