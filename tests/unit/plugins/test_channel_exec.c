/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel_fixture.h"
#include "unit.h"

static struct hm_notice notice;

/* Opens the channel with /bin/sh -c @script; the shell is the test's, not the plugin's. */
static int open_limited(
    void **state, const char *script, const char *accepts, const char *refused, const char *timeout)
{
    const struct fake_option options[] = {{"command", "/bin/sh", NULL}, {"command", "-c", NULL},
        {"command", script, NULL}, {"accepts", accepts, NULL}, {"timeout", timeout, NULL},
        {refused == NULL ? NULL : "refused", refused, NULL}, {0}};
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);

    *state = f;
    return fake_host_open(f);
}

/* What ends by itself may take its time. */
static int open_script(void **state, const char *script, const char *accepts, const char *refused)
{
    return open_limited(state, script, accepts, refused, "20s");
}

static int teardown(void **state)
{
    fake_host_free(*state);
    return 0;
}

static bool has_receipt(const struct fake_host *f, const void *arg UNUSED)
{
    return f->receipt_count > 0;
}

static const struct fake_receipt *deliver(struct fake_host *f)
{
    hashimori_plugin.deliver(f->self, 5, 2, &notice);
    assert_true(fake_host_run_until(f, has_receipt, NULL, CHANNEL_LIMIT_MS));
    assert_int_equal(f->receipts[0].delivery, 5);
    return &f->receipts[0];
}

static void the_notice_is_one_line_of_json_on_standard_input(void **state)
{
    assert_int_equal(open_script(state, "cat >seen.json", "false", NULL), 0);

    deliver(*state);

    json_t *seen = json_load_file("seen.json", JSON_REJECT_DUPLICATES, NULL);
    unlink("seen.json");
    assert_non_null(seen);
    assert_string_equal(json_string_value(json_object_get(seen, "text")), notice.text);
    assert_string_equal(
        json_string_value(json_object_get(seen, "sequence")), "18446744073709551615");
    assert_string_equal(json_string_value(json_object_get(seen, "severity_name")), "critical");
    assert_string_equal(
        json_string_value(json_object_get(seen, "at")), "2026-04-15T10:00:00.250+09:00");
    assert_int_equal(json_integer_value(json_object_get(seen, "attempt")), 2);
    json_decref(seen);
}

static void exit_0_is_sent(void **state)
{
    assert_int_equal(open_script(state, "cat >/dev/null; echo queued as 12", "false", NULL), 0);

    const struct fake_receipt *r = deliver(*state);

    assert_int_equal(r->result, HM_SENT);
    assert_string_equal(r->text, "exit code 0: queued as 12");
}

static void exit_0_is_accepted_where_the_configuration_says_so(void **state)
{
    assert_int_equal(open_script(state, "exit 0", "true", NULL), 0);

    assert_int_equal(deliver(*state)->result, HM_ACCEPTED);
}

static void other_exit_codes_are_later(void **state)
{
    assert_int_equal(open_script(state, "exit 65", "true", "66"), 0);

    assert_int_equal(deliver(*state)->result, HM_LATER);
}

static void a_listed_exit_code_is_refused(void **state)
{
    assert_int_equal(open_script(state, "exit 65", "true", "65"), 0);

    assert_int_equal(deliver(*state)->result, HM_REFUSED);
}

static void a_command_that_hangs_is_ended_and_later(void **state)
{
    assert_int_equal(open_limited(state, "sleep 300", "true", NULL, "500ms"), 0);

    const struct fake_receipt *r = deliver(*state);

    assert_int_equal(r->result, HM_LATER);
    assert_string_equal(r->text, "not ended after 500 ms");
}

static void a_command_ended_by_a_signal_is_later(void **state)
{
    assert_int_equal(open_script(state, "kill -9 $$", "true", NULL), 0);

    assert_int_equal(deliver(*state)->result, HM_LATER);
}

static void what_the_command_prints_is_cut_and_cannot_drive_a_terminal(void **state)
{
    assert_int_equal(
        open_script(state,
            "printf 'a\\033[2Jb\\302\\233c\\303\\033d '; head -c 100000 /dev/zero | tr '\\0' x",
            "false", NULL),
        0);

    const struct fake_receipt *r = deliver(*state);

    assert_int_equal(strncmp(r->text, "exit code 0: a?[2Jb?c\303?d x", 26), 0);
    assert_in_range(strlen(r->text), 200, 300);
}

static void a_command_that_is_not_there_is_later(void **state)
{
    const struct fake_option options[] = {{"command", "/nonexistent/command", NULL}, {0}};
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);
    *state = f;
    assert_int_equal(fake_host_open(f), 0);

    assert_int_equal(deliver(f)->result, HM_LATER);
}

static void a_close_forgets_what_still_runs(void **state)
{
    assert_int_equal(open_limited(state, "sleep 300", "true", NULL, "500ms"), 0);
    struct fake_host *f = *state;

    hashimori_plugin.deliver(f->self, 5, 1, &notice);
    fake_host_close(f);

    assert_int_equal(f->receipt_count, 0);
}

static void a_relative_path_and_a_bad_exit_code_are_complained_of(void **state)
{
    const struct fake_option options[] = {{"command", "mail", NULL}, {"refused", "256", NULL}, {0}};
    struct fake_host *f = fake_host_new(&hashimori_plugin, options);
    *state = f;

    fake_host_validate(f);

    assert_int_equal(f->complaint_count, 2);
    assert_string_equal(f->complaints[0].option, "command");
    assert_string_equal(f->complaints[1].option, "refused");
}

int main(void)
{
    notice = channel_notice("重大: engine \"`; rm -rf /`\" $(id)\n次の行");
    notice.sequence = UINT64_MAX;
    notice.key = "KEY";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_notice_is_one_line_of_json_on_standard_input, teardown),
        cmocka_unit_test_teardown(exit_0_is_sent, teardown),
        cmocka_unit_test_teardown(exit_0_is_accepted_where_the_configuration_says_so, teardown),
        cmocka_unit_test_teardown(other_exit_codes_are_later, teardown),
        cmocka_unit_test_teardown(a_listed_exit_code_is_refused, teardown),
        cmocka_unit_test_teardown(a_command_that_hangs_is_ended_and_later, teardown),
        cmocka_unit_test_teardown(a_command_ended_by_a_signal_is_later, teardown),
        cmocka_unit_test_teardown(
            what_the_command_prints_is_cut_and_cannot_drive_a_terminal, teardown),
        cmocka_unit_test_teardown(a_command_that_is_not_there_is_later, teardown),
        cmocka_unit_test_teardown(a_close_forgets_what_still_runs, teardown),
        cmocka_unit_test_teardown(a_relative_path_and_a_bad_exit_code_are_complained_of, teardown),
    };
    return cmocka_run_group_tests_name("plugins/channel_exec", tests, NULL, NULL);
}
