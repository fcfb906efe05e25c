/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_SETTINGS_H
#define CHANNEL_SNMP_SETTINGS_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/snmp_user.h"

/**
 * settings - the options of one destination, read and checked.
 */

enum { SETTINGS_HOST_BYTES = 256, SETTINGS_PORT_BYTES = 6 };

enum settings_version { VERSION_1, VERSION_2C, VERSION_3 };

/** Pointers are the host's option values: borrowed until the destination closes. */
struct settings {
    char host[SETTINGS_HOST_BYTES]; /* address or name, without brackets */
    char port[SETTINGS_PORT_BYTES];
    enum settings_version version;
    bool inform;
    const char *community; /* v1, v2c */
    struct snmp_user user; /* v3 */
    const char *context;
    const char *source; /* numeric address to send from, or NULL */
    int64_t timeout_ms;
    int retries;
};

extern const struct hm_option settings_options[];

/** Reads and checks; says by host->complain what is wrong. False: not usable. */
bool settings_read(const struct hm_host *host, struct settings *ret);

/**
 * Splits "addr", "addr:port", "[v6]:port", "v6" or "name:port"; no port is 162.
 * False: none of these; @ret_host and @ret_port then hold nothing of use.
 */
bool settings_split(
    const char *text, char ret_host[SETTINGS_HOST_BYTES], char ret_port[SETTINGS_PORT_BYTES]);

#endif
