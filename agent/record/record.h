/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_RECORD_H
#define HM_RECORD_RECORD_H

#include <jansson.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/model.h"

/**
 * record - the ledger's file: what was decided, what must be told, what must be remembered.
 *
 * SQLite, one connection, locking_mode=EXCLUSIVE, WAL, synchronous=FULL; path ":memory:" for replay
 * and tests. Writes go into the running transaction (opened by the first write); record_commit ends
 * it: everything between two commits is one transaction, so a transition, the read offset that
 * caused it and the notices it causes stand or fall together. What was not committed was never
 * claimed.
 *
 * The ledger table is append-only and hash-chained: hash = SHA-256(previous hash || seq || at ||
 * kind || body), over the stored values. All other tables are views of it that make reading quick,
 * or working state (outbox, kept, metric states).
 *
 * Faults end in one of: RECORD_E_FULL (the disk is full or became read-only: nothing of the
 * transaction stands, it waits in memory, writes go on joining it, and each record_commit tries it
 * again as a whole; only a write over 64 MiB of waiting is refused), or a fault that the daemon
 * treats as the end of this ledger (corrupt: set aside, new epoch, told aloud).
 */

struct record;

enum {
    RECORD_E_FULL = 1,    /* SQLITE_FULL, EDQUOT, EROFS: nothing of the transaction stands yet */
    RECORD_E_NEWER = 2,   /* the file's schema is newer than this program */
    RECORD_E_LOCKED = 3,  /* another process has it */
    RECORD_E_NETWORK = 4, /* the folder is on a network file system (NFS, CIFS, 9p, FUSE) */
    RECORD_E_NONE = 5,    /* no such row */
    RECORD_E_CORRUPT = 6
};

/**
 * Opens or makes @path (mode 0600), migrating an older schema in one transaction. At a new file a
 * host id (128 random bits) is drawn and epoch is 1 (or last epoch + 1 when @side_file, "host_id"
 * beside the ledger, remembers one). Network file systems are refused.
 */
int record_open(const char *path, struct record **ret_record);
struct record *record_close(struct record *r);

/** Ends the running transaction. 0 also when nothing was written. RECORD_E_FULL: call it again
 * later, then all of it stands or waits on. RECORD_E_CORRUPT, fault: it is gone. */
int record_commit(struct record *r);
/** Whether what waits does so because the file system became read-only, not for room. */
bool record_is_read_only(const struct record *r);
/** Drops the running transaction. */
void record_rollback(struct record *r);
/** Whether a transaction runs. */
bool record_dirty(const struct record *r);

/* ---- the agent itself -------------------------------------------------------------------- */

/** What the last run left (settled 5). */
struct record_alive {
    struct moment at;
    char boot_id[CLOCK_BOOT_ID_BYTES];
    bool stopped; /* it ended in good order */
};
/** RECORD_E_NONE: the first run. */
int record_last_alive(struct record *r, struct record_alive *ret);
/** Overwrites the one alive row, by the end of the running transaction; called in each commit and
 * every 10 s. Once a minute it looks whether the ledger's path still leads to the open file; if
 * not, record_commit will be a fault. */
int record_alive(struct record *r, struct moment now, const char *boot_id, bool stopped);

const char *record_host_id(const struct record *r); /* 32 hex digits */
uint64_t record_epoch(const struct record *r);
/** Head of the chain: 64 hex digits. */
const char *record_head(struct record *r);

/* ---- rows -------------------------------------------------------------------------------- */

/** Appends a row of the chain; @body is compact JSON. Kinds: start stop gap config service incident
 * notice receipt linkage command step amendment work exclusion judgement issue. */
int record_append(struct record *r, struct moment now, const char *kind, const char *body);
/** Calls @fn for rows with seq >= @from_seq, in order, until it returns false. */
int record_each_row(struct record *r, uint64_t from_seq,
    bool (*fn)(void *arg, uint64_t seq, struct moment at, const char *kind, const char *body),
    void *arg);
