/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MODEL_MODEL_H
#define HM_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"

/**
 * model - the plain values that flow from stage to stage.
 *
 * Every struct owns what its pointers point to, unless the member says otherwise; {0} is an
 * empty, valid value. x_copy makes a deep copy, x_deinit frees what is inside and leaves {0}.
 * Strings are UTF-8; NULL and "" mean the same. No I/O, no clock.
 */

/* ---- readings ---------------------------------------------------------------------------- */

/* GONE: the instance is no more; neither good nor bad. */
enum reading_kind { READING_NUMBER = 1, READING_EVENT, READING_BLIND, READING_GONE };

struct field {
    char *name;
    char *value;
};

/** What is judged: one metric of one instance of a subject. */
struct triple {
    char *subject;
    char *instance; /* "" is the only one */
    char *metric;
};

struct reading {
    struct triple of;
    enum reading_kind kind;
    double number;
    char *text;
    struct field *fields;
    size_t field_count;
    struct moment at; /* when it was so (wall may be given by the guest; boot is when we had it) */
};

void reading_copy(struct reading *ret, const struct reading *from);
void reading_deinit(struct reading *r);
/** Value of field @name, or NULL. */
const char *reading_field(const struct reading *r, const char *name);
const char *reading_kind_name(enum reading_kind kind); /* "number" "event" "blind" "gone" */
bool reading_kind_from(const char *name, enum reading_kind *ret); /* also takes "state": a number */

/* ---- verdicts ---------------------------------------------------------------------------- */

enum verdict { VERDICT_UNKNOWN, VERDICT_OK, VERDICT_WARNING, VERDICT_CRITICAL, VERDICT_BLIND };

const char *verdict_name(enum verdict v); /* "unknown" "ok" "warning" "critical" "blind" */
bool verdict_from(const char *name, enum verdict *ret);

/** HASHIMORI-MIB hmSeverity. */
enum severity {
    SEVERITY_NONE = 0,
    SEVERITY_NOTICE = 1,
    SEVERITY_WARNING = 2,
    SEVERITY_CRITICAL = 3,
    SEVERITY_BLIND = 9
};

const char *severity_name(enum severity s); /* "ok" "notice" "warning" "critical" "blind" */
bool severity_from(const char *name, enum severity *ret);

/**
 * What the judge knows of one triple; kept in the ledger's file so that a restart goes on
 * where it was. Written with the transaction that it belongs to.
 */
struct metric_state {
    struct triple of;
    enum verdict verdict;
    uint32_t bad_runs;       /* readings in a row that argue for worse */
    uint32_t good_runs;      /* readings in a row that argue for better */
    uint32_t utmost_runs;    /* of them, those at the end that argue for critical, or for ok */
    struct moment first_bad; /* first reading of the running bad run, or of the badness */
    struct moment first_good;
    struct moment since; /* of `verdict` */
    struct moment last;  /* last reading */
    double number;       /* of the last reading */
    uint64_t incident;   /* open threshold or blind incident; 0: none */
    enum verdict before_blind;
};

void metric_state_copy(struct metric_state *ret, const struct metric_state *from);
void metric_state_deinit(struct metric_state *s);

/* ---- services ---------------------------------------------------------------------------- */

enum service_state {
    SERVICE_UP = 1,
    SERVICE_DEGRADED = 2,
    SERVICE_DOWN = 3,
    SERVICE_UNMONITORED = 4,
    SERVICE_MAINTENANCE = 5, /* shown only; the four above are what is measured */
    SERVICE_OUT_OF_HOURS = 6
};

const char *service_state_name(enum service_state s); /* "up" .. "out_of_hours" */
bool service_state_from(const char *name, enum service_state *ret);

/**
 * "From @from on the service is in @state", said at @detected. `from` may lie before an earlier
 * point's: an outage starts at the first failed observation (sla R4) and ends at the first good
 * one (R5), both known only later. What a later row says of a time stands.
 */
struct service_point {
    char *service;
    enum service_state state;
    struct moment from;
    struct moment detected;
    uint64_t incident; /* the outage's; 0: none */
    char *reason;      /* subject that decided, for print */
    uint64_t row;      /* of the ledger, which calls it by that; 0: not from there */
    /* When the outage that was said with this beginning and detection was taken back: all of it was
     * credited away. {0}: it was not, and the point says "from here on". */
    struct moment taken_back;
};

