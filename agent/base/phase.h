/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_PHASE_H
#define HM_BASE_PHASE_H

#include "base/clock.h"

/**
 * phase - when in an interval this host's processes wake for what they do in each.
 *
 * Who wakes alone finds cold caches: most of what an idle agent costs. So all processes of a host
 * wake at the same moments of the boot clock, and those of hosts that share a machine at others.
 */

/** The last moment at or before @now at which @host wakes for what it does each @interval (> 0). A
 * moment of an interval is one of each interval that divides it. */
mono_ms phase_last(const char *host, span_ms interval, mono_ms now);

#endif
