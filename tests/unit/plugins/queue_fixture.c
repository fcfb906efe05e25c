/* SPDX-License-Identifier: BSD-2-Clause */
#include "queue_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    snprintf(x->folder, sizeof x->folder, "/tmp/hm-queue-XXXXXX");
    assert_non_null(mkdtemp(x->folder));
    snprintf(x->in, sizeof x->in, "%s/in", x->folder);
    snprintf(x->error, sizeof x->error, "%s/error", x->folder);
    assert_int_equal(mkdir(x->in, 0755), 0);
    assert_int_equal(mkdir(x->error, 0755), 0);
    *state = x;
    return 0;
}

static int remove_one(
    const char *path, const struct stat *st UNUSED, int flag UNUSED, struct FTW *ftw UNUSED)
{
    return remove(path);
}

int tear_down(void **state)
{
    struct fixture *x = *state;
    fake_host_free(x->host);
    nftw(x->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(x);
    return 0;
}

void open_subject(struct fixture *x, const struct fake_option *options)
{
    x->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(x->host), 0);
}

void open_in(struct fixture *x, const char *option, const char *value)
{
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = option, .value = value}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);
}

int begin_file(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    return fd;
}

void put_file(const char *folder, const char *name, const char *content)
{
    int fd = begin_file(folder, name);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

void remove_file(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

void move_file(const char *from, const char *old_name, const char *to, const char *new_name)
{
    char old_path[512], new_path[512];
    snprintf(old_path, sizeof old_path, "%s/%s", from, old_name);
    snprintf(new_path, sizeof new_path, "%s/%s", to, new_name);
    assert_int_equal(rename(old_path, new_path), 0);
}

const struct fake_reading *checked(struct fixture *x, const char *instance, const char *metric)
{
    fake_host_forget(x->host);
    assert_int_equal(fake_host_check(x->host), 0);
    const struct fake_reading *r = fake_host_last(x->host, instance, metric);
    return r != NULL ? r : fake_host_await(x->host, instance, metric, LIMIT_MS);
}

double number(struct fixture *x, const char *instance, const char *metric)
{
    const struct fake_reading *r = checked(x, instance, metric);
    assert_non_null(r);
    return r->kind == HM_NUMBER ? r->number : -1;
}

bool await_number(struct fixture *x, const char *instance, const char *metric, double expected)
{
    for (int i = 0; i < 500; i++) {
        double n = number(x, instance, metric);
        if (n >= expected && n <= expected)
            return true;
        fake_host_run_until(x->host, NULL, NULL, 10);
    }
    return false;
}