/** How many rows the ledger has. */
uint64_t record_rows(const struct record *r);
/** Recomputes the chain. 0 sound; 1 broken, *ret_seq is the first bad row. @head may be NULL. */
int record_verify(struct record *r, const char *head, uint64_t *ret_seq, struct text *ret_why);

int record_metric(struct record *r, const struct metric_state *state);
/** Forgets the state of @of, if there is one. */
int record_metric_drop(struct record *r, const struct triple *of);
int record_each_metric(
    struct record *r, void (*fn)(void *arg, const struct metric_state *), void *arg);

/** Saves the incident and appends a ledger row when @transition (something that happened). */
int record_incident(struct record *r, const struct incident *incident, struct moment now);
int record_each_incident(
    struct record *r, bool open_only, void (*fn)(void *arg, const struct incident *), void *arg);
/** Those that are closed and whose last row is not older than @since, by the age of that row. */
int record_each_closed(
    struct record *r, wall_ms since, void (*fn)(void *arg, const struct incident *), void *arg);
/** A command's row; @body is stolen. @incident: that it is about, its member "incident"; 0: none.
 */
int record_command(struct record *r, uint64_t incident, json_t *body, struct moment now);
/** The commands about incident @id in order; @body is borrowed: {"do","args","uid","who","done"}.
 */
int record_each_command(struct record *r, uint64_t id,
    void (*fn)(void *arg, struct moment at, const json_t *body), void *arg);
int record_incident_get(struct record *r, uint64_t id, struct incident *ret);
uint64_t record_next_incident(struct record *r);

int record_service_point(struct record *r, const struct service_point *point, struct moment now);
/** In the order they were said. */
int record_each_service_point(struct record *r, const char *service,
    void (*fn)(void *arg, const struct service_point *), void *arg);
/** The wall clock was set. */
int record_clock_step(struct record *r, wall_ms before, wall_ms after, mono_ms boot);
/** In the order they were said. */
int record_each_clock_step(struct record *r,
    void (*fn)(void *arg, wall_ms before, wall_ms after, mono_ms boot), void *arg);

/** Saves the state; a row of the chain for @day (may be NULL): what became of it. */
int record_linkage(struct record *r, const struct linkage_state *state,
    const struct linkage_day *day, struct moment now);
int record_each_linkage(
    struct record *r, void (*fn)(void *arg, const struct linkage_state *), void *arg);
/** Business days of @linkage in [@from, @to) (civil day numbers) of which something was said, in
 * order; NULL: of all linkages, whenever. */
int record_each_linkage_day(struct record *r, const char *linkage, int32_t from, int32_t to,
    void (*fn)(void *arg, const char *linkage, const struct linkage_day *day), void *arg);

/** Kept values of guests: @subject, @key; NULL value forgets. */
int record_keep(struct record *r, const char *subject, const char *key, const char *value);
int record_each_kept(struct record *r, const char *subject,
    void (*fn)(void *arg, const char *key, const char *value), void *arg);

/** SNMP engine of @guest: boots + 1 is committed before this returns. @ret_id: hex, at most 64
 * digits. */
int record_engine(struct record *r, const char *guest, char ret_id[65], uint32_t *ret_boots);

/** Metric of notices about a brake of the storm (notify/brake.h). */
#define NOTICE_BRAKE_METRIC "brake"

/* ---- outbox ------------------------------------------------------------------------------ */

/** One notice for one destination. */
struct outbox_entry {
    uint64_t delivery;
    char *destination;
    struct notice notice;
    uint32_t attempts;
    struct moment due; /* of the next attempt; its boot clock is this boot's (record/tell.h) */
    struct moment recorded;
    char *last_text; /* the receiver's last answer */
    char *progress;  /* what the channel said with it for the next attempt; NULL: nothing */
};
void outbox_entry_deinit(struct outbox_entry *e);

/** Gives the notice its sequence and key, saves it, and puts one outbox row per destination. */
int record_notice(struct record *r, struct notice *notice, const char *const *destinations,
    size_t count, struct moment now);
/** The same, and the notice's row says that the @counted_count destinations @counted only get its
 * number, in a digest. */
int record_notice_counted(struct record *r, struct notice *notice, const char *const *destinations,
    size_t count, const char *const *counted, size_t counted_count, struct moment now);
