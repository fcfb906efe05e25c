/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_CHANNEL_FIXTURE_H
#define HM_TESTS_CHANNEL_FIXTURE_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "fake_host.h"
#include "line_peer.h"

/** channel_fixture - what the tests of channels share: a notice, an attempt, a TLS receiver's name.
 */

extern const struct hm_plugin hashimori_plugin;

/* Whoever answers may take its time. */
enum { CHANNEL_LIMIT_MS = 30000 };

/** A process of a service is down; @text is what a person reads. */
static inline struct hm_notice channel_notice(const char *text)
{
    return (struct hm_notice){.size = sizeof(struct hm_notice),
        .event_id = "HM-INC-RAISED",
        .sequence = 42,
        .severity = 3,
        .kind = "raised",
        .subject = "engine",
        .at_ms = 1776214800250, /* 2026-04-15T10:00:00.250+09:00 */
        .utc_offset_s = 9 * 3600,
        .value = "0",
        .threshold = "< 1",
        .incident = 7,
        .key = "MFRGGZDFMZTWQ2LKNNWG23TPOB",
        .text = text,
        .service = "renkei",
        .state = "critical",
        .host = "renkei01",
        .instance = "",
        .metric = "running",
        .incident_key = "NRUW4ZJAN5TCAYJAMJUXE3DJNM",
        .progress = ""};
}

/** Condition of fake_host_run_until: there are as many receipts as the size_t at @count says. */
bool channel_has_receipts(const struct fake_host *h, const void *count);

/** One attempt, to its end; as the daemon does it, what the attempt before said of its progress is
 * told to this one. Deliveries are numbered like the receipts. */
const struct fake_receipt *channel_deliver(struct fake_host *h, const struct hm_notice *notice);

/** A certificate of a test's own for a receiver. {""} is none. */
struct channel_certificate {
    char name[64];   /* in the working directory */
    char path[4096]; /* the same, whole */
};
/** False, and it is said: there is no openssl here. @alternative, @is_expired: as line_certificate.
 */
bool channel_certificate_make(
    struct channel_certificate *c, const char *alternative, bool is_expired);
void channel_certificate_remove(struct channel_certificate *c);

#endif
