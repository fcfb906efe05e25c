/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_FAKE_HOST_H
#define HM_TESTS_FAKE_HOST_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * fake_host - a `struct hm_host` for the unit tests of plugins.
 *
 * The test program links the plugin's own .c files and this; the plugin is `hashimori_plugin`.
 * Options are given as they stand in a configuration and are typed by the plugin's own table,
 * with its defaults filled in. All that the plugin says is kept for the test to look at. fds,
 * timers and programs work for real, over poll(2), inside fake_host_run_until.
 *
 * What would be a bug of the plugin (an unknown option, a number that is not finite, a metric
 * name that the contract forbids) or of the test (a value that its option does not take) ends
 * the process with a line on standard error.
 */

/**
 * An option of the configuration; a table ends with {0}. Lists and groups: one entry per item,
 * all of the same name; a list of no items: value NULL.
 */
struct fake_option {
    const char *name;
    const char *value;               /* "90s", "10M", "true", "text"; of HM_SECRET: its content */
    const struct fake_option *group; /* HM_GROUPS: the options of one group */
};

/** A reading as it was handed over; strings are copies, never NULL but for `text`. */
struct fake_reading {
    char *instance, *metric, *text;
    enum hm_reading_kind kind;
    double number;
    struct fake_field {
        char *name, *value;
    } * fields;
    size_t field_count;
    int64_t at_ms;
    int64_t seen_us; /* CLOCK_MONOTONIC when it was handed over */
};
struct fake_log {
    enum hm_log_level level;
    char *text;
};
struct fake_complaint {
    char *option; /* NULL: none */
    char *text;
};
struct fake_receipt {
    uint64_t delivery;
    enum hm_result result;
    char *text;
    char *progress; /* NULL: none */
};
struct fake_kept {
    char *key, *value;
};

struct fake_view;
struct hm_watch_handle;

/** Everything is for the test to read; the first block is also for it to set, before open. */
struct fake_host {
    const char *subject;    /* "subject" */
    const char *language;   /* "en" */
    int64_t interval_ms;    /* 60000; check is called by the test, never by the fake */
    int64_t deadline_ms;    /* 10000 */
    int64_t clock_shift_ms; /* added to wall_ms and boot_ms; timers do not see it */
    const char *engine_id;  /* "80001f8880000000000000000001" */
    uint32_t engine_boots;  /* 1 */
    bool refuse_watch;      /* watch_fd and timer give NULL, ENOSPC */
    const char *skipped;    /* the instance that host->skip is true for; NULL: none */

    struct fake_reading *readings; /* in the order of reporting, until fake_host_forget */
    size_t reading_count;
    struct fake_log *logs;
    size_t log_count;
    struct fake_complaint *complaints;
    size_t complaint_count;
    struct fake_receipt *receipts;
    size_t receipt_count;
    char **announced;
    size_t announce_count;
    char **states;
    size_t state_count;
    struct fake_kept *kept; /* as it stands */
    size_t kept_count;
    size_t open_handles; /* fds and timers that the plugin has not given back */

    const struct hm_plugin *plugin;
    void *self; /* the plugin's, once opened */
    bool soon;  /* check_soon was called; run_until calls check */
    struct fake_view *view;
    struct hm_watch_handle *handles;
};

typedef bool (*fake_condition_fn)(const struct fake_host *f, const void *arg);

/**
 * A host for @plugin with @options (NULL: none). Never fails. Free closes the subject if it is
 * open, frees its handles and ends programs that still run; takes NULL and returns NULL.
 */
struct fake_host *fake_host_new(const struct hm_plugin *plugin, const struct fake_option *options);
struct fake_host *fake_host_free(struct fake_host *f);

/** What the plugin gets. */
const struct hm_host *fake_host_get(const struct fake_host *f);

/** The plugin's own calls. open: 0 or what the plugin returned. close frees handles first, as the
 * real host does. A second open after close works: what was kept is still there. */
void fake_host_validate(struct fake_host *f);
int fake_host_open(struct fake_host *f);
int fake_host_check(struct fake_host *f);
void fake_host_close(struct fake_host *f);

/**
 * Turns the loop until @condition holds, at most @limit_ms. Returns whether it held. The
 * condition is looked at before the first turn too. NULL never holds: turns for @limit_ms.
 */
bool fake_host_run_until(
    struct fake_host *f, fake_condition_fn condition, const void *arg, int64_t limit_ms);

/** Turns the loop until there is a reading of (@instance, @metric) that was not there when the
 * call began; that reading, or NULL after @limit_ms. */
const struct fake_reading *fake_host_await(
    struct fake_host *f, const char *instance, const char *metric, int64_t limit_ms);

/** The newest reading of (@instance, @metric), or NULL. NULL as instance: any. */
const struct fake_reading *fake_host_last(
    const struct fake_host *f, const char *instance, const char *metric);

/** How many readings there are of @metric of @instance (NULL: any). */
size_t fake_host_count(const struct fake_host *f, const char *instance, const char *metric);

/** Value of the field @name; NULL if there is none. */
const char *fake_reading_field(const struct fake_reading *r, const char *name);

/** Whether a log line (or a complaint) has @part in it. */
bool fake_host_logged(const struct fake_host *f, const char *part);
bool fake_host_complained(const struct fake_host *f, const char *part);

/** Drops readings, logs, complaints, receipts, announcements and states so far. */
void fake_host_forget(struct fake_host *f);

#endif
