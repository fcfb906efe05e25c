/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_SETTINGS_H
#define HM_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/text.h"
#include "model/model.h"

/**
 * settings - the configuration file as one immutable tree.
 *
 * settings_load reads FILE and then FILE's folder's conf.d/ (*.conf, sorted): files are opened by
 * us (non-blocking, regular, at most 1 MiB, BOM skipped, NUL and @include refused) and parsed from
 * memory by libconfig. All complaints are gathered, each with file and line and what is accepted;
 * with one complaint there is no tree. Unknown keys are complaints. Options are data: option.h.
 *
 * The tree is made once and never changed; a reload makes another one.
 */

/** A place in the configuration, for complaints. `file` is the tree's. */
struct place {
    const char *file;
    unsigned line;
};

/** A condition such as ">= 90" or "!= 0". */
enum condition_op {
    CONDITION_NONE,
    CONDITION_LT,
    CONDITION_LE,
    CONDITION_GT,
    CONDITION_GE,
    CONDITION_EQ,
    CONDITION_NE
};
struct condition {
    enum condition_op op; /* CONDITION_NONE: not set; never met */
    double value;
};
bool condition_met(const struct condition *c, double number);
/** "op number", blanks allowed. False if it is not one. */
bool condition_parse(const char *string, struct condition *ret);
/** As written in a configuration. */
void condition_add(struct text *t, const struct condition *c);

/** How bad some of an event's return codes are (settings/code.h). */
struct code {
    char *pattern;    /* glob(7); NULL: numbers */
    int64_t from, to; /* both included */
    enum severity severity;
};

/** What a rule judges instead of the number itself (judge/derive.h). */
enum derive { DERIVE_NONE, DERIVE_RATE, DERIVE_TIME_TO };

/** How one metric of a subject is judged (settled 7). */
struct rule {
    char *metric;
    char *instance; /* fnmatch(3) pattern; NULL: all */
    bool off;       /* do not judge this metric at all */
    /* numbers */
    struct condition warning, critical;
    struct condition clear;                         /* ends any badness */
    struct condition warning_clear, critical_clear; /* override `clear` */
    uint32_t runs, clear_runs;                      /* 1..1000 */
    span_ms hold;                                   /* bad this long before it counts; 0: at once */
    uint32_t flaps;      /* the how many-th incident within flap_within is flapping; 0: none */
    span_ms flap_within; /* and how long it must be good to end */
    enum derive derive;
    char *of;               /* metric that it is derived from; NULL: none */
    span_ms over;           /* the trend's span */
    struct condition limit; /* DERIVE_TIME_TO: until this is met; < <= > or >= */
    /* events */
    enum severity event; /* SEVERITY_NONE: an event of this metric opens nothing */
    char *code;          /* field with a return code; NULL: `event` says how bad it is */
    struct code *codes;  /* the first that fits */
    size_t code_count;
    char **key; /* names of fields */
    size_t key_count;
    char *cleared_by;    /* metric of the event that ends it; NULL: none */
    span_ms clear_after; /* ends by itself; 0: never */
    struct place place;
};

/** A value of a guest's option, as JSON-ready data. */
enum value_type { VALUE_TEXT, VALUE_INTEGER, VALUE_NUMBER, VALUE_FLAG, VALUE_LIST, VALUE_GROUPS };
struct value {
    char *name;
    enum value_type type;
    bool secret; /* printed as *** everywhere; the text is the file's content */
    char *text;
    int64_t integer;
    double number;
    bool flag;
    char **list;
    struct value_set *groups;
    size_t count; /* of list or groups */
    struct place place;
};
struct value_set {
    struct value *values;
    size_t count;
};

struct watch_settings {
    char *subject;
    char *plugin;
    span_ms interval; /* 0: only events */
    span_ms deadline;
    char *worker;  /* workers of this name host it; NULL: the plugin's one */
    char *service; /* NULL: none */
    char *owner;
    bool out_of_scope;
    char *doc_ref;
    char *profile;     /* where options came from; NULL: all are its own */
    bool read_all;     /* its worker keeps CAP_DAC_READ_SEARCH */
    char **depends_on; /* subjects; while one is critical or blind nothing is told of this one */
    size_t depends_on_count;
    struct place depends_on_place;
    bool in_hours; /* incidents only within the service's hours (hours = "service"); see judge.h */
    struct rule *rules; /* configured ones first, then the plugin's defaults for other metrics */
    size_t rule_count;
    bool derives;             /* one of them has `derive` */
    struct value_set options; /* the plugin's own, complete */
    struct place place;
};

enum expression_op {
    EXPRESSION_NAME,
    EXPRESSION_ANY,
    EXPRESSION_ALL,
    EXPRESSION_AT_LEAST,
    EXPRESSION_NOT
};
/** down_when and degraded_when as a tree. */
struct expression {
    enum expression_op op;
    unsigned at_least;
    char *name; /* EXPRESSION_NAME: "engine", "disk/var" (subject/instance), "linkage.ID" or
                   "linkage.class_a" */
    struct expression *operands;
    size_t count;
};

