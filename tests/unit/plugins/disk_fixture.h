/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_DISK_FIXTURE_H
#define HM_TESTS_DISK_FIXTURE_H

#include "fake_host.h"

/** disk_fixture - a folder of its own for each test of the disk plugin. */

extern const struct hm_plugin hashimori_plugin;

/* Far more than any event takes, on any machine. */
enum { LIMIT_MS = 20000 };

struct fixture {
    char folder[64];
    char point[96];
    char table[96]; /* a made-up mountinfo */
    struct fake_host *host;
};

int set_up(void **state);
/** Unmounts what is mounted on the fixture's point. */
int tear_down(void **state);

void write_table(const struct fixture *x, const char *lines);
void open_subject(struct fixture *x, const struct fake_option *options);
/** Watches the fixture's mount point as our own mount table shows it. */
void open_listed(struct fixture *x);

/** Number of the newest reading; -1 if it is blind or there is none. */
double newest(const struct fixture *x, const char *instance, const char *metric);

#endif
