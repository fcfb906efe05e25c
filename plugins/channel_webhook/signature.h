/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_WEBHOOK_SIGNATURE_H
#define HM_CHANNEL_WEBHOOK_SIGNATURE_H

#include <stdint.h>

/** signature - who sent this, and when: HMAC-SHA256 (RFC 2104) over "SECONDS.BODY". */

enum { SIGNATURE_BYTES = 65 };

/** In lower-case hex. @seconds: since 1970 UTC, as it stands in the header beside it. */
void signature_make(
    char ret[SIGNATURE_BYTES], const char *secret, int64_t seconds, const char *body);

#endif