struct calendar_window {
    int32_t from_minute, to_minute; /* of the business day, 48-hour clock: 0..2880 */
};
struct calendar_settings {
    char *name;
    struct calendar_window *hours;
    size_t hour_count;
    uint8_t weekdays;                 /* bit 0 Sunday .. bit 6 Saturday; 0x7f: all */
    bool jp_holidays;                 /* holidays = "jp": those days are closed */
    char *holidays_file;              /* holidays of the years that it lists; NULL: all computed */
    int32_t *holidays;                /* what it lists, in order */
    int32_t *closed_days, *open_days; /* day numbers (base/civil.h) */
    size_t holiday_count, closed_count, open_count;
    struct place place;
};

enum period_kind { PERIOD_MONTH = 1, PERIOD_QUARTER = 2, PERIOD_FISCAL_YEAR = 3 };

struct sla_settings {
    bool set;
    uint32_t availability; /* target in 1/1000 %: 99900 */
    span_ms recovery;
    span_ms notification;
    enum period_kind period; /* the contract's */
    bool auto_counts;
    unsigned notified_by;       /* so many receivers must have accepted; 0: all that confirm */
    bool count_unconfirmed;     /* what was sent to one that does not confirm counts as accepted */
    bool outage_from_last_good; /* outage_start = "last_good" */
    span_ms min_outage;
    bool whole_window; /* maintenance = "approved": used or not; else the actual work */
};

struct service_settings {
    char *name;
    bool test; /* environment = "test" */
    char *calendar;
    int32_t start; /* day number of 本稼働; INT32_MIN: none given */
    struct expression *down_when, *degraded_when; /* NULL: none */
    span_ms hold;
    struct sla_settings sla;
    struct place place;
};

enum linkage_frequency {
    LINKAGE_DAILY, /* every day, or every open day of the calendar if it has one */
    LINKAGE_OPEN_DAYS,
    LINKAGE_MONTHLY,
    LINKAGE_YEARLY,
    LINKAGE_IRREGULAR /* no deadline; a heartbeat, if any */
};
enum linkage_if_closed { LINKAGE_KEEP, LINKAGE_NEXT_OPEN, LINKAGE_PREVIOUS_OPEN };
enum { LINKAGE_MONTH_END = 32 };

/** "FIELD=PATTERN": what an event must say to be about this linkage. */
struct linkage_match {
    char *field;
    char *pattern; /* fnmatch(3) */
};

/** One data transfer: when it is expected, and by which events it is seen. */
struct linkage_settings {
    char *id;
    char *name; /* NULL: none */
    char *class_name;
    char *service;
    char *calendar;
    enum linkage_frequency frequency;
    int32_t deadline_minute; /* of the business day, 48-hour clock */
    span_ms grace;           /* after the deadline, before it is missing */
    span_ms early;           /* before the deadline, from which on an arrival is of this day */
    unsigned month;          /* LINKAGE_YEARLY: 1..12 */
    int day;                 /* of the month: 1..31, or LINKAGE_MONTH_END; 0: by open_day */
    int open_day;            /* nth open day of the month, from its end if negative; 0: by day */
    enum linkage_if_closed if_closed;
    span_ms heartbeat; /* LINKAGE_IRREGULAR: at least this often; 0: whenever */
    char *subject;
    char *instance; /* fnmatch(3) pattern; NULL: all */
    char *metric, *start_metric, *failure_metric;
    char *run_field, *records_field, *date_field, *result_field; /* NULL: none */
    char **ok; /* values of result_field that are good */
    size_t ok_count;
    struct linkage_match *match;
    size_t match_count;
    int64_t min_records, max_records; /* -1: none */
    bool zero_ok;
    span_ms max_runtime; /* 0: any */
    char *next;          /* id that must follow; NULL: none */
    span_ms next_within;
    struct place place;
};

enum { SETTINGS_DESTINATIONS_MAX = 64, ROUTE_STEPS_MAX = 8 };

/** When a drill goes out by itself. */
struct drill_settings {
    enum { DRILL_NONE, DRILL_DAILY, DRILL_WEEKLY, DRILL_MONTHLY } every;
    int day;        /* DRILL_WEEKLY: 0 Sunday .. 6; DRILL_MONTHLY: 1..28 */
    int32_t minute; /* of the local day */
    char *calendar; /* on the first day from then on that is open in it; NULL: on that day */
};

struct destination_settings {
    char *name;
    char *channel;                /* plugin channel_NAME */
    char *worker;                 /* workers of this name host it; NULL: the channel's one */
    uint32_t window;              /* 1..64 */
    span_ms deadline;             /* of one attempt */
    span_ms expire_after;         /* 7 days */
    bool heartbeat;               /* is sent heartbeats */
    uint32_t brake;               /* notices of incidents within any minute; 0: any number */
    char *contact;                /* who reads it; NULL: not said */
    int32_t valid_from, valid_to; /* first and last civil day; INT32_MIN, INT32_MAX: not set */
    struct drill_settings drill;
    struct value_set options;
    struct place place;
};

