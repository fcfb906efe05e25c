/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/log.h"
#include "worker/describe.h"
#include "worker/loader.h"
#include "worker/worker.h"

#include "unit.h"

enum { WAIT_MS = 20000, PATH_BYTES = 512 };

static void quiet(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

static void guest_path(char path[PATH_BYTES], const char *name)
{
    const char *top = getenv("top_builddir");
    char relative[PATH_BYTES];
    snprintf(relative, sizeof relative, "%s/tests/fake/.libs/%s", top == NULL ? "." : top, name);
    char *real = realpath(relative, NULL);
    assert_non_null(real);
    snprintf(path, PATH_BYTES, "%s", real);
    free(real);
}

/* ---- the loader ------------------------------------------------------------------------------ */

static void assert_refused(const char *path, uid_t owner, const char *reason)
{
    struct loaded loaded;
    struct text why = {0};

    int r = loader_load(path, owner, &loaded, &why);

    assert_int_equal(r, LOADER_E_BAD);
    if (strstr(text_get(&why), reason) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", reason, text_get(&why));
    text_deinit(&why);
}

static void a_plugin_is_loaded_with_the_digest_of_its_file(void **state UNUSED)
{
    char path[PATH_BYTES];
    struct loaded loaded;
    struct text why = {0};
    guest_path(path, "watch_value.so");

    assert_int_equal(loader_load(path, getuid(), &loaded, &why), 0);

    assert_string_equal(loaded.plugin.name, "value");
    assert_int_equal(strlen(loaded.sha256), 64);
}

static void a_plugin_of_another_abi_is_refused(void **state UNUSED)
{
    char path[PATH_BYTES];
    guest_path(path, "watch_old.so");

    assert_refused(path, getuid(), "built for ABI 2.0, this worker has 1.2");
}

static void a_path_that_is_not_plain_is_refused(void **state UNUSED)
{
    assert_refused("watch_value.so", getuid(), "not an absolute path");
    assert_refused("/usr/../usr/lib", getuid(), "not a plain path");
    assert_refused("/usr//lib", getuid(), "not a plain path");
    assert_refused("/nonexistent/x.so", getuid(), "No such file");
}

struct copy {
    char folder[40], file[80];
};

/* A plugin's file in a folder of its own under a sticky folder of root's. */
static struct copy make_copy(void)
{
    struct copy c = {.folder = "/tmp/hashimori-loader.XXXXXX"};
    char path[PATH_BYTES];
    static char bytes[512 * 1024];
    guest_path(path, "watch_value.so");
    FILE *from = fopen(path, "rb");
    size_t length = fread(bytes, 1, sizeof bytes, from);
    fclose(from);
    assert_non_null(mkdtemp(c.folder));
    snprintf(c.file, sizeof c.file, "%s/x.so", c.folder);
    FILE *to = fopen(c.file, "wb");
    assert_int_equal(fwrite(bytes, 1, length, to), length);
    fclose(to);
    chmod(c.file, 0644);
    return c;
}

static void drop_copy(struct copy *c)
{
    unlink(c->file);
    rmdir(c->folder);
}

static void a_file_that_others_may_write_is_refused(void **state UNUSED)
{
    struct copy c = make_copy();

    chmod(c.file, 0664);
    assert_refused(c.file, getuid(), "others may write this file");
    chmod(c.file, 0646);
    assert_refused(c.file, getuid(), "others may write this file");
    drop_copy(&c);
}

static void a_folder_that_others_may_write_is_refused(void **state UNUSED)
{
    struct copy c = make_copy();

    chmod(c.folder, 0777);
    assert_refused(c.file, getuid(), "others may write this folder");
    drop_copy(&c);
}

static void a_link_is_not_followed(void **state UNUSED)
{
    struct copy c = make_copy();
    char link[96];
    snprintf(link, sizeof link, "%s/link.so", c.folder);
    assert_int_equal(symlink(c.file, link), 0);

    assert_refused(link, getuid(), "Too many levels of symbolic links");
    unlink(link);
    drop_copy(&c);
}

static void a_file_that_is_no_plugin_is_refused(void **state UNUSED)
{
    struct copy c = make_copy();
    FILE *file = fopen(c.file, "wb");
    fputs("not a shared object", file);
    fclose(file);

    assert_refused(c.file, getuid(), "");
    drop_copy(&c);
}

/* ---- a worker with a port of the test's --------------------------------------------------------
 */

struct fixture {
    struct loop *loop;
    struct worker worker;
    json_t *lines;
    bool late;
};

static void on_send(void *ctx, json_t *line, bool now UNUSED)
{
    struct fixture *f = ctx;
    json_array_append_new(f->lines, line);
}

static void on_put(void *ctx, const char *line, size_t length)
{
    struct fixture *f = ctx;
    json_t *o = wire_parse(line, length, NULL);
    assert_non_null(o);
    json_array_append_new(f->lines, o);
}

static void on_call(void *ctx, int64_t id, const char *instance, span_ms deadline UNUSED)
{
    struct fixture *f = ctx;
    json_t *line = json_pack("{s:s}", "type", id == 0 ? "leave" : "enter");
    if (instance != NULL)
        json_object_set_new(line, "instance", json_string(instance));
    json_array_append_new(f->lines, line);
}

static void on_wait(void *ctx)
{
    struct fixture *f = ctx;
    f->worker.saved = f->worker.seq; // as if the daemon had committed all
}

static void fixture_open(struct fixture *f, const struct hm_plugin *plugin)
{
    *f = (struct fixture){.lines = json_array()};
    struct port port = {.ctx = f, .send = on_send, .put = on_put, .call = on_call, .wait = on_wait};
    assert_int_equal(loop_new(&f->loop), 0);
    worker_init(&f->worker, f->loop, plugin, &port);
}

static void fixture_close(struct fixture *f)
{
    worker_deinit(&f->worker);
    json_decref(f->lines);
    loop_free(f->loop);
}

static bool feed(struct fixture *f, const char *line)
{
    struct text why = {0};
    json_t *o = wire_parse(line, strlen(line), &why);
    bool taken = worker_line(&f->worker, o, &why);
    json_decref(o);
    text_deinit(&why);
    return taken;
}

/* The @n-th line (from 0) of @type, or NULL. */
static json_t *nth(const struct fixture *f, const char *type, size_t n)
{
    for (size_t i = 0; i < json_array_size(f->lines); i++) {
        json_t *line = json_array_get(f->lines, i);
        if (text_equal(json_string_value(json_object_get(line, "type")), type) && n-- == 0)
            return line;
    }
    return NULL;
}

static void on_late(void *arg)
{
    struct fixture *f = arg;
    f->late = true;
}

static json_t *until(struct fixture *f, const char *type, size_t n)
{
    struct timer *late = timer_new(f->loop, on_late, f);
    timer_set(late, WAIT_MS);
    while (nth(f, type, n) == NULL && !f->late)
        loop_turn(f->loop, true);
    timer_free(late);
    assert_false(f->late);
    return nth(f, type, n);
}

static const char *text_of(const json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));
    return text == NULL ? "" : text;
}

