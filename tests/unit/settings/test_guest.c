/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "settings/guest.h"
#include "settings/value.h"
#include "unit.h"

/* A folder with a plugin's file and a script in place of hashimori-worker. */
struct fixture {
    char folder[64];
    char worker[96], config[96], file[96];
    struct guest_runner *runner;
    struct text why;
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fdio_write_all(fd, text, strlen(text)), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    fdio_close(fd);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/hashimori-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->worker, sizeof f->worker, "%s/worker", f->folder);
    snprintf(f->config, sizeof f->config, "%s/conf", f->folder);
    snprintf(f->file, sizeof f->file, "%s/watch_disk.so", f->folder);
    write_file(f->config, "", 0600);
    write_file(f->file, "", 0644);
    assert_int_equal(guest_runner_new(f->worker, f->config, &f->runner), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"/worker", "/conf", "/watch_disk.so", "/asked"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", f->folder, names[i]);
        unlink(path);
    }
    rmdir(f->folder);
    guest_runner_free(f->runner);
    text_deinit(&f->why);
    free(f);
    return 0;
}

static int decode(const char *line, struct guest_table **ret, struct text *why)
{
    return guest_table_decode(line, strlen(line), ret, why);
}

#define HEAD "\"describe\":1,\"abi\":\"1.0\",\"kind\":\"watch\",\"name\":\"disk\",\"version\":\"1\""
#define WITH_OPTION(o) "{" HEAD ",\"options\":[{" o "}],\"rules\":[]}"
#define WITH_RULE(r) "{" HEAD ",\"options\":[],\"rules\":[{" r "}]}"

static void a_description_becomes_a_table(void **state UNUSED)
{
    struct guest_table *t = NULL;
    struct text why = {0};

    int r = decode("{" HEAD ",\"summary\":\"s\",\"validates\":true,\"options\":["
                   "{\"name\":\"path\",\"type\":\"path\",\"preset\":\"/\",\"help\":\"where\"}],"
                   "\"rules\":[{\"metric\":\"used_percent\",\"critical\":\">= 90\"}]}",
        &t, &why);

    assert_int_equal(r, 0);
    assert_true(t->validates);
    assert_string_equal(t->summary[LANGUAGE_JA], "s");
    assert_int_equal(t->options[0].type, OPTION_PATH);
    assert_string_equal(t->options[0].help[LANGUAGE_JA], "where");
    assert_null(t->options[1].name);
    assert_int_equal(t->rules[0].runs, 1);
    json_t *again = guest_table_json(t);
    assert_string_equal(json_string_value(json_object_get(again, "name")), "disk");
    json_decref(again);
    guest_table_free(t);
    text_deinit(&why);
}

static void a_wrong_description_is_refused_with_its_reason(void **state UNUSED)
{
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"", "not one JSON object"},
        {"[]", "not one JSON object"},
        {"{\"describe\":2}", "describe must be 1"},
        {"{\"describe\":1,\"kind\":\"eye\"}", "kind must be"},
        {"{" HEAD ",\"rules\":[]}", "options and group must be lists"},
        {"{" HEAD ",\"options\":[]}", "rules must be a list"},
        {WITH_OPTION("\"name\":\"A b\",\"type\":\"text\",\"help\":\"h\""), "name must be"},
        {WITH_OPTION("\"name\":\"a\",\"type\":\"blob\",\"help\":\"h\""), "unknown type"},
        {WITH_OPTION("\"name\":\"a\",\"type\":\"text\""), "help must be there"},
        {WITH_OPTION("\"name\":\"a\",\"type\":\"span\",\"help\":\"h\",\"preset\":\"9\""), "preset"},
        {WITH_OPTION(
             "\"name\":\"a\",\"type\":\"integer\",\"help\":\"h\",\"preset\":\"9\",\"most\":5"),
            "preset"},
        {WITH_OPTION("\"name\":\"a\",\"type\":\"text\",\"help\":\"h\",\"words\":[1]"), "words"},
        {WITH_OPTION("\"name\":\"a\",\"type\":\"number\",\"help\":\"h\",\"least\":2,\"most\":1"),
            "least is over most"},
        {WITH_OPTION("\"name\":\"interval\",\"type\":\"span\",\"help\":\"h\""), "hashimori has"},
        {WITH_OPTION("\"name\":\"a\",\"type\":\"groups\",\"help\":\"h\""), "must be lists"},
        {WITH_RULE("\"warning\":\"> 1\""), "metric must be"},
        {WITH_RULE("\"metric\":\"m\",\"warning\":\"about 1\""), "must be conditions"},
        {WITH_RULE("\"metric\":\"m\",\"runs\":70000"), "0 to 1000"},
        {WITH_RULE("\"metric\":\"m\",\"event\":\"loud\""), "event must be"},
        {WITH_RULE("\"metric\":\"m\",\"clear_after\":\"soon\""), "clear_after"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guest_table *t = NULL;
        struct text why = {0};

        int r = decode(cases[i].line, &t, &why);

        assert_int_equal(r, GUEST_E_BAD);
        assert_null(t);
        if (strstr(text_get(&why), cases[i].why) == NULL)
            fail_msg("%s: \"%s\"", cases[i].line, text_get(&why));
        text_deinit(&why);
    }
}