/** Who is told when nobody has acknowledged in time. */
struct route_step {
    span_ms after; /* from the route's own first telling */
    char **to;
    size_t to_count;
};

struct route_settings {
    char *name;             /* "#3" by its place when none is given */
    enum severity severity; /* at least; SEVERITY_NONE: all */
    char *service;
    int environment;  /* -1 any, 0 production, 1 test */
    int scope;        /* -1 any, 0 maintained, 1 out of scope */
    char *calendar;   /* told of while it is open; NULL: always */
    bool otherwise;   /* only what no route without this takes */
    bool waits;       /* what comes while `calendar` is closed is told when it opens */
    span_ms after;    /* told only if it lasts so long; 0: at once */
    span_ms repeat;   /* again until somebody acknowledges; 0: not */
    span_ms progress; /* a reminder to report, from the acknowledgement to the end; 0: not */
    char **to;
    size_t to_count;
    struct route_step *steps; /* by `after` */
    size_t step_count;
    struct drill_settings drill;
    struct place place;
};

struct face_settings {
    char *name;
    char *face;
    struct value_set options;
    struct place place;
};

struct regex; /* settings/regex.h */

/** What is hidden before anything leaves the host; {0} hides all that needs no pattern. */
struct redact_settings {
    bool numbers_shown, quotations_shown;
    char **patterns;
    struct regex **compiled; /* of the patterns, in their order */
    size_t pattern_count;
};

struct agent_settings {
    char *host;
    enum language language;
    char *timezone; /* IANA name */
    char *state_dir, *runtime_dir, *plugin_dir;
    int64_t state_max; /* bytes of state_dir; 0: any number */
    char *profile_dir;
    char *user;                 /* NULL: stays who it is */
    char *group_ops;            /* group of the control socket; NULL: the daemon's own */
    unsigned fiscal_year_start; /* month 1..12 */
    int32_t day_start_minute;   /* 0: periods are cut at 00:00 */
    span_ms heartbeat;          /* 0: none */
    unsigned keep_years;        /* closed fiscal years that stay in the ledger; 1..100 */
    struct redact_settings redact;
};

struct settings {
    struct agent_settings agent;
    struct calendar_settings *calendars;
    size_t calendar_count;
    struct service_settings *services;
    size_t service_count;
    struct watch_settings *watches;
    size_t watch_count;
    struct linkage_settings *linkages;
    size_t linkage_count;
    struct destination_settings *destinations;
    size_t destination_count;
    struct route_settings *routes;
    size_t route_count;
    struct face_settings *faces;
    size_t face_count;
    char **files; /* all that were read */
    size_t file_count;
    char hash[65]; /* SHA-256 in hex of all files' bytes and the holidays that are listed, in order
                    */
};

/** A complaint: where, what is wrong and what is accepted, in both languages. */
struct complaint {
    char *file;
    unsigned line; /* 0: the file as a whole */
    char *text[2]; /* by enum language */
};
struct complaints {
    struct complaint *list;
    size_t count;
};
void complaints_deinit(struct complaints *c);
/** "FILE:LINE: what is wrong; what is accepted", one a line, sorted by place. */
void complaints_add_text(const struct complaints *c, enum language language, struct text *t);

/**
 * Where option tables of guests come from. The daemon and the CLI never load a plugin: they ask
 * `hashimori-worker --describe` (guest.h); tests give tables by hand.
 */
struct guest_table; /* settings/guest.h */
struct guest_source {
    void *ctx;
    /* @kind "watch" "channel" "face". 0 and a borrowed table; >0 GUEST_E_* ; < 0 fault. */
    int (*find)(void *ctx, const char *plugin_dir, const char *kind, const char *name,
        const struct guest_table **ret_table, struct text *ret_why);
    /* The plugin's own complaints about a value set: by key, for settings to add the place. May be
     * NULL. */
    int (*validate)(void *ctx, const char *plugin_dir, const char *kind, const char *name,
        const struct value_set *values,
        void (*complain)(void *arg, const char *key, const char *text), void *arg);
};

enum { SETTINGS_E_BAD = 1 };

/**
 * Loads @path. 0 and a tree that the caller frees; SETTINGS_E_BAD with at least one complaint;
 * a fault.
 */
int settings_load(const char *path, const struct guest_source *guests,
    struct settings **ret_settings, struct complaints *ret_complaints);
struct settings *settings_free(struct settings *s);

const struct watch_settings *settings_watch(const struct settings *s, const char *subject);
const struct service_settings *settings_service(const struct settings *s, const char *name);
const struct destination_settings *settings_destination(const struct settings *s, const char *name);
const struct linkage_settings *settings_linkage(const struct settings *s, const char *id);
const struct calendar_settings *settings_calendar(const struct settings *s, const char *name);

/** "90s" "30m" "2h" "7d" "500ms": milliseconds. False if it is not one. */
bool settings_parse_span(const char *string, span_ms *ret);

#endif
