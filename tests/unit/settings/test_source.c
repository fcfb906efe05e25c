/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../fake/settings_guests.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "settings/settings.h"
#include "settings/source.h"
#include "settings/value.h"
#include "unit.h"

/* A folder with hashimori.conf, conf.d/ and whatever a test puts there. */
struct fixture {
    char folder[64];
    char path[128];
    struct settings_guests *guests;
    struct settings *s;
    struct complaints complaints;
};

static const char *in(const struct fixture *f, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", f->folder, name);
    return path;
}

static void write_bytes(const struct fixture *f, const char *name, const char *bytes, size_t length)
{
    char path[256];
    int fd = open(in(f, name, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fdio_write_all(fd, bytes, length), 0);
    fdio_close(fd);
}

static void write_text(const struct fixture *f, const char *name, const char *text)
{
    write_bytes(f, name, text, strlen(text));
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[256];
    snprintf(f->folder, sizeof f->folder, "/tmp/hashimori-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(mkdir(in(f, "conf.d", path), 0700), 0);
    snprintf(f->path, sizeof f->path, "%s/hashimori.conf", f->folder);
    f->guests = settings_guests_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"hashimori.conf", "real.conf", "secret", "conf.d/10-a.conf",
        "conf.d/20-b.conf", "conf.d/.hidden.conf", "conf.d/note.txt", "conf.d/fifo.conf"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (unlink(in(f, names[i], path)) < 0)
            rmdir(path);
    rmdir(in(f, "conf.d", path));
    rmdir(f->folder);
    settings_free(f->s);
    complaints_deinit(&f->complaints);
    settings_guests_free(f->guests);
    free(f);
    return 0;
}

static int load(struct fixture *f)
{
    struct guest_source guests = settings_guests_source(f->guests);
    return settings_load(f->path, &guests, &f->s, &f->complaints);
}

/* The one complaint, in English. */
static const char *complaint(const struct fixture *f)
{
    assert_int_equal(f->complaints.count, 1);
    return f->complaints.list[0].text[LANGUAGE_EN];
}

static void a_file_that_is_not_there_is_a_complaint(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "No such file"));
    assert_string_equal(f->complaints.list[0].file, f->path);
    assert_int_equal(f->complaints.list[0].line, 0);
}

static void a_fifo_does_not_block(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkfifo(f->path, 0600), 0);

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "not a regular file"));
}

static void a_fifo_in_conf_d_does_not_block(void **state)
{
    struct fixture *f = *state;
    char path[256];
    write_text(f, "hashimori.conf", "");
    assert_int_equal(mkfifo(in(f, "conf.d/fifo.conf", path), 0600), 0);

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "not a regular file"));
    assert_string_equal(f->complaints.list[0].file, path);
}

static void a_folder_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->path, 0700), 0);

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "not a regular file"));
}

static void a_file_that_anyone_may_write_is_refused(void **state)
{
    struct fixture *f = *state;
    write_text(f, "hashimori.conf", "");
    assert_int_equal(chmod(f->path, 0646), 0);

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "anyone may write"));
}

static void two_megabytes_are_refused(void **state)
{
    struct fixture *f = *state;
    size_t length = 2 * 1024 * 1024;
    char *bytes = alloc(length);
    memset(bytes, '\n', length);
    write_bytes(f, "hashimori.conf", bytes, length);
    free(bytes);

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "at most 1 MiB"));
}

static void a_link_to_a_file_is_followed(void **state)
{
    struct fixture *f = *state;
    write_text(f, "real.conf", "agent = { host = \"linked\"; };");
    assert_int_equal(symlink("real.conf", f->path), 0);

    assert_int_equal(load(f), 0);

    assert_string_equal(f->s->agent.host, "linked");
}

static void a_byte_order_mark_is_skipped(void **state)
{
    struct fixture *f = *state;
    write_text(f, "hashimori.conf",
        "\xef\xbb\xbf"
        "agent = { host = \"bom\"; };");

    assert_int_equal(load(f), 0);

    assert_string_equal(f->s->agent.host, "bom");
}

static void a_nul_is_refused_at_its_line(void **state)
{
    struct fixture *f = *state;
    static const char bytes[] = "agent = { };\n\n# \0 watch = ( );\n";
    write_bytes(f, "hashimori.conf", bytes, sizeof bytes - 1);

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "NUL"));
    assert_int_equal(f->complaints.list[0].line, 3);
}

