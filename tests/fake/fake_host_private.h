/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_FAKE_HOST_PRIVATE_H
#define HM_TESTS_FAKE_HOST_PRIVATE_H

#include "fake_host.h"

/**
 * fake_host_private - what the parts of fake_host share: fake_host.c (what is said and known),
 * fake_options.c (typed option values), fake_loop.c (fds, timers, programs over poll(2)).
 */

struct fake_value {
    const struct hm_option *option;
    bool set;
    char *text; /* HM_TEXT HM_PATH HM_SECRET */
    double number;
    int64_t integer; /* HM_INTEGER HM_SPAN HM_SIZE HM_FLAG */
    char **items;    /* HM_LIST */
    struct fake_view **groups;
    size_t count; /* of items or groups */
};

/** Values of one table, and the host that reads them. */
struct fake_view {
    struct hm_host host;
    struct fake_host *owner;
    const struct hm_option *table;
    struct fake_value *values; /* in the order of the table */
    size_t value_count;
};

/** Values of @options typed by @table; the option calls of its host are filled in. */
struct fake_view *fake_view_new(
    struct fake_host *owner, const struct hm_option *table, const struct fake_option *options);
void fake_view_free(struct fake_view *view);

/** Fills in watch_fd, timer, timer_again, unwatch and run. */
void fake_loop_fill(struct hm_host *host);
/** Frees all handles; programs that still run are killed and waited for. */
void fake_loop_free_all(struct fake_host *f);

/** Says why on standard error and aborts. */
_Noreturn void fake_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** @list with room for one more zeroed element. */
void *fake_grow(void *list, size_t count, size_t size);
char *fake_copy(const char *string);
int64_t fake_clock_us(int clock);

#endif
