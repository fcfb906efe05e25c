/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_SYSLOG_ENCODE_H
#define HM_CHANNEL_SYSLOG_ENCODE_H

#include <hashimori/plugin.h>

/**
 * encode - a notice as one RFC 5424 message.
 *
 *     <PRI>1 TIMESTAMP HOSTNAME hashimori PROCID MSGID [SD-ELEMENT] MSG
 *
 * What a watched log said ends up here, so nothing of it may be obeyed on the way: C0, C1 and DEL,
 * bidirectional controls, zero-width characters and line separators are written as \x{HEX}, bytes
 * that are not UTF-8 as \xNN; within a parameter `"`, `\` and `]` get a backslash (section 6.3.3).
 * The message is one line for every receiver, whatever its framing.
 */

#define SYSLOG_SD_ID "hashimori@8072.9999.9999.8847"

enum {
    SYSLOG_STREAM_BYTES = 8000, /* rsyslog and syslog-ng take 8 KiB unless told otherwise */
    SYSLOG_UDP_BYTES = 2048,    /* what a receiver should be able to take (RFC 5426, 3.2) */
    SYSLOG_PARAM_BYTES = 300    /* of one parameter's value; what is cut says how much */
};

struct syslog_format {
    int facility;    /* 0..23 */
    bool bom;        /* a byte order mark before MSG, as section 6.4 has it */
    long process_id; /* PROCID */
};

/** Where the number of the attempt stands, or would: so it can be raised later. */
struct syslog_mark {
    size_t at, length;
};

/** The facility of "kern" .. "local7", or -1. */
int syslog_facility(const char *name);

/**
 * Writes @notice into @ret, @room bytes (at least SYSLOG_UDP_BYTES), no NUL behind it. From the
 * second
 * @attempt on a parameter attempt="2" says that the receiver may have it already. MSG is cut
 * between characters where it does not fit, and ends in "[truncated n]", n bytes left out.
 * Returns the length.
 */
size_t syslog_encode(char *ret, size_t room, const struct syslog_format *format, uint32_t attempt,
    const struct hm_notice *notice, struct syslog_mark *ret_mark);

/** Writes the parameter of @attempt, "" for the first. Returns its length. */
enum { SYSLOG_ATTEMPT_BYTES = 24 };
size_t syslog_attempt(char ret[SYSLOG_ATTEMPT_BYTES], uint32_t attempt);

#endif
