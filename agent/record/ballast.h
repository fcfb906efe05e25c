/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_BALLAST_H
#define HM_RECORD_BALLAST_H

#include <stdbool.h>

/**
 * ballast - room on the ledger's disk that is given up when the disk is full.
 *
 * A full disk also keeps deliveries from being marked as made: they would be made again and again.
 * So a file ("ballast", 1 MiB, beside the ledger) is thrown off at the first write that does not
 * fit, and made again once there is room to spare.
 */

enum { BALLAST_BYTES = 1024 * 1024 };

/** Makes it beside the ledger @path unless the disk has less than four times its size left. True:
 * it is there. */
bool ballast_make(const char *path);
/** True: there was one and its room is free. */
bool ballast_throw(const char *path);

#endif
