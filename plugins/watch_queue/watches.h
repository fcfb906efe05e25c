/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_WATCHES_H
#define HM_WATCH_QUEUE_WATCHES_H

#include <stdbool.h>
#include <stdint.h>

/**
 * watches - folders followed by inotify(7), each with its owner.
 */

struct watches;

/** 0, or -errno (there is a limit per user: fs.inotify.max_user_instances). */
int watches_new(struct watches **ret_watches);
struct watches *watches_free(struct watches *w);

/** For host->watch_fd; readable when events wait. */
int watches_fd(const struct watches *w);

/**
 * Follows the folder @path for @owner. Its number, also if it was followed already; -EEXIST if it
 * is another's; -ENOSPC at the limit of fs.inotify.max_user_watches; other -errno.
 */
int watches_add(struct watches *w, const char *path, void *owner);
/**
 * The same of a folder so large that the kernel needs long for it: it marks every name that it has
 * cached, 100 ms for a million. A thread of this call's own waits for that. WATCHES_E_LATER: call
 * again after some milliseconds; one such folder at a time.
 */
enum { WATCHES_E_LATER = -4096 }; /* below every -errno */
int watches_add_large(struct watches *w, const char *path, void *owner);
/** Whether such a thread is at work for @owner: whoever opens the folder meanwhile spins in the
 * kernel until it has done. */
bool watches_is_adding(const struct watches *w, const void *owner);
/** @owner goes away: what is still being added for it ends by itself. */
void watches_forget(struct watches *w, const void *owner);

/** Ends it; takes -1. No event of it comes any more. */
void watches_drop(struct watches *w, int number);

/**
 * @owner: of the folder; NULL with IN_Q_OVERFLOW in @mask: events were lost. @name: of what is in
 * the folder, or "". After IN_IGNORED the number is gone.
 */
typedef void (*watches_fn)(void *ctx, void *owner, uint32_t mask, const char *name);

/** Hands the waiting events over, at most some thousand. True: more may wait. */
bool watches_read(struct watches *w, watches_fn fn, void *ctx);

#endif
