/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_BOOT_H
#define HM_BASE_BOOT_H

#include "base/clock.h"

/** boot - which boot of the machine this is. */

/** Text of /proc/sys/kernel/random/boot_id (no newline); 0, or a fault. */
int boot_id_read(char ret_id[CLOCK_BOOT_ID_BYTES]);

#endif
