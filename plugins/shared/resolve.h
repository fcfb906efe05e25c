/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_RESOLVE_H
#define HM_SHARED_RESOLVE_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * resolve - the addresses behind a name, without ever waiting for a resolver.
 *
 * The question is put by a program that is thrown away afterwards (`getent ahosts`, of libc): it
 * sees what the site has configured (hosts file, DNS, LDAP) and may hang as long as it likes. What
 * was answered last stands until there is a better answer. A numeric address needs no question.
 */

enum { RESOLVE_TEXT_BYTES = 64 /* a numeric address with a zone */ };

struct resolve;

/** An answer came: addresses, or a failure. May put the next question, must not free. */
typedef void (*resolve_fn)(void *arg);

/** Borrows @host and @name. NULL: no memory. Free takes NULL and returns NULL; no answer comes
 * after it. */
struct resolve *resolve_new(const struct hm_host *host, const char *name, resolve_fn fn, void *arg);
struct resolve *resolve_free(struct resolve *r);

/** Puts the question, unless it is under way, was put less than half a minute ago, or the name is
 * an address. True: an answer will come. */
bool resolve_ask(struct resolve *r);

/** How many addresses are known, in the resolver's order; 0: none yet. */
size_t resolve_count(const struct resolve *r);
/** The @i-th, counted round and round; NULL: none. Borrowed until the next answer. */
const char *resolve_address(const struct resolve *r, size_t i);
/** What the last answer was, if it was a failure; else "". */
const char *resolve_why(const struct resolve *r);

#endif
