/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WIRE_WIRE_INTERNAL_H
#define HM_WIRE_WIRE_INTERNAL_H

#include "wire/wire.h"

/** What the decoders of this folder share; nobody else includes it. */

/** Writes the first reason into @why (NULL: nobody asks) and returns WIRE_E_BAD. */
int wire_bad(struct text *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A copy of text member @name of at most @most bytes; "" when absent and not @required. */
bool wire_take_text(
    const json_t *o, const char *name, size_t most, bool required, char **ret, struct text *why);

/** Integer member @name, 0 when absent. */
bool wire_take_int(
    const json_t *o, const char *name, int64_t least, int64_t most, int64_t *ret, struct text *why);

#endif