static void the_example_reads_its_number_and_is_blind_without_its_file(void **state UNUSED)
{
    char path[PATH_BYTES];
    struct loaded loaded;
    struct text why = {0};
    struct fixture f;
    guest_path(path, "watch_value.so");
    assert_int_equal(loader_load(path, getuid(), &loaded, &why), 0);
    fixture_open(&f, &loaded.plugin);

    assert_true(feed(&f, "{\"type\":\"open\",\"id\":1,\"subject\":\"pid_max\",\"interval_ms\":10,"
                         "\"options\":{\"path\":\"/proc/sys/kernel/pid_max\",\"factor\":2.0}}"));
    assert_true(feed(&f, "{\"type\":\"open\",\"id\":2,\"subject\":\"absent\",\"interval_ms\":0,"
                         "\"options\":{\"path\":\"/nonexistent/file\",\"factor\":1.0}}"));
    assert_true(feed(&f, "{\"type\":\"check\",\"id\":1}"));
    assert_true(feed(&f, "{\"type\":\"check\",\"id\":2}"));

    json_t *number = until(&f, "reading", 0), *blind = until(&f, "reading", 1);
    assert_string_equal(text_of(number, "kind"), "number");
    assert_true(json_number_value(json_object_get(number, "number")) >= 2 * 32768.0);
    assert_string_equal(text_of(blind, "kind"), "blind");
    assert_string_equal(text_of(blind, "text"), "No such file or directory");
    fixture_close(&f);
}