static void brackets_nested_ten_thousand_deep_are_refused(void **state)
{
    static const char brackets[] = "([{";
    struct fixture *f = *state;
    for (size_t kind = 0; kind < 3; kind++) {
        struct text t = {0};
        text_add(&t, "x = ");
        for (int i = 0; i < 10000; i++)
            text_add(&t, kind < 2 ? (char[]){brackets[kind], 0} : "{ a = ");
        write_text(f, "hashimori.conf", text_get(&t));
        text_deinit(&t);

        assert_int_equal(load(f), SETTINGS_E_BAD);

        assert_non_null(strstr(complaint(f), "nested too deep"));
        complaints_deinit(&f->complaints);
    }
}

static void texts_and_groups_that_libconfig_is_slow_at_are_refused_at_once(void **state)
{
    struct fixture *f = *state;
    struct text t = {0};
    text_add(&t, "agent = {\n host = \"");
    for (int i = 0; i < 1000; i++)
        text_add(&t, "0123456789012345678901234567890123456789");
    text_add(&t, "\"; };");
    write_text(f, "hashimori.conf", text_get(&t));
    assert_int_equal(load(f), SETTINGS_E_BAD);
    assert_non_null(strstr(complaint(f), "text is too long"));
    assert_int_equal(f->complaints.list[0].line, 2);
    complaints_deinit(&f->complaints);

    text_clear(&t);
    for (int i = 0; i < 50000; i++)
        text_addf(&t, "x%d=1;", i);
    write_text(f, "hashimori.conf", text_get(&t));
    text_deinit(&t);
    int64_t start = clock_tick_us();
    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "too many settings"));
    assert_true(clock_tick_us() - start < 1000000);
}

static void what_looks_like_syntax_inside_texts_and_comments_is_left_alone(void **state)
{
    struct fixture *f = *state;
    write_text(f, "hashimori.conf",
        "// @include \"x\" ( ( (\n/* \" { */ # \"\n"
        "agent = { host = \"a-@include\"; }; // }\n"
        "watch = ( { subject = \"a\"; plugin = \"process\"; name = \"x \\\" ( @include /* \\\\\"; "
        "} );\n");

    assert_int_equal(load(f), 0);

    assert_string_equal(f->s->agent.host, "a-@include");
    assert_string_equal(value_text(&f->s->watches[0].options, "name"), "x \" ( @include /* \\");
}

static void every_cut_of_a_good_file_is_read_or_refused(void **state)
{
    struct fixture *f = *state;
    static const char good[] =
        "agent = { host = \"h\"; fiscal_year_start = 4; }; /* c */\n"
        "watch = ( { subject = \"a\"; plugin = \"disk\"; share = 0.5; deep = true;\n"
        "  part = ( { path = \"/a\"; limit = 0x10; } ); skip = [ \"x\", \"y\" ]; } );\n";
    for (size_t length = 0; length < sizeof good; length++) {
        write_bytes(f, "hashimori.conf", good, length);

        int r = load(f);

        assert_true(r == 0 ? f->complaints.count == 0 : f->complaints.count > 0);
        f->s = settings_free(f->s);
        complaints_deinit(&f->complaints);
    }
}

static void files_of_conf_d_are_joined_in_the_order_of_their_names(void **state)
{
    struct fixture *f = *state;
    write_text(f, "hashimori.conf", "agent = { host = \"h\"; };");
    write_text(f, "conf.d/20-b.conf", "watch = ( { subject = \"b\"; plugin = \"disk\"; } );");
    write_text(f, "conf.d/10-a.conf", "watch = ( { subject = \"a\"; plugin = \"disk\"; } );");
    write_text(f, "conf.d/.hidden.conf", "no configuration");
    write_text(f, "conf.d/note.txt", "no configuration");

    assert_int_equal(load(f), 0);

    assert_int_equal(f->s->file_count, 3);
    assert_int_equal(f->s->watch_count, 2);
    assert_string_equal(f->s->watches[0].subject, "a");
    assert_string_equal(f->s->watches[1].subject, "b");
    assert_string_equal(f->s->watches[1].place.file, f->s->files[2]);
}

static void the_agent_may_stand_in_one_file_only(void **state)
{
    struct fixture *f = *state;
    write_text(f, "hashimori.conf", "agent = { host = \"h\"; };");
    write_text(f, "conf.d/10-a.conf", "\nagent = { host = \"h\"; };");

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "one agent section in all files"));
    assert_non_null(strstr(f->complaints.list[0].file, "10-a.conf"));
    assert_int_equal(f->complaints.list[0].line, 2);
}

