/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_JOBQUEUE_RESOLVE_H
#define HM_WATCH_JOBQUEUE_RESOLVE_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * resolve - the address of a host's name, without waiting for it in a call: getaddrinfo(3) has no
 * time limit that could be set, so getent(1) asks it, in a process of its own.
 */

enum { RESOLVE_ADDRESS_BYTES = 64 };

/** Whether @host needs no resolving: an address, or the folder of a local socket. */
bool resolve_is_address(const char *host);

/** Called once: @address, or NULL when the name has none or nobody answered in time. */
typedef void (*resolve_fn)(void *arg, const char *address);

/** A question that is under way; must live until its answer. */
struct resolve {
    resolve_fn fn;
    void *arg;
};

/** Asks for @name. 0, or -errno when that cannot be asked: then @fn is not called. */
int resolve_begin(struct resolve *r, const struct hm_host *host, const char *name, int64_t limit_ms,
    resolve_fn fn, void *arg);

#endif