/** Waiting rows of @destination, digests first, then by age; at most @limit. */
int record_outbox_each(struct record *r, const char *destination, size_t limit,
    void (*fn)(void *arg, const struct outbox_entry *), void *arg);
/** What tells which row comes next, without its notice. */
struct outbox_head {
    uint64_t delivery, incident;
    struct moment due, recorded;
    bool is_first; /* about a brake: goes before all others */
};
/** The same rows as record_outbox_each, many times quicker, until @fn returns false; it must not
 * write. */
int record_outbox_heads(struct record *r, const char *destination, size_t limit,
    bool (*fn)(void *arg, const struct outbox_head *), void *arg);
/** In the same order those that may be attempted: none of the same incident waits before them, and
 * they are not due after @now, within @most (longer waits are none that we set). @fn likewise.
 * Costs as much as rows wait before them. */
int record_outbox_ready(struct record *r, const char *destination, struct moment now, span_ms most,
    size_t limit, bool (*fn)(void *arg, const struct outbox_head *), void *arg);
/** When the next row is due after @now, within @most; CLOCK_NEVER: none is. */
mono_ms record_outbox_next(
    struct record *r, const char *destination, struct moment now, span_ms most);
/** The waiting row @delivery; the caller deinits. False: there is none, or it cannot be read. */
bool record_outbox_entry(struct record *r, uint64_t delivery, struct outbox_entry *ret);
/** Names of destinations for which something waits. */
int record_outbox_names(
    struct record *r, void (*fn)(void *arg, const char *destination), void *arg);
/** The end of a delivery (accepted, sent, refused, expired: ledger row, row leaves the outbox). */
int record_outbox_done(
    struct record *r, uint64_t delivery, const char *result, const char *text, struct moment now);
/** An attempt that must be made again at @due. @progress: NULL keeps what stands. */
int record_outbox_retry(struct record *r, uint64_t delivery, uint32_t attempts, struct moment due,
    const char *text, const char *progress);
enum { RECORD_KEY_BYTES = 27 };
/** A delivery key for what could not be recorded: the @number th of @now. No recorded notice ever
 * has it, so that what is recorded under the same incident later is not taken for its copy. */
void record_unrecorded_key(
    const struct record *r, struct moment now, unsigned number, char ret[RECORD_KEY_BYTES]);
/** All that waits for @destination is due at @now. */
int record_outbox_hasten(struct record *r, const char *destination, struct moment now);
/** Counters of a destination, for board and status. */
struct destination_count {
    uint64_t queued, sent, accepted, refused, expired;
    wall_ms oldest_wall; /* 0: nothing waits */
};
int record_destination_count(
    struct record *r, const char *destination, struct destination_count *ret);
/** The last @limit notices, newest first. */
int record_each_notice(
    struct record *r, size_t limit, void (*fn)(void *arg, const struct notice *), void *arg);
/** At most @limit notices with a sequence above @after, oldest first. */
int record_each_notice_after(struct record *r, uint64_t after, size_t limit,
    void (*fn)(void *arg, const struct notice *), void *arg);
uint64_t record_next_sequence(struct record *r);
/** The notices of @incident, oldest first. */
int record_each_notice_of(
    struct record *r, uint64_t incident, void (*fn)(void *arg, const struct notice *), void *arg);

/** The last notice about each service's state. */
int record_each_service_notice(
    struct record *r, void (*fn)(void *arg, const struct notice *), void *arg);

/** What became of one notice at one destination; strings are borrowed for the call. */
struct record_delivery {
    const char *destination;
    const char *result; /* "waiting" "accepted" "sent" "refused" "expired" */
    uint32_t attempts;
    wall_ms at;  /* of the result; 0 while it waits */
    wall_ms due; /* of the next attempt while it waits; else 0 */
    const char *text;
};
/** The deliveries of the notice with @sequence: those that ended in order, then those that wait. */
int record_each_delivery(struct record *r, uint64_t sequence,
    void (*fn)(void *arg, const struct record_delivery *), void *arg);

#endif
