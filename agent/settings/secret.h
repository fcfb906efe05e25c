/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_SECRET_H
#define HM_SETTINGS_SECRET_H

#include "settings/settings.h"

/**
 * secret - passwords, communities and keys, each in a file of its own.
 *
 * @file is an absolute path, or "credential:NAME": the systemd credential of that name (a file in
 * $CREDENTIALS_DIRECTORY). Its first line is the secret, at most SECRET_BYTES_MAX. The file must be
 * a regular one that others can neither read nor write; its group may.
 */

enum { SECRET_BYTES_MAX = 4096 };

/** True and the text, the caller's to wipe and free; else complaints about @key say why not. */
bool secret_read(
    const char *file, const char *key, struct place place, struct complaints *c, char **ret_text);

#endif
