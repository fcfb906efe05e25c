/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

/* Counters of usmStats (RFC 3414, section 5) that a Report carries, by the number of the object. */
static const struct report_meaning report_meanings[] = {
    [1] = {"receiver wants another security level for this user", false},
    [2] = {"not in the receiver's time window", true},
    [3] = {"receiver does not know this user", false},
    [4] = {"receiver has another engine ID now", true},
    [5] = {"wrong digest: receiver has another authentication passphrase or method", false},
    [6] = {"receiver could not decrypt: it has another encryption passphrase or method", false},
};

const struct report_meaning *report_meaning(const struct snmp_pdu *pdu)
{
    static const oid usm_stats[] = {1, 3, 6, 1, 6, 3, 15, 1, 1};
    static const struct report_meaning unknown = {"receiver answered with an unknown report", true};
    const netsnmp_variable_list *v = pdu->variables;
    size_t prefix = OID_LENGTH(usm_stats);

    if (v == NULL || v->name_length <= prefix ||
        snmp_oid_compare(v->name, prefix, usm_stats, prefix) != 0)
        return &unknown;
    oid object = v->name[prefix];
    return object >= 1 && object < sizeof report_meanings / sizeof report_meanings[0]
               ? &report_meanings[object]
               : &unknown;
}
