/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/snmp_library.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <stdlib.h>
#include <string.h>

static int on_log(int major, int minor, void *message, void *arg)
{
    (void)major;
    (void)minor;
    const struct snmp_log_message *m = message;
    const struct hm_host *host = *(const struct hm_host *const *)arg;
    if (host == NULL)
        return SNMPERR_SUCCESS;

    enum hm_log_level level = m->priority <= LOG_ERR       ? HM_LOG_WARN
                              : m->priority <= LOG_WARNING ? HM_LOG_INFO
                                                           : HM_LOG_DEBUG;
    int length = (int)strcspn(m->msg, "\n");
    if (length > 0)
        host->log(host, level, "net-snmp: %.*s", length, m->msg);
    return SNMPERR_SUCCESS;
}

void snmp_library_prepare(const struct hm_host *const *speaker)
{
    // Without these the library parses every MIB below /usr/share and writes below /var/lib.
    setenv("MIBS", "", 1);
    setenv("MIBDIRS", "/nonexistent", 1);
    setenv("SNMP_PERSISTENT_DIR", "/proc/none", 1);
    setenv("SNMPCONFPATH", "/nonexistent", 1);
    snmp_disable_log();
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
    snmp_register_callback(
        SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, (void *)(uintptr_t)speaker);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
}

void snmp_library_hush(const struct hm_host *const *speaker)
{
    snmp_unregister_callback(
        SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, (void *)(uintptr_t)speaker, 1);
}
