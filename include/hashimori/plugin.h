/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHIMORI_PLUGIN_H
#define HASHIMORI_PLUGIN_H

/**
 * hashimori/plugin.h - the whole contract between hashimori and its guests.
 *
 * A plugin is a shared object with one exported symbol, `hashimori_plugin`, made by HM_PLUGIN.
 * Including this header puts no condition on a plugin's licence: it may have any.
 *
 * Three kinds of guest:
 *   watch    looks at one part of the server and reports readings
 *   channel  delivers notices to a receiver and returns a receipt for each
 *   face     shows the board (what is true now) to whoever asks
 *
 * Each plugin runs in a process of its own (hashimori-worker), which has one thread and is started
 * before any of its code runs. A call may block up to the deadline of its subject, may leak or
 * crash: that costs only itself and becomes an incident of its own. It never judges: thresholds,
 * hold times and severities are configuration; a plugin ships default rules as data.
 *
 * Rules for all calls:
 *  - Calls come one at a time. Whatever the host hands over (option values, notices, rows) is
 *    borrowed: option values until close, the rest for the call.
 *  - Strings are UTF-8, NUL-terminated. What a plugin reports may hold any bytes; those that are
 *    not UTF-8 arrive as U+FFFD.
 *  - Return 0, or a negative errno. `open` that fails names its reason with host->complain.
 *  - A plugin must not fork (use host->run), must not change signal handlers, the working
 * directory, the umask or fds 0..4, and prints nothing on standard output. Standard error goes to
 * the log.
 *  - All calls come on the worker's one thread, and only that thread may use what the host offers.
 * A plugin may start a thread of its own for one purpose: to wait in a system call that has no form
 * which does not block (inotify_add_watch of a large folder). That thread has all signals blocked,
 * does nothing but that call, hands its result over by an atomic or a join, and has ended before
 * `close` returns. Threads that a library makes for itself are held to the same.
 *
 * ABI: `abi_major` must be equal, `abi_minor` of the plugin may be at most the host's. Every
 * struct begins with or is reached beside a size; members are only ever added at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HM_ABI_MAJOR 1
#define HM_ABI_MINOR 2 /* 1: HM_GONE; 2: host->later, incident_key and progress of hm_notice */

/* ---- values ------------------------------------------------------------------------------ */

enum hm_reading_kind {
    HM_NUMBER = 1, /* a measured value; rules compare it */
    HM_EVENT = 2,  /* something happened at `at_ms`; rules match it by metric */
    HM_BLIND = 3,  /* could not look; `text` says why. Never report a made-up number instead */
    HM_GONE = 4    /* the instance is no more (unmounted, retired) and is not missed: what was open
                      about it ends, and nothing is expected of it. `metric` is "" */
};

/** A named detail of an event: a capture of a pattern, a file name. */
struct hm_field {
    const char *name; /* ASCII, [a-z0-9_]{1,64} */
    const char *value;
};

/** One observation of one metric. */
struct hm_reading {
    const char
        *instance; /* which one of the subject's: a mount, a stage; NULL or "" is the only one */
    const char *metric; /* ASCII [a-z0-9_]{1,64}; ends in its unit: used_percent, oldest_age_s.
                           HM_BLIND and HM_GONE: "" is all metrics of the instance */
    enum hm_reading_kind kind;
    double number;    /* HM_NUMBER; must be finite */
    const char *text; /* what a person should read; NULL is none; at most 16 KiB are carried */
    const struct hm_field *fields;
    size_t field_count; /* at most 32 */
    int64_t at_ms;      /* when it was so, ms since 1970 UTC; 0 is now */
};

