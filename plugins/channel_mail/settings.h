/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_MAIL_SETTINGS_H
#define HM_CHANNEL_MAIL_SETTINGS_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stdint.h>

#include "encode.h"
#include "replies.h"

/** settings - the options of one destination, read and checked. */

enum settings_tls { TLS_NONE, TLS_STARTTLS, TLS_FROM_START };

/** Pointers are the host's option values: borrowed until the destination closes. */
struct settings {
    bool is_sendmail;
    const char *path; /* sendmail */
    char url[400];    /* smtp */
    enum settings_tls tls;
    const char *ca_file, *user, *password; /* NULL: none */
    const char *from, *domain, *prefix;
    const char *to[REPLIES_RECIPIENTS_MAX];
    size_t to_count;
    enum encode_charset charset;
    int64_t timeout_ms;
};

extern const struct hm_option settings_options[];

/** Reads and checks; says by host->complain what is wrong. False: not usable. */
bool settings_read(const struct hm_host *host, struct settings *ret);

#endif
