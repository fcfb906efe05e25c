/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_REPORT_H
#define CHANNEL_SNMP_REPORT_H

#include <stdbool.h>

/** report - what a receiver means by a Report (RFC 3414, section 5). */

struct snmp_pdu;

struct report_meaning {
    const char *text;
    bool ask_again; /* the engine is another one, or its clock */
};

/** Never NULL. */
const struct report_meaning *report_meaning(const struct snmp_pdu *pdu);

#endif
