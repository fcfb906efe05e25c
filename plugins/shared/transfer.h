/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_TRANSFER_H
#define HM_SHARED_TRANSFER_H

#include <curl/curl.h>
#include <hashimori/plugin.h>

/**
 * transfer - libcurl transfers on the host's loop: many at a time, none of them waits.
 *
 * libcurl tells which sockets and which time it waits for (the "multi_socket" interface); both are
 * the host's. Every handle gets what all our transfers want: limits of time, no signals, no proxy
 * out of the environment, no waiting for a resolver at the end, and TLS 1.2 or newer with the
 * peer's certificate and name checked. There is no switch that turns the checks off.
 */

struct transfers;

struct transfer_plan {
    const char *protocols; /* that may be spoken: "https", "smtp,smtps" */
    const char *ca_file;   /* NULL: those of the system */
    int64_t limit_ms;      /* of the whole transfer */
};

/** @code: how it ended; the handle is the caller's again and may be cleaned up. */
typedef void (*transfer_fn)(void *arg, CURL *easy, CURLcode code);

/** 0, or -errno. */
int transfers_new(const struct hm_host *host, struct transfers **ret_transfers);
/** What is under way ends without a word; its handles must be cleaned up after this. Takes NULL,
 * returns NULL. Fit for the plugin's close: the host's handles are gone by then. */
struct transfers *transfers_free(struct transfers *t);

/** A handle set up as @plan says, or NULL: no memory, or libcurl lacks something of it. */
CURL *transfer_handle(const struct transfer_plan *plan);
/** Starts; ends once, later, in @fn. 0, or -errno: @fn is not called. Takes CURLOPT_PRIVATE. */
int transfers_start(struct transfers *t, CURL *easy, transfer_fn fn, void *arg);

/** How long one attempt may take: @wanted_ms, but a receipt must be given before the supervisor
 * takes the attempt for hung. */
int64_t transfer_limit(const struct hm_host *host, int64_t wanted_ms);

#endif