static void a_plugin_describes_itself_in_full(void **state UNUSED)
{
    char path[PATH_BYTES];
    struct loaded loaded;
    struct text why = {0};
    guest_path(path, "watch_naughty.so");
    assert_int_equal(loader_load(path, getuid(), &loaded, &why), 0);

    json_t *o = describe_plugin(&loaded.plugin);

    assert_string_equal(text_of(o, "abi"), "1.2");
    assert_string_equal(text_of(o, "kind"), "watch");
    assert_true(json_is_true(json_object_get(o, "validates")));
    assert_int_equal(json_array_size(json_object_get(o, "options")), 3);
    assert_int_equal(json_array_size(json_object_get(o, "rules")), 0);
    assert_string_equal(
        text_of(json_array_get(json_object_get(o, "options"), 2), "type"), "integer");
    json_decref(o);
}

/* ---- a plugin within the test: it runs programs ------------------------------------------------
 */

static const struct hm_option runner_options[] = {
    {.name = "command", .type = HM_LIST, .help = "what to run"},
    {.name = "limit", .type = HM_SPAN, .help = "how long it may take"},
    {0},
};

static int runner_open(const struct hm_host *host, void **ret_self)
{
    *ret_self = (void *)(uintptr_t)host;
    return 0;
}

static void runner_close(void *self UNUSED)
{
}

static void runner_on_end(void *arg, int status, const char *output, size_t length)
{
    const struct hm_host *host = arg;
    struct hm_reading r = {.metric = "status", .kind = HM_NUMBER, .number = status, .text = output};
    assert_int_equal(strlen(output), length);
    host->report(host, &r);
}

static int runner_check(void *self)
{
    const struct hm_host *host = self;
    const char *argv[8] = {NULL};
    for (size_t i = 0; i < host->count(host, "command") && i < 7; i++)
        argv[i] = host->item(host, "command", i);
    return host->run(host, argv, "input", host->integer(host, "limit"), 1000, runner_on_end, self);
}

static const struct hm_plugin runner = {.size = sizeof runner,
    .abi_major = HM_ABI_MAJOR,
    .kind = HM_WATCH,
    .name = "runner",
    .options = runner_options,
    .open = runner_open,
    .check = runner_check,
    .close = runner_close};

static json_t *run(struct fixture *f, const char *command, int limit_ms)
{
    char line[512];
    fixture_open(f, &runner);
    snprintf(line, sizeof line,
        "{\"type\":\"open\",\"id\":1,\"subject\":\"s\",\"interval_ms\":0,"
        "\"options\":{\"command\":%s,\"limit\":%d}}",
        command, limit_ms);
    assert_true(feed(f, line));
    return until(f, "reading", 0);
}

static void a_program_gets_its_input_and_its_output_comes_back(void **state UNUSED)
{
    struct fixture f;

    json_t *r = run(&f, "[\"/bin/sh\",\"-c\",\"cat; echo; echo $LANG; exit 3\"]", 10000);

    assert_int_equal(WEXITSTATUS((int)json_number_value(json_object_get(r, "number"))), 3);
    assert_string_equal(text_of(r, "text"), "input\nC.UTF-8\n");
    fixture_close(&f);
}

static void a_program_that_takes_too_long_is_ended(void **state UNUSED)
{
    struct fixture f;

    json_t *r = run(&f, "[\"/bin/sleep\",\"1000\"]", 50);

    assert_int_equal((int)json_number_value(json_object_get(r, "number")), -1);
    fixture_close(&f);
}

