/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CTL_LOCAL_SETTINGS_H
#define HM_CTL_LOCAL_SETTINGS_H

#include "ctl/ctl.h"
#include "settings/guest.h"
#include "settings/settings.h"

/** local_settings - the configuration's file, read by the command line itself. */

struct local_settings {
    struct guest_runner *runner;
    struct settings *settings; /* NULL: there are complaints */
    struct complaints complaints;
};

/** 0 also with complaints; a fault otherwise. The caller calls local_settings_deinit either way. */
int local_settings_load(const struct ctl *c, struct local_settings *ret);
void local_settings_deinit(struct local_settings *l);

/** Loads, and where there are complaints prints them on standard error. Returns the exit code. */
int local_settings_need(const struct ctl *c, struct local_settings *ret);

#endif