static void a_name_taken_in_another_file_is_shown_with_that_file(void **state)
{
    struct fixture *f = *state;
    write_text(f, "hashimori.conf", "watch = ( { subject = \"a\"; plugin = \"disk\"; } );");
    write_text(f, "conf.d/10-a.conf", "watch = ( { subject = \"a\"; plugin = \"disk\"; } );");

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "hashimori.conf:1"));
}

static void a_syntax_error_ends_only_its_own_file(void **state)
{
    struct fixture *f = *state;
    write_text(
        f, "hashimori.conf", "services = ( { name = \"s\"; down_when = \"x\"; } );\nagent = {");
    write_text(f, "conf.d/10-a.conf",
        "watch = ( { subject = \"a\"; plugin = \"disk\"; service = \"s\"; interval = 7; } );");

    assert_int_equal(load(f), SETTINGS_E_BAD);

    assert_int_equal(f->complaints.count, 2);
    assert_non_null(strstr(f->complaints.list[0].text[LANGUAGE_EN], "syntax error"));
    assert_non_null(strstr(f->complaints.list[1].text[LANGUAGE_EN], "interval = 7"));
}

static void the_hash_follows_every_byte_of_every_file(void **state)
{
    struct fixture *f = *state;
    write_text(f, "hashimori.conf", "agent = { host = \"h\"; };");
    assert_int_equal(load(f), 0);
    struct settings *first = f->s;

    write_text(f, "conf.d/10-a.conf", "# a remark");
    assert_int_equal(load(f), 0);

    assert_string_not_equal(first->hash, f->s->hash);
    settings_free(first);
}

static int load_secret(struct fixture *f, const char *secret, mode_t mode)
{
    char path[256], text[512];
    write_text(f, "secret", secret);
    assert_int_equal(chmod(in(f, "secret", path), mode), 0);
    snprintf(text, sizeof text,
        "destinations = ( { name = \"d\"; channel = \"snmp\"; host = \"h\";\n"
        "  community_file = \"%s\"; } );",
        path);
    write_text(f, "hashimori.conf", text);
    return load(f);
}

static void a_secret_is_the_first_line_of_its_file(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(load_secret(f, "s3cret \r\nnot this\n", 0640), 0);

    const struct value *v = value_find(&f->s->destinations[0].options, "community_file");
    assert_true(v->secret);
    assert_string_equal(v->text, "s3cret ");
}

static void a_secret_that_others_may_read_or_write_is_refused(void **state)
{
    static const mode_t modes[] = {0604, 0602, 0644};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(load_secret(f, "s3cret\n", modes[i]), SETTINGS_E_BAD);

        assert_non_null(strstr(complaint(f), "chmod o-rw"));
        assert_null(strstr(complaint(f), "s3cret"));
        assert_int_equal(f->complaints.list[0].line, 2);
        complaints_deinit(&f->complaints);
    }
}

static void a_secret_without_a_first_line_is_refused(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(load_secret(f, "\nsecond\n", 0600), SETTINGS_E_BAD);

    assert_non_null(strstr(complaint(f), "is empty"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_is_not_there_is_a_complaint),
        TEST(a_fifo_does_not_block),
        TEST(a_fifo_in_conf_d_does_not_block),
        TEST(a_folder_is_refused),
        TEST(a_file_that_anyone_may_write_is_refused),
        TEST(two_megabytes_are_refused),
        TEST(a_link_to_a_file_is_followed),
        TEST(a_byte_order_mark_is_skipped),
        TEST(a_nul_is_refused_at_its_line),
        TEST(brackets_nested_ten_thousand_deep_are_refused),
        TEST(texts_and_groups_that_libconfig_is_slow_at_are_refused_at_once),
        TEST(what_looks_like_syntax_inside_texts_and_comments_is_left_alone),
        TEST(every_cut_of_a_good_file_is_read_or_refused),
        TEST(files_of_conf_d_are_joined_in_the_order_of_their_names),
        TEST(the_agent_may_stand_in_one_file_only),
        TEST(a_name_taken_in_another_file_is_shown_with_that_file),
        TEST(a_syntax_error_ends_only_its_own_file),
        TEST(the_hash_follows_every_byte_of_every_file),
        TEST(a_secret_is_the_first_line_of_its_file),
        TEST(a_secret_that_others_may_read_or_write_is_refused),
        TEST(a_secret_without_a_first_line_is_refused),
    };
    return cmocka_run_group_tests_name("settings/source", tests, NULL, NULL);
}