static void more_output_than_was_asked_for_is_cut(void **state UNUSED)
{
    struct fixture f;

    json_t *r = run(&f, "[\"/bin/sh\",\"-c\",\"yes | head -c 200000\"]", 10000);

    assert_int_equal((int)json_number_value(json_object_get(r, "number")), 0);
    assert_int_equal(strlen(text_of(r, "text")), 1000);
    fixture_close(&f);
}

static void a_program_that_is_not_there_is_a_blind_reading(void **state UNUSED)
{
    struct fixture f;

    json_t *r = run(&f, "[\"/nonexistent/program\"]", 1000);

    assert_string_equal(text_of(r, "kind"), "blind");
    assert_string_equal(text_of(r, "text"), "No such file or directory");
    fixture_close(&f);
}

static void what_a_program_leaves_behind_is_killed(void **state UNUSED)
{
    struct fixture f;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); // as the worker does at its start

    json_t *r =
        run(&f, "[\"/bin/sh\",\"-c\",\"setsid sleep 1000 >/dev/null 2>&1 & echo $!\"]", 10000);

    pid_t left = (pid_t)atoi(text_of(r, "text"));
    assert_true(left > 1);
    struct timer *late = timer_new(f.loop, on_late, &f);
    timer_set(late, WAIT_MS);
    while (kill(left, 0) == 0 && !f.late)
        loop_turn(f.loop, true);
    timer_free(late);
    assert_false(f.late);
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    fixture_close(&f);
}

/* ---- lines
 * --------------------------------------------------------------------------------------- */

static void lines_that_break_the_rules_are_refused(void **state UNUSED)
{
    struct fixture f;
    fixture_open(&f, &runner);

    assert_false(feed(&f, "{}"));
    assert_false(feed(&f, "{\"type\":\"dance\",\"id\":1}"));
    assert_false(feed(&f, "{\"type\":\"open\",\"id\":1}"));
    assert_false(feed(&f, "{\"type\":\"open\",\"id\":-1,\"options\":{}}"));
    assert_false(feed(&f, "{\"type\":\"check\"}"));
    assert_true(feed(&f, "{\"type\":\"check\",\"id\":77}"));
    fixture_close(&f);
}

static void every_call_lies_between_enter_and_leave(void **state UNUSED)
{
    struct fixture f;
    run(&f, "[\"/bin/true\"]", 1000);

    size_t enters = 0, leaves = 0;
    while (nth(&f, "enter", enters) != NULL)
        enters++;
    while (nth(&f, "leave", leaves) != NULL)
        leaves++;

    assert_true(enters >= 3); // open, check, the program's end
    assert_in_range(enters - leaves, 0, 1);
    assert_string_equal(text_of(json_array_get(f.lines, 0), "type"), "enter");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_is_loaded_with_the_digest_of_its_file),
        cmocka_unit_test(a_plugin_of_another_abi_is_refused),
        cmocka_unit_test(a_path_that_is_not_plain_is_refused),
        cmocka_unit_test(a_file_that_others_may_write_is_refused),
        cmocka_unit_test(a_folder_that_others_may_write_is_refused),
        cmocka_unit_test(a_link_is_not_followed),
        cmocka_unit_test(a_file_that_is_no_plugin_is_refused),
        cmocka_unit_test(the_example_reads_its_number_and_is_blind_without_its_file),
        cmocka_unit_test(a_plugin_describes_itself_in_full),
        cmocka_unit_test(a_program_gets_its_input_and_its_output_comes_back),
        cmocka_unit_test(a_program_that_takes_too_long_is_ended),
        cmocka_unit_test(more_output_than_was_asked_for_is_cut),
        cmocka_unit_test(a_program_that_is_not_there_is_a_blind_reading),
        cmocka_unit_test(what_a_program_leaves_behind_is_killed),
        cmocka_unit_test(lines_that_break_the_rules_are_refused),
        cmocka_unit_test(every_call_lies_between_enter_and_leave),
    };
    signal(SIGPIPE, SIG_IGN);
    log_set_sink(getenv("HM_TEST_LOUD") == NULL ? quiet : NULL);
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
