/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_SNMP_LIBRARY_H
#define HM_SHARED_SNMP_LIBRARY_H

#include <hashimori/plugin.h>

/** snmp_library - net-snmp made fit for a guest, before init_snmp or init_agent. */

/**
 * It reads no file, keeps none (root would make any folder but one in /proc), parses no MIB, uses
 * no signal for its alarms, and what it logs goes to *@speaker, which may change and may be NULL.
 * @speaker must outlive the library's use, or snmp_library_hush be called.
 */
void snmp_library_prepare(const struct hm_host *const *speaker);
/** The library's log goes nowhere from now on. */
void snmp_library_hush(const struct hm_host *const *speaker);

#endif
