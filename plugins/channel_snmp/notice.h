/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_NOTICE_H
#define CHANNEL_SNMP_NOTICE_H

#include <hashimori/plugin.h>
#include <stddef.h>
#include <stdint.h>

/**
 * notice - what a notification of HASHIMORI-MIB carries.
 *
 * sysUpTime.0, snmpTrapOID.0, then hmEventId .. hmEventText in the order of the MIB. A version 1
 * trap has the first two in its own fields (RFC 3584, section 3) and no hmEventSequence.
 */

enum { NOTICE_TEXT_BYTES_MAX = 255, NOTICE_DATE_BYTES = 11 }; /* SnmpAdminString, DateAndTime */

struct snmp_pdu;

/**
 * A new PDU of @command (SNMP_MSG_INFORM, SNMP_MSG_TRAP2, SNMP_MSG_TRAP); the caller's, until it is
 * sent.
 * @uptime_cs in 1/100 s. NULL: the kind of the notice is not in the MIB.
 */
struct snmp_pdu *notice_pdu(const struct hm_notice *notice, int command, uint32_t uptime_cs);

/** How many octets of @text fit into @most without cutting a character. */
size_t notice_cut(const char *text, size_t most);

/** DateAndTime (RFC 2579) of @at_ms in a zone @offset_s east of UTC. */
void notice_date(unsigned char ret[NOTICE_DATE_BYTES], int64_t at_ms, int32_t offset_s);

#endif
