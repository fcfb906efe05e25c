/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_MAIL_PROGRESS_H
#define HM_CHANNEL_MAIL_PROGRESS_H

#include "settings.h"

/**
 * progress - which recipients of a mail are settled, as a line that outlives this process.
 *
 * A mail has several recipients and one receipt; who was served and who was refused for good
 * travels with each receipt of "later" to the next attempt (plugin.h), so that nobody is served
 * twice. A recipient stands in the line as "+HASH" (accepted) or "-HASH" (refused), HASH being 16
 * digits of FNV-1a over the address: short enough for 64 of them, and still right when the list of
 * recipients was changed between two attempts.
 */

struct progress {
    uint64_t accepted, refused; /* recipients of the settings, by bit */
};

/** What @line says of the recipients of @s; of others, and what is no such line, nothing. */
struct progress progress_read(const struct settings *s, const char *line);

enum { PROGRESS_BYTES = REPLIES_RECIPIENTS_MAX * 18 + 1 };
void progress_write(const struct progress *p, const struct settings *s, char ret[PROGRESS_BYTES]);

#endif