enum hm_option_type {
    HM_TEXT = 0,
    HM_INTEGER,       /* host->integer */
    HM_NUMBER_OPTION, /* host->number: any finite number */
    HM_FLAG,          /* true or false */
    HM_SPAN,          /* a duration "90s" "30m" "2h" "500ms"; host->integer gives milliseconds */
    HM_SIZE,          /* "10M" "1G" (powers of 1024); host->integer gives bytes */
    HM_LIST,          /* a list of texts; host->count and host->item */
    HM_PATH,          /* an absolute path */
    HM_SECRET, /* name of a file whose first line is the secret; host->text gives its content */
    HM_GROUPS  /* a list of groups of options: ( { pattern = ".."; }, .. ); see host->group */
};

/** An option of the configuration, as data: validation, help and documentation come from it. */
struct hm_option {
    const char *name; /* as in the configuration; NULL ends the table */
    enum hm_option_type type;
    const char *preset;  /* default, written as in the configuration; NULL: none */
    const char *help;    /* one English sentence: what it is, unit, range */
    const char *help_ja; /* the same in Japanese */
    double least, most;  /* inclusive range of numbers, spans (ms) and sizes (bytes); 0, 0: any */
    bool required;
    const char *const *words;      /* texts that are accepted, NULL-terminated; NULL: any */
    const struct hm_option *group; /* HM_GROUPS: options of each group */
};

/** A default rule, used for its metric unless the configuration has a rule for it. */
struct hm_rule {
    const char *metric;  /* NULL ends the table */
    const char *warning; /* numbers: a condition such as ">= 90", or NULL */
    const char *critical;
    const char *clear;       /* condition that ends any badness; NULL: no longer bad is enough */
    uint16_t runs;           /* readings in a row that raise; 0 means 1 */
    uint16_t clear_runs;     /* readings in a row that clear; 0 means 1 */
    const char *event;       /* events: severity "warning" or "critical" */
    const char *key;         /* events: comma-separated field names that tell incidents apart */
    const char *cleared_by;  /* events: metric of the event that ends it (same key) */
    const char *clear_after; /* events: a duration after which it ends by itself, or NULL */
};

enum hm_log_level { HM_LOG_ERROR = 0, HM_LOG_WARN = 1, HM_LOG_INFO = 2, HM_LOG_DEBUG = 3 };

enum hm_result {
    HM_ACCEPTED = 1, /* the receiver's protocol said yes (inform response, SMTP 250, HTTP 2xx) */
    HM_SENT = 2,     /* handed over; this protocol cannot prove more (trap, syslog) */
    HM_REFUSED = 3,  /* refused for good: trying again cannot help */
    HM_LATER = 4     /* try again later */
};

/** What must be told. Members in the order in which traps carry them; strings never NULL. */
struct hm_notice {
    size_t size;          /* sizeof, as the host knows it */
    const char *event_id; /* ASCII, stable: "HM-INC-RAISED" */
    uint64_t sequence;    /* +1 with each notice, over restarts */
    int severity;         /* 0 cleared/none, 1 notice, 2 warning, 3 critical, 9 blind */
    const char *kind;    /* raised cleared reminder service sla_at_risk sla_missed heartbeat test */
    const char *subject; /* subject or service name */
    int64_t at_ms;       /* when it happened, ms since 1970 UTC */
    int32_t utc_offset_s; /* the site's zone at that time, seconds east of UTC */
    const char *value;
    const char *threshold;
    uint64_t incident;   /* 0: none */
    const char *key;     /* the same on every attempt: receivers drop keys that they have seen */
    const char *text;    /* in the site's language */
    const char *service; /* "" if none */
    const char *state;   /* verdict or service state, ASCII */
    const char *host;    /* name of this host, as configured */
    const char *instance;
    const char *metric;
    int64_t detected_at_ms; /* 0: does not apply */
    /* The same in all notices of an incident and in no other's, though numbers begin anew with
     * another ledger; "" if none. */
    const char *incident_key;
    const char *progress; /* what the attempt before handed to host->later; "" if nothing */
};

/** A cell of a board row. */
struct hm_cell {
    const char *name;
    enum { HM_CELL_TEXT, HM_CELL_INTEGER, HM_CELL_NUMBER } type;
    const char *text;
    int64_t integer;
    double number;
};

