/* SPDX-License-Identifier: BSD-2-Clause */
#include "standalone.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <errno.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* In the library, but in no header that is installed. */
void init_vacm_conf(void);

enum {
    SYSTEM_DESCR = 1,
    SYSTEM_OBJECT_ID,
    SYSTEM_UPTIME,
    SYSTEM_CONTACT,
    SYSTEM_NAME,
    SYSTEM_LOCATION,
    SYSTEM_SERVICES
};
enum { SERVICES_APPLICATION = 72 /* end-to-end and application, RFC 3418 */ };
enum { ENGINE_ID_BYTES_MAX = 32, LINE_BYTES = 512 };

static const oid system_group[] = {1, 3, 6, 1, 2, 1, 1};
static const oid our_root[] = {MIB_ROOT};

/* ---- access and engine ------------------------------------------------------------------- */

__attribute__((format(printf, 1, 2))) static void configure(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    netsnmp_config_remember(line);
    explicit_bzero(line, sizeof line);
}

static const char *level_word(enum snmp_level level)
{
    return level == LEVEL_PRIV ? "priv" : level == LEVEL_AUTH ? "auth" : "noauth";
}

void standalone_prepare(const struct hm_host *host, const struct options *options)
{
    const char *engine = host->engine_id(host);
    uint32_t boots = host->engine_boots(host);

    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS, options->listen);
    // Without it a process with a port answers everybody.
    init_vacm_conf();
    if (engine != NULL) {
        configure("exactEngineID 0x%s", engine);
        // Another ID than the last one would set the boots back to 1; the library adds 1.
        configure("oldEngineID 0x%s", engine);
        configure("engineBoots %u", boots == 0 ? 0 : boots - 1);
    }
    configure("view hashimori included .%s", MIB_ROOT_TEXT);
    configure("view hashimori included .1.3.6.1.2.1.1");
    if (options->community != NULL) {
        configure("com2sec reader default %s", options->community);
        configure("com2sec6 reader default %s", options->community);
        configure("group readers v2c reader");
        configure("access readers \"\" v2c noauth exact hashimori none none");
    }
    if (options->user.name != NULL) {
        configure("group users usm %s", options->user.name);
        configure(
            "access users \"\" usm %s exact hashimori none none", level_word(options->user.level));
    }
}

/* ---- the user ---------------------------------------------------------------------------- */

/* The library makes users out of sessions: one that is never opened, at our own engine. */
static bool add_user(const struct options *o)
{
    netsnmp_session session;
    struct credentials keys;
    size_t n = 0;
    if (!credentials_derive(&keys, &o->user))
        return false;
    snmp_sess_init(&session);
    session.version = SNMP_VERSION_3;
    credentials_give(&keys, &session);
    session.securityEngineID = snmpv3_generate_engineID(&n);
    session.securityEngineIDLen = n;
    bool good = session.securityName != NULL && session.securityEngineID != NULL &&
                usm_create_user_from_session(&session) == SNMPERR_SUCCESS;
    free(session.securityName);
    free(session.securityEngineID);
    free(session.securityAuthProto);
    free(session.securityPrivProto);
    explicit_bzero(&session, sizeof session);
    explicit_bzero(&keys, sizeof keys);
    return good;
}

/* ---- the system group -------------------------------------------------------------------- */

static void set_text(netsnmp_variable_list *v, const char *text)
{
    snmp_set_var_typed_value(v, ASN_OCTET_STR, text, strlen(text));
}

static void set_system(netsnmp_variable_list *v, const struct hm_host *host)
{
    struct utsname name;
    char text[sizeof name + 32];
    u_long uptime = netsnmp_get_agent_uptime();
    if (uname(&name) < 0)
        memset(&name, 0, sizeof name);

    switch (v->name[OID_LENGTH(system_group)]) {
    case SYSTEM_DESCR:
        snprintf(
            text, sizeof text, "hashimori on %s %s %s", name.sysname, name.release, name.machine);
        set_text(v, text);
        return;
    case SYSTEM_OBJECT_ID:
        snmp_set_var_typed_value(v, ASN_OBJECT_ID, our_root, sizeof our_root);
        return;
    case SYSTEM_UPTIME:
        snmp_set_var_typed_value(v, ASN_TIMETICKS, &uptime, sizeof uptime);
        return;
    case SYSTEM_CONTACT:
        set_text(v, host->text(host, "contact"));
        return;
    case SYSTEM_NAME:
        set_text(v, name.nodename);
        return;
    case SYSTEM_LOCATION:
        set_text(v, host->text(host, "location"));
        return;
    default:
        snmp_set_var_typed_integer(v, ASN_INTEGER, SERVICES_APPLICATION);
        return;
    }
}

static int on_system(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
    (void)handler;
    if (info->mode == MODE_GET)
        for (netsnmp_request_info *r = requests; r != NULL; r = r->next)
            set_system(r->requestvb, registration->my_reg_void);
    return SNMP_ERR_NOERROR;
}

static bool add_system_group(const struct hm_host *host)
{
    netsnmp_handler_registration *registration = netsnmp_create_handler_registration(
        "system", on_system, system_group, OID_LENGTH(system_group), HANDLER_CAN_RONLY);
    if (registration == NULL)
        return false;
    registration->my_reg_void = (void *)(uintptr_t)host;
    return netsnmp_register_scalar_group(registration, SYSTEM_DESCR, SYSTEM_SERVICES) ==
           MIB_REGISTERED_OK;
}

int standalone_start(const struct hm_host *host, const struct options *options)
{
    if (options->user.name != NULL && !add_user(options)) {
        host->complain(host, "user", "the SNMP library of this host does not offer these methods");
        return -ENOTSUP;
    }
    if (!add_system_group(host))
        return -ENOMEM;
    // A second, ancient protocol on TCP port 199, which init_master_agent would open too.
    char no_smux[] = "-smux";
    add_to_init_list(no_smux);
    if (init_master_agent() != 0) {
        host->complain(host, "listen",
            "cannot listen on %s: in use, not our address, or a port "
            "below 1024 without the right to it",
            options->listen);
        return -EADDRINUSE;
    }
    host->state(host, "listening");
    return 0;
}
