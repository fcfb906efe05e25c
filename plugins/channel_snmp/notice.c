/* SPDX-License-Identifier: BSD-2-Clause */
#include "notice.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* hmObjects.hmEvent of HASHIMORI-MIB and the columns below it. */
enum { ARC_NOTIFICATIONS = 0, ARC_OBJECTS = 1, ARC_EVENT = 10 };
enum event_object {
    EVENT_ID = 1,
    EVENT_SEQUENCE,
    EVENT_SEVERITY,
    EVENT_KIND,
    EVENT_SUBJECT,
    EVENT_AT,
    EVENT_VALUE,
    EVENT_THRESHOLD,
    EVENT_INCIDENT,
    EVENT_KEY,
    EVENT_TEXT
};

/* In the order of the notifications and of HmEventType, from 1. */
static const char *const kinds[] = {
    "raised", "cleared", "reminder", "service", "sla_at_risk", "sla_missed", "heartbeat", "test"};

static const oid mib_root[] = {MIB_ROOT};
static const oid sys_uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const oid snmp_trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};

static int kind_number(const char *kind)
{
    for (int i = 0; i < (int)(sizeof kinds / sizeof kinds[0]); i++)
        if (strcmp(kinds[i], kind) == 0)
            return i + 1;
    return 0;
}

size_t notice_cut(const char *text, size_t most)
{
    size_t n = strnlen(text, most + 1);
    if (n <= most)
        return n;
    // Back over continuation octets to the first octet of the character that does not fit.
    for (n = most; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
        n--;
    return n;
}

void notice_date(unsigned char ret[NOTICE_DATE_BYTES], int64_t at_ms, int32_t offset_s)
{
    int64_t local_ms = at_ms + (int64_t)offset_s * 1000;
    int64_t ms = ((local_ms % 1000) + 1000) % 1000;
    time_t local = (time_t)((local_ms - ms) / 1000);
    struct tm tm = {0};
    gmtime_r(&local, &tm);

    int year = tm.tm_year + 1900;
    unsigned zone = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
    const unsigned char date[NOTICE_DATE_BYTES] = {(unsigned char)(year >> 8),
        (unsigned char)(year & 0xff), (unsigned char)(tm.tm_mon + 1), (unsigned char)tm.tm_mday,
        (unsigned char)tm.tm_hour, (unsigned char)tm.tm_min, (unsigned char)tm.tm_sec,
        (unsigned char)(ms / 100), offset_s < 0 ? '-' : '+', (unsigned char)(zone / 60),
        (unsigned char)(zone % 60)};
    memcpy(ret, date, sizeof date);
}

static void add_object(
    netsnmp_pdu *pdu, enum event_object object, u_char type, const void *value, size_t bytes)
{
    oid name[MAX_OID_LEN];
    size_t n = OID_LENGTH(mib_root);
    memcpy(name, mib_root, sizeof mib_root);
    name[n++] = ARC_OBJECTS;
    name[n++] = ARC_EVENT;
    name[n++] = (oid)object;
    name[n++] = 0;
    snmp_pdu_add_variable(pdu, name, n, type, value, bytes);
}

static void add_text(netsnmp_pdu *pdu, enum event_object object, const char *text)
{
    add_object(pdu, object, ASN_OCTET_STR, text, notice_cut(text, NOTICE_TEXT_BYTES_MAX));
}

static void add_integer(netsnmp_pdu *pdu, enum event_object object, u_char type, long value)
{
    add_object(pdu, object, type, &value, sizeof value);
}

/* Version 1 has no 64-bit numbers (RFC 3584, 4.1.2.1): its traps go without. */
static void add_sequence(netsnmp_pdu *pdu, uint64_t sequence)
{
    if (pdu->command == SNMP_MSG_TRAP)
        return;
    struct counter64 value = {.high = (u_long)(sequence >> 32), .low = (u_long)(uint32_t)sequence};
    add_object(pdu, EVENT_SEQUENCE, ASN_COUNTER64, &value, sizeof value);
}

/* Which of a subject's instances it is about stands after a slash, as in expressions. */
static void add_subject(netsnmp_pdu *pdu, const struct hm_notice *notice)
{
    char name[2 * NOTICE_TEXT_BYTES_MAX];
    bool has_instance = notice->instance[0] != '\0';
    snprintf(name, sizeof name, "%.*s%s%.*s",
        (int)notice_cut(notice->subject, NOTICE_TEXT_BYTES_MAX - 1), notice->subject,
        has_instance ? "/" : "", (int)notice_cut(notice->instance, NOTICE_TEXT_BYTES_MAX - 1),
        notice->instance);
    add_text(pdu, EVENT_SUBJECT, name);
}

/* The name of the notification: the root, 0, its number. */
static void add_head(netsnmp_pdu *pdu, int kind, uint32_t uptime_cs)
{
    oid event[MAX_OID_LEN];
    size_t n = OID_LENGTH(mib_root);
    u_long uptime = uptime_cs;
    memcpy(event, mib_root, sizeof mib_root);
    event[n++] = ARC_NOTIFICATIONS;
    event[n++] = (oid)kind;
    snmp_pdu_add_variable(
        pdu, sys_uptime, OID_LENGTH(sys_uptime), ASN_TIMETICKS, &uptime, sizeof uptime);
    snmp_pdu_add_variable(
        pdu, snmp_trap_oid, OID_LENGTH(snmp_trap_oid), ASN_OBJECT_ID, event, n * sizeof(oid));
}

/* The same in the fields of a Trap-PDU (RFC 3584, 3.2): what stands before the 0 is the enterprise,
 * the last number is the specific trap. The sender's address is left to the receiver. */
static void set_head_v1(netsnmp_pdu *pdu, int kind, uint32_t uptime_cs)
{
    pdu->enterprise = snmp_duplicate_objid(mib_root, OID_LENGTH(mib_root));
    pdu->enterprise_length = OID_LENGTH(mib_root);
    pdu->trap_type = SNMP_TRAP_ENTERPRISESPECIFIC;
    pdu->specific_type = kind;
    pdu->time = uptime_cs;
}

struct snmp_pdu *notice_pdu(const struct hm_notice *notice, int command, uint32_t uptime_cs)
{
    int kind = kind_number(notice->kind);
    netsnmp_pdu *pdu = kind == 0 ? NULL : snmp_pdu_create(command);
    if (pdu == NULL)
        return NULL;

    unsigned char date[NOTICE_DATE_BYTES];
    notice_date(date, notice->at_ms, notice->utc_offset_s);
    if (command == SNMP_MSG_TRAP)
        set_head_v1(pdu, kind, uptime_cs);
    else
        add_head(pdu, kind, uptime_cs);
    add_text(pdu, EVENT_ID, notice->event_id);
    add_sequence(pdu, notice->sequence);
    add_integer(pdu, EVENT_SEVERITY, ASN_INTEGER, notice->severity);
    add_integer(pdu, EVENT_KIND, ASN_INTEGER, kind);
    add_subject(pdu, notice);
    add_object(pdu, EVENT_AT, ASN_OCTET_STR, date, sizeof date);
    add_text(pdu, EVENT_VALUE, notice->value);
    add_text(pdu, EVENT_THRESHOLD, notice->threshold);
    add_integer(pdu, EVENT_INCIDENT, ASN_UNSIGNED,
        (long)(notice->incident > UINT32_MAX ? UINT32_MAX : notice->incident));
    add_text(pdu, EVENT_KEY, notice->key);
    add_text(pdu, EVENT_TEXT, notice->text);
    return pdu;
}
