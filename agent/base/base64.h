/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_BASE64_H
#define HM_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/** base64 - bytes as text where only text may stand (RFC 4648, section 4, with padding). Pure. */

/** Appends @length bytes, encoded. */
void base64_add(struct text *t, const void *bytes, size_t length);

/** Appends what @text stands for. False: it is not what base64_add makes. */
bool base64_decode(struct text *t, const char *text);

#endif
