/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_IDENTITY_H
#define HM_RECORD_IDENTITY_H

#include <stdint.h>

/**
 * identity - who this ledger is: host id and epoch, in the ledger and in a side file beside it.
 *
 * The side file ("host_id", mode 0600: 32 hex digits, a blank, the last epoch) outlives a ledger
 * that is set aside: the next one keeps the host id and counts the epoch up, so that delivery keys
 * never come twice. It is written before the ledger that it speaks of: a crash between the two
 * leaves out an epoch, never repeats one.
 */

struct identity {
    char host_id[33];
    uint64_t epoch; /* 0: none */
};

/**
 * What a ledger at @path must call itself, given what it holds (@stored, epoch 0: a new ledger).
 * An epoch behind the side file's is a ledger that was put back: it gets a new epoch. ":memory:"
 * is host 00..0, epoch 1. 0 or a fault.
 */
int identity_settle(const char *path, const struct identity *stored, struct identity *ret);

/** The path of file @name in the folder of @path; the caller frees. */
char *identity_beside(const char *path, const char *name);

#endif