void service_point_copy(struct service_point *ret, const struct service_point *from);
void service_point_deinit(struct service_point *p);

/* ---- linkages ---------------------------------------------------------------------------- */

/** What became of a business day's transfer, and (the last four) what a linkage is doing now. */
enum linkage_phase {
    LINKAGE_WAITING,
    LINKAGE_ARRIVED, /* by deadline and grace */
    LINKAGE_LATE,    /* arrived after them */
    LINKAGE_MISSING,
    LINKAGE_FAILED,
    LINKAGE_RUNNING,
    LINKAGE_TOO_LONG, /* running longer than it may */
    LINKAGE_BLIND     /* nobody can see whether it arrived */
};
/** "waiting" "arrived" "late" "missing" "failed" "running" "too_long" "blind" */
const char *linkage_phase_name(enum linkage_phase phase);
bool linkage_phase_from(const char *name, enum linkage_phase *ret);

enum { LINKAGE_NO_DAY = INT32_MIN, LINKAGE_RUNS_MAX = 16 };

/** One business day of a linkage. */
struct linkage_day {
    int32_t day; /* civil day number; LINKAGE_NO_DAY: none */
    enum linkage_phase phase;
    wall_ms due;           /* deadline, without grace */
    struct moment arrived; /* {0}: it has not */
    int64_t records;       /* -1: not told */
};

/** A run that has started and not ended. */
struct linkage_run {
    char *run; /* what pairs it with its end; "" if nothing does */
    struct moment started;
    bool is_told; /* that it runs too long */
};

/** What the judge knows of one linkage; kept in the ledger's file like a metric_state. */
struct linkage_state {
    char *id;
    struct linkage_day current; /* whose deadline is the next */
    struct linkage_day last;    /* whose deadline was the last */
    struct moment last_run;     /* last arrival or failure, of whatever day */
    enum linkage_phase last_result;
    int64_t last_records; /* -1: not told */
    uint32_t failures;    /* on the day failures_day: missing, failed, running too long */
    int32_t failures_day;
    char *chain_from; /* linkage that this one must follow; NULL: none waits */
    struct moment chain_due;
    struct linkage_run runs[LINKAGE_RUNS_MAX];
    size_t run_count;
};

void linkage_state_copy(struct linkage_state *ret, const struct linkage_state *from);
void linkage_state_deinit(struct linkage_state *s);

/* ---- incidents --------------------------------------------------------------------------- */

/** Flags of an incident, bits. */
enum {
    INCIDENT_LATE_DETECTION = 1 << 0, /* the city called before we detected (検知遅れ) */
    INCIDENT_FALSE = 1 << 1,          /* 誤検知 */
    INCIDENT_BLIND = 1 << 2,          /* about not being able to look */
    INCIDENT_OWN = 1 << 3,            /* about hashimori itself */
    INCIDENT_CITY = 1 << 4,           /* opened by the city's call */
    INCIDENT_TOLD_END = 1 << 5,       /* its text says how it ended */
    INCIDENT_SUPPRESSED = 1 << 6,     /* not told: what its subject depends on is bad */
    INCIDENT_FLAPPING = 1 << 7,       /* comes and goes: open until it was good for long enough */
    INCIDENT_UNCONFIRMED = 1 << 8     /* notified_at: sent, and no receiver confirmed it */
};

/** What of the first report's countdown was told, bits of incident.reminders. */
enum {
    REMINDER_HALF = 1 << 0,   /* half of the time has passed */
    REMINDER_LAST = 1 << 1,   /* five sixths */
    REMINDER_OVERDUE = 1 << 2 /* all of it */
};

