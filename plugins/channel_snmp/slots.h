/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_SLOTS_H
#define CHANNEL_SNMP_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * slots - the deliveries of one target that have no receipt yet.
 *
 * The library is given a number, not a pointer: it may call back for a request that has already
 * been answered for, and then the number means nothing any more.
 */

struct snmp_pdu;

struct slot {
    uint32_t generation;
    bool taken;
    uint64_t delivery;
    uint64_t ticket;      /* order of arrival */
    struct snmp_pdu *pdu; /* waiting to be sent; NULL: sent */
    int64_t sent_ms;      /* boottime */
};

struct slots {
    size_t count;
    uint64_t next_ticket;
    struct slot *all;
};

/** The slot keeps @pdu. NULL: all are taken. */
struct slot *slots_take(struct slots *s, uint64_t delivery, struct snmp_pdu *pdu);
/** Frees the slot; a pdu that still waits in it as well. */
void slots_give_back(struct slot *slot);
/** The number of @slot as of now; never 0. */
uintptr_t slots_key(const struct slots *s, const struct slot *slot);
/** NULL: that delivery has been ended. */
struct slot *slots_find(const struct slots *s, uintptr_t key);
/** Of those that wait to be sent, the first that came; NULL: none. */
struct slot *slots_first_waiting(const struct slots *s);

void slots_init(struct slots *s, size_t count); /* all NULL, count 0: no memory */
void slots_deinit(struct slots *s);

#endif
