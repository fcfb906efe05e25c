/* SPDX-License-Identifier: BSD-2-Clause */
#include "linklog_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "unit.h"

enum { OPTIONS_MAX = 64 };

const struct fake_option fixture_pattern_of_n[] = {
    {.name = "pattern", .value = "n=(?<n>\\d+)"}, FIXTURE_END};
const struct fake_option fixture_from_end[] = {
    {.name = "patterns", .group = fixture_pattern_of_n}, FIXTURE_END};
const struct fake_option fixture_from_begin[] = {
    {.name = "patterns", .group = fixture_pattern_of_n}, {.name = "start", .value = "begin"},
    FIXTURE_END};

void fixture_init(struct fixture *x)
{
    *x = (struct fixture){0};
    snprintf(x->folder, sizeof x->folder, "/tmp/linklog.XXXXXX");
    assert_non_null(mkdtemp(x->folder));
    snprintf(x->log, sizeof x->log, "%s/app.log", x->folder);
}

static int remove_one(
    const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *where UNUSED)
{
    return remove(path);
}

void fixture_deinit(struct fixture *x)
{
    x->host = fake_host_free(x->host);
    nftw(x->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int fixture_set_up(void **state)
{
    static struct fixture x;
    fixture_init(&x);
    *state = &x;
    return 0;
}

int fixture_tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

void fixture_begin(struct fixture *x, const char *text)
{
    fixture_append(x, "app.log", text);
    fixture_start(x, fixture_from_begin);
}

void fixture_start(struct fixture *x, const struct fake_option *options)
{
    struct fake_option all[OPTIONS_MAX] = {{.name = "path", .value = x->log}};
    size_t n = 1;
    if (strcmp(options->name, "path") == 0 && options->value == NULL) {
        n = 0;
        options++;
    }
    for (; options->name != NULL && n < OPTIONS_MAX - 1; options++) {
        if (strcmp(options->name, "path") == 0)
            all[0].value = options->value;
        else
            all[n++] = *options;
    }
    x->host = fake_host_new(&hashimori_plugin, all);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_int_equal(fake_host_check(x->host), 0);
}

void fixture_restart(struct fixture *x)
{
    fake_host_close(x->host);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_int_equal(fake_host_check(x->host), 0);
}

static void full_path(const struct fixture *x, const char *name, char out[static 256])
{
    snprintf(out, 256, "%s/%s", x->folder, name);
}

void fixture_append_bytes(
    const struct fixture *x, const char *name, const void *bytes, size_t length)
{
    char path[256];
    full_path(x, name, path);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    close(fd);
}

void fixture_append(const struct fixture *x, const char *name, const char *text)
{
    fixture_append_bytes(x, name, text, strlen(text));
}

void fixture_rename(const struct fixture *x, const char *from, const char *to)
{
    char old[256], new[256];
    full_path(x, from, old);
    full_path(x, to, new);
    assert_int_equal(rename(old, new), 0);
}

void fixture_truncate(const struct fixture *x, const char *name)
{
    char path[256];
    full_path(x, name, path);
    assert_int_equal(truncate(path, 0), 0);
}

void fixture_copy(const struct fixture *x, const char *sample, const char *name)
{
    char path[512], bytes[65536];
    const char *top = getenv("top_srcdir");
    if (sample[0] == '/')
        snprintf(path, sizeof path, "%s%s", x->folder, sample);
    else
        snprintf(path, sizeof path, "%s/tests/samples/%s", top != NULL ? top : TOP_SRCDIR, sample);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    assert_true(n >= 0);
    fixture_append_bytes(x, name, bytes, (size_t)n);
}

void fixture_compress(const struct fixture *x, const char *name, const char *to)
{
    char from[256], path[256], bytes[65536];
    struct stat st;
    full_path(x, name, from);
    full_path(x, to, path);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    gzFile out = gzopen(path, "ab");
    assert_true(in >= 0 && out != NULL && fstat(in, &st) == 0);
    for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;)
        assert_int_equal(gzwrite(out, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(out), Z_OK);
    close(in);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(unlink(from), 0);
}

const char *fixture_fields(const struct fixture *x, const char *name)
{
    static char out[8192];
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < x->host->reading_count && length < sizeof out - 64; i++) {
        const char *value = fake_reading_field(&x->host->readings[i], name);
        if (value != NULL)
            length += (size_t)snprintf(
                out + length, sizeof out - length, "%s%.32s", length > 0 ? " " : "", value);
    }
    return out;
}

struct wanted {
    const char *metric;
    size_t count;
};

static bool has_enough(const struct fake_host *f, const void *arg)
{
    const struct wanted *w = arg;
    return fake_host_count(f, NULL, w->metric) >= w->count;
}

void fixture_await(struct fixture *x, const char *metric, size_t count)
{
    struct wanted w = {metric, count};
    assert_true(fake_host_run_until(x->host, has_enough, &w, 30000));
    assert_int_equal(fake_host_count(x->host, NULL, metric), count);
}

void fixture_idle(struct fixture *x)
{
    fake_host_run_until(x->host, NULL, NULL, 30);
}

const struct fake_reading *fixture_reading(const struct fixture *x, const char *metric, size_t nth)
{
    for (size_t i = 0; i < x->host->reading_count; i++)
        if (strcmp(x->host->readings[i].metric, metric) == 0 && nth-- == 0)
            return &x->host->readings[i];
    fail_msg("no such reading of %s", metric);
    return NULL;
}
