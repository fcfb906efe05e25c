/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_PROCESS_FIGURES_H
#define HM_WATCH_PROCESS_FIGURES_H

#include <hashimori/plugin.h>

#include "roster.h"
#include "shared/instances.h"

/**
 * figures - what the processes of a subject use, as readings: of all together and, when asked
 * for, of each one as an instance "PID NAME" that is gone when the process is.
 *
 * What may not be read (the number of another user's descriptors, on kernels before 6.2) is blind
 * with its reason and never a number.
 */

enum { FIGURES_EACH_MAX = 64 /* instances: more are a group and not persons */ };

struct figures {
    const struct hm_host *host;
    int proc_fd;
    bool has_each;
    int64_t checked_at_ms; /* boot clock; 0: never */
    size_t shown;          /* processes with readings of their own */
    struct instances instances;
    bool said_many;
};

/** Before the first report; @host is borrowed. */
void figures_open(struct figures *f, const struct hm_host *host, int proc_fd);

/** Reports what @r's processes use since the last call. */
void figures_report(struct figures *f, struct roster *r);
/** @p is no more: so are its readings. */
void figures_forget(struct figures *f, struct process *p);

enum { VISIBLE_NAME_BYTES = PROC_COMM_BYTES + 1 };
/** A process may give itself any name: control characters become '?'. */
void figures_visible_name(char ret[VISIBLE_NAME_BYTES], const char *comm);

#endif