/** A period of bad. Moments of {0} have not come (yet). */
struct incident {
    uint64_t id; /* 1.. , given by the judge in order, kept over restarts */
    struct triple of;
    char *key;     /* events: values of the key fields joined by "/" ; "" otherwise */
    char *service; /* "" if none */
    enum severity severity;
    struct moment failed_at;    /* first failed observation */
    struct moment detected_at;  /* confirmed */
    struct moment critical_at;  /* confirmed to be critical, later if it was a warning first */
    struct moment recovered_at; /* first good observation that stayed good */
    struct moment cleared_at;   /* confirmed good */
    struct moment
        notified_at;         /* accepted by as many receivers as count; see INCIDENT_UNCONFIRMED */
    struct moment called_at; /* the city's call */
    struct moment reported_at; /* first report by a person */
    struct moment acknowledged_at;
    struct moment last_at; /* the last event that was merged into it; 0: none was */
    char *acknowledged_by;
    uint32_t flags;
    uint32_t count;         /* events merged into it; 1 for thresholds */
    uint32_t transition;    /* +1 with each change that is told: part of the delivery key */
    char *value;            /* of the reading that opened or last escalated it */
    char *threshold;        /* condition that it broke */
    char *text;             /* the reading's own words, may be in any language */
    char *called_text;      /* what the city said */
    uint64_t recurrence_of; /* the closed incident that it is a return of; 0: none */
    uint32_t recurrence;    /* for the how many-th time; 0: the first */
    uint32_t reminders;     /* REMINDER_* that were told */
    char *false_reason, *false_approved_by; /* with INCIDENT_FALSE */
    char *closed_reason, *closed_by;        /* when a person closed it */
    struct field *written; /* what people wrote, by the names of model/move.h; never a fact */
    size_t written_count;
    uint64_t row; /* of the ledger that said it last; 0: not from there */
};

void incident_copy(struct incident *ret, const struct incident *from);
void incident_deinit(struct incident *i);
/** What people wrote under @name; NULL: nothing. */
const char *incident_written(const struct incident *i, const char *name);
/** Writes @value under @name; "" takes it away. Names are not checked here. */
void incident_write(struct incident *i, const char *name, const char *value);

/* ---- notices and receipts ---------------------------------------------------------------- */

enum notice_kind {
    NOTICE_RAISED = 1,
    NOTICE_CLEARED,
    NOTICE_REMINDER, /* also: severity rose */
    NOTICE_SERVICE,
    NOTICE_SLA_AT_RISK,
    NOTICE_SLA_MISSED,
    NOTICE_HEARTBEAT,
    NOTICE_TEST
};

const char *notice_kind_name(enum notice_kind k); /* as hm_notice.kind */
bool notice_kind_from(const char *name, enum notice_kind *ret);
/** "HM-INC-RAISED" .. : ASCII, what a console matches on; also MSGID of syslog. */
const char *notice_event_id(enum notice_kind k);

/** What must be told. Its key is made when it is recorded. */
struct notice {
    uint64_t sequence; /* given when recorded */
    enum notice_kind kind;
    enum severity severity; /* SEVERITY_NONE for cleared */
    struct triple of;       /* of.subject is a service's name for NOTICE_SERVICE and SLA */
    char *service;
    char *state; /* ASCII: verdict or service state */
    char *value;
    char *threshold;
    uint64_t incident;
    uint32_t transition;
    struct moment at;
    struct moment detected_at;
    char *key;
    char *incident_key; /* the incident's over all ledgers; made when it is recorded */
    char *text;         /* rendered in the site's language */
};

void notice_copy(struct notice *ret, const struct notice *from);
void notice_deinit(struct notice *n);

enum receipt_result { RECEIPT_ACCEPTED = 1, RECEIPT_SENT, RECEIPT_REFUSED, RECEIPT_LATER };

const char *receipt_result_name(enum receipt_result r); /* "accepted" "sent" "refused" "later" */
bool receipt_result_from(const char *name, enum receipt_result *ret);

struct receipt {
    uint64_t delivery;
    enum receipt_result result;
    char *text;
    char *progress; /* with RECEIPT_LATER: what the next attempt is to know; NULL: nothing new */
};

void receipt_deinit(struct receipt *r);

/** One try to deliver a notice; a plain value that owns nothing. */
struct attempt {
    uint64_t delivery;
    uint32_t number;      /* 1.. */
    const char *progress; /* of the receipt before; NULL: none */
};

/* ---- commands ---------------------------------------------------------------------------- */

/** What an operator does: a verb ("incident.ack") and named texts. */
struct command {
    char *verb;
    struct field *args;
    size_t arg_count;
    uid_t uid; /* of the peer, as the kernel says; 0 in replay */
    char *who; /* user name of uid, for the ledger */
};

void command_deinit(struct command *c);
void command_set(struct command *c, const char *name, const char *value);
const char *command_arg(const struct command *c, const char *name); /* NULL: not given */

#endif
