/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_STATE_H
#define HM_JUDGE_STATE_H

#include "base/alloc.h"
#include "calendar/calendar.h"
#include "judge/due.h"
#include "judge/hysteresis.h"
#include "judge/sink.h"
#include "judge/trail.h"
#include "model/model.h"
#include "settings/settings.h"

#define uthash_malloc(size) alloc(size)
#include <uthash.h>
#include <utlist.h>

/**
 * state - what the judge knows, for its own modules only.
 *
 *     judge -> subject -> instance -> metric (a triple) -> open incidents
 *           -> service (borrows the subjects that its expressions name)
 *
 * A steady good reading costs one hash look-up of its triple and touches nothing else. Whatever
 * is due hangs in one heap. Strings in settings are borrowed from the tree in use.
 */

/** Triples by verdict, of an instance or a subject, and how it came to be as it is. */
struct tally {
    uint32_t counts[VERDICT_BLIND + 1];
    struct trail trail; /* the worst of its triples' trails at each moment */
    mono_ms newest;     /* no triple's trail has a piece that begins after this */
};

struct countdown;

struct open_incident {
    struct incident incident;
    struct metric *metric; /* NULL: of the city's call, nothing was detected yet */
    bool is_held;          /* found outside service hours: no id, told to nobody yet */
    bool is_unsaved;
    mono_ms last_event;
    struct due due; /* end by clear_after, or saving of merged events */
    UT_hash_handle by_id, by_key;
    enum severity rank; /* of the list below, while it has an id */
    struct open_incident *rank_prev, *rank_next;
};

struct feed; /* linkage_feed.h */

struct metric {
    struct metric_state state;
    struct hysteresis h;
    struct instance *instance;
    const struct rule *rule;        /* NULL: not judged */
    const struct feed *feed;        /* linkages that its events are about; NULL: none */
    struct open_incident *incident; /* threshold or blind; NULL: none */
    struct open_incident *events;   /* by key */
    uint32_t open_critical, open_warning, open_notice; /* of `events` */
    uint64_t last_event_incident;
    struct moment last_good;  /* the last number that did not argue for critical */
    struct trail trail;       /* critical: yes; blind: unknown; credited back to where it began */
    bool is_seen;             /* had a number in this run */
    struct moment seen_since; /* the first one since nobody could look */
    struct flap *flap;        /* NULL: its rule asks for none, or nothing yet */
    struct slope *slope;      /* of what it is derived from; NULL: nothing yet */
    struct due stale, hold;
    struct metric *next; /* of the same instance */
    char *key;           /* "subject\0instance\0metric" */
    UT_hash_handle by_key;
};

struct instance {
    char *name;
    struct subject *subject;
    struct tally tally;
    struct metric *metrics;
    struct metric *presence; /* the triple with metric ""; NULL until it was blind */
    bool has_blind_unasked;  /* an event or derived metric that cannot be looked at */
    UT_hash_handle by_name;
};

struct subject {
    char *name;
    const struct watch_settings *watch;
    struct linkage *linkage; /* a subject of ours, named by its id; NULL: it is watched */
    bool is_own;
    bool is_seen; /* had a reading in this run */
    bool is_kept; /* by the reload that is running */
    enum verdict verdict;
    struct moment since, last;
    char *text;
    struct tally tally;
    struct instance *instances;
    size_t metric_count;
    struct metric *presence; /* ("", ""): blind as a whole; NULL until it was */
    struct due stale;
    struct subject **parents; /* that it depends on */
    size_t parent_count;
    bool is_parent;            /* something depends on it */
    size_t suppressed_count;   /* open incidents of it that are not told */
    bool is_released;          /* nothing suppresses it any more; a look was asked for */
    struct due release;        /* how long is waited for that look */
    struct service *gate;      /* whose hours hold for it; NULL: always */
    struct service *home;      /* that it belongs to; NULL: none */
    struct service **services; /* that name it */
    size_t service_count;
    UT_hash_handle by_name;
};

/** What was said of a service: from then on, until the next piece. */
struct service_piece {
    struct moment from;
    struct moment detected; /* an outage: when it was first known */
    enum service_state state;
    uint64_t incident;
    bool is_inferred; /* down because of a reboot, nobody saw it */
};

/** What it counts as, its `hold` included, and was told to be. */
struct service_shown {
    struct service_piece piece; /* `from`: of the outage, or of the state */
    bool is_holding;            /* good already, but not for long enough */
};

struct service {
    const struct service_settings *settings;
    char *name;
    struct calendar calendar;
    struct service_piece *pieces; /* the newest, oldest first; 0: nothing was said yet */
    size_t piece_count, piece_room;
    struct service_shown shown;
    enum service_state told; /* what it was told to be last in this run; 0: nothing */
    struct moment epoch; /* of the start, or of new expressions: what was said before is final */
    mono_ms inferred_to; /* a reboot is down until then; CLOCK_NEVER: nothing good was seen yet */
    bool is_open;        /* within its hours */
    struct interval *works; /* approved windows of planned work */
    size_t work_count;
    bool is_working;      /* within one of them */
    bool changed_at_work; /* what it is shown to be changed while work ran */
    struct due edge, hold;
};

/* Of the agent's own subjects: see make_own_watch. */
enum { OWN_RULES = 5 };

/** Its incidents hang on a subject of the same name, whose triples are linkage_metrics. */
struct linkage {
    const struct linkage_settings *settings;
    struct subject *subject;
    struct watch_settings watch; /* of `subject` */
    struct calendar calendar;
    struct linkage_state state;
    bool is_kept;       /* by the reload that is running */
    struct trail sight; /* unknown: is_blind */
    bool is_blind;      /* its deadline passed while nobody could look */
    mono_ms seen_for;   /* from when on somebody can again */
    struct due due, run_due, chain_due;
    UT_hash_handle by_id;
};

enum linkage_metric {
    LINKAGE_METRIC_ARRIVAL,
    LINKAGE_METRIC_RECORDS,
    LINKAGE_METRIC_RESULT,
    LINKAGE_METRIC_RUNTIME,
    LINKAGE_METRIC_CHAIN,
    LINKAGE_METRIC_HEARTBEAT,
    LINKAGE_METRIC_COUNT
};

struct judge {
    const struct settings *settings;
    const struct zone *zone;
    struct judge_sink sink;
    uint64_t next_incident;
    bool is_started;
    bool assume_good;
    struct watch_settings own_watch; /* rules of the agent's own subjects */
    struct rule own_rules[OWN_RULES];
    struct rule linkage_rules[LINKAGE_METRIC_COUNT];
    struct linkage *linkages; /* by id */
    struct feed *feeds;       /* by subject and metric */
    mono_ms stepped_at;       /* boot time of the last clock step */
    struct subject *subjects;
    struct metric *metrics;                          /* by key, all */
    struct open_incident *incidents;                 /* by id */
    struct open_incident *ranks[SEVERITY_BLIND + 1]; /* the same by severity, oldest of it first */
    size_t called_count;                             /* of them without a metric */
    size_t event_count;           /* open incidents of events, those without an id too */
    struct countdown *countdowns; /* by incident */
    struct past *past;            /* by triple and key */
    struct service **services;
    size_t service_count;
    struct incident *restored; /* until judge_start */
    size_t restored_count;
    struct due_heap dues;
    mono_ms horizon; /* until when what is due is being done */
};

#endif