static void a_plugin_of_ones_own_is_found_by_its_real_path(void **state)
{
    struct fixture *f = *state;
    char *path = NULL;

    int r = guest_find_file(f->folder, "watch", "disk", getuid(), &path, &f->why);

    assert_int_equal(r, 0);
    assert_string_equal(path, f->file);
    free(path);
    r = guest_find_file(f->folder, "watch", "none", getuid(), &path, &f->why);
    assert_int_equal(r, GUEST_E_ABSENT);
}

static void a_plugin_that_others_may_write_is_unsafe(void **state)
{
    struct fixture *f = *state;
    char *path = NULL;

    assert_int_equal(chmod(f->file, 0664), 0);
    int r = guest_find_file(f->folder, "watch", "disk", getuid(), &path, &f->why);

    assert_int_equal(r, GUEST_E_UNSAFE);
    assert_null(path);
    assert_string_equal(text_get(&f->why), f->file);
}

static void a_folder_that_others_may_write_is_unsafe(void **state)
{
    struct fixture *f = *state;
    char *path = NULL;

    assert_int_equal(chmod(f->folder, 0777), 0);
    int r = guest_find_file(f->folder, "watch", "disk", getuid(), &path, &f->why);

    assert_int_equal(r, GUEST_E_UNSAFE);
    assert_string_equal(text_get(&f->why), f->folder);
}

static void a_plugin_of_someone_else_is_unsafe(void **state)
{
    struct fixture *f = *state;
    char *path = NULL;
    if (getuid() == 0)
        assert_int_equal(chown(f->file, 65534, 0), 0);

    int r = guest_find_file(
        f->folder, "watch", "disk", getuid() == 0 ? 0 : getuid() + 1, &path, &f->why);

    assert_int_equal(r, GUEST_E_UNSAFE);
}

static int find(struct fixture *f, const struct guest_table **ret)
{
    struct guest_source s = guest_runner_source(f->runner);
    text_clear(&f->why);
    return s.find(s.ctx, f->folder, "watch", "disk", ret, &f->why);
}

/* A worker that counts its calls in the file "asked". */
#define COUNTING "#!/bin/sh\necho x >>\"${0%/*}/asked\"\n"
#define DESCRIBES "echo '{" HEAD ",\"validates\":true,\"options\":[],\"rules\":[]}'\n"

static long times_asked(const struct fixture *f)
{
    struct stat st;
    char path[128];
    snprintf(path, sizeof path, "%s/asked", f->folder);
    return stat(path, &st) == 0 ? (long)(st.st_size / 2) : 0;
}

static void a_plugin_is_asked_once_while_its_file_stays(void **state)
{
    struct fixture *f = *state;
    const struct guest_table *a = NULL, *b = NULL;
    write_file(f->worker, COUNTING DESCRIBES, 0700);

    assert_int_equal(find(f, &a), 0);
    assert_int_equal(find(f, &b), 0);

    assert_ptr_equal(a, b);
    assert_int_equal(times_asked(f), 1);
    write_file(f->file, "longer", 0644);
    assert_int_equal(find(f, &b), 0);
    assert_int_equal(times_asked(f), 2);
}

static void a_worker_that_fails_is_quoted_and_not_asked_again_at_once(void **state)
{
    struct fixture *f = *state;
    const struct guest_table *t = NULL;
    write_file(f->worker, COUNTING "echo 'symbol not found' >&2\nexit 1\n", 0700);

    assert_int_equal(find(f, &t), GUEST_E_BAD);
    assert_string_equal(text_get(&f->why), "symbol not found");
    assert_int_equal(find(f, &t), GUEST_E_BAD);

    assert_string_equal(text_get(&f->why), "symbol not found");
    assert_int_equal(times_asked(f), 1);
}

