/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FACE_SNMP_OPTIONS_H
#define FACE_SNMP_OPTIONS_H

#include <hashimori/plugin.h>
#include <stdbool.h>

#include "shared/snmp_user.h"

/**
 * options - the options of the face, read and checked.
 */

/** Pointers are the host's option values. */
struct options {
    bool standalone;
    const char *socket;    /* agentx: path of the master's socket */
    const char *listen;    /* standalone, and all below: "udp:127.0.0.1:1161" */
    const char *community; /* NULL: no version 2c */
    struct snmp_user user; /* name NULL: no version 3 */
    const char *contact, *location;
};

extern const struct hm_option options_table[];

/** Reads and checks; says by host->complain what is wrong. False: not usable. */
bool options_read(const struct hm_host *host, struct options *ret);

#endif