/** A row of the board. (table, id) is its identity; ids are stable and small (SNMP indexes). */
struct hm_row {
    const char *table; /* agent service sla subject linkage incident notice destination worker */
    uint32_t id;
    const struct hm_cell *cells; /* in a fixed order per table, see docs/wire.md */
    size_t cell_count;
};

/* ---- what the host offers ---------------------------------------------------------------- */

struct hm_watch_handle;

/** Events of host->watch_fd. */
enum { HM_READABLE = 1, HM_WRITABLE = 2, HM_PRIORITY = 4 /* EPOLLPRI: mountinfo */ };

typedef void (*hm_fd_fn)(void *arg, int fd, int events);
typedef void (*hm_timer_fn)(void *arg);
/** @status as of waitpid(2), -1 when it was ended for its time limit; @output is NUL-terminated. */
typedef void (*hm_run_fn)(void *arg, int status, const char *output, size_t length);

/** One per opened subject (watch), destination (channel) or face. */
struct hm_host {
    size_t size;
    void *priv; /* the host's own */

    /* Option values; names that the table does not have end the process (a bug of the plugin). */
    const char *(*text)(const struct hm_host *host, const char *name); /* NULL: not set */
    int64_t (*integer)(const struct hm_host *host, const char *name);  /* 0: not set */
    double (*number)(const struct hm_host *host, const char *name);
    bool (*flag)(const struct hm_host *host, const char *name);
    size_t (*count)(const struct hm_host *host, const char *name); /* HM_LIST, HM_GROUPS */
    const char *(*item)(const struct hm_host *host, const char *name, size_t i);
    /* A host whose option calls read group @i of the HM_GROUPS option; borrowed until close. Only
     * its option calls may be used. */
    const struct hm_host *(*group)(const struct hm_host *host, const char *name, size_t i);

    const char *(*subject)(const struct hm_host *host);  /* name of the subject or destination */
    const char *(*language)(const struct hm_host *host); /* "ja" or "en" */
    int64_t (*wall_ms)(const struct hm_host *host);      /* now, ms since 1970 UTC */
    int64_t (*boot_ms)(const struct hm_host *host);      /* now, CLOCK_BOOTTIME; for durations */
    int64_t (*interval_ms)(const struct hm_host *host);  /* between two calls of check; 0: never */
    int64_t (*deadline_ms)(const struct hm_host *host);  /* how long a call may take */

