/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_SUPERVISOR_H
#define HM_WATCH_SUPERVISOR_H

#include <jansson.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "model/model.h"
#include "settings/settings.h"
#include "watch/limits.h"

/**
 * supervisor - keeps the guests' processes: starts them, talks to them, ends them.
 *
 * One worker process per (kind, plugin, worker name); a mail destination has its own. A worker that
 * crashes, hangs past a call's deadline, sends past its credit or breaks the wire format is ended
 * (SIGKILL to its process group); its subjects go on in a fresh worker, after a back-off (first-run
 * crash 1 s doubled to 60 s; at once after ten good minutes). More than 10 faults in 10 minutes:
 * `failed` until a reload or `plugin restart`, and tried again every 10 minutes. One that SIGKILL
 * does not reap within 2 s (D state) is abandoned: counted, never waited for, at most 3 per plugin;
 * the instance it announced is skipped by its successor (blind) and tried again every 10 minutes in
 * a worker of its own; one that merely hung and could be killed, after a minute. A plugin that
 * hangs without having named an instance, or on one that it was told to skip, is left out as a
 * whole.
 *
 * What is decided here reaches the judge as readings of the subject "hashimori/worker/NAME",
 * metric "worker_state": 2 running, 1 restarting, 0 failed; and, when a worker is away for longer
 * than a subject's interval + deadline (or it hung there), a blind reading for its subjects. A
 * guest that sends more than 2,000 readings a second for 5 s gets its credit back at that rate, and
 * an event with metric "flood" says so.
 *
 * NAME is the plugin's for watches ("disk", with a worker name "disk-NAME"), "channel_snmp",
 * "channel_mail-DESTINATION", "face_http" for the others.
 */

struct supervisor;

/** An open thing that a guest serves. */
struct guest_id {
    const char *kind; /* "watch" "channel" "face" */
    const char *name; /* subject, destination or face */
};

struct supervisor_sink {
    void *ctx;
    /* watch: @keep (object or NULL) and the reading (NULL: keep only) belong in one transaction.
     * The supervisor gives credit when supervisor_committed is called. */
    void (*reading)(
        void *ctx, const struct reading *reading, const char *subject, const json_t *keep);
    void (*receipt)(void *ctx, const char *destination, const struct receipt *receipt);
    /* A guest is open and serving, or no longer. */
    void (*serving)(void *ctx, struct guest_id id, bool serving);
    void (*state)(void *ctx, struct guest_id id, const char *text);
    /* What was kept for @subject, as a new object (may be empty). */
    json_t *(*kept)(void *ctx, const char *subject);
    /* SNMP engine for @guest: fills id (hex) and boots, already committed. False: none. */
    bool (*engine)(void *ctx, const char *guest, char ret_id[65], uint32_t *ret_boots);
    /* For the board. @state NULL: there is no such worker any more. */
    void (*worker)(void *ctx, const char *guest, const char *kind, const char *state,
        unsigned restarts, const char *last_fault);
};

/** @worker_path: hashimori-worker. Borrows all; nothing is started yet. */
struct supervisor *supervisor_new(
    struct loop *loop, const char *worker_path, const struct supervisor_sink *sink);
/** Before the first supervisor_settings. */
void supervisor_set_limits(struct supervisor *s, const struct watch_limits *limits);
/** Ends all workers: stop line, SIGTERM after 1 s, SIGKILL after 3 s; does not wait for the
 * unkillable. */
struct supervisor *supervisor_free(struct supervisor *s);

/** Makes the guests be those of @settings: opens, closes, reopens what changed, leaves the rest
 * alone. */
void supervisor_settings(struct supervisor *s, const struct settings *settings);

/** Everything handed to the sink so far is committed. */
void supervisor_committed(struct supervisor *s);
/** Look now. False: no such subject, or its worker is away. */
bool supervisor_check(struct supervisor *s, const char *subject);
/** Starts an attempt; @notice: as wire_notice wrote it. False: the destination's guest is not
 * serving. */
bool supervisor_deliver(struct supervisor *s, const char *destination,
    const struct attempt *attempt, const char *notice);
/** Sends one line with "id" filled in to a serving face. Steals @line. */
bool supervisor_face_send(struct supervisor *s, const char *face, json_t *line);
/** Bytes waiting towards a face, for back-pressure. */
size_t supervisor_face_queued(const struct supervisor *s, const char *face);
/** Starts a worker again, at once: one that runs, waits or failed; with all its guests, whatever
 * they did, but those in which a process is stuck. */
void supervisor_restart(struct supervisor *s, const char *guest);

#endif
