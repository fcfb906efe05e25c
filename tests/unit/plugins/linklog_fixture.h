/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_LINKLOG_FIXTURE_H
#define HM_TESTS_LINKLOG_FIXTURE_H

#include "fake_host.h"

extern const struct hm_plugin hashimori_plugin;

/** linklog_fixture - a folder with a log in it, and the plugin that follows it. */
struct fixture {
    char folder[64];
    char log[96]; /* folder/app.log */
    struct fake_host *host;
};

/** Of tables of options: the end, the group of a pattern (of failure), and the option of one. */
#define FIXTURE_END  \
    {                \
        .name = NULL \
    }
#define FIXTURE_GROUP_OF(KIND, TEXT)                                                     \
    (const struct fake_option[])                                                         \
    {                                                                                    \
        {.name = "pattern", .value = TEXT}, {.name = "kind", .value = KIND}, FIXTURE_END \
    }
#define FIXTURE_GROUP(TEXT) FIXTURE_GROUP_OF("failure", TEXT)
#define FIXTURE_PATTERN(KIND, TEXT)                               \
    {                                                             \
        .name = "patterns", .group = FIXTURE_GROUP_OF(KIND, TEXT) \
    }

/** Options: failures are "n=" and a number, the field n. */
extern const struct fake_option fixture_pattern_of_n[], fixture_from_begin[], fixture_from_end[];

/** A test with a fixture of its own. */
#define FIXTURE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_set_up, fixture_tear_down)
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/** A new folder; no log, no plugin yet. */
void fixture_init(struct fixture *x);
/** Removes the folder and all in it. */
void fixture_deinit(struct fixture *x);

/** Opens the plugin on the log with @options (without path, or with that of another; of
 * value NULL: none; ended by {0}) and lets it look once.
 * A log that was not there is read from its begin. */
void fixture_start(struct fixture *x, const struct fake_option *options);
/** Writes @text to the log and starts with fixture_from_begin. */
void fixture_begin(struct fixture *x, const char *text);
/** Closes the plugin and opens it again with the same options and what it kept. */
void fixture_restart(struct fixture *x);

/** Appends to the file @name of the folder, which is made if it is not there. */
void fixture_append(const struct fixture *x, const char *name, const char *text);
void fixture_append_bytes(
    const struct fixture *x, const char *name, const void *bytes, size_t length);
void fixture_rename(const struct fixture *x, const char *from, const char *to);
void fixture_truncate(const struct fixture *x, const char *name);
/** Copies a file of tests/samples (or of the folder, if @sample begins with '/') to @name. */
void fixture_copy(const struct fixture *x, const char *sample, const char *name);

/** Compresses @name as a member at the end of @to, which gets its times, and removes it. */
void fixture_compress(const struct fixture *x, const char *name, const char *to);

/** The values of the field @name in all readings so far, in order, as "1 2 3". */
const char *fixture_fields(const struct fixture *x, const char *name);

/** Turns the loop until there are @count readings of @metric; fails the test after 5 s. */
void fixture_await(struct fixture *x, const char *metric, size_t count);
/** Turns the loop for some milliseconds: for what must not happen. */
void fixture_idle(struct fixture *x);

/** The @nth reading (from 0) of @metric; fails the test if there is none. */
const struct fake_reading *fixture_reading(const struct fixture *x, const char *metric, size_t nth);

#endif