    void (*log)(const struct hm_host *host, enum hm_log_level level, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
    /* Says what is wrong with an option, from validate or open; @option may be NULL. */
    void (*complain)(const struct hm_host *host, const char *option, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

    /* watch: hands a reading over. May wait when the daemon has not yet saved earlier ones.
     * channel: only "certificate_days" of instance "receiver" or "own", how long that certificate
     * is good for still; below 14 it is an incident of the destination. */
    void (*report)(const struct hm_host *host, const struct hm_reading *reading);
    /* watch: "from here on I touch @instance": if the call hangs, only that one goes blind. */
    void (*announce)(const struct hm_host *host, const char *instance);
    /* watch: remembers @value under @key over restarts. It is saved in the same transaction as the
     * next reading reported, or by itself within 10 s. NULL forgets. @value at most 8 KiB. */
    void (*keep)(const struct hm_host *host, const char *key, const char *value);
    /* watch: what was kept; NULL if nothing; borrowed until the next keep or close. */
    const char *(*kept)(const struct hm_host *host, const char *key);
    /* watch: ends the waiting: check is called from the loop as soon as this call returned. */
    void (*check_soon)(const struct hm_host *host);

    /* Events. Handles are freed by unwatch or with the subject. fd stays the plugin's to close,
     * after unwatch. NULL if the loop refused it (errno). */
    struct hm_watch_handle *(*watch_fd)(
        const struct hm_host *host, int fd, int events, hm_fd_fn fn, void *arg);
    /* Once, in @ms (0: next turn). */
    struct hm_watch_handle *(*timer)(
        const struct hm_host *host, int64_t ms, hm_timer_fn fn, void *arg);
    void (*timer_again)(struct hm_watch_handle *timer, int64_t ms); /* re-arms; replaces */
    void (*unwatch)(struct hm_watch_handle *handle);                /* takes NULL */

    /* Runs a program: no shell, own process group, clean environment, output (stdout) up to
     * @output_max bytes, TERM and then KILL of the group after @limit_ms. 0 or -errno; @fn is
     * called later, once. @input (may be NULL) goes to its standard input. */
    int (*run)(const struct hm_host *host, const char *const *argv, const char *input,
        int64_t limit_ms, size_t output_max, hm_run_fn fn, void *arg);

    /* channel: the end of one attempt. @text is the receiver's answer or the reason. */
    void (*receipt)(
        const struct hm_host *host, uint64_t delivery, enum hm_result result, const char *text);
    /* face, channel: state worth showing: "connected", "waiting for snmpd". */
    void (*state)(const struct hm_host *host, const char *text);
    /* channel, face: SNMP engine of this guest: id in hex without 0x, boots already committed. */
    const char *(*engine_id)(const struct hm_host *host);
    uint32_t (*engine_boots)(const struct hm_host *host);
    /* watch: true when an earlier worker hung on @instance: leave it out of this round. The daemon
     * has said that it is blind and tries it again elsewhere. Ask before announce. */
    bool (*skip)(const struct hm_host *host, const char *instance);
    /* channel: as receipt with HM_LATER, and @progress (at most 4 KiB) is what the next attempt is
     * to know: it is saved with the receipt and outlives this process. NULL: what stands stays. */
    void (*later)(
        const struct hm_host *host, uint64_t delivery, const char *text, const char *progress);
};

/* ---- what a plugin is -------------------------------------------------------------------- */

enum hm_plugin_kind { HM_WATCH = 1, HM_CHANNEL = 2, HM_FACE = 3 };

struct hm_plugin {
    size_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    enum hm_plugin_kind kind;
    const char *name; /* as in `plugin = ".."`, `channel = ".."`, `face = ".."` */
    const char *version;
    const char *summary; /* one line, English */
    const char *summary_ja;
    const struct hm_option *options; /* NULL: none */
    const struct hm_rule *rules;     /* watch; NULL: none */

    /* All: complaints about option values that the table cannot express, by host->complain. Must
     * not touch what is watched. NULL: nothing to add. */
    void (*validate)(const struct hm_host *host);
    /* All: 0 and *ret_self, or -errno after host->complain. */
    int (*open)(const struct hm_host *host, void **ret_self);
    /* watch: looks once and reports. Called at each interval, at start, and when a person asks.
     * 0, or -errno: the subject is blind with that reason. */
    int (*check)(void *self);
    /* All: frees @self (never NULL). Handles are already gone. */
    void (*close)(void *self);

    /* channel: starts one attempt; ends later (or at once) in host->receipt with @delivery. */
    void (*deliver)(
        void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice);

    /* face: the board changes between begin and commit; a row that stands already is replaced;
     * @whole: everything that is not put until commit is gone. */
    void (*begin)(void *self, bool whole);
    void (*put)(void *self, const struct hm_row *row);
    void (*drop)(void *self, const char *table, uint32_t id);
    void (*commit)(void *self);
};

#define HM_EXPORT __attribute__((visibility("default")))

/** Defines the plugin: HM_PLUGIN(.kind = HM_WATCH, .name = "disk", .open = .., ..); */
#define HM_PLUGIN(...)                                                                     \
    extern HM_EXPORT const struct hm_plugin hashimori_plugin;                              \
    HM_EXPORT const struct hm_plugin hashimori_plugin = {.size = sizeof(struct hm_plugin), \
        .abi_major = HM_ABI_MAJOR,                                                         \
        .abi_minor = HM_ABI_MINOR,                                                         \
        __VA_ARGS__}

#ifdef __cplusplus
}
#endif

#endif
