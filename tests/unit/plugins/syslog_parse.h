/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_SYSLOG_PARSE_H
#define HM_TESTS_SYSLOG_PARSE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * syslog_parse - a strict reader of RFC 5424, written from its ABNF (section 6) and sharing nothing
 * with the encoder.
 */

enum { PARSED_PARAMS_MAX = 16, PARSED_BYTES = 8192 };

struct parsed {
    int pri;
    char time[64], host[256], app[64], process[160], msgid[64];
    char sd_id[64];
    size_t param_count;
    struct {
        char name[33];
        char value[PARSED_BYTES]; /* escapes undone */
    } params[PARSED_PARAMS_MAX];
    bool bom;
    char text[PARSED_BYTES]; /* as it stands */
};

/** Reads @length bytes; false where they are not one message with exactly one SD-ELEMENT. */
bool syslog_parse(const char *bytes, size_t length, struct parsed *ret);

/** Value of a parameter, NULL if there is none. */
const char *parsed_param(const struct parsed *p, const char *name);

#endif
