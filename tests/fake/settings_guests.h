/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_FAKE_SETTINGS_GUESTS_H
#define HM_TESTS_FAKE_SETTINGS_GUESTS_H

#include "settings/guest.h"
#include "settings/settings.h"

/**
 * settings_guests - a guest_source without processes, for tests.
 *
 * It knows watch process, watch disk, watch log (events), channel snmp, channel any, face snmp,
 * from the describe lines in its .c file; other names are GUEST_E_ABSENT. Its validate complains of
 * the option "name" of watch process when that is "bad-name".
 */
struct settings_guests;
struct settings_guests *settings_guests_new(void);
struct settings_guests *settings_guests_free(struct settings_guests *g);
struct guest_source settings_guests_source(struct settings_guests *g);

/**
 * Loads @text as the file hashimori.conf of a new folder (removed again). Returns what
 * settings_load returns; the path that complaints show ends in "/hashimori.conf".
 */
int settings_guests_load(const char *text, struct settings **ret, struct complaints *complaints);

#endif
