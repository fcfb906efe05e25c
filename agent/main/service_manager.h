/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_SERVICE_MANAGER_H
#define HM_MAIN_SERVICE_MANAGER_H

#include "base/clock.h"

/**
 * service_manager - tells systemd what the daemon does (sd_notify(3), the protocol itself: one
 * datagram to $NOTIFY_SOCKET). Without that variable all calls do nothing.
 */

void service_manager_ready(const char *status);
/** RELOADING=1 with MONOTONIC_USEC, then READY=1 once it is done. */
void service_manager_reloading(void);
void service_manager_stopping(void);
void service_manager_alive(void);
/** How often service_manager_alive must be called: half of $WATCHDOG_USEC; 0: not asked for. */
span_ms service_manager_watchdog_ms(void);

#endif