static void a_worker_that_floods_is_cut_off(void **state)
{
    struct fixture *f = *state;
    const struct guest_table *t = NULL;
    write_file(f->worker, "#!/bin/sh\nexec cat /dev/zero\n", 0700);

    assert_int_equal(find(f, &t), GUEST_E_BAD);

    assert_non_null(strstr(text_get(&f->why), "more than 262144 bytes"));
}

static void a_worker_that_is_absent_is_no_crash(void **state)
{
    struct fixture *f = *state;
    const struct guest_table *t = NULL;

    assert_int_equal(find(f, &t), GUEST_E_BAD);

    assert_non_null(strstr(text_get(&f->why), "No such file"));
}

static void a_file_that_describes_another_plugin_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct guest_table *t = NULL;
    write_file(f->worker,
        "#!/bin/sh\necho '{\"describe\":1,\"abi\":\"1.0\",\"kind\":\"watch\",\"name\":\"queue\","
        "\"version\":\"1\",\"options\":[],\"rules\":[]}'\n",
        0700);

    assert_int_equal(find(f, &t), GUEST_E_BAD);

    assert_string_equal(text_get(&f->why), "the file says that it is watch queue");
}

static void take_complaint(void *arg, const char *key, const char *text)
{
    text_addf(arg, "%s: %s;", key != NULL ? key : "-", text);
}

static void the_plugins_own_complaints_come_back(void **state)
{
    struct fixture *f = *state;
    struct guest_source s = guest_runner_source(f->runner);
    struct value_set values = {0};
    struct value *v = value_add(&values, "path", (struct place){0});
    v->text = strdup("/x");
    // Answers only when the values came in as they should.
    write_file(f->worker,
        "#!/bin/sh\nif test \"$1\" = --describe; then\n" DESCRIBES "exit 0\nfi\nread -r line\n"
        "test \"$line\" = '{\"options\":{\"path\":\"/x\"}}' || exit 1\n"
        "echo '{\"option\":\"path\",\"text\":\"not a mount point\"}'\n"
        "echo '{\"option\":null,\"text\":\"odd\"}'\n",
        0700);

    int r = s.validate(s.ctx, f->folder, "watch", "disk", &values, take_complaint, &f->why);

    assert_int_equal(r, 0);
    assert_string_equal(text_get(&f->why), "path: not a mount point;-: odd;");
    value_set_deinit(&values);
}

static void values_that_were_accepted_are_not_asked_about_again(void **state)
{
    struct fixture *f = *state;
    struct guest_source s = guest_runner_source(f->runner);
    struct value_set values = {0};
    struct value *v = value_add(&values, "path", (struct place){0});
    v->text = strdup("/x");
    write_file(f->worker, COUNTING "test \"$1\" = --validate ||\n" DESCRIBES, 0700);

    for (int i = 0; i < 3; i++)
        assert_int_equal(
            s.validate(s.ctx, f->folder, "watch", "disk", &values, take_complaint, &f->why), 0);

    assert_int_equal(times_asked(f), 2);
    v->text[1] = 'y';
    s.validate(s.ctx, f->folder, "watch", "disk", &values, take_complaint, &f->why);
    assert_int_equal(times_asked(f), 3);
    assert_string_equal(text_get(&f->why), "");
    value_set_deinit(&values);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_description_becomes_a_table),
        cmocka_unit_test(a_wrong_description_is_refused_with_its_reason),
        TEST(a_plugin_of_ones_own_is_found_by_its_real_path),
        TEST(a_plugin_that_others_may_write_is_unsafe),
        TEST(a_folder_that_others_may_write_is_unsafe),
        TEST(a_plugin_of_someone_else_is_unsafe),
        TEST(a_plugin_is_asked_once_while_its_file_stays),
        TEST(a_worker_that_fails_is_quoted_and_not_asked_again_at_once),
        TEST(a_worker_that_floods_is_cut_off),
        TEST(a_worker_that_is_absent_is_no_crash),
        TEST(a_file_that_describes_another_plugin_is_refused),
        TEST(the_plugins_own_complaints_come_back),
        TEST(values_that_were_accepted_are_not_asked_about_again),
    };
    return cmocka_run_group_tests_name("settings/guest", tests, NULL, NULL);
}
