/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    snprintf(x->folder, sizeof x->folder, "/tmp/hm-disk-XXXXXX");
    assert_non_null(mkdtemp(x->folder));
    snprintf(x->point, sizeof x->point, "%s/mnt", x->folder);
    snprintf(x->table, sizeof x->table, "%s/mountinfo", x->folder);
    assert_int_equal(mkdir(x->point, 0755), 0);
    *state = x;
    return 0;
}

int tear_down(void **state)
{
    struct fixture *x = *state;
    fake_host_free(x->host);
    while (umount2(x->point, MNT_DETACH) == 0)
        continue;
    unlink(x->table);
    rmdir(x->point);
    rmdir(x->folder);
    free(x);
    return 0;
}

void write_table(const struct fixture *x, const char *lines)
{
    FILE *file = fopen(x->table, "w");
    assert_non_null(file);
    fputs(lines, file);
    fclose(file);
}

void open_subject(struct fixture *x, const struct fake_option *options)
{
    x->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(x->host), 0);
}

void open_listed(struct fixture *x)
{
    const struct fake_option options[] = {{.name = "mounts", .value = x->point},
        {.name = "mountinfo", .value = "/proc/self/mountinfo"}, {0}};
    open_subject(x, options);
}

double newest(const struct fixture *x, const char *instance, const char *metric)
{
    const struct fake_reading *r = fake_host_last(x->host, instance, metric);
    return r != NULL && r->kind == HM_NUMBER ? r->number : -1;
}
